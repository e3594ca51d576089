/* Faults through a socket: every preset that there is has a row here and is met; the same seed deals
 * the same faults on two servers; what the manual shows is taken; what nobody met is said. */
#include "tests/integration/wire.h"

enum { BEFORE_MAX = 2 };

static struct arena arena;
static char token[1024];

struct ask {
    const char *method, *path, *body;
};

static const struct preset_row {
    const char *preset, *profile; /* NULL: genesys-cloud */
    const char *more;             /* further members of the rule */
    struct ask before[BEFORE_MAX];
    const char *pointer; /* ${ID}: of the answer to the first of them */
    struct ask ask;
    const char *header; /* of the request, with its line's end */
    int status;         /* 0: no answer */
    enum wire_end end;
    const char *name,
        *value; /* a header of the answer; value "-": absent, "?": any, "*x": ends so */
    const char *in_body;
    bool is_bad_json;
    int64_t at_least_ms;
    int next;              /* the same request again; 0: not asked */
    const char *elsewhere; /* the test that meets it: it needs more than one connection */
} presets[] = {
#define CODES "/api/v2/routing/wrapupcodes"
#define LIST .ask = {"GET", CODES "?pageSize=3", NULL}
#define CREATE .ask = {"POST", CODES, "{\"name\":\"Preset\"}"}
#define MAPPINGS "/api/v2/outbound/wrapupcodemappings"
#define CXONE_CODES "/api/v2/contact-center/interaction-config/wrap-up-codes"
    {"401-expired", LIST, .status = 401, .next = 401},
    {"401-revoked", LIST, .status = 401, .next = 401},
    {"403-scope", LIST, .status = 403, .next = 200},
    {"404-lag", .before = {{"POST", CODES, "{\"name\":\"Lag\"}"}}, .pointer = "/id",
     .ask = {"GET", CODES "/${ID}", NULL}, .status = 404},
    {"409-version", .before = {{"GET", MAPPINGS, NULL}}, .pointer = "/version",
     .ask = {"PUT", MAPPINGS, "{\"version\":${ID},\"defaultSet\":[],\"mapping\":{}}"},
     .status = 409, .next = 200},
    {"409-version-moving", .before = {{"GET", MAPPINGS, NULL}}, .pointer = "/version",
     .ask = {"PUT", MAPPINGS, "{\"version\":${ID},\"defaultSet\":[],\"mapping\":{}}"},
     .status = 409, .next = 409},
    {"409-duplicate", CREATE, .status = 400, .in_body = "duplicate", .next = 200},
    {"409-idempotency", "cxone-interaction-config",
     .ask = {"POST", CXONE_CODES,
             "[{\"id\":\"z1\",\"name\":\"Z\",\"code\":\"Z1\",\"category\":\"Sales\",\"duration\":"
             "10}]"},
     .header = "X-Idempotency-Key: key-1\r\n", .status = 409},
    {"412-etag", "genesys-lifecycle",
     .before = {{"GET", "/api/v2/wrapupcodes?wrapupCode=SALE", NULL}},
     .pointer = "/entities/0/routingQueueIds/0",
     .ask = {"PUT", "/api/v2/routing/queues/${ID}", "{\"name\":\"x\"}"},
     .header = "If-Match: \"1\"\r\n", .status = 412},
    {"422-item", "cxone-interaction-config",
     .ask = {"POST", CXONE_CODES,
             "[{\"id\":\"z1\",\"name\":\"Z\",\"code\":\"Z1\",\"category\":\"Sales\",\"duration\":"
             "10}]"},
     .header = "X-Idempotency-Key: key-1\r\n", .status = 422},
    {"429-burst", LIST, .status = 429, .name = "Retry-After", .value = "?", .next = 429},
    {"429-no-header", LIST, .status = 429, .name = "Retry-After", .value = "-", .next = 200},
    {"429-date", LIST, .status = 429, .name = "Retry-After", .value = "*GMT", .next = 200},
    {"429-one-token", LIST, .status = 429, .next = 429},
    {"500", LIST, .status = 500, .next = 200},
    {"502", LIST, .status = 502, .next = 200},
    {"503-retry-after", LIST, .status = 503, .name = "Retry-After", .value = "?", .next = 200},
    {"504", LIST, .status = 504, .next = 200},
    {"timeout", .more = ",\"latencyMs\":60", LIST, .end = WIRE_RESET, .at_least_ms = 60,
     .next = 200},
    {"latency", .more = ",\"latencyMs\":60,\"times\":1", LIST, .status = 200, .at_least_ms = 60},
    {"reset-before", CREATE, .end = WIRE_RESET, .next = 200},
    {"reset-after-commit", CREATE, .end = WIRE_RESET, .next = 400},
    {"reset-during", LIST, .status = 200, .end = WIRE_CLOSED, .next = 200},
    {"truncate", LIST, .status = 200, .is_bad_json = true, .next = 200},
    {"bad-json", LIST, .status = 200, .is_bad_json = true, .next = 200},
    {"bad-chunk", LIST, .status = 200, .end = WIRE_CLOSED, .name = "Transfer-Encoding",
     .value = "chunked", .in_body = "\r\nchunk\r\n", .next = 200},
    {"html-error-page", LIST, .status = 502, .name = "Content-Type", .value = "text/html",
     .in_body = "<h1>502</h1>", .next = 200},
    {"wrong-content-type", LIST, .status = 200, .name = "Content-Type", .value = "text/html",
     .in_body = "\"entities\"", .next = 200},
    {"empty-body", LIST, .status = 200, .name = "Content-Length", .value = "0", .next = 200},
    {"slow-body", .ask = {"GET", CODES "/00000000-0000-4000-8000-00000000dead", NULL},
     .status = 404, .at_least_ms = 500, .next = 404},
    {"stale-read",
     .before = {{"GET", CODES "?pageSize=1", NULL}, {"POST", CODES, "{\"name\":\"Stale\"}"}},
     .ask = {"GET", CODES "?name=Stale", NULL}, .status = 200, .in_body = "\"total\":0"},
    {"late-visibility", .before = {{"POST", CODES, "{\"name\":\"Late\"}"}},
     .ask = {"GET", CODES "?name=Late", NULL}, .status = 200, .in_body = "\"total\":0"},
    {"page-shift", .before = {{"GET", CODES "?pageSize=3&pageNumber=1", NULL}},
     .pointer = "/entities/2/id", .ask = {"GET", CODES "?pageSize=3&pageNumber=2", NULL},
     .status = 200, .in_body = "\"${ID}\"", .next = 200},
    {"token-dies-midwalk", .before = {{"GET", CODES "?pageSize=3&pageNumber=1", NULL}},
     .ask = {"GET", CODES "?pageSize=3&pageNumber=2", NULL}, .status = 401, .next = 401},
    {"token-throttled", .ask = {"POST", "/oauth/token", "grant_type=client_credentials"},
     .header = "Authorization: Basic YWNtZS1hZG1pbjphY21lLWFkbWluLXNlY3JldA==\r\n", .status = 400,
     .in_body = "\"error\"", .next = 200},
    {"duplicate-webhook", .elsewhere = "tests/integration/cases/provisioning.case"},
    {"reordered-webhook", .elsewhere = "tests/integration/cases/provisioning.case"},
    {"tls-expired", .elsewhere = "tests/integration/test_tls.c"},
    {"tls-wrong-host", .elsewhere = "tests/integration/test_tls.c"},
    {"tls-self-signed", .elsewhere = "tests/integration/test_tls.c"},
};
enum { PRESETS = sizeof presets / sizeof *presets };

