/* Tables: separators, quotes, headers, types, and places that are those of the cells. */
#include "validator/validator.h"

#include "tests/unit/json_unit.h"

#include <string.h>

static const struct table_column columns[] = {
    {STR_INIT("auto"), JSON_BOOL, false},
    {STR_INIT("division.home.id"), JSON_STRING, false},
    {STR_INIT("division.id"), JSON_STRING, false},
    {STR_INIT("maxSeconds"), JSON_NUMBER, false},
    {STR_INIT("name"), JSON_STRING, false},
    {STR_INIT("tags"), JSON_STRING, true},
};
enum { COLUMNS = sizeof columns / sizeof columns[0] };

static bool read_table(const struct json_doc **out, struct str text)
{
    found.len = 0;
    err = (struct err){.code = ERR_NONE};
    return read_csv(out, &arena, STR("codes.csv"), text, columns, COLUMNS, &found, &err);
}

/* The made JSON; "!J002 2:5" for a refusal; then " J012@3:1" for each finding. */
static struct str outcome(struct str text)
{
    const struct json_doc *doc = NULL;
    struct buf b;
    buf_init(&b, &arena);
    if (read_table(&doc, text)) {
        json_put(&b, json_root(doc));
    } else {
        buf_printf(&b, "!%u:%u", err.line, err.column);
    }
    for (size_t i = 0; i < found.len; i++) {
        buf_printf(&b, " %.*s@%u:%u", STR_ARG(found.at[i].rule), found.at[i].line,
                   found.at[i].column);
    }
    return buf_str(&b);
}

