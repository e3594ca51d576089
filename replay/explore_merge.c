/* Shards of an exploration, put together. */
#include "replay/explore_int.h"

static bool read_rules(struct exploration *x, struct json rules, enum judged *judged,
                       struct str *texts, struct err *err)
{
    for (struct json m = json_first(rules); json_exists(m); m = json_next(m)) {
        const struct conduct_rule *rule = conduct_rule_find(json_key(m));
        struct str name = json_str_or(json_get(m, STR("verdict")), STR(""));
        size_t r = 0;
        while (rule && conduct_rule_at(r) != rule) {
            r++;
        }
        if (!rule) {
            return json_err(err, m, "there is no conduct rule of that name");
        }
        for (int k = JUDGED_NOT_EXERCISED; k <= JUDGED_OFF; k++) {
            if (str_eq(name, str_of(judged_name((enum judged)k)))) {
                judged[r] = (enum judged)k;
            }
        }
        texts[r] = str_copy(&x->arena, json_str_or(json_get(m, STR("text")), STR("")));
    }
    return true;
}

static bool read_cell(struct exploration *x, struct json v, struct explore_cell *cell,
                      struct err *err)
{
    struct json then = json_get(v, STR("then"));
    int64_t nth = json_i64_or(json_get(v, STR("nth")), 0);
    cell->fault = str_copy(&x->arena, json_str_or(json_get(v, STR("fault")), STR("")));
    cell->operation = str_copy(&x->arena, json_str_or(json_get(v, STR("operation")), STR("")));
    cell->nth = nth > 0 ? (uint64_t)nth : 0;
    if (json_kind(then) == JSON_OBJECT) {
        int64_t then_nth = json_i64_or(json_get(then, STR("nth")), 0);
        cell->then_fault = str_copy(&x->arena, json_str_or(json_get(then, STR("fault")), STR("")));
        cell->then_operation =
            str_copy(&x->arena, json_str_or(json_get(then, STR("operation")), STR("")));
        cell->then_nth = then_nth > 0 ? (uint64_t)then_nth : 0;
    }
    if (!json_is_true(json_get(v, STR("done"))) || cell->is_done) {
        return true;
    }
    int64_t n_requests = json_i64_or(json_get(v, STR("requests")), 0);
    cell->is_done = true;
    cell->was_met = json_is_true(json_get(v, STR("met")));
    cell->exit_status = (int)json_i64_or(json_get(v, STR("exitStatus")), 0);
    cell->signal = (int)json_i64_or(json_get(v, STR("signal")), 0);
    cell->is_timeout = json_is_true(json_get(v, STR("timeout")));
    cell->n_requests = n_requests > 0 ? (size_t)n_requests : 0;
    cell->failed = str_copy(&x->arena, json_str_or(json_get(v, STR("failed")), STR("")));
    return read_rules(x, json_get(v, STR("rules")), cell->judged, cell->texts, err);
}

static bool read_head(struct exploration *x, struct json shard, struct err *err)
{
    struct json clean = json_get(shard, STR("clean"));
    int64_t n_requests = json_i64_or(json_get(clean, STR("requests")), 0);
    arena_init(&x->arena, 1 << 16, 0);
    x->profile = str_copy(&x->arena, json_str_or(json_get(shard, STR("profile")), STR("")));
    x->command = str_copy(&x->arena, json_str_or(json_get(shard, STR("command")), STR("")));
    x->options = str_copy(&x->arena, json_str_or(json_get(shard, STR("options")), STR("")));
    x->are_pairs_cut = json_is_true(json_get(shard, STR("pairsCut")));
    x->difference = str_copy(&x->arena, json_str_or(json_get(shard, STR("difference")), STR("")));
    x->is_deterministic = json_is_true(json_get(shard, STR("deterministic")));
    x->n_requests = n_requests > 0 ? (size_t)n_requests : 0;
    x->clean_exit = (int)json_i64_or(json_get(clean, STR("exitStatus")), 0);
    x->n_cells = json_count(json_get(shard, STR("cells")));
    x->cells = ARENA_ARRAY(&x->arena, x->n_cells + 1, struct explore_cell);
    return read_rules(x, json_get(clean, STR("rules")), x->clean, x->clean_texts, err);
}

bool exploration_merge(struct exploration *io, bool is_first, struct json shard, struct err *err)
{
    if (is_first) {
        *io = (struct exploration){.n_cells = 0};
        if (!read_head(io, shard, err)) {
            return false;
        }
    }
    struct json cells = json_get(shard, STR("cells"));
    bool is_same = str_eq(io->command, json_str_or(json_get(shard, STR("command")), STR(""))) &&
                   str_eq(io->profile, json_str_or(json_get(shard, STR("profile")), STR(""))) &&
                   json_count(cells) == io->n_cells;
    if (!is_same) {
        return json_err(err, shard,
                        "this is a shard of another exploration: another program, or "
                        "its clean run was another one");
    }
    io->is_interrupted = io->is_interrupted || json_is_true(json_get(shard, STR("interrupted")));
    size_t i = 0;
    for (struct json v = json_first(cells); json_exists(v); v = json_next(v), i++) {
        struct explore_cell *cell = &io->cells[i];
        cell->index = i;
        if (!read_cell(io, v, cell, err)) {
            return false;
        }
        io->n_singles += is_first && !cell->then_fault.len;
    }
    explore_count(io);
    return true;
}