static void setup(void)
{
    arena_init(&arena, 0, 0);
}

static void teardown(void)
{
    arena_done(&arena);
}

static struct json parse(struct str text)
{
    const struct json_doc *doc = NULL;
    struct err err = {0};
    ck_assert_msg(json_parse(&doc, &arena, STR("text"), str_copy(&arena, text), NULL, NULL, &err),
                  "%s: %.*s", err.msg, STR_ARG(str_slice(text, 0, 500)));
    return json_root(doc);
}

static struct json admin(const struct mock *mock, const char *method, const char *path,
                         const char *body, int wanted)
{
    struct buf full, answer;
    buf_init(&full, &arena);
    buf_init(&answer, &arena);
    buf_printf(&full, "/__rehearse%s", path);
    struct wire_call call = {
        .method = method, .path = buf_cstr(&full), .admin = "test-admin", .body = body};
    int status = wire_ask(mock, &call, &answer);
    ck_assert_msg(status == wanted, "%s %s: %d %s", method, path, status, buf_cstr(&answer));
    return parse(buf_str(&answer));
}

static struct mock *serve(const char *profile, uint64_t seed, struct log *log)
{
    struct mock *mock = NULL;
    struct err err = {0};
    struct mock_site site = wire_site(profile, "");
    struct mock_options options = {
        .n_threads = 1, .seed = seed, .admin_token = STR("test-admin"), .log = log};
    signal(SIGPIPE, SIG_IGN);
    ck_assert_msg(mock_start(&mock, &options, &site, 1, &err), "%s", err.msg);
    struct json made = admin(mock, "POST", "/tokens/issue", "{\"client\":\"acme-admin\"}", 201);
    struct str text = json_str(json_get(made, STR("token")));
    ck_assert_uint_lt(text.len, sizeof token);
    memcpy(token, text.s, text.len);
    token[text.len] = '\0';
    return mock;
}

