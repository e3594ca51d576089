/* The matrix against a naive twin: random tenants, whose answers are worked out from plain tables,
 * one combination after the other, without bits. */
#include "unit.h"

#include "model/model.h"
#include "sim/sim.h"

enum { AGENTS = 12, QUEUES = 7, CODES = 70, SKILLS = 5, CHANNELS = 4, SEEDS = 25 };

static const char *const channel_names[CHANNELS] = {"voice", "chat", "social", "email"};

/* What the twin knows. */
struct plain {
    bool is_active[AGENTS], serves[AGENTS][QUEUES], holds[AGENTS][SKILLS];
    bool takes[QUEUES][CHANNELS], wants[QUEUES][SKILLS], has[QUEUES][CODES];
    bool needs[CODES][SKILLS];
};

static struct contract *contract;
static struct arena arena;

static void setup(void)
{
    struct findings fs;
    struct err err = {0};
    arena_init(&arena, 0, 0);
    findings_init(&fs, &arena);
    ck_assert_msg(contract_open(&contract, "genesys-lifecycle", NULL, 0, &fs, &err), "%s", err.msg);
}

static void teardown(void)
{
    contract_free(contract);
    arena_done(&arena);
}

static void make_up(struct plain *p, struct rng *rng)
{
    *p = (struct plain){0};
    for (size_t a = 0; a < AGENTS; a++) {
        p->is_active[a] = rng_below(rng, 6) > 0;
        for (size_t q = 0; q < QUEUES; q++) {
            p->serves[a][q] = rng_below(rng, 2);
        }
        for (size_t s = 0; s < SKILLS; s++) {
            p->holds[a][s] = rng_below(rng, 3) > 0;
        }
    }
    for (size_t q = 0; q < QUEUES; q++) {
        bool takes_any = false;
        for (size_t x = 0; x < CHANNELS; x++) {
            p->takes[q][x] = rng_below(rng, 2);
            takes_any = takes_any || p->takes[q][x];
        }
        for (size_t s = 0; s < SKILLS; s++) {
            p->wants[q][s] = rng_below(rng, 5) == 0;
        }
        for (size_t c = 0; takes_any && c < CODES; c++) {
            p->has[q][c] = rng_below(rng, 3) == 0;
        }
    }
    for (size_t c = 0; c < CODES; c++) {
        for (size_t s = 0; s < SKILLS; s++) {
            p->needs[c][s] = rng_below(rng, 8) == 0;
        }
    }
}

/* `"PREFIX0", "PREFIX2"`: of those that are set; `open` and `close` around each. */
static void put_set(struct buf *out, const bool *set, size_t n, const char *open, const char *close)
{
    bool is_first = true;
    for (size_t i = 0; i < n; i++) {
        if (set[i]) {
            buf_printf(out, "%s%s%zu%s", is_first ? "" : ",", open, i, close);
            is_first = false;
        }
    }
}

static void put_queues(struct buf *out, const struct plain *p)
{
    for (size_t q = 0; q < QUEUES; q++) {
        bool is_first = true;
        buf_printf(out, "%s{\"id\":\"q%zu\",\"name\":\"queue %zu\",\"interactionTypes\":[",
                   q ? "," : "", q, q);
        for (size_t x = 0; x < CHANNELS; x++) {
            if (p->takes[q][x]) {
                buf_printf(out, "%s\"%s\"", is_first ? "" : ",", channel_names[x]);
                is_first = false;
            }
        }
        buf_put(out, STR("],\"skillRequirements\":["));
        put_set(out, p->wants[q], SKILLS, "\"s", "\"");
        buf_put(out, STR("],\"wrapupCodes\":["));
        put_set(out, p->has[q], CODES, "{\"id\":\"c", "\"}");
        buf_put(out, STR("]}"));
    }
}

static void put_codes(struct buf *out, const struct plain *p)
{
    for (size_t c = 0; c < CODES; c++) {
        bool on[QUEUES];
        for (size_t q = 0; q < QUEUES; q++) {
            on[q] = p->has[q][c];
        }
        buf_printf(out,
                   "%s{\"id\":\"c%zu\",\"name\":\"code %zu\",\"wrapupCode\":\"C%zu\","
                   "\"routingQueueIds\":[",
                   c ? "," : "", c, c, c);
        put_set(out, on, QUEUES, "\"q", "\"");
        buf_put(out, STR("]}"));
    }
}

