/* Shards: a part of a study's replications, run anywhere, and all parts put together again. A shard keeps whole
 * numbers alone, so that the merged report has the very bytes of the one that was run at once. */
#include "sim/study.h"

#include <string.h>

enum { SHARDS_MAX = 100000 };
#define MERGED_BYTES_MAX ((size_t)2 << 30)

void sim_shard_share(const struct sim_shard *s, size_t *out_first, size_t *out_n)
{
    size_t parts = s->n ? s->n : 1;
    size_t from = s->replications * (s->k - 1) / parts, to = s->replications * s->k / parts;
    *out_first = s->first + from;
    *out_n = to - from;
}

/* Numbers as one text: far less to parse than a list, and as exact. */
static void put_numbers(struct buf *out, const char *name, const int64_t *at, size_t n)
{
    buf_printf(out, ",\"%s\":\"", name);
    for (size_t i = 0; i < n; i++) {
        if (i) {
            buf_put_char(out, ' ');
        }
        buf_put_i64(out, at[i]);
    }
    buf_put_char(out, '"');
}

/* The sums of all replications as lists of numbers, each with its name. */
struct part {
    const char *name;
    int64_t *at;
    size_t n;
};
enum { PARTS = 5 };

static void list_parts(const struct sim_sums *s, struct part out[PARTS])
{
    const struct sim_model *m = s->model;
    size_t step = s->n_intervals + 1, word = sizeof(int64_t);
    out[0] =
        (struct part){"queues", (void *)s->queues, m->n_queues * step * (sizeof *s->queues / word)};
    out[1] =
        (struct part){"groups", (void *)s->groups, m->n_groups * step * (sizeof *s->groups / word)};
    out[2] = (struct part){"codes", s->codes, s->n_codes};
    out[4] = (struct part){"channels", (void *)s->channels,
                           m->n_channels * step * (sizeof *s->channels / word)};
    out[3] = (struct part){"waits", s->waits, m->n_queues * SIM_WAIT_BUCKETS};
}

static void put_study(struct buf *out, const struct sim_study *s)
{
    struct part parts[PARTS];
    const int64_t totals[] = {s->sums->contacts, s->sums->events};
    buf_printf(out, "{\"n\":%zu,\"complete\":%s", s->n, s->is_interrupted ? "false" : "true");
    list_parts(s->sums, parts);
    for (size_t i = 0; i < PARTS; i++) {
        put_numbers(out, parts[i].name, parts[i].at, parts[i].n);
    }
    put_numbers(out, "totals", totals, 2);
    put_numbers(out, "records", s->records, s->n * s->record_size);
    buf_put_char(out, '}');
}

void sim_shard_put(struct buf *out, const struct sim_shard *shard, const struct sim_study *a,
                   const struct sim_study *b)
{
    buf_printf(out,
               "{\"format\":1,\"kind\":\"simulation-shard\",\"shard\":%zu,\"of\":%zu,"
               "\"replications\":%zu,\"first\":%zu,\"seed\":\"%llu\",\n\"workloads\":[",
               shard->k, shard->n, shard->replications, shard->first, (unsigned long long)a->seed);
    buf_put(out, json_literal(a->workload->root));
    if (b) {
        buf_put_char(out, ',');
        buf_put(out, json_literal(b->workload->root));
    }
    buf_put(out, STR("],\n\"studies\":["));
    put_study(out, a);
    if (b) {
        buf_put(out, STR(",\n"));
        put_study(out, b);
    }
    buf_put(out, STR("]}\n"));
}

static struct json member(struct json v, const char *name)
{
    return json_get(v, str_of(name));
}

/* One number for each of `n` places. */
static bool take_numbers(int64_t *out, size_t n, struct json from, const char *name,
                         struct err *err)
{
    struct json v = member(from, name);
    struct str rest = json_str_or(v, STR("")), head = {0};
    size_t i = 0;
    for (; rest.len && str_cut(&rest, ' ', &head); i++) {
        int64_t x = 0;
        if (i >= n || !num_parse_i64(&x, head, 0, INT64_MAX)) {
            return json_err(err, json_exists(v) ? v : from,
                            "\"%s\" of the shard is not what its workload makes", name);
        }
        out[i] = x;
    }
    return i == n ||
           json_err(err, json_exists(v) ? v : from,
                    "\"%s\" of the shard has %zu numbers, its workload makes %zu", name, i, n);
}

/* Sums add up, but for the moments at which somebody first got stuck. */
static bool take_sums(struct arena *a, struct sim_study *st, struct json from, struct err *err)
{
    struct part parts[PARTS];
    struct sim_sums *one = sim_sums_new(a, &st->workload->model);
    int64_t totals[2] = {0};
    list_parts(one, parts);
    for (size_t i = 0; i < PARTS; i++) {
        if (!take_numbers(parts[i].at, parts[i].n, from, parts[i].name, err)) {
            return false;
        }
    }
    if (!take_numbers(totals, 2, from, "totals", err)) {
        return false;
    }
    one->contacts = totals[0];
    one->events = totals[1];
    sim_sums_add(st->sums, one);
    return true;
}