/* ${ID} replaced. */
static const char *expand(const char *text, struct str id)
{
    struct str s = str_of(text);
    struct buf out;
    size_t at = str_find(s, STR("${ID}"));
    if (!text || at == s.len) {
        return text;
    }
    buf_init(&out, &arena);
    buf_put(&out, str_slice(s, 0, at));
    buf_put(&out, id);
    buf_put(&out, str_slice(s, at + 5, s.len));
    return buf_cstr(&out);
}

static struct wire_call call_of(const struct ask *ask, const char *header, struct str id)
{
    bool is_form = ask->body && strncmp(ask->body, "grant_type", 10) == 0;
    return (struct wire_call){.method = ask->method,
                              .path = expand(ask->path, id),
                              .body = expand(ask->body, id),
                              .type = is_form ? "application/x-www-form-urlencoded" : NULL,
                              .bearer = is_form ? NULL : token,
                              .extra = header};
}

/* What is asked before; gives ${ID}. */
static struct str prepare(const struct mock *mock, const struct preset_row *row)
{
    struct str id = STR("");
    for (size_t i = 0; i < BEFORE_MAX && row->before[i].method; i++) {
        struct buf body;
        buf_init(&body, &arena);
        struct wire_call call = call_of(&row->before[i], NULL, id);
        ck_assert_int_eq(wire_ask(mock, &call, &body), 200);
        if (i == 0 && row->pointer) {
            struct json v = json_pointer_find(parse(buf_str(&body)), str_of(row->pointer));
            ck_assert_msg(json_exists(v), "%s in %s", row->pointer, buf_cstr(&body));
            id = json_kind(v) == JSON_STRING ? json_str(v) : json_source(v);
        }
    }
    return id;
}

static void check_header(const struct preset_row *row, const struct wire_answer *answer)
{
    struct str got = wire_header(answer, row->name);
    bool is_right = strcmp(row->value, "?") == 0   ? got.len > 0
                    : strcmp(row->value, "-") == 0 ? got.s == NULL
                    : row->value[0] == '*'         ? str_ends(got, str_of(row->value + 1))
                                                   : str_eq(got, str_of(row->value));
    ck_assert_msg(is_right, "%s: %s is \"%.*s\"", row->preset, row->name, STR_ARG(got));
}

static void check_answer(const struct preset_row *row, int fd, struct wire_answer *answer,
                         struct str id)
{
    const struct json_doc *doc = NULL;
    struct err err = {0};
    while (str_eq(wire_header(answer, "Transfer-Encoding"), STR("chunked")) &&
           answer->end == WIRE_WHOLE) {
        answer->end = wire_more(fd, answer, 1024);
        answer->body =
            (struct str){answer->text + answer->head.len, answer->len - answer->head.len};
    }
    ck_assert_msg(answer->status == row->status, "%s: %d %.*s", row->preset, answer->status,
                  STR_ARG(answer->body));
    ck_assert_msg(answer->end == row->end, "%s ended as %d", row->preset, (int)answer->end);
    if (row->name) {
        check_header(row, answer);
    }
    if (row->in_body) {
        struct str wanted = str_of(expand(row->in_body, id));
        ck_assert_msg(str_find(answer->body, wanted) < answer->body.len, "%s: %.*s", row->preset,
                      STR_ARG(answer->body));
    }
    if (row->is_bad_json) {
        ck_assert(answer->body.len > 0 &&
                  !json_parse(&doc, &arena, STR("body"), answer->body, NULL, NULL, &err));
    }
}

static void must_be_mentioned(const struct preset_row *row)
{
    struct str text;
    struct err err = {0};
    ck_assert_msg(file_read(&text, &arena, row->elsewhere, 1 << 20, &err), "%s", err.msg);
    ck_assert_msg(str_find(text, str_of(row->preset)) < text.len, "%s has no %s", row->elsewhere,
                  row->preset);
}

