/* Path and query parameters: text that is turned into the JSON value that its schema speaks of,
 * then checked. */
#include "validator/validator_int.h"

struct look {
    struct findings *fs;
    const struct parameter *parameter;
    struct str value;
    bool is_bad;
};

static void add(struct look *l, struct finding *f)
{
    f->field = l->parameter->name;
    f->value = l->value;
    f->name = l->parameter->in;
    f->item = SIZE_MAX;
    f->severity = SEVERITY_ERROR;
    findings_add(l->fs, f);
    l->is_bad = true;
}

static bool report(const struct schema_issue *issue, void *ctx)
{
    struct look *l = ctx;
    struct finding f = {.rule = issue_rule(issue, false), .field = l->parameter->name};
    f.value = l->value;
    issue_say(l->fs, &f, issue);
    add(l, &f);
    return false;
}

/* One value, list items apart. */
static void check_one(struct look *l, struct str text, struct schema_run *run)
{
    const struct parameter *p = l->parameter;
    struct buf json;
    const struct json_doc *doc = NULL;
    struct err err = {0};
    buf_init(&json, l->fs->arena);
    l->value = text;
    if (p->kind == JSON_STRING && !p->schema) {
        return;
    }
    if (p->kind == JSON_STRING) {
        buf_put_json_string(&json, text);
    } else {
        /* "True" is what a client in Python makes of true */
        buf_put(&json, p->kind == JSON_BOOL ? str_lower(l->fs->arena, text) : text);
    }
    bool is_json = json_parse(&doc, l->fs->arena, STR(""), buf_str(&json), NULL, NULL, &err);
    if (!is_json || json_kind(json_root(doc)) != p->kind) {
        struct finding f = {.rule = STR("S103")};
        f.expected = json_kind_name(p->kind);
        f.message =
            findings_text(l->fs, "\"%.*s\" is not a %.*s", STR_ARG(p->name), STR_ARG(f.expected));
        add(l, &f);
        return;
    }
    if (p->schema && !schema_check(p->schema, run, json_root(doc), NULL, NULL)) {
        schema_check(p->schema, run, json_root(doc), report, l);
    }
}

bool check_parameter(const struct parameter *parameter, struct str value, struct schema_run *run,
                     struct findings *fs)
{
    struct look l = {.fs = fs, .parameter = parameter};
    struct str rest = value, item;
    if (!parameter->is_list) {
        check_one(&l, value, run);
        return !l.is_bad;
    }
    while (!l.is_bad && rest.len && str_cut(&rest, ',', &item)) {
        check_one(&l, item, run);
    }
    return !l.is_bad;
}
