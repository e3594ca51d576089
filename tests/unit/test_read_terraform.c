/* Terraform's JSON: plans, states, exports. What becomes of each resource, its entity with places in the
 * text, what it names, and what nobody knows yet. */
#include "validator/validator.h"

#include "tests/unit/json_unit.h"

#include <string.h>

static struct contract *contract;
static struct terraform tf;

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

static bool read_text(const char *text)
{
    found.len = found.errors = 0;
    err = (struct err){.code = ERR_NONE};
    tf = (struct terraform){.kind = TERRAFORM_NONE};
    return read_terraform(&tf, &arena, contract, parse_c(text), &found, &err);
}

/* A change a line: "+ address {entity} <attribute=value> ?attribute". */
static struct str outcome(const char *text)
{
    struct buf b;
    buf_init(&b, &arena);
    if (!read_text(text)) {
        buf_printf(&b, "!%u:%u", err.line, err.column);
    }
    for (size_t i = 0; i < tf.n_changes; i++) {
        const struct terraform_change *c = &tf.changes[i];
        buf_printf(&b, "%c%.*s", "=+~-^"[c->action], STR_ARG(c->address));
        if (json_exists(c->entity)) {
            json_put(&b, c->entity);
        }
        for (size_t k = 0; k < c->n_uses; k++) {
            const struct terraform_use *u = &c->uses[k];
            struct str to = u->address.len > 0 ? u->address : json_str(u->value);
            buf_printf(&b, " <%.*s=%.*s>", STR_ARG(u->rule->edge), STR_ARG(to));
        }
        for (size_t k = 0; k < tf.n_unknowns; k++) {
            if (tf.unknowns[k].change == i) {
                buf_printf(&b, " ?%.*s", STR_ARG(tf.unknowns[k].attribute));
            }
        }
        buf_put_char(&b, '\n');
    }
    for (size_t i = 0; i < found.len; i++) {
        buf_printf(&b, "%.*s@%u:%u\n", STR_ARG(found.at[i].rule), found.at[i].line,
                   found.at[i].column);
    }
    return buf_str(&b);
}

#define PLAN(changes) "{\"format_version\": \"1.2\", \"resource_changes\": [" changes "]}"
#define CODE "\"type\": \"genesyscloud_routing_wrapupcode\", \"mode\": \"managed\""
#define QUEUE "\"type\": \"genesyscloud_routing_queue\", \"mode\": \"managed\""

struct row {
    const char *text, *wanted;
};

static void try_rows(const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct str is = outcome(rows[i].text);
        ck_assert_msg(str_eq(is, str_of(rows[i].wanted)), "%s:\nis %.*s (%s)", rows[i].text,
                      STR_ARG(is), err.msg);
    }
}
#define TRY(rows) try_rows(rows, sizeof(rows) / sizeof(rows)[0])

