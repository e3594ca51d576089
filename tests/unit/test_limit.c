/* Rate limits: windows, keys, the nearest rule, the clock put back, many keys, many threads. */
#include "tests/unit/unit.h"

#include "mockapi/limit.h"

#include <pthread.h>
#include <stdatomic.h>

static struct str number_text(char out[32], size_t n)
{
    return (struct str){out, (size_t)snprintf(out, 32, "token-%zu", n)};
}

static const struct operation list = {.id = STR_INIT("listCodes"), .action = ACTION_LIST};
static const struct operation create = {.id = STR_INIT("createCode"), .action = ACTION_CREATE};
static const struct operation mint = {.id = STR_INIT("mint"), .action = ACTION_TOKEN};
static const struct tenant_client anna = {.id = STR_INIT("anna")};
static const struct tenant_client bert = {.id = STR_INIT("bert")};

struct call {
    int64_t at_s;
    const char *token;
    const struct tenant_client *client;
    const struct operation *op;
    bool is_free;
    int64_t remaining, reset_s;
};

/* Runs the calls against one rule, or two, and says which one was told otherwise than expected. */
static void run(const struct rate_rule *rules, size_t n_rules, const struct call *calls, size_t n)
{
    struct contract contract = {.rates = rules, .n_rates = n_rules};
    struct limits *l = limits_new(&contract);
    for (size_t i = 0; i < n; i++) {
        struct request rq = {.op = calls[i].op, .now_us = calls[i].at_s * US_PER_S};
        rq.bearer.value = str_of(calls[i].token);
        rq.bearer.client = calls[i].client;
        bool is_free = limits_count(l, &rq);
        ck_assert_msg(is_free == calls[i].is_free, "call %zu", i);
        ck_assert_msg(rq.rate.rule != NULL, "call %zu: no rule", i);
        ck_assert_msg(rq.rate.remaining == calls[i].remaining, "call %zu: %lld left", i,
                      (long long)rq.rate.remaining);
        ck_assert_msg(rq.rate.reset_us == calls[i].reset_s * US_PER_S, "call %zu: resets at %lld",
                      i, (long long)rq.rate.reset_us);
    }
    limits_free(l);
}
#define RUN(rules, calls)                                                                          \
    run((rules), sizeof(rules) / sizeof *(rules), (calls), sizeof(calls) / sizeof *(calls))

START_TEST(a_window_begins_with_its_first_request)
{
    static const struct rate_rule rules[] = {
        {.name = STR_INIT("r"), .key = RATE_TOKEN, .limit = 2, .window_us = 60000000}};
    static const struct call calls[] = {
        {100, "t", &anna, &list, true, 1, 160},
        {110, "t", &anna, &create, true, 0, 160},
        {111, "t", &anna, &list, false, 0, 160},
        {159, "t", &anna, &list, false, 0, 160},
        {111, "u", &anna, &list, true, 1, 171},
        {160, "t", &anna, &list, true, 1, 220},
        {500, "t", &anna, &list, true, 1, 560},
        /* the clock is put back: a window of the future does not count */
        {50, "t", &anna, &list, true, 1, 110},
        {51, "t", &anna, &list, true, 0, 110},
        {52, "t", &anna, &list, false, 0, 110},
    };
    RUN(rules, calls);
}
END_TEST

START_TEST(keys)
{
    static const struct rate_rule by_client[] = {
        {.key = RATE_CLIENT, .limit = 1, .window_us = 60000000}};
    static const struct call client_calls[] = {{1, "t", &anna, &list, true, 0, 61},
                                               {2, "u", &anna, &create, false, 0, 61},
                                               {3, "t", &bert, &list, true, 0, 63},
                                               {4, "", NULL, &list, true, 0, 64}};
    RUN(by_client, client_calls);
    static const struct rate_rule by_operation[] = {
        {.key = RATE_OPERATION, .limit = 1, .window_us = 60000000}};
    static const struct call operation_calls[] = {{1, "t", &anna, &list, true, 0, 61},
                                                  {2, "t", &anna, &create, true, 0, 62},
                                                  {3, "u", &bert, &list, false, 0, 61}};
    RUN(by_operation, operation_calls);
    static const struct rate_rule of_tenant[] = {
        {.key = RATE_TENANT, .limit = 1, .window_us = 60000000}};
    static const struct call tenant_calls[] = {{1, "t", &anna, &list, true, 0, 61},
                                               {2, "u", &bert, &create, false, 0, 61}};
    RUN(of_tenant, tenant_calls);
}
END_TEST

