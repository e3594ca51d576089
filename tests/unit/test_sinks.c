/* Sink files: what is refused, with its place; which route a request takes; what is not as expected. */
#include "mockapi/sink.h"

#include "model/model.h"
#include "unit.h"

struct world {
    struct arena a;
    struct findings fs;
    struct err err;
    struct sink_rules *rules;
};

static void open_world(struct world *w)
{
    *w = (struct world){0};
    arena_init(&w->a, 0, 0);
    findings_init(&w->fs, &w->a);
}

static void close_world(struct world *w)
{
    sink_rules_free(w->rules);
    arena_done(&w->a);
}

static bool load(struct world *w, const char *text)
{
    struct mock_sink file = {STR("own.json"), str_of(text)};
    return sink_rules_load(&w->rules, &file, 1, &w->fs, &w->err);
}

#define SINKS(all) "{\"format\": 1,\n \"sinks\": {" all "}}"
#define ROUTE(all) SINKS("\"a\": {\"routes\": [{" all "}]}")

/* What is wrong, the finding, its line. */
static const struct {
    const char *text, *rule;
    uint32_t line;
} bads[] = {
    {"{", "J002", 1},
    {"[]", "S103", 1},
    {"{\"format\": 1}", "S101", 1},
    {"{\"format\": 2, \"sinks\": {\"a\": {\"routes\": [{}]}}}", "S107", 1},
    {SINKS(""), "S108", 2},
    {SINKS("\"A b\": {\"routes\": [{}]}"), "S114", 2},
    {SINKS("\"a\": {\"routes\": []}"), "S108", 2},
    {SINKS("\"a\": {\"routes\": [{}], \"host\": []}"), "S102", 2},
    {SINKS("\"a\": {\"routes\": [{}], \"hosts\": [\"b_c.com\"]}"), "S106", 2},
    {SINKS("\"a\": {\"routes\": [{}], \"hosts\": [\"x.com\",\n \"X.com\"]}"), "K106", 3},
    {SINKS("\"a\": {\"routes\": [{}], \"hosts\": [\"x.com\"]},\n"
           "\"b\": {\"routes\": [{}], \"hosts\": [\"x.com\"]}"),
     "K106", 3},
    {SINKS("\"a\": {\"routes\": [{}]}, \"a\": {\"routes\": [{}]}"), "J003", 2},
    {ROUTE("\"path\": \"x\""), "S106", 2},
    {ROUTE("\"method\": \"post\""), "S106", 2},
    {ROUTE("\"answers\": []"), "S108", 2},
    {ROUTE("\"answers\": [{}]"), "S101", 2},
    {ROUTE("\"answers\": [{\"status\": 100}]"), "S108", 2},
    {ROUTE("\"answers\": [{\"status\": 200, \"times\": 0}]"), "S108", 2},
    {ROUTE("\"answers\": [{\"status\": 200, \"headers\": {\"X Y\": \"1\"}}]"), "K102", 2},
    {ROUTE("\"answers\": [{\"status\": 200, \"headers\": {\"X\": \"a\\r\\nB: c\"}}]"), "K102", 2},
    {ROUTE("\"headers\": {\"\": \"1\"}"), "K102", 2},
    {ROUTE("\"answers\": [{\"status\": 200, \"body\": {\"a\":\n\"{bdy.x}\"}}]"), "K104", 2},
    {ROUTE("\"answers\": [{\"status\": 200, \"body\":\n{\"a\": \"{entity.x}\"}}]"), "K103", 3},
    {ROUTE("\"answers\": [{\"status\": 200, \"body\":\n{\"a\": \"{request.scopes}\"}}]"), "K103",
     3},
    {ROUTE("\"answers\": [{\"status\": 200, \"body\": {\"$each\": \"permissions\", \"as\": 1}}]"),
     "K103", 2},
    {ROUTE("\"answers\": [{\"status\": 200, \"body\": {\"$each\": {\"resource\": \"x\"}, \"as\": "
           "1}}]"),
     "K104", 2},
    {ROUTE("\"invalid\": {\"status\": 400, \"body\": \"{client.id}\"}"), "K103", 2},
    {ROUTE("\"answers\": [{\"status\": 200, \"contentType\": \"text/plain\", \"body\": {}}]"),
     "K104", 2},
    {ROUTE("\"expect\": {\"type\": \"objct\"}"), "K105", 2},
    {ROUTE("\"expect\": {\"$ref\": \"#/none\"}"), "K105", 2},
    {ROUTE("\"expect\": {\"pattern\": \"(\"}"), "K105", 2},
};

