/* The planner: orders that work, what is so already, moves, what breaks, what the steps come to. Every plan
 * that is made is read back and carried out on a second tenant, which then is as the first. */
#include "check_unit.h"
#include "sim/sim.h"

#include <stdio.h>

struct drafted {
    struct checked c; /* its check is the draft's */
    struct draft draft;
    struct str text; /* the report */
};

static void find_traps(struct arena *a, const struct tenant *t, struct findings *fs)
{
    struct assign_floor *floor = NULL;
    struct err err = {0};
    if (sim_assign_read(&floor, a, t, tenant_at_us(t), &err)) {
        sim_assign_findings(fs, sim_assign_prove(a, floor));
    }
}

static void begin(struct drafted *d, const char *profile)
{
    checked_open(&d->c, profile);
    d->draft = (struct draft){.check = d->c.check, .traps = find_traps};
    draft_begin(&d->draft);
}

static struct json parsed(struct drafted *d, const char *name, const char *text)
{
    const struct json_doc *doc = NULL;
    struct err err = {0};
    ck_assert_msg(json_parse(&doc, &d->c.arena, str_of(name), str_of(text), NULL, NULL, &err), "%s",
                  err.msg);
    return json_root(doc);
}

static void add(struct drafted *d, const char *text, enum document_kind kind)
{
    draft_add(&d->draft, parsed(d, "t.json", text), kind);
}

static void finish(struct drafted *d)
{
    struct buf out;
    const struct draft_look look = {.version = STR("test")};
    buf_init(&out, &d->c.arena);
    draft_run(&d->draft);
    draft_text(&out, &d->draft, &look);
    d->text = buf_str(&out);
}

static void end(struct drafted *d)
{
    draft_end(&d->draft);
    checked_close(&d->c);
}

static bool has(struct str text, const char *part)
{
    return str_find(text, str_of(part)) < text.len;
}

/* Where a line of the report begins. */
static size_t place(const struct drafted *d, const char *part)
{
    size_t at = str_find(d->text, str_of(part));
    ck_assert_msg(at < d->text.len, "no \"%s\" in\n%.*s", part, STR_ARG(d->text));
    return at;
}

/* What the tenant writes of its own accord, with the time at which it does. */
static bool is_record(const struct contract *c, const struct resource *r)
{
    bool is_one = false;
    for (size_t i = 0; i < c->n_resources; i++) {
        const struct resource *of = &c->resources[i];
        is_one = is_one || (of->audit.op && of->audit.op->resource == r);
        for (size_t k = 0; k < of->n_events; k++) {
            is_one = is_one || of->events[k].record == r;
        }
    }
    return is_one;
}

/* Carries the plan out on a fresh tenant: every step is taken. Gives the differences to the draft's. */
static size_t carry_out(struct drafted *d)
{
    struct checked other;
    struct plan made, plan;
    struct buf text;
    struct err err = {0};
    struct map ids = {0};
    const struct tenant_difference *at = NULL;
    struct str profile = d->c.contract->name;
    checked_open(&other, str_cstr(&d->c.arena, profile));
    buf_init(&text, &d->c.arena);
    draft_plan(&d->draft, &made);
    plan_write(&text, &made);
    ck_assert_msg(plan_read(&plan, &d->c.arena, d->c.contract, STR("plan"), buf_str(&text), &err),
                  "%s\n%s", err.msg, buf_cstr(&text));
    for (size_t i = 0; i < plan.n_expects; i++) {
        const struct plan_expect *e = &plan.expects[i];
        const struct operation *op = plan_expect_operation(d->c.contract, e->resource);
        struct tenant_answer answer;
        const struct json_doc *doc = NULL;
        if (!op) {
            continue;
        }
        const struct tenant_question q = {.method = op->method,
                                          .path = plan_expect_path(&d->c.arena, op, e->id)};
        trial_ask(other.trial, &d->c.arena, &q, &answer, &other.fs);
        ck_assert_int_eq(answer.status, 200);
        ck_assert(json_parse(&doc, &d->c.arena, STR(""), answer.text, NULL, NULL, NULL));
        ck_assert(str_eq(e->fingerprint, plan_fingerprint(&d->c.arena, d->c.contract, e->resource,
                                                          json_root(doc))));
    }
    for (size_t i = 0; i < plan.n_steps; i++) {
        const struct plan_step *s = &plan.steps[i];
        struct tenant_answer answer;
        const struct tenant_question q = {.method = s->op->method,
                                          .path = plan_step_path(&d->c.arena, s, &ids),
                                          .body = plan_step_body(&d->c.arena, s, &ids)};
        trial_ask(other.trial, &d->c.arena, &q, &answer, &other.fs);
        ck_assert_msg(answer.status < 300, "step %zu: %d %.*s", i, answer.status,
                      STR_ARG(answer.text));
        if (s->makes.len) {
            struct str *id = ARENA_NEW(&d->c.arena, struct str);
            *id = plan_step_id(&d->c.arena, s, answer.text);
            ck_assert(id->len > 0);
            (void)map_put(&ids, s->makes, id);
        }
    }
    map_done(&ids);
    size_t n =
        tenants_diff(&at, &d->c.arena, trial_tenant(d->c.trial), trial_tenant(other.trial), false);
    size_t n_real = 0;
    for (size_t i = 0; i < n; i++) {
        n_real += !is_record(d->c.contract, at[i].resource);
    }
    checked_close(&other);
    return n_real;
}