START_TEST(the_nearest_of_two_rules)
{
    static const struct rate_rule rules[] = {
        {.key = RATE_TOKEN, .limit = 3, .window_us = 10000000},
        {.key = RATE_TENANT, .limit = 4, .window_us = 60000000},
    };
    static const struct call calls[] = {
        {0, "t", NULL, &list, true, 2, 10},  {1, "t", NULL, &list, true, 1, 10},
        {2, "u", NULL, &list, true, 1, 60}, /* four in the tenant are nearer than three of u */
        {3, "t", NULL, &list, true, 0, 10},  {4, "t", NULL, &list, false, 0, 60}, /* both passed */
        {5, "v", NULL, &list, false, 0, 60},
    };
    RUN(rules, calls);
}
END_TEST

START_TEST(token_calls_count_where_the_rule_says_so)
{
    struct rate_rule rules[] = {{.key = RATE_TENANT, .limit = 1, .window_us = 60000000}};
    struct contract contract = {.rates = rules, .n_rates = 1};
    struct limits *l = limits_new(&contract);
    for (int i = 0; i < 5; i++) {
        struct request rq = {.op = &mint, .now_us = 5};
        ck_assert(limits_count(l, &rq));
        ck_assert_ptr_null(rq.rate.rule);
    }
    rules[0].counts_token_calls = true;
    struct request first = {.op = &mint, .now_us = 5}, second = first;
    ck_assert(limits_count(l, &first));
    ck_assert(!limits_count(l, &second));
    limits_clear(l);
    ck_assert(limits_count(l, &first));
    limits_free(l);
}
END_TEST

START_TEST(no_rules_and_no_limit)
{
    struct contract contract = {0};
    struct limits *l = limits_new(&contract);
    struct request rq = {.op = &list};
    ck_assert(limits_count(l, &rq));
    ck_assert_ptr_null(rq.rate.rule);
    limits_clear(l);
    limits_free(l);
    limits_free(NULL);
    static const struct rate_rule shut[] = {{.key = RATE_TENANT, .limit = 0, .window_us = 1000000}};
    static const struct call calls[] = {{0, "t", NULL, &list, false, 0, 1}};
    RUN(shut, calls);
}
END_TEST

START_TEST(many_keys_push_out_the_oldest)
{
    static const struct rate_rule rules[] = {
        {.key = RATE_TOKEN, .limit = 1, .window_us = 60000000}};
    struct contract contract = {.rates = rules, .n_rates = 1};
    struct limits *l = limits_new(&contract);
    enum { MANY = 70000 };
    for (size_t i = 0; i < MANY; i++) {
        char text[32];
        struct request rq = {.op = &list, .now_us = 1};
        rq.bearer.value = number_text(text, i);
        ck_assert(limits_count(l, &rq));
    }
    char text[32];
    struct request newest = {.op = &list, .now_us = 1}, oldest = newest;
    newest.bearer.value = number_text(text, MANY - 1);
    ck_assert(!limits_count(l, &newest));
    oldest.bearer.value = number_text(text, 0);
    ck_assert(limits_count(l, &oldest)); /* was forgotten */
    limits_free(l);
}
END_TEST

struct crowd {
    struct limits *limits;
    atomic_int n_free;
};

static void *ask_often(void *ctx)
{
    struct crowd *crowd = ctx;
    for (int i = 0; i < 2000; i++) {
        struct request rq = {.op = &list, .now_us = i};
        rq.bearer.value = STR("t");
        atomic_fetch_add(&crowd->n_free, limits_count(crowd->limits, &rq));
    }
    return NULL;
}

START_TEST(threads_together_get_the_limit_and_no_more)
{
    static const struct rate_rule rules[] = {
        {.key = RATE_TOKEN, .limit = 500, .window_us = 60000000}};
    struct contract contract = {.rates = rules, .n_rates = 1};
    struct crowd crowd = {.limits = limits_new(&contract)};
    pthread_t threads[4];
    /* a request stamped before the window's start opens another: all are stamped after it here */
    struct request first = {.op = &list, .now_us = 0};
    first.bearer.value = STR("t");
    ck_assert(limits_count(crowd.limits, &first));
    for (size_t i = 0; i < 4; i++) {
        ck_assert_int_eq(pthread_create(&threads[i], NULL, ask_often, &crowd), 0);
    }
    for (size_t i = 0; i < 4; i++) {
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
    }
    ck_assert_int_eq(atomic_load(&crowd.n_free), 499);
    limits_free(crowd.limits);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("limit");
    TCase *c = tcase_create("limit");
    suite_add_tcase(suite, c);
    tcase_set_timeout(c, 60);
    tcase_add_test(c, a_window_begins_with_its_first_request);
    tcase_add_test(c, keys);
    tcase_add_test(c, the_nearest_of_two_rules);
    tcase_add_test(c, token_calls_count_where_the_rule_says_so);
    tcase_add_test(c, no_rules_and_no_limit);
    tcase_add_test(c, many_keys_push_out_the_oldest);
    tcase_add_test(c, threads_together_get_the_limit_and_no_more);
    return unit_run(suite);
}
