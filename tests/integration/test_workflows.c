/* The workflows of all seven profiles, as their change sets tell them: what the tenant holds, what other
 * systems were told, what is in the audit file and the metrics. */
#include "model/builtin.h"
#include "replay/replay.h"
#include "wire.h"

#define ADA_KEY "ACMEKEYOFADAADMIN000000000000000000000000000000000000"

static const struct {
    const char *profile, *sink;
    size_t n_posts, n_records; /* at the sink; in the audit file */
    const char *in_audit, *in_metrics;
} flows[] = {
    {"genesys-provisioning", "bi", 0, 1, "wrapupcode_created", "auditTrail"},
    {"genesys-definitions", "wfm", 1, 1, "UPDATE_WRAPUP_CODE", "totalUpdates"},
    {"genesys-enforcement", "compliance", 1, 1, "event_id", "auditTrail"},
    {"genesys-lifecycle", "crm", 1, 1, "wrapupcode_lifecycle", "summary"},
    {"cxone-interaction-config", "analytics", 1, 1, "\"size\":2", "successes"},
    {"genesys-cloud", NULL, 0, 1, "queue", "auditTrail"},
    {"cxone", NULL, 0, 1, "\"failures\":0", "auditTrail"},
};

struct stage {
    struct mock *mock;
    struct contract *contract;
    struct client *client;
    struct arena arena;
};

static void load_sinks(struct stage *g, const char *profile)
{
    struct buf name = {0};
    struct findings fs;
    struct err err = {0};
    struct sink_rules *rules = NULL;
    findings_init(&fs, &g->arena);
    buf_printf(&name, "sinks/%s.json", profile);
    struct mock_sink sink = {.name = str_of(profile), .text = builtin_find(buf_str(&name))};
    if (sink.text.s) {
        ck_assert_msg(mock_read_sinks(&rules, &sink, 1, &fs, &err), "%s", err.msg);
        mock_take_sinks(g->mock, rules);
    }
    buf_done(&name);
}

static void set_up(struct stage *g, const char *profile)
{
    struct err err = {0};
    bool is_key = strcmp(profile, "cxone") == 0;
    struct mock_site site = wire_site(profile, "");
    struct mock_options mo = {.n_threads = 2, .seed = 1, .admin_token = STR("test-admin")};
    signal(SIGPIPE, SIG_IGN);
    *g = (struct stage){.contract = contract_hold(site.contract)};
    arena_init(&g->arena, 0, 0);
    ck_assert_msg(mock_start(&g->mock, &mo, &site, 1, &err), "%s", err.msg);
    load_sinks(g, profile);
    struct client_options o = {
        .url = mock_site_url(g->mock, 0),
        .secrets = {.id = is_key ? STR(ADA_KEY) : STR("acme-admin"),
                    .secret = is_key ? STR("ada-key-secret") : STR("acme-admin-secret")}};
    ck_assert_msg(client_open(&g->client, g->contract, &o, &err), "%s", err.msg);
}

static void tear_down(struct stage *g)
{
    client_close(g->client);
    mock_stop(g->mock);
    contract_free(g->contract);
    arena_done(&g->arena);
}

/* The change set, its addresses turned to this server. */
static struct str document(struct stage *g, const char *profile)
{
    static const char usual[] = "http://127.0.0.1:8080";
    struct buf name, out;
    struct str text, mark = str_of(usual);
    struct err err = {0};
    buf_init(&name, &g->arena);
    buf_init(&out, &g->arena);
    buf_printf(&name, "fixtures/changesets/%s.workflow.json", profile);
    ck_assert_msg(file_read(&text, &g->arena, buf_cstr(&name), 1 << 20, &err), "%s", err.msg);
    for (size_t at; (at = str_find(text, mark)) < text.len;
         text = str_slice(text, at + mark.len, text.len)) {
        buf_put(&out, str_slice(text, 0, at));
        buf_put(&out, mock_site_url(g->mock, 0));
    }
    buf_put(&out, text);
    return buf_str(&out);
}

static void check_sink(struct stage *g, const char *sink, size_t n_posts)
{
    struct buf url;
    struct client_answer answer;
    struct err err = {0};
    size_t n = 0;
    buf_init(&url, &g->arena);
    buf_put(&url, mock_admin_url(g->mock));
    buf_put(&url, STR("/sink"));
    const struct client_request rq = {.method = "GET",
                                      .url = buf_str(&url),
                                      .headers = STR("X-Rehearse-Token: test-admin"),
                                      .may_repeat = true};
    ck_assert_msg(client_send(&answer, &g->arena, g->client, &rq, &err), "%s", err.msg);
    ck_assert_int_eq(answer.status, 200);
    struct json all = json_kind(answer.json) == JSON_ARRAY ? answer.json : json_first(answer.json);
    for (struct json v = json_first(all); json_exists(v); v = json_next(v)) {
        n++;
        ck_assert_msg(json_count(json_get(v, STR("findings"))) == 0, "%s: %.*s", sink,
                      STR_ARG(json_source(v)));
    }
    ck_assert_msg(n == n_posts, "%s: %zu posts: %.*s", sink, n, STR_ARG(answer.body));
}

