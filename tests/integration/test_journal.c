/* The journal's files, through a socket: every request is in them as it ended, archives are HTTP
 * Archives at any time, secrets are left out unless they are asked for. */
#include "tests/integration/wire.h"

#include <time.h>

static struct arena arena;
static char folder[64], lines_path[96], archive_path[96];

static void setup(void)
{
    arena_init(&arena, 0, 0);
    snprintf(folder, sizeof folder, "/tmp/rehearse-journal-XXXXXX");
    ck_assert(mkdtemp(folder) != NULL);
    snprintf(lines_path, sizeof lines_path, "%s/a.ndjson", folder);
    snprintf(archive_path, sizeof archive_path, "%s/a.har", folder);
}

static void teardown(void)
{
    (void)unlink(lines_path);
    (void)unlink(archive_path);
    (void)rmdir(folder);
    arena_done(&arena);
}

static struct mock *serve(bool keeps_secrets)
{
    struct mock *mock = NULL;
    struct err err = {0};
    struct mock_site site = wire_site(WIRE_PROFILE, "");
    struct mock_journal journals[] = {{lines_path, false}, {archive_path, true}};
    struct mock_options options = {.n_threads = 2,
                                   .seed = 1,
                                   .admin_token = STR("test-admin"),
                                   .journals = journals,
                                   .n_journals = 2,
                                   .journals_keep_secrets = keeps_secrets};
    signal(SIGPIPE, SIG_IGN);
    ck_assert_msg(mock_start(&mock, &options, &site, 1, &err), "%s", err.msg);
    return mock;
}

static struct str read_text(const char *path)
{
    struct str text;
    struct err err = {0};
    ck_assert_msg(file_read(&text, &arena, path, 64 << 20, &err), "%s", err.msg);
    return text;
}

static struct json parse(struct str text)
{
    const struct json_doc *doc = NULL;
    struct err err = {0};
    ck_assert_msg(json_parse(&doc, &arena, STR("journal"), text, NULL, NULL, &err), "%s: %.*s",
                  err.msg, STR_ARG(str_slice(text, 0, 2000)));
    return json_root(doc);
}

static bool complain(const struct schema_issue *issue, void *ctx)
{
    struct buf where;
    (void)ctx;
    buf_init(&where, &arena);
    json_pointer_put(&where, issue->instance);
    fprintf(stderr, "no archive at %s\n", buf_cstr(&where));
    return true;
}

/* The archive's entries; the text must be an HTTP Archive. */
static struct json entries_of(struct str text)
{
    struct err err = {0};
    const struct schema *schema = NULL;
    struct json har = parse(text), source = parse(read_text("tests/data/har.schema.json"));
    struct schema_set *set = schema_set_new(&arena, true);
    struct schema_run *run = schema_run_new();
    ck_assert_msg(schema_set_add(set, STR(""), source, &err), "%s", err.msg);
    ck_assert_msg(schema_compile(&schema, set, STR(""), &err), "%s", err.msg);
    ck_assert(schema_check(schema, run, har, complain, NULL));
    schema_run_free(run);
    schema_set_free(set);
    return json_path(har, STR("log.entries"));
}

static struct json at(struct json list, size_t i)
{
    struct json v = json_first(list);
    for (; i > 0; i--) {
        v = json_next(v);
    }
    return v;
}

static void must_be(struct json v, const char *pointer, const char *wanted)
{
    struct json m = json_pointer_find(v, str_of(pointer));
    ck_assert_msg(json_exists(m) && str_eq(json_source(m), str_of(wanted)), "%s is %.*s, not %s",
                  pointer, STR_ARG(json_exists(m) ? json_source(m) : STR("absent")), wanted);
}

/* Some requests of each kind; gives the token that was used. */
static void visit(struct mock *mock, char token[256])
{
    wire_token(mock, token, 256);
    struct wire_call calls[] = {
        {.method = "GET",
         .path = WIRE_CODES "?pageSize=1&name=%41+b&access_token=hunter2",
         .bearer = token,
         .extra = "Cookie: a=hunter2; b=hunter2\r\nX-Twice: 1\r\nX-Twice: 2\r\n"},
        {.method = "POST", .path = WIRE_CODES, .bearer = token, .body = "{\"name\": \"Journal\"}"},
        {.method = "POST", .path = WIRE_CODES, .bearer = token, .body = "\xff\xfe\x01"},
        {.method = "GET", .path = "/nothing/%ff\xc3", .bearer = token},
    };
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        ck_assert_int_ne(wire_ask(mock, &calls[i], NULL), 0);
    }
    ck_assert_int_eq(wire_admin(mock, "POST", "/faults", "{\"preset\": \"reset-after-commit\"}"),
                     201);
    struct wire_call lost = {
        .method = "POST", .path = WIRE_CODES, .bearer = token, .body = "{\"name\": \"Lost\"}"};
    ck_assert_int_eq(wire_ask(mock, &lost, NULL), 0);
    ck_assert_int_eq(
        wire_admin(mock, "POST", "/faults", "{\"then\": {\"latencyMs\": 30}, \"times\": 1}"), 201);
    ck_assert_int_eq(wire_ask(mock, &calls[0], NULL), 200);
}
enum { VISITED = 7 };

