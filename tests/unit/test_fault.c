/* Faults: rules that are wrong, when they fit, what they do to a reply, presets and profiles. */
#include "tests/unit/unit.h"

#include "mockapi/fault.h"

#include <string.h>

static const struct field_path name_path = {.text = STR_INIT("name"), .n = 1};
static const struct field_path *const name_fields[] = {&name_path};
static struct contract contract;
static struct resource code;
static struct unique_rule unique;
static struct operation operations[4];
static struct error_case cases[] = {
    {.name = STR_INIT("duplicate")}, {.name = STR_INIT("rate")}, {.name = STR_INIT("server")}};
static struct arena arena;
static struct faults *faults;

static void setup(void)
{
    arena_init(&arena, 0, 0);
    unique = (struct unique_rule){.n = 1, .case_name = STR("duplicate")};
    unique.fields = (const struct field_path **)arena_alloc(&arena, 1, sizeof(void *), 8);
    unique.fields[0] = name_fields[0];
    code = (struct resource){.name = STR("code"), .title = STR("wrap-up code"), .unique = &unique, .n_unique = 1};
    memset(operations, 0, sizeof operations);
    operations[0] = (struct operation){.id = STR("listCodes"),
                                       .method = STR("GET"),
                                       .action = ACTION_LIST,
                                       .needs_token = true,
                                       .resource = &code};
    operations[1] = (struct operation){.id = STR("createCode"),
                                       .method = STR("POST"),
                                       .action = ACTION_CREATE,
                                       .needs_token = true,
                                       .resource = &code};
    operations[2] =
        (struct operation){.id = STR("mint"), .method = STR("POST"), .action = ACTION_TOKEN};
    contract = (struct contract){.name = STR("test"),
                                 .operations = operations,
                                 .n_operations = 3,
                                 .resources = &code,
                                 .n_resources = 1,
                                 .cases = {cases, 3},
                                 .retry_after_default_s = 7};
    faults = faults_new(3);
}

static void teardown(void)
{
    faults_free(faults);
    arena_done(&arena);
}

static struct json parse(const char *text)
{
    const struct json_doc *doc = NULL;
    struct err err = {0};
    ck_assert_msg(json_parse(&doc, &arena, STR("t"), str_of(text), NULL, NULL, &err), "%s", text);
    return json_root(doc);
}

static uint64_t add(const char *text)
{
    struct findings fs;
    struct err err = {0};
    uint64_t id = 0;
    findings_init(&fs, &arena);
    bool is_added = faults_add(faults, &id, &contract, parse(text), 0, &fs, &err);
    ck_assert_msg(is_added, "%s: %.*s", text, STR_ARG(fs.len ? fs.at[0].message : STR("")));
    return id;
}

