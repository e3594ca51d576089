/* Scenarios: what is read, what is refused and where; the built-in ones fit their profiles and cover every
 * preset and every profile. */
#include "tests/unit/unit.h"

#include "replay/scenario.h"

#include <string.h>

static struct arena arena;
static struct findings findings;
static struct err err;

static void setup(void)
{
    arena_init(&arena, 0, 0);
    findings_init(&findings, &arena);
    err = (struct err){0};
}

static void teardown(void)
{
    arena_done(&arena);
}

static const struct wrong {
    const char *text, *rule;
    uint32_t line;
} wrongs[] = {
    {"{\"format\":2}", "S1", 1},
    {"{}", "S1", 1},
    {"[1]", "S1", 1},
    {"{\"format\":1,\n\"faluts\":[]}", "S1", 2},
    {"{\"format\":1,\n\n\"clock\":\"yesterday\"}", "X101", 3},
    {"{\"format\":1,\"rules\":{\n\"C999\":{\"off\":\"x\"}}}", "X101", 2},
    {"{\"format\":1,\"rules\":{\"C101\":{\"off\":\"\"}}}", "S1", 1},
    {"{\"format\":1,\"env\":{\"A=B\":\"x\"}}", "X101", 1},
    {"{\"format\":1,\"expect\":{\"exit\":256}}", "S1", 1},
    {"{\"format\":1,\"expect\":{\"exit\":\"sometimes\"}}", "S1", 1},
    {"{\"format\":1,\"expect\":{\"state\":[{\"pointer\":\"/a\",\"resource\":\"b\"}]}}", "S1", 1},
    {"{\"format\":1,\"actors\":[{\"actor\":\"x\",\"before\":{},\"do\":[{\"revokeTokens\":true}]}]}",
     "S1", 1},
    {"{\"format\":1,\"actors\":[{\"actor\":\"x\",\"before\":{\"request\":1},\"do\":[]}]}", "S1", 1},
    {"{\"format\":1,\"seed\":-1}", "S1", 1},
};

START_TEST(refused)
{
    const struct wrong *w = &wrongs[_i];
    struct scenario s;
    ck_assert_msg(!scenario_read(&s, &arena, STR("s.json"), str_of(w->text), &findings, &err), "%s",
                  w->text);
    ck_assert_uint_gt(findings.len, 0);
    ck_assert_msg(str_starts(findings.at[0].rule, str_of(w->rule)), "%s: %.*s", w->text,
                  STR_ARG(findings.at[0].rule));
    ck_assert_msg(findings.at[0].line == w->line, "%s: line %u", w->text, findings.at[0].line);
    ck_assert_uint_gt(findings.at[0].column, 0);
    ck_assert_int_eq(err.code, ERR_INPUT);
}
END_TEST

START_TEST(no_json)
{
    struct scenario s;
    ck_assert(!scenario_read(&s, &arena, STR("s.json"), STR("{\"format\":1"), &findings, &err));
}
END_TEST

START_TEST(whole)
{
    static const char text[] =
        "{\"format\":1,\"profile\":[\"a\",\"b\"],\"tenant\":\"t\",\"policies\":{\"p\":\"q\"},"
        "\"clock\":\"2026-01-05T09:00:00Z\",\"seed\":7,\"timeoutS\":9,\"env\":{\"N\":\"v\"},"
        "\"allowHosts\":[\"h\"],\"sinks\":\"s\",\"faults\":[{\"preset\":\"500\"}],\n"
        "\"actors\":[{\"actor\":\"w\",\"before\":{\"operation\":\"o\",\"nth\":2},\"do\":["
        "{\"change\":\"{path}\",\"set\":{\"a\":1}},{\"request\":{\"method\":\"POST\",\"path\":\"/"
        "p\","
        "\"body\":{\"b\":2}}},{\"revokeTokens\":true}]}],\n"
        "\"expect\":{\"exit\":[0,200],\"stdout\":\"ok\",\"requests\":[{\"status\":200,\"count\":{"
        "\"max\":2}}],"
        "\"state\":[{\"pointer\":\"\",\"absent\":true},\n{\"resource\":\"r\",\"count\":3}]},"
        "\"rules\":{\"C204\":{\"tries\":4},\"C201\":{\"slackMs\":80},\"C801\":{\"off\":\"why\"}}}";
    struct scenario s;
    ck_assert_msg(scenario_read(&s, &arena, STR("s"), str_of(text), &findings, &err), "%s", err.msg);
    ck_assert_uint_eq(s.n_profiles, 2);
    ck_assert_str_eq(s.profiles[1], "b");
    ck_assert_str_eq(s.env[0], "N=v");
    ck_assert_int_eq(s.timeout_ms, 9000);
    ck_assert(s.has_clock && s.has_seed && s.seed == 7 && s.has_faults);
    ck_assert_uint_eq(s.n_actors, 1);
    ck_assert_uint_eq(s.actors[0].n_steps, 3);
    ck_assert_int_eq(s.actors[0].steps[0].verb, SCENARIO_CHANGE);
    ck_assert(str_eq(s.actors[0].steps[0].method, STR("PUT")));
    ck_assert(str_eq(s.actors[0].steps[1].body, STR("{\"b\":2}")));
    ck_assert_int_eq(s.actors[0].steps[2].verb, SCENARIO_REVOKE);
    ck_assert(s.exits[0] == 1 && s.exits[3] == 1ULL << 8);
    ck_assert_int_eq(s.requests[0].least, 0);
    ck_assert_int_eq(s.requests[0].most, 2);
    ck_assert_uint_eq(s.states[1].line, 4);
    ck_assert_int_eq(s.states[1].most, 3);
    ck_assert_int_eq(s.params.retries_max, 4);
    ck_assert_int_eq(s.params.slack_us, 80000);
    ck_assert_uint_eq(s.params.n_off, 1);
}
END_TEST

