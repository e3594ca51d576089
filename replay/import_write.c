/* The fixture's text; people in it are replaced on the way, everywhere the same by the same. */
#include "replay/import_int.h"

/* --- people --- */

static bool is_telling(enum personal_kind kind)
{
    return kind == PERSONAL_NAME || kind == PERSONAL_EMAIL || kind == PERSONAL_USER;
}

struct person {
    struct import *im;
    size_t *number; /* of the one at hand */
    enum personal_kind kind;
};

static void note_known(struct json v, void *ctx)
{
    struct person *p = ctx;
    size_t *known = json_kind(v) == JSON_STRING ? map_get(&p->im->people, json_str(v)) : NULL;
    p->number = known && is_telling(p->kind) ? known : p->number;
}

static void note_value(struct json v, void *ctx)
{
    struct person *p = ctx;
    if (json_kind(v) == JSON_STRING && is_telling(p->kind) && json_str(v).len &&
        !map_get(&p->im->people, json_str(v))) {
        (void)map_put(&p->im->people, json_str(v), p->number);
    }
}

void import_find_people(struct import *im)
{
    for (size_t i = 0; i < im->contract->n_resources; i++) {
        const struct resource *r = &im->contract->resources[i];
        for (size_t e = 0; e < im->hauls[i].n && r->n_personal; e++) {
            struct person p = {.im = im};
            for (size_t k = 0; k < r->n_personal; k++) {
                p.kind = r->personal[k].kind;
                field_each(r->personal[k].field, im->hauls[i].at[e], note_known, &p);
            }
            if (!p.number) {
                p.number = ARENA_NEW(im->a, size_t);
                *p.number = ++im->n_people;
            }
            for (size_t k = 0; k < r->n_personal; k++) {
                p.kind = r->personal[k].kind;
                field_each(r->personal[k].field, im->hauls[i].at[e], note_value, &p);
            }
        }
    }
}

static void put_person(struct buf *out, enum personal_kind kind, size_t n)
{
    switch (kind) {
    case PERSONAL_NAME:
        buf_printf(out, "\"Agent %zu\"", n);
        break;
    case PERSONAL_FIRST:
        buf_put(out, STR("\"Agent\""));
        break;
    case PERSONAL_LAST:
        buf_printf(out, "\"No. %zu\"", n);
        break;
    case PERSONAL_EMAIL:
        buf_printf(out, "\"agent-%zu@example.invalid\"", n);
        break;
    case PERSONAL_PHONE:
        buf_printf(out, "\"+1 555 %07zu\"", n % 10000000);
        break;
    case PERSONAL_USER:
        buf_printf(out, "\"agent-%zu\"", n);
        break;
    case PERSONAL_TEXT:
    case PERSONAL_COUNT:
        buf_put(out, STR("\"removed\""));
        break;
    }
}

/* Which rule a member falls under; NULL: none. Members within lists count by the list's name. */
static const struct personal_rule *rule_of(const struct resource *r, struct str path)
{
    for (size_t i = 0; i < r->n_personal; i++) {
        if (str_eq(r->personal[i].field->text, path)) {
            return &r->personal[i];
        }
    }
    return NULL;
}

struct writer {
    struct buf *out;
    struct import *im;
    const struct resource *r;
    struct buf path;
    size_t person; /* number of the entity's own */
};

static void put_text(struct writer *w, struct json v)
{
    const struct personal_rule *rule = rule_of(w->r, buf_str(&w->path));
    size_t *known = w->im->n_people ? map_get(&w->im->people, json_str(v)) : NULL;
    if (w->im->options->keeps_personal || (!rule && !known)) {
        json_put(w->out, v);
    } else if (rule) {
        put_person(w->out, rule->kind, is_telling(rule->kind) && known ? *known : w->person);
    } else {
        bool is_address = str_find_char(json_str(v), '@') < json_str(v).len;
        put_person(w->out, is_address ? PERSONAL_EMAIL : PERSONAL_NAME, *known);
    }
}

