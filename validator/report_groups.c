/* Findings by what they are about: a suite for each file, in it a group for each entity, as JUnit and
 * TAP want them. A finding belongs to the entity whose value holds its place; where the caller named no
 * entities, to what the finding says that it is about. */
#include "validator/report_int.h"

struct grouper {
    struct report_groups *out;
    struct arena *arena;
    struct map by_pointer, by_entity, by_file; /* values: index + 1, as pointers into `ids` */
    size_t *ids;
};

static struct str key_of(struct arena *a, struct str file, const struct str *more, size_t n)
{
    struct buf b;
    buf_init(&b, a);
    buf_put(&b, file);
    for (size_t i = 0; i < n; i++) {
        buf_put_char(&b, 0);
        buf_put(&b, more[i]);
    }
    return buf_str(&b);
}

static struct str pointer_key(struct grouper *g, struct str file, struct str pointer)
{
    return key_of(g->arena, file, &pointer, 1);
}

static struct str entity_key(struct grouper *g, struct str file, const struct report_entity *e)
{
    const struct str parts[] = {e->type, e->id, e->name};
    return key_of(g->arena, file, parts, 3);
}

static size_t suite_of(struct grouper *g, struct str file)
{
    const size_t *known = map_get(&g->by_file, file);
    if (known != NULL) {
        return *known;
    }
    struct report_groups *out = g->out;
    out->suites[out->n_suites] =
        (struct report_suite){.file = file, .first = REPORT_NONE, .last = REPORT_NONE};
    map_put(&g->by_file, file, &g->ids[out->n_suites]);
    return out->n_suites++;
}

static size_t group_new(struct grouper *g, struct str file, struct str pointer,
                        const struct report_entity *entity, uint32_t line)
{
    struct report_groups *out = g->out;
    struct report_suite *suite = &out->suites[suite_of(g, file)];
    size_t at = out->n_groups++;
    out->groups[at] = (struct report_group){.file = file,
                                            .pointer = pointer,
                                            .entity = *entity,
                                            .line = line,
                                            .next = REPORT_NONE,
                                            .first = REPORT_NONE,
                                            .last = REPORT_NONE};
    if (suite->first == REPORT_NONE) {
        suite->first = at;
    } else {
        out->groups[suite->last].next = at;
    }
    suite->last = at;
    suite->n++;
    return at;
}

/* The group whose pointer is `pointer` or leads to it. */
static size_t group_around(struct grouper *g, struct str file, struct str pointer)
{
    for (;;) {
        const size_t *known = map_get(&g->by_pointer, pointer_key(g, file, pointer));
        if (known != NULL) {
            return *known;
        }
        if (pointer.len == 0) {
            return REPORT_NONE;
        }
        size_t n = pointer.len - 1;
        while (n > 0 && pointer.s[n] != '/') {
            n--;
        }
        pointer = str_slice(pointer, 0, n);
    }
}

static size_t group_find(struct grouper *g, struct str file, struct str pointer,
                         const struct report_entity *entity, uint32_t line)
{
    struct arena_mark mark = arena_mark(g->arena);
    size_t around = group_around(g, file, pointer);
    arena_release(g->arena, mark);
    if (around != REPORT_NONE) {
        return around;
    }
    struct str key = entity_key(g, file, entity);
    const size_t *known = map_get(&g->by_entity, key);
    if (known != NULL) {
        return *known;
    }
    bool has_entity = report_has_entity(entity);
    size_t at = group_new(g, file, has_entity ? pointer : STR(""), entity, has_entity ? line : 0);
    map_put(&g->by_entity, key, &g->ids[at]);
    return at;
}

static void item_add(struct grouper *g, const struct report *r, size_t i)
{
    const struct finding *f = &r->items[i].finding;
    size_t at = group_find(g, f->file, f->pointer, &r->items[i].entity, f->line);
    struct report_group *group = &g->out->groups[at];
    if (group->first == REPORT_NONE) {
        group->first = i;
    } else {
        g->out->next_item[group->last] = i;
    }
    group->last = i;
    group->errors += f->severity == SEVERITY_ERROR;
    group->warnings += f->severity == SEVERITY_WARNING;
}

static void counts_make(struct report_groups *out)
{
    for (size_t s = 0; s < out->n_suites; s++) {
        struct report_suite *suite = &out->suites[s];
        for (size_t i = suite->first; i != REPORT_NONE; i = out->groups[i].next) {
            const struct report_group *g = &out->groups[i];
            suite->errors += g->errors > 0;
            suite->skips += g->errors == 0 && g->skip != NULL;
        }
    }
}

void report_group(struct report_groups *out, struct arena *a, const struct report *r)
{
    size_t most = r->n_items + r->n_cases + r->n_skips + r->n_files;
    *out = (struct report_groups){.groups = ARENA_ARRAY(a, most, struct report_group),
                                  .suites = ARENA_ARRAY(a, most, struct report_suite),
                                  .next_item = ARENA_ARRAY(a, r->n_items, size_t)};
    struct grouper g = {.out = out, .arena = a, .ids = ARENA_ARRAY(a, most, size_t)};
    for (size_t i = 0; i < most; i++) {
        g.ids[i] = i;
    }
    for (size_t i = 0; i < r->n_items; i++) {
        out->next_item[i] = REPORT_NONE;
    }
    for (size_t i = 0; i < r->n_cases; i++) {
        const struct report_case *c = &r->cases[i];
        size_t at = group_new(&g, c->file, c->pointer, &c->entity, c->line);
        map_put(&g.by_pointer, pointer_key(&g, c->file, c->pointer), &g.ids[at]);
    }
    for (size_t i = 0; i < r->n_items; i++) {
        if (report_is_shown(&r->items[i])) {
            item_add(&g, r, i);
        }
    }
    for (size_t i = 0; i < r->n_skips; i++) {
        const struct report_skip *s = &r->skips[i];
        size_t at = group_find(&g, s->file, s->pointer, &s->entity, s->line);
        out->groups[at].skip = out->groups[at].skip != NULL ? out->groups[at].skip : s;
    }
    static const struct report_entity none;
    for (size_t i = 0; i < r->n_files;
         i++) { /* a file in which nothing was found is a case that passes */
        if (map_get(&g.by_file, r->files[i].name) == NULL) {
            group_new(&g, r->files[i].name, STR(""), &none, 0);
        }
    }
    counts_make(out);
    map_done(&g.by_pointer);
    map_done(&g.by_entity);
    map_done(&g.by_file);
}

void report_put_group(struct buf *b, const struct report_group *g)
{
    if (report_has_entity(&g->entity)) {
        report_put_entity(b, &g->entity);
        return;
    }
    buf_put(b, g->pointer.len > 0 ? STR("value ") : STR("whole text"));
    report_put_line(b, g->pointer);
}
