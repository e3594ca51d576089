/* Plan files: read and written the same; what is no plan is refused where it stands. */
#include "tests/unit/unit.h"

#include "validator/plan.h"

#include <string.h>

struct planned {
    struct arena arena;
    struct findings fs;
    struct contract *contract;
    struct err err;
};

static void open_it(struct planned *p)
{
    memset(p, 0, sizeof *p);
    arena_init(&p->arena, 0, 0);
    findings_init(&p->fs, &p->arena);
    ck_assert(contract_open(&p->contract, "genesys-cloud", NULL, 0, &p->fs, &p->err));
}

static void close_it(struct planned *p)
{
    contract_free(p->contract);
    arena_done(&p->arena);
}

#define HEAD "{\"format\":1,\"kind\":\"plan\",\"profile\":\"genesys-cloud\",\"tenant\":\"acme\","
#define NO_STEPS HEAD "\"expects\":[],\"steps\":["
#define MAKE                                                                                       \
    "{\"does\":\"create\",\"resource\":\"wrapupCode\",\"operation\":\"postRoutingWrapupcodes\","   \
    "\"body\":{\"name\":\"Won\"},\"makes\":\"@new-1\"}"

static const char *const whole =
    HEAD "\"from\":[\"a.json\"],\"policies\":{\"code-delete\":\"block\"},"
         "\"expects\":[{\"resource\":\"queue\",\"id\":\"q 1\",\"name\":\"Sales\",\"version\":\"3\","
         "\"fingerprint\":\"00ff00ff00ff00ff\"}],\"steps\":[" MAKE
         ",{\"does\":\"link\",\"resource\":\"queueWrapupCode\",\"operation\":"
         "\"postRoutingQueueWrapupcodes\",\"path\":{\"queueId\":\"q 1\"},"
         "\"body\":[{\"id\":\"@new-1\"},{\"id\":\"@newest\"}],\"expects\":[0]},"
         "{\"does\":\"delete\",\"resource\":\"wrapupCode\",\"id\":\"@new-1\",\"operation\":"
         "\"deleteRoutingWrapupcode\",\"path\":{\"codeId\":\"@new-1\"},\"etag\":true,"
         "\"changes\":[{\"field\":\"name\",\"from\":\"Won\"}]}]}";

START_TEST(a_plan_is_written_as_it_was_read)
{
    struct planned p;
    struct plan plan;
    struct buf one, two;
    open_it(&p);
    buf_init(&one, &p.arena);
    buf_init(&two, &p.arena);
    ck_assert_msg(plan_read(&plan, &p.arena, p.contract, STR("t"), str_of(whole), &p.err), "%s",
                  p.err.msg);
    ck_assert_uint_eq(plan.n_steps, 3);
    plan_write(&one, &plan);
    ck_assert_msg(plan_read(&plan, &p.arena, p.contract, STR("t"), buf_str(&one), &p.err), "%s",
                  p.err.msg);
    plan_write(&two, &plan);
    ck_assert_str_eq(buf_cstr(&one), buf_cstr(&two));
    ck_assert(str_eq(plan.expects[plan.steps[1].expects[0]].fingerprint, STR("00ff00ff00ff00ff")));
    ck_assert(str_eq(plan.policies[0].value, STR("block")) && plan.steps[2].sends_etag);
    close_it(&p);
}
END_TEST

START_TEST(symbols_give_way_to_ids)
{
    struct planned p;
    struct plan plan;
    struct map ids = {0};
    open_it(&p);
    ck_assert(plan_read(&plan, &p.arena, p.contract, STR("t"), str_of(whole), &p.err));
    struct str id =
        plan_step_id(&p.arena, &plan.steps[0], STR("{\"id\":\"x/1\",\"name\":\"Won\"}"));
    ck_assert(str_eq(id, STR("x/1")));
    (void)map_put(&ids, plan.steps[0].makes, &id);
    ck_assert(str_eq(plan_step_path(&p.arena, &plan.steps[1], &ids),
                     STR("/api/v2/routing/queues/q%201/wrapupcodes")));
    ck_assert(str_eq(plan_step_body(&p.arena, &plan.steps[1], &ids),
                     STR("[{\"id\":\"x/1\"},{\"id\":\"@newest\"}]")));
    ck_assert(str_eq(plan_step_path(&p.arena, &plan.steps[2], &ids),
                     STR("/api/v2/routing/wrapupcodes/x%2F1")));
    map_done(&ids);
    close_it(&p);
}
END_TEST

