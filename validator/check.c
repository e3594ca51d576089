#include "validator/check_int.h"

#include "validator/read_terraform.h"

static const struct str kind_names[] = {
#define X(name, text) STR_INIT(text),
    DOCUMENT_KINDS(X)
#undef X
};

struct str document_kind_name(enum document_kind kind)
{
    return kind_names[kind];
}

enum document_kind document_kind_named(struct str name)
{
    unsigned kind = 0;
    while (kind < DOCUMENT_KIND_COUNT && !str_eq(kind_names[kind], name)) {
        kind++;
    }
    return (enum document_kind)kind;
}

enum document_kind document_kind_of(struct json root)
{
    struct str schema = json_str_or(json_get(root, STR("$schema")), STR(""));
    if (str_ends(schema, STR("changeset.schema.json"))) {
        return DOCUMENT_CHANGES;
    }
    if (str_ends(schema, STR("tenant.schema.json"))) {
        return DOCUMENT_TENANT;
    }
    if (terraform_kind_of(root) != TERRAFORM_NONE) {
        return DOCUMENT_TERRAFORM;
    }
    if (json_kind(json_get(root, STR("changes"))) == JSON_ARRAY) {
        return DOCUMENT_CHANGES;
    }
    return json_kind(json_get(root, STR("resources"))) == JSON_OBJECT &&
                   json_exists(json_get(root, STR("profile")))
               ? DOCUMENT_TENANT
               : DOCUMENT_PAYLOAD;
}

void check_document(struct check *c, struct json root, enum document_kind kind, struct buf *said)
{
    check_about(c, NULL, STR(""), STR(""));
    switch (kind) {
    case DOCUMENT_PAYLOAD:
        check_payload(c, root, said);
        return;
    case DOCUMENT_CHANGES:
        check_changes(c, root);
        return;
    case DOCUMENT_TENANT:
        check_tenant(c, root);
        return;
    case DOCUMENT_TERRAFORM:
        check_terraform(c, root);
        return;
    case DOCUMENT_KIND_COUNT:
        break;
    }
    unreachable();
}

void check_about(struct check *c, const struct resource *r, struct str id, struct str name)
{
    c->entity_type = r ? r->title : STR("");
    c->entity_id = str_copy(c->arena, id);
    c->entity_name = str_copy(c->arena, name);
}

static void sign(const struct check *c, struct finding *f)
{
    f->entity_type = c->entity_type;
    f->entity_id = c->entity_id;
    f->entity_name = c->entity_name;
}

struct finding check_finding(struct check *c, struct json at, const char *rule,
                             enum severity severity)
{
    struct finding f = json_finding(c->fs, at, str_of(rule), severity);
    sign(c, &f);
    return f;
}

void check_skip(struct check *c, struct json at, struct str why)
{
    struct finding f = check_finding(c, at, "K910", SEVERITY_NOTE);
    struct report_skip *all = NULL;
    if (c->n_skips == c->skips_cap) {
        c->skips_cap = c->skips_cap ? 2 * c->skips_cap : 8;
        all = ARENA_ARRAY(c->arena, c->skips_cap, struct report_skip);
        for (size_t i = 0; i < c->n_skips; i++) {
            all[i] = c->skips[i];
        }
        c->skips = all;
    }
    c->skips[c->n_skips++] = (struct report_skip){
        .file = f.file,
        .pointer = f.pointer,
        .why = str_copy(c->arena, why),
        .line = f.line,
        .column = f.column,
        .entity = {c->entity_type, c->entity_id, c->entity_name},
    };
}

/* The pointer without its first `n` steps. */
static struct str cut_pointer(struct str pointer, size_t n)
{
    for (; n > 0 && pointer.len; n--) {
        pointer = str_slice(pointer, 1, pointer.len);
        pointer = str_slice(pointer, str_find_char(pointer, '/'), pointer.len);
    }
    return pointer;
}

static void take_place(struct finding *f, const struct finding *from)
{
    f->file = from->file;
    f->span = from->span;
    f->line = from->line;
    f->column = from->column;
    f->end_line = from->end_line;
    f->end_column = from->end_column;
    f->pointer = STR("");
}

/* Not the tenant's entity, but one that this run has made: twice in one batch. */
static void say_twice(struct check *c, struct finding *f, struct str other)
{
    const struct finding *first = other.len ? map_get(&c->made, other) : NULL;
    if (first) {
        f->rule = STR("U201");
        f->message = findings_text(c->fs, "an earlier one here has \"%.*s\" %.*s already",
                                   STR_ARG(f->field), STR_ARG(f->value));
        f->related_message = STR("it stands here");
        f->related_pointer = first->pointer;
        f->related_line = first->line;
        f->related_column = first->column;
    }
}

void check_made(struct check *c, struct json at, struct str id)
{
    if (id.len && json_exists(at)) {
        struct finding *place = ARENA_NEW(c->arena, struct finding);
        *place = json_finding(c->fs, at, STR("U201"), SEVERITY_ERROR);
        (void)map_put(&c->made, id, place);
    }
}

void check_done(struct check *c)
{
    map_done(&c->made);
    map_done(&c->locals);
    map_done(&c->later);
}

/* Where a finding about the body that was sent stands in the text that the user wrote: at the value; at
 * the nearest one around it, where the sent body has members that the text has not; of those, what is no
 * error is nobody's mistake: false. */
