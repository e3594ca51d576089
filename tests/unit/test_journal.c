/* The journal: order, filters, the ring's ends, secrets, hostile bytes, waiting, unmatched. */
#include "tests/unit/unit.h"

#include "mockapi/fault.h"
#include "mockapi/journal_file.h"

#include <pthread.h>
#include <string.h>
#include <unistd.h>

static struct arena arena;

static void setup(void)
{
    arena_init(&arena, 0, 0);
}

static void teardown(void)
{
    arena_done(&arena);
}

static const struct segment code_segments[] = {{.text = STR_INIT("api")},
                                               {.text = STR_INIT("codes")},
                                               {.text = STR_INIT("id"), .is_parameter = true}};
static const struct operation operations[] = {
    {.id = STR_INIT("listCodes"),
     .method = STR_INIT("GET"),
     .path = STR_INIT("/api/codes"),
     .segments = code_segments,
     .n_segments = 2},
    {.id = STR_INIT("readCode"),
     .method = STR_INIT("GET"),
     .path = STR_INIT("/api/codes/{id}"),
     .segments = code_segments,
     .n_segments = 3},
    {.id = STR_INIT("createCode"),
     .method = STR_INIT("POST"),
     .path = STR_INIT("/api/codes"),
     .segments = code_segments,
     .n_segments = 2},
};
static const struct contract contract = {.operations = operations, .n_operations = 3};

static struct request make(uint64_t number, const char *method, const char *uri,
                           const struct operation *op)
{
    struct request rq = {.arena = &arena, .contract = &contract, .number = number, .op = op};
    rq.method = str_of(method);
    rq.uri = str_of(uri);
    rq.path = str_slice(rq.uri, 0, str_find_char(rq.uri, '?'));
    rq.reply.status = op ? 200 : 404;
    buf_init(&rq.reply.body, &arena);
    return rq;
}

static struct json show(struct journal *j, struct journal_filter filter)
{
    struct buf out;
    const struct json_doc *doc = NULL;
    struct err err = {0};
    buf_init(&out, &arena);
    journal_put(&out, j, &filter, JOURNAL_JSON);
    ck_assert_msg(json_parse(&doc, &arena, STR("journal"), buf_str(&out), NULL, NULL, &err),
                  "%s\n%s", err.msg, buf_cstr(&out));
    return json_root(doc);
}

static struct json entry(struct json root, size_t i)
{
    struct json e = json_first(json_get(root, STR("entries")));
    for (size_t at = 0; at < i; at++) {
        e = json_next(e);
    }
    return e;
}

static void must_be(struct json v, const char *dotted, const char *wanted)
{
    struct json m = json_path(v, str_of(dotted));
    ck_assert_msg(json_exists(m) && str_eq(json_source(m), str_of(wanted)), "%s is %.*s, not %s",
                  dotted, STR_ARG(json_exists(m) ? json_source(m) : STR("absent")), wanted);
}

START_TEST(an_entry_says_all)
{
    struct journal *j = journal_new(0);
    static const struct tenant_client anna = {.id = STR_INIT("anna")};
    struct fault_plan plan = {.id = 4, .name = STR("late"), .close = FAULT_CLOSE_AFTER};
    struct request rq = make(1, "POST", "/api/codes?x=1", &operations[2]);
    rq.bearer.client = &anna;
    rq.fault = &plan;
    rq.body_text = STR("{\"name\":\"A\"}");
    rq.reply.case_name = STR("unique");
    rq.reply.content_type = STR("application/json");
    reply_header(&rq, STR("ETag"), STR("\"1\""));
    journal_add(j, &rq, 250);
    struct json root = show(j, (struct journal_filter){0}), e = entry(root, 0);
    must_be(root, "dropped", "0");
    must_be(root, "next", "1");
    static const char *const wanted[][2] = {
        {"number", "1"},
        {"at", "\"1970-01-01T00:00:00.000Z\""},
        {"method", "\"POST\""},
        {"path", "\"/api/codes\""},
        {"uri", "\"/api/codes?x=1\""},
        {"operation", "\"createCode\""},
        {"client", "\"anna\""},
        {"case", "\"unique\""},
        {"status", "200"},
        {"latencyUs", "250"},
        {"fault", "{\"id\":4,\"name\":\"late\",\"close\":\"after\"}"},
        {"request.body", "\"{\\\"name\\\":\\\"A\\\"}\""},
        {"response.headers", "[{\"name\":\"ETag\",\"value\":\"\\\"1\\\"\"}]"},
        {"response.contentType", "\"application/json\""},
    };
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        must_be(e, wanted[i][0], wanted[i][1]);
    }
    struct journal_stats stats = journal_stats(j);
    ck_assert_uint_eq(stats.requests, 1);
    ck_assert_uint_eq(stats.faults, 1);
    ck_assert_uint_eq(stats.by_status[2], 1);
    ck_assert_int_eq(stats.latency_us_sum, 250);
    journal_clear(j);
    ck_assert_uint_eq(json_count(json_get(show(j, (struct journal_filter){0}), STR("entries"))), 0);
    journal_free(j);
    journal_free(NULL);
}
END_TEST

