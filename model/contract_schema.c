/* The format's own JSON Schema, run over a profile before anything in it is looked at. */
#include "model/contract_int.h"

#include "model/builtin.h"
#include "model/issue.h"

struct look {
    struct findings *fs;
    struct json root;
};

static bool report(const struct schema_issue *issue, void *ctx)
{
    struct look *l = ctx;
    bool is_unexpected =
        issue->keyword == SCHEMA_ADDITIONAL_PROPERTIES && json_exists(issue->member);
    struct str rule = issue_rule(issue, issue->instance.at == l->root.at);
    struct finding f = is_unexpected ? json_key_finding(l->fs, issue->member, rule, SEVERITY_ERROR)
                                     : json_finding(l->fs, issue->instance, rule, SEVERITY_ERROR);
    issue_say(l->fs, &f, issue);
    findings_add(l->fs, &f);
    return true;
}

bool format_check(struct str schema_name, struct json document, struct findings *fs,
                  struct err *err)
{
    const struct json_doc *doc = NULL;
    const struct schema *schema = NULL;
    struct arena *a = fs->arena; /* findings borrow from the schema's texts */
    struct str text = builtin_find(schema_name);
    struct schema_set *set = schema_set_new(a, true);
    struct schema_run *run = schema_run_new();
    struct json_limits limits = {.is_terminated = true};
    bool is_ready = text.s && json_parse(&doc, a, schema_name, text, &limits, NULL, err) &&
                    schema_set_add(set, STR("format:///"), json_root(doc), err) &&
                    schema_compile(&schema, set, STR("format:///"), err);
    bool is_well = false;
    if (is_ready) {
        struct look l = {.fs = fs, .root = document};
        is_well = schema_check(schema, run, document, NULL, NULL);
        if (!is_well) {
            schema_check(schema, run, document, report, &l);
        }
    }
    schema_run_free(run);
    schema_set_free(set);
    return is_well;
}
