/* The tenant after a change set: the very steps that `rehearse serve` answers with say what becomes of it. */
#include "cli/simulate_change.h"

#include "validator/validator.h"

enum { CHANGES_BYTES_MAX = 64 << 20 };

static bool read_changes(struct json *out, const char *path, struct arena *a, struct findings *fs,
                         struct err *err)
{
    const struct json_limits limits = {.allow_bom = true};
    const struct json_doc *doc = NULL;
    struct yaml_result yaml = {0};
    struct str text = {0}, name = str_of(path);
    if (!file_read(&text, a, path, CHANGES_BYTES_MAX, err)) {
        return false;
    }
    if (str_ends(name, STR(".yaml")) || str_ends(name, STR(".yml"))) {
        if (!read_yaml(&yaml, a, name, text, fs, err)) {
            return false;
        }
        doc = yaml.doc;
    } else if (!json_parse(&doc, a, name, text, &limits, fs, err)) {
        return false;
    }
    *out = json_root(doc);
    return document_kind_of(*out) == DOCUMENT_CHANGES ||
           err_set(err, ERR_INPUT, "%s is no change set: docs/changeset-format.md tells of them",
                   path);
}

bool simulate_change(struct trial **out, struct json *out_changes, struct contract *contract,
                     struct tenant *tenant, const char *path, struct arena *a, struct findings *fs,
                     struct err *err)
{
    struct json root = {0};
    struct buf said;
    buf_init(&said, a);
    *out = trial_new(contract, tenant);
    if (!read_changes(&root, path, a, fs, err)) {
        return false;
    }
    struct check c = {.contract = contract,
                      .tenant = trial_tenant(*out),
                      .ask = trial_ask,
                      .ctx = *out,
                      .arena = a,
                      .fs = fs};
    *out_changes = root;
    check_document(&c, root, DOCUMENT_CHANGES, &said);
    check_done(&c);
    return true;
}

/* Somewhere in the value stands that text. */
static bool says(struct json v, struct str text)
{
    if (json_kind(v) == JSON_STRING) {
        return str_eq(json_str(v), text);
    }
    bool has = false;
    for (struct json m = json_first(v); json_exists(m) && !has; m = json_next(m)) {
        has = says(m, text);
    }
    return has;
}

/* The last step that names it; no value: none does. */
static struct json step_about(struct json steps, struct str text)
{
    struct json found = {0};
    for (struct json step = json_first(steps); json_exists(step) && text.len;
         step = json_next(step)) {
        found = says(step, text) ? step : found;
    }
    return found;
}

/* Of what stands between quotes in the message: agents, queues and codes, by their names. */
static struct json step_quoted(struct json steps, struct str message)
{
    struct json found = {0};
    struct str rest = message, before, name;
    while (!json_exists(found) && str_cut(&rest, '"', &before) && str_cut(&rest, '"', &name)) {
        found = step_about(steps, name);
    }
    return found;
}

void simulate_change_place(struct finding *f, struct json changes)
{
    struct json steps = json_get(changes, STR("changes")), step = step_about(steps, f->entity_id);
    step = json_exists(step) ? step : step_about(steps, f->entity_name);
    step = json_exists(step) ? step : step_quoted(steps, f->message);
    step = json_exists(step) ? step : steps;
    f->file = json_doc_name(changes.doc);
    f->pointer = (struct str){0};
    f->span = json_span(step);
    json_line_column(changes.doc, f->span.from, &f->line, &f->column);
    json_line_column(changes.doc, f->span.to, &f->end_line, &f->end_column);
}