static size_t count_lines(struct str text)
{
    size_t n = 0;
    struct str rest = text, line;
    while (rest.len && str_cut(&rest, '\n', &line)) {
        must_be(parse(line), "/site", "\"" WIRE_PROFILE "\"");
        n++;
    }
    return n;
}

START_TEST(both_files_hold_every_request)
{
    struct mock *mock = serve(false);
    char token[256];
    visit(mock, token);
    mock_stop(mock);
    struct str lines = read_text(lines_path), archive = read_text(archive_path);
    ck_assert_uint_eq(count_lines(lines), VISITED);
    struct json entries = entries_of(archive);
    ck_assert_uint_eq(json_count(entries), VISITED);
    static const struct {
        size_t entry;
        const char *pointer, *wanted;
    } facts[] = {
        {0, "/request/postData/text", "\"grant_type=client_credentials\""},
        {0, "/request/headers/3", "{\"name\":\"Authorization\",\"value\":\"Basic [left out]\"}"},
        {1, "/request/url",
         "\"http://test" WIRE_CODES "?pageSize=1&name=%41+b&access_token=%5Bleft%20out%5D\""},
        {1, "/request/queryString/1", "{\"name\":\"name\",\"value\":\"A b\"}"},
        {1, "/request/queryString/2", "{\"name\":\"access_token\",\"value\":\"[left out]\"}"},
        {1, "/request/cookies/1", "{\"name\":\"b\",\"value\":\"[left out]\"}"},
        {1, "/request/headers/2", "{\"name\":\"Cookie\",\"value\":\"[left out]\"}"},
        {1, "/request/headers/3", "{\"name\":\"X-Twice\",\"value\":\"1\"}"},
        {1, "/request/headers/4", "{\"name\":\"X-Twice\",\"value\":\"2\"}"},
        {1, "/response/status", "200"},
        {1, "/response/headers/0", "{\"name\":\"Content-Type\",\"value\":\"application/json\"}"},
        {2, "/_rehearse/operation", "\"postRoutingWrapupcodes\""},
        {3, "/request/postData/text", "\"//4B\""},
        {3, "/request/postData/_encoding", "\"base64\""},
        {3, "/response/statusText", "\"Bad Request\""},
        {4, "/request/url", "\"http://test/nothing/%ff%C3\""},
        {4, "/response/status", "404"},
        {5, "/response/status", "0"},
        {5, "/response/_status", "200"},
        {5, "/_rehearse/fault", "\"reset-after-commit\""},
        {6, "/_rehearse/injectedMs", "30"},
    };
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++) {
        must_be(at(entries, facts[i].entry), facts[i].pointer, facts[i].wanted);
    }
    ck_assert_double_ge(json_double(json_get(at(entries, 6), STR("time"))), 30.0);
    const struct str secrets[] = {str_of(token), STR("hunter2"), STR("YWNtZS1hZG1pbjphY21l")};
    for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++) {
        ck_assert_uint_eq(str_find(lines, secrets[i]), lines.len);
        ck_assert_uint_eq(str_find(archive, secrets[i]), archive.len);
    }
}
END_TEST

START_TEST(secrets_stay_where_they_are_asked_for)
{
    struct mock *mock = serve(true);
    char token[256];
    visit(mock, token);
    mock_stop(mock);
    struct str lines = read_text(lines_path), archive = read_text(archive_path);
    ck_assert_uint_lt(str_find(lines, str_of(token)), lines.len);
    ck_assert_uint_lt(str_find(archive, str_of(token)), archive.len);
    ck_assert_uint_lt(str_find(archive, STR("YWNtZS1hZG1pbjphY21l")), archive.len);
    ck_assert_uint_eq(json_count(entries_of(archive)), VISITED);
}
END_TEST

/* A process that is killed leaves an archive behind too. */
START_TEST(an_archive_is_whole_while_it_is_written)
{
    struct mock *mock = serve(false);
    char token[256];
    struct timespec nap = {.tv_nsec = 2000000};
    size_t n = 0;
    ck_assert_uint_eq(json_count(entries_of(read_text(archive_path))), 0);
    visit(mock, token);
    for (int i = 0; i < 5000 && n < VISITED; i++) {
        struct str text = read_text(archive_path);
        const struct json_doc *doc = NULL;
        struct err err = {0};
        if (json_parse(&doc, &arena, STR("archive"), text, NULL, NULL, &err)) {
            n = json_count(json_path(json_root(doc), STR("log.entries")));
        }
        if (n < VISITED) {
            arena_reset(&arena);
            nanosleep(&nap, NULL);
        }
    }
    ck_assert_uint_eq(n, VISITED);
    mock_stop(mock);
}
END_TEST

enum { WRITERS = 4, WRITES = 40 };
struct writer {
    pthread_t thread;
    const struct mock *mock;
    const char *token;
    int number, answered;
};

