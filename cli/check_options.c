/* The options of `rehearse check`, and what they may say. */
#include "cli/own_files.h"

#include <string.h>

void check_option_defaults(void *values)
{
    struct check_options *o = values;
    o->max_warnings = UINT64_MAX;
}

const struct option check_option_table[] = {
    {OPTION_TEXT, 'p', "profile", offsetof(struct check_options, profile), "NAME",
     "built-in profile or file (default: what the files say, else genesys-cloud)", 0, 0},
    {OPTION_TEXT, 't', "tenant", offsetof(struct check_options, tenant), "NAME",
     "the tenant they are meant for: built-in or a snapshot file (default: the profile's)", 0, 0},
    {OPTION_LIST, 0, "policy", offsetof(struct check_options, policies), "NAME=VALUE",
     "choose another answer to what the vendor's sources leave open; may be repeated", 0, 0},
    {OPTION_TEXT, 0, "operation", offsetof(struct check_options, operation), "ID",
     "payloads are bodies of this operation (default: as their shape says)", 0, 0},
    {OPTION_TEXT, 0, "from", offsetof(struct check_options, from), "KIND",
     "what the files are: payload, changes, tenant, terraform; of rehearse's own profile, workload, "
     "sinks, plan, rules, scenario, faults, config (default: as they look)", 0, 0},
    {OPTION_TEXT, 'f', "format", offsetof(struct check_options, format), "FORMAT",
     "text (default), gcc, json, jsonl, sarif, junit, github, gitlab, checkstyle, tap, rdjsonl, "
     "markdown",
     0, 0},
    {OPTION_LIST, 'o', "output", offsetof(struct check_options, outputs), "FORMAT=FILE",
     "one more report, into a file; may be repeated", 0, 0},
    {OPTION_TEXT, 0, "fail-on", offsetof(struct check_options, fail_on), "SEVERITY",
     "exit with 1 from this severity on: error (default), warning, note, never", 0, 0},
    {OPTION_COUNT, 0, "max-warnings", offsetof(struct check_options, max_warnings), "N",
     "exit with 1 where there are more warnings", 0, UINT64_MAX},
    {OPTION_LIST, 0, "select", offsetof(struct check_options, select), "IDS",
     "only these rules or families (S,U202); may be repeated", 0, 0},
    {OPTION_LIST, 0, "ignore", offsetof(struct check_options, ignore), "IDS",
     "not these rules or families; may be repeated", 0, 0},
    {OPTION_LIST, 0, "severity", offsetof(struct check_options, severity), "ID=LEVEL",
     "tell this rule as error, warning or note; may be repeated", 0, 0},
    {OPTION_TEXT, 0, "stdin-name", offsetof(struct check_options, stdin_name), "NAME",
     "what standard input (\"-\") is called in reports", 0, 0},
    {OPTION_FLAG, 0, "fix", offsetof(struct check_options, fixes), NULL,
     "mend what is certain in the files themselves, then tell what is left", 0, 0},
    {OPTION_FLAG, 0, "diff", offsetof(struct check_options, shows_diff), NULL,
     "print what --fix would change as a unified diff, in place of the report", 0, 0},
    {OPTION_TEXT, 0, "config", offsetof(struct check_options, config), "FILE",
     "in place of rehearse.json, which is looked for up to the repository's root", 0, 0},
    {OPTION_FLAG, 0, "no-config", offsetof(struct check_options, no_config), NULL,
     "read no rehearse.json", 0, 0},
    {OPTION_TEXT, 0, "baseline", offsetof(struct check_options, baseline), "FILE",
     "what this file has does not count", 0, 0},
    {OPTION_TEXT, 0, "write-baseline", offsetof(struct check_options, write_baseline), "FILE",
     "write what is found now as a baseline", 0, 0},
    {OPTION_FLAG, 0, "strict-baseline", offsetof(struct check_options, strict_baseline), NULL,
     "an entry of the baseline that no longer occurs is an error", 0, 0},
    {OPTION_TEXT, 0, "base", offsetof(struct check_options, base), "FILE",
     "tell only what this older file did not have", 0, 0},
    {OPTION_LIST, 0, "rules", offsetof(struct check_options, rules), "FILE",
     "rules of your own (docs/user-rules.md); may be repeated", 0, 0},
    {OPTION_TEXT, 0, "emit-model", offsetof(struct check_options, emit_model), "FILE",
     "write what there is after all steps (or in the snapshot) as JSON, for other tools", 0, 0},
    {OPTION_TEXT, 0, "emit-db", offsetof(struct check_options, emit_db), "FILE",
     "the same as a SQLite database", 0, 0},
    {OPTION_FLAG, 0, "stats", offsetof(struct check_options, shows_stats), NULL,
     "say how often each rule found something, and what the run took", 0, 0},
    {OPTION_FLAG, 0, "watch", offsetof(struct check_options, watches), NULL,
     "check again whenever a file changes, until Ctrl-C", 0, 0},
    {OPTION_TEXT, 0, "color", offsetof(struct check_options, colour), "WHEN",
     "always, never, or auto: on a terminal, and not against NO_COLOR", 0, 0},
    {OPTION_FLAG, 'q', "quiet", offsetof(struct check_options, is_quiet), NULL,
     "findings alone, no summary", 0, 0},
    {.kind = OPTION_END},
};

bool check_option_words(const struct check_options *o, struct err *err)
{
    static const char *const levels[] = {"error", "warning", "note", "never"};
    bool is_level = !o->fail_on;
    for (size_t i = 0; o->fail_on && i < 4; i++) {
        is_level = is_level || strcmp(o->fail_on, levels[i]) == 0;
    }
    if (!is_level) {
        return err_set(err, ERR_INPUT, "--fail-on is error, warning, note or never, not \"%s\"",
                       o->fail_on);
    }
    if (o->from && document_kind_named(str_of(o->from)) == DOCUMENT_KIND_COUNT &&
        !own_file_named(str_of(o->from))) {
        return err_set(err, ERR_INPUT,
                       "--from is payload, changes, tenant, terraform, profile, workload, sinks, plan, "
                       "rules, scenario, faults or config, not \"%s\"",
                       o->from);
    }
    if (o->format && report_kind_of(str_of(o->format)) == REPORT_KIND_COUNT) {
        return err_set(err, ERR_INPUT, "there is no format \"%s\"; rehearse check --help has all",
                       o->format);
    }
    for (size_t i = 0; i < o->outputs.n; i++) {
        struct str all = str_of(o->outputs.at[i]);
        size_t sign = str_find_char(all, '=');
        struct str kind = str_slice(all, 0, sign);
        if (sign + 1 >= all.len || report_kind_of(kind) == REPORT_KIND_COUNT) {
            return err_set(err, ERR_INPUT, "--output %s: FORMAT=FILE, as sarif=check.sarif",
                           o->outputs.at[i]);
        }
    }
    return true;
}

bool check_is_listed(const struct option_list *list, struct str rule)
{
    for (size_t i = 0; i < list->n; i++) {
        struct str rest = str_of(list->at[i]), one;
        while (rest.len && str_cut(&rest, ',', &one)) {
            one = str_trim(one);
            if (one.len && str_starts(rule, one)) {
                return true;
            }
        }
    }
    return false;
}