START_TEST(test_plans)
{
    static const struct row rows[] = {
        {PLAN("{" CODE ", \"address\": \"a.x\", \"change\": {\"actions\": [\"create\"], "
              "\"before\": null, \"after\": "
              "{\"name\": \"Sale\", \"description\": null, \"division_id\": \"d1\", \"other\": "
              "[1]}, "
              "\"after_unknown\": {\"id\": true}}}"),
         "+a.x{\"division\":{\"id\":\"d1\"},\"name\":\"Sale\"}\n"},
        {PLAN("{" CODE ", \"address\": \"a.x\", \"change\": {\"actions\": [\"create\"], "
              "\"before\": null, \"after\": "
              "{\"name\": \"Sale\"}, \"after_unknown\": {\"id\": true, \"division_id\": true}}}"),
         "+a.x{\"name\":\"Sale\"} ?division_id\n"},
        {PLAN("{" CODE ", \"address\": \"a.x\", \"change\": {\"actions\": [\"update\"], "
              "\"before\": {\"name\": \"A\"}, "
              "\"after\": {\"name\": \"B\"}, \"after_unknown\": {}}}"),
         "~a.x{\"name\":\"B\"}\n"},
        {PLAN("{" CODE ", \"address\": \"a.x\", \"change\": {\"actions\": [\"no-op\"], \"before\": "
              "{\"name\": \"A\"}, "
              "\"after\": {\"name\": \"A\"}}}"),
         "=a.x{\"name\":\"A\"}\n"},
        {PLAN("{" CODE ", \"address\": \"a.x\", \"change\": {\"actions\": [\"delete\"], "
              "\"before\": {\"name\": \"A\"}, "
              "\"after\": null, \"after_unknown\": {}}}"),
         "-a.x\n"},
        {PLAN("{" CODE ", \"address\": \"a.x\", \"change\": {\"actions\":\n[\"delete\", "
              "\"create\"], \"before\": "
              "{\"id\": \"7\"}, \"after\": {\"name\": \"B\"}, \"after_unknown\": {\"id\": true}}}"),
         "^a.x{\"name\":\"B\"}\nD501@2:1\n"},
        {PLAN("{" CODE ", \"address\": \"a.x\", \"change\": {\"actions\": [\"create\", "
              "\"delete\"], \"before\": "
              "{\"id\": \"7\"}, \"after\": {\"name\": \"B\"}}}"),
         "^a.x{\"name\":\"B\"}\nD501@1:151\n"},
        {PLAN("{" QUEUE ", \"address\": \"q\", \"change\": {\"actions\": [\"create\"], \"after\": "
              "{\"name\": \"Q\", "
              "\"acw_timeout_ms\": 5000, \"wrapup_codes\": [\"c1\", null, \"c2\"]}, "
              "\"after_unknown\": "
              "{\"wrapup_codes\": [false, true, false]}}}"),
         "+q{\"acwSettings\":{\"timeoutMs\":5000},\"name\":\"Q\"} <breaks=c1> <breaks=c2> "
         "?wrapup_codes[]\n"},
        {PLAN("{" QUEUE ", \"address\": \"q\", \"change\": {\"actions\": [\"create\"], \"after\": "
              "{\"name\": \"Q\"}, "
              "\"after_unknown\": {\"wrapup_codes\": true}}}"),
         "+q{\"name\":\"Q\"} ?wrapup_codes[]\n"},
        {PLAN("{\"type\": \"genesyscloud_outbound_ruleset\", \"mode\": \"managed\", \"address\": "
              "\"r\", \"change\": "
              "{\"actions\": [\"create\"], \"after\": {\"rules\": [{\"conditions\": [{\"codes\": "
              "[\"c1\"]}, {}]}, "
              "{}]}, \"after_unknown\": {\"rules\": [{}, {\"conditions\": [{\"codes\": "
              "[true]}]}]}}}"),
         "+r <silences=c1> ?rules[].conditions[].codes[]\n"},
        {PLAN("{\"type\": \"genesyscloud_recording_media_retention_policy\", \"address\": \"p\", "
              "\"change\": "
              "{\"actions\": [\"create\"], \"after\": {\"conditions\": [{\"wrapup_code_ids\": "
              "[\"*\", \"c9\"]}]}}}"),
         "+p <silences=c9>\n"},
        {PLAN("{\"type\": \"other_thing\", \"change\": {\"actions\": [\"create\"]}}, {\"type\": "
              "\"genesyscloud_routing_wrapupcode\", \"mode\": \"data\"}, 7, "
              "{" CODE ", \"deposed\": \"x\"}, {" CODE "}"),
         "=genesyscloud_routing_wrapupcode\n"},
        {"{\"format_version\": \"2.0\", \"resource_changes\": []}", "!1:20"},
        {"{\"format_version\": 1, \"resource_changes\": []}", "!1:20"},
        {"{\"format_version\": \"1.10\", \"planned_values\": {}}", ""},
        {"[1]", "!1:1"},
        {"{\"resource\": 1}", "!1:1"},
    };
    TRY(rows);
}
END_TEST

START_TEST(test_states_and_exports)
{
    static const struct row rows[] = {
        {"{\"format_version\": \"1.0\", \"values\": {\"root_module\": {\"resources\": [{" CODE
         ", \"address\": \"a\", "
         "\"values\": {\"id\": \"1\", \"name\": \"A\"}}], \"child_modules\": [{\"resources\": "
         "[{" CODE ", \"address\": \"m.b\", \"values\": {\"name\": \"B\"}}]}]}}}",
         "=a{\"name\":\"A\"}\n=m.b{\"name\":\"B\"}\n"},
        {"{\"resource\": {\"genesyscloud_routing_wrapupcode\": {\"Sale\": {\"name\": \"Sale\", "
         "\"division_id\": "
         "\"${data.genesyscloud_auth_division_home.home.id}\"}, \"No\": [{\"name\": \"$${x}\"}]}, "
         "\"genesyscloud_routing_queue\": {\"Q\": {\"name\": \"Q\", \"wrapup_codes\": "
         "[\"${genesyscloud_routing_wrapupcode.Sale.id}\", \"${var.code}\", \"c3\"]}}, \"x\": "
         "{\"y\": {}}}}",
         "+genesyscloud_routing_wrapupcode.Sale{\"name\":\"Sale\"} ?division_id\n"
         "+genesyscloud_routing_wrapupcode.No{\"name\":\"$${x}\"}\n"
         "+genesyscloud_routing_queue.Q{\"name\":\"Q\"} "
         "<breaks=genesyscloud_routing_wrapupcode.Sale> <breaks=c3> "
         "?wrapup_codes[]\n"},
        {"{\"resource\": {\"genesyscloud_outbound_wrapupcodemappings\": {\"m\": {\"mappings\": "
         "{\"wrapup_code_id\": "
         "\"c1\", \"flags\": []}}}, \"genesyscloud_flow\": {\"f\": {\"substitutions\": "
         "{\"wrapup_code_name\": \"Sale\"}}}}}",
         "+genesyscloud_outbound_wrapupcodemappings.m <shifts=c1>\n+genesyscloud_flow.f "
         "<breaks=Sale>\n"},
    };
    TRY(rows);
    ck_assert(read_text(rows[1].text));
    ck_assert_uint_eq(tf.n_others, 1);
    ck_assert_int_eq(tf.kind, TERRAFORM_EXPORT);
    const struct terraform_change *queue = &tf.changes[2];
    ck_assert(queue->uses[0].rule->link != NULL && queue->uses[0].rule->by == NULL);
}
END_TEST

