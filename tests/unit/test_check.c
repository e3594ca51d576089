/* The check of one body: which findings, where, in which words, and which error case they lead to.
 * The profile is tests/unit/data/small.json. */
#include "tests/unit/unit.h"

#include "validator/validator.h"

#include <stdio.h>

struct row {
    const char *body;
    const char *rule, *pointer, *case_name, *message; /* of the first error; rule NULL: none */
};

static const struct row rows[] = {
    {"{\"name\":\"A\"}", NULL, NULL, NULL, NULL},
    {"{}", "S101", "", "schema.required", "\"name\" is missing"},
    {"[]", "S103", "", "schema.type", "the body is array; expected object"},
    {"{\"name\":7}", "S103", "/name", "schema.type", "\"name\" is number; expected string"},
    {"{\"name\":\"\"}", "S105", "/name", "schema.length",
     "\"name\" is 0 characters long; expected at least 1 characters"},
    {"{\"name\":\"ABCDEFGHIJK\"}", "S104", "/name", "schema.length",
     "\"name\" is 11 characters long; expected at most 10 characters"},
    {"{\"name\":\"ABCDEFGHIJ\"}", NULL, NULL, NULL, NULL},
    {"{\"name\":\"A#B\"}", "S106", "/name", "schema.pattern", NULL},
    {"{\"name\":\"A\",\"kind\":\"manul\"}", "S107", "/kind", "schema.enum",
     "\"kind\" is \"manul\"; allowed: manual, auto"},
    {"{\"name\":\"A\",\"amount\":301}", "S108", "/amount", "schema.range",
     "\"amount\" is too great; expected at most 300"},
    {"{\"name\":\"A\",\"amount\":300}", NULL, NULL, NULL, NULL},
    {"{\"name\":\"A\",\"amount\":-1}", "S108", "/amount", "schema.range",
     "\"amount\" is too small; expected at least 0"},
    {"{\"name\":\"A\",\"amount\":1.5}", "S103", "/amount", "schema.type", NULL},
    {"{\"name\":\"A\",\"tags\":[{\"id\":\"a\"},{\"id\":\"a\"}]}", "S111", "/tags", "schema.items",
     "\"tags\" holds the same item twice (first as item 0)"},
    {"{\"name\":\"A\",\"group\":{\"id\":\"nowhere\"}}", "R403", "/group/id", "reference",
     "there is no group \"nowhere\""},
    {"{\"name\":\"A\",\"group\":{\"id\":\"*\"}}", NULL, NULL, NULL, NULL},
    {"{\"name\":\"A\",\"tags\":[{\"id\":\"g\"},{\"id\":\"x\"}]}", "R403", "/tags/0/id", "reference",
     "there is no group \"x\""},
    {"{\"name\":\" TAKEN \"}", "U202", "/name", "unique", NULL},
    {"{\"name\":\"A\",\"group\":{\"id\":\"g\"}}", "L301", "/group/id", "limit", NULL},
    {"{\"name\":\"A\",\"nam\":\"B\"}", NULL, NULL, NULL, NULL}, /* a warning only */
};

struct world {
    struct arena arena;
    struct contract *contract;
    struct tenant *tenant;
    struct schema_run *run;
};

static const char snapshot[] =
    "{\"format\":1,\"profile\":\"small\",\"name\":\"t\",\"seed\":1,\"clients\":[],\"resources\":{"
    "\"group\":[{\"id\":\"g\",\"name\":\"Group\"}],"
    "\"code\":[{\"id\":\"1\",\"name\":\"taken\",\"group\":{\"id\":\"g\"}},"
    "{\"id\":\"2\",\"name\":\"two\",\"group\":{\"id\":\"g\"}},"
    "{\"id\":\"3\",\"name\":\"three\",\"group\":{\"id\":\"g\"}}]}}";

static void world_open(struct world *w, struct policy_choice *choices, size_t n)
{
    struct findings fs;
    struct err err = {0};
    struct str text;
    const struct json_doc *doc = NULL;
    *w = (struct world){0};
    arena_init(&w->arena, 0, 0);
    findings_init(&fs, &w->arena);
    bool is_read = file_read(&text, &w->arena, "tests/unit/data/small.json", 1 << 20, &err) &&
                   contract_load(&w->contract, STR("small.json"), text, choices, n, &fs, &err) &&
                   json_parse(&doc, &w->arena, STR("t"), str_of(snapshot), NULL, &fs, &err) &&
                   tenant_load(&w->tenant, w->contract, json_root(doc), &fs, &err);
    ck_assert_msg(is_read, "%s:%u: %s", err.file, err.line, err.msg);
    w->run = schema_run_new();
}

