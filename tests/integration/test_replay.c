/* rehearse replay, through the program: a journal that is replayed is the same; ids that are others now are followed;
 * what differs is shown; curl's lines are sent. */
#include "tests/integration/wire.h"

#include "tests/unit/unit.h"

#include <sys/stat.h>
#include <sys/wait.h>

static char folder[60], journal[100];
static struct arena arena;

static void setup(void)
{
    arena_init(&arena, 0, 0);
    (void)snprintf(folder, sizeof folder, "/tmp/rehearse-replay-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    (void)snprintf(journal, sizeof journal, "%s/run.ndjson", folder);
}

static void teardown(void)
{
    (void)unlink(journal);
    (void)rmdir(folder);
    arena_done(&arena);
}

static struct str replay(const char *words, int *out_status)
{
    const char *program = getenv("REHEARSE");
    char piece[4096];
    struct buf line, out;
    size_t n;
    buf_init(&line, &arena);
    buf_init(&out, &arena);
    buf_printf(&line, "%s replay %s %s 2>&1", program ? program : "build/debug/rehearse", words,
               journal);
    FILE *f = popen(buf_cstr(&line), "r");
    ck_assert_ptr_nonnull(f);
    while ((n = fread(piece, 1, sizeof piece, f)) > 0) {
        buf_put(&out, (struct str){piece, n});
    }
    int status = pclose(f);
    *out_status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return buf_str(&out);
}

/* A client at work on a mock that writes its journal: it makes a code, reads it by the id that it was given, changes
 * it, reads again. */
static void record(uint64_t seed)
{
    const struct mock_journal file = {.path = journal};
    const struct mock_options options = {.n_threads = 1,
                                         .seed = seed,
                                         .admin_token = STR("test-admin"),
                                         .journals = &file,
                                         .n_journals = 1,
                                         .journals_keep_secrets = true};
    struct mock *mock = NULL;
    struct err err = {.code = ERR_NONE};
    struct mock_site site = wire_site(WIRE_PROFILE, "");
    char token[100], path[200];
    struct buf answer;
    buf_init(&answer, &arena);
    signal(SIGPIPE, SIG_IGN);
    ck_assert_msg(mock_start(&mock, &options, &site, 1, &err), "%s", err.msg);
    /* the random stream of ids is not where that of a fresh tenant is */
    ck_assert_int_eq(wire_admin(mock, "POST", "/entities/skill", "{\"name\":\"Earlier\"}"), 201);
    wire_token(mock, token, sizeof token);
    struct wire_call make = {
        .method = "POST", .path = WIRE_CODES, .bearer = token, .body = "{\"name\":\"Again\"}"};
    ck_assert_int_eq(wire_ask(mock, &make, &answer), 200);
    struct str text = buf_str(&answer), mark = STR("\"id\":\"");
    size_t at = str_find(text, mark) + mark.len;
    ck_assert_uint_lt(at + 36, text.len);
    (void)snprintf(path, sizeof path, WIRE_CODES "/%.36s", text.s + at);
    struct wire_call read = {.method = "GET", .path = path, .bearer = token};
    struct wire_call change = {
        .method = "PUT", .path = path, .bearer = token, .body = "{\"name\":\"Again, changed\"}"};
    ck_assert_int_eq(wire_ask(mock, &read, NULL), 200);
    ck_assert_int_eq(wire_ask(mock, &change, NULL), 200);
    ck_assert_int_eq(wire_ask(mock, &read, NULL), 200);
    mock_stop(mock);
}

START_TEST(the_same_again)
{
    int status = 0;
    record(7);
    struct str out = replay("--verbose", &status);
    ck_assert_msg(status == 0, "%.*s", STR_ARG(out));
    ck_assert_msg(str_find(out, STR("5 requests: 5 the same")) < out.len, "%.*s", STR_ARG(out));
    out = replay("--times --speed 100 --format json", &status);
    ck_assert_int_eq(status, 0);
    ck_assert(str_find(out, STR("\"bad\":0")) < out.len);
}
END_TEST

/* The tenant is another one: what it answers differs, by status and by members. */
START_TEST(differences)
{
    int status = 0;
    struct err err = {.code = ERR_NONE};
    struct str text;
    record(7);
    ck_assert(file_read(&text, &arena, journal, 1 << 20, &err));
    struct buf changed;
    buf_init(&changed, &arena);
    for (size_t i = 0; i < text.len; i++) { /* the record says another name than was sent */
        struct str rest = str_slice(text, i, text.len);
        bool is_answer = str_starts(rest, STR("\\\"name\\\":\\\"Again, changed")) &&
                         i > str_find(text, STR("\"number\":5"));
        buf_put(&changed,
                is_answer ? STR("\\\"name\\\":\\\"Never said") : str_slice(text, i, i + 1));
        i += is_answer ? strlen("\\\"name\\\":\\\"Again, changed") - 1 : 0;
    }
    ck_assert(file_write(journal, buf_str(&changed), 0600, &err));
    struct str out = replay("", &status);
    ck_assert_msg(status == 1 && str_find(out, STR("- \"Never said\"")) < out.len &&
                      str_find(out, STR("+ \"Again, changed\"")) < out.len &&
                      str_find(out, STR("/name")) < out.len,
                  "%d %.*s", status, STR_ARG(out));
    out = replay("--ignore /name", &status);
    ck_assert_msg(status == 0, "%.*s", STR_ARG(out));
    out = replay("--format junit", &status);
    ck_assert(status == 1 && str_find(out, STR("failures=\"1\"")) < out.len);
}
END_TEST

START_TEST(curl_lines)
{
    int status = 0;
    struct err err = {.code = ERR_NONE};
    struct str text = STR("curl 'https://api.mypurecloud.com" WIRE_CODES
                          "?pageSize=1' -H 'Authorization: Bearer gone'\n");
    ck_assert(file_write(journal, text, 0600, &err));
    struct str out = replay("", &status);
    ck_assert_msg(status == 0 && str_find(out, STR("200")) < out.len, "%.*s", STR_ARG(out));
}
END_TEST

START_TEST(refused)
{
    static const char *const words[] = {"--format x", "--ignore name", "--speed 0",
                                        "--profile nothing", "--tenant /no/such"};
    int status = 0;
    struct err err = {.code = ERR_NONE};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        ck_assert(file_write(journal, STR("curl https://h/x\n"), 0600, &err));
        (void)replay(words[i], &status);
        ck_assert_msg(status == 2, "%s: %d", words[i], status);
    }
    ck_assert(file_write(journal, STR("{\"a\":"), 0600, &err));
    (void)replay("", &status);
    ck_assert_int_eq(status, 2);
    ck_assert(file_write(journal, STR("curl https://h/x\n"), 0600, &err));
    struct str out = replay("--url http://127.0.0.1:1", &status);
    ck_assert_msg(status == 1 && str_find(out, STR("no answer")) < out.len, "%.*s", STR_ARG(out));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("replay");
    TCase *tc = tcase_create("replay");
    tcase_set_timeout(tc, 120);
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, the_same_again);
    tcase_add_test(tc, differences);
    tcase_add_test(tc, curl_lines);
    tcase_add_test(tc, refused);
    suite_add_tcase(suite, tc);
    return unit_run(suite);
}
