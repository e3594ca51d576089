/* The words of `rehearse ctl`: what they ask, what is refused, and that they are all of the admin
 * interface: each endpoint has its word, each word its endpoint, and the manual has both. */
#include "tests/unit/unit.h"

#include "cli/ctl_words.h"
#include "mockapi/admin_int.h"

#include <string.h>

enum { WORDS_MAX = 5 };

static struct arena arena;

static void setup(void)
{
    arena_init(&arena, 0, 0);
}

static void teardown(void)
{
    arena_done(&arena);
}

static const struct plan_row {
    const char *words;
    const char *method, *path, *body; /* method NULL: refused, and path begins the reason */
} plans[] = {
    {"health", "GET", "/health", ""},
    {"journal", "GET", "/journal?limit=20&wait=2&format=har&status=429&path=%2Fa%26b", ""},
    {"journal clear", "DELETE", "/journal", ""},
    {"unmatched", "GET", "/unmatched?limit=20&wait=2&format=har&status=429&path=%2Fa%26b", ""},
    {"state", "GET", "/state", ""},
    {"state kept", "GET", "/snapshots", ""},
    {"state keep a b", NULL, "state keep: it is put, kept, keep NAME", NULL},
    {"state keep a/b", "PUT", "/snapshots/a%2Fb", ""},
    {"state show x", "GET", "/snapshots/x", ""},
    {"state restore x", "POST", "/snapshots/x/restore", ""},
    {"state forget x", "DELETE", "/snapshots/x", ""},
    {"state put", NULL, "state put: which file?", NULL},
    {"state remove x", NULL, "state remove: it is put, kept", NULL},
    {"entities queue", "GET", "/entities/queue?status=429&path=%2Fa%26b", ""},
    {"entities queue q1", "GET", "/entities/queue?id=q1&status=429&path=%2Fa%26b", ""},
    {"entities remove queue q1", "DELETE", "/entities/queue?id=q1", ""},
    {"entities remove queue all", "DELETE", "/entities/queue?all=true", ""},
    {"entities remove queue", NULL, "entities remove: it is RESOURCE [ID], make RESOURCE", NULL},
    {"entities make queue", NULL, "entities make: which file?", NULL},
    {"entities", NULL, "entities : it is RESOURCE [ID]", NULL},
    {"reset", "POST", "/reset", ""},
    {"reload", "POST", "/reload", ""},
    {"reload status", "GET", "/reload", ""},
    {"faults", "GET", "/faults", ""},
    {"faults list", "GET", "/faults", ""},
    {"faults presets", "GET", "/faults/presets", ""},
    {"faults add 429-burst", "POST", "/faults", "{\"preset\":\"429-burst\",\"times\":3}"},
    {"faults add", NULL, "faults add: which?", NULL},
    {"faults remove 3", "DELETE", "/faults/3", ""},
    {"faults clear", "DELETE", "/faults", ""},
    {"faults clean", NULL, "faults clean: it is list, presets, add [PRESET], remove ID, clear",
     NULL},
    {"clock", "GET", "/clock", ""},
    {"clock advance 2h", "POST", "/clock", "{\"advance\":\"2h\"}"},
    {"clock scale 60", "POST", "/clock", "{\"scale\":60}"},
    {"clock scale 6}", "POST", "/clock", "{\"scale\":\"6}\"}"},
    {"clock freeze", "POST", "/clock", "{\"freeze\":true}"},
    {"clock set resume", "POST", "/clock", "{\"resume\":true}"},
    {"clock set", NULL, "clock set: it is set advance 2d|freeze", NULL},
    {"tokens", "GET", "/tokens", ""},
    {"tokens issue acme", "POST", "/tokens/issue", "{\"client\":\"acme\"}"},
    {"tokens issue", NULL, "tokens issue: it is issue CLIENT", NULL},
    {"tokens expire", "POST", "/tokens/expire", "{\"client\":\"\"}"},
    {"tokens revoke a\"b", "POST", "/tokens/revoke", "{\"client\":\"a\\\"b\"}"},
    {"session", "GET", "/sessions", ""},
    {"sessions list", "GET", "/sessions", ""},
    {"session new", "POST", "/sessions", "{}"},
    {"session new blue", "POST", "/sessions", "{\"name\":\"blue\"}"},
    {"session show blue", "GET", "/sessions/blue", ""},
    {"session drop blue", "DELETE", "/sessions/blue", ""},
    {"session drop", NULL, "session drop: it is list, new [NAME]", NULL},
    {"hooks", "GET", "/hooks", ""},
    {"hooks redeliver 7", "POST", "/hooks/7/redeliver", ""},
    {"sink", "GET", "/sink?wait=2&status=429&path=%2Fa%26b", ""},
    {"sink bi", "GET", "/sink?wait=2&name=bi&status=429&path=%2Fa%26b", ""},
    {"sink answer bi 503", "POST", "/sink", "{\"name\":\"bi\",\"status\":503,\"times\":3}"},
    {"sink answer bi often", NULL, "sink answer NAME STATUS: which status?", NULL},
    {"sink clear", "DELETE", "/sink", ""},
    {"streams", "GET", "/streams", ""},
    {"channels", "GET", "/streams", ""},
    {"channels push", NULL, "channels takes no \"push\"", NULL},
    {"streams push t", NULL, "streams push TOPIC --file BODY", NULL},
    {"streams warn", "POST", "/streams/warn", ""},
    {"streams close", "DELETE", "/streams", ""},
    {"streams close 4000", "DELETE", "/streams?code=4000", ""},
    {"metrics", "GET", "/metrics", ""},
    {"metrics now", NULL, "metrics takes no \"now\"", NULL},
    {"openapi", "GET", "/openapi", ""},
    {"sites", "GET", "/sites", ""},
    {"jornal", NULL, "ctl has no \"jornal\"; did you mean journal?", NULL},
    {"nothing-like-it", NULL, "ctl has no \"nothing-like-it\"; see", NULL},
};

