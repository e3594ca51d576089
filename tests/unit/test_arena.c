/* Arenas: alignment, zeroes, marks, growth where it stands, and the two ways to die. */
#include "unit.h"

#include <signal.h>
#include <stdint.h>
#include <string.h>

#include "base/base.h"

static const size_t aligns[] = {1, 2, 4, 8, 16, 32, 64, 256, 4096};

START_TEST(blocks_are_aligned_and_zeroed)
{
    struct arena a;
    arena_init(&a, 512, 0);
    for (size_t size = 0; size < 700; size += 13) {
        unsigned char *p = arena_alloc(&a, 1, size, aligns[_i]);
        ck_assert_ptr_nonnull(p);
        ck_assert_uint_eq((uintptr_t)p % aligns[_i], 0);
        for (size_t k = 0; k < size; k++) {
            ck_assert_uint_eq(p[k], 0);
        }
        memset(p, 0xa5, size);
        (void)arena_bytes(&a, 3); /* puts the next one out of line */
    }
    arena_done(&a);
}
END_TEST

START_TEST(reused_memory_is_zeroed_again)
{
    struct arena a;
    arena_init(&a, 1024, 0);
    for (int round = 0; round < 3; round++) {
        unsigned char *p = ARENA_ARRAY(&a, 1000, unsigned char);
        for (size_t k = 0; k < 1000; k++) {
            ck_assert_uint_eq(p[k], 0);
        }
        memset(p, 0xff, 1000);
        arena_reset(&a);
        ck_assert_uint_eq(a.used_bytes, 0);
    }
    arena_done(&a);
}
END_TEST

START_TEST(blocks_do_not_overlap)
{
    enum { N = 400 };
    struct arena a;
    unsigned char *at[N];
    arena_init(&a, 0, 0);
    for (size_t i = 0; i < N; i++) {
        at[i] = arena_bytes(&a, i * i % 977 + 1);
        memset(at[i], (int)(i & 0xff), i * i % 977 + 1);
    }
    for (size_t i = 0; i < N; i++) {
        for (size_t k = 0; k < i * i % 977 + 1; k++) {
            ck_assert_uint_eq(at[i][k], i & 0xff);
        }
    }
    arena_done(&a);
}
END_TEST

START_TEST(release_goes_back_to_the_mark)
{
    struct arena a;
    arena_init(&a, 256, 0);
    char *kept = arena_bytes(&a, 5);
    memcpy(kept, "kept", 5);
    struct arena_mark m = arena_mark(&a);
    for (int round = 0; round < 4; round++) {
        for (size_t i = 0; i < 100; i++) {
            memset(arena_bytes(&a, i * 7), 1, i * 7);
        }
        ck_assert_uint_gt(a.used_bytes, 5);
        arena_release(&a, m);
        ck_assert_uint_eq(a.used_bytes, 5);
        ck_assert_str_eq(kept, "kept");
    }
    arena_done(&a);
}
END_TEST

START_TEST(release_to_the_very_start)
{
    struct arena a;
    arena_init(&a, 0, 0);
    struct arena_mark m = arena_mark(&a);
    memset(arena_bytes(&a, 100000), 1, 100000);
    arena_release(&a, m);
    ck_assert_ptr_null(a.top);
    memset(arena_bytes(&a, 10), 1, 10);
    arena_done(&a);
}
END_TEST

START_TEST(zeroed_arena_works)
{
    struct arena a = {0};
    arena_done(&a);
    ck_assert_ptr_nonnull(ARENA_NEW(&a, struct str));
    arena_done(&a);
    arena_done(&a);
    ck_assert_ptr_nonnull(ARENA_NEW(&a, struct str));
    arena_reset(&a);
    arena_done(&a);
}
END_TEST

START_TEST(extend_only_the_newest_block)
{
    struct arena a;
    arena_init(&a, 1024, 0);
    char *first = arena_bytes(&a, 10), *second = arena_bytes(&a, 10);
    ck_assert(!arena_extend(&a, first, 10, 20));
    ck_assert(!arena_extend(&a, second, 10, 5000));
    ck_assert(!arena_extend(&a, NULL, 0, 1));
    size_t before = a.used_bytes;
    if (arena_extend(&a, second, 10, 100)) { /* never with ARENA_SPREAD */
        memset(second, 1, 100);
        ck_assert_uint_eq(a.used_bytes, before + 90);
        char *third = arena_bytes(&a, 1);
        ck_assert(third >= second + 100);
    }
    arena_done(&a);
}
END_TEST

START_TEST(cap_ends_the_program)
{
    struct arena a;
    arena_init(&a, 0, 1000);
    (void)arena_bytes(&a, 1000);
    (void)arena_bytes(&a, 1);
}
END_TEST

START_TEST(cap_is_not_reached_early)
{
    struct arena a;
    arena_init(&a, 0, 1000);
    for (int i = 0; i < 3; i++) {
        memset(arena_bytes(&a, 1000), 1, 1000);
        arena_reset(&a);
    }
    arena_done(&a);
}
END_TEST

/* The product comes out small if it wraps. */
static volatile size_t huge = SIZE_MAX / 8 + 2, none = 0;

START_TEST(overflowing_array_ends_the_program)
{
    struct arena a;
    arena_init(&a, 0, 0);
    (void)ARENA_ARRAY(&a, huge, uint64_t);
}
END_TEST

START_TEST(overflowing_malloc_ends_the_program)
{
    mem_free(MEM_ARRAY(huge, uint64_t));
}
END_TEST

START_TEST(heap_blocks)
{
    uint64_t *p = MEM_ARRAY(3, uint64_t);
    ck_assert_uint_eq(p[0] | p[1] | p[2], 0);
    p[2] = 7;
    p = mem_resize(p, 1000, sizeof *p);
    ck_assert_uint_eq(p[2], 7);
    mem_free(p);
    mem_free(NULL);
    mem_free(mem_alloc(none, 8));
}
END_TEST

START_TEST(bug_aborts)
{
    unreachable();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("arena");
    TCase *c = tcase_create("arena");
    suite_add_tcase(suite, c);
    tcase_add_loop_test(c, blocks_are_aligned_and_zeroed, 0, sizeof aligns / sizeof aligns[0]);
    tcase_add_test(c, reused_memory_is_zeroed_again);
    tcase_add_test(c, blocks_do_not_overlap);
    tcase_add_test(c, release_goes_back_to_the_mark);
    tcase_add_test(c, release_to_the_very_start);
    tcase_add_test(c, zeroed_arena_works);
    tcase_add_test(c, extend_only_the_newest_block);
    tcase_add_test(c, cap_is_not_reached_early);
    tcase_add_test(c, heap_blocks);
    const char *fork_mode = getenv("CK_FORK");
    if (!fork_mode || strcmp(fork_mode, "no") != 0) {
        tcase_add_exit_test(c, cap_ends_the_program, 3);
        tcase_add_exit_test(c, overflowing_array_ends_the_program, 3);
        tcase_add_exit_test(c, overflowing_malloc_ends_the_program, 3);
        tcase_add_test_raise_signal(c, bug_aborts, SIGABRT);
    }
    return unit_run(suite);
}
