/* Values from JSON Schemas: what a client would send to make an entity. Members that the profile's
 * templates set are left out (they are made as at load), members that must be there and references
 * are put in, of the others some. A schema with $ref, allOf, anyOf or oneOf is taken apart into its
 * plain parts (of alternatives the first); the value is made from all of them together. */
#include "model/generate_int.h"

enum { PARTS_MAX = 16, VALUE_DEPTH_MAX = 12, ITEMS_MORE = 2 };

#define NUMBER_MAX (INT64_C(1) << 53) /* beyond, readers that keep doubles lose digits */

struct parts {
    struct json at[PARTS_MAX];
    size_t n;
};

static void take_apart(struct parts *p, const struct maker *m, struct json schema, int depth)
{
    if (p->n == PARTS_MAX || depth > VALUE_DEPTH_MAX || json_kind(schema) != JSON_OBJECT) {
        return;
    }
    struct json ref = json_get(schema, STR("$ref"));
    p->at[p->n++] = schema;
    if (json_kind(ref) == JSON_STRING && str_starts(json_str(ref), STR("#"))) {
        struct str pointer = str_slice(json_str(ref), 1, json_str(ref).len);
        take_apart(p, m, json_pointer_find(m->root, pointer), depth + 1);
    }
    for (struct json v = json_first(json_get(schema, STR("allOf"))); json_exists(v);
         v = json_next(v)) {
        take_apart(p, m, v, depth + 1);
    }
    take_apart(p, m, json_first(json_get(schema, STR("anyOf"))), depth + 1);
    take_apart(p, m, json_first(json_get(schema, STR("oneOf"))), depth + 1);
}

/* The first part's value of a keyword. */
static struct json word(const struct parts *p, struct str keyword)
{
    struct json v = {0};
    for (size_t i = 0; i < p->n && !json_exists(v); i++) {
        v = json_get(p->at[i], keyword);
    }
    return v;
}

/* The tightest of a bound. */
static int64_t bound(const struct parts *p, struct str keyword, int64_t otherwise, bool is_low)
{
    int64_t tightest = otherwise;
    for (size_t i = 0; i < p->n; i++) {
        struct json v = json_get(p->at[i], keyword);
        int64_t value = 0;
        if (json_i64(v, &value) && value <= NUMBER_MAX && value >= -NUMBER_MAX &&
            (is_low ? value > tightest : value < tightest)) {
            tightest = value;
        }
    }
    return tightest;
}

static struct str type_of(const struct parts *p)
{
    struct json type = word(p, STR("type"));
    for (struct json v = json_first(type); json_kind(type) == JSON_ARRAY && json_exists(v);
         v = json_next(v)) {
        if (!str_eq(json_str_or(v, STR("")), STR("null"))) {
            return json_str_or(v, STR("string"));
        }
    }
    if (json_kind(type) == JSON_STRING) {
        return json_str(type);
    }
    return json_exists(word(p, STR("properties"))) ? STR("object")
           : json_exists(word(p, STR("items")))    ? STR("array")
                                                   : STR("string");
}

static bool has_template(const struct template *t, struct str member)
{
    struct str name;
    const struct template *value;
    for (size_t i = 0; t && template_member(t, i, &name, &value); i++) {
        if (str_eq(name, member)) {
            return true;
        }
    }
    return false;
}

/* The rule whose field is `path` or (`is_inside`) lies inside it. */
static const struct reference_rule *reference_at(const struct resource *r, struct str path,
                                                 bool is_inside)
{
    for (size_t i = 0; i < r->n_references; i++) {
        struct str field = r->references[i].field->text;
        bool continues = field.len > path.len && str_starts(field, path) &&
                         (field.s[path.len] == '.' || field.s[path.len] == '[');
        if (str_eq(field, path) || (is_inside && continues)) {
            return &r->references[i];
        }
    }
    return NULL;
}

/* A member that stands beside a reference and is taken from its target. */
static bool is_embedded(const struct resource *r, struct str parent_path, struct str name)
{
    for (size_t i = 0; i < r->n_references; i++) {
        struct str field = r->references[i].field->text;
        size_t dot = field.len;
        while (dot > 0 && field.s[dot - 1] != '.') {
            dot--;
        }
        struct str beside = str_slice(field, 0, dot ? dot - 1 : 0);
        if (str_eq(beside, parent_path) && has_template(r->references[i].embed, name)) {
            return true;
        }
    }
    return false;
}

