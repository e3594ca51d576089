/* The table of rules: its order, and its examples, which are run. */
#include "check_unit.h"

START_TEST(in_order_and_whole)
{
    const struct rule *before = NULL, *r = NULL;
    for (size_t i = 0; (r = rule_at(i)) != NULL; i++) {
        ck_assert_uint_eq(r->id.len, 4);
        ck_assert(!before || str_cmp(before->id, r->id) < 0);
        ck_assert(r->title.len && r->why.len && r->how.len);
        ck_assert_msg(!r->bad.len == !r->good.len, "%.*s", STR_ARG(r->id));
        ck_assert(rule_family(r->id).len > 0);
        ck_assert_ptr_eq(rule_find(r->id), r);
        before = r;
    }
    ck_assert_ptr_null(rule_find(STR("S999")));
    ck_assert_ptr_nonnull(rule_find(STR("s104")));
}
END_TEST

/* The bad example has a finding of just this rule, the good one has none. */
START_TEST(examples)
{
    const struct rule *r = rule_at((size_t)_i);
    struct checked c;
    if (!r || !r->bad.len) {
        return;
    }
    checked_open(&c, "genesys-cloud");
    (void)checked_text(&c, r->bad);
    ck_assert_msg(c.fs.len >= 1, "%.*s: nothing was found", STR_ARG(r->id));
    for (size_t i = 0; i < c.fs.len; i++) {
        ck_assert_msg(str_eq(c.fs.at[i].rule, r->id), "%.*s: %.*s %.*s", STR_ARG(r->id),
                      STR_ARG(c.fs.at[i].rule), STR_ARG(c.fs.at[i].message));
    }
    checked_close(&c);
    checked_open(&c, "genesys-cloud");
    (void)checked_text(&c, r->good);
    ck_assert_msg(c.fs.len == 0, "%.*s: %.*s", STR_ARG(r->id),
                  STR_ARG(c.fs.len ? c.fs.at[0].message : STR("")));
    checked_close(&c);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("rules");
    TCase *t = tcase_create("all");
    int n = 0;
    while (rule_at((size_t)n)) {
        n++;
    }
    tcase_add_test(t, in_order_and_whole);
    tcase_add_loop_test(t, examples, 0, n);
    suite_add_tcase(suite, t);
    return unit_run(suite);
}
