/* `rehearse simulate operations --hold`: agents to add. */
#include "cli/simulate.h"

static void put_more(struct buf *out, const struct sim_hold *h, uint32_t more)
{
    for (size_t i = 0; i < h->n_tries; i++) {
        if (h->tries[i].added == more) {
            buf_printf(out, "%.*s is %.6g ± %.2g with %u more", STR_ARG(h->figure),
                       h->tries[i].value, h->tries[i].half_width, more);
        }
    }
}

static void put_text(struct buf *out, const struct sim_hold *h, const struct sim_workload *w)
{
    const struct sim_group *g = &w->model.groups[h->group];
    const char *sign = h->is_least ? ">=" : "<=";
    if (h->is_interrupted) {
        buf_put(out, STR("Interrupted: the search is not done.\n"));
    } else if (h->on_average == SIM_HOLD_NEVER) {
        buf_printf(out, "No number of agents in \"%.*s\" holds %.*s%s%.6g.\n", STR_ARG(g->name),
                   STR_ARG(h->figure), sign, h->target);
    } else {
        buf_printf(out, "%u agents to add to \"%.*s\" hold %.*s%s%.6g on average: ", h->on_average,
                   STR_ARG(g->name), STR_ARG(h->figure), sign, h->target);
        put_more(out, h, h->on_average);
        if (h->on_average > 0) {
            buf_put(out, STR("; "));
            put_more(out, h, h->on_average - 1);
        }
        buf_put(out, STR(".\n"));
    }
    if (!h->is_interrupted && h->surely != SIM_HOLD_NEVER) {
        buf_printf(out, "With 97.5 %% confidence (the whole 95 %% interval): %u to add; ",
                   h->surely);
        put_more(out, h, h->surely);
        buf_put(out, STR(".\n"));
    } else if (!h->is_interrupted && h->on_average != SIM_HOLD_NEVER) {
        buf_put(out, STR("No number is sure: more --replications would tell.\n"));
    }
    buf_printf(out, "%zu replications each, all on the same random numbers.\n", h->replications);
}

static void put_count(struct buf *out, const char *name, uint32_t n)
{
    if (n == SIM_HOLD_NEVER) {
        buf_printf(out, ",\"%s\":null", name);
    } else {
        buf_printf(out, ",\"%s\":%u", name, n);
    }
}

static void put_json(struct buf *out, const struct sim_hold *h, const struct sim_workload *w)
{
    buf_put(out, STR("{\"format\":1,\"kind\":\"simulation-hold\",\"figure\":"));
    buf_put_json_string(out, h->figure);
    buf_printf(out, ",\"%s\":%.9g,\"agents\":", h->is_least ? "at_least" : "at_most", h->target);
    buf_put_json_string(out, w->model.groups[h->group].name);
    buf_printf(out, ",\"complete\":%s,\"replications\":%zu", h->is_interrupted ? "false" : "true",
               h->replications);
    put_count(out, "add_on_average", h->on_average);
    put_count(out, "add_surely", h->surely);
    buf_put(out, STR(",\"tries\":["));
    for (size_t i = 0; i < h->n_tries; i++) {
        buf_printf(out, "%s{\"added\":%u,\"value\":%.9g,\"half_width\":", i ? "," : "",
                   h->tries[i].added, h->tries[i].value);
        if (h->replications > 1) {
            buf_printf(out, "%.9g}", h->tries[i].half_width);
        } else {
            buf_put(out, STR("null}"));
        }
    }
    buf_put(out, STR("]}\n"));
}

int simulate_hold(struct simulate_run *r)
{
    struct sim_workload *w = NULL;
    struct json root = {0};
    struct buf out;
    struct str changes[OPTION_LIST_MAX], format = str_of(r->how->format ? r->how->format : "text");
    buf_init(&out, r->arena);
    for (size_t i = 0; i < r->how->set.n; i++) {
        changes[i] = str_of(r->how->set.at[i]);
    }
    if (!simulate_read_last(r, &w, &root) ||
        (r->how->set.n && !simulate_apply(r, &w, root, changes, r->how->set.n))) {
        return simulate_fail(r);
    }
    struct sim_study_options how = simulate_options(r, w);
    struct sim_hold hold;
    r->started_us = clock_monotonic_us();
    if (!sim_hold_search(&hold, r->arena, w, &how, str_of(r->how->hold),
                         str_of(r->how->add ? r->how->add : ""), r->err)) {
        return cli_fail(r->err);
    }
    if (str_eq(format, STR("json"))) {
        put_json(&out, &hold, w);
    } else {
        put_text(&out, &hold, w);
    }
    if (!simulate_write(r, &out)) {
        return cli_fail(r->err);
    }
    return hold.on_average == SIM_HOLD_NEVER ? EXIT_FINDINGS : EXIT_WELL;
}
