/* The plan file, as it is written. */
#include "validator/plan_int.h"

static const struct str verbs[] = {
#define X(name, text) STR_INIT(text),
    PLAN_VERBS(X)
#undef X
};

struct str plan_verb_name(enum plan_verb verb)
{
    return verbs[verb];
}

static void key(struct buf *b, const char *name, bool *is_first)
{
    buf_put(b, *is_first ? STR("") : STR(", "));
    buf_put_json_string(b, str_of(name));
    buf_put(b, STR(": "));
    *is_first = false;
}

static void text(struct buf *b, const char *name, struct str value, bool *is_first)
{
    if (value.len) {
        key(b, name, is_first);
        buf_put_json_string(b, value);
    }
}

static void values(struct buf *b, const char *name, const struct plan_value *at, size_t n,
                   bool *is_first)
{
    if (n == 0) {
        return;
    }
    key(b, name, is_first);
    for (size_t i = 0; i < n; i++) {
        buf_put(b, i ? STR(", ") : STR("{"));
        buf_put_json_string(b, at[i].name);
        buf_put(b, STR(": "));
        buf_put_json_string(b, at[i].value);
    }
    buf_put_char(b, '}');
}

static void members(struct buf *b, const struct plan_step *s, bool *is_first)
{
    if (s->n_members == 0) {
        return;
    }
    key(b, "changes", is_first);
    for (size_t i = 0; i < s->n_members; i++) {
        bool first = true;
        buf_put(b, i ? STR(", {") : STR("[{"));
        text(b, "field", s->members[i].field, &first);
        if (s->members[i].before.len) {
            key(b, "from", &first);
            buf_put(b, s->members[i].before);
        }
        if (s->members[i].after.len) {
            key(b, "to", &first);
            buf_put(b, s->members[i].after);
        }
        buf_put_char(b, '}');
    }
    buf_put_char(b, ']');
}

static void put_step(struct buf *b, const struct plan_step *s)
{
    bool is_first = true;
    buf_put(b, STR("    {"));
    text(b, "does", verbs[s->verb], &is_first);
    text(b, "resource", s->resource ? s->resource->name : STR(""), &is_first);
    text(b, "id", s->id, &is_first);
    text(b, "name", s->name, &is_first);
    text(b, "operation", s->op->id, &is_first);
    values(b, "path", s->path, s->n_path, &is_first);
    values(b, "query", s->query, s->n_query, &is_first);
    if (s->body.len) {
        key(b, "body", &is_first);
        buf_put(b, s->body);
    }
    text(b, "makes", s->makes, &is_first);
    if (s->sends_etag) {
        key(b, "etag", &is_first);
        buf_put(b, STR("true"));
    }
    for (size_t i = 0; i < s->n_expects; i++) {
        if (i == 0) {
            key(b, "expects", &is_first);
        }
        buf_put(b, i ? STR(", ") : STR("["));
        buf_put_u64(b, s->expects[i]);
    }
    buf_put(b, s->n_expects ? STR("]") : STR(""));
    members(b, s, &is_first);
    buf_put_char(b, '}');
}

static void put_expect(struct buf *b, const struct plan_expect *e)
{
    bool is_first = true;
    buf_put(b, STR("    {"));
    text(b, "resource", e->resource->name, &is_first);
    text(b, "id", e->id, &is_first);
    text(b, "name", e->name, &is_first);
    text(b, "version", e->version, &is_first);
    text(b, "fingerprint", e->fingerprint, &is_first);
    buf_put_char(b, '}');
}

static void put_policies(struct buf *b, const struct plan *p)
{
    for (size_t i = 0; i < p->n_policies; i++) {
        buf_put(b, i ? STR(", ") : STR(",\n  \"policies\": {"));
        buf_put_json_string(b, p->policies[i].name);
        buf_put(b, STR(": "));
        buf_put_json_string(b, p->policies[i].value);
    }
    buf_put(b, p->n_policies ? STR("}") : STR(""));
}

void plan_write(struct buf *b, const struct plan *p)
{
    buf_printf(b, "{\n  \"format\": %d,\n  \"kind\": \"plan\",\n  \"profile\": ", PLAN_FORMAT);
    buf_put_json_string(b, p->profile);
    put_policies(b, p);
    buf_put(b, STR(",\n  \"tenant\": "));
    buf_put_json_string(b, p->tenant);
    buf_put(b, STR(",\n  \"from\": ["));
    for (size_t i = 0; i < p->n_from; i++) {
        buf_put(b, i ? STR(", ") : STR(""));
        buf_put_json_string(b, p->from[i]);
    }
    buf_put(b, STR("],\n  \"expects\": ["));
    for (size_t i = 0; i < p->n_expects; i++) {
        buf_put(b, i ? STR(",\n") : STR("\n"));
        put_expect(b, &p->expects[i]);
    }
    buf_put(b, p->n_expects ? STR("\n  ],\n  \"steps\": [") : STR("],\n  \"steps\": ["));
    for (size_t i = 0; i < p->n_steps; i++) {
        buf_put(b, i ? STR(",\n") : STR("\n"));
        put_step(b, &p->steps[i]);
    }
    buf_put(b, p->n_steps ? STR("\n  ]\n}\n") : STR("]\n}\n"));
}
