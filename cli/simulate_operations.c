/* `rehearse simulate operations`: one workload, or two side by side. */
#include "cli/simulate.h"

static bool is_comparable(const struct sim_workload *a, const struct sim_workload *b)
{
    bool is_same = a->model.n_queues == b->model.n_queues && a->model.n_groups == b->model.n_groups;
    for (size_t i = 0; is_same && i < a->model.n_queues; i++) {
        is_same = str_eq(a->model.queues[i].name, b->model.queues[i].name);
    }
    return is_same;
}

int simulate_operations(struct simulate_run *r)
{
    struct sim_workload *baseline = NULL, *candidate = NULL;
    struct json root = {0}, other = {0};
    struct str changes[OPTION_LIST_MAX];
    struct buf report;
    buf_init(&report, r->arena);
    for (size_t i = 0; i < r->how->set.n; i++) {
        changes[i] = str_of(r->how->set.at[i]);
    }
    bool is_read = simulate_read(r, &baseline, &root, r->path);
    if (is_read && r->after) {
        other = json_root(r->after);
        is_read = simulate_take(r, &candidate, other);
    } else if (is_read && r->how->candidate) {
        is_read = simulate_read(r, &candidate, &other, r->how->candidate);
    }
    if (is_read && r->how->set.n) {
        is_read = simulate_apply(r, &candidate, candidate ? other : root, changes, r->how->set.n);
    }
    if (!is_read) {
        return simulate_fail(r);
    }
    if (candidate && !is_comparable(baseline, candidate)) {
        err_set(r->err, ERR_INPUT,
                "the candidate has other queues or groups than the baseline: nothing can "
                "be compared");
        return cli_fail(r->err);
    }
    struct sim_study *a = simulate_study(r, baseline),
                     *b = a && candidate ? simulate_study(r, candidate) : NULL;
    if (!a || (candidate && !b)) {
        return cli_fail(r->err);
    }
    if (r->shard.n) {
        sim_shard_put(&report, &r->shard, a, b);
    } else {
        simulate_put_report(r, &report, a, b);
    }
    if (!simulate_write(r, &report)) {
        return cli_fail(r->err);
    }
    return simulate_judge(r, b ? b : a);
}
