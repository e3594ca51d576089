/* What links agents, queues, codes and skills: from a tenant's links into rows of bits.
 *
 * Needs come first, since a need is a skill at a level: each different one gets a bit. Then what
 * agents hold is turned into the needs that it satisfies. */
#include "sim/assign_int.h"

/* Values of the two ends and the level in one entity; lists stay in step with the level's. */
struct ends {
    struct str *at;
    size_t n, cap;
    struct arena *scratch;
};

static void add_end(struct json v, void *ctx)
{
    struct ends *e = ctx;
    struct str text = {0};
    if (json_kind(v) == JSON_STRING || json_kind(v) == JSON_NUMBER) {
        text = json_kind(v) == JSON_STRING ? json_str(v) : json_number_text(v);
    }
    if (e->n == e->cap) {
        size_t cap = e->cap ? e->cap * 2 : 8;
        struct str *at = ARENA_ARRAY(e->scratch, cap, struct str);
        if (e->n) {
            memcpy(at, e->at, e->n * sizeof *at);
        }
        e->at = at;
        e->cap = cap;
    }
    e->at[e->n++] = text;
}

struct link_ends {
    struct ends from, to, level;
};

static struct link_ends ends_of(struct arena *scratch, const struct floor_link *link, struct json v)
{
    struct link_ends out = {
        .from = {.scratch = scratch}, .to = {.scratch = scratch}, .level = {.scratch = scratch}};
    field_each(link->from, v, add_end, &out.from);
    field_each(link->to, v, add_end, &out.to);
    if (link->level) {
        field_each(link->level, v, add_end, &out.level);
    }
    return out;
}

/* In thousandths; what is no number is none. */
static int64_t level_of(const struct link_ends *e, size_t to)
{
    double level = 0;
    size_t at = e->level.n == 1 ? 0 : to; /* one level for all, or one for each */
    struct str text = {0};
    if (at < e->level.n) {
        text = e->level.at[at];
    }
    if (!text.s || !num_parse_double(&level, text) || level > 1e12 || level < -1e12) {
        return INT64_MIN;
    }
    return (int64_t)(level * 1000);
}

static struct assign_need *need_of(struct assign_reader *r, struct assign_skill *s, int64_t level)
{
    struct assign_need *n = s->needs;
    while (n && n->level != level) {
        n = n->next;
    }
    if (!n) {
        n = ARENA_NEW(r->a, struct assign_need);
        *n = (struct assign_need){s, level, r->need_list.len, s->needs};
        s->needs = n;
        vec_push(&r->need_list, n);
    }
    s->is_needed = true;
    return n;
}

/* Needs are noted until all are known, and with them the length of a row. */
struct want {
    struct assign_thing *of;
    size_t need;
};

struct needs_of {
    const struct floor_link *link;
    struct map *things;
};

static void read_need(struct assign_reader *r, const struct entity *e, struct json v, size_t item,
                      void *ctx)
{
    const struct needs_of *of = ctx;
    struct link_ends ends = ends_of(r->scratch, of->link, v);
    (void)e;
    (void)item;
    if (assign_broken(of->link->requires, v)) {
        return;
    }
    for (size_t i = 0; i < ends.from.n; i++) {
        struct assign_thing *thing = map_get(of->things, ends.from.at[i]);
        for (size_t k = 0; thing && k < ends.to.n; k++) {
            struct assign_skill *s = ends.to.at[k].s ? assign_skill(r, ends.to.at[k]) : NULL;
            if (s) {
                struct want *want = ARENA_NEW(r->a, struct want);
                *want = (struct want){thing, need_of(r, s, level_of(&ends, k))->index};
                vec_push(&r->wants, want);
            }
        }
    }
}

/* Both structs begin with what they have in common. */
_Static_assert(offsetof(struct assign_queue, is) == 0, "a queue is a thing");
_Static_assert(offsetof(struct assign_code, is) == 0, "a code is a thing");

