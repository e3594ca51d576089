/* Rules of a team's own: each word hit and missed, at what this run makes and in a snapshot; files that are
 * none. */
#include "tests/unit/check_unit.h"

static const struct row {
    const char *rule; /* beside id, about and resource */
    const char *text;
    size_t n;         /* findings of the rule */
    const char *want; /* in the first one's message */
} rows[] = {
    {"\"matches\": {\"field\": \"name\", \"pattern\": \"^[A-Z]\"}", "[{\"name\": \"low\"}, {\"name\": \"Up\"}]", 1,
     "\"low\" does not match ^[A-Z]"},
    {"\"forbids\": \"description\"", "[{\"name\": \"a1\", \"description\": \"x\"}, {\"name\": \"a2\"}]", 1,
     "\"description\" is set"},
    {"\"unique-by\": [\"description\"]",
     "[{\"name\": \"a1\", \"description\": \"x\"}, {\"name\": \"a2\", \"description\": \"x\"}, {\"name\": \"a3\", "
     "\"description\": \"y\"}]",
     1, "another one has the same"},
    {"\"at-most-per\": {\"by\": \"description\", \"count\": 2}",
     "[{\"name\": \"a1\", \"description\": \"x\"}, {\"name\": \"a2\", \"description\": \"x\"}]", 0, ""},
    {"\"at-most-per\": {\"by\": \"description\", \"count\": 1}",
     "[{\"name\": \"a1\", \"description\": \"x\"}, {\"name\": \"a2\", \"description\": \"x\"}]", 1,
     "number 2 of \"x\"; at most 1"},
    {"\"requires-if\": {\"field\": \"name\", \"is\": \"a1\", \"requires\": \"description\"}",
     "[{\"name\": \"a1\"}, {\"name\": \"a2\"}]", 1, "\"description\" is missing"},
    {"\"requires-if\": {\"field\": \"name\", \"requires\": \"description\"}",
     "[{\"name\": \"a1\"}, {\"name\": \"a2\", \"description\": \"x\"}]", 1, "\"description\" is missing"},
    {"\"refers-to\": {\"field\": \"description\", \"resource\": \"wrapupCode\"}",
     "[{\"name\": \"a1\", \"description\": \"no\"}]", 1, "there is no"},
    {"\"before\": {\"field\": \"name\", \"than\": \"description\"}",
     "[{\"name\": \"2026-02-01T00:00:00Z\", \"description\": \"2026-01-01T00:00:00Z\"}, {\"name\": "
     "\"2026-01-02T00:00:00Z\", \"description\": \"2026-01-03T00:00:00Z\"}]",
     1, "is not before"},
};

static struct str file_of(struct arena *a, const char *rule, const char *resource)
{
    struct buf out;
    buf_init(&out, a);
    buf_printf(&out,
               "{\"format\": 1, \"rules\": [{\"id\": \"acme/one\", \"about\": \"ours\", \"resource\": \"%s\", %s}]}",
               resource, rule);
    return buf_str(&out);
}

static size_t count(const struct checked *c, const char *rule, const struct finding **out)
{
    size_t n = 0;
    for (size_t i = 0; i < c->fs.len; i++) {
        if (str_eq(c->fs.at[i].rule, str_of(rule))) {
            *out = n ? *out : &c->fs.at[i];
            n++;
        }
    }
    return n;
}

START_TEST(each_word)
{
    const struct row *r = &rows[_i];
    struct checked c;
    struct err err = {0};
    const struct finding *first = NULL;
    checked_open(&c, "genesys-cloud");
    struct user_rules *rules = user_rules_new(&c.arena);
    ck_assert_msg(user_rules_read(rules, STR("r.json"), file_of(&c.arena, r->rule, "wrapupCode"), &err),
                  "%s", err.msg);
    (void)checked_text(&c, str_of(r->text));
    user_rules_tenant(rules, &c.check);
    size_t n = count(&c, "acme/one", &first);
    ck_assert_msg(n == r->n, "%s: %zu", r->rule, n);
    if (n) {
        ck_assert_msg(str_find(first->message, str_of(r->want)) < first->message.len, "%.*s",
                      STR_ARG(first->message));
        ck_assert(str_eq(first->file, STR("t.json")) && first->line == 1);
        ck_assert(first->entity_name.len > 0);
    }
    user_rules_free(rules);
    checked_close(&c);
}
END_TEST

