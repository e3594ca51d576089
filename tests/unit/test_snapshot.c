/* Loading tenants and writing them: what is made, what is refused and how that is said, and that a
 * snapshot loads back to the same bytes whatever was done to the tenant. */
#include "unit.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "small_profile.h"

static struct arena scratch;
static struct contract *contract;

static void setup(void)
{
    arena_init(&scratch, 0, 0);
    contract = small_profile(&scratch);
}

static void teardown(void)
{
    contract_free(contract);
    arena_done(&scratch);
}

#define UUID "00000000-0000-4000-8000-00000000000"

static const char acme[] =
    "{\"format\": 1, \"profile\": \"small\", \"name\": \"acme\", \"seed\": 7,\n"
    " \"at\": \"2026-03-01T10:00:00Z\", \"about\": {\"org\": {\"id\": \"o1\"}},\n"
    " \"clients\": [{\"id\": \"app\", \"secret\": \"s\", \"permissions\": [\"a:b:*\"], \"more\": "
    "1}],\n"
    " \"resources\": {\n"
    "  \"queueCode\": [{\"queueId\": \"100\", \"codeId\": \"" UUID "1\"}],\n"
    "  \"code\": [\n"
    "   {\"name\": \"Sale\", \"id\": \"" UUID "1\", \"division\": {\"id\": \"d1\"},\n"
    "    \"parent\": {\"id\": \"" UUID "2\"}},\n"
    "   {\"id\": \"" UUID "2\", \"name\": \"All\", \"colour\": \"red\", \"version\": 4,\n"
    "    \"created\": \"2020-01-01T00:00:00.000Z\", \"division\": {\"id\": \"*\"}}],\n"
    "  \"division\": [{\"id\": \"d1\", \"name\": \"Home\"}],\n"
    "  \"queue\": [{\"name\": \"One\"}, {\"id\": 7, \"name\": \"Two\", \"divisionName\": "
    "\"Home\"}]}}";

static struct tenant *load(struct str text)
{
    struct findings fs;
    struct err err = {0};
    struct tenant *t = small_load(&scratch, contract, text, &fs, &err);
    ck_assert_msg(t, "%u:%u: %s", err.line, err.column, err.msg);
    ck_assert_uint_eq(fs.errors, 0);
    return t;
}

static void ck_text(struct str got, const char *want)
{
    ck_assert_msg(str_eq(got, str_of(want)), "got %.*s\nwant %s", STR_ARG(got), want);
}

START_TEST(members_are_made)
{
    struct tenant *t = load(str_of(acme));
    const struct resource *code = &contract->resources[SMALL_CODE];
    const struct entity *e = tenant_find(t, code, STR(UUID "2"));
    ck_assert_int_eq(e->version, 4);
    ck_assert_uint_eq(e->age, 2);
    struct str token = STR("\"token\":\"");
    size_t at = str_find(e->text, token) + token.len;
    struct buf text;
    buf_init(&text, &scratch);
    buf_put(&text, str_slice(e->text, 0, at));
    buf_put(&text, str_slice(e->text, at + 32, e->text.len)); /* whatever chance gave */
    ck_text(buf_str(&text),
            "{\"id\":\"" UUID "2\",\"name\":\"All\",\"division\":{\"id\":\"*\"},\"colour\":\"red\","
            "\"created\":\"2020-01-01T00:00:00.000Z\",\"changed\":\"2026-03-01T10:00:00Z\","
            "\"creator\":{\"id\":\"system\"},\"org\":\"o1\",\"greeting\":\"hello\",\"token\":\"\","
            "\"version\":4,\"selfUri\":\"/codes/" UUID "2\"}");
    e = tenant_find(t, code, STR(UUID "1")); /* embeds a later one of its own kind */
    ck_assert(str_find(e->text, STR("\"parent\":{\"id\":\"" UUID "2\",\"name\":\"All\"}")) <
              e->text.len);
    ck_assert(str_find(e->text, STR("\"division\":{\"id\":\"d1\",\"name\":\"Home\"}")) <
              e->text.len);
    ck_text(tenant_first(t, &contract->resources[SMALL_QUEUE])->text,
            "{\"id\":100,\"name\":\"One\"}");
    ck_text(tenant_first(t, &contract->resources[SMALL_LINK])->id, "100/" UUID "1");
    tenant_free(t);
}
END_TEST

