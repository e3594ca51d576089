/* Fixes: which bytes give way to which, in each syntax; overlapping ones; the diff. */
#include "tests/unit/unit.h"
#include "validator/validator.h"

#include <string.h>

static const struct row {
    const char *file, *text;
    const char *old;     /* the finding stands at its first place in the text */
    const char *rule, *replacement, *pointer; /* replacement NULL: better left out */
    const char *want;    /* NULL: no fix */
} rows[] = {
    {"a.json", "{\"a\": \"x\"}", "\"x\"", "S107", "y\"z", "/a", "{\"a\": \"y\\\"z\"}"},
    {"a.json", "{\"a\": 7}", "7", "S107", "y", "/a", NULL},
    {"a.json", "{\"t\": \"{\\\"a\\\": \\\"x\\\"}\"}", "\\\"x\\\"", "S107", "y", "/a",
     "{\"t\": \"{\\\"a\\\": \\\"y\\\"}\"}"},
    {"a.http", "POST /x\n\n{\"a\": \"x\"}", "\"x\"", "S107", "y z", "/a",
     "POST /x\n\n{\"a\": \"y z\"}"},
    {"a.sh", "curl -d '{\"a\": \"x\"}'", "\"x\"", "S107", "y'z", "/a", NULL},
    {"a.csv", "name\nx\n", "x", "S107", "y", "/0/name", "name\ny\n"},
    {"a.csv", "name\nx\n", "x", "S107", "y;\"z", "/0/name", "name\n\"y;\"\"z\"\n"},
    {"a.csv", "name\n\"x\"\n", "\"x\"", "S107", "y", "/0/name", "name\n\"y\"\n"},
    {"a.csv", "tags\nx|z\n", "x|z", "S107", "y", "/0/tags", NULL},
    {"a.yaml", "a: x # c\n", "x", "S107", "yy", "/a", "a: yy # c\n"},
    {"a.yaml", "a: x\n", "x", "S107", "no", "/a", "a: \"no\"\n"},
    {"a.yaml", "a: no\n", "no", "J011", "no", "/a", "a: \"no\"\n"},
    {"a.yaml", "a: 'x'\n", "'x'", "S107", "it's", "/a", "a: 'it''s'\n"},
    {"a.yaml", "a: |\n  x\n", "|\n  x\n", "S107", "y", "/a", NULL},
    {"a.json", "{\"a\": 1, \"b\": 2}", "1", "S112", NULL, "/a", "{\"b\": 2}"},
    {"a.json", "{\"a\": 1, \"b\": 2}", "2", "S112", NULL, "/b", "{\"a\": 1}"},
    {"a.json", "{ \"a\": 1 }", "\"a\"", "S112", NULL, "/a", "{  }"},
    {"a.json", "{\"a\": [1, 2, 1.0, 3]}", "[1", "S111", NULL, "/a", "{\"a\": [1, 2, 3]}"},
    {"a.json", "{\"a\": [1, 2]}", "[1", "S111", NULL, "/a", NULL},
    {"a.json", "{\"a\": 1, \"b\": 2}", "2", "S112", NULL, "/a", NULL}, /* not the place it says */
    {"a.json", "\xEF\xBB\xBF{}", "\xEF\xBB\xBF", "J009", NULL, "", "{}"},
};

START_TEST(one_place)
{
    const struct row *r = &rows[_i];
    struct arena a;
    struct str text = str_of(r->text), old = str_of(r->old);
    const struct report_file file = {str_of(r->file), text};
    struct buf out;
    arena_init(&a, 0, 0);
    buf_init(&out, &a);
    struct fix_maker m = {.arena = &a, .files = &file, .n_files = 1};
    struct finding f = {.rule = str_of(r->rule), .file = file.name, .pointer = str_of(r->pointer)};
    f.span.from = str_find(text, old);
    f.span.to = f.span.from + old.len;
    f.is_better_left_out = !r->replacement;
    f.replacement = r->replacement ? str_of(r->replacement) : f.replacement;
    const struct report_fix *fix = fix_make(&m, &f);
    ck_assert_msg((fix != NULL) == (r->want != NULL), "row %d: %s", _i, r->text);
    if (fix) {
        ck_assert_uint_eq(fix_apply(&out, &a, text, &fix, 1), 1);
        ck_assert_str_eq(buf_cstr(&out), r->want);
    }
    arena_done(&a);
}
END_TEST

START_TEST(overlapping_ones)
{
    struct arena a;
    struct buf out;
    const struct report_edit edits[] = {{.span = {4, 6}, .text = STR_INIT("B")},
                                        {.span = {1, 3}, .text = STR_INIT("A")},
                                        {.span = {2, 5}, .text = STR_INIT("no")},
                                        {.span = {0, 9}, .text = STR_INIT("unsafe")}};
    struct report_fix fixes[4];
    const struct report_fix *list[4];
    arena_init(&a, 0, 0);
    buf_init(&out, &a);
    for (size_t i = 0; i < 4; i++) {
        fixes[i] = (struct report_fix){.is_safe = i < 3, .edits = &edits[i], .n_edits = 1};
        list[i] = &fixes[i];
    }
    ck_assert_uint_eq(fix_apply(&out, &a, STR("0123456789"), list, 4), 2);
    ck_assert_str_eq(buf_cstr(&out), "0A3B6789");
    arena_done(&a);
}
END_TEST

static const struct diff_row {
    const char *before, *after, *want;
} diffs[] = {
    {"a\n", "a\n", ""},
    {"a\nb\nc\n", "a\nB\nc\n", "--- f\n+++ f\n@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n"},
    {"1\n2\n3\n4\n5\n6\n", "1\n2\n3\n4\n6\n",
     "--- f\n+++ f\n@@ -2,5 +2,4 @@\n 2\n 3\n 4\n-5\n 6\n"},
    {"1\n2\n3\n4\n5\n6\n7\n8\n9\n", "x\n2\n3\n4\n5\n6\n7\n8\ny\n",
     "--- f\n+++ f\n@@ -1,4 +1,4 @@\n-1\n+x\n 2\n 3\n 4\n@@ -6,4 +6,4 @@\n 6\n 7\n 8\n-9\n+y\n"},
    {"a", "b",
     "--- f\n+++ f\n@@ -1,1 +1,1 @@\n-a\n\\ No newline at end of file\n+b\n\\ No newline at end "
     "of file\n"},
    {"", "b\n", "--- f\n+++ f\n@@ -0,0 +1,1 @@\n+b\n"},
};

START_TEST(unified_diffs)
{
    struct arena a;
    struct buf out;
    arena_init(&a, 0, 0);
    buf_init(&out, &a);
    diff_put(&out, &a, STR("f"), str_of(diffs[_i].before), str_of(diffs[_i].after));
    ck_assert_str_eq(buf_cstr(&out), diffs[_i].want);
    arena_done(&a);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("fix");
    TCase *t = tcase_create("all");
    tcase_add_loop_test(t, one_place, 0, (int)(sizeof rows / sizeof *rows));
    tcase_add_test(t, overlapping_ones);
    tcase_add_loop_test(t, unified_diffs, 0, (int)(sizeof diffs / sizeof *diffs));
    suite_add_tcase(suite, t);
    return unit_run(suite);
}