/* Every preset that there is, by the schema of fault files. */
static struct json presets(void)
{
    const struct json_doc *doc = NULL;
    ck_assert(json_parse(&doc, &arena, STR("schema"),
                         builtin_find(STR("schema/faults.schema.json")), NULL, &findings, &err));
    return json_path(json_root(doc), STR("$defs.preset.properties.preset.enum"));
}

START_TEST(built_in)
{
    struct buf dealt, played;
    size_t n = 0;
    buf_init(&dealt, &arena);
    buf_init(&played, &arena);
    for (const struct builtin *b = builtin_files; b->name; b++) {
        struct str name = str_of(b->name);
        struct scenario s;
        struct contract *c = NULL;
        if (!str_starts(name, STR("scenarios/"))) {
            continue;
        }
        n++;
        ck_assert_msg(scenario_read(&s, &arena, name, builtin_find(name), &findings, &err),
                      "%s: %s", b->name, err.msg);
        ck_assert_uint_eq(s.n_profiles, 1);
        ck_assert(contract_open(&c, s.profiles[0], NULL, 0, &findings, &err));
        ck_assert_msg(scenario_check(&s, c, &err), "%s", err.msg);
        contract_free(c);
        buf_printf(&played, "<%s>", s.profiles[0]);
        struct json faults = json_get(s.document, STR("faults"));
        for (struct json f = json_first(faults); json_exists(f); f = json_next(f)) {
            struct str preset = json_str_or(json_get(f, STR("preset")), STR(""));
            buf_printf(&dealt, "<%.*s>", STR_ARG(preset));
        }
    }
    ck_assert_uint_eq(n, 10);
    struct json all = presets();
    ck_assert_uint_ge(json_count(all), 40);
    for (struct json p = json_first(all); json_exists(p); p = json_next(p)) {
        struct str mark = findings_text(&findings, "<%.*s>", STR_ARG(json_str(p)));
        ck_assert_msg(str_find(buf_str(&dealt), mark) < dealt.len, "no scenario deals %.*s",
                      STR_ARG(mark));
    }
    for (const struct builtin *b = builtin_files; b->name; b++) {
        struct str name = str_of(b->name), head = STR("profiles/");
        if (str_starts(name, head)) {
            struct str mark =
                findings_text(&findings, "<%.*s>",
                              STR_ARG(str_slice(name, head.len, name.len - STR(".json").len)));
            ck_assert_msg(str_find(buf_str(&played), mark) < played.len, "no scenario plays %.*s",
                          STR_ARG(mark));
        }
    }
}
END_TEST

static const struct stranger {
    const char *text, *says;
} strangers[] = {
    {"{\"format\":1,\"actors\":[{\"actor\":\"x\",\"before\":{\"operation\":\"none\"},\"do\":["
     "{\"revokeTokens\":true}]}]}",
     "no such operation"},
    {"{\"format\":1,\"expect\":{\"requests\":[{\"operation\":\"none\"}]}}", "no operation"},
    {"{\"format\":1,\"expect\":{\"state\":[{\"resource\":\"none\"}]}}", "no resource"},
};

START_TEST(unknown_names)
{
    struct scenario s;
    struct contract *c = NULL;
    ck_assert(scenario_read(&s, &arena, STR("s"), str_of(strangers[_i].text), &findings, &err));
    ck_assert(contract_open(&c, "genesys-cloud", NULL, 0, &findings, &err));
    ck_assert(!scenario_check(&s, c, &err));
    ck_assert_msg(strstr(err.msg, strangers[_i].says) != NULL, "%s", err.msg);
    contract_free(c);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("scenario");
    TCase *t = tcase_create("all");
    tcase_set_timeout(t, 60);
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, refused, 0, sizeof wrongs / sizeof *wrongs);
    tcase_add_test(t, no_json);
    tcase_add_test(t, whole);
    tcase_add_test(t, built_in);
    tcase_add_loop_test(t, unknown_names, 0, sizeof strangers / sizeof *strangers);
    suite_add_tcase(suite, t);
    return unit_run(suite);
}
