/* Lists in queries: with commas, with commas escaped, repeated. All are one list, for every parameter
 * that is one. */
#include "tests/integration/wire.h"
#include "tests/unit/unit.h"

enum { SPELLINGS = 3, LISTS_LEAST = 25 };

static struct mock *mock;
static struct contract *contract;
static char token[100];
static struct arena arena;

static void setup(void)
{
    struct findings fs;
    struct err err = {0};
    arena_init(&arena, 0, 0);
    findings_init(&fs, &arena);
    mock = wire_serve(1, 60);
    wire_token(mock, token, sizeof token);
    ck_assert_msg(contract_open(&contract, WIRE_PROFILE, NULL, 0, &fs, &err), "%s", err.msg);
}

static void teardown(void)
{
    mock_stop(mock);
    contract_free(contract);
    arena_done(&arena);
}

/* The text of a path whose query says `a` and `b` in one of the spellings, or `a` alone. */
static const char *spell(struct str path, struct str name, struct str a, struct str b, int spelling)
{
    struct buf out;
    buf_init(&out, &arena);
    buf_printf(&out, "%.*s?%.*s=%.*s", STR_ARG(path), STR_ARG(name), STR_ARG(a));
    if (spelling == 2) {
        buf_printf(&out, "&%.*s=%.*s", STR_ARG(name), STR_ARG(b));
    } else if (spelling < SPELLINGS) {
        buf_printf(&out, "%s%.*s", spelling ? "%2C" : ",", STR_ARG(b));
    }
    return buf_cstr(&out);
}

static int get(const char *path, struct buf *out)
{
    buf_init(out, &arena);
    return wire_ask(mock, &(struct wire_call){.method = "GET", .path = path, .bearer = token}, out);
}

static struct json parse(struct buf *text)
{
    const struct json_doc *doc = NULL;
    struct err err = {0};
    ck_assert_msg(json_parse(&doc, &arena, STR("answer"), buf_str(text), NULL, NULL, &err), "%s",
                  err.msg);
    return json_root(doc);
}

static int64_t total_of(struct buf *text)
{
    return json_i64_or(json_get(parse(text), STR("total")), -1);
}

static const struct filter_row {
    const char *path, *name, *field;
    int both, one; /* how many have one of two values, or the first */
} filters[] = {
    {WIRE_CODES, "id", "id", 2, 1},
    {WIRE_CODES "/divisionviews", "id", "id", 2, 1},
    {"/api/v2/routing/queues", "id", "id", 2, 1},
    {"/api/v2/routing/queues/divisionviews", "id", "id", 2, 1},
    {"/api/v2/routing/skills", "id", "id", 2, 1},
    {"/api/v2/routing/languages", "id", "id", 2, 1},
    {"/api/v2/authorization/divisions", "id", "id", 2, 1},
    {"/api/v2/users", "id", "id", 2, 1},
    {"/api/v2/flows", "id", "id", 2, 1},
    {"/api/v2/flows", "type", "type", 3, 2},
};

/* Two values from the whole list: both are found in every spelling, one where one is said. */
START_TEST(filters_take_lists)
{
    const struct filter_row *r = &filters[_i];
    struct buf all, some;
    struct str values[2];
    ck_assert_int_eq(get(r->path, &all), 200);
    struct json entity = json_first(json_get(parse(&all), STR("entities")));
    for (int i = 0; i < 2; i++, entity = json_next(entity)) {
        values[i] = json_str_or(json_get(entity, str_of(r->field)), STR(""));
        ck_assert_msg(values[i].len > 0, "%s has too few", r->path);
    }
    for (int spelling = 0; spelling <= SPELLINGS; spelling++) {
        const char *path = spell(str_of(r->path), str_of(r->name), values[0], values[1], spelling);
        ck_assert_msg(get(path, &some) == 200, "%s: %.*s", path, STR_ARG(buf_str(&some)));
        ck_assert_msg(total_of(&some) == (spelling < SPELLINGS ? r->both : r->one), "%s: %.*s",
                      path, STR_ARG(buf_str(&some)));
    }
}
END_TEST

/* Whatever the profile calls a list: the spelling changes neither status nor number. */
START_TEST(every_list_is_one)
{
    size_t n = 0;
    for (size_t i = 0; i < contract->n_operations; i++) {
        const struct operation *op = &contract->operations[i];
        bool is_asked =
            str_eq(op->method, STR("GET")) && str_find_char(op->path, '{') == op->path.len;
        for (size_t k = 0; is_asked && k < op->n_parameters; k++) {
            const struct parameter *p = &op->parameters[k];
            if (!p->is_list || !str_eq(p->in, STR("query"))) {
                continue;
            }
            int first = 0;
            int64_t total = 0;
            n++;
            for (int spelling = 0; spelling < SPELLINGS; spelling++) {
                struct buf some;
                const char *path = spell(op->path, p->name, STR("x"), STR("y"), spelling);
                int status = get(path, &some);
                int64_t here = status == 200 ? total_of(&some) : 0;
                first = spelling ? first : status;
                total = spelling ? total : here;
                ck_assert_msg(status == first && here == total, "%s: %d", path, status);
            }
        }
    }
    ck_assert_uint_ge(n, LISTS_LEAST);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("lists");
    TCase *t = tcase_create("all");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, filters_take_lists, 0, sizeof filters / sizeof *filters);
    tcase_add_test(t, every_list_is_one);
    suite_add_tcase(suite, t);
    return unit_run(suite);
}
