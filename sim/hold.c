/* How many agents more hold a target: bisection, each step on the same random numbers. */
#include "sim/study.h"

#include <math.h>
#include <string.h>

enum { ADDED_MAX = 4096 };

struct search {
    struct arena *a;
    const struct sim_workload *w;
    const struct sim_study_options *how;
    struct sim_hold *out;
    struct err *err;
};

static void add_agents(struct arena *a, struct sim_workload *w, size_t group, uint32_t more)
{
    struct sim_group *groups = ARENA_ARRAY(a, w->model.n_groups, struct sim_group);
    struct sim_staff *staff = ARENA_ARRAY(a, w->model.groups[group].n_staff, struct sim_staff);
    memcpy(groups, w->model.groups, w->model.n_groups * sizeof *groups);
    memcpy(staff, groups[group].staff, groups[group].n_staff * sizeof *staff);
    for (size_t i = 0; i < groups[group].n_staff; i++) {
        staff[i].count += more;
    }
    groups[group].staff = staff;
    w->model.groups = groups;
}

/* The figure with so many more; each is run once. NULL: no such figure, or interrupted. */
static const struct sim_hold_try *look(struct search *s, uint32_t more)
{
    struct sim_hold *h = s->out;
    for (size_t i = 0; i < h->n_tries; i++) {
        if (h->tries[i].added == more) {
            return &h->tries[i];
        }
    }
    if (h->n_tries == SIM_HOLD_TRIES) {
        return NULL;
    }
    struct arena_mark mark = arena_mark(s->a);
    struct sim_workload w = *s->w;
    struct sim_hold_try try = {.added = more};
    add_agents(s->a, &w, h->group, more);
    const struct sim_study *st = sim_study_run(s->a, &w, s->how);
    bool is_well = sim_figure(&try.value, &try.half_width, st, h->figure, s->err);
    h->is_interrupted = h->is_interrupted || st->is_interrupted;
    h->replications = st->n;
    arena_release(s->a, mark);
    if (!is_well || h->is_interrupted) {
        return NULL;
    }
    h->tries[h->n_tries] = try;
    return &h->tries[h->n_tries++];
}

static bool holds(const struct sim_hold *h, const struct sim_hold_try *t, bool is_sure)
{
    double margin = is_sure ? t->half_width : 0;
    return h->is_least ? t->value - margin >= h->target : t->value + margin <= h->target;
}

/* The least number that holds, from `from` on; SIM_HOLD_NEVER if none up to the greatest does. */
static bool least(struct search *s, uint32_t from, bool is_sure, uint32_t *out)
{
    uint32_t fails = from, holding = from;
    for (uint32_t step = 1;; step *= 2) {
        const struct sim_hold_try *t = look(s, holding);
        if (!t) {
            return false;
        }
        if (holds(s->out, t, is_sure)) {
            break;
        }
        if (holding >= ADDED_MAX) {
            *out = SIM_HOLD_NEVER;
            return true;
        }
        fails = holding;
        holding = from + step;
    }
    while (holding > fails + 1) {
        uint32_t middle = fails + (holding - fails) / 2;
        const struct sim_hold_try *t = look(s, middle);
        if (!t) {
            return false;
        }
        *(holds(s->out, t, is_sure) ? &holding : &fails) = middle;
    }
    *out = holding;
    return true;
}

/* FIGURE, >= or <=, VALUE. */
static bool parse(struct sim_hold *out, struct str rule, struct err *err)
{
    size_t at = 0;
    while (at < rule.len && rule.s[at] != '<' && rule.s[at] != '>') {
        at++;
    }
    bool has_equal = at + 1 < rule.len && rule.s[at + 1] == '=';
    out->figure = str_trim(str_slice(rule, 0, at));
    out->is_least = at < rule.len && rule.s[at] == '>';
    return (at < rule.len &&
            num_parse_double(&out->target,
                             str_trim(str_slice(rule, at + 1 + has_equal, rule.len)))) ||
           err_set(err, ERR_INPUT,
                   "\"%.*s\": what is to be held is FIGURE>=VALUE or FIGURE<=VALUE, as "
                   "service_level.Sales>=0.8",
                   STR_ARG(rule));
}

static bool find_group(struct sim_hold *out, const struct sim_workload *w, struct str name,
                       struct err *err)
{
    for (size_t i = 0; i < w->model.n_groups; i++) {
        if (name.len ? str_eq(w->model.groups[i].name, name) : w->model.n_groups == 1) {
            out->group = i;
            return true;
        }
    }
    return name.len
               ? err_set(err, ERR_INPUT, "there are no agents \"%.*s\"", STR_ARG(name))
               : err_set(err, ERR_INPUT,
                         "the workload has %zu groups of agents: say with --add which one may grow",
                         w->model.n_groups);
}

bool sim_hold_search(struct sim_hold *out, struct arena *a, const struct sim_workload *w,
                     const struct sim_study_options *how, struct str rule, struct str group,
                     struct err *err)
{
    struct search s = {.a = a, .w = w, .how = how, .out = out, .err = err};
    *out = (struct sim_hold){.on_average = SIM_HOLD_NEVER, .surely = SIM_HOLD_NEVER};
    if (!parse(out, rule, err) || !find_group(out, w, group, err)) {
        return false;
    }
    bool is_done =
        least(&s, 0, false, &out->on_average) &&
        (out->on_average == SIM_HOLD_NEVER || least(&s, out->on_average, true, &out->surely));
    return is_done || out->is_interrupted ||
           (err->code != ERR_NONE ? false : err_set(err, ERR_LIMIT, "the search found no end"));
}
