/* Fuzz target: a tenant of dialect 4 through both layers, the assignment and the operations. Whatever loads can be proved,
 * reported and asked, and the rows of the proof say what each answer alone says. */
#include <stdio.h>
#include <stdlib.h>

#include "model/model.h"
#include "sim/sim.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CELLS_LOOKED_AT = 20000 };

static struct contract *contract; /* loaded once, kept for all inputs */

__attribute__((destructor)) static void profile_free(void)
{
    contract_free(contract);
}

static void must(bool holds, const char *what)
{
    if (!holds) {
        (void)fprintf(stderr, "property broken: %s\n", what);
        abort();
    }
}

static void load_profile(void)
{
    struct arena a;
    struct findings fs;
    struct err err = {0};
    arena_init(&a, 0, 0);
    findings_init(&fs, &a);
    must(contract_open(&contract, "genesys-lifecycle", NULL, 0, &fs, &err), "the profile loads");
    arena_done(&a);
}

static void compare(struct arena *a, const struct assign_proof *p)
{
    const struct assign_floor *f = p->floor;
    uint64_t *row = ARENA_ARRAY(a, f->code_words + 1, uint64_t);
    size_t left = CELLS_LOOKED_AT;
    for (size_t i = 0; i < f->n_agents && left > f->n_codes; i++) {
        for (size_t q = 0; q < f->n_queues && left > f->n_codes; q++) {
            sim_assign_row(row, p, i, q, 0);
            for (size_t c = 0; c < f->n_codes; c++, left--) {
                must(assign_bit(row, c) == (sim_assign_why(f, i, q, 0, c) == 0),
                     "rows and answers agree");
            }
        }
    }
}

/* An hour of contacts for its first queues, done by its agents: refused with a word, or the books are in order. */
static void simulate(struct arena *a, const struct assign_proof *p)
{
    const struct assign_proof *both[2] = {p, p};
    const struct json_doc *doc = NULL, *made[2] = {NULL, NULL};
    struct sim_workload *w = ARENA_NEW(a, struct sim_workload);
    struct findings fs;
    struct err err = {0};
    struct buf text;
    findings_init(&fs, a);
    buf_init(&text, a);
    buf_put(&text, STR("{\"format\":1,\"day\":{\"length\":\"1h\"},\"contacts\":["));
    for (size_t i = 0; i < p->floor->n_queues && i < 3; i++) {
        buf_put(&text, i ? STR(",{\"queue\":") : STR("{\"queue\":"));
        buf_put_json_string(&text, p->floor->queues[i].is.id);
        buf_put(&text, STR(",\"perHour\":9,\"talk\":60,\"acw\":90,\"patience\":60}"));
    }
    buf_put(&text, STR("]}"));
    must(json_parse(&doc, a, STR("workload"), buf_str(&text), NULL, NULL, &err), "it is JSON");
    bool is_made = sim_workload_fill(made, a, json_root(doc), both, 2, &fs, &err);
    must(is_made || (err.msg[0] && fs.errors), "refused with a word");
    must(!is_made || str_eq(json_literal(json_root(made[0])), json_literal(json_root(made[1]))),
         "the same floor makes the same workload");
    if (is_made && sim_workload_read(w, a, json_root(made[0]), &fs, &err)) {
        struct sim_sums *s = sim_sums_new(a, &w->model);
        struct sim_engine *e = sim_engine_new(&w->model, 1);
        sim_run(e, 0, s);
        for (size_t i = 0; i < w->model.n_queues; i++) {
            const struct sim_queue_sums *q = &s->queues[i * (s->n_intervals + 1)];
            must(q->offered == q->answered + q->abandoned + q->blocked + q->left, "none is lost");
        }
        sim_engine_free(e);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a;
    struct findings fs;
    struct err err = {0};
    const struct json_doc *doc = NULL;
    struct tenant *t = NULL;
    struct assign_floor *f = NULL;
    struct str text = {(const char *)data, size};
    arena_init(&a, 0, 0);
    findings_init(&fs, &a);
    if (!contract) {
        load_profile();
    }
    if (json_parse(&doc, &a, STR("input"), text, NULL, &fs, &err) &&
        tenant_load(&t, contract, json_root(doc), &fs, &err) &&
        sim_assign_read(&f, &a, t, 0, &err)) {
        struct assign_proof *p = sim_assign_prove(&a, f);
        struct buf out;
        buf_init(&out, &a);
        compare(&a, p);
        sim_assign_findings(&fs, p);
        sim_assign_text(&out, p);
        sim_assign_csv(&out, p);
        buf_clear(&out);
        sim_assign_json(&out, p, &fs);
        must(json_parse(&doc, &a, STR("report"), buf_str(&out), NULL, NULL, &err),
             "the report is JSON");
        simulate(&a, p);
    }
    tenant_free(t);
    arena_done(&a);
    return 0;
}
