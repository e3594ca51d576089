/* Each reason and each finding of the assignment layer, in the built-in tenants where one shows it. */
#include "unit.h"

#include "model/model.h"
#include "sim/sim.h"

static struct arena arena;

struct loaded {
    struct contract *contract;
    struct assign_floor *floor;
};

static void setup(void)
{
    arena_init(&arena, 0, 0);
}

static void teardown(void)
{
    arena_done(&arena);
}

/* `policy` NULL: none; `at` NULL: the tenant's own time. */
static struct loaded load(const char *profile, const char *policy, const char *choice,
                          const char *at)
{
    struct loaded out = {0};
    struct policy_choice chosen = {str_of(policy), str_of(choice)};
    struct tenant *t = NULL;
    struct findings fs;
    struct err err = {0};
    int64_t now = 0;
    findings_init(&fs, &arena);
    ck_assert_msg(contract_open(&out.contract, profile, &chosen, policy ? 1 : 0, &fs, &err), "%s",
                  err.msg);
    ck_assert_msg(tenant_open(&t, out.contract, "acme", &fs, &err), "%s", err.msg);
    now = tenant_at_us(t);
    ck_assert(!at || date_parse(&now, str_of(at)));
    ck_assert_msg(sim_assign_read(&out.floor, &arena, t, now, &err), "%s", err.msg);
    tenant_free(t);
    return out;
}

static size_t place(const struct assign_thing *first, size_t size, size_t n, const char *name)
{
    size_t i = 0;
    const char *at = (const char *)first;
    while (i < n && !str_eq(((const struct assign_thing *)(const void *)(at + i * size))->name,
                            str_of(name))) {
        i++;
    }
    ck_assert_msg(i < n, "there is no %s", name);
    return i;
}

static size_t channel(const struct assign_floor *f, const char *name)
{
    size_t i = 0;
    while (i < f->n_channels && !str_eq(f->channels[i], str_of(name))) {
        i++;
    }
    ck_assert_msg(i < f->n_channels, "there is no %s", name);
    return i;
}

static const struct reason_row {
    const char *profile, *policy, *choice, *at, *agent, *queue, *channel, *code, *want;
} reasons[] = {
#define ANY "any channel"
    {"genesys-cloud", NULL, NULL, NULL, "Chiara Dahl", "Sales", ANY, "Sale closed", ""},
    {"genesys-cloud", NULL, NULL, NULL, "Ada Berg", "Sales", ANY, "Sale closed",
     "queue-not-joined"},
    {"genesys-cloud", NULL, NULL, NULL, "Elif Faber", "Support", ANY, "Sale closed",
     "membership-inactive code-not-on-queue"},
    {"genesys-cloud", NULL, NULL, NULL, "Former Agent", "Sales", ANY, "Sale closed",
     "agent-inactive queue-not-joined"},
    {"cxone", NULL, NULL, NULL, "cem@acme.example", "Service Voice", "Phone Call", "Resolved",
     "permission-missing"},
    {"cxone", NULL, NULL, NULL, "ada@acme.example", "Service Voice", "Email", "Resolved",
     "channel-not-of-queue"},
    {"cxone", NULL, NULL, NULL, "ivo@acme.example", "Service Voice", "Phone Call", "Resolved",
     "agent-inactive membership-inactive"},
    {"genesys-lifecycle", NULL, NULL, NULL, "Chiara Dahl", "Web chat", "chat", "Resolved",
     "queue-skill-missing"},
    {"genesys-lifecycle", NULL, NULL, NULL, "Chiara Dahl", "Support", "voice", "Complaint",
     "code-skill-missing"},
    {"genesys-lifecycle", NULL, NULL, NULL, "David Eriksen", "Support", "social", "Complaint",
     "channel-not-of-queue"},
    {"genesys-cloud", NULL, NULL, NULL, "Chiara Dahl", "Sales", ANY, "Contract cancelled",
     "code-not-on-queue code-of-another-division-than-queue"},
    {"genesys-cloud", "code-division", "agent", NULL, "Chiara Dahl", "Sales", ANY,
     "Contract cancelled", "code-not-on-queue code-of-another-division-than-agent"},
    {"genesys-cloud", "code-division", "none", NULL, "Chiara Dahl", "Sales", ANY,
     "Contract cancelled", "code-not-on-queue"},
    {"genesys-enforcement", NULL, NULL, NULL, "any agent", "Collections", ANY, "No answer",
     "queue-inactive"},
    {"genesys-definitions", NULL, NULL, NULL, "any agent", "any queue", ANY, "Known outage",
     "code-inactive"},
    {"genesys-provisioning", NULL, NULL, "2020-01-01T00:00:00Z", "any agent", "Sales", ANY,
     "Sale closed", "code-not-valid-yet"},
};