START_TEST(the_head_is_kept)
{
    struct tenant *t = load(str_of(acme));
    const struct tenant_client *c = tenant_client_find(t, STR("app"));
    ck_text(tenant_name(t), "acme");
    ck_text(tenant_about(t), "{\"org\":{\"id\":\"o1\"}}");
    ck_assert_uint_eq(tenant_client_count(t), 1);
    ck_assert_ptr_eq(tenant_client_at(t, 0), c);
    ck_text(c->secret, "s");
    ck_text(c->name, "app");
    ck_text(c->text, "{\"id\":\"app\",\"secret\":\"s\",\"permissions\":[\"a:b:*\"],\"more\":1}");
    ck_assert_uint_eq(c->n_permissions, 1);
    ck_text(c->permissions[0], "a:b:*");
    ck_text(c->scopes[0], "*"); /* silence grants all */
    ck_assert_int_eq(c->lifetime_s, 0);
    ck_assert_ptr_null(tenant_client_find(t, STR("nobody")));
    tenant_free(t);
}
END_TEST

/* A snapshot with `resources`, and what is said of it: "rule line:column pointer | message" a
 * finding. */
static const struct row {
    const char *resources, *want;
} rows[] = {
    {"\"coded\": []", "S102 1:59 /resources/coded | there is no resource \"coded\""},
    {"\"code\": {}", "S103 1:67 /resources/code | \"code\" is no array"},
    {"\"code\": [7]", "S103 1:68 /resources/code/0 | a code is an object"},
    {"\"code\": [{\"id\": [1], \"name\": \"x\"}]",
     "S103 1:75 /resources/code/0/id | an id is array; expected a text or a number"},
    {"\"division\": [{\"id\": \"a\", \"name\": \"x\"},\n {\"id\": \"a\", \"name\": \"y\"}]",
     "U204 2:9 /resources/division/1/id | there is a division with this id already"},
    {"\"division\": [{\"id\": \"a\", \"name\": \"x\"},\n {\"id\": \"b\", \"name\": \"x\"}]",
     "U202 2:22 /resources/division/1/name | another division has this \"name\" already"},
    {"\"code\": [{\"name\": \"x\", \"division\": {\"id\": \"no\"}}]",
     "R403 1:101 /resources/code/0/division/id | \"division.id\": there is no division \"no\""},
    {"\"code\": [{\"name\": \"x\", \"parent\": {\"id\": \"no\"}}]",
     "R405 1:99 /resources/code/0/parent/id | \"parent.id\": there is no code \"no\""},
    {"\"queue\": [{\"name\": \"x\", \"skills\": [{\"code\": \"a\"}, {\"code\": \"b\"}]}]",
     "R403 1:103 /resources/queue/0/skills/0/code | \"skills[].code\": there is no code \"a\"\n"
     "R403 1:118 /resources/queue/0/skills/1/code | \"skills[].code\": there is no code \"b\""},
    {"\"queueCode\": [{\"queueId\": \"1\", \"codeId\": \"2\"}]",
     "R403 1:85 /resources/queueCode/0/queueId | \"queueId\": there is no queue \"1\"\n"
     "R403 1:100 /resources/queueCode/0/codeId | \"codeId\": there is no code \"2\""},
    {"\"settings\": [{\"id\": \"main\", \"timezone\": \"Europe/Berlin\"},\n"
     "{\"id\": \"main\", \"timezone\": \"Europe/Berlin\"}]",
     "L301 2:1 /resources/settings/1 | limit \"settings\": this is number 2, at most 1 may be\n"
     "U204 2:8 /resources/settings/1/id | there is a settings with this id already"},
    {"\"code\": [{\"name\": \"\"}]",
     "S105 1:77 /resources/code/0/name | \"name\" is 0 characters long; expected at least 1 "
     "characters"},
    {"\"code\": [{\"colour\": \"red\"}]", "S101 1:68 /resources/code/0 | \"name\" is missing"},
    {"\"code\": [{\"name\": \"x\", \"weight\": 11}]",
     "S108 1:92 /resources/code/0/weight | \"weight\" is too great; expected at most 10"},
    {"\"code\": [{\"name\": \"x\", \"wieght\": 1}]",
     "S102 1:82 /resources/code/0/wieght | \"wieght\" is not a known member"},
};

