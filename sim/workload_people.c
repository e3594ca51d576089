/* A tenant's agents as groups of a workload: together are those who serve the same of its queues, hold the same skills
 * that these ask for, and are without a code on the same ones - in the tenant before a change and in the one after. */
#include "sim/workload_tenant.h"

/* What the agent is to a queue. */
enum standing { SERVES_NOT, SERVES, SERVES_WITHOUT_CODE };

struct people {
    struct str key, name;
    size_t agent[FILL_FLOORS]; /* the first of them; SIZE_MAX: not there */
    size_t n;
};

struct gatherer {
    struct filler *f;
    struct map groups; /* key → struct people * */
    struct vec list;
};

static const struct assign_agent *agent_at(const struct filler *f, size_t which, size_t agent)
{
    const struct assign_floor *floor = fill_floor(f, which);
    bool is_on = agent != SIZE_MAX && !(floor->agents[agent].is.reasons >> ASSIGN_AGENT_OFF & 1);
    return is_on ? &floor->agents[agent] : NULL;
}

/* Whether a code could be chosen, skills for the queue aside: contacts that drop these come too. */
static bool has_code(const struct assign_floor *f, size_t agent, size_t queue)
{
    const uint32_t skills = UINT32_C(1) << ASSIGN_QUEUE_SKILL | UINT32_C(1) << ASSIGN_QUEUE_LEVEL;
    for (size_t c = 0; c < f->n_codes; c++) {
        for (size_t x = 0; x < f->n_channels; x++) {
            if (assign_bit(f->queues[queue].codes, c) &&
                (sim_assign_why(f, agent, queue, x, c) & ~skills) == 0) {
                return true;
            }
        }
    }
    return false;
}

static enum standing standing(const struct filler *f, size_t which, size_t agent,
                              const struct fill_queue *q)
{
    const struct assign_floor *floor = fill_floor(f, which);
    const struct assign_agent *a = agent_at(f, which, agent);
    size_t queue = q->at[which];
    if (!a || queue == SIZE_MAX || floor->queues[queue].is.reasons ||
        !assign_bit(a->serves, queue)) {
        return SERVES_NOT;
    }
    return f->p[which]->usable[agent * floor->n_queues + queue] || has_code(floor, agent, queue)
               ? SERVES
               : SERVES_WITHOUT_CODE;
}

/* What the agents of a group have in common; empty: they serve nothing. */
static struct str key_of(const struct filler *f, const size_t *agent)
{
    struct buf key;
    bool serves = false;
    buf_init(&key, f->a);
    for (size_t which = 0; which < f->n && which < FILL_FLOORS; which++) {
        const struct assign_agent *a = agent_at(f, which, agent[which]);
        for (size_t i = 0; i < f->n_queues; i++) {
            enum standing s = standing(f, which, agent[which], &f->queues[i]);
            serves = serves || s != SERVES_NOT;
            buf_put_char(&key, (char)('0' + s));
        }
        for (size_t w = 0; a && w < fill_floor(f, which)->need_words; w++) {
            buf_printf(&key, ",%llx", (unsigned long long)a->is.needs[w]);
        }
        buf_put_char(&key, a ? '+' : '-');
    }
    return serves ? buf_str(&key) : STR("");
}

static void add_agent(struct gatherer *g, const size_t *agent)
{
    struct filler *f = g->f;
    struct arena_mark mark = arena_mark(f->a);
    struct str key = key_of(f, agent);
    struct people *p = key.len ? map_get(&g->groups, key) : NULL;
    if (p || key.len == 0) {
        arena_release(f->a, mark);
    }
    if (!p && key.len) {
        size_t which = agent[0] == SIZE_MAX;
        p = ARENA_NEW(f->a, struct people);
        *p = (struct people){.key = key,
                             .name = fill_floor(f, which)->agents[agent[which]].is.name,
                             .agent = {agent[0], agent[1]}};
        map_put(&g->groups, key, p);
        vec_push(&g->list, p);
    }
    if (p) {
        p->n++;
    }
}

