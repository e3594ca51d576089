/* `rehearse plan`: what a change would do to a tenant, before it is done. */
#include "cli/cli.h"
#include "cli/floor.h"
#include "cli/opened.h"
#include "mockapi/mockapi.h"
#include "validator/validator.h"

#include <stdio.h>
#include <string.h>

enum { DOCUMENTS_MAX = 1000, FINDINGS_KEPT = 200000 };
enum {
    EXIT_CHANGES = 2
}; /* --detailed-exitcode, as Terraform has it: 0 none, 1 error, 2 changes */

struct plan_options {
    struct option_list policies, outputs, replace;
    const char *profile, *tenant, *from, *format, *out, *colour;
    bool prunes, is_detailed;
};

static const struct option options[] = {
    {OPTION_TEXT, 't', "tenant", offsetof(struct plan_options, tenant), "WHERE",
     "the tenant as it is: a snapshot file, a built-in one, or http://127.0.0.1:PORT of a mock "
     "(default: the profile's)",
     0, 0},
    {OPTION_TEXT, 'p', "profile", offsetof(struct plan_options, profile), "NAME",
     "built-in profile or file (default: what the files say, else the tenant, else genesys-cloud)",
     0, 0},
    {OPTION_LIST, 0, "policy", offsetof(struct plan_options, policies), "NAME=VALUE",
     "choose another answer to what the vendor's sources leave open; may be repeated", 0, 0},
    {OPTION_TEXT, 0, "from", offsetof(struct plan_options, from), "KIND",
     "what the files are: changes, tenant (a desired state), terraform (default: as they look)", 0,
     0},
    {OPTION_FLAG, 0, "prune", offsetof(struct plan_options, prunes), NULL,
     "desired state: of the resources that it names, delete what it does not name", 0, 0},
    {OPTION_LIST, 0, "replace", offsetof(struct plan_options, replace), "OLD=NEW",
     "move all that names OLD (name or id) to NEW, before anything is deleted; may be repeated", 0,
     0},
    {OPTION_TEXT, 'o', "out", offsetof(struct plan_options, out), "FILE",
     "write the plan for rehearse apply; not where a step is refused", 0, 0},
    {OPTION_TEXT, 'f', "format", offsetof(struct plan_options, format), "FORMAT",
     "text (default), json, markdown or html", 0, 0},
    {OPTION_LIST, 0, "output", offsetof(struct plan_options, outputs), "FORMAT=FILE",
     "one more report, into a file; may be repeated", 0, 0},
    {OPTION_FLAG, 0, "detailed-exitcode", offsetof(struct plan_options, is_detailed), NULL,
     "exit with 0 for no change, 1 for an error, 2 for changes", 0, 0},
    {OPTION_TEXT, 0, "color", offsetof(struct plan_options, colour), "WHEN",
     "always, never, or auto: on a terminal, and not against NO_COLOR", 0, 0},
    {.kind = OPTION_END},
};

struct job {
    const struct plan_options *o;
    struct arena arena;
    struct findings findings, own;
    struct opened opened;
    struct trial *trial;
    struct draft draft;
    struct json roots[DOCUMENTS_MAX];
    struct str names[DOCUMENTS_MAX];
    size_t n;
    struct err err;
};

static const struct {
    struct str name;
    void (*put)(struct buf *out, const struct draft *d, const struct draft_look *look);
} formats[] = {{STR_INIT("text"), draft_text},
               {STR_INIT("json"), draft_json},
               {STR_INIT("markdown"), draft_markdown},
               {STR_INIT("html"), draft_html}};
enum { FORMATS = sizeof formats / sizeof *formats };

static size_t format_of(struct str name)
{
    size_t i = 0;
    while (i < FORMATS && !str_eq(formats[i].name, name)) {
        i++;
    }
    return i;
}