static const struct wrong_row {
    const char *text, *rule, *pointer, *hint;
} wrong[] = {
    {"[]", "S103", "", ""},
    {"null", "S103", "", ""},
    {"{}", "S101", "", ""},
    {"{\"preset\": 5}", "S103", "/preset", ""},
    {"{\"preset\": \"429-brust\"}", "F101", "/preset", "did you mean \"429-burst\"?"},
    {"{\"preset\": \"nothing like it\"}", "F101", "/preset", ""},
    {"{\"preset\": \"409-version\"}", "F102", "/preset", ""},
    {"{\"preset\": \"409-idempotency\"}", "F102", "/preset", ""},
    {"{\"preset\": \"409-duplicate\", \"when\": {\"operation\": \"listCodes\"}}", "F102",
     "/when/operation", ""},
    {"{\"preset\": \"500\", \"time\": 1}", "S102", "/time", "did you mean \"times\"?"},
    {"{\"preset\": \"500\", \"times\": -1}", "S108", "/times", ""},
    {"{\"preset\": \"500\", \"times\": 1.5}", "S108", "/times", ""},
    {"{\"preset\": \"500\", \"ttlS\": 0}", "S108", "/ttlS", ""},
    {"{\"preset\": \"500\", \"retryAfter\": true}", "S103", "/retryAfter", ""},
    {"{\"preset\": \"500\", \"retryAfter\": -1}", "S103", "/retryAfter", ""},
    {"{\"preset\": \"500\", \"when\": 1}", "S103", "/when", ""},
    {"{\"preset\": \"500\", \"when\": {\"operation\": \"listCode\"}}", "F103", "/when/operation",
     "did you mean \"listCodes\"?"},
    {"{\"preset\": \"500\", \"when\": {\"methods\": \"GET\"}}", "S102", "/when/methods",
     "did you mean \"method\"?"},
    {"{\"preset\": \"500\", \"when\": {\"probability\": 2}}", "S108", "/when/probability", ""},
    {"{\"preset\": \"500\", \"when\": {\"probability\": \"1\"}}", "S108", "/when/probability", ""},
    {"{\"preset\": \"500\", \"when\": {\"nth\": 0}}", "S108", "/when/nth", ""},
    {"{\"preset\": \"500\", \"when\": {\"afterMs\": 5, \"untilMs\": 5}}", "F105", "/when/untilMs",
     ""},
    {"{\"preset\": \"500\", \"when\": {\"state\": 1}}", "S103", "/when/state", ""},
    {"{\"preset\": \"500\", \"when\": {\"state\": {}}}", "F106", "/when/state", ""},
    {"{\"preset\": \"500\", \"when\": {\"state\": {\"resource\": \"coda\"}}}", "F106",
     "/when/state/resource", "did you mean \"code\"?"},
    {"{\"preset\": \"500\", \"when\": {\"state\": {\"resource\": \"code\", \"fields\": 1}}}",
     "S102", "/when/state/fields", ""},
    {"{\"preset\": \"500\", \"when\": {\"state\": {\"resource\": \"code\", \"id\": 1}}}", "S103",
     "/when/state/id", ""},
    {"{\"preset\": \"500\", \"when\": {\"state\": {\"resource\": \"code\", \"value\": 1}}}",
     "F105", "/when/state/value", ""},
    {"{\"preset\": \"500\", \"when\": {\"state\": {\"resource\": \"code\", \"exists\": 1}}}",
     "S103", "/when/state/exists", ""},
    {"{\"then\": {}}", "F105", "/then", ""},
    {"{\"then\": {\"message\": \"x\"}}", "F105", "/then", ""},
    {"{\"then\": {\"status\": 99}}", "S108", "/then/status", ""},
    {"{\"then\": {\"status\": 600}}", "S108", "/then/status", ""},
    {"{\"then\": {\"case\": \"duplicat\"}}", "F104", "/then/case", "did you mean \"duplicate\"?"},
    {"{\"then\": {\"case\": 7}}", "S103", "/then/case", ""},
    {"{\"then\": {\"close\": \"befor\"}}", "S107", "/then/close", "did you mean \"before\"?"},
    {"{\"then\": {\"close\": \"\"}}", "S107", "/then/close", ""},
    {"{\"then\": {\"body\": \"xml\"}}", "S107", "/then/body", ""},
    {"{\"then\": {\"expireToken\": 1}}", "S103", "/then/expireToken", ""},
};

START_TEST(a_wrong_rule_is_refused)
{
    const struct wrong_row *row = &wrong[_i];
    struct findings fs;
    struct err err = {0};
    uint64_t id = 77;
    findings_init(&fs, &arena);
    ck_assert(!faults_add(faults, &id, &contract, parse(row->text), 0, &fs, &err));
    ck_assert_uint_eq(id, 77);
    ck_assert_int_eq(err.code, ERR_INPUT);
    ck_assert_uint_ge(fs.len, 1);
    ck_assert_msg(str_eq(fs.at[0].rule, str_of(row->rule)), "%s: %.*s", row->text,
                  STR_ARG(fs.at[0].rule));
    ck_assert_msg(str_eq(fs.at[0].pointer, str_of(row->pointer)), "%s: %.*s", row->text,
                  STR_ARG(fs.at[0].pointer));
    ck_assert_msg(str_eq(fs.at[0].hint, str_of(row->hint)), "%s: %.*s", row->text,
                  STR_ARG(fs.at[0].hint));
}
END_TEST

static const struct tenant_client anna = {.id = STR_INIT("anna")};

static struct request make(size_t op, const char *path, int64_t at_ms)
{
    struct request rq = {.arena = &arena,
                         .contract = &contract,
                         .op = &operations[op],
                         .method = operations[op].method,
                         .path = str_of(path),
                         .now_us = at_ms * US_PER_MS};
    rq.bearer.client = &anna;
    buf_init(&rq.reply.body, &arena);
    return rq;
}

