/* `rehearse diff`: what differs between two tenants. */
#include "cli/cli.h"
#include "cli/opened.h"
#include "validator/validator.h"

#include <stdio.h>
#include <string.h>

struct diff_options {
    struct option_list policies;
    const char *profile, *format;
    bool all;
};

static const struct option options[] = {
    {OPTION_TEXT, 'f', "format", offsetof(struct diff_options, format), "FORMAT",
     "text (default) or json", 0, 0},
    {OPTION_FLAG, 'a', "all", offsetof(struct diff_options, all), NULL,
     "members too that only the tenant sets: dates, versions", 0, 0},
    {OPTION_TEXT, 'p', "profile", offsetof(struct diff_options, profile), "NAME",
     "built-in profile or file (default: what the first says, else genesys-cloud)", 0, 0},
    {OPTION_LIST, 0, "policy", offsetof(struct diff_options, policies), "NAME=VALUE",
     "choose another answer to what the vendor's sources leave open; may be repeated", 0, 0},
    {.kind = OPTION_END},
};

struct job {
    const struct diff_options *o;
    struct arena arena;
    struct findings findings;
    struct opened opened;
    struct tenant *one, *two;
    struct err err;
};

static bool compare(struct job *j, char **arguments, size_t *out_n)
{
    const struct tenant_difference *at = NULL;
    struct buf out;
    bool is_json = j->o->format && strcmp(j->o->format, "json") == 0;
    if (j->o->format && !is_json && strcmp(j->o->format, "text") != 0) {
        return err_set(&j->err, ERR_INPUT, "--format is text or json, not \"%s\"", j->o->format);
    }
    if (!opened_tenant(&j->opened, &j->one, arguments[0], &j->err) ||
        !opened_tenant(&j->opened, &j->two, arguments[1], &j->err)) {
        return false;
    }
    buf_init(&out, &j->arena);
    tenant_lock_read(j->one);
    tenant_lock_read(j->two);
    *out_n = tenants_diff(&at, &j->arena, j->one, j->two, j->o->all);
    if (is_json) {
        tenants_diff_json(&out, at, *out_n, j->opened.contract->name, str_of(arguments[0]),
                          str_of(arguments[1]));
    } else {
        tenants_diff_text(&out, at, *out_n);
    }
    tenant_unlock(j->two);
    tenant_unlock(j->one);
    fwrite(out.s ? out.s : "", 1, out.len, stdout);
    return fflush(stdout) == 0 || err_set(&j->err, ERR_SYSTEM, "the report cannot be written");
}

static int run(const struct command *command, void *values, char **arguments, size_t n_arguments)
{
    struct job *j = MEM_NEW(struct job);
    size_t n = 0;
    (void)command;
    (void)n_arguments;
    j->o = values;
    arena_init(&j->arena, 1 << 16, 0);
    findings_init(&j->findings, &j->arena);
    j->opened = (struct opened){.arena = &j->arena,
                                .findings = &j->findings,
                                .profile = j->o->profile,
                                .said = STR(""),
                                .policies = &j->o->policies};
    int status = compare(j, arguments, &n) ? EXIT_WELL : cli_fail(&j->err);
    status = status == EXIT_WELL && n ? EXIT_FINDINGS : status;
    tenant_free(j->one);
    tenant_free(j->two);
    contract_free(j->opened.contract);
    arena_done(&j->arena);
    mem_free(j);
    return status;
}

const struct command command_diff = {
    .name = "diff",
    .usage = "[OPTION…] A B",
    .summary = "what differs between two tenants, entity by entity, member by member",
    .about =
        "A and B are snapshot files, built-in tenants, or http://127.0.0.1:PORT of a mock. "
        "Entities are the same where their ids are. + is only in B, - only in A, ~ differs.\n\n"
        "Exit status: 0 no difference, 1 differences, 2 wrong usage or a file that cannot be "
        "read, 3 a system fault.",
    .examples = "rehearse diff before.json after.json\n"
                "rehearse diff acme http://127.0.0.1:8080 --format json",
    .options = options,
    .arguments_min = 2,
    .arguments_max = 2,
    .run = run,
    .values_size = sizeof(struct diff_options),
};