START_TEST(in_a_snapshot)
{
    struct checked c;
    struct err err = {0};
    const struct json_doc *doc = NULL;
    const struct finding *first = NULL;
    checked_open(&c, "genesys-cloud");
    struct user_rules *rules = user_rules_new(&c.arena);
    ck_assert(user_rules_read(
        rules, STR("r.json"),
        file_of(&c.arena, "\"unique-by\": [\"name\"]", "wrapupCode"), &err));
    ck_assert(json_parse(&doc, &c.arena, STR("s.json"),
                         STR("{\"resources\": {\"wrapupCode\": [{\"id\": \"1\", \"name\": \"A\"},\n"
                             "{\"id\": \"2\", \"name\": \"A\"}]}}"),
                         NULL, NULL, NULL));
    user_rules_snapshot(rules, &c.check, json_root(doc));
    ck_assert_uint_eq(count(&c, "acme/one", &first), 1);
    ck_assert_uint_eq(first->line, 2);
    ck_assert(str_eq(first->pointer, STR("/resources/wrapupCode/1/name")));
    user_rules_free(rules);
    checked_close(&c);
}
END_TEST

START_TEST(of_no_resource)
{
    struct checked c;
    struct err err = {0};
    const struct finding *first = NULL;
    checked_open(&c, "genesys-cloud");
    struct user_rules *rules = user_rules_new(&c.arena);
    ck_assert(user_rules_read(rules, STR("r.json"), file_of(&c.arena, "\"forbids\": \"x\"", "nothing"),
                              &err));
    user_rules_tenant(rules, &c.check);
    user_rules_tenant(rules, &c.check);
    ck_assert_uint_eq(count(&c, "K908", &first), 1);
    user_rules_free(rules);
    checked_close(&c);
}
END_TEST

static const char *const bad[] = {
    "[",
    "{\"format\": 2, \"rules\": []}",
    "{\"format\": 1}",
    "{\"format\": 1, \"rules\": [7]}",
    "{\"format\": 1, \"rules\": [{\"id\": \"one\", \"about\": \"x\", \"resource\": \"y\", \"forbids\": \"z\"}]}",
    "{\"format\": 1, \"rules\": [{\"id\": \"a/one\", \"about\": \"x\", \"resource\": \"y\"}]}",
    "{\"format\": 1, \"rules\": [{\"id\": \"a/one\", \"about\": \"x\", \"resource\": \"y\", \"forbids\": 7}]}",
    "{\"format\": 1, \"rules\": [{\"id\": \"a/one\", \"about\": \"x\", \"resource\": \"y\", \"unique-by\": []}]}",
    "{\"format\": 1, \"rules\": [{\"id\": \"a/one\", \"about\": \"x\", \"resource\": \"y\", \"unique-by\": [1]}]}",
    "{\"format\": 1, \"rules\": [{\"id\": \"a/one\", \"about\": \"x\", \"resource\": \"y\", \"matches\": {\"field\": "
    "\"n\", \"pattern\": \"(\"}}]}",
    "{\"format\": 1, \"rules\": [{\"id\": \"a/one\", \"about\": \"x\", \"resource\": \"y\", \"forbids\": \"z\", "
    "\"before\": {}}]}",
    "{\"format\": 1, \"rules\": [{\"id\": \"a/one\", \"nonsense\": 1}]}",
    "{\"format\": 1, \"rules\": [{\"id\": \"a/one\", \"severity\": \"bad\"}]}",
};

START_TEST(no_rule_files)
{
    struct arena a;
    struct err err = {0};
    arena_init(&a, 0, 0);
    struct user_rules *rules = user_rules_new(&a);
    ck_assert_msg(!user_rules_read(rules, STR("r.json"), str_of(bad[_i]), &err), "%s", bad[_i]);
    ck_assert(err.code == ERR_INPUT && err.line > 0 && err.msg[0]);
    user_rules_free(rules);
    arena_done(&a);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("user rules");
    TCase *t = tcase_create("all");
    tcase_add_loop_test(t, each_word, 0, (int)(sizeof rows / sizeof *rows));
    tcase_add_test(t, in_a_snapshot);
    tcase_add_test(t, of_no_resource);
    tcase_add_loop_test(t, no_rule_files, 0, (int)(sizeof bad / sizeof *bad));
    suite_add_tcase(suite, t);
    return unit_run(suite);
}
