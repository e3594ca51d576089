/* Content codings: who takes gzip, and bodies that came packed. */
#include "mockapi/coding.h"
#include "tests/unit/unit.h"

#include <string.h>

static const struct row {
    const char *header;
    bool takes;
} rows[] = {
    {"gzip", true},
    {"GZIP", true},
    {"x-gzip", true},
    {"deflate, gzip;q=0.5, br", true},
    {"*", true},
    {"identity;q=0.1, *;q=0.2", true},
    {"identity;q=0, *", true},
    {"identity;q=0.5, gzip;q=0.5", true},
    {"gzip;q=7", true},
    {"identity, *;q=0.1", false},
    {"gzip;q=0.4, identity;q=0.5", false},
    {"gzip;q=-1", false},
    {"identity;q=0", false},
    {"gzip ; q=1", true},
    {"", false},
    {"identity", false},
    {"br, deflate", false},
    {"gzip;q=0", false},
    {"gzip;q=0.000", false},
    {"gzip;q=0, *", false},
    {"*;q=0", false},
    {"gzippy", false},
    {", ,;q=1", false},
};

START_TEST(who_takes_gzip)
{
    ck_assert_msg(coding_takes_gzip(str_of(rows[_i].header)) == rows[_i].takes, "%s",
                  rows[_i].header);
}
END_TEST

static struct arena arena;

static void setup(void)
{
    arena_init(&arena, 0, 0);
}

static void teardown(void)
{
    arena_done(&arena);
}

static struct str text_of(size_t n)
{
    struct buf b;
    buf_init(&b, &arena);
    while (b.len < n) {
        buf_printf(&b, "{\"id\": \"%zu\", \"name\": \"Sale\"}\n", b.len);
    }
    return str_slice(buf_str(&b), 0, n);
}

START_TEST(there_and_back)
{
    static const size_t sizes[] = {1024, 16384, 16385, 300000};
    struct str text = text_of(sizes[_i]), packed = coding_gzip(&arena, text), back = packed;
    ck_assert(packed.s != NULL);
    ck_assert_uint_lt(packed.len, text.len / 2);
    ck_assert_int_eq(coding_undo(&back, &arena, STR("gzip"), text.len), BODY_WELL);
    ck_assert(str_eq(back, text));
    back = packed;
    ck_assert_int_eq(coding_undo(&back, &arena, STR("gzip"), text.len - 1), BODY_TOO_LARGE);
    struct str twice = coding_gzip(&arena, packed);
    if (twice.s) {
        ck_assert_int_eq(coding_undo(&twice, &arena, STR("gzip, identity, x-gzip"), text.len),
                         BODY_WELL);
        ck_assert(str_eq(twice, text));
    }
}
END_TEST

/* Two members, one after the other, are one text. */
START_TEST(members)
{
    struct str text = text_of(2000), one = coding_gzip(&arena, text);
    struct buf both;
    buf_init(&both, &arena);
    buf_put(&both, one);
    buf_put(&both, one);
    struct str back = buf_str(&both);
    ck_assert_int_eq(coding_undo(&back, &arena, STR("gzip"), 4000), BODY_WELL);
    ck_assert_uint_eq(back.len, 4000);
}
END_TEST

START_TEST(what_is_wrong)
{
    struct str text = text_of(2000), packed = coding_gzip(&arena, text), back = STR("no gzip");
    ck_assert_int_eq(coding_undo(&back, &arena, STR("gzip"), 4000), BODY_CORRUPT);
    for (size_t n = 1; n < packed.len; n++) {
        back = str_slice(packed, 0, n);
        ck_assert_int_eq(coding_undo(&back, &arena, STR("gzip"), 4000), BODY_CORRUPT);
    }
    back = str_copy(&arena, packed);
    union {
        const char *text;
        char *bytes;
    } spoilt = {.text = back.s};
    spoilt.bytes[packed.len - 6] ^= 1; /* its sum */
    ck_assert_int_eq(coding_undo(&back, &arena, STR("gzip"), 4000), BODY_CORRUPT);
    back = text;
    ck_assert_int_eq(coding_undo(&back, &arena, STR("br"), 4000), BODY_CODING_OTHER);
    ck_assert_int_eq(coding_undo(&back, &arena, STR("gzip, br"), 4000), BODY_CODING_OTHER);
    ck_assert_int_eq(coding_undo(&back, &arena, STR("identity"), 4000), BODY_WELL);
    ck_assert_int_eq(coding_undo(&back, &arena, STR("gzip,gzip,gzip,gzip,gzip"), 4000),
                     BODY_CODING_OTHER);
    back = STR("");
    ck_assert_int_eq(coding_undo(&back, &arena, STR("gzip"), 4000), BODY_WELL);
}
END_TEST

/* A small text that becomes a large one stops at the limit. */
START_TEST(bomb)
{
    enum { BYTES = 64 << 20, LIMIT = 1 << 20 };
    char *zeros = mem_alloc(BYTES, 1);
    struct str packed = coding_gzip(&arena, (struct str){zeros, BYTES});
    mem_free(zeros);
    ck_assert_uint_lt(packed.len, LIMIT);
    size_t before = arena.used_bytes;
    ck_assert_int_eq(coding_undo(&packed, &arena, STR("gzip"), LIMIT), BODY_TOO_LARGE);
    ck_assert_uint_lt(arena.used_bytes - before, 8 * LIMIT);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("coding");
    TCase *t = tcase_create("all");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, who_takes_gzip, 0, sizeof rows / sizeof *rows);
    tcase_add_loop_test(t, there_and_back, 0, 4);
    tcase_add_test(t, members);
    tcase_add_test(t, what_is_wrong);
    tcase_add_test(t, bomb);
    suite_add_tcase(suite, t);
    return unit_run(suite);
}
