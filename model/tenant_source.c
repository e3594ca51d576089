/* What templates see where no client asks: while a tenant is loaded or made up, the clock stands at
 * the snapshot's `at`, chance is the tenant's, and nobody is logged in. */
#include "model/tenant_int.h"

static bool put_json(struct buf *out, struct str json_text)
{
    buf_put(out, json_text);
    return true;
}

static bool put_string(struct buf *out, struct str text)
{
    buf_put_json_string(out, text);
    return true;
}

static bool put_member(struct buf *out, struct tenant_source *s, struct str json_text,
                       struct str dotted)
{
    const struct json_doc *doc = NULL;
    if (dotted.len == 0) {
        return put_json(out, json_text);
    }
    if (!json_parse(&doc, s->scratch, STR(""), json_text, NULL, NULL, NULL)) {
        return false;
    }
    struct json v = json_path(json_root(doc), dotted);
    json_put(out, v);
    return json_exists(v);
}

static bool put_now(struct buf *out, const struct tenant_source *s, struct str name)
{
    int64_t at_us = s->t->fixed->at_us;
    if (str_eq(name, STR("epoch"))) {
        buf_put_i64(out, at_us / US_PER_S);
        return true;
    }
    buf_put_char(out, '"');
    date_put(out, at_us, str_eq(name, STR("s")) ? 0 : 3);
    buf_put_char(out, '"');
    return true;
}

static bool put_random(struct buf *out, struct tenant_source *s, struct str name)
{
    char uuid[37];
    uint64_t high = tenant_random(s->t), low = tenant_random(s->t);
    uuid_text(uuid, high, low);
    bool is_hex = str_eq(name, STR("hex32"));
    if (!is_hex && !str_eq(name, STR("uuid"))) {
        return false;
    }
    buf_put_char(out, '"');
    for (const char *c = uuid; *c; c++) {
        if (*c != '-' || !is_hex) {
            buf_put_char(out, *c);
        }
    }
    buf_put_char(out, '"');
    return true;
}

/* What templates see while nobody asks: the clock at `at`, the tenant, chance, policies. */
static bool resolve(struct buf *out, const struct var *var, void *ctx)
{
    struct tenant_source *s = ctx;
    if (var->scope == VAR_NOW) {
        return put_now(out, s, var->name);
    }
    if (var->scope == VAR_RANDOM) {
        return put_random(out, s, var->name);
    }
    if (var->scope == VAR_TENANT) {
        return str_eq(var->name, STR("name")) ? put_string(out, s->t->fixed->name)
                                              : put_member(out, s, s->t->fixed->about, var->name);
    }
    if (var->scope == VAR_BODY) {
        struct json v = var->name.len ? json_path(s->body, var->name) : s->body;
        json_put(out, v);
        return json_exists(v);
    }
    for (size_t i = 0; var->scope == VAR_POLICY && i < s->t->contract->n_policies; i++) {
        if (str_eq(s->t->contract->policies[i].name, var->name)) {
            return put_string(out, s->t->contract->policies[i].value);
        }
    }
    return false;
}

struct template_source tenant_source(struct tenant_source *s)
{
    return (struct template_source){.resolve = resolve, .ctx = s};
}