static void put_any(struct writer *w, struct json v)
{
    bool is_object = json_kind(v) == JSON_OBJECT, is_first = true;
    if (json_kind(v) == JSON_STRING) {
        put_text(w, v);
        return;
    }
    if (!is_object && json_kind(v) != JSON_ARRAY) {
        json_put(w->out, v);
        return;
    }
    buf_put_char(w->out, is_object ? '{' : '[');
    for (struct json m = json_first(v); json_exists(m); m = json_next(m)) {
        size_t before = w->path.len;
        buf_put(w->out, is_first ? STR("") : STR(","));
        is_first = false;
        if (is_object) {
            buf_put_json_string(w->out, json_key(m));
            buf_put_char(w->out, ':');
            buf_put(&w->path, before ? STR(".") : STR(""));
            buf_put(&w->path, json_key(m));
        } else {
            buf_put(&w->path, STR("[]"));
        }
        put_any(w, m); /* as deep as an answer, which is bounded */
        w->path.len = before;
    }
    buf_put_char(w->out, is_object ? '}' : ']');
}

static size_t number_of(const struct import *im, const struct resource *r, struct json v)
{
    for (size_t k = 0; k < r->n_personal; k++) {
        struct json value = field_find(r->personal[k].field, v);
        size_t *known = json_kind(value) == JSON_STRING && is_telling(r->personal[k].kind)
                            ? map_get(&im->people, json_str(value))
                            : NULL;
        if (known) {
            return *known;
        }
    }
    return 0;
}

/* --- the snapshot --- */

static void put_clients(struct buf *out, const struct contract *c)
{
    buf_put(out,
            STR(",\"clients\":[{\"id\":\"imported-admin\",\"secret\":\"imported-admin-secret\","
                "\"name\":\"Made up by the import\",\"permissions\":[\"*\"],"
                "\"scopes\":[\"*\"]}"));
    for (size_t i = 0; i < c->n_operations; i++) {
        const struct token_rule *t = &c->operations[i].token;
        if (c->operations[i].action == ACTION_TOKEN && t->n_kinds) {
            buf_put(out, STR(",{\"id\":\"imported-key\",\"secret\":\"imported-key-secret\","
                             "\"name\":\"Made up by the import\",\"kind\":"));
            buf_put_json_string(out, t->kinds[0]);
            buf_put(out, STR(",\"permissions\":[\"*\"],\"scopes\":[\"*\"]}"));
            break;
        }
    }
    buf_put_char(out, ']');
}

static void put_resource(struct writer *w, const struct resource *r, bool is_first)
{
    const struct haul *h = &w->im->hauls[r->index];
    w->r = r;
    buf_put(w->out, is_first ? STR("") : STR(","));
    buf_put_json_string(w->out, r->name);
    buf_put(w->out, STR(":["));
    for (size_t i = 0; i < h->n; i++) {
        buf_put(w->out, i ? STR(",") : STR(""));
        w->person = number_of(w->im, r, h->at[i]);
        put_any(w, h->at[i]);
    }
    buf_put_char(w->out, ']');
}

void import_write(struct buf *out, struct import *im)
{
    struct buf text;
    struct writer w = {.out = &text, .im = im};
    const struct json_doc *doc = NULL;
    buf_init(&text, im->a);
    buf_init(&w.path, im->a);
    buf_put(&text, STR("{\"format\":1,\"profile\":"));
    buf_put_json_string(&text, im->contract->name);
    buf_put(&text, STR(",\"name\":"));
    buf_put_json_string(&text, im->options->name);
    buf_put(&text, STR(",\"seed\":1,\"at\":\""));
    date_put(&text, im->options->at_us, 0);
    buf_put_char(&text, '"');
    if (!im->options->is_bare) {
        buf_put(&text, STR(",\"about\":{\"organization\":{\"name\":"));
        buf_put_json_string(&text, im->options->name);
        buf_put(&text, STR("}}"));
        put_clients(&text, im->contract);
    }
    buf_put(&text, STR(",\"resources\":{"));
    bool is_first = true;
    for (size_t i = 0; i < im->contract->n_resources; i++) {
        if (im->hauls[i].n) {
            put_resource(&w, &im->contract->resources[i], is_first);
            is_first = false;
        }
    }
    buf_put(&text, STR("}}"));
    if (json_parse(&doc, im->a, STR("import"), buf_str(&text), NULL, NULL, NULL)) {
        json_put_pretty(out, json_root(doc));
    } else {
        buf_put(out, buf_str(&text));
    }
    buf_put_char(out, '\n');
}
