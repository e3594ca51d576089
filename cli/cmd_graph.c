/* `rehearse graph`: who names whom in a tenant. */
#include "cli/cli.h"
#include "cli/opened.h"
#include "validator/validator.h"

#include <stdio.h>
#include <string.h>

struct graph_options {
    struct option_list policies, of;
    const char *profile, *tenant, *format, *out;
};

static const struct option options[] = {
    {OPTION_LIST, 0, "of", offsetof(struct graph_options, of), "ENTITY",
     "only this one (name or id), who names it and whom it names, to the end; may be repeated", 0,
     0},
    {OPTION_TEXT, 'f', "format", offsetof(struct graph_options, format), "FORMAT",
     "dot (default; for Graphviz), json, or svg", 0, 0},
    {OPTION_TEXT, 'o', "out", offsetof(struct graph_options, out), "FILE",
     "write to FILE instead of standard output", 0, 0},
    {OPTION_TEXT, 'p', "profile", offsetof(struct graph_options, profile), "NAME",
     "built-in profile or file (default: the tenant's, else genesys-cloud)", 0, 0},
    {OPTION_LIST, 0, "policy", offsetof(struct graph_options, policies), "NAME=VALUE",
     "choose another answer to what the vendor's sources leave open; may be repeated", 0, 0},
    {.kind = OPTION_END},
};

static const struct {
    const char *name;
    void (*put)(struct buf *out, const struct deps_view *v);
} formats[] = {{"dot", deps_view_dot}, {"json", deps_view_json}, {"svg", deps_view_svg}};
enum { FORMATS = sizeof formats / sizeof *formats };

struct job {
    const struct graph_options *o;
    struct arena arena;
    struct findings findings;
    struct opened opened;
    struct tenant *tenant;
    struct deps *deps;
    struct err err;
};

static size_t format_of(const char *name)
{
    size_t i = 0;
    while (name && i < FORMATS && strcmp(formats[i].name, name) != 0) {
        i++;
    }
    return i;
}

static bool say_none(struct job *j, struct str text)
{
    enum { NAMES_MAX = 500 };
    struct str names[NAMES_MAX];
    size_t n = 0;
    for (size_t i = 0; i < deps_node_count(j->deps) && n < NAMES_MAX; i++) {
        struct str name = deps_node(j->deps, (uint32_t)i)->name;
        if (name.len) {
            names[n++] = name;
        }
    }
    size_t near = str_nearest(text, names, n);
    return err_set(&j->err, ERR_INPUT,
                   "--of: nothing in the tenant has the name or id \"%.*s\"%s%.*s%s", STR_ARG(text),
                   near < n ? "; did you mean \"" : "", STR_ARG(near < n ? names[near] : STR("")),
                   near < n ? "\"?" : "");
}

/* By id or name: all of that name. */
static bool find(struct job *j, struct str text, uint32_t *seeds, size_t *n)
{
    size_t before = *n;
    for (size_t i = 0; i < deps_node_count(j->deps); i++) {
        const struct deps_node *node = deps_node(j->deps, (uint32_t)i);
        if (str_eq(node->id, text) || str_eq(node->name, text)) {
            seeds[(*n)++] = (uint32_t)i;
        }
    }
    return *n > before || say_none(j, text);
}

static bool select_view(struct job *j, struct deps_view *view)
{
    size_t n = 0, room = (j->o->of.n + 1) * (deps_node_count(j->deps) + 1);
    uint32_t *seeds = ARENA_ARRAY(&j->arena, room, uint32_t);
    for (size_t i = 0; i < j->o->of.n; i++) {
        if (!find(j, str_of(j->o->of.at[i]), seeds, &n)) {
            return false;
        }
    }
    if (j->o->of.n) {
        deps_view_of(view, &j->arena, j->deps, seeds, n);
    } else {
        deps_view_all(view, &j->arena, j->deps);
    }
    return true;
}

static bool draw(struct job *j, const char *where)
{
    struct deps_view view;
    struct buf out;
    size_t format = j->o->format ? format_of(j->o->format) : 0;
    if (format == FORMATS) {
        return err_set(&j->err, ERR_INPUT, "--format is dot, json or svg, not \"%s\"",
                       j->o->format);
    }
    if (!opened_tenant(&j->opened, &j->tenant, where, &j->err)) {
        return false;
    }
    tenant_lock_read(j->tenant);
    j->deps = deps_build(j->tenant);
    tenant_unlock(j->tenant);
    if (!select_view(j, &view)) {
        return false;
    }
    if (formats[format].put == deps_view_svg && view.n > DEPS_DRAWN_MAX) {
        return err_set(&j->err, ERR_LIMIT,
                       "%zu things are too many for a picture (%d): --of ENTITY draws a part, "
                       "--format dot and json have all",
                       view.n, DEPS_DRAWN_MAX);
    }
    buf_init(&out, &j->arena);
    formats[format].put(&out, &view);
    if (j->o->out) {
        return file_write(j->o->out, buf_str(&out), 0644, &j->err);
    }
    fwrite(out.s ? out.s : "", 1, out.len, stdout);
    return fflush(stdout) == 0 || err_set(&j->err, ERR_SYSTEM, "the graph cannot be written");
}

static int run(const struct command *command, void *values, char **arguments, size_t n)
{
    struct job *j = MEM_NEW(struct job);
    (void)command;
    j->o = values;
    arena_init(&j->arena, 1 << 16, 0);
    findings_init(&j->findings, &j->arena);
    j->opened = (struct opened){.arena = &j->arena,
                                .findings = &j->findings,
                                .profile = j->o->profile,
                                .said = STR(""),
                                .policies = &j->o->policies};
    int status = draw(j, n ? arguments[0] : NULL) ? EXIT_WELL : cli_fail(&j->err);
    deps_free(j->deps);
    tenant_free(j->tenant);
    contract_free(j->opened.contract);
    arena_done(&j->arena);
    mem_free(j);
    return status;
}

const struct command command_graph = {
    .name = "graph",
    .usage = "[OPTION…] [TENANT]",
    .summary = "who names whom in a tenant: for Graphviz, as JSON, or drawn as SVG",
    .about =
        "TENANT is a snapshot file, a built-in tenant, or http://127.0.0.1:PORT of a mock "
        "(default: "
        "the profile's). A line goes from the one that names to the one that is named; its kind "
        "says what becomes of the former where the latter goes: blocks, breaks, silences, shifts, "
        "shows.",
    .examples = "rehearse graph --profile genesys-cloud | dot -Tsvg > tenant.svg\n"
                "rehearse graph snapshot.json --of \"Sale – closed\" --format svg --out sale.svg\n"
                "rehearse graph snapshot.json --format json",
    .options = options,
    .arguments_min = 0,
    .arguments_max = 1,
    .run = run,
    .values_size = sizeof(struct graph_options),
};