static bool place(struct check *c, const struct check_step *step, const struct finding *found,
                  struct finding *out)
{
    struct str pointer = cut_pointer(found->pointer, step->cut);
    struct json at = json_exists(step->body) ? json_pointer_find(step->body, pointer) : step->at;
    if (json_exists(step->body) && !json_exists(at) && found->severity != SEVERITY_ERROR) {
        return false;
    }
    while (!json_exists(at) && pointer.len) {
        do {
            pointer.len--;
        } while (pointer.len && pointer.s[pointer.len] != '/');
        at = json_pointer_find(step->body, pointer);
    }
    at = json_exists(at) ? at : step->at;
    if (step->fallback && !json_exists(at)) {
        *out = *found;
        take_place(out, step->fallback);
        return true;
    }
    bool is_name = str_eq(found->rule, STR("S102")) && json_key(at).len;
    struct json nothing = json_get(at, found->field);
    bool is_null = str_eq(found->rule, STR("S101")) && json_kind(nothing) == JSON_NULL;
    at = is_null ? nothing : at; /* it was left out before the tenant looked */
    struct finding f = is_name ? json_key_finding(c->fs, at, found->rule, found->severity)
                               : json_finding(c->fs, at, found->rule, found->severity);
    f.message = str_copy(c->arena, found->message);
    f.field = str_copy(c->arena, found->field);
    f.value = found->value.s && !is_null ? str_copy(c->arena, found->value) : f.value;
    f.expected = str_copy(c->arena, found->expected);
    f.hint = is_null ? STR("null is as if the member were not there")
                     : str_copy(c->arena, found->hint);
    f.name = str_copy(c->arena, found->name);
    f.case_name = str_copy(c->arena, found->case_name);
    f.status = found->status;
    f.item = found->item;
    if (found->replacement.s && f.pointer.len) {
        f.replacement = str_copy(c->arena, found->replacement);
    }
    f.is_better_left_out = found->is_better_left_out;
    f.related_message = str_copy(c->arena, found->related_message);
    f.related_pointer = str_copy(c->arena, found->related_pointer);
    say_twice(c, &f, found->other_id);
    *out = f;
    return true;
}

/* The tenant says no for a reason that is about no value. */
static void say_refusal(struct check *c, const struct check_step *step,
                        const struct tenant_answer *answer)
{
    static const struct {
        struct str starts;
        const char *rule;
    } rules[] = {{STR_INIT("unique"), "U202"},    {STR_INIT("in_use"), "D501"},
                 {STR_INIT("not_found"), "R403"}, {STR_INIT("limit"), "L301"},
                 {STR_INIT("too_large"), "L303"}, {STR_INIT("reference"), "R403"}};
    const char *rule = "P606";
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        rule = str_starts(answer->case_name, rules[i].starts) ? rules[i].rule : rule;
    }
    struct finding f = {.rule = str_of(rule), .severity = SEVERITY_ERROR, .item = SIZE_MAX};
    if (json_exists(step->at)) {
        f = check_finding(c, step->at, rule, SEVERITY_ERROR);
    } else if (step->fallback) {
        take_place(&f, step->fallback);
        sign(c, &f);
    }
    f.status = answer->status;
    f.case_name = answer->case_name;
    f.message = findings_text(c->fs, "%.*s %.*s is refused: %.*s", STR_ARG(step->op->method),
                              STR_ARG(step->path), STR_ARG(answer->case_name));
    struct json text = {0};
    const struct json_doc *doc = NULL;
    if (json_parse(&doc, c->arena, STR(""), answer->text, NULL, NULL, NULL)) {
        text = json_get(json_root(doc), STR("message"));
    }
    if (json_kind(text) == JSON_STRING) {
        f.message = findings_text(c->fs, "%.*s", STR_ARG(json_str(text)));
    }
    findings_add(c->fs, &f);
}

struct check_memory check_remember(const struct check *c)
{
    return (struct check_memory){arena_mark(c->arena), c->fs->len + c->fs->dropped};
}

struct str check_forget(struct check *c, struct check_memory m, struct str kept)
{
    if (!c->gives_back || c->fs->len + c->fs->dropped > m.n_findings) {
        return kept;
    }
    struct buf aside = {0}; /* not in the arena */
    buf_put(&aside, kept);
    arena_release(c->arena, m.mark);
    struct str copy = str_copy(c->arena, buf_str(&aside));
    buf_done(&aside);
    return copy;
}

bool check_ask(struct check *c, const struct check_step *step, struct tenant_answer *out)
{
    struct tenant_answer ignored = {0};
    struct findings found;
    size_t errors = c->fs->errors;
    const struct tenant_question q = {.method = step->op->method,
                                      .path = step->path,
                                      .body = step->body_text,
                                      .etag = step->etag};
    out = out ? out : &ignored;
    findings_init(&found, c->arena);
    c->n_steps++;
    c->ask(c->ctx, c->arena, &q, out, &found);
    for (size_t i = 0; i < found.len; i++) {
        struct finding f;
        if (!place(c, step, &found.at[i], &f)) {
            continue;
        }
        f.status = f.severity == SEVERITY_ERROR && !f.status ? out->status : f.status;
        sign(c, &f);
        findings_add(c->fs, &f);
    }
    bool is_taken = out->status < 400;
    if (is_taken && json_exists(step->body)) {
        check_blanks(c, step->resource, step->body);
        check_offsets(c, step->resource, step->body);
        check_lengths(c, step->op, step->body);
    }
    if (!is_taken && c->fs->errors == errors) {
        say_refusal(c, step, out);
    }
    return is_taken && c->fs->errors == errors; /* of a batch an item may have failed alone */
}