static void read_needs(struct assign_reader *r)
{
    const struct floor_rule *rule = r->f->rule;
    for (size_t i = 0; i < rule->queue_needs.n; i++) {
        struct needs_of of = {&rule->queue_needs.at[i], &r->queues};
        assign_each(r, of.link->resource, read_need, &of);
    }
    for (size_t i = 0; i < rule->code_needs.n; i++) {
        struct needs_of of = {&rule->code_needs.at[i], &r->codes};
        assign_each(r, of.link->resource, read_need, &of);
    }
}

static void read_holding(struct assign_reader *r, const struct entity *e, struct json v,
                         size_t item, void *ctx)
{
    const struct floor_link *link = ctx;
    struct link_ends ends = ends_of(r->scratch, link, v);
    (void)e;
    (void)item;
    if (assign_broken(link->requires, v)) {
        return;
    }
    for (size_t i = 0; i < ends.from.n; i++) {
        struct assign_agent *agent = map_get(&r->agents, ends.from.at[i]);
        for (size_t k = 0; agent && k < ends.to.n; k++) {
            struct assign_skill *s = map_get(&r->skills, ends.to.at[k]);
            int64_t level = level_of(&ends, k);
            if (!s || s->is_off) {
                continue; /* nobody asks for it, or it is switched off */
            }
            s->is_held = s->is_held || agent->is.reasons == 0;
            assign_set(agent->knows, s->index);
            for (const struct assign_need *n = s->needs; n; n = n->next) {
                bool is_good = r->f->rule->is_low_best ? level <= n->level : level >= n->level;
                if (n->level == INT64_MIN || (level != INT64_MIN && is_good)) {
                    assign_set(agent->is.needs, n->index);
                }
            }
        }
    }
}

static void read_member(struct assign_reader *r, const struct entity *e, struct json v, size_t item,
                        void *ctx)
{
    const struct floor_link *link = ctx;
    struct link_ends ends = ends_of(r->scratch, link, v);
    bool is_on = !assign_broken(link->requires, v);
    (void)e;
    (void)item;
    for (size_t i = 0; i < ends.from.n; i++) {
        struct assign_agent *agent = map_get(&r->agents, ends.from.at[i]);
        for (size_t k = 0; agent && k < ends.to.n; k++) {
            const struct assign_queue *q = map_get(&r->queues, ends.to.at[k]);
            if (q) {
                assign_set(is_on ? agent->serves : agent->away, (size_t)(q - r->f->queues));
            }
        }
    }
}

static void assign_code(struct assign_queue *q, struct assign_code *c, size_t code,
                        const struct floor_link *link, struct json v)
{
    bool is_new = !assign_bit(q->codes, code) && !assign_bit(q->off, code);
    q->n_codes += is_new;
    c->is_on_queue = true;
    assign_set(assign_broken(link->requires, v) ? q->off : q->codes, code);
    if (link->required.n && !assign_broken(link->required, v)) {
        assign_set(q->required, code);
    }
    if (link->exit.n && assign_broken(link->exit, v)) {
        assign_set(q->no_exit, code);
    }
}

static void read_assigned(struct assign_reader *r, const struct entity *e, struct json v,
                          size_t item, void *ctx)
{
    const struct floor_link *link = ctx;
    struct link_ends ends = ends_of(r->scratch, link, v);
    (void)e;
    (void)item;
    for (size_t i = 0; i < ends.from.n; i++) {
        struct assign_queue *q = map_get(&r->queues, ends.from.at[i]);
        for (size_t k = 0; q && k < ends.to.n; k++) {
            struct assign_code *c = map_get(&r->codes, ends.to.at[k]);
            if (c) {
                assign_code(q, c, (size_t)(c - r->f->codes), link, v);
            }
        }
    }
}