static const struct entity *any_entity(struct maker *m, const struct resource *r)
{
    const struct table *t = m->t->tables[r->index];
    size_t n = t->ids.count;
    return n ? order_at(&t->sortings[0], (size_t)rng_below(&m->rng, n)) : NULL;
}

static void put_typed(struct buf *out, const struct parts *p, struct str text)
{
    int64_t number = 0;
    bool is_number = str_eq(type_of(p), STR("integer")) || str_eq(type_of(p), STR("number"));
    if (is_number && num_parse_i64(&number, text, INT64_MIN, INT64_MAX)) {
        buf_put_i64(out, number);
    } else {
        buf_put_json_string(out, text);
    }
}

static bool put_reference(struct buf *out, struct maker *m, const struct parts *p,
                          const struct reference_rule *rule)
{
    bool is_parent =
        m->parent_id.s && m->r->parent_field && str_eq(rule->field->text, m->r->parent_field->text);
    if (is_parent) {
        put_typed(out, p, m->parent_id);
        return true;
    }
    const struct entity *e = any_entity(m, rule->to);
    if (!e) {
        m->missing_to = rule->to->title;
        return false;
    }
    if (!rule->by) {
        put_typed(out, p, e->id);
        return true;
    }
    struct arena arena;
    arena_init(&arena, 0, 0);
    struct json value = field_find(rule->by, entity_parse(&arena, e));
    bool is_there = json_exists(value);
    json_put(out, value);
    arena_done(&arena);
    return is_there;
}

static void put_uuid(struct buf *out, struct maker *m)
{
    char uuid[37];
    uint64_t high = rng_u64(&m->rng), low = rng_u64(&m->rng);
    uuid_text(uuid, high, low);
    buf_put(out, str_of(uuid));
}

static void put_date(struct buf *out, struct maker *m, struct str format)
{
    enum { YEAR_S = 365 * 86400 };
    int64_t at_us = m->t->fixed->at_us - (int64_t)rng_below(&m->rng, YEAR_S) * US_PER_S;
    struct buf text = {0};
    date_put(&text, at_us, 0);
    struct str all = buf_str(&text);
    enum { DATE_BYTES = 10 };
    if (str_eq(format, STR("date"))) {
        all = str_slice(all, 0, DATE_BYTES);
    } else if (str_eq(format, STR("time"))) {
        all = str_slice(all, DATE_BYTES + 1, all.len);
    }
    buf_put(out, all);
    buf_done(&text);
}

/* "anna.berg17": the name's letters, and the number, so that no two are the same. */
static void put_handle(struct buf *out, const struct maker *m, char between)
{
    size_t mark = out->len;
    for (size_t i = 0; i < m->name.len; i++) {
        char c = m->name.s[i];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (is_letter) {
            buf_put_char(out, (char)(c | 0x20));
        } else if (out->len > mark && out->s[out->len - 1] != between) {
            buf_put_char(out, between);
        }
    }
    buf_put_u64(out, m->number + 1);
}

/* False for a format that is not known. */
static bool put_format(struct buf *out, struct maker *m, struct str format)
{
    if (str_eq(format, STR("uuid"))) {
        put_uuid(out, m);
    } else if (str_eq(format, STR("date-time")) || str_eq(format, STR("date")) ||
               str_eq(format, STR("time"))) {
        put_date(out, m, format);
    } else if (str_eq(format, STR("duration"))) {
        buf_printf(out, "PT%uS", (unsigned)rng_below(&m->rng, 600) + 1);
    } else if (str_eq(format, STR("email"))) {
        put_handle(out, m, '.');
        buf_put(out, STR("@example.com"));
    } else if (str_eq(format, STR("hostname"))) {
        put_handle(out, m, '-');
        buf_put(out, STR(".example.com"));
    } else if (str_eq(format, STR("uri")) || str_eq(format, STR("uri-reference"))) {
        buf_put(out, STR("https://example.com/"));
        put_handle(out, m, '-');
    } else if (str_eq(format, STR("ipv4"))) {
        buf_printf(out, "192.0.2.%u", (unsigned)rng_below(&m->rng, 254) + 1);
    } else if (str_eq(format, STR("ipv6"))) {
        buf_printf(out, "2001:db8::%x", (unsigned)rng_below(&m->rng, 0xffff) + 1);
    } else if (str_eq(format, STR("json-pointer"))) {
        buf_put(out, STR("/a"));
    } else {
        return false;
    }
    return true;
}