START_TEST(a_workflow_whole)
{
    struct stage g;
    struct apply *ap = NULL;
    struct apply_result result;
    struct err err = {0};
    struct str text;
    char audit[] = "/tmp/rehearse-audit-XXXXXX", metrics[] = "/tmp/rehearse-metrics-XXXXXX";
    const char *profile = flows[_i].profile;
    set_up(&g, profile);
    close(mkstemp(audit));
    close(mkstemp(metrics));
    const struct apply_options o = {.parallel = 4, .audit = audit, .metrics = metrics};
    ck_assert_msg(apply_open(&ap, g.client, STR("workflow"), document(&g, profile), &err), "%s: %s",
                  profile, err.msg);
    ck_assert_msg(apply_run(&result, ap, &o, &err), "%s: %s", profile, err.msg);
    ck_assert_uint_eq(result.done + result.there, apply_steps(ap));
    apply_close(ap);
    if (flows[_i].sink) {
        check_sink(&g, flows[_i].sink, flows[_i].n_posts);
    }
    ck_assert(file_read(&text, &g.arena, audit, 1 << 20, &err));
    size_t lines = 0;
    for (size_t i = 0; i < text.len; i++) {
        lines += text.s[i] == '\n';
    }
    ck_assert_uint_eq(lines, flows[_i].n_records);
    ck_assert_msg(str_find(text, str_of(flows[_i].in_audit)) < text.len, "%s: %.*s", profile,
                  STR_ARG(text));
    ck_assert_msg(str_find(text, STR("null")) == text.len, "%s: %.*s", profile, STR_ARG(text));
    ck_assert(file_read(&text, &g.arena, metrics, 1 << 20, &err));
    ck_assert_msg(str_find(text, str_of(flows[_i].in_metrics)) < text.len, "%s: %.*s", profile,
                  STR_ARG(text));
    unlink(audit);
    unlink(metrics);
    tear_down(&g);
}
END_TEST

/* One item of a batch is refused: the others are there, the item is told, the run has failed. */
START_TEST(an_item_that_fails)
{
    static const char text[] =
        "{\"profile\":\"cxone-interaction-config\",\"changes\":[{\"batch\":\"wrapUpCode\",\"as\":"
        "\"b\","
        "\"bodies\":[{\"name\":\"One\",\"code\":\"ONE1\",\"category\":\"Sales\",\"duration\":60},"
        "{\"name\":\"Two\",\"code\":\"TWO2\",\"category\":\"Nowhere\",\"duration\":60},"
        "{\"name\":\"Three\",\"code\":\"THREE3\",\"category\":\"Sales\",\"duration\":60}]}]}";
    struct stage g;
    struct apply *ap = NULL;
    struct apply_result result;
    struct err err = {0};
    const struct apply_options o = {.parallel = 1};
    set_up(&g, "cxone-interaction-config");
    ck_assert_msg(apply_open(&ap, g.client, STR("batch"), str_of(text), &err), "%s", err.msg);
    ck_assert(!apply_run(&result, ap, &o, &err));
    ck_assert_msg(strstr(err.msg, "1 of 3 were not made (1)") != NULL, "%s", err.msg);
    apply_close(ap);
    tear_down(&g);
}
END_TEST

/* Tags by the matrix, then one's own; none twice. */
START_TEST(tags_are_injected)
{
    struct stage g;
    struct apply *ap = NULL;
    struct apply_result result;
    struct err err = {0};
    const struct json_doc *doc = NULL;
    struct client_found found;
    const struct apply_options o = {.parallel = 1};
    set_up(&g, "genesys-provisioning");
    ck_assert(apply_open(&ap, g.client, STR("w"), document(&g, "genesys-provisioning"), &err));
    ck_assert_msg(apply_run(&result, ap, &o, &err), "%s", err.msg);
    apply_close(ap);
    ck_assert(json_parse(&doc, &g.arena, STR("b"),
                         STR("{\"codeName\":\"Lead warm\",\"codeCategoryName\":\"sales\"}"), NULL,
                         NULL, &err));
    ck_assert(client_find(g.client, &g.arena, contract_resource(g.contract, STR("wrapupCode")),
                          json_root(doc), &found, &err));
    ck_assert_uint_eq(found.n, 1);
    struct str tags = json_source(json_get(found.at[0], STR("reportingTags")));
    ck_assert_msg(str_eq(tags, STR("[\"cat:sales\",\"sub:conversion\",\"sub:lead\","
                                   "\"sub:follow_up\",\"autumn\"]")),
                  "%.*s", STR_ARG(tags));
    tear_down(&g);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("workflows");
    TCase *c = tcase_create("workflows");
    tcase_set_timeout(c, 90);
    tcase_add_loop_test(c, a_workflow_whole, 0, sizeof flows / sizeof *flows);
    tcase_add_test(c, an_item_that_fails);
    tcase_add_test(c, tags_are_injected);
    suite_add_tcase(suite, c);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