static const struct filter_row {
    struct journal_filter filter;
    const char *wanted; /* the numbers */
} filters[] = {
    {{0}, "1 2 3 4 5 "},
    {{.limit = 2}, "4 5 "},
    {{.after = 3}, "4 5 "},
    {{.after = 3, .limit = 1}, "5 "},
    {{.after = 99}, ""},
    {{.operation = STR_INIT("listCodes")}, "1 3 "},
    {{.operation = STR_INIT("nothing")}, ""},
    {{.method = STR_INIT("POST")}, "2 "},
    {{.path = STR_INIT("/api/codes/")}, "4 "},
    {{.status = 404}, "5 "},
    {{.only_unmatched = true}, "5 "},
    {{.only_faults = true}, "3 "},
    {{.case_name = STR_INIT("unique")}, "2 "},
};

START_TEST(filter)
{
    const struct filter_row *row = &filters[_i];
    struct journal *j = journal_new(0);
    struct fault_plan plan = {.id = 4};
    struct request rqs[] = {
        make(2, "POST", "/api/codes", &operations[2]), /* ended before number 1 */
        make(1, "GET", "/api/codes", &operations[0]),
        make(3, "GET", "/api/codes", &operations[0]),
        make(4, "GET", "/api/codes/7", &operations[1]),
        make(5, "GET", "/api/code", NULL),
    };
    rqs[0].reply.case_name = STR("unique");
    rqs[2].fault = &plan;
    for (size_t i = 0; i < sizeof rqs / sizeof *rqs; i++) {
        journal_add(j, &rqs[i], 1);
    }
    struct json root = show(j, row->filter);
    struct buf numbers;
    buf_init(&numbers, &arena);
    for (struct json e = entry(root, 0); json_exists(e); e = json_next(e)) {
        buf_printf(&numbers, "%lld ", (long long)json_i64_or(json_get(e, STR("number")), -1));
    }
    ck_assert_str_eq(buf_cstr(&numbers), row->wanted);
    must_be(root, "next", "5");
    journal_free(j);
}
END_TEST

START_TEST(the_ring_keeps_the_newest)
{
    struct journal *j = journal_new(1); /* the smallest */
    char *body = arena_bytes(&arena, 5000);
    memset(body, 'x', 5000);
    for (uint64_t i = 1; i <= 1000; i++) {
        struct request rq = make(i, "POST", "/api/codes", &operations[2]);
        rq.body_text = (struct str){body, (size_t)(i * 37 % 5000)};
        journal_add(j, &rq, 1);
    }
    struct json root = show(j, (struct journal_filter){0});
    int64_t dropped = json_i64_or(json_get(root, STR("dropped")), -1), number = dropped;
    for (struct json e = entry(root, 0); json_exists(e); e = json_next(e)) {
        size_t len = (size_t)(++number * 37 % 5000);
        ck_assert_int_eq(json_i64_or(json_get(e, STR("number")), -1), number);
        struct json request = json_get(e, STR("request"));
        ck_assert_uint_eq(json_str(json_get(request, STR("body"))).len, len > 4096 ? 4096 : len);
        ck_assert_int_eq(json_i64_or(json_get(request, STR("bodyBytes")), -1), (int64_t)len);
        ck_assert(json_is_true(json_get(request, STR("bodyCut"))) == (len > 4096));
    }
    ck_assert_int_eq(number, 1000);
    ck_assert_int_gt(dropped, 900);
    ck_assert_int_lt(dropped, 990);
    ck_assert_uint_eq(journal_stats(j).requests, 1000);
    journal_free(j);
}
END_TEST