/* One letter a request: which were dealt a fault. l list, c create, m mint; each 100 ms later. */
static const struct when_row {
    const char *rule, *requests, *dealt;
} whens[] = {
    {"{\"preset\": \"500\"}", "lll", "x--"},
    {"{\"preset\": \"500\", \"times\": 0}", "lcl", "xxx"},
    {"{\"preset\": \"429-burst\"}", "llll", "xxx-"},
    {"{\"preset\": \"500\", \"times\": 0}", "mlm", "-x-"},
    {"{\"preset\": \"500\", \"when\": {\"operation\": \"mint\"}}", "lm", "-x"},
    {"{\"preset\": \"409-duplicate\"}", "llc", "--x"},
    {"{\"preset\": \"reset-after-commit\"}", "lc", "-x"},
    {"{\"preset\": \"500\", \"when\": {\"method\": \"post\"}}", "lc", "-x"},
    {"{\"preset\": \"500\", \"when\": {\"client\": \"bert\"}}", "lc", "--"},
    {"{\"preset\": \"500\", \"when\": {\"client\": \"anna\"}}", "lc", "x-"},
    {"{\"preset\": \"500\", \"when\": {\"path\": \"*codes\"}}", "lc", "x-"},
    {"{\"preset\": \"500\", \"when\": {\"path\": \"/a?i/*es\"}}", "lc", "x-"},
    {"{\"preset\": \"500\", \"when\": {\"path\": \"/api\"}}", "lc", "--"},
    {"{\"preset\": \"500\", \"when\": {\"nth\": 3}}", "lllll", "--x--"},
    {"{\"preset\": \"500\", \"times\": 0, \"when\": {\"every\": 2}}", "lllll", "-x-x-"},
    {"{\"preset\": \"500\", \"times\": 0, \"when\": {\"probability\": 0}}", "lllll", "-----"},
    {"{\"preset\": \"500\", \"times\": 0, \"when\": {\"probability\": 1}}", "lll", "xxx"},
    {"{\"preset\": \"500\", \"times\": 0, \"when\": {\"afterMs\": 200}}", "lllll", "--xxx"},
    {"{\"preset\": \"500\", \"times\": 0, \"when\": {\"untilMs\": 200}}", "lllll", "xx---"},
    {"{\"then\": {\"status\": 418}}", "lll", "xxx"},
    {"{\"then\": {\"status\": 418}, \"times\": 2}", "lll", "xx-"},
    {"{\"preset\": \"latency\", \"ttlS\": 1}", "llllllllllll", "xxxxxxxxxx--"},
};

START_TEST(when)
{
    const struct when_row *row = &whens[_i];
    size_t dealt = 0;
    add(row->rule);
    for (size_t i = 0; row->requests[i]; i++) {
        char c = row->requests[i];
        struct request rq = make(c == 'l' ? 0 : c == 'c' ? 1 : 2, "/api/codes", (int64_t)i * 100);
        bool is_dealt = faults_deal(faults, &rq) != NULL;
        ck_assert_msg(is_dealt == (row->dealt[i] == 'x'), "%s: request %zu", row->rule, i);
        dealt += is_dealt;
    }
    struct buf out, wanted;
    buf_init(&out, &arena);
    buf_init(&wanted, &arena);
    faults_put(&out, faults);
    buf_printf(&wanted, "\"hits\":%zu,", dealt);
    ck_assert(str_find(buf_str(&out), buf_str(&wanted)) < out.len);
    (void)parse(buf_cstr(&out));
}
END_TEST

START_TEST(half_of_them_the_same_with_the_same_seed)
{
    struct faults *twin = faults_new(3), *mine = faults;
    const char *rule = "{\"then\": {\"status\": 500}, \"when\": {\"probability\": 0.5}}";
    size_t n = 0;
    add(rule);
    faults = twin;
    add(rule);
    faults = mine;
    for (int i = 0; i < 1000; i++) {
        struct request one = make(0, "/", 0), two = one;
        bool is_dealt = faults_deal(mine, &one) != NULL;
        ck_assert(is_dealt == (faults_deal(twin, &two) != NULL));
        n += is_dealt;
    }
    ck_assert_uint_gt(n, 430);
    ck_assert_uint_lt(n, 570);
    faults_free(twin);
}
END_TEST