/* True if no two entities may have the same value there. */
static bool is_unique_field(const struct resource *r, struct str path)
{
    for (size_t i = 0; i < r->n_unique; i++) {
        if (r->unique[i].n == 1 && str_eq(r->unique[i].fields[0]->text, path)) {
            return true;
        }
    }
    return false;
}

/* "SNA17": the first letters of the name and the number. */
static void put_short(struct buf *out, const struct maker *m)
{
    bool is_start = true;
    for (size_t i = 0; i < m->name.len; i++) {
        char c = m->name.s[i];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (is_letter && is_start) {
            buf_put_char(out, (char)(c & ~0x20));
        }
        is_start = !is_letter;
    }
    buf_put_u64(out, m->number + 1);
}

/* Cuts to the greatest length, fills up to the least. The texts are ASCII. */
static void fit(struct buf *text, const struct parts *p)
{
    int64_t least = bound(p, STR("minLength"), 0, true);
    int64_t most = bound(p, STR("maxLength"), INT64_MAX, false);
    while ((int64_t)text->len < least) {
        buf_put_char(text, 'x');
    }
    if ((int64_t)text->len > most) {
        text->len = most < 0 ? 0 : (size_t)most;
        while (text->len && text->s[text->len - 1] == ' ') {
            text->s[text->len - 1] = 'x';
        }
    }
}

static bool put_string(struct buf *out, struct maker *m, const struct parts *p, struct str path)
{
    const struct resource *r = m->r;
    struct buf text = {0};
    struct json pattern = word(p, STR("pattern")), format = word(p, STR("format"));
    bool is_name = r->name_field && str_eq(r->name_field->text, path);
    bool is_made = true;
    if (json_kind(pattern) == JSON_STRING && (m->is_strict || !is_name)) {
        is_made = generate_match(&text, &m->rng, json_str(pattern));
    } else if (is_name) {
        buf_put(&text, m->name);
    } else if (json_kind(format) == JSON_STRING && put_format(&text, m, json_str(format))) {
        ;
    } else if (is_unique_field(r, path)) {
        put_short(&text, m);
    } else if (json_kind(word(p, STR("examples"))) == JSON_ARRAY &&
               json_kind(json_first(word(p, STR("examples")))) == JSON_STRING) {
        buf_put(&text, json_str(json_first(word(p, STR("examples")))));
    } else {
        generate_words(&text, &m->rng, 2 + (size_t)rng_below(&m->rng, 4));
    }
    if (json_kind(pattern) != JSON_STRING) {
        fit(&text, p);
    }
    buf_put_json_string(out, buf_str(&text));
    buf_done(&text);
    return is_made;
}

static void put_number(struct buf *out, struct maker *m, const struct parts *p)
{
    int64_t none_low = bound(p, STR("exclusiveMinimum"), INT64_MIN, true);
    int64_t low = bound(p, STR("minimum"), INT64_MIN, true);
    int64_t none_high = bound(p, STR("exclusiveMaximum"), INT64_MAX, false);
    int64_t high = bound(p, STR("maximum"), INT64_MAX, false);
    int64_t step = bound(p, STR("multipleOf"), 1, true), span = 100 * step;
    low = none_low > INT64_MIN && none_low >= low ? none_low + 1 : low;
    high = none_high < INT64_MAX && none_high <= high ? none_high - 1 : high;
    if (low == INT64_MIN) {
        low = high < 0 ? high : 0;
    }
    if (high > low + span) {
        high = low + span;
    }
    int64_t value =
        high > low ? low + (int64_t)rng_below(&m->rng, (uint64_t)(high - low + 1)) : low;
    value -= value % step;
    buf_put_i64(out, value < low ? value + step : value);
}

static bool put_value(struct buf *out, struct maker *m, struct json schema, struct str path,
                      int depth);

/* Others may refer to the resource only where this member is filled. */
static bool is_demanded(const struct maker *m, struct str path)
{
    const struct contract *c = m->t->contract;
    for (size_t i = 0; i < c->n_resources; i++) {
        for (size_t k = 0; k < c->resources[i].n_references; k++) {
            const struct reference_rule *rule = &c->resources[i].references[k];
            for (size_t n = 0; rule->to == m->r && n < rule->n_requires; n++) {
                const struct requirement *q = &rule->requires[n];
                if (q->is_filled && q->field && str_eq(q->field->text, path)) {
                    return true;
                }
            }
        }
    }
    return false;
}

