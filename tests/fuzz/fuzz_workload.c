/* A workload from anywhere: it is refused with a reason and a place, or becomes a model; a small one is then simulated
 * for a day, changed by path, written as a part and put together again. Whatever comes out is no NaN and no
 * nonsense: as many answered, gave up, were blocked or left as were offered. */
#include "sim/sim.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CONTACTS_MAX = 2000, AGENTS_MAX = 500, INTERVALS_MAX = 500 };

/* Little enough for a moment's run. */
static bool is_small(const struct sim_model *m)
{
    double contacts = 0, agents = 0;
    for (size_t i = 0; i < m->n_sources; i++) {
        const struct sim_source *s = &m->sources[i];
        contacts += (double)s->n_trace;
        for (size_t k = 0; k < s->n_rates; k++) {
            contacts += s->rates[k].per_hour * (double)m->end_ticks / 3600e6 *
                        (s->busyness_shape > 0 && s->busyness_shape < 1 ? 100 : 1);
        }
    }
    for (size_t i = 0; i < m->n_groups; i++) {
        for (size_t k = 0; k < m->groups[i].n_staff; k++) {
            agents += m->groups[i].staff[k].count;
        }
    }
    return contacts < CONTACTS_MAX && agents < AGENTS_MAX && m->n_queues < 20 && m->n_groups < 20 &&
           m->n_sources < 20 &&
           (m->interval_ticks == 0 || m->end_ticks / m->interval_ticks < INTERVALS_MAX);
}

static void check_books(const struct sim_model *m, struct arena *a)
{
    struct sim_sums *s = sim_sums_new(a, m);
    struct sim_engine *e = sim_engine_new(m, 1);
    sim_run(e, 0, s);
    for (size_t i = 0; i < m->n_queues * (s->n_intervals + 1); i++) {
        const struct sim_queue_sums *q = &s->queues[i];
        if (q->offered != q->answered + q->abandoned + q->blocked + q->left || q->wait_ticks < 0 ||
            q->answered_wait_ticks > q->wait_ticks || q->coded > q->answered) {
            __builtin_trap();
        }
    }
    sim_engine_free(e);
}

static void check_reports(const struct sim_workload *w, struct arena *a, bool has_nan)
{
    struct sim_study_options how = {.replications = 2, .seed = 1, .n_threads = 1};
    struct sim_study *s = sim_study_run(a, w, &how), *merged = NULL, *none = NULL;
    const struct sim_shard all = {.k = 1, .n = 1, .replications = 2};
    const struct json_doc *doc = NULL;
    struct err err = {0};
    struct findings fs;
    struct buf json, part, again, page;
    findings_init(&fs, a);
    buf_init(&json, a);
    buf_init(&part, a);
    buf_init(&again, a);
    buf_init(&page, a);
    sim_report_json(&json, s, s);
    sim_report_html(&page, s, s);
    sim_report_text(&page, s, NULL);
    sim_report_csv(&page, s, NULL);
    if (!json_parse(&doc, a, STR("report"), buf_str(&json), NULL, NULL, &err) ||
        (!has_nan && str_find(buf_str(&page), STR("nan ")) < page.len)) {
        __builtin_trap();
    }
    sim_shard_put(&part, &all, s, NULL);
    if (!json_parse(&doc, a, STR("part"), buf_str(&part), NULL, NULL, &err)) {
        __builtin_trap();
    }
    struct json root = json_root(doc);
    if (!sim_shard_merge(&merged, &none, a, &root, 1, &fs, &err)) {
        __builtin_trap();
    }
    sim_report_json(&again, merged, merged);
    if (!str_eq(buf_str(&json), buf_str(&again))) {
        __builtin_trap();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct findings fs;
    struct err err = {0};
    struct str text = {(const char *)data, size};
    const struct json_doc *doc = NULL;
    arena_init(&arena, 0, 0);
    findings_init(&fs, &arena);
    if (json_parse(&doc, &arena, STR("fuzz.json"), text, NULL, NULL, &err)) {
        struct sim_workload *w = ARENA_NEW(&arena, struct sim_workload);
        struct json root = json_root(doc);
        struct sim_study *a = NULL, *b = NULL;
        if (!sim_workload_read(w, &arena, root, &fs, &err)) {
            if (err.code == ERR_NONE || err.msg[0] == '\0' || fs.errors == 0) {
                __builtin_trap(); /* refused without a word */
            }
        } else if (is_small(&w->model)) {
            check_books(&w->model, &arena);
            check_reports(w, &arena, str_find(text, STR("nan")) < text.len);
        }
        err = (struct err){0};
        if (str_eq(json_str_or(json_get(root, STR("kind")), STR("")), STR("simulation-shard")) &&
            !sim_shard_merge(&a, &b, &arena, &root, 1, &fs, &err) && err.msg[0] == '\0') {
            __builtin_trap();
        }
    }
    arena_done(&arena);
    return 0;
}