static const struct {
    const char *text, *says;
} refused[] = {
    {"", "empty"},
    {"[]", "no plan"},
    {"{\"format\":1,\"profile\":\"genesys-cloud\"}", "no plan"},
    {"{\"format\":2,\"kind\":\"plan\",\"profile\":\"genesys-cloud\"}", "another format"},
    {"{\"format\":1,\"kind\":\"plan\",\"profile\":\"cxone\",\"expects\":[],\"steps\":[]}",
     "is for cxone"},
    {HEAD "\"expects\":[]}", "\"steps\""},
    {HEAD "\"steps\":[]}", "\"expects\""},
    {HEAD "\"expects\":[],\"steps\":[],\"more\":1}", "no member \"more\""},
    {HEAD "\"expects\":[{\"resource\":\"queue\"}],\"steps\":[]}", "an \"id\""},
    {HEAD "\"expects\":[{\"resource\":\"quue\",\"id\":\"x\"}],\"steps\":[]}", "no resource"},
    {NO_STEPS "7]}", "a step is an object"},
    {NO_STEPS "{\"does\":\"create\",\"operation\":\"nix\"}]}", "no operation"},
    {NO_STEPS "{\"does\":\"nix\",\"operation\":\"postRoutingWrapupcodes\"}]}", "\"does\""},
    {NO_STEPS "{\"does\":\"delete\",\"operation\":\"deleteRoutingWrapupcode\"}]}", "\"codeId\""},
    {NO_STEPS "{\"does\":\"delete\",\"operation\":\"deleteRoutingWrapupcode\",\"path\":"
              "{\"codeId\":\"x\",\"other\":\"y\"}}]}",
     "fewer path parameters"},
    {NO_STEPS "{\"does\":\"delete\",\"operation\":\"deleteRoutingWrapupcode\",\"path\":"
              "{\"codeId\":\"@new-1\"}}," MAKE "]}",
     "no step before"},
    {NO_STEPS "{\"does\":\"create\",\"operation\":\"postRoutingWrapupcodes\",\"body\":"
              "{\"a\":[\"@new-7\"]}}]}",
     "no step before"},
    {NO_STEPS MAKE "," MAKE "]}", "no other step makes"},
    {NO_STEPS "{\"does\":\"create\",\"operation\":\"postRoutingWrapupcodes\",\"expects\":[0]}]}",
     "no place"},
    {NO_STEPS "{\"does\":\"create\",\"operation\":\"postRoutingWrapupcodes\",\"query\":"
              "{\"q\":\"1\"}}]}",
     "no query parameter"},
    {NO_STEPS "{\"does\":\"create\",\"operation\":\"postRoutingWrapupcodes\",\"etag\":1}]}",
     "\"etag\""},
    {NO_STEPS "{\"does\":\"create\",\"operation\":\"postRoutingWrapupcodes\",\"id\":\"\"}]}",
     "\"id\""},
};

START_TEST(what_is_no_plan_is_refused)
{
    struct planned p;
    struct plan plan;
    open_it(&p);
    ck_assert_msg(
        !plan_read(&plan, &p.arena, p.contract, STR("t"), str_of(refused[_i].text), &p.err), "%s",
        refused[_i].text);
    ck_assert_msg(strstr(p.err.msg, refused[_i].says) != NULL, "%s: %s", refused[_i].text,
                  p.err.msg);
    close_it(&p);
}
END_TEST

static struct str fingerprint(struct planned *p, const char *text)
{
    const struct json_doc *doc = NULL;
    ck_assert(json_parse(&doc, &p->arena, STR("t"), str_of(text), NULL, NULL, &p->err));
    return plan_fingerprint(&p->arena, p->contract,
                            contract_resource(p->contract, STR("wrapupCode")), json_root(doc));
}

START_TEST(fingerprints_see_what_a_client_can_write)
{
    struct planned p;
    open_it(&p);
    struct str one = fingerprint(&p, "{\"id\":\"1\",\"name\":\"Sale\",\"description\":\"d\"}");
    ck_assert_uint_eq(one.len, 16);
    ck_assert(str_eq(one, fingerprint(&p, "{\"description\":\"d\",\"name\":\"Sale\",\"id\":\"1\","
                                          "\"dateModified\":\"2026-01-01T00:00:00Z\","
                                          "\"selfUri\":\"/x\",\"modifiedBy\":null}")));
    ck_assert(
        !str_eq(one, fingerprint(&p, "{\"id\":\"1\",\"name\":\"Sole\",\"description\":\"d\"}")));
    ck_assert(!str_eq(one, fingerprint(&p, "{\"id\":\"1\",\"name\":\"Sale\"}")));
    close_it(&p);
}
END_TEST

START_TEST(a_written_plan_fits_its_schema)
{
    struct planned p;
    struct str text;
    const struct json_doc *doc = NULL, *instance = NULL;
    const struct schema *schema = NULL;
    open_it(&p);
    ck_assert(file_read(&text, &p.arena, "fixtures/schema/plan.schema.json", 1 << 20, &p.err));
    ck_assert(json_parse(&doc, &p.arena, STR("s"), text, NULL, NULL, &p.err));
    ck_assert(json_parse(&instance, &p.arena, STR("i"), str_of(whole), NULL, NULL, &p.err));
    struct schema_set *set = schema_set_new(&p.arena, true);
    struct schema_run *run = schema_run_new();
    ck_assert(schema_set_add(set, STR("plan"), json_root(doc), &p.err));
    ck_assert(schema_compile(&schema, set, STR("plan"), &p.err));
    ck_assert(schema_check(schema, run, json_root(instance), NULL, NULL));
    schema_run_free(run);
    schema_set_free(set);
    close_it(&p);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("plan file");
    TCase *cases = tcase_create("plan file");
    tcase_add_test(cases, a_plan_is_written_as_it_was_read);
    tcase_add_test(cases, symbols_give_way_to_ids);
    tcase_add_loop_test(cases, what_is_no_plan_is_refused, 0, sizeof refused / sizeof *refused);
    tcase_add_test(cases, fingerprints_see_what_a_client_can_write);
    tcase_add_test(cases, a_written_plan_fits_its_schema);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}