static const struct secret_row {
    const char *text, *wanted; /* the secret is always hunter2 */
} secrets[] = {
    {"grant_type=x&client_id=a&client_secret=hunter2&z=1",
     "grant_type=x&client_id=a&client_secret=[left out]&z=1"},
    {"client_secret=hunter2", "client_secret=[left out]"},
    {"{\"access_token\":\"hunter2\",\"expires_in\":1}",
     "{\"access_token\":\"[left out]\",\"expires_in\":1}"},
    {"{\"Access_Token\" : \"hun\\\"ter2hunter2\"}", "{\"Access_Token\" : \"[left out]\"}"},
    {"{\"clientSecret\":\n \"hunter2", "{\"clientSecret\":\n \"[left out]"},
    {"a=1&access_token=hunter2", "a=1&access_token=[left out]"},
    {"the password is fine", "the password is fine"},
    {"access_token", "access_token"},
    {"access_token=", "access_token="},
    {"{\"name\":\"secret\"}", "{\"name\":\"secret\"}"},
    {"client%5Fsecret=hunter2&a=1", "client%5Fsecret=[left out]&a=1"},
    {"token=hunter2&token_type_hint=x", "token=[left out]&token_type_hint=x"},
    {"{\"id_token\": \"hunter2\"}", "{\"id_token\": \"[left out]\"}"},
    {"{\"refreshToken\":\"hunter2\"}", "{\"refreshToken\":\"[left out]\"}"},
};

START_TEST(secrets_in_texts)
{
    const struct secret_row *row = &secrets[_i];
    struct journal *j = journal_new(0);
    struct request rq = make(1, "POST", "/api/codes", &operations[2]);
    rq.body_text = str_of(row->text);
    buf_put(&rq.reply.body, str_of(row->text));
    journal_add(j, &rq, 1);
    struct json e = entry(show(j, (struct journal_filter){0}), 0);
    struct str request = json_str(json_path(e, STR("request.body")));
    ck_assert_msg(str_eq(request, str_of(row->wanted)), "%.*s", STR_ARG(request));
    ck_assert(str_eq(json_str(json_path(e, STR("response.body"))), str_of(row->wanted)));
    journal_free(j);
}
END_TEST

START_TEST(secrets_in_headers)
{
    struct journal *j = journal_new(0);
    struct request rq = make(1, "GET", "/api/codes?access_token=hunter2", &operations[0]);
    rq.headers[0] = (struct header){STR("authorization"), STR("Bearer hunter2")};
    rq.headers[1] = (struct header){STR("Cookie"), STR("hunter2")};
    rq.headers[2] = (struct header){STR("Accept"), STR("*/*")};
    rq.n_headers = 3;
    journal_add(j, &rq, 1);
    struct json root = show(j, (struct journal_filter){0});
    struct str all = json_source(root);
    ck_assert_uint_eq(str_find(all, STR("hunter2")), all.len);
    must_be(entry(root, 0), "request.headers",
            "[{\"name\":\"authorization\",\"value\":\"Bearer [left out]\"},{\"name\":\"Cookie\","
            "\"value\":\"[left out]\"},{\"name\":\"Accept\",\"value\":\"*/*\"}]");
    must_be(entry(root, 0), "uri", "\"/api/codes?access_token=[left out]\"");
    journal_free(j);
}
END_TEST

START_TEST(hostile_bytes)
{
    struct journal *j = journal_new(0);
    struct request rq = make(1, "G\xff\"T", "/\x80/\xe2\x82", NULL);
    static char big[10000];
    memset(big, '\xf0', sizeof big);
    rq.body_text = (struct str){big, sizeof big};
    for (size_t i = 0; i < REQUEST_HEADERS_MAX; i++) {
        rq.headers[i] = (struct header){STR("X"), (struct str){big, 100}};
    }
    rq.n_headers = REQUEST_HEADERS_MAX;
    journal_add(j, &rq, 1);
    struct json e = entry(show(j, (struct journal_filter){0}), 0);
    ck_assert(json_is_true(json_path(e, STR("request.headersCut"))));
    ck_assert(json_is_true(json_path(e, STR("request.bodyCut"))));
    must_be(e, "method", "\"G\xEF\xBF\xBD\\\"T\"");
    journal_free(j);
}
END_TEST

static const struct unmatched_row {
    const char *method, *path, *operation, *why;
} unmatched[] = {
    {"GET", "/api/code", "listCodes", "segment 2 is \"codes\", not \"code\""},
    {"GET", "/api/Codes", "listCodes",
     "segment 2 is \"codes\", not \"Codes\" (letters' case counts)"},
    {"PUT", "/api/codes/7", "readCode", "the method is GET, not \"PUT\""},
    {"POST", "/api/codes/7/8/9", "readCode",
     "the method is GET, not \"POST\"; the path has 3 segments, not 5"},
};

