/* The list of findings: order, bound, counts. */
#include "base/base.h"

#include "tests/unit/unit.h"

static struct arena arena;
static struct findings found;

static void setup(void)
{
    arena_init(&arena, 0, 0);
    findings_init(&found, &arena);
}

static void teardown(void)
{
    arena_done(&arena);
}

START_TEST(test_add)
{
    struct finding f = {.rule = STR("S101"), .severity = SEVERITY_ERROR};
    f.message = findings_text(&found, "%s is %d", "this", 7);
    struct finding *kept = findings_add(&found, &f);
    ck_assert_ptr_eq(kept, found.at);
    ck_assert(str_eq(kept->message, STR("this is 7")));
    f.severity = SEVERITY_WARNING;
    ck_assert_ptr_nonnull(findings_add(&found, &f));
    f.severity = SEVERITY_NOTE;
    ck_assert_ptr_nonnull(findings_add(&found, &f));
    ck_assert_uint_eq(found.len, 3);
    ck_assert_uint_eq(found.errors, 1);
    ck_assert_uint_eq(found.dropped, 0);
}
END_TEST

/* Errors that are only counted count. */
START_TEST(test_bound)
{
    static const size_t bounds[] = {0, 1, 5, 64, 3000};
    found.max = bounds[_i];
    size_t max = bounds[_i] > 0 ? bounds[_i] : FINDINGS_MAX;
    for (size_t i = 0; i < 4000; i++) {
        struct finding f = {.rule = STR("S101"),
                            .severity = i % 2 ? SEVERITY_ERROR : SEVERITY_NOTE,
                            .span = {.from = i, .to = i}};
        ck_assert((findings_add(&found, &f) != NULL) == (i < max));
    }
    ck_assert_uint_eq(found.len, max);
    ck_assert_uint_eq(found.dropped, 4000 - max);
    ck_assert_uint_eq(found.errors, 2000);
    for (size_t i = 0; i < max; i++) {
        ck_assert_uint_eq(found.at[i].span.from, i);
    }
}
END_TEST

START_TEST(test_sort)
{
    static const struct finding wanted[] = {
        {.file = STR_INIT("a"), .span = {1, 2}, .rule = STR_INIT("S103")},
        {.file = STR_INIT("a"), .span = {1, 1}, .rule = STR_INIT("S104")},
        {.file = STR_INIT("a"), .span = {10, 11}, .rule = STR_INIT("J003")},
        {.file = STR_INIT("a"), .span = {10, 12}, .rule = STR_INIT("J003")},
        {.file = STR_INIT("a"),
         .span = {10, 12},
         .rule = STR_INIT("J003"),
         .pointer = STR_INIT("/1")},
        {.file = STR_INIT("ab"), .span = {0, 0}, .rule = STR_INIT("A001")},
        {.file = STR_INIT("b"), .span = {0, 0}, .rule = STR_INIT("A001"), .message = STR_INIT("1")},
        {.file = STR_INIT("b"), .span = {0, 0}, .rule = STR_INIT("A001"), .message = STR_INIT("2")},
    };
    size_t n = sizeof wanted / sizeof wanted[0];
    findings_sort(&found); /* none */
    for (size_t i = 0; i < n; i++) {
        ck_assert_ptr_nonnull(findings_add(&found, &wanted[(i * 5 + (size_t)_i) % n]));
    }
    findings_sort(&found);
    for (size_t i = 0; i < n; i++) {
        ck_assert(str_eq(found.at[i].file, wanted[i].file));
        ck_assert(str_eq(found.at[i].rule, wanted[i].rule));
        ck_assert(str_eq(found.at[i].message, wanted[i].message));
        ck_assert(str_eq(found.at[i].pointer, wanted[i].pointer));
        ck_assert_uint_eq(found.at[i].span.to, wanted[i].span.to);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("finding");
    TCase *tc = tcase_create("finding");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, test_add);
    tcase_add_loop_test(tc, test_bound, 0, 5);
    tcase_add_loop_test(tc, test_sort, 0, 8);
    suite_add_tcase(suite, tc);
    return unit_run(suite);
}