/* The agents of the first floor, then those whom only the second has. */
static void gather(struct gatherer *g)
{
    const struct assign_floor *a = fill_floor(g->f, 0),
                              *b = g->f->n > 1 ? fill_floor(g->f, 1) : NULL;
    struct map later = {0};
    bool *is_known = ARENA_ARRAY(g->f->a, b ? b->n_agents + 1 : 1, bool);
    for (size_t i = 0; b && i < b->n_agents; i++) {
        map_put(&later, b->agents[i].is.id, &b->agents[i]);
    }
    for (size_t i = 0; i < a->n_agents; i++) {
        const struct assign_agent *same = map_get(&later, a->agents[i].is.id);
        size_t agent[FILL_FLOORS] = {i, b && same ? (size_t)(same - b->agents) : SIZE_MAX};
        if (b && same) {
            is_known[same - b->agents] = true;
        }
        add_agent(g, agent);
    }
    for (size_t i = 0; b && i < b->n_agents; i++) {
        size_t agent[FILL_FLOORS] = {SIZE_MAX, i};
        if (!is_known[i]) {
            add_agent(g, agent);
        }
    }
    map_done(&later);
}

static void put_serves(struct filler *f, const struct people *p, size_t which)
{
    fill_name(f, "serves");
    json_make_open(&f->m, JSON_ARRAY, f->here.from);
    for (size_t i = 0; i < f->n_queues; i++) {
        enum standing s = standing(f, which, p->agent[which], &f->queues[i]);
        if (s == SERVES_WITHOUT_CODE) {
            json_make_open(&f->m, JSON_OBJECT, f->here.from);
            fill_name(f, "queue");
            fill_text(f, f->queues[i].label);
            fill_name(f, "noCode");
            json_make_literal(&f->m, STR("true"), f->here);
            json_make_close(&f->m, f->here.to);
        } else if (s == SERVES) {
            fill_text(f, f->queues[i].label);
        }
    }
    json_make_close(&f->m, f->here.to);
}

static bool serves_any(const struct filler *f, const struct people *p, size_t which)
{
    bool is = false;
    for (size_t i = 0; i < f->n_queues && !is; i++) {
        is = standing(f, which, p->agent[which], &f->queues[i]) != SERVES_NOT;
    }
    return is;
}

/* A group that serves nothing in this floor has nobody in it, and keeps its place. */
static void put_people(struct filler *f, const struct people *p)
{
    bool is_on = serves_any(f, p, f->which);
    size_t which = is_on ? f->which : 1 - f->which;
    const struct assign_agent *a = agent_at(f, f->which, p->agent[f->which]);
    struct buf name;
    buf_init(&name, f->a);
    buf_put(&name, p->name);
    if (p->n > 1) {
        buf_printf(&name, " and %zu more", p->n - 1);
    }
    json_make_open(&f->m, JSON_OBJECT, f->here.from);
    fill_name(f, "name");
    fill_text(f, buf_str(&name));
    fill_name(f, "count");
    fill_number(f, "%zu", is_on ? p->n : 0);
    fill_name(f, "skills");
    json_make_open(&f->m, JSON_OBJECT, f->here.from);
    if (a) {
        fill_skills(f, a->is.needs);
    }
    json_make_close(&f->m, f->here.to);
    put_serves(f, p, which);
    json_make_close(&f->m, f->here.to);
}

void fill_agents(struct filler *f)
{
    struct gatherer g = {.f = f};
    size_t n = 0;
    gather(&g);
    json_make_open(&f->m, JSON_ARRAY, f->here.from);
    for (size_t i = 0; i < g.list.len; i++) {
        const struct people *p = g.list.at[i];
        put_people(f, p);
        n += p->n;
    }
    json_make_close(&f->m, f->here.to);
    if (n == 0) {
        fill_bad(f, f->root, "no agent of tenant \"%.*s\" serves any of the queues",
                 STR_ARG(fill_floor(f, 0)->tenant));
    }
    fill_assume(f, "all agents of the tenant who serve these queues work the whole day");
    map_done(&g.groups);
    vec_done(&g.list);
}