/* Rows of zeros for everybody; one that is made up has every bit. */
static void make_rows(struct assign_reader *r)
{
    struct assign_floor *f = r->f;
    f->queue_words = assign_words(f->n_queues);
    f->code_words = assign_words(f->n_codes);
    f->need_words = assign_words(f->n_needs);
    f->skill_words = assign_words(f->n_skills);
    for (size_t i = 0; i < f->n_agents; i++) {
        struct assign_agent *a = &f->agents[i];
        a->serves = ARENA_ARRAY(r->a, f->queue_words + 1, uint64_t);
        a->away = ARENA_ARRAY(r->a, f->queue_words + 1, uint64_t);
        a->is.needs = ARENA_ARRAY(r->a, f->need_words + 1, uint64_t);
        a->knows = ARENA_ARRAY(r->a, f->skill_words + 1, uint64_t);
    }
    for (size_t i = 0; i < f->n_queues; i++) {
        struct assign_queue *q = &f->queues[i];
        q->codes = ARENA_ARRAY(r->a, f->code_words + 1, uint64_t);
        q->off = ARENA_ARRAY(r->a, f->code_words + 1, uint64_t);
        q->required = ARENA_ARRAY(r->a, f->code_words + 1, uint64_t);
        q->no_exit = ARENA_ARRAY(r->a, f->code_words + 1, uint64_t);
        q->is.needs = ARENA_ARRAY(r->a, f->need_words + 1, uint64_t);
    }
    for (size_t i = 0; i < f->n_codes; i++) {
        f->codes[i].is.needs = ARENA_ARRAY(r->a, f->need_words + 1, uint64_t);
    }
}

static void fill_made_up(struct assign_floor *f)
{
    for (size_t i = 0; !f->has_agents && i < f->n_queues; i++) {
        assign_set(f->agents[0].serves, i);
    }
    for (size_t i = 0; !f->has_agents && i < f->n_needs; i++) {
        assign_set(f->agents[0].is.needs, i);
    }
    for (size_t i = 0; !f->has_queues && i < f->n_agents; i++) {
        assign_set(f->agents[i].serves, 0);
    }
    for (size_t i = 0; !f->has_queues && i < f->n_codes; i++) {
        assign_set(f->queues[0].codes, i);
        f->codes[i].is_on_queue = true;
        f->queues[0].n_codes++;
    }
}

static void each_link(struct assign_reader *r, const struct floor_links *links,
                      void (*each)(struct assign_reader *r, const struct entity *e, struct json v,
                                   size_t item, void *ctx))
{
    for (size_t i = 0; i < links->n; i++) {
        struct floor_link link = links->at[i];
        assign_each(r, link.resource, each, &link);
    }
}

void assign_read_links(struct assign_reader *r)
{
    struct assign_floor *f = r->f;
    read_needs(r);
    f->n_skills = r->skill_list.len;
    f->n_needs = r->need_list.len;
    f->skills = ARENA_ARRAY(r->a, f->n_skills + 1, struct assign_skill *);
    f->needs = ARENA_ARRAY(r->a, f->n_needs + 1, struct assign_need *);
    for (size_t i = 0; i < f->n_skills; i++) {
        f->skills[i] = r->skill_list.at[i];
    }
    for (size_t i = 0; i < f->n_needs; i++) {
        f->needs[i] = r->need_list.at[i];
    }
    size_t most = ASSIGN_CELLS_MAX / (f->n_agents + f->n_queues + f->n_codes + 1) * 8;
    if (f->n_skills > most || f->n_needs > most) {
        r->is_well = err_set(r->err, ERR_INPUT, "%zu skills are too many for %zu agents",
                             f->n_skills, f->n_agents);
        return;
    }
    make_rows(r);
    for (size_t i = 0; i < r->wants.len; i++) {
        const struct want *want = r->wants.at[i];
        assign_set(want->of->needs, want->need);
    }
    each_link(r, &f->rule->holds, read_holding);
    each_link(r, &f->rule->members, read_member);
    each_link(r, &f->rule->assigned, read_assigned);
    fill_made_up(f);
}