START_TEST(the_first_that_fits_is_dealt)
{
    uint64_t first = add("{\"preset\": \"500\"}"), second = add("{\"preset\": \"502\"}");
    struct request rq = make(0, "/", 0);
    ck_assert_uint_eq(faults_deal(faults, &rq)->id, first);
    ck_assert_uint_eq(faults_deal(faults, &rq)->id, second);
    ck_assert_ptr_null(faults_deal(faults, &rq));
    ck_assert(faults_remove(faults, first));
    ck_assert(!faults_remove(faults, first));
    faults_clear(faults);
    ck_assert(!faults_remove(faults, second));
    ck_assert_uint_gt(add("{\"preset\": \"500\"}"), second);
}
END_TEST

START_TEST(plans_of_presets)
{
    struct request rq = make(1, "/", 0);
    rq.body = parse("{\"name\": \"Sale\"}");
    add("{\"preset\": \"409-duplicate\"}");
    const struct fault_plan *plan = faults_deal(faults, &rq);
    ck_assert(str_eq(plan->case_name, STR("duplicate")));
    ck_assert(str_eq(rq.finding->name, STR("wrap-up code")));
    ck_assert(str_eq(rq.finding->field, STR("name")));
    ck_assert(str_eq(rq.finding->value, STR("\"Sale\"")));
    add("{\"preset\": \"401-expired\", \"name\": \"mine\"}");
    plan = faults_deal(faults, &rq);
    ck_assert(plan->expires_token && !plan->revokes_token);
    ck_assert(str_eq(plan->name, STR("mine")));
    add("{\"preset\": \"latency\", \"latencyMs\": 50}");
    plan = faults_deal(faults, &rq);
    ck_assert_int_eq(plan->latency_ms, 50);
    faults_clear(faults); /* the plan is the request's own */
    ck_assert(str_eq(plan->name, STR("latency")));
}
END_TEST

static const struct spoil_row {
    const char *rule;
    int status;
    const char *retry_after, *body;
} spoils[] = {
    {"{\"then\": {\"latencyMs\": 1}}", 200, "30", "{\"a\":1}"},
    {"{\"then\": {\"retryAfter\": 2}}", 200, "2", "{\"a\":1}"},
    {"{\"then\": {\"retryAfter\": \"\"}}", 200, "", "{\"a\":1}"},
    {"{\"then\": {\"retryAfter\": \"soon\"}}", 200, "soon", "{\"a\":1}"},
    {"{\"then\": {\"retryAfter\": \"date\"}}", 200, "Thu, 01 Jan 1970 00:00:08 GMT", "{\"a\":1}"},
    {"{\"preset\": \"503-retry-after\"}", 200, "7", "{\"a\":1}"},
    {"{\"preset\": \"429-burst\", \"retryAfter\": 3}", 200, "3", "{\"a\":1}"},
    {"{\"then\": {\"status\": 418}}", 418, "30", "{\"a\":1}"},
    {"{\"preset\": \"truncate\"}", 200, "30", "{\"a"},
    {"{\"preset\": \"bad-json\"}", 200, "30", "{\"a\":1,}"},
    {"{\"preset\": \"html-error-page\"}", 502, "30",
     "<!DOCTYPE html>\n<html><head><title>502</title></head>\n<body><h1>502</h1><p>The server "
     "could "
     "not complete the request.</p></body></html>\n"},
};

START_TEST(spoilt_replies)
{
    const struct spoil_row *row = &spoils[_i];
    struct request rq = make(0, "/", 1000);
    struct str wait = STR("");
    rq.reply.status = 200;
    buf_put(&rq.reply.body, STR("{\"a\":1}"));
    reply_header(&rq, STR("Retry-After"), STR("30"));
    reply_header(&rq, STR("X-Other"), STR("1"));
    add(row->rule);
    rq.fault = faults_deal(faults, &rq);
    ck_assert_ptr_nonnull(rq.fault);
    fault_spoil(&rq);
    for (size_t i = 0; i < rq.reply.n_headers; i++) {
        if (str_eq(rq.reply.headers[i].name, STR("Retry-After"))) {
            wait = rq.reply.headers[i].value;
        }
    }
    ck_assert_int_eq(rq.reply.status, row->status);
    ck_assert_msg(str_eq(wait, str_of(row->retry_after)), "%.*s", STR_ARG(wait));
    ck_assert_str_eq(buf_cstr(&rq.reply.body), row->body);
}
END_TEST

