/* What entities name and no list shows: read by its id where the API can, else made up, so that the
 * fixture holds together: with the name or id that is used, and what its schema demands. */
#include "replay/import_int.h"

enum { FILL_ROUNDS_MAX = 8, VALUE_DEPTH_MAX = 6 };

struct missing {
    struct import *im;
    const struct reference_rule *rule;
    struct json entity; /* that names it */
    struct err *err;
    bool is_failed, is_any;
};

/* The simplest value that fits a schema, mostly. */
static void put_value(struct buf *out, const struct contract *c, struct json schema, int depth)
{
    schema = contract_deref(c, schema);
    struct json preset = json_get(schema, STR("default")), words = json_get(schema, STR("enum"));
    struct json type = json_get(schema, STR("type"));
    struct str kind =
        json_str_or(json_kind(type) == JSON_ARRAY ? json_first(type) : type, STR("string"));
    bool is_first = true;
    preset = json_exists(preset) ? preset : json_get(schema, STR("const"));
    preset = json_exists(preset) ? preset : json_first(words);
    if (json_exists(preset)) {
        json_put(out, preset);
    } else if (str_eq(kind, STR("object"))) {
        struct json needed = json_get(schema, STR("required"));
        buf_put_char(out, '{');
        for (struct json m = json_first(needed); json_exists(m) && depth < VALUE_DEPTH_MAX;
             m = json_next(m)) {
            buf_put(out, is_first ? STR("") : STR(","));
            buf_put_json_string(out, json_str_or(m, STR("")));
            buf_put_char(out, ':');
            put_value(out, c,
                      json_get(json_get(schema, STR("properties")), json_str_or(m, STR(""))),
                      depth + 1);
            is_first = false;
        }
        buf_put_char(out, '}');
    } else if (str_eq(kind, STR("array"))) {
        buf_put(out, STR("[]"));
    } else if (str_eq(kind, STR("boolean"))) {
        buf_put(out, STR("true"));
    } else if (str_eq(kind, STR("string"))) {
        buf_put(out, STR("\"unknown\""));
    } else {
        buf_put_i64(out, json_i64_or(json_get(schema, STR("minimum")), 1));
    }
}

/* `value` as JSON: a number where the member is one. */
static void put_named(struct buf *out, const struct contract *c, const struct resource *r,
                      const struct field_path *field, struct str value)
{
    struct json schema = contract_deref(c, contract_member(c, r->schema, field->parts[0]).member);
    struct str type = json_str_or(json_get(schema, STR("type")), STR("string"));
    int64_t number = 0;
    buf_put_json_string(out, field->parts[0]);
    buf_put_char(out, ':');
    if (!str_eq(type, STR("string")) && num_parse_i64(&number, value, INT64_MIN, INT64_MAX)) {
        buf_put_i64(out, number);
    } else {
        buf_put_json_string(out, value);
    }
}

/* What the entity shows beside its reference is the target's: "{target.name}" read backwards. */
static void put_shown(struct buf *out, struct import *im, const struct missing *m)
{
    const struct reference_rule *rule = m->rule;
    const struct resource *from = NULL;
    struct json beside = m->entity, embed = {0};
    for (size_t i = 0; i < im->contract->n_resources; i++) {
        const struct resource *r = &im->contract->resources[i];
        if (r->n_references && rule >= r->references && rule < r->references + r->n_references) {
            from = r;
        }
    }
    struct json all = from ? json_get(from->source, STR("references")) : embed;
    size_t at = from ? (size_t)(rule - from->references) : 0;
    for (struct json v = json_first(all); json_exists(v); v = json_next(v), at--) {
        if (at == 0) {
            embed = json_get(v, STR("embed"));
            break;
        }
    }
    for (size_t i = 0; i + 1 < rule->field->n; i++) {
        beside = json_get(beside, rule->field->parts[i]);
    }
    for (struct json v = json_first(embed); json_exists(v); v = json_next(v)) {
        struct str text = json_str_or(v, STR("")), head = STR("{target.");
        struct json shown = json_get(beside, json_key(v));
        size_t end = text.len;
        while (end && (text.s[end - 1] == '}' || text.s[end - 1] == '?')) {
            end--;
        }
        struct str name = str_slice(text, head.len, end);
        if (str_starts(text, head) && json_exists(shown) && json_kind(shown) != JSON_NULL &&
            str_find_char(name, '.') == name.len && !str_eq(name, rule->to->id_field->text)) {
            buf_put_char(out, ',');
            buf_put_json_string(out, name);
            buf_put_char(out, ':');
            json_put(out, shown);
        }
    }
}