/* The heads: all of the text. */
static const struct row heads[] = {
    {"[]", "S103 1:1  | a tenant is an object"},
    {"{}", "S101 1:1  | "},
    {"{\"format\":2,\"profile\":\"small\",\"name\":\"\",\"resources\":{}}",
     "S107 1:11 /format | this is format 2; expected 1"},
    {"{\"format\":1,\"profile\":\"big\",\"name\":\"\",\"resources\":{}}",
     "S107 1:23 /profile | this is a tenant of profile \"big\"; expected \"small\""},
    {"{\"format\":1,\"profile\":\"small\",\"name\":\"\",\"recources\":{},\"resources\":{}}",
     "S102 1:41 /recources | \"recources\" is not a known member"},
    {"{\"format\":1,\"profile\":\"small\",\"name\":\"\",\"resources\":{},\"seed\":-1}",
     "S108 1:63 /seed | \"seed\" is -1; expected an integer from 0 to 2^64 - 1"},
    {"{\"format\":1,\"profile\":\"small\",\"name\":\"\",\"resources\":{},\"at\":\"noon\"}",
     "S110 1:61 /at | \"at\" is \"noon\"; expected a date like 2026-01-01T00:00:00Z"},
    {"{\"format\":1,\"profile\":\"small\",\"name\":\"\",\"resources\":{},\"about\":[]}",
     "S103 1:64 /about | \"about\" is array; expected object"},
    {"{\"format\":1,\"profile\":\"small\",\"name\":\"\",\"resources\":{},\"clients\":[1]}",
     "S103 1:67 /clients/0 | a client is an object"},
    {"{\"format\":1,\"profile\":\"small\",\"name\":\"\",\"resources\":{},\"clients\":[{\"id\":"
     "\"a\"},"
     "{\"id\":\"a\"}]}",
     "U204 1:84 /clients/1/id | there is a client with this id already"},
    {"{\"format\":1,\"profile\":\"small\",\"name\":\"\",\"resources\":{},\"clients\":[{\"id\":"
     "\"a\","
     "\"scopes\":[1]}]}",
     "S103 1:87 /clients/0/scopes/0 | this is no string"},
    {"{\"format\":1,\"profile\":\"small\",\"name\":\"\",\"resources\":{\"division\":[{\"id\":\"a\","
     "\"name\":"
     "\"a\"},{\"id\":\"b\",\"name\":\"b\"}]},\"state\":{\"entities\":{\"division\":{\"b\":{\"age\":"
     "1}}}}}",
     "S111 1:149 /state/entities/division/b | age 1 is that of another division"},
    {"{\"format\":1,\"profile\":\"small\",\"name\":\"\",\"resources\":{\"division\":[{\"id\":\"a\","
     "\"name\":"
     "\"a\"}]},\"state\":{\"entities\":{\"division\":{\"a\":{\"createdUs\":9e99}}}}}",
     "S108 1:140 /state/entities/division/a/createdUs | field \"createdUs\" is 9e99, expected"},
    {"{\"format\":1,\"profile\":\"small\",\"name\":\"\",\"resources\":{},\"state\":{\"sequences\":{"
     "\"queue\":"
     "\"x\"}}}",
     "S108 1:78 /state/sequences/queue | a sequence goes on with an integer"},
};

static void ck_refused(struct str text, const char *want)
{
    struct findings fs;
    struct err err = {0};
    struct buf got;
    buf_init(&got, &scratch);
    struct tenant *t = small_load(&scratch, contract, text, &fs, &err);
    for (size_t i = 0; i < fs.len; i++) {
        const struct finding *f = &fs.at[i];
        buf_printf(&got, "%s%.*s %u:%u %.*s | %.*s", i ? "\n" : "", STR_ARG(f->rule), f->line,
                   f->column, STR_ARG(f->pointer), STR_ARG(f->message));
    }
    ck_assert_msg(str_starts(buf_str(&got), str_of(want)), "got  %.*s\nwant %s",
                  STR_ARG(buf_str(&got)), want);
    ck_assert_ptr_null(t);
    ck_assert_int_eq(err.code, ERR_INPUT);
    ck_assert_uint_gt(err.line, 0);
}

