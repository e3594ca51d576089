/* Sizes beyond any sense: told as findings, before memory or time runs out. */
#include "sim/workload.h"

enum { AGENTS_MAX = 4000000, CELLS_MAX = 1000000, PAIRS_MAX = 20000000 };
static const double contacts_max = 1e8;

bool workload_check_pairs(struct workload_reader *r, struct json queues, struct json agents)
{
    size_t skilled = 0, by_skill = 0;
    for (struct json m = json_first(agents); json_exists(m); m = json_next(m)) {
        by_skill += !json_exists(json_get(m, STR("serves")));
    }
    for (struct json m = json_first(queues); json_exists(m); m = json_next(m)) {
        skilled += 1 + json_count(json_get(m, STR("skills")));
    }
    return skilled * by_skill <= PAIRS_MAX ||
           workload_bad(r, agents,
                        "so many agents by skill and queues make more than %d pairs: say what "
                        "each `serves`",
                        PAIRS_MAX);
}

/* How many contacts a source is expected to send in a day. */
static double expected(const struct sim_model *m, const struct sim_source *s)
{
    double sum = 0;
    for (size_t i = 0; i < s->n_rates; i++) {
        int64_t end = i + 1 < s->n_rates ? s->rates[i + 1].from_ticks : m->end_ticks;
        end = end < m->end_ticks ? end : m->end_ticks;
        if (end > s->rates[i].from_ticks) {
            sum += s->rates[i].per_hour * (double)(end - s->rates[i].from_ticks) /
                   (3600.0 * (double)SIM_TICKS_PER_S);
        }
    }
    return sum + (double)s->n_trace;
}

void workload_check_sizes(struct workload_reader *r, struct json root)
{
    const struct sim_model *m = &r->out->model;
    double contacts = 0, agents = 0, units = 1;
    for (size_t i = 0; i < m->n_sources; i++) {
        contacts += expected(m, &m->sources[i]);
    }
    for (size_t i = 0; i < m->n_groups; i++) {
        uint32_t most = 0;
        for (size_t k = 0; k < m->groups[i].n_staff; k++) {
            most = m->groups[i].staff[k].count > most ? m->groups[i].staff[k].count : most;
        }
        agents += most;
        units = m->groups[i].units > units ? m->groups[i].units : units;
    }
    int64_t intervals = m->interval_ticks > 0 ? m->end_ticks / m->interval_ticks + 2 : 1;
    if (contacts > contacts_max) {
        workload_bad(r, json_get(root, STR("contacts")),
                     "%.3g contacts a day are expected; at most %.0g are simulated", contacts,
                     contacts_max);
    }
    if (agents * units > AGENTS_MAX) {
        workload_bad(r, json_get(root, STR("agents")),
                     "%.0f agents with %.0f units each: at most %d contacts can be at hand", agents,
                     units, AGENTS_MAX);
    }
    if ((double)(m->n_queues + m->n_channels + m->n_sources + m->n_groups) * (double)intervals >
        CELLS_MAX) {
        workload_bad(r, json_get(root, STR("day")),
                     "so many queues, agents and intervals make more than %d figures", CELLS_MAX);
    }
}

/* The expected contacts say that a workload has nothing to do, or nobody to do it. */
void workload_check_sense(struct workload_reader *r)
{
    const struct sim_model *m = &r->out->model;
    double contacts = 0;
    for (size_t i = 0; i < m->n_sources; i++) {
        contacts += expected(m, &m->sources[i]);
    }
    if (!(contacts > 0)) {
        workload_note(r, "no contact ever comes: all shares and means are empty");
    }
    for (size_t q = 0; q < m->n_queues; q++) {
        if (r->served_by[q] == 0) {
            workload_note(r, "queue \"%.*s\": nobody serves it", STR_ARG(m->queues[q].name));
        }
    }
}