static bool check_words(const struct job *j, size_t n, struct err *err)
{
    const struct plan_options *o = j->o;
    if (o->format && format_of(str_of(o->format)) == FORMATS) {
        return err_set(err, ERR_INPUT, "--format is text, json, markdown or html, not \"%s\"",
                       o->format);
    }
    for (size_t i = 0; i < o->outputs.n; i++) {
        struct str all = str_of(o->outputs.at[i]);
        size_t sign = str_find_char(all, '=');
        if (sign + 1 >= all.len || format_of(str_slice(all, 0, sign)) == FORMATS) {
            return err_set(err, ERR_INPUT, "--output %s: FORMAT=FILE, as html=plan.html",
                           o->outputs.at[i]);
        }
    }
    for (size_t i = 0; i < o->replace.n; i++) {
        struct str all = str_of(o->replace.at[i]);
        size_t sign = str_find_char(all, '=');
        if (sign == 0 || sign + 1 >= all.len) {
            return err_set(err, ERR_INPUT, "--replace %s: OLD=NEW, two names or ids",
                           o->replace.at[i]);
        }
    }
    if (o->from && (document_kind_named(str_of(o->from)) == DOCUMENT_KIND_COUNT)) {
        return err_set(err, ERR_INPUT, "--from is changes, tenant or terraform, not \"%s\"",
                       o->from);
    }
    return n > 0 || o->replace.n > 0 ||
           err_set(err, ERR_INPUT, "plan what? A file, or --replace OLD=NEW");
}

/* A part of a snapshot needs no "profile". */
static enum document_kind kind_of(const struct job *j, struct json root)
{
    if (j->o->from) {
        return document_kind_named(str_of(j->o->from));
    }
    return json_kind(json_get(root, STR("resources"))) == JSON_OBJECT &&
                   !json_exists(json_get(root, STR("changes")))
               ? DOCUMENT_TENANT
               : document_kind_of(root);
}

static bool read_all(struct job *j, char **arguments, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct str text;
        if (!opened_document(&j->opened, &j->roots[i], &text, arguments[i], &j->err)) {
            return false;
        }
        j->names[i] = str_of(arguments[i]);
        struct str said = json_str_or(json_get(j->roots[i], STR("profile")), STR(""));
        j->opened.said = j->opened.said.len ? j->opened.said : said;
        j->n++;
    }
    return true;
}

static bool make(struct job *j)
{
    struct tenant *tenant = NULL;
    if (!opened_tenant(&j->opened, &tenant, j->o->tenant, &j->err)) {
        return false;
    }
    j->trial = trial_new(j->opened.contract, tenant);
    j->draft.check = (struct check){.contract = j->opened.contract,
                                    .tenant = trial_tenant(j->trial),
                                    .ask = trial_ask,
                                    .ctx = j->trial,
                                    .arena = &j->arena,
                                    .fs = &j->findings};
    j->draft.traps = floor_findings;
    j->draft.prunes = j->o->prunes;
    draft_begin(&j->draft);
    for (size_t i = 0; i < j->n; i++) {
        draft_add(&j->draft, j->roots[i], kind_of(j, j->roots[i]));
    }
    for (size_t i = 0; i < j->o->replace.n; i++) {
        struct str all = str_of(j->o->replace.at[i]);
        size_t sign = str_find_char(all, '=');
        if (!draft_replace(&j->draft, str_slice(all, 0, sign), str_slice(all, sign + 1, all.len),
                           &j->err)) {
            return false;
        }
    }
    draft_run(&j->draft);
    findings_sort(&j->findings);
    return true;
}

static bool write_plan(struct job *j)
{
    struct plan plan;
    struct buf out;
    if (!j->o->out) {
        return true;
    }
    if (j->draft.n_refused || j->draft.n_errors) {
        fprintf(stderr, "rehearse: no plan was written to %s: not all of it can be carried out\n",
                j->o->out);
        return true;
    }
    buf_init(&out, &j->arena);
    draft_plan(&j->draft, &plan);
    plan.policies = j->opened.choices;
    plan.n_policies = j->opened.n_choices;
    plan.from = j->names;
    plan.n_from = j->n;
    plan_write(&out, &plan);
    return file_write(j->o->out, buf_str(&out), 0600, &j->err);
}

