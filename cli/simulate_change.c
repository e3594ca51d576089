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

void simulate_change_place(struct finding *f, const struct check_steps *steps)
{
    struct json step = check_step_of(steps, f);
    f->file = json_doc_name(step.doc);
    f->pointer = (struct str){0};
    f->span = json_span(step);
    json_line_column(step.doc, f->span.from, &f->line, &f->column);
    json_line_column(step.doc, f->span.to, &f->end_line, &f->end_column);
}
