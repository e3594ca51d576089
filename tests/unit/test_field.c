/* Field paths: what each means in an entity. */
#include "tests/unit/unit.h"

#include "model/contract_int.h"

static const struct {
    const char *path, *found; /* each text, with a blank behind it; NULL: no path */
} paths[] = {
    {"name", "Ada "},
    {"home.id", "h1 "},
    {"skills[].id", "s1 s2 "},
    {"tags[]", "red blue "},
    {"mapping{}", "k1 k2 "},
    {"home.map{}", "inner "},
    {"skills[].by{}", "x y "},
    {"name{}", ""},
    {"tags{}", ""},
    {"none{}", ""},
    {"none", ""},
    {"", NULL},
    {"{}", NULL},
    {"a..b", NULL},
    {"[]", NULL},
};
enum { PATHS = sizeof paths / sizeof *paths };

static const char entity[] =
    "{\"name\": \"Ada\", \"home\": {\"id\": \"h1\", \"map\": {\"inner\": 1}},"
    " \"skills\": [{\"id\": \"s1\", \"by\": {\"x\": 1}}, {\"id\": \"s2\", \"by\": {\"y\": 2}}],"
    " \"tags\": [\"red\", \"blue\"], \"mapping\": {\"k1\": [], \"k2\": null}}";

struct collected {
    const struct field_path *field;
    struct buf text;
};

static void collect(struct json value, void *ctx)
{
    struct collected *c = ctx;
    buf_put(&c->text, c->field->is_names ? json_key(value) : json_str_or(value, STR("?")));
    buf_put_char(&c->text, ' ');
}

START_TEST(a_path_finds_what_it_says)
{
    struct arena a;
    struct err err = {0};
    const struct json_doc *doc = NULL;
    struct collected c = {0};
    arena_init(&a, 0, 0);
    ck_assert(json_parse(&doc, &a, STR("entity"), str_of(entity), NULL, NULL, &err));
    bool is_path = field_compile(&c.field, &a, str_of(paths[_i].path));
    ck_assert(is_path == (paths[_i].found != NULL));
    if (is_path) {
        field_each(c.field, json_root(doc), collect, &c);
        ck_assert_msg(str_eq(buf_str(&c.text), str_of(paths[_i].found)), "%s: %.*s", paths[_i].path,
                      STR_ARG(buf_str(&c.text)));
    }
    buf_done(&c.text);
    arena_done(&a);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("field");
    TCase *tcase = tcase_create("field");
    tcase_add_loop_test(tcase, a_path_finds_what_it_says, 0, PATHS);
    suite_add_tcase(suite, tcase);
    return unit_run(suite);
}
