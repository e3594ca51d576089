/* Skills of a workload: which agents may serve a queue, from which of its rings on, and whom it asks first. */
#include "sim/workload.h"

static struct json member(struct json v, const char *name)
{
    return json_get(v, str_of(name));
}

/* Whether the ring, or one before it, drops the skill. */
static bool is_dropped(struct json rings, struct str skill, size_t ring)
{
    size_t i = 1;
    for (struct json m = json_first(rings); json_exists(m) && i <= ring; m = json_next(m), i++) {
        struct json drop = member(m, "drop");
        for (struct json d = json_first(drop); json_exists(d); d = json_next(d)) {
            if (str_eq(json_str(d), skill)) {
                return true;
            }
        }
    }
    return false;
}

static bool is_enough(const struct workload_reader *r, struct json held, double wanted)
{
    if (!json_exists(held)) {
        return false;
    }
    double has = json_double(held);
    return r->least_is_best ? has <= wanted : has >= wanted;
}

static bool holds_all(const struct workload_reader *r, struct json wanted, struct json held,
                      struct json rings, size_t ring)
{
    for (struct json m = json_first(wanted); json_exists(m); m = json_next(m)) {
        if (!is_dropped(rings, json_key(m), ring) &&
            !is_enough(r, json_get(held, json_key(m)), json_double(m))) {
            return false;
        }
    }
    return true;
}

/* How good the agents are at what the queue asks for. */
static double proficiency(struct json wanted, struct json held)
{
    double sum = 0;
    for (struct json m = json_first(wanted); json_exists(m); m = json_next(m)) {
        struct json has = json_get(held, json_key(m));
        sum += json_exists(has) ? json_double(has) : 0;
    }
    return sum;
}

bool workload_skills_link(struct workload_reader *r, struct sim_link *l, struct json queue,
                          struct json agents, struct json link)
{
    struct json wanted = member(queue, "skills"), held = member(agents, "skills"),
                rings = member(queue, "rings");
    struct str rule = json_str_or(member(queue, "skillRule"), STR("all"));
    size_t ring = l->ring, n_rings = json_count(rings);
    if (json_count(wanted) == 0 || str_eq(rule, STR("none"))) {
        return true;
    }
    while (ring <= n_rings && !holds_all(r, wanted, held, rings, ring)) {
        ring++;
    }
    if (ring > n_rings) {
        return false;
    }
    l->ring = (unsigned)ring;
    if (str_eq(rule, STR("best")) && !json_exists(member(link, "order"))) {
        double sum = proficiency(wanted, held);
        l->order = (int)(r->least_is_best ? sum : -sum);
    }
    return true;
}

void workload_skills_list(struct workload_reader *r, struct json queues)
{
    struct sim_model *m = &r->out->model;
    size_t most = 0;
    for (struct json q = json_first(queues); json_exists(q); q = json_next(q)) {
        most += json_count(member(q, "skills"));
    }
    struct sim_skill *skills = ARENA_ARRAY(r->a, most + 1, struct sim_skill);
    size_t *places = ARENA_ARRAY(r->a, most + 1, size_t);
    struct map names = {0};
    for (struct json q = json_first(queues); json_exists(q); q = json_next(q)) {
        for (struct json s = json_first(member(q, "skills")); json_exists(s); s = json_next(s)) {
            struct sim_skill *skill = map_get(&names, json_key(s));
            if (!skill) {
                skill = &skills[m->n_skills++];
                skill->name = json_key(s);
                map_put(&names, skill->name, skill);
            }
            skill->n_queues++;
        }
    }
    for (size_t i = 0; i < m->n_skills; i++) {
        skills[i].queues = places;
        places += skills[i].n_queues;
        skills[i].n_queues = 0;
    }
    size_t number = 0;
    for (struct json q = json_first(queues); json_exists(q); q = json_next(q), number++) {
        for (struct json s = json_first(member(q, "skills")); json_exists(s); s = json_next(s)) {
            struct sim_skill *skill = map_get(&names, json_key(s));
            ((size_t *)(uintptr_t)skill->queues)[skill->n_queues++] = number;
        }
    }
    m->skills = skills;
    map_done(&names);
}