static bool put_array(struct buf *out, struct maker *m, const struct parts *p, struct str path,
                      int depth)
{
    struct str inner = {0};
    struct buf item_path = {0};
    int64_t least = bound(p, STR("minItems"), 0, true);
    int64_t most = bound(p, STR("maxItems"), INT64_MAX, false);
    const struct reference_rule *rule = reference_at(m->r, path, true);
    /* a mirrored list has to agree with its other side: both are filled in at the end */
    bool refers = rule && !rule->mirror, is_made = true;
    least += least == 0 && is_demanded(m, path);
    int64_t n = least + (refers && most > least ? (int64_t)rng_below(&m->rng, ITEMS_MORE + 1) : 0);
    n = n > most ? most : n;
    buf_put(&item_path, path);
    buf_put(&item_path, STR("[]"));
    inner = buf_str(&item_path);
    buf_put_char(out, '[');
    for (int64_t i = 0; i < n && is_made; i++) {
        buf_put(out, i ? STR(",") : STR(""));
        is_made = put_value(out, m, word(p, STR("items")), inner, depth + 1);
    }
    buf_put_char(out, ']');
    buf_done(&item_path);
    return is_made;
}

static bool is_required(const struct parts *p, struct str name)
{
    for (size_t i = 0; i < p->n; i++) {
        for (struct json v = json_first(json_get(p->at[i], STR("required"))); json_exists(v);
             v = json_next(v)) {
            if (str_eq(json_str_or(v, STR("")), name)) {
                return true;
            }
        }
    }
    return false;
}

/* True for a member that the server sets by itself. */
static bool is_set_by_server(const struct resource *r, const struct parts *member, struct str path,
                             bool is_needed)
{
    bool is_own = (r->id_field && str_eq(r->id_field->text, path)) ||
                  (r->version_field && str_eq(r->version_field->text, path));
    bool is_templated = has_template(r->on_create, path) || has_template(r->on_change, path) ||
                        has_template(r->derived, path) ||
                        (has_template(r->defaults, path) && !reference_at(r, path, true));
    bool is_read_only = json_is_true(word(member, STR("readOnly")));
    return is_own || is_templated || (is_read_only && !is_needed);
}

/* What may become of a member: false if it is never put in. What must be, names and references are;
 * so are, at the top, plain values. */
static bool wish_for(struct wish *out, const struct maker *m, const struct parts *p,
                     struct json member, struct str path, bool is_top)
{
    const struct resource *r = m->r;
    struct parts inner = {0};
    take_apart(&inner, m, member, 0);
    *out = (struct wish){.schema = member, .name = json_key(member)};
    out->refers = reference_at(r, path, true);
    out->is_needed = is_required(p, out->name);
    if (is_demanded(m, path)) {
        out->is_needed = true;
        return true;
    }
    if (is_set_by_server(r, &inner, path, out->is_needed)) {
        return false;
    }
    out->is_needed |=
        (r->name_field && str_eq(r->name_field->text, path)) || is_unique_field(r, path);
    struct str type = type_of(&inner);
    bool is_plain = is_top && !str_eq(type, STR("object")) && !str_eq(type, STR("array")) &&
                    !json_is_true(word(&inner, STR("deprecated"))) &&
                    !json_exists(word(&inner, STR("pattern")));
    return out->is_needed || out->refers || is_plain;
}

static bool is_granted(struct maker *m, const struct wish *wish)
{
    enum { REFERENCES_OF = 8, PLAIN_ONE_IN = 6 };
    if (wish->is_needed) {
        return true;
    }
    if (wish->refers) {
        const struct table *targets = m->t->tables[wish->refers->to->index];
        return targets->ids.count && rng_below(&m->rng, REFERENCES_OF) != 0;
    }
    return rng_below(&m->rng, PLAIN_ONE_IN) == 0;
}

static bool was_in_earlier_part(const struct parts *p, size_t part, struct str name)
{
    for (size_t i = 0; i < part; i++) {
        if (json_exists(json_get(json_get(p->at[i], STR("properties")), name))) {
            return true;
        }
    }
    return false;
}

static void join_path(struct buf *out, struct str path, struct str name)
{
    buf_clear(out);
    buf_put(out, path);
    buf_put(out, path.len ? STR(".") : STR(""));
    buf_put(out, name);
}

