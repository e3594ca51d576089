/* `rehearse profile`: what profiles there are, what one says, whether a file is one. */
#include "cli/cli.h"
#include "model/model.h"

#include <stdio.h>
#include <string.h>

struct profile {
    struct option_list policies;
    bool only_unverified;
};

static const struct option options[] = {
    {OPTION_LIST, 0, "policy", offsetof(struct profile, policies), "NAME=VALUE",
     "choose another answer to what the vendor's sources leave open; may be repeated", 0, 0},
    {OPTION_FLAG, 0, "unverified", offsetof(struct profile, only_unverified), NULL,
     "show: only what no source settles", 0, 0},
    {.kind = OPTION_END},
};

struct opened {
    struct arena arena;
    struct findings findings;
    struct contract *contract;
};

static bool open_profile(struct opened *o, const struct profile *p, const char *name,
                         struct err *err)
{
    struct policy_choice choices[OPTION_LIST_MAX];
    for (size_t i = 0; i < p->policies.n; i++) {
        struct str all = str_of(p->policies.at[i]);
        size_t sign = str_find_char(all, '=');
        choices[i] =
            (struct policy_choice){str_slice(all, 0, sign), str_slice(all, sign + 1, all.len)};
    }
    *o = (struct opened){0};
    arena_init(&o->arena, 0, 0);
    findings_init(&o->findings, &o->arena);
    return contract_open(&o->contract, name, choices, p->policies.n, &o->findings, err);
}

static void close_profile(struct opened *o)
{
    contract_free(o->contract);
    arena_done(&o->arena);
}

static int list(const struct profile *p)
{
    int status = EXIT_WELL;
    for (const struct builtin *b = builtin_files; b->name; b++) {
        struct str name = str_of(b->name);
        struct err err = {0};
        struct opened o;
        if (!str_starts(name, STR("profiles/"))) {
            continue;
        }
        struct buf plain = {0};
        buf_put(&plain, str_slice(name, 9, name.len - 5)); /* without "profiles/" and ".json" */
        if (open_profile(&o, p, buf_cstr(&plain), &err)) {
            printf("%-28s%3zu operations  %.*s\n", buf_cstr(&plain), o.contract->n_operations,
                   STR_ARG(o.contract->title));
        } else {
            status = cli_fail(&err);
        }
        buf_done(&plain);
        close_profile(&o);
    }
    return status;
}

static void show_policies(const struct contract *c, bool only_unverified)
{
    for (size_t i = 0; i < c->n_policies; i++) {
        const struct policy *p = &c->policies[i];
        if (only_unverified && !p->is_unverified) {
            continue;
        }
        printf("  %.*s=%.*s%s  of", STR_ARG(p->name), STR_ARG(p->value),
               p->is_unverified ? "  (unverified)" : "");
        for (size_t k = 0; k < p->n; k++) {
            printf(" %.*s", STR_ARG(p->choices[k]));
        }
        printf("\n      %.*s", STR_ARG(p->about));
        if (p->source.len) {
            printf(" [%.*s]", STR_ARG(p->source));
        }
        puts("");
    }
}

static void show(const struct contract *c)
{
    static const char *const actions[] = {
#define X(name, text) text,
        ACTIONS(X)
#undef X
    };
    printf("%.*s: %.*s\n%.*s\n\nhosts\n", STR_ARG(c->name), STR_ARG(c->title), STR_ARG(c->about));
    for (size_t i = 0; i < c->n_hosts; i++) {
        printf("  %.*s (%.*s)\n", STR_ARG(c->hosts[i].host), STR_ARG(c->hosts[i].role));
    }
    puts("\noperations");
    for (size_t i = 0; i < c->n_operations; i++) {
        const struct operation *op = &c->operations[i];
        printf("  %-7.*s%-58.*s %-12s%.*s\n", STR_ARG(op->method), STR_ARG(op->path),
               actions[op->action], STR_ARG(op->resource ? op->resource->name : STR("")));
    }
    puts("\nresources");
    for (size_t i = 0; i < c->n_resources; i++) {
        const struct resource *r = &c->resources[i];
        printf("  %-24.*s%zu unique, %zu references, %zu limits%s\n", STR_ARG(r->name), r->n_unique,
               r->n_references, r->n_limits, r->version_field ? ", versioned" : "");
    }
    for (size_t i = 0; i < c->n_rates; i++) {
        printf("%s  %.*s: %lld in %lld s\n", i ? "" : "\nrate limits\n", STR_ARG(c->rates[i].name),
               (long long)c->rates[i].limit, (long long)(c->rates[i].window_us / US_PER_S));
    }
    if (c->n_policies) {
        puts("\npolicies (--policy NAME=VALUE)");
        show_policies(c, false);
    }
}