#define SALE "e701529e-1696-404e-bf4d-cf07b20ed1b3" /* "Sale closed" in acme */
#define HEAD "{\"format\":1,\"profile\":\"genesys-cloud\",\"changes\":["

START_TEST(the_order_is_one_that_works)
{
    static const char text[] =
        HEAD "{\"delete\":\"wrapupCode\",\"id\":\"" SALE "\"},"
             "{\"call\":\"postRoutingQueueWrapupcodes\",\"path\":{\"queueId\":\"@q\"},"
             "\"body\":[{\"id\":\"@c\"}]},"
             "{\"create\":\"queue\",\"as\":\"q\",\"body\":{\"name\":\"Later\"}},"
             "{\"create\":\"wrapupCode\",\"as\":\"c\",\"body\":{\"name\":\"Sale closed\"}}]}";
    struct drafted d;
    begin(&d, "genesys-cloud");
    add(&d, text, DOCUMENT_CHANGES);
    finish(&d);
    ck_assert_uint_eq(d.draft.n_refused, 0);
    size_t gone = place(&d, "- wrapup code \"Sale closed\"");
    size_t made = place(&d, "+ wrapup code \"Sale closed\"");
    size_t link = place(&d, "> wrapup code \"Sale closed\" on queue \"Later\"");
    ck_assert_uint_lt(gone, made); /* the name is free only then */
    ck_assert_uint_lt(made, link);
    ck_assert_uint_lt(place(&d, "+ queue \"Later\""), link);
    ck_assert_uint_eq(carry_out(&d), 0);
    end(&d);
}
END_TEST

START_TEST(what_cannot_be_ordered_is_said)
{
    /* the code that takes the name is needed by what has to come before the delete */
    struct drafted d;
    begin(&d, "genesys-cloud");
    add(&d,
        HEAD "{\"delete\":\"wrapupCode\",\"id\":\"" SALE "\"},"
             "{\"create\":\"wrapupCode\",\"as\":\"c\",\"body\":{\"name\":\"Sale closed\"}},"
             "{\"update\":\"wrapupCodeMapping\",\"id\":\"6f1c7d52-0c7b-4a0e-9b35-2d0a9c1f4e6b\","
             "\"set\":{\"name\":\"@c\"}}]}",
        DOCUMENT_CHANGES);
    finish(&d);
    ck_assert(has(d.text, "error[D506]"));
    end(&d);
}
END_TEST

START_TEST(a_change_is_told_member_by_member_and_only_where_there_is_one)
{
    struct drafted d;
    begin(&d, "genesys-cloud");
    add(&d,
        HEAD
        "{\"update\":\"wrapupCode\",\"id\":\"" SALE "\",\"set\":{\"description\":\"D\"}},"
        "{\"update\":\"wrapupCode\",\"name\":\"Quote sent\",\"set\":{\"name\":\"Quote sent\"}}]}",
        DOCUMENT_CHANGES);
    finish(&d);
    ck_assert(has(d.text, "description: \"The customer bought\" → \"D\""));
    ck_assert(has(d.text, "= wrapup code \"Quote sent\": it is so already"));
    ck_assert_uint_eq(d.draft.n_steps, 1);
    ck_assert_uint_eq(d.draft.steps[0].plan.n_members, 1);
    ck_assert_uint_eq(carry_out(&d), 0);
    end(&d);
}
END_TEST

START_TEST(what_is_refused_is_told_with_its_answer)
{
    struct drafted d;
    begin(&d, "genesys-cloud");
    add(&d, HEAD "{\"create\":\"wrapupCode\",\"body\":{\"name\":\"Quote sent\"}}]}",
        DOCUMENT_CHANGES);
    finish(&d);
    ck_assert_uint_eq(d.draft.n_refused, 1);
    ck_assert(has(d.text, "! wrapup code \"Quote sent\"") && has(d.text, "refused, 4"));
    ck_assert_uint_eq(draft_count(&d.draft, PLAN_CREATE), 0);
    end(&d);
}
END_TEST