START_TEST(a_bad_file_is_refused_with_its_place)
{
    struct world w;
    open_world(&w);
    ck_assert_msg(!load(&w, bads[_i].text), "%s was taken", bads[_i].text);
    ck_assert_msg(w.fs.len > 0 && w.err.code != ERR_NONE, "%s: nothing said", bads[_i].text);
    ck_assert_msg(str_eq(w.fs.at[0].rule, str_of(bads[_i].rule)), "%s: %.*s %.*s", bads[_i].text,
                  STR_ARG(w.fs.at[0].rule), STR_ARG(w.fs.at[0].message));
    ck_assert_msg(w.fs.at[0].line == bads[_i].line, "%s: line %u", bads[_i].text,
                  (unsigned)w.fs.at[0].line);
    ck_assert(str_eq(w.fs.at[0].file, STR("own.json")) && w.fs.at[0].column > 0);
    ck_assert(w.rules == NULL);
    close_world(&w);
}
END_TEST

START_TEST(built_in_sinks_are_well)
{
    struct world w;
    struct mock_sink files[20];
    size_t n = 0;
    open_world(&w);
    for (const struct builtin *b = builtin_files; b->name; b++) {
        if (str_starts(str_of(b->name), STR("sinks/"))) {
            files[n].name = str_of(b->name);
            files[n++].text = builtin_find(str_of(b->name));
        }
    }
    ck_assert(n == 5);
    ck_assert_msg(sink_rules_load(&w.rules, files, n, &w.fs, &w.err), "%s", w.err.msg);
    ck_assert(w.rules->n_places == 6);
    close_world(&w);
}
END_TEST

START_TEST(one_name_stands_in_one_file)
{
    struct world w;
    struct mock_sink files[2] = {{STR("a.json"), STR(SINKS("\"a\": {\"routes\": [{}]}"))},
                                 {STR("b.json"), STR(SINKS("\"a\": {\"routes\": [{}]}"))}};
    open_world(&w);
    ck_assert(!sink_rules_load(&w.rules, files, 2, &w.fs, &w.err));
    ck_assert(str_eq(w.fs.at[0].rule, STR("K107")) && str_eq(w.fs.at[0].file, STR("b.json")));
    close_world(&w);
}
END_TEST

/* Hosts, and whose they are. */
static const struct {
    const char *host, *name;
} hosts[] = {
    {"bi.example.com", "bi"},
    {"BI.Example.com:8443", "bi"},
    {"a.b.example.org", "any"},
    {"example.org", ""},
    {".example.org", ""},
    {"bi.example.com.evil", ""},
    {"xbi.example.com", ""},
    {"", ""},
    {":80", ""},
    {"bi.example.com:", "bi"},
    {"[::1]:80", ""},
};

START_TEST(hosts_lead_to_sinks)
{
    struct world w;
    open_world(&w);
    ck_assert(load(&w, SINKS("\"bi\": {\"hosts\": [\"bi.example.com\"], \"routes\": [{}]},"
                             "\"any\": {\"hosts\": [\"*.example.org\"], \"routes\": [{}]}")));
    const struct sink_place *place = sink_place_at(w.rules, str_of(hosts[_i].host));
    ck_assert_msg(str_eq(place ? place->name : STR(""), str_of(hosts[_i].name)), "%s",
                  hosts[_i].host);
    close_world(&w);
}
END_TEST

