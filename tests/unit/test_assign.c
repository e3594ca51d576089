/* Who can use which code: the built-in tenants, one answer after the other. */
#include "unit.h"

#include "sim/sim.h"

#include "model/model.h"

static struct arena arena;
static struct assign_floor *acme;
static struct contract *contract;

static void setup(void)
{
    struct contract *c = NULL;
    struct tenant *t = NULL;
    struct findings fs;
    struct err err = {0};
    arena_init(&arena, 0, 0);
    findings_init(&fs, &arena);
    ck_assert_msg(contract_open(&c, "genesys-cloud", NULL, 0, &fs, &err), "%s", err.msg);
    ck_assert_msg(tenant_open(&t, c, "acme", &fs, &err), "%s", err.msg);
    ck_assert_msg(sim_assign_read(&acme, &arena, t, tenant_at_us(t), &err), "%s", err.msg);
    tenant_free(t);
    contract = c;
}

static void teardown(void)
{
    contract_free(contract);
    arena_done(&arena);
}

#define FIND(table, count, wanted)                                                                 \
    size_t out = 0;                                                                                \
    while (out < (count) && !str_eq((table)[out].is.name, str_of(wanted))) {                       \
        out++;                                                                                     \
    }                                                                                              \
    ck_assert_msg(out < (count), "no %s", wanted);                                                 \
    return out

static size_t agent(const char *name)
{
    FIND(acme->agents, acme->n_agents, name);
}

static size_t queue(const char *name)
{
    FIND(acme->queues, acme->n_queues, name);
}

static size_t code(const char *name)
{
    FIND(acme->codes, acme->n_codes, name);
}

static const struct row {
    const char *agent, *queue, *code;
    uint32_t why;
} rows[] = {
    {"Chiara Dahl", "Sales", "Sale closed", 0},
    {"Ada Berg", "Sales", "Sale closed", 1U << ASSIGN_NOT_MEMBER},
    {"Elif Faber", "Support", "Sale closed", 1U << ASSIGN_MEMBER_OFF | 1U << ASSIGN_NOT_ASSIGNED},
    {"Former Agent", "Billing", "Sale closed",
     1U << ASSIGN_AGENT_OFF | 1U << ASSIGN_NOT_MEMBER | 1U << ASSIGN_NOT_ASSIGNED},
};

START_TEST(one_answer)
{
    const struct row *r = &rows[_i];
    uint32_t got = sim_assign_why(acme, agent(r->agent), queue(r->queue), 0, code(r->code));
    ck_assert_msg(got == r->why, "%s on %s with %s: %#x, want %#x", r->agent, r->queue, r->code,
                  got, r->why);
}
END_TEST

/* The rows of the proof say what each combination alone says. */
START_TEST(proof_agrees_with_answers)
{
    struct assign_proof *p = sim_assign_prove(&arena, acme);
    uint64_t *row = ARENA_ARRAY(&arena, acme->code_words, uint64_t);
    uint64_t n = 0;
    for (size_t a = 0; a < acme->n_agents; a++) {
        for (size_t q = 0; q < acme->n_queues; q++) {
            sim_assign_row(row, p, a, q, 0);
            for (size_t c = 0; c < acme->n_codes; c++) {
                bool may = sim_assign_why(acme, a, q, 0, c) == 0;
                bool says = acme->agents[a].is.reasons == 0 && assign_bit(row, c);
                ck_assert_msg(says == may, "agent %zu, queue %zu, code %zu", a, q, c);
                n += may;
            }
        }
    }
    ck_assert_uint_eq(n, p->n_usable);
    ck_assert_uint_gt(n, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("assign");
    TCase *tc = tcase_create("assign");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_loop_test(tc, one_answer, 0, (int)(sizeof rows / sizeof *rows));
    tcase_add_test(tc, proof_agrees_with_answers);
    suite_add_tcase(suite, tc);
    return unit_run(suite);
}