static bool has_member(const struct buf *out, struct str name, struct arena *a)
{
    struct buf needed;
    buf_init(&needed, a);
    buf_put_json_string(&needed, name);
    buf_put_char(&needed, ':');
    return str_find(buf_str(out), buf_str(&needed)) < out->len;
}

static void make_up(struct import *im, const struct missing *m, const struct field_path *by,
                    struct str value)
{
    const struct resource *r = m->rule->to;
    struct buf out;
    struct json schema = contract_deref(im->contract, r->schema);
    buf_init(&out, im->a);
    buf_put_char(&out, '{');
    put_named(&out, im->contract, r, by, value);
    put_shown(&out, im, m);
    bool has_id = !r->id_field || str_eq(r->id_field->text, by->text);
    if (!has_id) {
        char id[37];
        uint64_t seed = str_hash(value), high = splitmix64(&seed);
        uuid_text(id, high, splitmix64(&seed));
        buf_put_char(&out, ',');
        put_named(&out, im->contract, r, r->id_field, str_of(id));
    }
    if (r->name_field && !str_eq(r->name_field->text, by->text) &&
        !(r->id_field && str_eq(r->name_field->text, r->id_field->text)) &&
        !has_member(&out, r->name_field->parts[0], im->a)) {
        buf_put_char(&out, ',');
        buf_put_json_string(&out, r->name_field->parts[0]);
        buf_put(&out, STR(":"));
        struct buf name;
        buf_init(&name, im->a);
        buf_printf(&name, "%.*s %.*s", STR_ARG(r->title), STR_ARG(value));
        buf_put_json_string(&out, buf_str(&name));
    }
    struct json all = json_get(schema, STR("required"));
    for (struct json v = json_first(all); json_exists(v); v = json_next(v)) {
        struct str name = json_str_or(v, STR(""));
        if (!has_member(&out, name, im->a)) {
            buf_put_char(&out, ',');
            buf_put_json_string(&out, name);
            buf_put_char(&out, ':');
            put_value(&out, im->contract, contract_member(im->contract, r->schema, name).member, 0);
        }
    }
    buf_put_char(&out, '}');
    im->counts[r->index].n_made_up += import_add(im, r, buf_str(&out));
}

static bool is_there(const struct import *im, const struct reference_rule *rule, struct str value)
{
    const struct haul *h = &im->hauls[rule->to->index];
    if (!rule->by || (rule->to->id_field && str_eq(rule->by->text, rule->to->id_field->text))) {
        return map_get(&h->ids, value) != NULL;
    }
    for (size_t i = 0; i < h->n; i++) {
        struct str text = import_text(field_find(rule->by, h->at[i]));
        if (text.s && str_eq(text, value)) {
            return true;
        }
    }
    return false;
}

static void look_at(struct json value, void *ctx)
{
    struct missing *m = ctx;
    const struct reference_rule *rule = m->rule;
    struct str text = import_text(value);
    if (!text.len || m->is_failed || is_there(m->im, rule, text)) {
        return;
    }
    for (size_t i = 0; i < rule->n_except; i++) {
        if (str_eq(rule->except[i], text)) {
            return;
        }
    }
    if (!rule->by && !import_read(m->im, rule->to, text, m->err)) {
        m->is_failed = true;
        return;
    }
    if (!is_there(m->im, rule, text)) {
        const struct field_path *by = rule->by ? rule->by : rule->to->id_field;
        if (by) {
            make_up(m->im, m, by, text);
        }
    }
    m->is_any = true;
}

bool import_fill(struct import *im, struct err *err)
{
    struct missing m = {.im = im, .err = err, .is_any = true};
    for (int round = 0; round < FILL_ROUNDS_MAX && m.is_any && !m.is_failed; round++) {
        m.is_any = false;
        for (size_t i = 0; i < im->contract->n_resources; i++) {
            const struct resource *r = &im->contract->resources[i];
            size_t n = im->hauls[i].n;
            for (size_t k = 0; k < r->n_references; k++) {
                m.rule = &r->references[k];
                for (size_t e = 0; e < n && !m.rule->keeps_unknown && !m.rule->drops_unknown; e++) {
                    m.entity = im->hauls[i].at[e];
                    field_each(m.rule->field, m.entity, look_at, &m);
                }
            }
        }
    }
    return !m.is_failed;
}
