/* Recorded traffic: archives, journals, plain requests; operations by the profile's paths, bodies with
 * places in the text. */
#include "validator/validator.h"

#include "tests/unit/json_unit.h"

#include <string.h>

static struct contract *contract;
static struct recording traffic;

static void world(void)
{
    setup();
    bool is_good = contract_open(&contract, "genesys-cloud", NULL, 0, &found, &err);
    ck_assert_msg(is_good, "%s", err.msg);
}

static void world_end(void)
{
    contract_free(contract);
    teardown();
}

static bool read_text(struct str text)
{
    found.len = found.errors = 0;
    err = (struct err){.code = ERR_NONE};
    bool is_good = read_traffic(&traffic, &arena, contract, STR("t.har"), text, &found, &err);
    ck_assert(!is_good || traffic_kind_of(text) == traffic.kind);
    return is_good;
}

/* A request a line: "METHOD path operation line:column status body"; then the findings. */
static struct str outcome(const char *text)
{
    static const char *const kinds[] = {"-", "", "bad", "cut", "other"};
    struct buf b;
    buf_init(&b, &arena);
    if (!read_text(str_copy(&arena, str_of(text)))) {
        buf_printf(&b, "!%u:%u ", err.line, err.column);
    }
    for (size_t i = 0; i < traffic.n_requests; i++) {
        const struct traffic_request *q = &traffic.requests[i];
        struct str op = q->route.op != NULL ? q->route.op->id : STR("?");
        buf_printf(&b, "%.*s %.*s %.*s %u:%u %d %s", STR_ARG(q->method), STR_ARG(q->path),
                   STR_ARG(op), q->line, q->column, q->answer.status, kinds[q->body_kind]);
        json_put(&b, q->body);
        buf_put_char(&b, '\n');
    }
    for (size_t i = 0; i < found.len; i++) {
        buf_printf(&b, "%.*s@%u:%u\n", STR_ARG(found.at[i].rule), found.at[i].line,
                   found.at[i].column);
    }
    return buf_str(&b);
}

#define CODES "/api/v2/routing/wrapupcodes"
#define ENTRY(uri, body)                                                                           \
    "{\"number\":1,\"method\":\"POST\",\"uri\":\"" uri                                             \
    "\",\"status\":200,\"request\":{\"headers\":[]," body "}}"
#define HAR(request) "{\"log\": {\"version\": \"1.2\", \"entries\": [{\"request\": " request "}]}}"