static int with_profile(const struct profile *p, const char *verb, const char *name)
{
    struct opened o;
    struct err err = {0};
    int status = EXIT_WELL;
    if (!open_profile(&o, p, name, &err)) {
        bool has_findings = o.findings.errors > 0;
        cli_print_findings(strcmp(verb, "lint") == 0 ? stdout : stderr, &o.findings);
        status = has_findings && strcmp(verb, "lint") == 0 ? EXIT_FINDINGS : cli_fail(&err);
    } else if (strcmp(verb, "lint") == 0) {
        cli_print_findings(stdout, &o.findings);
        printf("%s: well, %zu operations, %zu resources\n", name, o.contract->n_operations,
               o.contract->n_resources);
    } else if (strcmp(verb, "openapi") == 0) {
        struct buf text = {0};
        contract_openapi(&text, o.contract);
        fwrite(text.s, 1, text.len, stdout);
        buf_done(&text);
    } else if (p->only_unverified) {
        show_policies(o.contract, true);
    } else {
        show(o.contract);
    }
    close_profile(&o);
    return status;
}

static int run(const struct command *command, void *values, char **arguments, size_t n_arguments)
{
    static const struct str verbs[] = {STR_INIT("list"), STR_INIT("show"), STR_INIT("lint"),
                                       STR_INIT("openapi")};
    enum { VERBS = sizeof verbs / sizeof *verbs };
    const struct profile *p = values;
    struct str verb = str_of(arguments[0]);
    (void)command;
    size_t at = 0;
    while (at < VERBS && !str_eq(verbs[at], verb)) {
        at++;
    }
    if (at == VERBS) {
        size_t near = str_nearest(verb, verbs, VERBS);
        fprintf(stderr, "rehearse profile: there is no \"%.*s\"; it is list, show, lint or openapi",
                STR_ARG(verb));
        if (near < VERBS) {
            fprintf(stderr, "; did you mean %.*s?", STR_ARG(verbs[near]));
        }
        fputs("\n", stderr);
        return EXIT_USAGE;
    }
    if (at == 0) {
        return list(p);
    }
    if (n_arguments < 2) {
        fprintf(stderr,
                "rehearse profile %.*s: which one? usage: rehearse profile %.*s NAME|FILE\n",
                STR_ARG(verb), STR_ARG(verb));
        return EXIT_USAGE;
    }
    return with_profile(p, arguments[0], arguments[1]);
}

const struct command command_profile = {
    .name = "profile",
    .usage = "list | show NAME|FILE | lint FILE | openapi NAME|FILE",
    .summary = "what profiles there are, what one says, whether a file is one",
    .about = "list      the built-in profiles\n"
             "show      hosts, operations, resources, limits and policies of one\n"
             "lint      checks a profile file: every mistake with file, line, column; exit 1 if "
             "there is one\n"
             "openapi   the plain OpenAPI 3.1 document, policies resolved, without the extension",
    .examples = "  rehearse profile show genesys-cloud --unverified\n"
                "  rehearse profile lint my-dialect.json\n",
    .options = options,
    .arguments_min = 1,
    .arguments_max = 2,
    .run = run,
    .values_size = sizeof(struct profile),
};
