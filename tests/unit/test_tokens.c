/* Tokens: issue, find, end early, bounded number, minting a minute, what is shown of them. */
#include "tests/unit/unit.h"

#include "mockapi/tokens.h"

#include <pthread.h>

static enum token_state find(struct tokens *t, struct str text, int64_t now_us)
{
    struct arena a;
    arena_init(&a, 0, 0);
    struct bearer b = {0};
    struct str client = {0};
    enum token_state state = tokens_find(t, &b, &client, &a, text, now_us);
    arena_done(&a);
    return state;
}

START_TEST(found_with_what_was_granted)
{
    struct arena a;
    arena_init(&a, 0, 0);
    struct tokens *t = tokens_new(7);
    struct str text = tokens_issue(t, &a, STR("anna"), STR("read  write "), 60, 5 * US_PER_S);
    ck_assert_uint_eq(text.len, 43);
    struct bearer b = {0};
    struct str client = {0};
    ck_assert_int_eq(tokens_find(t, &b, &client, &a, text, 6 * US_PER_S), TOKEN_GOOD);
    tokens_clear(t); /* what was found is the caller's own */
    ck_assert(str_eq(client, STR("anna")));
    ck_assert(str_eq(b.value, text));
    ck_assert_uint_eq(b.n_scopes, 2);
    ck_assert(str_eq(b.scopes[0], STR("read")));
    ck_assert(str_eq(b.scopes[1], STR("write")));
    ck_assert_int_eq(b.issued_us, 5 * US_PER_S);
    ck_assert_int_eq(b.expires_us, 65 * US_PER_S);
    ck_assert_int_eq(b.lifetime_s, 60);
    ck_assert_int_eq(find(t, text, 6 * US_PER_S), TOKEN_UNKNOWN);
    tokens_free(t);
    tokens_free(NULL);
    arena_done(&a);
}
END_TEST

START_TEST(the_seed_makes_the_tokens)
{
    struct arena a;
    arena_init(&a, 0, 0);
    struct tokens *one = tokens_new(1), *same = tokens_new(1), *other = tokens_new(2);
    for (int i = 0; i < 10; i++) {
        struct str x = tokens_issue(one, &a, STR("c"), STR(""), 1, 0);
        ck_assert(str_eq(x, tokens_issue(same, &a, STR("d"), STR("s"), 9, 9)));
        ck_assert(!str_eq(x, tokens_issue(other, &a, STR("c"), STR(""), 1, 0)));
    }
    tokens_free(one);
    tokens_free(same);
    tokens_free(other);
    arena_done(&a);
}
END_TEST

START_TEST(ends)
{
    struct arena a;
    arena_init(&a, 0, 0);
    struct tokens *t = tokens_new(7);
    struct str x = tokens_issue(t, &a, STR("anna"), STR(""), 60, 0);
    struct str y = tokens_issue(t, &a, STR("bert"), STR(""), 60, 0);
    struct str z = tokens_issue(t, &a, STR("bert"), STR(""), INT64_MAX, 0);
    ck_assert_int_eq(find(t, x, 60 * US_PER_S - 1), TOKEN_GOOD);
    ck_assert_int_eq(find(t, x, 60 * US_PER_S), TOKEN_EXPIRED);
    ck_assert_int_eq(find(t, z, INT64_MAX - 1), TOKEN_GOOD);
    ck_assert_int_eq(find(t, STR("nobody's"), 0), TOKEN_UNKNOWN);
    ck_assert_int_eq(find(t, STR(""), 0), TOKEN_UNKNOWN);
    ck_assert(tokens_expire(t, x, 10));
    ck_assert_int_eq(find(t, x, 10), TOKEN_EXPIRED);
    ck_assert_int_eq(find(t, x, 5), TOKEN_EXPIRED); /* also where the clock is put back */
    ck_assert(tokens_revoke(t, x));
    ck_assert_int_eq(find(t, x, 5), TOKEN_REVOKED);
    ck_assert(!tokens_expire(t, STR("q"), 1));
    ck_assert(!tokens_revoke(t, STR("q")));
    ck_assert_uint_eq(tokens_expire_client(t, STR("anna"), 1), 0); /* it has ended already */
    ck_assert_uint_eq(tokens_expire_client(t, STR("bert"), 1), 2);
    ck_assert_int_eq(find(t, y, 1), TOKEN_EXPIRED);
    ck_assert_uint_eq(tokens_revoke_client(t, STR("")), 2);
    ck_assert_int_eq(find(t, z, 1), TOKEN_REVOKED);
    tokens_free(t);
    arena_done(&a);
}
END_TEST