START_TEST(who_breaks_is_told_in_chains)
{
    struct drafted d;
    begin(&d, "genesys-cloud");
    add(&d, HEAD "{\"delete\":\"wrapupCode\",\"id\":\"" SALE "\"}]}", DOCUMENT_CHANGES);
    finish(&d);
    ck_assert(has(d.text, "D501: deleting wrapup code \"Sale closed\" touches"));
    ck_assert(has(d.text, "flow \"Follow up sales\" → uses.wrapupCodes[0].id   breaks"));
    ck_assert(has(d.text, "mapping." SALE "   shifts"));
    ck_assert(has(d.text, "through queue \"Sales\""));
    end(&d);
}
END_TEST

START_TEST(a_move_takes_every_user_along)
{
    struct drafted d;
    struct err err = {0};
    begin(&d, "genesys-cloud");
    add(&d, HEAD "{\"delete\":\"wrapupCode\",\"id\":\"" SALE "\"}]}", DOCUMENT_CHANGES);
    ck_assert(draft_replace(&d.draft, STR("Sale closed"), STR("Quote sent"), &err));
    finish(&d);
    ck_assert_uint_eq(d.draft.n_refused, 0);
    size_t gone = place(&d, "- wrapup code \"Sale closed\"");
    ck_assert_uint_lt(place(&d, "< wrapup code \"Sale closed\" on queue"), gone);
    ck_assert_uint_lt(place(&d, "~ wrapup code mapping"), gone);
    ck_assert(!has(d.text, "queue \"Sales\" → wrapup code of a queue   breaks"));
    ck_assert_uint_eq(d.draft.n_stays, 2); /* two flows, which the API does not change */
    ck_assert_uint_eq(carry_out(&d), 0);
    end(&d);
}
END_TEST

static const struct {
    const char *from, *to, *says;
} bad_moves[] = {{"Sale clozed", "Quote sent", "did you mean \"Sale closed\"?"},
                 {"Sale closed", "Nothing like it", "nothing in the tenant"},
                 {"Sale closed", "Sale closed", "both are the same"}};

START_TEST(a_move_from_or_to_nowhere_is_refused)
{
    struct drafted d;
    struct err err = {0};
    begin(&d, "genesys-cloud");
    ck_assert(!draft_replace(&d.draft, str_of(bad_moves[_i].from), str_of(bad_moves[_i].to), &err));
    ck_assert_msg(strstr(err.msg, bad_moves[_i].says) != NULL, "%s", err.msg);
    end(&d);
}
END_TEST

START_TEST(a_desired_state_is_reached)
{
    struct drafted d;
    begin(&d, "genesys-cloud");
    add(&d,
        "{\"profile\":\"genesys-cloud\",\"resources\":{\"wrapupCode\":["
        "{\"name\":\"Sale closed\",\"description\":\"D\"},{\"name\":\"Quote sent\"},"
        "{\"id\":\"new\",\"name\":\"Brand new\"}],\"queueWrapupCode\":["
        "{\"queueId\":\"19048ee9-f042-4e65-be91-7efc8727ad01\",\"codeId\":\"new\"},"
        "{\"queueId\":\"19048ee9-f042-4e65-be91-7efc8727ad01\",\"codeId\":\"" SALE "\"}]}}",
        DOCUMENT_TENANT);
    finish(&d);
    ck_assert_uint_eq(d.draft.n_refused, 0);
    ck_assert_uint_eq(draft_count(&d.draft, PLAN_CREATE), 1);
    ck_assert_uint_eq(draft_count(&d.draft, PLAN_CHANGE), 1);
    ck_assert_uint_eq(draft_count(&d.draft, PLAN_LINK), 1);
    ck_assert_uint_eq(d.draft.n_noops, 2);
    ck_assert_uint_eq(carry_out(&d), 0);
    end(&d);
}
END_TEST

START_TEST(pruning_leaves_what_is_named)
{
    struct drafted d;
    begin(&d, "genesys-cloud");
    d.draft.prunes = true;
    add(&d, "{\"resources\":{\"skill\":[{\"name\":\"Billing\"}]}}", DOCUMENT_TENANT);
    finish(&d);
    const struct resource *r = contract_resource(d.c.contract, STR("skill"));
    size_t before = tenant_count(trial_tenant(d.c.trial), r) + draft_count(&d.draft, PLAN_DELETE);
    ck_assert_uint_gt(before, 1);
    ck_assert_uint_eq(draft_count(&d.draft, PLAN_DELETE) + d.draft.n_refused, before - 1);
    end(&d);
}
END_TEST