START_TEST(a_preset_is_met)
{
    const struct preset_row *row = &presets[_i];
    if (row->elsewhere) {
        must_be_mentioned(row);
        return;
    }
    struct mock *mock = serve(row->profile ? row->profile : WIRE_PROFILE, 1, NULL);
    struct buf rule;
    buf_init(&rule, &arena);
    buf_printf(&rule, "{\"preset\":\"%s\"%s}", row->preset, row->more ? row->more : "");
    admin(mock, "POST", "/faults", buf_cstr(&rule), 201);
    struct str id = prepare(mock, row);
    struct wire_call call = call_of(&row->ask, row->header, id);
    AUTO(fd_close) int fd = wire_open(mock);
    int64_t from_us = clock_monotonic_us();
    struct wire_answer answer = wire_call(fd, &call);
    check_answer(row, fd, &answer, id);
    ck_assert_int_ge(clock_monotonic_us() - from_us, row->at_least_ms * US_PER_MS);
    wire_drop(&answer);
    if (row->next) {
        ck_assert_int_eq(wire_ask(mock, &call, NULL), row->next);
    }
    struct json faults = admin(mock, "GET", "/faults", NULL, 200);
    ck_assert_int_ge(json_i64_or(json_pointer_find(faults, STR("/faults/0/hits")), 0), 1);
    ck_assert_uint_eq(json_count(json_get(faults, STR("neverMet"))), 0);
    struct json journal = admin(mock, "GET", "/journal?faults=true", NULL, 200);
    struct json name = json_pointer_find(journal, STR("/entries/0/fault/name"));
    ck_assert(str_eq(json_str_or(name, STR("")), str_of(row->preset)));
    mock_stop(mock);
}
END_TEST

static bool has_row(struct str name)
{
    for (size_t i = 0; i < PRESETS; i++) {
        if (str_eq(name, str_of(presets[i].preset))) {
            return true;
        }
    }
    return false;
}

/* The program's list, the schema's and this file's are one. */
START_TEST(every_preset_has_a_test)
{
    struct mock *mock = serve(WIRE_PROFILE, 1, NULL);
    struct json list = json_get(admin(mock, "GET", "/faults/presets", NULL, 200), STR("presets"));
    struct str text;
    struct err err = {0};
    ck_assert(file_read(&text, &arena, "fixtures/schema/faults.schema.json", 1 << 20, &err));
    struct json words = json_pointer_find(parse(text), STR("/$defs/preset/properties/preset/enum"));
    ck_assert_uint_eq(json_count(list), PRESETS);
    ck_assert_uint_eq(json_count(words), PRESETS);
    for (struct json p = json_first(list); json_exists(p); p = json_next(p)) {
        struct str name = json_str(json_get(p, STR("name")));
        ck_assert_msg(has_row(name), "no test meets the preset %.*s", STR_ARG(name));
    }
    for (struct json w = json_first(words); json_exists(w); w = json_next(w)) {
        ck_assert_msg(has_row(json_str(w)), "the schema's %.*s", STR_ARG(json_str(w)));
    }
    mock_stop(mock);
}
END_TEST