static bool write_reports(struct job *j)
{
    const char *when = j->o->colour ? j->o->colour : "auto";
    struct draft_look look = {.version = STR(REHEARSE_VERSION), .from = j->names, .n_from = j->n};
    struct buf out;
    buf_init(&out, &j->arena);
    for (size_t i = 0; i < j->o->outputs.n; i++) {
        struct str all = str_of(j->o->outputs.at[i]);
        size_t sign = str_find_char(all, '=');
        buf_clear(&out);
        formats[format_of(str_slice(all, 0, sign))].put(&out, &j->draft, &look);
        if (!file_write(str_cstr(&j->arena, str_slice(all, sign + 1, all.len)), buf_str(&out), 0644,
                        &j->err)) {
            return false;
        }
    }
    look.is_coloured =
        strcmp(when, "always") == 0 || (strcmp(when, "auto") == 0 && colour_wanted(stdout));
    buf_clear(&out);
    formats[format_of(j->o->format ? str_of(j->o->format) : STR("text"))].put(&out, &j->draft,
                                                                              &look);
    fwrite(out.s ? out.s : "", 1, out.len, stdout);
    return fflush(stdout) == 0 || err_set(&j->err, ERR_SYSTEM, "the report cannot be written");
}

static int exit_of(const struct job *j)
{
    size_t taken = j->draft.n_steps - j->draft.n_refused;
    if (j->draft.n_refused || j->findings.errors) {
        return EXIT_FINDINGS;
    }
    return j->o->is_detailed && taken ? EXIT_CHANGES : EXIT_WELL;
}

static int run(const struct command *command, void *values, char **arguments, size_t n)
{
    struct job *j = MEM_NEW(struct job);
    int status = EXIT_WELL;
    (void)command;
    j->o = values;
    arena_init(&j->arena, 1 << 16, 0);
    findings_init(&j->findings, &j->arena);
    findings_init(&j->own, &j->arena);
    j->findings.max = FINDINGS_KEPT;
    j->opened = (struct opened){.arena = &j->arena,
                                .findings = &j->own,
                                .profile = j->o->profile,
                                .said = STR(""),
                                .policies = &j->o->policies};
    if (check_words(j, n, &j->err) && read_all(j, arguments, n) && make(j) && write_plan(j) &&
        write_reports(j)) {
        status = exit_of(j);
    } else {
        status = cli_fail(&j->err);
        status = j->o->is_detailed ? EXIT_FINDINGS : status;
    }
    draft_end(&j->draft);
    trial_free(j->trial);
    contract_free(j->opened.contract);
    arena_done(&j->arena);
    mem_free(j);
    return status;
}

const struct command command_plan = {
    .name = "plan",
    .usage = "[OPTION…] [CHANGESET|DESIRED|TERRAFORM-PLAN]…",
    .summary = "what a change would do to a tenant: steps in an order that works, what breaks, why",
    .about =
        "Puts change sets, desired states (a snapshot, or a part of one) and Terraform plans to a "
        "tenant in memory, by the very steps that `rehearse serve` answers with. Says what is "
        "created, changed and deleted, in an order that works; what is so already; what the tenant "
        "would refuse, and what it would answer; what breaks, and through whom; how many calls it "
        "takes, and how long under the profile's rate limit. Nothing is changed.\n\n"
        "Exit status: 0 it can be carried out, 1 something is refused or traps agents, 2 wrong "
        "usage or a file "
        "that "
        "cannot be read, 3 a system fault. With --detailed-exitcode: 0 nothing to do, 1 an error, "
        "2 changes.",
    .examples = "rehearse plan changes.json --tenant snapshot.json\n"
                "rehearse plan changes.json --tenant http://127.0.0.1:8080 --out plan.json\n"
                "rehearse plan --replace \"Sale – closed=Sale – won\" --tenant snapshot.json\n"
                "rehearse plan desired.json --prune --format markdown --output html=plan.html",
    .options = options,
    .arguments_min = 0,
    .arguments_max = DOCUMENTS_MAX,
    .run = run,
    .values_size = sizeof(struct plan_options),
};