START_TEST(a_trap_for_agents_is_told)
{
    struct drafted d;
    begin(&d, "genesys-cloud");
    add(&d,
        HEAD "{\"update\":\"queue\",\"name\":\"Billing\",\"set\":{\"name\":\"Billing\","
             "\"acwSettings\":{\"wrapupPrompt\":\"MANDATORY\"}}},"
             "{\"create\":\"queue\",\"body\":{\"name\":\"Empty\",\"acwSettings\":{\"wrapupPrompt\":"
             "\"MANDATORY\"}}}]}",
        DOCUMENT_CHANGES);
    finish(&d);
    ck_assert_msg(has(d.text, "[D508]: queue \"Empty\""), "%.*s", STR_ARG(d.text));
    end(&d);
}
END_TEST

static const char *const profiles[] = {"genesys-cloud",           "cxone",
                                       "genesys-provisioning",    "genesys-definitions",
                                       "genesys-lifecycle",       "genesys-enforcement",
                                       "cxone-interaction-config"};

START_TEST(every_rollout_plans_and_carries_out)
{
    struct drafted d;
    struct str text;
    struct err err = {0};
    char path[120];
    begin(&d, profiles[_i]);
    (void)snprintf(path, sizeof path, "fixtures/changesets/%s.rollout.json", profiles[_i]);
    ck_assert(file_read(&text, &d.c.arena, path, 1 << 20, &err));
    add(&d, str_cstr(&d.c.arena, text), DOCUMENT_CHANGES);
    finish(&d);
    ck_assert_msg(d.draft.n_refused == 0 && d.c.fs.errors == 0, "%.*s", STR_ARG(d.text));
    ck_assert_uint_gt(d.draft.n_steps, 0);
    ck_assert_uint_eq(carry_out(&d), 0);
    end(&d);
}
END_TEST

START_TEST(reports_are_whole)
{
    struct drafted d;
    struct buf one, two;
    const struct json_doc *doc = NULL;
    struct err err = {0};
    const struct draft_look look = {.version = STR("test")};
    begin(&d, "genesys-cloud");
    add(&d,
        HEAD "{\"delete\":\"wrapupCode\",\"id\":\"" SALE "\"},"
             "{\"create\":\"wrapupCode\",\"body\":{\"name\":\"<b>|x\\\"& *y*\"}}]}",
        DOCUMENT_CHANGES);
    finish(&d);
    buf_init(&one, &d.c.arena);
    buf_init(&two, &d.c.arena);
    draft_json(&one, &d.draft, &look);
    ck_assert_msg(json_parse(&doc, &d.c.arena, STR("r"), buf_str(&one), NULL, NULL, &err), "%s",
                  err.msg);
    ck_assert_uint_eq(json_count(json_get(json_root(doc), STR("steps"))), 2);
    ck_assert_uint_eq(json_count(json_get(json_root(doc), STR("breaks"))), 1);
    buf_clear(&one);
    draft_html(&one, &d.draft, &look);
    draft_html(&two, &d.draft, &look);
    ck_assert(str_eq(buf_str(&one), buf_str(&two)));
    ck_assert(has(buf_str(&one), "<svg ") && has(buf_str(&one), "&lt;b&gt;|x"));
    ck_assert(!has(buf_str(&one), "<b>") && !has(buf_str(&one), "<script"));
    buf_clear(&one);
    draft_markdown(&one, &d.draft, &look);
    ck_assert(!has(buf_str(&one), "<b>") && !has(buf_str(&one), "*y*"));
    end(&d);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("draft");
    TCase *cases = tcase_create("draft");
    tcase_set_timeout(cases, 60);
    tcase_add_test(cases, the_order_is_one_that_works);
    tcase_add_test(cases, what_cannot_be_ordered_is_said);
    tcase_add_test(cases, a_change_is_told_member_by_member_and_only_where_there_is_one);
    tcase_add_test(cases, what_is_refused_is_told_with_its_answer);
    tcase_add_test(cases, who_breaks_is_told_in_chains);
    tcase_add_test(cases, a_move_takes_every_user_along);
    tcase_add_loop_test(cases, a_move_from_or_to_nowhere_is_refused, 0,
                        sizeof bad_moves / sizeof *bad_moves);
    tcase_add_test(cases, a_desired_state_is_reached);
    tcase_add_test(cases, pruning_leaves_what_is_named);
    tcase_add_test(cases, a_trap_for_agents_is_told);
    tcase_add_loop_test(cases, every_rollout_plans_and_carries_out, 0,
                        sizeof profiles / sizeof *profiles);
    tcase_add_test(cases, reports_are_whole);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}
