/* The built-in tenants: acme is clean and comes back from its snapshot to the byte; broken is
 * refused for exactly the reasons that its entities tell. */
#include "tests/unit/unit.h"

#include "model/model.h"

static const struct {
    const char *profile;
    const char *rules; /* of the broken tenant's errors, in the order in which they are found */
} rows[] = {
    {"genesys-cloud", "U202 U202 U204 S101 S105 S104 S103 S107 S108 U204 R403 R403 R403"},
    {"genesys-definitions", "U202 S104 S101 S107 S101 S103 R403"},
    {"cxone-interaction-config", "U202 S108 S108 S101 U202 R401"},
    {"genesys-enforcement", "U202 S101 S103 S103 U204 R403 R402"},
    {"genesys-lifecycle", "U202 S108 S101 S108 S107 R402 R407 R403"},
    {"genesys-provisioning", "U202 S106 S101 R401 R402"},
};
enum { ROWS = sizeof rows / sizeof *rows };

struct opened {
    struct arena arena;
    struct findings findings;
    struct err err;
    struct contract *contract;
};

/* As contract_open, which takes the format of a built-in profile as checked: it is, here. */
static bool open_checked(struct opened *o, const char *profile, const struct policy_choice *choices,
                         size_t n)
{
    struct buf name;
    buf_init(&name, &o->arena);
    buf_printf(&name, "profiles/%s.json", profile);
    struct str text = builtin_find(buf_str(&name));
    ck_assert(text.s != NULL);
    return contract_load(&o->contract, buf_str(&name), text, choices, n, &o->findings, &o->err);
}

static void open_contract(struct opened *o, const char *profile)
{
    *o = (struct opened){0};
    arena_init(&o->arena, 0, 0);
    findings_init(&o->findings, &o->arena);
    ck_assert_msg(open_checked(o, profile, NULL, 0), "%s", o->err.msg);
}

static void close_contract(struct opened *o)
{
    contract_free(o->contract);
    arena_done(&o->arena);
}

START_TEST(acme_is_clean_and_comes_back_to_the_byte)
{
    struct opened o;
    struct tenant *t = NULL, *again = NULL;
    struct buf first = {0}, second = {0};
    const struct json_doc *doc = NULL;
    open_contract(&o, rows[_i].profile);
    ck_assert_msg(tenant_open(&t, o.contract, "acme", &o.findings, &o.err), "%s", o.err.msg);
    ck_assert_uint_eq(o.findings.len, 0);
    tenant_snapshot(&first, t);
    ck_assert(
        json_parse(&doc, &o.arena, STR("snapshot"), buf_str(&first), NULL, &o.findings, &o.err));
    ck_assert_msg(tenant_load(&again, o.contract, json_root(doc), &o.findings, &o.err), "%s",
                  o.err.msg);
    tenant_snapshot(&second, again);
    ck_assert(str_eq(buf_str(&first), buf_str(&second)));
    buf_done(&first);
    buf_done(&second);
    tenant_free(t);
    tenant_free(again);
    close_contract(&o);
}
END_TEST

START_TEST(broken_is_refused_for_its_reasons)
{
    struct opened o;
    struct tenant *t = NULL;
    struct buf rules = {0};
    open_contract(&o, rows[_i].profile);
    ck_assert(!tenant_open(&t, o.contract, "broken", &o.findings, &o.err));
    for (size_t i = 0; i < o.findings.len; i++) {
        const struct finding *f = &o.findings.at[i];
        if (f->severity == SEVERITY_ERROR) {
            ck_assert(f->line > 0 && f->message.len > 0);
            buf_put(&rules, rules.len ? STR(" ") : STR(""));
            buf_put(&rules, f->rule);
        }
    }
    ck_assert_str_eq(buf_cstr(&rules), rows[_i].rules);
    buf_done(&rules);
    close_contract(&o);
}
END_TEST

/* Every choice of every policy makes a contract that its acme tenant meets. */
START_TEST(every_choice_of_a_policy_is_served)
{
    struct opened first;
    size_t n_choices = 0;
    open_contract(&first, rows[_i].profile);
    for (size_t p = 0; p < first.contract->n_policies; p++) {
        const struct policy *policy = &first.contract->policies[p];
        bool is_default_known = false;
        for (size_t k = 0; k < policy->n; k++) {
            struct policy_choice choice = {policy->name, policy->choices[k]};
            struct opened o = {0};
            struct tenant *t = NULL;
            arena_init(&o.arena, 0, 0);
            findings_init(&o.findings, &o.arena);
            ck_assert_msg(
                open_checked(&o, rows[_i].profile, &choice, 1) &&
                    tenant_open(&t, o.contract, "acme", &o.findings, &o.err),
                "%.*s=%.*s: %s", STR_ARG(choice.name), STR_ARG(choice.value), o.err.msg);
            ck_assert_uint_eq(o.findings.len, 0);
            ck_assert(str_eq(o.contract->policies[p].value, choice.value));
            is_default_known |= str_eq(policy->value, choice.value);
            n_choices++;
            tenant_free(t);
            close_contract(&o);
        }
        ck_assert(is_default_known && policy->about.len > 0 && policy->source.len > 0);
    }
    ck_assert_uint_ge(n_choices, 2);
    close_contract(&first);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("builtin");
    TCase *tcase = tcase_create("builtin");
    tcase_set_timeout(tcase, 120); /* every choice of every policy is loaded, also under sanitizers */
    tcase_add_loop_test(tcase, acme_is_clean_and_comes_back_to_the_byte, 0, ROWS);
    tcase_add_loop_test(tcase, every_choice_of_a_policy_is_served, 0, ROWS);
    tcase_add_loop_test(tcase, broken_is_refused_for_its_reasons, 0, ROWS);
    suite_add_tcase(suite, tcase);
    return unit_run(suite);
}
