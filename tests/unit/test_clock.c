/* The clock, alone and shared by threads; log lines, alone and shared by threads. */
#include "unit.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/base.h"

#define SOON (5 * US_PER_S) /* what a slow machine may need for a few lines */

START_TEST(shows_real_time)
{
    struct clock c;
    struct timespec wall;
    clock_init(&c);
    int64_t first = clock_now_us(&c);
    (void)clock_gettime(CLOCK_REALTIME, &wall);
    int64_t off = (int64_t)wall.tv_sec * US_PER_S + wall.tv_nsec / 1000 - first;
    ck_assert_int_ge(off, -US_PER_S);
    ck_assert_int_le(off, SOON);
    ck_assert_int_ge(clock_now_us(&c), first);
    clock_done(&c);
}
END_TEST

START_TEST(frozen_stands_still)
{
    struct clock c;
    clock_init(&c);
    clock_freeze(&c, 1000);
    ck_assert_int_eq(clock_now_us(&c), 1000);
    clock_advance(&c, 500);
    ck_assert_int_eq(clock_now_us(&c), 1500);
    clock_advance(&c, -2000);
    ck_assert_int_eq(clock_now_us(&c), -500);
    clock_set_scale(&c, 100);
    ck_assert_int_eq(clock_now_us(&c), -500);
    struct clock_state s = clock_state(&c);
    ck_assert(s.is_frozen && s.now_us == -500 && s.scale > 99.5 && s.scale < 100.5);
    clock_advance(&c, INT64_MAX);
    clock_advance(&c, INT64_MAX);
    ck_assert_int_eq(clock_now_us(&c), INT64_MAX);
    clock_advance(&c, INT64_MIN);
    clock_advance(&c, INT64_MIN);
    ck_assert_int_eq(clock_now_us(&c), INT64_MIN);
    clock_done(&c);
}
END_TEST

START_TEST(resumes_where_it_stood)
{
    struct clock c;
    clock_init(&c);
    clock_freeze(&c, 7 * US_PER_S);
    clock_resume(&c);
    int64_t now = clock_now_us(&c);
    ck_assert_int_ge(now, 7 * US_PER_S);
    ck_assert_int_le(now, 7 * US_PER_S + SOON);
    ck_assert(!clock_state(&c).is_frozen);
    clock_reset(&c);
    ck_assert_int_gt(clock_now_us(&c), INT64_C(1600000000) * US_PER_S);
    clock_done(&c);
}
END_TEST

/* Spins for a millisecond of machine time; a clock 1000 times as fast has moved a second. */
START_TEST(scaled_runs_faster)
{
    struct clock c;
    clock_init(&c);
    clock_freeze(&c, 0);
    clock_set_scale(&c, 1000);
    int64_t before = clock_monotonic_us();
    clock_resume(&c);
    int64_t started = clock_monotonic_us();
    while (clock_monotonic_us() - started < US_PER_MS) {
    }
    int64_t least = (clock_monotonic_us() - started) * 1000;
    int64_t now = clock_now_us(&c);
    ck_assert_int_ge(now, least);
    ck_assert_int_le(now, (clock_monotonic_us() - before) * 1000);
    clock_set_scale(&c, 0.001); /* no jump */
    ck_assert_int_ge(clock_now_us(&c), now);
    clock_set_scale(&c, 1e300);
    while (clock_monotonic_us() == before) {
    }
    clock_advance(&c, 1);
    ck_assert_int_ge(clock_now_us(&c), now);
    clock_done(&c);
}
END_TEST

enum { THREADS = 4, ROUNDS = 500 };

static void *use_clock(void *shared)
{
    struct clock *c = shared;
    for (int i = 0; i < ROUNDS; i++) {
        clock_advance(c, 1);
        (void)clock_now_us(c);
        (void)clock_state(c);
        clock_set_scale(c, 2.0);
    }
    return NULL;
}

static void run_threads(void *(*run)(void *), void *shared)
{
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) {
        ck_assert_int_eq(pthread_create(&threads[i], NULL, run, shared), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
    }
}

START_TEST(threads_share_a_clock)
{
    struct clock c;
    clock_init(&c);
    clock_freeze(&c, 0);
    run_threads(use_clock, &c);
    ck_assert_int_eq(clock_now_us(&c), (int64_t)THREADS * ROUNDS);
    clock_done(&c);
}
END_TEST

/* A log into memory; the caller closes and frees. */
struct sink {
    char *text;
    size_t len;
    FILE *stream;
    struct log log;
};

static void sink_open(struct sink *s, enum log_level level)
{
    s->stream = open_memstream(&s->text, &s->len);
    ck_assert_ptr_nonnull(s->stream);
    log_init(&s->log, s->stream, level);
    s->log.has_colour = false;
}

static void sink_close(struct sink *s)
{
    (void)fclose(s->stream);
    free(s->text);
}

