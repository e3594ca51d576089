/* Fuzz target: a tenant of dialect 4 through the assignment layer. Whatever loads can be proved,
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
    }
    tenant_free(t);
    arena_done(&a);
    return 0;
}