static bool take_study(struct arena *a, struct sim_study *st, struct json from, size_t n_most,
                       struct err *err)
{
    int64_t n = 0;
    struct arena_mark mark;
    if (!json_i64(member(from, "n"), &n) || n < 0 || (size_t)n > n_most) {
        return json_err(err, from, "the shard has more days than its share, or does not say");
    }
    if (!take_numbers(&st->records[st->n * st->record_size], (size_t)n * st->record_size, from,
                      "records", err)) {
        return false;
    }
    mark = arena_mark(a);
    bool is_well = take_sums(a, st, from, err);
    arena_release(a, mark);
    for (size_t i = 0; is_well && i < (size_t)n; i++) {
        sim_study_fill(st, st->n + i);
    }
    st->n += (size_t)n;
    st->is_interrupted = st->is_interrupted || !json_is_true(member(from, "complete"));
    return is_well;
}

static bool read_shard(struct json v, struct sim_shard *out, struct err *err)
{
    int64_t k = 0, n = 0, replications = 0, first = 0;
    bool is_one = str_eq(json_str_or(member(v, "kind"), STR("")), STR("simulation-shard")) &&
                  json_i64(member(v, "shard"), &k) && json_i64(member(v, "of"), &n) &&
                  json_i64(member(v, "replications"), &replications) &&
                  json_i64(member(v, "first"), &first) && n >= 1 && n <= SHARDS_MAX && k >= 1 &&
                  k <= n && replications >= 1 && replications <= 1000000 && first >= 0 &&
                  first <= 1000000000;
    if (!is_one) {
        return json_err(err, v,
                        "this is no shard: write one with `rehearse simulate operations "
                        "--shard K/N`");
    }
    *out = (struct sim_shard){(size_t)k, (size_t)n, (size_t)replications, (size_t)first};
    return true;
}

/* All of one run, each once, in order in `at`. */
static bool sort_shards(struct json *at, const struct json *shards, size_t n, struct err *err)
{
    struct sim_shard first = {0}, one = {0};
    for (size_t i = 0; i < n; i++) {
        if (!read_shard(shards[i], &one, err)) {
            return false;
        }
        first = i == 0 ? one : first;
        bool is_same = one.n == first.n && one.replications == first.replications &&
                       one.first == first.first &&
                       str_eq(json_str_or(member(shards[i], "seed"), STR("")),
                              json_str_or(member(shards[0], "seed"), STR("-"))) &&
                       json_eq(member(shards[i], "workloads"), member(shards[0], "workloads"));
        if (!is_same) {
            return json_err(err, shards[i],
                            "this shard is of another run than the first: workload, --set, --seed, "
                            "--replications and the number of shards have to be the same");
        }
        if (one.n != n) {
            return json_err(err, shards[i], "the run has %zu shards, and %zu are given", one.n, n);
        }
        if (json_exists(at[one.k - 1])) {
            return json_err(err, shards[i], "shard %zu of %zu is given twice", one.k, one.n);
        }
        at[one.k - 1] = shards[i];
    }
    return true;
}

static bool merge_one(struct sim_study **out, size_t which, struct arena *a,
                      const struct json *ordered, size_t n, struct findings *fs, struct err *err)
{
    struct sim_workload *w = ARENA_NEW(a, struct sim_workload);
    struct json root = json_first(member(ordered[0], "workloads"));
    struct sim_shard shard = {0};
    uint64_t seed = 0;
    root = which ? json_next(root) : root;
    if (!json_exists(root)) {
        return json_err(err, ordered[0], "the shard does not hold its workload");
    }
    if (!sim_workload_read(w, a, root, fs, err) || !read_shard(ordered[0], &shard, err)) {
        return false;
    }
    if (!num_parse_u64(&seed, json_str_or(member(ordered[0], "seed"), STR("")), 0, UINT64_MAX)) {
        return json_err(err, ordered[0], "the shard does not say its seed");
    }
    if (sim_study_bytes(w, shard.replications) > MERGED_BYTES_MAX) {
        return err_set(err, ERR_LIMIT, "so many days of so many queues take more than 2 GiB");
    }
    *out = sim_study_new(a, w, seed, shard.first, shard.replications);
    for (size_t i = 0; i < n; i++) {
        struct json v = json_first(member(ordered[i], "studies"));
        size_t first = 0, share = 0;
        v = which ? json_next(v) : v;
        if (!json_exists(v)) {
            return json_err(err, ordered[i], "the shard does not hold its studies");
        }
        if (!read_shard(ordered[i], &shard, err)) {
            return false;
        }
        sim_shard_share(&shard, &first, &share);
        if (!take_study(a, *out, v, share, err)) {
            return false;
        }
    }
    return true;
}

bool sim_shard_merge(struct sim_study **out_baseline, struct sim_study **out_candidate,
                     struct arena *a, const struct json *shards, size_t n, struct findings *fs,
                     struct err *err)
{
    struct json *ordered = ARENA_ARRAY(a, n + 1, struct json);
    *out_baseline = *out_candidate = NULL;
    if (!sort_shards(ordered, shards, n, err)) {
        return false;
    }
    bool has_candidate = json_count(member(ordered[0], "workloads")) > 1;
    return merge_one(out_baseline, 0, a, ordered, n, fs, err) &&
           (!has_candidate || merge_one(out_candidate, 1, a, ordered, n, fs, err));
}