static void put_tenant(struct buf *out, const struct plain *p)
{
    bool is_first = true;
    buf_put(out, STR("{\"format\":1,\"profile\":\"genesys-lifecycle\",\"name\":\"twin\",\"seed\":1,"
                     "\"clients\":[],\"resources\":{\"queue\":["));
    put_queues(out, p);
    buf_put(out, STR("],\"wrapupCode\":["));
    put_codes(out, p);
    buf_put(out, STR("],\"agent\":["));
    for (size_t a = 0; a < AGENTS; a++) {
        buf_printf(out, "%s{\"id\":\"a%zu\",\"name\":\"agent %zu\",\"isActive\":%s,\"queueIds\":[",
                   a ? "," : "", a, a, p->is_active[a] ? "true" : "false");
        put_set(out, p->serves[a], QUEUES, "\"q", "\"");
        buf_put(out, STR("],\"skills\":["));
        put_set(out, p->holds[a], SKILLS, "\"s", "\"");
        buf_put(out, STR("]}"));
    }
    buf_put(out, STR("],\"codeSkill\":["));
    for (size_t c = 0; c < CODES; c++) {
        for (size_t s = 0; s < SKILLS; s++) {
            if (p->needs[c][s]) {
                buf_printf(out, "%s{\"codeId\":\"c%zu\",\"skill\":\"s%zu\"}", is_first ? "" : ",",
                           c, s);
                is_first = false;
            }
        }
    }
    buf_put(out, STR("]}}"));
}

static struct assign_floor *read(struct str text)
{
    const struct json_doc *doc = NULL;
    struct tenant *t = NULL;
    struct assign_floor *f = NULL;
    struct findings fs;
    struct err err = {0};
    findings_init(&fs, &arena);
    ck_assert_msg(json_parse(&doc, &arena, STR("twin"), text, NULL, &fs, &err), "%s", err.msg);
    ck_assert_msg(tenant_load(&t, contract, json_root(doc), &fs, &err), "%s", err.msg);
    ck_assert_msg(sim_assign_read(&f, &arena, t, 0, &err), "%s", err.msg);
    tenant_free(t);
    return f;
}

/* One combination, by the rules as dialect 4 tells them. */
static uint32_t twin(const struct plain *p, size_t a, size_t q, size_t x, size_t c)
{
    uint32_t why = 0;
    why |= p->is_active[a] ? 0 : 1U << ASSIGN_AGENT_OFF;
    why |= p->serves[a][q] ? 0 : 1U << ASSIGN_NOT_MEMBER;
    why |= p->takes[q][x] ? 0 : 1U << ASSIGN_QUEUE_CHANNEL;
    why |= p->has[q][c] ? 0 : 1U << ASSIGN_NOT_ASSIGNED;
    for (size_t s = 0; s < SKILLS; s++) {
        why |= p->wants[q][s] && !p->holds[a][s] ? 1U << ASSIGN_QUEUE_SKILL : 0;
        why |= p->needs[c][s] && !p->holds[a][s] ? 1U << ASSIGN_CODE_SKILL : 0;
    }
    return why;
}

START_TEST(as_the_twin)
{
    struct plain p;
    struct rng rng;
    struct buf text;
    uint64_t n = 0;
    rng_init(&rng, (uint64_t)_i);
    buf_init(&text, &arena);
    make_up(&p, &rng);
    put_tenant(&text, &p);
    struct assign_floor *f = read(buf_str(&text));
    struct assign_proof *proof = sim_assign_prove(&arena, f);
    uint64_t *row = ARENA_ARRAY(&arena, f->code_words, uint64_t);
    for (size_t a = 0; a < AGENTS; a++) {
        for (size_t q = 0; q < QUEUES; q++) {
            bool any[CODES] = {false};
            uint32_t usable = 0;
            for (size_t x = 0; x < CHANNELS; x++) {
                sim_assign_row(row, proof, a, q, x);
                for (size_t c = 0; c < CODES; c++) {
                    uint32_t want = twin(&p, a, q, x, c), got = sim_assign_why(f, a, q, x, c);
                    ck_assert_msg(got == want,
                                  "seed %d: agent %zu, queue %zu, %s, code %zu: %#x, "
                                  "twin %#x",
                                  _i, a, q, channel_names[x], c, got, want);
                    ck_assert(assign_bit(row, c) == (want == 0));
                    any[c] = any[c] || want == 0;
                    n += want == 0;
                }
            }
            for (size_t c = 0; c < CODES; c++) {
                usable += any[c];
                ck_assert(!any[c] || assign_bit(proof->used + q * f->code_words, c));
            }
            ck_assert_uint_eq(proof->usable[a * QUEUES + q], usable);
        }
    }
    ck_assert_uint_eq(proof->n_usable, n);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("assign_twin");
    TCase *tc = tcase_create("assign_twin");
    tcase_set_timeout(tc, 60);
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_loop_test(tc, as_the_twin, 0, SEEDS);
    suite_add_tcase(suite, tc);
    return unit_run(suite);
}