/* Requests, what the sink answers to them one after the other, what it finds. */
static const struct {
    const char *method, *path, *body;
    int status;
    const char *text, *rule;
} asks[] = {
    {"POST", "/__sink/a/x", "{\"n\": 1}", 500, "", ""},
    {"POST", "/__sink/a/x", "{\"n\": 1}", 500, "", ""},
    {"POST", "/__sink/a/x", "{\"n\": 2}", 202, "{\"n\":2,\"by\":\"POST /__sink/a/x\"}", ""},
    {"POST", "/__sink/a/x", "{\"n\": 3}", 202, "{\"n\":3,\"by\":\"POST /__sink/a/x\"}", ""},
    {"POST", "/__sink/a/x", "{\"n\": \"3\"}", 422, "[\"S103\"]", "S103"},
    {"POST", "/__sink/a/x", "{", 422, "[\"K202\"]", "K202"},
    {"POST", "/__sink/a/x", "", 422, "[\"K202\"]", "K202"},
    {"PUT", "/__sink/a/x", "{}", 405, NULL, ""},
    {"POST", "/__sink/a/y", "{}", 404, NULL, ""},
    {"HEAD", "/__sink/a/z", "", 200, "", ""},
    {"POST", "/__sink/a", "{}", 404, NULL, ""},
    {"POST", "/__sink/b/x", "{", 200, "{}", ""},
    {"POST", "/__sink", "", 200, "{}", ""},
    {"POST", "/__sink/", "", 200, "{}", ""},
};

START_TEST(sequences_and_routes)
{
    struct world w;
    struct sink *sink = sink_new();
    open_world(&w);
    ck_assert_msg(
        load(&w,
             SINKS("\"a\": {\"routes\": [{\"method\": \"POST\", \"path\": \"/x\", \"expect\": "
                   "{\"properties\": {\"n\": {\"type\": \"integer\"}}}, \"answers\": [{\"status\": "
                   "500, \"times\": 2}, {\"status\": 202, \"body\": {\"n\": \"{body.n}\", \"by\": "
                   "\"{request.method} {request.path}\"}}], \"invalid\": {\"status\": 422, "
                   "\"body\": {\"$each\": \"findings\", \"as\": \"{finding.rule}\"}}}, "
                   "{\"method\": \"GET\", \"path\": \"/z\"}]}")),
        "%s", w.err.msg);
    sink_set_rules(sink, w.rules);
    w.rules = NULL;
    for (size_t i = 0; i < sizeof asks / sizeof *asks; i++) {
        struct request *rq = ARENA_NEW(&w.a, struct request);
        rq->arena = &w.a;
        rq->method = str_of(asks[i].method);
        rq->path = str_of(asks[i].path);
        rq->body_text = str_of(asks[i].body);
        sink_take(sink, rq, 0);
        struct str text = buf_str(&rq->reply.body);
        ck_assert_msg(rq->reply.status == asks[i].status, "%zu: %d", i, rq->reply.status);
        ck_assert_msg(!asks[i].text || str_eq(text, str_of(asks[i].text)), "%zu: %.*s", i,
                      STR_ARG(text));
        struct str rule = rq->findings.len ? rq->findings.at[0].rule : STR("");
        ck_assert_msg(str_eq(rule, str_of(asks[i].rule)), "%zu: %.*s", i, STR_ARG(rule));
    }
    ck_assert(sink_count(sink, STR("a")) == 11 && sink_count(sink, STR("")) == 14);
    sink_free(sink);
    close_world(&w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sinks");
    TCase *cases = tcase_create("sinks");
    tcase_add_loop_test(cases, a_bad_file_is_refused_with_its_place, 0, sizeof bads / sizeof *bads);
    tcase_add_test(cases, built_in_sinks_are_well);
    tcase_add_test(cases, one_name_stands_in_one_file);
    tcase_add_loop_test(cases, hosts_lead_to_sinks, 0, sizeof hosts / sizeof *hosts);
    tcase_add_test(cases, sequences_and_routes);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}