START_TEST(a_reason_is_shown)
{
    const struct reason_row *r = &reasons[_i];
    struct loaded l = load(r->profile, r->policy, r->choice, r->at);
    const struct assign_floor *f = l.floor;
    struct buf got;
    buf_init(&got, &arena);
    size_t a = place(&f->agents->is, sizeof *f->agents, f->n_agents, r->agent);
    size_t q = place(&f->queues->is, sizeof *f->queues, f->n_queues, r->queue);
    size_t c = place(&f->codes->is, sizeof *f->codes, f->n_codes, r->code);
    size_t x = channel(f, r->channel);
    uint32_t why = sim_assign_why(f, a, q, x, c);
    for (size_t i = 0; i < ASSIGN_REASON_COUNT; i++) {
        struct buf says;
        buf_init(&says, &arena);
        if (why >> i & 1) {
            buf_put(&got, got.len ? STR(" ") : STR(""));
            buf_put(&got, sim_assign_reason_name((enum assign_reason)i));
        }
        sim_assign_reason_put(&says, f, (enum assign_reason)i, a, q, x, c);
        ck_assert_uint_gt(says.len, 0);
    }
    ck_assert_msg(str_eq(buf_str(&got), str_of(r->want)), "%s on %s with %s: got \"%s\"", r->agent,
                  r->queue, r->code, buf_cstr(&got));
    contract_free(l.contract);
}
END_TEST

static const struct finding_row {
    const char *profile, *rule, *about, *pointer;
} findings[] = {
    {"genesys-cloud", "D504", "Test - do not use", "/resources/wrapupCode/"},
    {"genesys-cloud", "F101", "Contract saved", "/resources/wrapupCode/"},
    {"genesys-cloud", "F107", "French", "/resources/skill/"},
    {"genesys-cloud", "P602", "Support", "/resources/queue/1"},
    {"cxone", "F103", "Service Voice", "/resources/skill/0"},
    {"cxone", "F105", "Service Voice", "/resources/skill/0"},
    {"cxone", "F108", "cem@acme.example", "/resources/agent/2"},
    {"genesys-enforcement", "P601", "Support", "/resources/queue/1"},
    {"genesys-lifecycle", "F102", "Web chat", "/resources/queue/2"},
    {"genesys-lifecycle", "P603", "Social desk", "/resources/queue/3"},
    {"genesys-lifecycle", "F107", "social", ""},
};

START_TEST(a_finding_is_shown)
{
    const struct finding_row *r = &findings[_i];
    struct loaded l = load(r->profile, NULL, NULL, NULL);
    struct assign_proof *p = sim_assign_prove(&arena, l.floor);
    struct findings fs;
    bool is_there = false;
    findings_init(&fs, &arena);
    sim_assign_findings(&fs, p);
    for (size_t i = 0; i < fs.len; i++) {
        is_there =
            is_there || (str_eq(fs.at[i].rule, str_of(r->rule)) &&
                         str_find(fs.at[i].message, str_of(r->about)) < fs.at[i].message.len &&
                         str_starts(fs.at[i].pointer, str_of(r->pointer)));
    }
    ck_assert_msg(is_there, "%s has no %s about %s", r->profile, r->rule, r->about);
    contract_free(l.contract);
}
END_TEST

/* A tenant against itself changes nothing; reports are whole. */
START_TEST(nothing_changes_by_itself)
{
    struct loaded l = load("genesys-lifecycle", NULL, NULL, NULL);
    struct assign_proof *p = sim_assign_prove(&arena, l.floor);
    struct assign_proof *again = sim_assign_prove(&arena, l.floor);
    const struct json_doc *doc = NULL;
    struct err err = {0};
    struct buf text;
    buf_init(&text, &arena);
    struct assign_delta delta = sim_assign_diff(&text, p, again, ASSIGN_DELTA_TEXT, NULL);
    ck_assert_uint_eq(delta.gained, 0);
    ck_assert_uint_eq(delta.lost, 0);
    buf_clear(&text);
    sim_assign_html(&text, p, NULL);
    ck_assert(str_find(buf_str(&text), STR("Chiara Dahl")) < text.len);
    ck_assert(str_find(buf_str(&text), STR("http")) == text.len);
    buf_clear(&text);
    sim_assign_json(&text, p, NULL);
    ck_assert_msg(json_parse(&doc, &arena, STR("report"), buf_str(&text), NULL, NULL, &err), "%s",
                  err.msg);
    ck_assert_int_eq(json_i64_or(json_path(json_root(doc), STR("summary.usable")), -1), 46);
    contract_free(l.contract);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("assign_find");
    TCase *tc = tcase_create("assign_find");
    tcase_set_timeout(tc, 60);
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_loop_test(tc, a_reason_is_shown, 0, (int)(sizeof reasons / sizeof *reasons));
    tcase_add_loop_test(tc, a_finding_is_shown, 0, (int)(sizeof findings / sizeof *findings));
    tcase_add_test(tc, nothing_changes_by_itself);
    suite_add_tcase(suite, tc);
    return unit_run(suite);
}