START_TEST(test_places)
{
    ck_assert(read_text(
        PLAN("\n{" CODE ", \"address\": \"a\", \"change\": {\"actions\": [\"create\"], \"after\":\n"
             "{\"division_id\": \"d\",\n \"name\": \"S\\u00e4\"}}}")));
    struct json entity = tf.changes[0].entity, name = json_get(entity, STR("name"));
    assert_str(json_str(name), "S\xC3\xA4");
    assert_str(json_source(name), "\"S\\u00e4\"");
    struct finding f = json_finding(&found, name, STR("S104"), SEVERITY_ERROR);
    ck_assert_uint_eq(f.line, 4);
    ck_assert_uint_eq(f.column, 10);
    struct json division = json_path(entity, STR("division.id"));
    uint32_t line, column;
    json_line_column(division.doc, json_key_span(division).from, &line, &column);
    ck_assert_uint_eq(line, 3);
    ck_assert_uint_eq(column, 2);
}
END_TEST

/* A profile that says nonsense is refused with a reason. */
START_TEST(test_profile)
{
    static const struct {
        const char *types, *message;
    } rows[] = {
        {"[{\"type\": \"a\", \"resource\": \"nothing\"}]", "nothing"},
        {"[{\"type\": \"a\", \"fields\": {\"x\": \"name\"}}]", "need a \"resource\""},
        {"[{\"type\": \"a\", \"resource\": \"wrapupCode\", \"fields\": {\"x\": \"nam\"}}]",
         "no member \"nam\""},
        {"[{\"type\": \"a\", \"resource\": \"wrapupCode\", \"fields\": {\"x[]\": \"name\"}}]",
         "without lists"},
        {"[{\"type\": \"a\", \"resource\": \"wrapupCode\", \"fields\": {\"x\": \"name\", \"y\": "
         "\"name\"}}]",
         "two attributes become \"name\""},
        {"[{\"type\": \"a\"}, {\"type\": \"a\"}]", "stands twice"},
        {"[{\"type\": \"a\", \"references\": [{\"attribute\": \"x\", \"to\": \"code\"}]}]", "code"},
        {"[{\"type\": \"a\", \"references\": [{\"attribute\": \"x\", \"to\": \"wrapupCode\", "
         "\"edge\": \"bends\"}]}]",
         "edge"},
        {"[]", "types"},
    };
    struct str text = builtin_find(STR("profiles/genesys-cloud.json"));
    size_t from = str_find(text, STR("\"terraform\": {")),
           to = str_find(text, STR("    \"jobs\": {"));
    ck_assert(from < to && to < text.len);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct buf b;
        buf_init(&b, &arena);
        buf_put(&b, str_slice(text, 0, from));
        buf_printf(&b, "\"terraform\": {\"types\": %s},", rows[i].types);
        buf_put(&b, str_slice(text, to, text.len));
        struct contract *c = NULL;
        found.len = found.errors = 0;
        ck_assert_msg(!contract_load(&c, STR("p.json"), buf_str(&b), NULL, 0, &found, &err), "%s",
                      rows[i].types);
        bool is_told = false;
        for (size_t k = 0; k < found.len; k++) {
            is_told = is_told || str_find(found.at[k].message, str_of(rows[i].message)) <
                                     found.at[k].message.len;
        }
        ck_assert_msg(is_told, "%s: %s", rows[i].types, err.msg);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("read_terraform");
    TCase *tc = tcase_create("read_terraform");
    tcase_add_checked_fixture(tc, world, world_end);
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, test_plans);
    tcase_add_test(tc, test_states_and_exports);
    tcase_add_test(tc, test_places);
    tcase_add_test(tc, test_profile);
    suite_add_tcase(suite, tc);
    return unit_run(suite);
}
