/* Which step waits for which: the last one before it that speaks of the same thing. What is told to
 * others, and what is waited for, comes after all that stands before it. */
#include "replay/apply_int.h"

enum { DEPS_MAX = 64, DEPTH_MAX = 16 };

struct linker {
    struct apply *ap;
    struct map last; /* id or symbol → size_t *: the step after which it is as we left it, +1 */
    struct step *s;
    size_t *deps;
    bool notes; /* this walk remembers */
};

static void add_dep(struct linker *l, size_t step)
{
    for (size_t i = 0; i < l->s->n_deps; i++) {
        if (l->deps[i] == step) {
            return;
        }
    }
    if (l->s->n_deps < DEPS_MAX) {
        l->deps[l->s->n_deps++] = step;
    } else if (l->deps[DEPS_MAX - 1] < step) {
        l->deps[DEPS_MAX - 1] = step; /* see below: such a step waits for all before it */
    }
}

static void touch(struct linker *l, struct str text)
{
    size_t *last = text.len ? map_get(&l->last, text) : NULL;
    if (!text.len) {
        return;
    }
    if (!l->notes) {
        if (last && *last != l->s->number + 1) {
            add_dep(l, *last - 1);
        }
        return;
    }
    if (!last) {
        last = ARENA_NEW(l->ap->a, size_t);
        (void)map_put(&l->last, text, last);
    }
    *last = l->s->number + 1;
}

/* Every text of a body that may be an id. */
static void touch_all(struct linker *l, struct json v, int depth)
{
    enum { ID_MIN = 2, ID_MAX = 80 };
    struct str text = json_str_or(v, STR(""));
    if (json_kind(v) == JSON_NUMBER) {
        touch(l, json_number_text(v));
    } else if (text.len >= ID_MIN && text.len <= ID_MAX) {
        touch(l, text);
    }
    for (struct json m = json_first(v); json_exists(m) && depth < DEPTH_MAX; m = json_next(m)) {
        if (json_kind(v) == JSON_OBJECT && str_starts(json_key(m), STR("@"))) {
            touch(l, json_key(m));
        }
        touch_all(l, m, depth + 1);
    }
}

static void touch_step(struct linker *l)
{
    const struct plan_step *p = &l->s->plan;
    const struct json_doc *doc = NULL;
    struct arena a;
    touch(l, p->id);
    touch(l, l->s->as);
    for (size_t i = 0; i < p->n_path; i++) {
        touch(l, p->path[i].value);
    }
    for (size_t i = 0; i < p->n_query; i++) {
        touch(l, p->query[i].value);
    }
    arena_init(&a, 0, 0);
    if (p->body.len &&
        json_parse(&doc, l->notes ? l->ap->a : &a, STR("body"), p->body, NULL, NULL, NULL)) {
        touch_all(l, json_root(doc), 0);
    }
    arena_done(&a);
}

void apply_find_deps(struct apply *ap)
{
    struct linker l = {.ap = ap};
    size_t barrier = SIZE_MAX;
    for (size_t i = 0; i < ap->n_steps; i++) {
        struct step *s = &ap->steps[i];
        bool is_late = s->kind >= STEP_NOTIFY;
        l.s = s;
        l.deps = ARENA_ARRAY(ap->a, DEPS_MAX, size_t);
        s->deps = l.deps;
        if (barrier != SIZE_MAX) {
            add_dep(&l, barrier);
        }
        l.notes = false;
        touch_step(&l);
        l.notes = true;
        touch_step(&l);
        s->is_late = is_late || s->n_deps == DEPS_MAX;
        barrier = is_late ? i : barrier;
    }
    map_done(&l.last);
}