START_TEST(bad_entities_are_refused)
{
    struct buf text;
    buf_init(&text, &scratch);
    buf_printf(&text, "{\"format\":1, \"profile\":\"small\", \"name\":\"t\", \"resources\": {%s}}",
               rows[_i].resources);
    ck_refused(buf_str(&text), rows[_i].want);
}
END_TEST

START_TEST(bad_heads_are_refused)
{
    ck_refused(str_of(heads[_i].resources), heads[_i].want);
}
END_TEST

START_TEST(a_full_list_ends_the_reading)
{
    enum { BAD = 3000 };
    struct buf text;
    struct findings fs;
    struct err err = {0};
    buf_init(&text, &scratch);
    buf_put(&text,
            STR("{\"format\":1,\"profile\":\"small\",\"name\":\"t\",\"resources\":{\"code\":[0"));
    for (int i = 0; i < BAD; i++) {
        buf_put(&text, STR(",0"));
    }
    buf_put(&text, STR("]}}"));
    ck_assert_ptr_null(small_load(&scratch, contract, buf_str(&text), &fs, &err));
    ck_assert_uint_eq(fs.len, FINDINGS_MAX);
    ck_assert_uint_ge(fs.errors, FINDINGS_MAX);
    ck_assert_uint_lt(fs.errors, BAD);
}
END_TEST

static struct str shot(struct tenant *t)
{
    struct buf out;
    buf_init(&out, &scratch);
    tenant_snapshot(&out, t);
    return buf_str(&out);
}

/* Loading the snapshot gives the same snapshot. */
static void ck_fixed(struct tenant *t)
{
    struct str text = shot(t);
    struct tenant *again = load(text);
    ck_text(shot(again), str_copy(&scratch, text).s);
    for (size_t i = 0; i < 3; i++) {
        ck_assert_uint_eq(tenant_random(again), tenant_random(t));
    }
    tenant_free(again);
}

START_TEST(a_snapshot_is_readable)
{
    static const char start[] =
        "{\n"
        "  \"format\": 1,\n"
        "  \"profile\": \"small\",\n"
        "  \"name\": \"acme\",\n"
        "  \"seed\": 7,\n"
        "  \"at\": \"2026-03-01T10:00:00Z\",\n"
        "  \"about\": {\"org\": {\"id\": \"o1\"}},\n"
        "  \"clients\": [\n"
        "    {\"id\": \"app\", \"secret\": \"s\", \"permissions\": [\"a:b:*\"], \"more\": 1}\n"
        "  ],\n"
        "  \"resources\": {\n"
        "    \"code\": [\n"
        "      {\n"
        "        \"id\": \"" UUID "1\",\n"
        "        \"name\": \"Sale\",\n";
    static const char end[] = "    \"division\": [\n"
                              "      {\"id\": \"d1\", \"name\": \"House\"}\n"
                              "    ],\n"
                              "    \"queue\": [\n"
                              "      {\"id\": 100, \"name\": \"One\"},\n"
                              "      {\"id\": 7, \"name\": \"Two\", \"divisionName\": \"Home\"}\n"
                              "    ]\n"
                              "  },\n"
                              "  \"state\": {\n"
                              "    \"complete\": true,\n"
                              "    \"random\": 4, \"age\": 6,\n"
                              "    \"sequences\": {\"queue\": 101},\n"
                              "    \"entities\": {\n"
                              "      \"division\": {\n"
                              "        \"d1\": {\"version\": 2, \"changedUs\": 5}\n"
                              "      }\n"
                              "    }\n"
                              "  }\n"
                              "}\n";
    struct tenant *t = load(str_of(acme));
    const struct json_doc *doc = NULL;
    ck_assert(tenant_delete(t, &contract->resources[SMALL_LINK], STR("100/" UUID "1")));
    ck_assert(json_parse(&doc, &scratch, STR(""), STR("{\"id\":\"d1\",\"name\":\"House\"}"), NULL,
                         NULL, NULL));
    tenant_put(t, &contract->resources[SMALL_DIVISION], json_root(doc), 2, 5);
    struct str text = shot(t);
    ck_assert_msg(str_starts(text, str_of(start)), "%.*s", STR_ARG(text));
    ck_assert_msg(str_ends(text, str_of(end)), "%.*s", STR_ARG(text));
    tenant_free(t);
}
END_TEST