START_TEST(test_forms)
{
    static const struct {
        const char *text, *wanted;
    } rows[] = {
        {HAR("{\"method\": \"POST\", \"url\": \"https://api.example.com" CODES
             "?x=1#y\", \"postData\": "
             "{\"mimeType\": \"application/json\", \"text\": \"{\\\"name\\\":\\\"A\\\"}\"}}"),
         "POST " CODES " postRoutingWrapupcodes 1:63 0 {\"name\":\"A\"}\n"},
        {HAR("{\"method\": \"POST\", \"url\": \"" CODES
             "\", \"postData\": {\"text\": \"{\\\"name\\\": }\"}}"),
         "POST " CODES " postRoutingWrapupcodes 1:63 0 bad\nJ002@1:142\n"},
        {HAR("{\"method\": \"POST\", \"url\": \"" CODES
             "\", \"postData\": {\"text\": \"e30=\", \"_encoding\": "
             "\"base64\"}}"),
         "POST " CODES " postRoutingWrapupcodes 1:63 0 other\n"},
        {HAR("{\"method\": \"GET\", \"url\": \"https://other.example.com/x\"}"),
         "GET /x ? 1:63 0 -\n"},
        {HAR("7"), ""},
        {"{\"log\": {\"entries\": []}}", ""},
        {ENTRY(CODES, "\"body\":\"{\\\"name\\\":\\\"A\\\"}\"") "\n\n" ENTRY(
             CODES "/1", "\"body\":\"{\\\"a\",\"bodyCut\":true") "\n{\"dropped\":0,\"next\":3}\n",
         "POST " CODES " postRoutingWrapupcodes 1:22 200 {\"name\":\"A\"}\nPOST " CODES
         "/1 ? 3:22 200 cut\n"},
        {"{\"entries\": [" ENTRY(CODES, "\"body\":\"\"") "], \"dropped\": 0}",
         "POST " CODES " postRoutingWrapupcodes 1:35 200 -\n"},
        {"[" ENTRY(CODES, "\"body\":\"grant_type=x\"") "]",
         "POST " CODES " postRoutingWrapupcodes 1:23 200 other\n"},
        {"# a comment\n@host = x\nPOST {{host}}" CODES
         " HTTP/1.1\nContent-Type: application/json\n\n{\"name\": "
         "\"A\",\n \"a\": 1}\n\n### next\nGET https://h" CODES "?pageSize=5\n###\nDELETE " CODES
         "/7\nX: y\n",
         "POST " CODES " postRoutingWrapupcodes 3:1 0 {\"name\":\"A\",\"a\":1}\nGET " CODES
         " getRoutingWrapupcodes "
         "10:1 0 -\nDELETE " CODES "/7 deleteRoutingWrapupcode 12:1 0 -\n"},
        {"POST " CODES "\r\nContent-Type: text/plain\r\n\r\n{\"name\":\"A\"}\r\n",
         "POST " CODES " postRoutingWrapupcodes 1:1 0 other\n"},
        {"POST " CODES "\n\n{\"name\":\n tru}",
         "POST " CODES " postRoutingWrapupcodes 1:1 0 bad\nJ002@4:2\n"},
        /* curl, as browsers copy it and as people write it */
        {"curl 'https://api.example.com" CODES
         "' \\\n  -X 'POST' \\\n  -H 'Content-Type: application/json' \\\n"
         "  --data-raw '{\"name\": \"A\"}' \\\n  --compressed\n",
         "POST " CODES " postRoutingWrapupcodes 1:1 0 {\"name\":\"A\"}\n"},
        {"# two\n$ curl -sS https://h" CODES "?pageSize=5; curl -XDELETE \"https://h" CODES
         "/7\" | jq .\n",
         "GET " CODES " getRoutingWrapupcodes 2:3 0 -\nDELETE " CODES
         "/7 deleteRoutingWrapupcode 2:61 0 -\n"},
        {"curl https://h" CODES " -d $'{\"name\":\"it\\'s \\u00e4\"}'",
         "POST " CODES " postRoutingWrapupcodes 1:1 0 {\"name\":\"it's \xc3\xa4\"}\n"},
        {"curl https://h" CODES " --json '{\"name\": tru}'",
         "POST " CODES " postRoutingWrapupcodes 1:1 0 bad\nJ002@1:60\n"},
        {"curl -u a:b https://h/oauth/token -d grant_type=client_credentials --data-urlencode 's=a "
         "b&c'",
         "POST /oauth/token postOauthToken 1:1 0 other\n"},
        {"curl -G https://h" CODES " --data-urlencode 'name=a b' -I",
         "HEAD " CODES " getRoutingWrapupcodes 1:1 0 -\n"},
        {"curl -d @body.json https://h" CODES,
         "POST " CODES " postRoutingWrapupcodes 1:1 0 other\n"},
        {"curl 'https://h" CODES, "GET " CODES " getRoutingWrapupcodes 1:1 0 -\n"},
        {"curl -H", ""},
        {"{\"name\": \"A\"}", "!1:1 "},
        {"[1, ", "!1:5 J002@1:5\n"},
        {ENTRY(CODES, "\"body\":\"\"") "\n{\"x\n",
         "!2:4 POST " CODES " postRoutingWrapupcodes 1:22 200 -\nJ002@2:4\n"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct str is = outcome(rows[i].text);
        ck_assert_msg(str_eq(is, str_of(rows[i].wanted)), "%s:\nis %.*s (%s)", rows[i].text,
                      STR_ARG(is), err.msg);
    }
}
END_TEST

/* A value in a body in a string in a line of the file. */
START_TEST(test_places)
{
    struct str text = STR("\n" ENTRY(
        CODES, "\"body\":\"{\\\"n\\u00e4me\\\": [1, \\\"\\ud83d\\ude00x\\\", 22]}\"") "\n");
    ck_assert_msg(read_text(text), "%s", err.msg);
    struct json list = json_first(traffic.requests[0].body);
    struct json emoji = json_next(json_first(list)), last = json_next(emoji);
    assert_str(json_source(last), "22");
    assert_str(json_source(emoji), "\\\"\\ud83d\\ude00x\\\"");
    struct span key = json_key_span(list);
    assert_str(str_slice(text, key.from, key.to), "\\\"n\\u00e4me\\\"");
    struct finding f = json_finding(&found, last, STR("S103"), SEVERITY_ERROR);
    ck_assert_uint_eq(f.line, 2);
    ck_assert_uint_eq(f.column, str_find(text, STR("22]")));
    assert_str(f.file, "t.har");
    ck_assert(read_text(STR("PUT " CODES "/5\nAccept: */*\n\n{\"name\": \"A\"}")));
    const struct traffic_request *q = &traffic.requests[0];
    assert_str(q->route.values[0], "5");
    assert_str(q->headers[0].name, "Accept");
    assert_str(json_source(json_get(q->body, STR("name"))), "\"A\"");
}
END_TEST

START_TEST(test_many_lines)
{
    enum { N = 20000 };
    struct buf b;
    buf_init(&b, &arena);
    for (int i = 0; i < N; i++) {
        buf_put(&b, STR(ENTRY(CODES, "\"body\":\"{\\\"name\\\":\\\"A\\\"}\"") "\n"));
    }
    size_t before = arena.used_bytes;
    ck_assert(read_text(buf_str(&b)));
    ck_assert_uint_eq(traffic.n_requests, N);
    ck_assert_uint_eq(traffic.requests[N - 1].line, N);
    ck_assert_msg(arena.used_bytes - before < 60 * b.len, "%zu bytes for %zu",
                  arena.used_bytes - before, b.len);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("read_traffic");
    TCase *tc = tcase_create("read_traffic");
    tcase_add_checked_fixture(tc, world, world_end);
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, test_forms);
    tcase_add_test(tc, test_places);
    tcase_add_test(tc, test_many_lines);
    suite_add_tcase(suite, tc);
    return unit_run(suite);
}