/* What a server with that seed answers to the same requests under rules that draw. */
static struct str transcript(uint64_t seed)
{
    struct mock *mock = serve(WIRE_PROFILE, seed, NULL);
    struct buf out;
    buf_init(&out, &arena);
    admin(mock, "POST", "/clock", "{\"freeze\":\"2026-03-01T09:00:00Z\"}", 200);
    admin(
        mock, "POST", "/faults",
        "{\"faults\":["
        "{\"name\":\"draw\",\"when\":{\"probability\":0.2,\"method\":\"GET\"},\"then\":{\"status\":"
        "503}},"
        "{\"name\":\"cut\",\"when\":{\"probability\":0.1},\"then\":{\"close\":\"before\"}},"
        "{\"name\":\"late\",\"when\":{\"every\":7},\"then\":{\"latencyMs\":{\"uniform\":[0,3]}}},"
        "{\"name\":\"noise\",\"when\":{\"probability\":0.1},\"then\":{\"body\":\"garbage\"}}]}",
        201);
    for (int i = 0; i < 120; i++) {
        struct buf path, body;
        buf_init(&path, &arena);
        buf_init(&body, &arena);
        buf_printf(&body, "{\"name\":\"Draw %d\"}", i);
        buf_printf(&path, CODES "?pageSize=2&pageNumber=%d", 1 + i % 5);
        struct wire_call list = {.method = "GET", .path = buf_cstr(&path), .bearer = token},
                         make = {.method = "POST",
                                 .path = CODES,
                                 .bearer = token,
                                 .body = buf_cstr(&body)};
        int status = wire_ask(mock, i % 3 ? &list : &make, &out);
        buf_printf(&out, "\n%d %d\n", i, status);
    }
    struct json faults = admin(mock, "GET", "/faults", NULL, 200);
    buf_put(&out, json_source(json_get(faults, STR("faults"))));
    for (struct json f = json_first(json_get(faults, STR("faults"))); json_exists(f);
         f = json_next(f)) {
        ck_assert_int_gt(json_i64_or(json_get(f, STR("hits")), 0), 0);
    }
    struct json journal = admin(mock, "GET", "/journal?faults=true", NULL, 200);
    for (struct json e = json_first(json_get(journal, STR("entries"))); json_exists(e);
         e = json_next(e)) {
        buf_put(&out, json_source(json_get(e, STR("number"))));
        buf_put(&out, json_source(json_get(e, STR("fault"))));
    }
    mock_stop(mock);
    return buf_str(&out);
}

START_TEST(the_same_seed_deals_the_same)
{
    struct str one = transcript(7), two = transcript(7), other = transcript(8);
    ck_assert_msg(str_eq(one, two), "the same seed, other answers");
    ck_assert_msg(!str_eq(one, other), "another seed, the same answers");
}
END_TEST

/* Every indented block of the manual that is JSON is a fault file, or a rule, that schema and
 * program take. */
static size_t take_examples(const struct mock *mock, const struct schema *schema,
                            struct schema_run *run, struct str text)
{
    size_t n = 0;
    struct str rest = text, line;
    struct buf block;
    buf_init(&block, &arena);
    while (rest.len && str_cut(&rest, '\n', &line)) {
        bool is_code = str_starts(line, STR("    "));
        if (is_code) {
            buf_put(&block, line);
            buf_put(&block, STR("\n"));
        }
        if (is_code && rest.len) {
            continue;
        }
        struct str code = str_trim(buf_str(&block));
        if (str_starts(code, STR("{"))) {
            struct json v = parse(code);
            if (!json_exists(json_get(v, STR("faults")))) {
                struct buf file;
                buf_init(&file, &arena);
                buf_printf(&file, "{\"faults\":[%.*s]}", STR_ARG(code));
                v = parse(buf_str(&file));
            }
            ck_assert_msg(schema_check(schema, run, v, NULL, NULL), "%.*s", STR_ARG(code));
            struct buf body;
            buf_init(&body, &arena);
            json_put(&body, v);
            admin(mock, "POST", "/faults", buf_cstr(&body), 201);
            n++;
        }
        buf_clear(&block);
    }
    return n;
}

static const struct schema *fault_schema(struct schema_set *set)
{
    const struct schema *schema = NULL;
    struct str text;
    struct err err = {0};
    ck_assert(file_read(&text, &arena, "fixtures/schema/faults.schema.json", 1 << 20, &err));
    ck_assert_msg(schema_set_add(set, STR(""), parse(text), &err), "%s", err.msg);
    ck_assert_msg(schema_compile(&schema, set, STR(""), &err), "%s", err.msg);
    return schema;
}

START_TEST(the_manual_is_right)
{
    struct mock *mock = serve(WIRE_PROFILE, 1, NULL);
    struct schema_set *set = schema_set_new(&arena, true);
    struct schema_run *run = schema_run_new();
    const struct schema *schema = fault_schema(set);
    struct str text;
    struct err err = {0};
    ck_assert(file_read(&text, &arena, "docs/faults-format.md", 1 << 20, &err));
    ck_assert_uint_ge(take_examples(mock, schema, run, text), 3);
    for (size_t i = 0; i < PRESETS; i++) { /* and the manual names each preset */
        struct buf word;
        buf_init(&word, &arena);
        buf_printf(&word, "`%s`", presets[i].preset);
        ck_assert_msg(str_find(text, buf_str(&word)) < text.len, "the manual lacks %s",
                      presets[i].preset);
    }
    schema_run_free(run);
    schema_set_free(set);
    mock_stop(mock);
}
END_TEST