START_TEST(a_file_is_taken_whole_or_not)
{
    struct findings fs;
    struct err err = {0};
    struct buf out;
    findings_init(&fs, &arena);
    buf_init(&out, &arena);
    ck_assert(!faults_load(
        faults, &contract,
        parse("{\"faults\": [{\"preset\": \"500\"}, {\"preset\": \"5000000\"}]}"), 0, &fs, &err));
    ck_assert(str_eq(fs.at[0].pointer, STR("/faults/1/preset")));
    ck_assert(!faults_load(faults, &contract, parse("[]"), 0, &fs, &err));
    faults_put(&out, faults);
    ck_assert_str_eq(buf_cstr(&out), "{\"faults\":[],\"neverMet\":[]}");
    findings_init(&fs, &arena);
    ck_assert(faults_load(
        faults, &contract,
        parse("{\"faults\": [{\"preset\": \"500\"}, {\"name\": \"n\", \"then\": {\"status\": 404, "
              "\"code\": \"c\"}, \"when\": {\"path\": \"/x\", \"probability\": 0.5}}]}"),
        0, &fs, &err));
    buf_clear(&out);
    faults_put(&out, faults);
    ck_assert_str_eq(buf_cstr(&out),
                     "{\"faults\":[{\"id\":1,\"name\":\"500\",\"preset\":\"500\",\"when\":{},"
                     "\"then\":{\"case\":\"server.500\"},\"times\":1,\"hits\":0,\"matches\":0},"
                     "{\"id\":2,\"name\":\"n\",\"when\":{\"path\":\"/x\",\"probability\":0.5},"
                     "\"then\":{\"status\":404,\"code\":\"c\"},\"hits\":0,\"matches\":0}],\"neverMet\":[1,2]}");
}
END_TEST

START_TEST(rules_are_bounded)
{
    struct findings fs;
    struct err err = {0};
    uint64_t id = 0;
    for (int i = 0; i < 1000; i++) {
        add("{\"preset\": \"500\"}");
    }
    findings_init(&fs, &arena);
    ck_assert(!faults_add(faults, &id, &contract, parse("{\"preset\": \"500\"}"), 0, &fs, &err));
    ck_assert_int_eq(err.code, ERR_LIMIT);
}
END_TEST

START_TEST(presets_say_whether_they_apply)
{
    struct buf out;
    buf_init(&out, &arena);
    static const struct str foreign[] = {
        STR_INIT("409-version"), STR_INIT("409-version-moving"), STR_INIT("409-idempotency"),
        STR_INIT("412-etag"),    STR_INIT("422-item"),           STR_INIT("page-shift"),
        STR_INIT("404-lag"),     STR_INIT("late-visibility"),    STR_INIT("token-dies-midwalk"), STR_INIT("duplicate-webhook"), STR_INIT("reordered-webhook"),
    };
    faults_put_presets(&out, &contract);
    struct json list = json_get(parse(buf_cstr(&out)), STR("presets"));
    ck_assert_uint_eq(json_count(list), 40);
    for (struct json p = json_first(list); json_exists(p); p = json_next(p)) {
        struct str name = json_str(json_get(p, STR("name")));
        bool is_foreign = false;
        for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++) {
            is_foreign = is_foreign || str_eq(name, foreign[i]);
        }
        ck_assert(json_is_true(json_get(p, STR("applies"))) == !is_foreign);
        ck_assert(json_exists(json_get(p, STR("needs"))) == is_foreign);
    }
}
END_TEST

#define COUNT(rows) ((int)(sizeof(rows) / sizeof *(rows)))

int main(void)
{
    Suite *suite = suite_create("fault");
    TCase *c = tcase_create("fault");
    suite_add_tcase(suite, c);
    tcase_set_timeout(c, 60);
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_loop_test(c, a_wrong_rule_is_refused, 0, COUNT(wrong));
    tcase_add_loop_test(c, when, 0, COUNT(whens));
    tcase_add_test(c, half_of_them_the_same_with_the_same_seed);
    tcase_add_test(c, the_first_that_fits_is_dealt);
    tcase_add_test(c, plans_of_presets);
    tcase_add_loop_test(c, spoilt_replies, 0, COUNT(spoils));
    tcase_add_test(c, a_file_is_taken_whole_or_not);
    tcase_add_test(c, rules_are_bounded);
    tcase_add_test(c, presets_say_whether_they_apply);
    return unit_run(suite);
}