/* The members of an object that may be made, in `a`. */
static struct wish *wishes_of(size_t *out_n, struct arena *a, const struct maker *m,
                              const struct parts *p, struct str path)
{
    size_t all = 0, n = 0;
    for (size_t i = 0; i < p->n; i++) {
        all += json_count(json_get(p->at[i], STR("properties")));
    }
    struct wish *wishes = ARENA_ARRAY(a, all, struct wish);
    struct buf full = {0};
    for (size_t i = 0; i < p->n; i++) {
        struct json v = json_first(json_get(p->at[i], STR("properties")));
        for (; json_exists(v); v = json_next(v)) {
            join_path(&full, path, json_key(v));
            n += !was_in_earlier_part(p, i, json_key(v)) && !is_embedded(m->r, path, json_key(v)) &&
                 wish_for(&wishes[n], m, p, v, buf_str(&full), path.len == 0);
        }
    }
    buf_done(&full);
    *out_n = n;
    return wishes;
}

/* The members that are granted; the braces are the caller's. */
static bool put_members(struct buf *out, struct maker *m, const struct wish *wishes, size_t n,
                        struct str path, int depth)
{
    struct buf full = {0};
    bool is_made = true;
    for (size_t i = 0; i < n && is_made; i++) {
        if (!is_granted(m, &wishes[i])) {
            continue;
        }
        join_path(&full, path, wishes[i].name);
        buf_put(out, out->len && out->s[out->len - 1] != '{' ? STR(",") : STR(""));
        buf_put_json_string(out, wishes[i].name);
        buf_put_char(out, ':');
        is_made = put_value(out, m, wishes[i].schema, buf_str(&full), depth + 1);
    }
    buf_done(&full);
    return is_made;
}

static bool put_object(struct buf *out, struct maker *m, const struct parts *p, struct str path,
                       int depth)
{
    struct arena arena;
    size_t n = 0;
    arena_init(&arena, 0, 0);
    struct wish *wishes = wishes_of(&n, &arena, m, p, path);
    buf_put_char(out, '{');
    bool is_made = put_members(out, m, wishes, n, path, depth);
    buf_put_char(out, '}');
    arena_done(&arena);
    return is_made;
}

static bool put_choice(struct buf *out, struct maker *m, struct json list)
{
    size_t n = json_count(list), chosen = n ? (size_t)rng_below(&m->rng, n) : 0;
    struct json v = json_first(list);
    for (size_t i = 0; i < chosen; i++) {
        v = json_next(v);
    }
    json_put(out, v);
    return n > 0;
}

static bool put_value(struct buf *out, struct maker *m, struct json schema, struct str path,
                      int depth)
{
    struct parts p = {0};
    take_apart(&p, m, schema, 0);
    const struct reference_rule *rule = reference_at(m->r, path, false);
    if (depth > VALUE_DEPTH_MAX) {
        return false;
    }
    if (rule) {
        return put_reference(out, m, &p, rule);
    }
    if (json_exists(word(&p, STR("const")))) {
        json_put(out, word(&p, STR("const")));
        return true;
    }
    if (json_exists(word(&p, STR("enum")))) {
        return put_choice(out, m, word(&p, STR("enum")));
    }
    struct str type = type_of(&p);
    bool is_made = true;
    if (str_eq(type, STR("object"))) {
        is_made = put_object(out, m, &p, path, depth);
    } else if (str_eq(type, STR("array"))) {
        is_made = put_array(out, m, &p, path, depth);
    } else if (str_eq(type, STR("boolean"))) {
        buf_put(out, rng_below(&m->rng, 2) ? STR("true") : STR("false"));
    } else if (str_eq(type, STR("integer")) || str_eq(type, STR("number"))) {
        put_number(out, m, &p);
    } else if (str_eq(type, STR("null"))) {
        buf_put(out, STR("null"));
    } else {
        is_made = put_string(out, m, &p, path);
    }
    return is_made;
}

bool generate_entity(struct buf *out, struct maker *m)
{
    const struct resource *r = m->r;
    struct parts p = {0};
    if (m->wished != r) {
        take_apart(&p, m, r->schema, 0);
        arena_reset(m->arena);
        m->wishes = wishes_of(&m->n_wishes, m->arena, m, &p, STR(""));
        m->wished = r;
    }
    buf_put_char(out, '{');
    if (m->id.s && r->id_field && r->id_field->n == 1) {
        struct parts id = {0};
        struct json properties = json_get(r->schema, STR("properties"));
        take_apart(&id, m, json_get(properties, r->id_field->parts[0]), 0);
        buf_put_json_string(out, r->id_field->parts[0]);
        buf_put_char(out, ':');
        put_typed(out, &id, m->id);
    }
    bool is_made = put_members(out, m, m->wishes, m->n_wishes, STR(""), 0);
    buf_put_char(out, '}');
    return is_made;
}
