/* Lists that mirror each other, in a made-up tenant: both sides are filled in at the end, once all
 * entities are there, so that they agree. A list within a list stays empty. */
#include "model/generate_int.h"
#include "model/requires.h"

enum { TARGETS_MAX = 3, PLAIN_PARTS = 2, NAMED_PARTS = 3 };

struct side {
    const struct resource *r;
    const struct field_path *field; /* "codes[].id" or "codes[]" */
    const struct entity *const *at;
    size_t n;
    struct buf *lists; /* by entity: what its list will hold */
};

static bool is_plain(const struct field_path *f)
{
    bool is_list = f->n >= PLAIN_PARTS && f->parts[1].len == 0;
    return is_list && (f->n == PLAIN_PARTS || (f->n == NAMED_PARTS && f->parts[2].len > 0));
}

static void open_side(struct side *s, struct arena *a, const struct tenant *t,
                      const struct resource *r, const struct field_path *field)
{
    const struct template_query everything = {.resource = r};
    *s = (struct side){.r = r, .field = field};
    s->n = tenant_select(&s->at, a, t, &everything, NULL, INT64_MAX / 2);
    s->lists = ARENA_ARRAY(a, s->n + 1, struct buf);
    for (size_t i = 0; i < s->n; i++) {
        buf_init(&s->lists[i], a);
    }
}

static void add_id(struct side *s, size_t i, struct str id)
{
    struct buf *list = &s->lists[i];
    buf_put(list, list->len ? STR(",") : STR(""));
    if (s->field->n == NAMED_PARTS) {
        buf_put_char(list, '{');
        buf_put_json_string(list, s->field->parts[2]);
        buf_put_char(list, ':');
        buf_put_json_string(list, id);
        buf_put_char(list, '}');
    } else {
        buf_put_json_string(list, id);
    }
}

/* The entities again, with their lists. */
static void store_side(const struct side *s, struct tenant *t)
{
    struct arena a;
    arena_init(&a, 0, 0);
    for (size_t i = 0; i < s->n; i++) {
        const struct json_doc *doc = NULL;
        struct err err = {0};
        struct buf text;
        const struct entity *e = s->at[i];
        buf_init(&text, &a);
        buf_put_char(&text, '{');
        struct json old = entity_parse(&a, e);
        for (struct json m = json_first(old); json_exists(m); m = json_next(m)) {
            if (!str_eq(json_key(m), s->field->parts[0])) {
                buf_put_json_string(&text, json_key(m));
                buf_put_char(&text, ':');
                json_put(&text, m);
                buf_put_char(&text, ',');
            }
        }
        buf_put_json_string(&text, s->field->parts[0]);
        buf_put(&text, STR(":["));
        buf_put(&text, buf_str(&s->lists[i]));
        buf_put(&text, STR("]}"));
        if (json_parse(&doc, &a, STR(""), buf_str(&text), NULL, NULL, &err)) {
            tenant_store(t, s->r, json_root(doc), e->version,
                         (struct entity_times){e->age, e->created_us, e->changed_us});
        }
        arena_reset(&a);
    }
    arena_done(&a);
}

static void fill(struct tenant *t, struct rng *rng, const struct resource *r,
                 const struct reference_rule *rule)
{
    struct arena a;
    struct side own, other;
    size_t n_fit = 0;
    arena_init(&a, 0, 0);
    open_side(&own, &a, t, r, rule->field);
    open_side(&other, &a, t, rule->to, rule->mirror);
    size_t *fits = ARENA_ARRAY(&a, other.n + 1, size_t);
    for (size_t i = 0; i < other.n; i++) {
        if (!requires_broken(&a, rule->requires, rule->n_requires, other.at[i])) {
            fits[n_fit++] = i;
        }
    }
    for (size_t i = 0; i < own.n && n_fit; i++) {
        size_t from = (size_t)rng_below(rng, n_fit);
        size_t n = 1 + (size_t)rng_below(rng, n_fit < TARGETS_MAX ? n_fit : TARGETS_MAX);
        for (size_t k = 0; k < n && k < n_fit; k++) {
            size_t to = fits[(from + k) % n_fit]; /* each at most once */
            add_id(&own, i, other.at[to]->id);
            add_id(&other, to, own.at[i]->id);
        }
    }
    store_side(&own, t);
    store_side(&other, t);
    arena_done(&a);
}

void generate_mirrors(struct tenant *t, struct rng *rng)
{
    const struct contract *c = t->contract;
    for (size_t i = 0; i < c->n_resources; i++) {
        const struct resource *r = &c->resources[i];
        for (size_t k = 0; k < r->n_references; k++) {
            const struct reference_rule *rule = &r->references[k];
            /* a pair that mirrors both ways is filled in from the first side */
            if (rule->mirror && rule->to->index > r->index && is_plain(rule->field) &&
                is_plain(rule->mirror)) {
                fill(t, rng, r, rule);
            }
        }
    }
}
