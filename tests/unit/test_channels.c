/* Notification channels: whose they are, how long they live, which one goes when there are too
 * many, how many topics one takes. */
#include "tests/unit/unit.h"

#include "mockapi/channels.h"

#include <stdio.h>
#include <string.h>

enum { MAX = 3, TOPICS_MAX = 4 };
#define LIFETIME_US (100 * US_PER_S)

static const struct channel_rules rules = {
    .max = MAX, .topics_max = TOPICS_MAX, .lifetime_us = LIFETIME_US};
static struct channels *all;
static struct arena arena;

static void set_up(void)
{
    arena_init(&arena, 0, 0);
    all = channels_new(&rules);
}

static void tear_down(void)
{
    channels_free(all);
    arena_done(&arena);
}

static bool is_there(const char *id)
{
    return channels_find(all, str_of(id), (struct str){0}, 0, NULL);
}

START_TEST(a_profile_without_channels_has_none)
{
    ck_assert_ptr_null(channels_new(NULL));
    channels_clear(NULL);
    channels_free(NULL);
}
END_TEST

START_TEST(a_channel_is_its_owners_and_lives_from_the_last_subscription)
{
    struct channel_view view;
    struct str topic = STR("t");
    view = channels_open(all, STR("a"), STR("ann"), 0);
    ck_assert_int_eq(view.expires_us, LIFETIME_US);
    ck_assert(channels_find(all, STR("a"), STR("ann"), 1, &view));
    ck_assert(!channels_find(all, STR("a"), STR("bob"), 1, NULL));
    ck_assert(!channels_find(all, STR("b"), STR("ann"), 1, NULL));
    ck_assert(channels_subscribe(all, STR("a"), &topic, 1, false, 50));
    ck_assert(channels_find(all, STR("a"), STR("ann"), LIFETIME_US + 49, &view));
    ck_assert_uint_eq(view.n_topics, 1);
    ck_assert(!channels_find(all, STR("a"), STR("ann"), LIFETIME_US + 50, &view));
}
END_TEST

START_TEST(the_least_used_goes_those_without_a_connection_first)
{
    channels_open(all, STR("a"), STR("ann"), 1);
    channels_open(all, STR("b"), STR("ann"), 2);
    channels_open(all, STR("c"), STR("ann"), 3);
    channels_open(all, STR("z"), STR("bob"), 0);
    channels_connect(all, STR("a"), 1, 4);
    channels_connect(all, STR("b"), 1, 5);
    channels_open(all, STR("d"), STR("ann"), 6); /* c is the only one without a connection */
    ck_assert(is_there("a") && is_there("b") && !is_there("c") && is_there("d") && is_there("z"));
    channels_connect(all, STR("d"), 1, 7);
    channels_open(all, STR("e"), STR("ann"), 8); /* a was used least recently */
    ck_assert(!is_there("a") && is_there("b") && is_there("d") && is_there("e"));
    channels_connect(all, STR("b"), -1, 9);
    channels_connect(all, STR("b"), -1, 9); /* once too often does no harm */
    channels_open(all, STR("f"), STR("ann"), 10);
    ck_assert(is_there("b") && !is_there("e") && is_there("f"));
    struct channel_view *at = NULL;
    ck_assert_uint_eq(channels_list(all, &arena, STR("ann"), 11, &at), MAX);
    ck_assert_str_eq(at[0].id, "b");
    ck_assert_uint_eq(channels_list(all, &arena, (struct str){0}, 11, &at), MAX + 1);
}
END_TEST

START_TEST(topics_are_counted_once_and_limited)
{
    struct str topics[] = {STR("a"), STR("b"), STR("a"), STR("c"), STR("d"), STR("e")};
    struct str *got = NULL;
    struct channel_view *at = NULL;
    channels_open(all, STR("x"), STR("ann"), 0);
    channels_open(all, STR("y"), STR("ann"), 0);
    ck_assert(channels_subscribe(all, STR("x"), topics, 4, false, 0));
    ck_assert(channels_subscribe(all, STR("x"), topics, 5, false, 0));
    ck_assert(!channels_subscribe(all, STR("x"), topics, 6, false, 0)); /* and nothing changed */
    ck_assert_uint_eq(channels_topics(all, &arena, STR("x"), &got), 4);
    ck_assert(str_eq(got[0], STR("a")) && str_eq(got[3], STR("d")));
    ck_assert(channels_subscribe(all, STR("x"), topics + 5, 1, true, 0));
    ck_assert_uint_eq(channels_topics(all, &arena, STR("x"), &got), 1);
    ck_assert(str_eq(got[0], STR("e")));
    ck_assert(channels_subscribe(all, STR("y"), topics + 4, 2, true, 0));
    ck_assert_uint_eq(channels_listening(all, &arena, STR("e"), 0, &at), 2);
    ck_assert_uint_eq(channels_listening(all, &arena, STR("d"), 0, &at), 1);
    ck_assert_str_eq(at[0].id, "y");
    ck_assert(channels_subscribe(all, STR("y"), NULL, 0, true, 0));
    ck_assert_uint_eq(channels_listening(all, &arena, STR("d"), 0, &at), 0);
    ck_assert(channels_subscribe(all, STR("gone"), topics, 6, true, 0)); /* nobody's limit */
    channels_clear(all);
    ck_assert(!is_there("x") && !is_there("y"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("channels");
    TCase *tcase = tcase_create("channels");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_profile_without_channels_has_none);
    tcase_add_test(tcase, a_channel_is_its_owners_and_lives_from_the_last_subscription);
    tcase_add_test(tcase, the_least_used_goes_those_without_a_connection_first);
    tcase_add_test(tcase, topics_are_counted_once_and_limited);
    suite_add_tcase(suite, tcase);
    return unit_run(suite);
}