static void *write_codes(void *ctx)
{
    struct writer *w = ctx;
    for (int i = 0; i < WRITES; i++) {
        char body[100];
        (void)snprintf(body, sizeof body, "{\"name\": \"Writer %d code %d\"}", w->number, i);
        struct wire_call make = {
            .method = "POST", .path = WIRE_CODES, .bearer = w->token, .body = body};
        w->answered += wire_ask(w->mock, &make, NULL) > 0;
        if (i % 10 == 0) {
            (void)wire_admin(w->mock, "GET", "/metrics", NULL);
            (void)wire_admin(w->mock, "GET", "/journal?format=har&limit=3", NULL);
            (void)wire_admin(w->mock, "GET", "/faults", NULL);
        }
    }
    return NULL;
}

/* Several at once, under a rule that looks at the tenant, with readers beside them: all is there. */
START_TEST(nothing_is_lost_under_load)
{
    struct mock *mock = serve(false);
    struct writer writers[WRITERS];
    char token[256];
    wire_token(mock, token, sizeof token);
    ck_assert_int_eq(
        wire_admin(mock, "POST", "/faults",
                   "{\"when\": {\"state\": {\"resource\": \"wrapupCode\", \"field\": "
                   "\"name\", \"value\": \"Writer 1 code 5\"}}, \"then\": {\"status\": "
                   "503}, \"times\": 7}"),
        201);
    for (int i = 0; i < WRITERS; i++) {
        writers[i] = (struct writer){.mock = mock, .token = token, .number = i};
        ck_assert_int_eq(pthread_create(&writers[i].thread, NULL, write_codes, &writers[i]), 0);
    }
    for (int i = 0; i < WRITERS; i++) {
        ck_assert_int_eq(pthread_join(writers[i].thread, NULL), 0);
        ck_assert_int_eq(writers[i].answered, WRITES);
    }
    mock_stop(mock);
    ck_assert_uint_eq(count_lines(read_text(lines_path)), WRITERS * WRITES + 1);
    struct json entries = entries_of(read_text(archive_path));
    size_t refused = 0;
    for (struct json e = json_first(entries); json_exists(e); e = json_next(e)) {
        refused += json_i64_or(json_path(e, STR("response.status")), 0) == 503;
    }
    ck_assert_uint_eq(json_count(entries), WRITERS * WRITES + 1);
    ck_assert_uint_eq(refused, 7);
}
END_TEST

static const struct format_row {
    const char *query, *type;
    size_t lines; /* 0: one document */
} formats[] = {
    {"?format=json", "application/json", 0},
    {"?format=ndjson", "application/x-ndjson", VISITED + 1},
    {"?format=har", "application/json", 0},
};

START_TEST(the_admin_api_gives_each_format)
{
    const struct format_row *row = &formats[_i];
    struct mock *mock = serve(false);
    char token[256];
    struct buf path;
    visit(mock, token);
    buf_init(&path, &arena);
    buf_printf(&path, "/__rehearse/journal%s", row->query);
    AUTO(fd_close) int fd = wire_open(mock);
    struct wire_answer answer = wire_call(
        fd, &(struct wire_call){.method = "GET", .path = buf_cstr(&path), .admin = "test-admin"});
    ck_assert_int_eq(answer.status, 200);
    ck_assert(str_eq(wire_header(&answer, "Content-Type"), str_of(row->type)));
    if (row->lines) {
        struct str rest = answer.body, line;
        size_t n = 0;
        while (rest.len && str_cut(&rest, '\n', &line)) {
            struct json v = parse(line);
            ck_assert(json_exists(json_get(v, ++n < row->lines ? STR("number") : STR("dropped"))));
        }
        ck_assert_uint_eq(n, row->lines);
    } else if (strcmp(row->query, "?format=har") == 0) {
        ck_assert_uint_eq(json_count(entries_of(str_copy(&arena, answer.body))), VISITED);
    } else {
        ck_assert_uint_eq(json_count(json_get(parse(answer.body), STR("entries"))), VISITED);
    }
    wire_drop(&answer);
    ck_assert_int_eq(wire_admin(mock, "GET", "/journal?format=xml", NULL), 400);
    mock_stop(mock);
}
END_TEST

START_TEST(a_file_that_cannot_be_written_is_told)
{
    struct mock *mock = NULL;
    struct err err = {0};
    struct mock_site site = wire_site(WIRE_PROFILE, "");
    struct mock_journal journal = {"/nowhere/at/all.har", true};
    struct mock_options options = {.journals = &journal, .n_journals = 1};
    ck_assert(!mock_start(&mock, &options, &site, 1, &err));
    ck_assert_msg(strstr(err.msg, "/nowhere/at/all.har") != NULL, "%s", err.msg);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("journal files");
    TCase *c = tcase_create("journal");
    suite_add_tcase(suite, c);
    tcase_set_timeout(c, 120);
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, both_files_hold_every_request);
    tcase_add_test(c, secrets_stay_where_they_are_asked_for);
    tcase_add_test(c, an_archive_is_whole_while_it_is_written);
    tcase_add_test(c, nothing_is_lost_under_load);
    tcase_add_loop_test(c, the_admin_api_gives_each_format, 0,
                        (int)(sizeof formats / sizeof *formats));
    tcase_add_test(c, a_file_that_cannot_be_written_is_told);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