START_TEST(why_nothing_matched)
{
    const struct unmatched_row *row = &unmatched[_i];
    struct journal *j = journal_new(0);
    struct request rq = make(1, row->method, row->path, NULL);
    journal_add(j, &rq, 1);
    struct json e = entry(show(j, (struct journal_filter){.only_unmatched = true}), 0);
    struct json near = json_first(json_get(e, STR("nearest")));
    ck_assert(str_eq(json_str(json_get(near, STR("operation"))), str_of(row->operation)));
    struct str why = json_str(json_get(near, STR("why")));
    ck_assert_msg(str_eq(why, str_of(row->why)), "%.*s", STR_ARG(why));
    journal_free(j);
}
END_TEST

static void *add_ten(void *ctx)
{
    struct arena a;
    arena_init(&a, 0, 0);
    for (uint64_t i = 1; i <= 10; i++) {
        struct request rq = {.arena = &a, .op = &operations[0], .number = i};
        rq.method = STR("GET");
        journal_add(ctx, &rq, 1);
    }
    arena_done(&a);
    return NULL;
}

START_TEST(waiting)
{
    struct journal *j = journal_new(0);
    struct journal_filter filter_get = {.method = STR("GET")}, filter_put = {.method = STR("PUT")};
    pthread_t thread;
    ck_assert(journal_wait(j, &filter_get, 0, 0));
    ck_assert(!journal_wait(j, &filter_get, 1, 1));
    ck_assert_int_eq(pthread_create(&thread, NULL, add_ten, j), 0);
    ck_assert(journal_wait(j, &filter_get, 10, 20000));
    ck_assert(!journal_wait(j, &filter_put, 1, 0));
    ck_assert(!journal_wait(j, &filter_get, 11, -5));
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    journal_free(j);
}
END_TEST

/* What the queue has no room for is not in the file, which says so; the journal itself has it. */
START_TEST(a_full_queue_drops)
{
    char path[] = "/tmp/rehearse-journal-XXXXXX";
    int fd = mkstemp(path);
    struct journal_file *file = NULL;
    struct err err = {0};
    struct str text;
    ck_assert_int_ge(fd, 0);
    (void)close(fd);
    struct journal_file_options options = {
        .path = path, .is_har = _i == 1, .queue_bytes = 1 /* holds nothing */};
    ck_assert_msg(journal_file_open(&file, &options, &err), "%s", err.msg);
    struct journal *j = journal_new(0);
    journal_set_files(j, &file, 1);
    for (uint64_t i = 1; i <= 3; i++) {
        struct request rq = make(i, "GET", "/api/codes", &operations[0]);
        journal_add(j, &rq, 1);
    }
    ck_assert_uint_eq(journal_file_dropped(file), 3);
    ck_assert_uint_eq(json_count(json_get(show(j, (struct journal_filter){0}), STR("entries"))), 3);
    journal_free(j);
    journal_file_close(file);
    journal_file_close(NULL);
    ck_assert(file_read(&text, &arena, path, 1 << 20, &err));
    struct str wanted = _i == 1 ? STR("],\"_dropped\":3}}\n") : STR("{\"dropped\":3}\n");
    ck_assert_msg(str_ends(text, wanted), "%.*s", STR_ARG(text));
    (void)unlink(path);
}
END_TEST

#define COUNT(rows) ((int)(sizeof(rows) / sizeof *(rows)))

int main(void)
{
    Suite *suite = suite_create("journal");
    TCase *c = tcase_create("journal");
    suite_add_tcase(suite, c);
    tcase_set_timeout(c, 60);
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, an_entry_says_all);
    tcase_add_loop_test(c, filter, 0, COUNT(filters));
    tcase_add_test(c, the_ring_keeps_the_newest);
    tcase_add_loop_test(c, secrets_in_texts, 0, COUNT(secrets));
    tcase_add_test(c, secrets_in_headers);
    tcase_add_test(c, hostile_bytes);
    tcase_add_loop_test(c, why_nothing_matched, 0, COUNT(unmatched));
    tcase_add_test(c, waiting);
    tcase_add_loop_test(c, a_full_queue_drops, 0, 2);
    return unit_run(suite);
}