static const struct line_row {
    enum log_level level;
    bool has_colour;
    const char *message, *want;
} line_rows[] = {
    {LOG_ERROR, false, "broken", "error: broken\n"},
    {LOG_WARN, false, "odd", "warning: odd\n"},
    {LOG_INFO, false, "listening", "listening\n"},
    {LOG_DEBUG, false, "hidden", ""},
    {LOG_ERROR, true, "broken", "\033[1;31merror: \033[0mbroken\n"},
    {LOG_INFO, true, "listening", "listening\n"},
    {LOG_INFO, false, "a\nerror: forged\r\033[2J\x7f", "a\\nerror: forged\\r\\u001b[2J\\u007f\n"},
    {LOG_INFO, false, "", "\n"},
    {LOG_INFO, false, "ä€", "ä€\n"},
};

START_TEST(lines)
{
    const struct line_row *r = &line_rows[_i];
    struct sink s = {0};
    sink_open(&s, LOG_INFO);
    s.log.has_colour = r->has_colour;
    log_line(&s.log, r->level, "%s", r->message);
    ck_assert_int_eq(fflush(s.stream), 0);
    ck_assert_str_eq(s.text, r->want);
    sink_close(&s);
}
END_TEST

START_TEST(long_lines_are_whole)
{
    struct sink s = {0};
    static char text[5000];
    memset(text, 'x', sizeof text - 1);
    for (size_t len = 1000; len < 1050; len++) {
        sink_open(&s, LOG_INFO);
        log_line(&s.log, LOG_INFO, "%.*s|", (int)len, text);
        ck_assert_uint_eq(s.len, len + 2);
        ck_assert_int_eq(s.text[len], '|');
        sink_close(&s);
    }
    sink_open(&s, LOG_INFO);
    log_line(&s.log, LOG_INFO, "%s", text);
    ck_assert_uint_eq(s.len, sizeof text);
    sink_close(&s);
}
END_TEST

START_TEST(silent_log)
{
    struct log l;
    log_init(&l, NULL, LOG_DEBUG);
    log_line(&l, LOG_ERROR, "to nobody");
    ck_assert(!l.has_colour);
}
END_TEST

static const struct colour_row {
    const char *no_color, *force;
    bool want; /* on a stream that is no terminal */
} colour_rows[] = {
    {NULL, NULL, false}, {NULL, "1", true}, {NULL, "0", false},
    {NULL, "", false},   {"1", "1", false}, {"", "1", true},
};

static void set_or_unset(const char *name, const char *value)
{
    ck_assert_int_eq(value ? setenv(name, value, 1) : unsetenv(name), 0);
}

START_TEST(colour)
{
    struct sink s = {0};
    sink_open(&s, LOG_INFO);
    set_or_unset("NO_COLOR", colour_rows[_i].no_color);
    set_or_unset("CLICOLOR_FORCE", colour_rows[_i].force);
    ck_assert(colour_wanted(s.stream) == colour_rows[_i].want);
    sink_close(&s);
}
END_TEST

static void *write_lines(void *shared)
{
    struct log *l = shared;
    for (int i = 0; i < ROUNDS; i++) {
        log_line(l, LOG_INFO, "%s-%s", "first half of it", "second half of it");
    }
    return NULL;
}

/* Into memory of a fixed size: a stream that grows allocates under the C library's own lock, which
 * the thread sanitizer does not see. */
START_TEST(threads_write_whole_lines)
{
    enum { TEXT_BYTES = THREADS * ROUNDS * 64 };
    char *text = calloc(1, TEXT_BYTES);
    FILE *stream = fmemopen(text, TEXT_BYTES, "w");
    struct log log;
    ck_assert(text != NULL && stream != NULL);
    log_init(&log, stream, LOG_INFO);
    log.has_colour = false;
    run_threads(write_lines, &log);
    (void)fclose(stream);
    struct str rest = str_of(text), line;
    int n = 0;
    while (str_cut(&rest, '\n', &line) && line.len > 0) {
        ck_assert(str_eq(line, STR("first half of it-second half of it")));
        n++;
    }
    ck_assert_int_eq(n, THREADS * ROUNDS);
    free(text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("clock");
    TCase *c = tcase_create("clock");
    suite_add_tcase(suite, c);
    tcase_set_timeout(c, 60);
    tcase_add_test(c, shows_real_time);
    tcase_add_test(c, frozen_stands_still);
    tcase_add_test(c, resumes_where_it_stood);
    tcase_add_test(c, scaled_runs_faster);
    tcase_add_test(c, threads_share_a_clock);
    tcase_add_loop_test(c, lines, 0, (int)(sizeof line_rows / sizeof line_rows[0]));
    tcase_add_test(c, long_lines_are_whole);
    tcase_add_test(c, silent_log);
    tcase_add_loop_test(c, colour, 0, (int)(sizeof colour_rows / sizeof colour_rows[0]));
    tcase_add_test(c, threads_write_whole_lines);
    return unit_run(suite);
}