START_TEST(the_oldest_go_first)
{
    struct arena a;
    arena_init(&a, 0, 0);
    struct tokens *t = tokens_new(7);
    struct str first = tokens_issue(t, &a, STR("c"), STR(""), 60, 0), last = {0};
    for (int i = 0; i < 100000; i++) {
        ck_assert_int_eq(find(t, first, 0), TOKEN_GOOD);
        last = tokens_issue(t, &a, STR("c"), STR(""), 60, 0);
    }
    ck_assert_int_eq(find(t, first, 0), TOKEN_UNKNOWN);
    ck_assert_int_eq(find(t, last, 0), TOKEN_GOOD);
    tokens_free(t);
    arena_done(&a);
}
END_TEST

START_TEST(minting)
{
    static const struct row {
        int64_t at_s;
        const char *client;
        bool is_free;
    } rows[] = {
        {10, "anna", true},  {11, "anna", true}, {12, "anna", false}, {12, "bert", true},
        {69, "anna", false}, {70, "anna", true}, {20, "anna", true}, /* the clock was put back */
    };
    struct tokens *t = tokens_new(7);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bool is_free = tokens_mint(t, str_of(rows[i].client), 2, rows[i].at_s * US_PER_S);
        ck_assert_msg(is_free == rows[i].is_free, "row %zu", i);
    }
    for (size_t i = 0; i < 25000; i++) { /* names are bounded too */
        char name[32];
        int n = snprintf(name, sizeof name, "client-%zu", i);
        ck_assert(tokens_mint(t, (struct str){name, (size_t)n}, 1, 0));
    }
    tokens_clear(t);
    ck_assert(tokens_mint(t, STR("anna"), 1, 0));
    tokens_free(t);
}
END_TEST

START_TEST(a_list_that_tells_no_secret)
{
    struct arena a;
    arena_init(&a, 0, 0);
    struct tokens *t = tokens_new(7);
    struct buf out, want;
    buf_init(&out, &a);
    buf_init(&want, &a);
    tokens_put(&out, t, 0);
    ck_assert(str_eq(buf_str(&out), STR("[]")));
    struct str x = tokens_issue(t, &a, STR("a\"b"), STR("s"), 60, 0);
    struct str y = tokens_issue(t, &a, STR("c"), STR(""), 1, 0);
    buf_clear(&out);
    tokens_put(&out, t, US_PER_S);
    buf_printf(&want,
               "[{\"client\":\"a\\\"b\",\"issued\":\"1970-01-01T00:00:00.000Z\",\"expires\":"
               "\"1970-01-01T00:01:00.000Z\",\"state\":\"good\",\"scope\":\"s\",\"hint\":\"%.*s\"},"
               "{\"client\":\"c\",\"issued\":\"1970-01-01T00:00:00.000Z\",\"expires\":"
               "\"1970-01-01T00:00:01.000Z\",\"state\":\"expired\",\"scope\":\"\",\"hint\":"
               "\"%.*s\"}]",
               STR_ARG(str_slice(x, 39, 43)), STR_ARG(str_slice(y, 39, 43)));
    ck_assert_msg(str_eq(buf_str(&out), buf_str(&want)), "%s", buf_cstr(&out));
    tokens_free(t);
    arena_done(&a);
}
END_TEST

static void *use_often(void *ctx)
{
    struct arena a;
    arena_init(&a, 0, 0);
    for (int i = 0; i < 300; i++) {
        struct str text = tokens_issue(ctx, &a, STR("c"), STR("s"), 60, 0);
        if (find(ctx, text, 0) != TOKEN_GOOD || !tokens_expire(ctx, text, 0) ||
            find(ctx, text, 0) != TOKEN_EXPIRED) {
            return ctx;
        }
        arena_reset(&a);
    }
    arena_done(&a);
    return NULL;
}

START_TEST(several_threads)
{
    struct tokens *t = tokens_new(7);
    pthread_t threads[4];
    for (size_t i = 0; i < 4; i++) {
        ck_assert_int_eq(pthread_create(&threads[i], NULL, use_often, t), 0);
    }
    for (size_t i = 0; i < 4; i++) {
        void *failed = NULL;
        ck_assert_int_eq(pthread_join(threads[i], &failed), 0);
        ck_assert_ptr_null(failed);
    }
    tokens_free(t);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tokens");
    TCase *c = tcase_create("tokens");
    suite_add_tcase(suite, c);
    tcase_set_timeout(c, 60);
    tcase_add_test(c, found_with_what_was_granted);
    tcase_add_test(c, the_seed_makes_the_tokens);
    tcase_add_test(c, ends);
    tcase_add_test(c, the_oldest_go_first);
    tcase_add_test(c, minting);
    tcase_add_test(c, a_list_that_tells_no_secret);
    tcase_add_test(c, several_threads);
    return unit_run(suite);
}