static void world_close(struct world *w)
{
    schema_run_free(w->run);
    tenant_free(w->tenant);
    contract_free(w->contract);
    arena_done(&w->arena);
}

static void check(struct world *w, const char *body, struct findings *fs)
{
    const struct json_doc *doc = NULL;
    struct err err = {0};
    const struct operation *op = contract_operation(w->contract, STR("createCode"));
    struct body_check c = {.contract = w->contract,
                           .op = op,
                           .tenant = w->tenant,
                           .resource = op->resource,
                           .run = w->run};
    findings_init(fs, &w->arena);
    ck_assert(json_parse(&doc, &w->arena, STR("body"), str_of(body), NULL, fs, &err));
    if (check_shape(&c, json_root(doc), fs)) {
        check_entity(&c, json_root(doc), json_root(doc), SIZE_MAX, fs);
    }
}

static const struct finding *first_error(const struct findings *fs)
{
    for (size_t i = 0; i < fs->len; i++) {
        if (fs->at[i].severity == SEVERITY_ERROR) {
            return &fs->at[i];
        }
    }
    return NULL;
}

START_TEST(row_by_row)
{
    const struct row *row = &rows[_i];
    struct world w;
    struct findings fs;
    world_open(&w, NULL, 0);
    check(&w, row->body, &fs);
    const struct finding *f = first_error(&fs);
    if (!row->rule) {
        struct str message = f ? f->message : STR("");
        ck_assert_msg(!f, "%s: unexpected %.*s", row->body, STR_ARG(message));
    } else {
        ck_assert_msg(f != NULL, "%s: no finding", row->body);
        ck_assert_msg(str_eq(f->rule, str_of(row->rule)), "%s: %.*s", row->body, STR_ARG(f->rule));
        ck_assert_msg(str_eq(f->pointer, str_of(row->pointer)), "%s: at %.*s", row->body,
                      STR_ARG(f->pointer));
        ck_assert_msg(str_eq(f->case_name, str_of(row->case_name)), "%s: case %.*s", row->body,
                      STR_ARG(f->case_name));
        ck_assert_msg(!row->message || str_eq(f->message, str_of(row->message)), "%s: %.*s",
                      row->body, STR_ARG(f->message));
        ck_assert_int_eq(f->status, contract_case(w.contract, NULL, f->case_name)->status);
        ck_assert(f->line == 1 && f->column >= 1);
    }
    world_close(&w);
}
END_TEST

START_TEST(unknown_member_is_a_warning_or_an_error)
{
    struct world w;
    struct findings fs;
    world_open(&w, NULL, 0);
    check(&w, "{\"name\":\"A\",\"nam\":\"B\"}", &fs);
    ck_assert_uint_eq(fs.len, 1);
    ck_assert(str_eq(fs.at[0].rule, STR("S102")) && fs.at[0].severity == SEVERITY_WARNING);
    ck_assert(str_eq(fs.at[0].hint, STR("did you mean \"name\"?")));
    world_close(&w);
    struct policy_choice choice = {STR("unknown"), STR("refuse")};
    world_open(&w, &choice, 1);
    check(&w, "{\"name\":\"A\",\"nam\":\"B\"}", &fs);
    ck_assert_uint_eq(fs.errors, 1);
    ck_assert(str_eq(fs.at[0].case_name, STR("schema.unknown")));
    world_close(&w);
}
END_TEST

START_TEST(twice_in_a_batch)
{
    struct world w;
    struct findings fs;
    struct err err = {0};
    const struct json_doc *doc = NULL;
    world_open(&w, NULL, 0);
    const struct operation *op = contract_operation(w.contract, STR("batchCodes"));
    struct body_check c = {
        .contract = w.contract, .op = op, .resource = op->resource, .run = w.run};
    findings_init(&fs, &w.arena);
    ck_assert(json_parse(&doc, &w.arena, STR("b"),
                         STR("[{\"name\":\"a\"},{\"name\":\"b\"},{\"name\":\"A \"}]"), NULL, &fs,
                         &err));
    ck_assert(!check_shape(&c, json_root(doc), &fs));
    ck_assert(str_eq(fs.at[0].rule, STR("U201")));
    ck_assert_uint_eq(fs.at[0].item, 2);
    ck_assert(str_eq(fs.at[0].related_pointer, STR("/0/name")));
    world_close(&w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("check");
    TCase *tcase = tcase_create("check");
    tcase_add_loop_test(tcase, row_by_row, 0, (int)(sizeof rows / sizeof *rows));
    tcase_add_test(tcase, unknown_member_is_a_warning_or_an_error);
    tcase_add_test(tcase, twice_in_a_batch);
    suite_add_tcase(suite, tcase);
    return unit_run(suite);
}