/* What the program refuses the schema refuses, and the other way round. */
static const struct file_row {
    const char *rule;
    bool is_good;
} files[] = {
    {"{\"preset\":\"500\"}", true},
    {"{\"preset\":\"500\",\"times\":-1}", false},
    {"{\"preset\":\"501\"}", false},
    {"{\"preset\":\"500\",\"tims\":1}", false},
    {"{\"then\":{}}", false},
    {"{\"then\":{\"status\":99}}", false},
    {"{\"then\":{\"body\":\"bad-chunk\"}}", true},
    {"{\"then\":{\"body\":\"xml\"}}", false},
    {"{\"then\":{\"status\":500},\"when\":{\"probability\":1.5}}", false},
    {"{\"then\":{\"status\":500},\"when\":{\"state\":{\"resource\":\"wrapupCode\"}}}", true},
    {"{\"then\":{\"status\":500},\"when\":{\"state\":{\"resource\":\"wrapupCode\",\"value\":1}}}",
     false},
    {"{\"then\":{\"status\":500},\"when\":{\"state\":{}}}", false},
    {"{\"then\":{\"status\":500},\"when\":{\"state\":{\"resource\":\"wrapupCode\",\"x\":1}}}",
     false},
    {"{\"then\":{\"latencyMs\":{\"uniform\":[1,2]}}}", true},
    {"{\"then\":{\"latencyMs\":{\"uniform\":[1]}}}", false},
};

START_TEST(schema_and_program_agree)
{
    struct mock *mock = serve(WIRE_PROFILE, 1, NULL);
    struct schema_set *set = schema_set_new(&arena, true);
    struct schema_run *run = schema_run_new();
    const struct schema *schema = fault_schema(set);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct buf file;
        buf_init(&file, &arena);
        buf_printf(&file, "{\"faults\":[%s]}", files[i].rule);
        bool is_valid = schema_check(schema, run, parse(buf_str(&file)), NULL, NULL);
        ck_assert_msg(is_valid == files[i].is_good, "schema: %s", files[i].rule);
        admin(mock, "POST", "/faults", buf_cstr(&file), files[i].is_good ? 201 : 422);
    }
    schema_run_free(run);
    schema_set_free(set);
    mock_stop(mock);
}
END_TEST

START_TEST(what_was_never_met_is_said)
{
    char *text = NULL;
    size_t size = 0;
    struct log log;
    FILE *stream = open_memstream(&text, &size);
    log_init(&log, stream, LOG_WARN);
    struct mock *mock = serve(WIRE_PROFILE, 1, &log);
    admin(mock, "POST", "/faults", "{\"preset\":\"500\"}", 201);
    admin(mock, "POST", "/faults",
          "{\"name\":\"too \\\"late\\\"\",\"when\":{\"nth\":3},\"then\":{\"status\":500}}", 201);
    admin(mock, "POST", "/faults", "{\"when\":{\"path\":\"/nothing\"},\"then\":{\"status\":500}}",
          201);
    struct wire_call list = {.method = "GET", .path = CODES, .bearer = token};
    ck_assert_int_eq(wire_ask(mock, &list, NULL), 500);
    ck_assert_int_eq(wire_ask(mock, &list, NULL), 200);
    struct json never = json_get(admin(mock, "GET", "/faults", NULL, 200), STR("neverMet"));
    ck_assert(str_eq(json_source(never), STR("[2,3]")));
    mock_tell_unmet(mock);
    mock_stop(mock);
    ck_assert_int_eq(fclose(stream), 0);
    ck_assert_ptr_nonnull(
        strstr(text, "fault rule 2 \"too \\\"late\\\"\" was never met: 1 requests fitted it"));
    ck_assert_ptr_nonnull(strstr(text, "fault rule 3 was never met: 0 requests fitted it"));
    ck_assert_ptr_null(strstr(text, "rule 1"));
    free(text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("faults");
    TCase *c = tcase_create("faults");
    suite_add_tcase(suite, c);
    tcase_set_timeout(c, 120);
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_loop_test(c, a_preset_is_met, 0, PRESETS);
    tcase_add_test(c, every_preset_has_a_test);
    tcase_add_test(c, the_same_seed_deals_the_same);
    tcase_add_test(c, the_manual_is_right);
    tcase_add_test(c, schema_and_program_agree);
    tcase_add_test(c, what_was_never_met_is_said);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
