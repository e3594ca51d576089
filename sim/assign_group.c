/* Agents who are alike on a queue, so that a matrix of thousands of agents is a few lines. */
#include "sim/assign_int.h"

struct grouping {
    struct arena *a;
    const struct assign_proof *p;
    size_t queue;
    uint64_t *needs;  /* of the queue and of the codes that it has */
    uint64_t *skills; /* of those needs */
    struct map known; /* key → struct assign_group */
    struct assign_group **tail;
};

/* Only what this queue asks for may tell agents apart here. */
static void look_relevant(struct grouping *g)
{
    const struct assign_floor *f = g->p->floor;
    const struct assign_queue *q = &f->queues[g->queue];
    g->needs = ARENA_ARRAY(g->a, f->need_words + 1, uint64_t);
    g->skills = ARENA_ARRAY(g->a, f->skill_words + 1, uint64_t);
    memcpy(g->needs, q->is.needs, f->need_words * sizeof *g->needs);
    for (size_t c = 0; c < f->n_codes; c++) {
        for (size_t w = 0; assign_bit(q->codes, c) && w < f->need_words; w++) {
            g->needs[w] |= f->codes[c].is.needs[w];
        }
    }
    for (size_t i = 0; i < f->n_needs; i++) {
        if (assign_bit(g->needs, i)) {
            assign_set(g->skills, f->needs[i]->skill->index);
        }
    }
}

/* All that reasons are made from: rows, own reasons, membership, division, channels, skills. */
static struct str key_of(struct grouping *g, size_t agent, uint64_t *rows)
{
    const struct assign_floor *f = g->p->floor;
    const struct assign_agent *a = &f->agents[agent];
    struct buf key;
    uint64_t own[] = {a->is.reasons, f->rule->compares_agent ? a->is.division : 0, a->is.channels,
                      assign_bit(a->serves, g->queue)};
    buf_init(&key, g->a);
    for (size_t x = 0; x < f->n_channels; x++) {
        sim_assign_row(rows + x * f->code_words, g->p, agent, g->queue, x);
    }
    buf_put(&key, (struct str){(const char *)rows, f->n_channels * f->code_words * sizeof *rows});
    buf_put(&key, (struct str){(const char *)own, sizeof own});
    for (size_t w = 0; w < f->need_words; w++) {
        uint64_t v = a->is.needs[w] & g->needs[w];
        buf_put(&key, (struct str){(const char *)&v, sizeof v});
    }
    for (size_t w = 0; w < f->skill_words; w++) {
        uint64_t v = a->knows[w] & g->skills[w];
        buf_put(&key, (struct str){(const char *)&v, sizeof v});
    }
    return buf_str(&key);
}

static void finish_group(const struct grouping *g, struct assign_group *group, const uint64_t *rows)
{
    const struct assign_floor *f = g->p->floor;
    uint64_t open = f->queues[g->queue].is.channels;
    size_t words = f->code_words, first = open ? (size_t)__builtin_ctzll(open) : 0;
    group->rows = ARENA_ARRAY(g->a, f->n_channels * words + 1, uint64_t);
    memcpy(group->rows, rows, f->n_channels * words * sizeof *rows);
    for (size_t w = 0; w < words; w++) {
        uint64_t any = 0;
        for (size_t x = 0; x < f->n_channels; x++) {
            bool differs = rows[x * words + w] != rows[first * words + w];
            any |= rows[x * words + w];
            group->channels_differ = group->channels_differ || (differs && (open >> x & 1));
        }
        group->n_usable += (size_t)__builtin_popcountll(any);
    }
}

static struct assign_group *group_of(struct grouping *g, size_t agent, uint64_t *rows)
{
    struct arena_mark mark = arena_mark(g->a);
    struct str key = key_of(g, agent, rows);
    struct assign_group *group = map_get(&g->known, key);
    if (group) {
        arena_release(g->a, mark);
        return group;
    }
    group = ARENA_NEW(g->a, struct assign_group);
    finish_group(g, group, rows);
    map_put(&g->known, key, group);
    *g->tail = group;
    g->tail = &group->next;
    return group;
}

static bool is_of(const struct assign_floor *f, size_t agent, size_t queue)
{
    const struct assign_agent *a = &f->agents[agent];
    return assign_bit(a->serves, queue) || assign_bit(a->away, queue);
}

struct assign_group *sim_assign_groups(struct arena *a, const struct assign_proof *p, size_t queue)
{
    const struct assign_floor *f = p->floor;
    struct assign_group *first = NULL;
    struct grouping g = {.a = a, .p = p, .queue = queue, .tail = &first};
    uint64_t *rows = ARENA_ARRAY(a, f->n_channels * f->code_words + 1, uint64_t);
    struct assign_group **of = ARENA_ARRAY(a, f->n_agents + 1, struct assign_group *);
    look_relevant(&g);
    for (size_t i = 0; i < f->n_agents; i++) {
        if (is_of(f, i, queue)) {
            of[i] = group_of(&g, i, rows);
            of[i]->n++;
        }
    }
    for (struct assign_group *group = first; group; group = group->next) {
        group->agents = ARENA_ARRAY(a, group->n, size_t);
        group->n = 0;
    }
    for (size_t i = 0; i < f->n_agents; i++) {
        if (of[i]) {
            of[i]->agents[of[i]->n++] = i;
        }
    }
    map_done(&g.known);
    return first;
}