START_TEST(a_snapshot_is_a_fixed_point)
{
    struct tenant *t = load(str_of(acme));
    ck_fixed(t);
    struct tenant *clone = tenant_clone(t);
    ck_text(shot(clone), str_copy(&scratch, shot(t)).s);
    tenant_free(t);
    ck_fixed(clone);
    tenant_free(clone);
    t = load(
        STR("{\"format\":1,\"profile\":\"small\",\"name\":\"\\\"\\u0001\\n\",\"resources\":{}}"));
    ck_fixed(t);
    tenant_free(t);
}
END_TEST

/* Whatever happens to a tenant: divisions and queues come, change and go. */
static void any_step(struct tenant *t, struct rng *rng, int64_t now_us)
{
    const struct resource *r =
        &contract->resources[rng_below(rng, 2) ? SMALL_DIVISION : SMALL_QUEUE];
    const struct json_doc *doc = NULL;
    struct buf id, text;
    buf_init(&id, &scratch);
    buf_init(&text, &scratch);
    const struct entity *first = tenant_first(t, r);
    if (first && rng_below(rng, 3) == 0) {
        buf_put(&id, first->id);
        tenant_delete(t, r, buf_str(&id));
        return;
    }
    int64_t version = 1 + (int64_t)rng_below(rng, 3);
    if (first && rng_below(rng, 3) == 0) {
        buf_put(&id, first->id);
    } else {
        tenant_next_id(t, r, &id);
    }
    bool is_number = r->id_make == ID_SEQUENCE;
    buf_printf(&text,
               "{\"id\":%s%.*s%s,\"name\":\"n%" PRIu64 " \\u00e9\\\"\\t\",\"m%d\":[{},1.50]}",
               is_number ? "" : "\"", STR_ARG(buf_str(&id)), is_number ? "" : "\"",
               tenant_random(t), (int)rng_below(rng, 3));
    ck_assert(json_parse(&doc, &scratch, STR(""), buf_str(&text), NULL, NULL, NULL));
    tenant_put(t, r, json_root(doc), version, now_us);
}

START_TEST(so_it_is_after_any_change)
{
    uint64_t seed = (uint64_t)_i * 7919 + 17;
    struct rng rng;
    struct tenant *t =
        load(STR("{\"format\":1,\"profile\":\"small\",\"name\":\"t\",\"seed\":18446744073709551615,"
                 "\"resources\":{}}"));
    printf("seed %" PRIu64 "\n", seed);
    rng_init(&rng, seed);
    for (int64_t i = 0; i < 120; i++) {
        any_step(t, &rng, i * 1000);
        if (i % 20 == 0) {
            struct tenant *again = load(shot(t)); /* goes on as the original would */
            struct rng other = rng;
            ck_text(shot(again), str_copy(&scratch, shot(t)).s);
            any_step(t, &rng, i);
            any_step(again, &other, i);
            ck_text(shot(again), str_copy(&scratch, shot(t)).s);
            tenant_free(again);
        }
    }
    tenant_free(t);
}
END_TEST

START_TEST(files_are_opened)
{
    struct findings fs;
    struct err err = {0};
    struct tenant *t = NULL;
    findings_init(&fs, &scratch);
    ck_assert(!tenant_open(&t, contract, "no/such/file.json", &fs, &err));
    ck_assert_int_eq(err.code, ERR_NOT_FOUND);
    ck_assert(!tenant_open(&t, contract, "tests/data/small.profile.json", &fs, &err));
    ck_assert_int_eq(err.code, ERR_INPUT);
    ck_assert_ptr_null(t);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("snapshot");
    TCase *tc = tcase_create("snapshot");
    tcase_set_timeout(tc, 60);
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, members_are_made);
    tcase_add_test(tc, the_head_is_kept);
    tcase_add_loop_test(tc, bad_entities_are_refused, 0, (int)(sizeof rows / sizeof *rows));
    tcase_add_loop_test(tc, bad_heads_are_refused, 0, (int)(sizeof heads / sizeof *heads));
    tcase_add_test(tc, a_full_list_ends_the_reading);
    tcase_add_test(tc, a_snapshot_is_readable);
    tcase_add_test(tc, a_snapshot_is_a_fixed_point);
    tcase_add_loop_test(tc, so_it_is_after_any_change, 0, 3);
    tcase_add_test(tc, files_are_opened);
    suite_add_tcase(suite, tc);
    return unit_run(suite);
}