START_TEST(test_tables)
{
    static const struct row {
        const char *text, *wanted;
    } rows[] = {
        {"name\nA\n", "[{\"name\":\"A\"}]"},
        {"name\nA", "[{\"name\":\"A\"}]"},
        {"name\r\nA\r\n\r\nB\r\n", "[{\"name\":\"A\"},{\"name\":\"B\"}]"},
        {"name\rA\rB", "[{\"name\":\"A\"},{\"name\":\"B\"}]"},
        {"\xEF\xBB\xBFname;Max Seconds\nA;300\n", "[{\"maxSeconds\":300,\"name\":\"A\"}]"},
        {"NAME\tmax_seconds\tAUTO\nA\t1.5e2\tyes\n",
         "[{\"auto\":true,\"maxSeconds\":1.5e2,\"name\":\"A\"}]"},
        {"sep=|\nname|auto\nA|NO\n", "[{\"auto\":false,\"name\":\"A\"}]"},
        {"name,auto\n\"A,\"\"B\"\"\nC\",True\n", "[{\"auto\":true,\"name\":\"A,\\\"B\\\"\\nC\"}]"},
        {"name,auto\n\"\",false\n", "[{\"auto\":false}]"},
        {"name,auto\nA,maybe\n", "[{\"auto\":\"maybe\",\"name\":\"A\"}]"},
        {"name,max-seconds\nA,007\nB,1,5\nC, 5 \n",
         "[{\"maxSeconds\":\"007\",\"name\":\"A\"},{\"maxSeconds\":5,\"name\":\"C\"}] J012@3:1"},
        {"name,auto\nA\n,\n\nB,no\n", "[{\"auto\":false,\"name\":\"B\"}] J012@2:1"},
        {"Division Id,name,division.home.id\nd,A,h\n,B,\n,C,x\ne,D,\n",
         "[{\"division\":{\"home\":{\"id\":\"h\"},\"id\":\"d\"},\"name\":\"A\"},{\"name\":\"B\"},"
         "{\"division\":{\"home\":{\"id\":\"x\"}},\"name\":\"C\"},{\"division\":{\"id\":\"e\"},"
         "\"name\":\"D\"}]"},
        {"name;tags\nA;x| y||z\nB;\n",
         "[{\"name\":\"A\",\"tags\":[\"x\",\"y\",\"z\"]},{\"name\":\"B\"}]"},
        {"name,colour\nA,red\n", "[{\"name\":\"A\"}] J013@1:6"},
        {"nmae,auto\nA,no\n", "[{\"auto\":false}] J013@1:1"},
        {"name\n", "[]"},
        {"name\n 5\" pipe\n", "[{\"name\":\" 5\\\" pipe\"}]"},
        {"name;x\"y;z\"\nA;b;c\n", "[{\"name\":\"A\"}] J013@1:6 J013@1:10"},
        {"", "!1:1 J014@1:1"},
        {"\n\n;;\n", "!1:1 J014@1:1"},
        {"name,NAME\nA,B\n", "!1:6 J003@1:6"},
        {"x,y\n1,2\n", "!1:1 J013@1:1 J013@1:3 J013@1:1"},
        {"name,auto\n\"A,no\n", "!2:1 J002@2:1"},
        {"name,auto\n\"A\"x,no\n", "!2:4 J002@2:4"},
        {"name\nA\xE4\n", "!2:2 J001@2:2"},
        {"PK\x03\x04xyz", "!1:1 J001@1:1"},
        {"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1xx", "!1:1 J001@1:1"},
        {"\xFF\xFEn", "!1:1 J001@1:1"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct str is = outcome(str_of(rows[i].text));
        ck_assert_msg(str_eq(is, str_of(rows[i].wanted)), "%s: is %.*s", rows[i].text, STR_ARG(is));
    }
    assert_str(outcome((struct str){"n\0a\0m\0e\0", 8}), "!1:1 J001@1:1");
    assert_str(outcome((struct str){"name\nA\0B\n", 9}), "[{\"name\":\"A\\u0000B\"}] J008@2:1");
}
END_TEST

START_TEST(test_places)
{
    struct str text =
        STR("name;colour;max seconds\n\xC3\xA4;r;\"300\"\n\"B\n\"\"x\";g;12345678901234567890\n");
    const struct json_doc *doc = NULL;
    ck_assert_msg(read_table(&doc, text), "%s", err.msg);
    struct json first = json_first(json_root(doc)), second = json_next(first);
    assert_str(json_source(json_get(first, STR("maxSeconds"))), "\"300\"");
    ck_assert_int_eq(json_i64_or(json_get(first, STR("maxSeconds")), 0), 300);
    assert_str(json_source(json_get(second, STR("name"))), "\"B\n\"\"x\"");
    assert_str(json_source(first), "\xC3\xA4;r;\"300\"");
    struct span key = json_key_span(json_get(first, STR("maxSeconds")));
    assert_str(str_slice(text, key.from, key.to), "max seconds");
    struct finding f =
        json_finding(&found, json_get(first, STR("maxSeconds")), STR("S108"), SEVERITY_ERROR);
    ck_assert_uint_eq(f.line, 2);
    ck_assert_uint_eq(f.column, 5);
    assert_str(f.pointer, "/0/maxSeconds");
    ck_assert_uint_eq(found.len, 2);
    assert_str(found.at[0].message,
               "column \"colour\" is no field of what the table lists: it is left out");
    assert_str(found.at[1].rule, "J006");
    ck_assert_uint_eq(found.at[1].line, 4);
    ck_assert(!read_table(&doc, STR("nam\nA\n")));
    assert_str(found.at[0].hint, "did you mean \"name\"?");
    ck_assert(strstr(err.msg, "begin the table with a row of names: auto, division.home.id") !=
              NULL);
    ck_assert(!read_table(&doc, STR("PK\x03\x04")));
    ck_assert(strstr(err.msg, "save the sheet as CSV (UTF-8)") != NULL);
}
END_TEST

/* Every cut of a table ends well or with a word. */
START_TEST(test_cuts)
{
    struct str text =
        STR("\xEF\xBB\xBFname;\"division id\";tags\r\n\"A\"\"B\";d;x|y\r\n\"C\n\";;\xC3\xA4\r\n");
    for (size_t n = 0; n <= text.len; n++) {
        const struct json_doc *doc = NULL;
        struct str copy = str_copy(&arena, str_slice(text, 0, n));
        bool is_good = read_table(&doc, copy);
        ck_assert(is_good == (err.code == ERR_NONE));
        ck_assert(is_good || found.errors > 0);
    }
}
END_TEST

/* Which columns there are is the schema's to say. */
START_TEST(test_columns)
{
    struct contract *c = NULL;
    bool is_good = contract_open(&c, "genesys-cloud", NULL, 0, &found, &err);
    ck_assert_msg(is_good, "%s", err.msg);
    const struct table_column *all;
    size_t n = table_columns(&all, &arena, c, c->resources[0].schema), seen = 0;
    for (size_t i = 0; i < n; i++) {
        seen += str_eq(all[i].path, STR("name")) + str_eq(all[i].path, STR("division.id"));
        ck_assert(i == 0 || str_cmp(all[i - 1].path, all[i].path) < 0);
    }
    ck_assert_uint_eq(seen, 2);
    const struct json_doc *doc = NULL;
    ck_assert_msg(read_csv(&doc, &arena, STR("x.csv"), STR("Name,Division ID\nSale,d\n"), all, n,
                           &found, &err),
                  "%s", err.msg);
    struct buf b;
    buf_init(&b, &arena);
    json_put(&b, json_root(doc));
    assert_str(buf_str(&b), "[{\"division\":{\"id\":\"d\"},\"name\":\"Sale\"}]");
    contract_free(c);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("read_csv");
    TCase *tc = tcase_create("read_csv");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, test_tables);
    tcase_add_test(tc, test_places);
    tcase_add_test(tc, test_cuts);
    tcase_add_test(tc, test_columns);
    suite_add_tcase(suite, tc);
    return unit_run(suite);
}