START_TEST(a_plan)
{
    const struct plan_row *row = &plans[_i];
    struct option_list where = {.at = {"status=429", "path=/a&b"}, .n = 2};
    struct ctl_wish wish = {
        .arena = &arena, .where = &where, .format = "har", .limit = 20, .wait = 2, .times = 3};
    struct ctl_call call = {0};
    struct err err = {0};
    char *words[WORDS_MAX];
    size_t n = 0;
    struct str rest = str_of(row->words), word;
    while (rest.len && str_cut(&rest, ' ', &word)) {
        struct buf text;
        buf_init(&text, &arena);
        buf_put(&text, word);
        (void)buf_cstr(&text);
        words[n++] = text.s;
    }
    bool is_planned = ctl_plan(&call, &wish, words, n, &err);
    ck_assert_msg(is_planned == (row->method != NULL), "%s: %s", row->words, err.msg);
    if (is_planned) {
        ck_assert_str_eq(call.method, row->method);
        ck_assert_str_eq(buf_cstr(&call.path), row->path);
        ck_assert_msg(str_eq(buf_str(&call.body), str_of(row->body)), "%.*s",
                      STR_ARG(buf_str(&call.body)));
    } else {
        ck_assert_msg(str_starts(str_of(err.msg), str_of(row->path)), "%s", err.msg);
    }
    buf_done(&call.path);
    buf_done(&call.body);
}
END_TEST

START_TEST(a_where_needs_a_name)
{
    static const char *const wrong[] = {"429", "=429", ""};
    struct option_list where = {.at = {wrong[_i]}, .n = 1};
    struct ctl_wish wish = {.arena = &arena, .where = &where};
    struct ctl_call call = {0};
    struct err err = {0};
    char what[] = "journal", *words[] = {what};
    ck_assert(!ctl_plan(&call, &wish, words, 1, &err));
    ck_assert_int_eq(err.code, ERR_INPUT);
    buf_done(&call.path);
    buf_done(&call.body);
}
END_TEST

static bool is_same(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

START_TEST(every_endpoint_has_a_word)
{
    for (size_t i = 0; i < admin_n_endpoints; i++) {
        const struct admin_endpoint *e = &admin_endpoints[i];
        bool is_there = false;
        for (size_t k = 0; k < ctl_n_words && !is_there; k++) {
            is_there =
                is_same(e->path, ctl_words[k].path) && is_same(e->method, ctl_words[k].method);
        }
        ck_assert_msg(is_there, "ctl has no word for %s %s", e->method, e->path);
    }
}
END_TEST

START_TEST(every_word_has_an_endpoint)
{
    for (size_t k = 0; k < ctl_n_words; k++) {
        const struct ctl_word *w = &ctl_words[k];
        bool is_there = false;
        for (size_t i = 0; i < admin_n_endpoints && !is_there; i++) {
            const struct admin_endpoint *e = &admin_endpoints[i];
            is_there = is_same(e->path, w->path) && is_same(e->method, w->method);
        }
        ck_assert_msg(is_there, "there is no %s %s for ctl %s %s", w->method, w->path, w->what,
                      w->verb);
    }
}
END_TEST

/* "/faults/{id}" stands as "/faults/ID" in the manual. */
START_TEST(the_manual_has_every_endpoint)
{
    struct str text;
    struct err err = {0};
    ck_assert_msg(file_read(&text, &arena, "docs/admin-api.md", 1 << 20, &err), "%s", err.msg);
    for (size_t i = 0; i < admin_n_endpoints; i++) {
        const struct admin_endpoint *e = &admin_endpoints[i];
        struct buf path;
        buf_init(&path, &arena);
        bool is_name = false;
        for (const char *c = e->path; *c; c++) {
            is_name = (is_name || *c == '{') && *c != '}';
            if (*c != '{' && *c != '}') {
                buf_put_char(&path, is_name ? (char)(*c - 'a' + 'A') : *c);
            }
        }
        ck_assert_msg(str_find(text, buf_str(&path)) < text.len, "the manual lacks %s %s",
                      e->method, buf_cstr(&path));
        ck_assert_msg(str_find(text, str_of(e->method)) < text.len, "%s", e->method);
    }
}
END_TEST

#define COUNT(rows) ((int)(sizeof(rows) / sizeof *(rows)))

int main(void)
{
    Suite *suite = suite_create("ctl");
    TCase *c = tcase_create("ctl");
    suite_add_tcase(suite, c);
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_loop_test(c, a_plan, 0, COUNT(plans));
    tcase_add_loop_test(c, a_where_needs_a_name, 0, 3);
    tcase_add_test(c, every_endpoint_has_a_word);
    tcase_add_test(c, every_word_has_an_endpoint);
    tcase_add_test(c, the_manual_has_every_endpoint);
    return unit_run(suite);
}
