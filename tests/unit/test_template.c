/* Templates: what each comes out as, as JSON and as plain text; what is refused, where, in which
 * words. */
#include "tests/unit/unit.h"

#include "model/model.h"

/* The variables that the templates below see; "absent" ones are not there. */
static const struct {
    enum var_scope scope;
    struct str name, json;
} values[] = {
    {VAR_ID, STR_INIT(""), STR_INIT("\"7\"")},
    {VAR_PAGE, STR_INIT("size"), STR_INIT("25")},
    {VAR_BODY, STR_INIT("name"), STR_INIT("\"a \\\"b\\\" c\"")},
    {VAR_BODY, STR_INIT("escaped"), STR_INIT("\"\\u00e9\\t\\/\\ud83d\\ude00\"")},
    {VAR_BODY, STR_INIT("bar"), STR_INIT("\"x|y\"")},
    {VAR_BODY, STR_INIT("empty"), STR_INIT("\"\"")},
    {VAR_BODY, STR_INIT("flag"), STR_INIT("true")},
    {VAR_BODY, STR_INIT("nothing"), STR_INIT("null")},
    {VAR_BODY, STR_INIT("object"), STR_INIT("{\"k\":\"v\\\\\"}")},
    {VAR_BODY, STR_INIT("list"), STR_INIT("[1,2]")},
    {VAR_BODY, STR_INIT("version"), STR_INIT("\"27\"")},
    {VAR_BODY, STR_INIT("no"), STR_INIT("false")},
    {VAR_BODY, STR_INIT("wide"), STR_INIT("{ \"a\" : 1, \"b\":{\"c,\":\"}\\\"\"}, \"d\" : [ ] }")},
    {VAR_ITEMS, STR_INIT(""), STR_INIT("[{\"id\":1}]")},
};
enum { VALUES = sizeof values / sizeof *values, FINDINGS = 3 };

/* `finding` is there within $each only; the second of three has no field. */
struct seen {
    size_t at;
    bool is_inside;
};

static bool resolve(struct buf *out, const struct var *var, void *ctx)
{
    const struct seen *seen = ctx;
    if (var->scope == VAR_FINDING && seen->is_inside) {
        if (seen->at == 1) {
            return false;
        }
        buf_printf(out, "\"f%zu\"", seen->at);
        return true;
    }
    for (size_t i = 0; i < VALUES; i++) {
        if (values[i].scope == var->scope && str_eq(values[i].name, var->name)) {
            buf_put(out, values[i].json);
            return true;
        }
    }
    return false;
}

static bool each(struct str list, size_t i, void *ctx)
{
    struct seen *seen = ctx;
    if (str_find_char(list, '.') < list.len) {
        return i < (str_eq(list, STR("item.none")) ? 0 : 2);
    }
    size_t n = str_eq(list, STR("findings")) ? FINDINGS : 0;
    seen->is_inside = i < n;
    seen->at = i;
    return i < n;
}

static const struct template *compile(struct arena *a, const char *source, struct err *err)
{
    const struct json_doc *doc = NULL;
    const struct template *t = NULL;
    ck_assert_msg(json_parse(&doc, a, STR("t"), str_of(source), NULL, NULL, err), "%s", err->msg);
    return template_compile(&t, a, json_root(doc), err) ? t : NULL;
}

static const struct {
    const char *source, *json, *text; /* text NULL: the same as json */
} goods[] = {
    {"\"\"", "\"\"", ""},
    {"\"plain\"", "\"plain\"", "plain"},
    {"7", "7", NULL},
    {"null", "null", NULL},
    {"[]", "[]", NULL},
    {"{}", "{}", NULL},
    {"\"{id}\"", "\"7\"", "7"},
    {"\"{page.size}\"", "25", NULL},
    {"\"/codes/{id}\"", "\"/codes/7\"", "/codes/7"},
    {"\"{id}{id}\"", "\"77\"", "77"},
    {"\"n={page.size}\"", "\"n=25\"", "n=25"},
    {"\"{body.name}\"", "\"a \\\"b\\\" c\"", "a \"b\" c"},
    {"\"<{body.name}>\"", "\"<a \\\"b\\\" c>\"", "<a \"b\" c>"},
    {"\"{body.escaped}\"", "\"\\u00e9\\t\\/\\ud83d\\ude00\"", "é\t/😀"},
    {"\"{body.escaped}!\"", "\"\\u00e9\\t\\/\\ud83d\\ude00!\"", "é\t/😀!"},
    {"\"{body.flag}\"", "true", NULL},
    {"\"is {body.flag}\"", "\"is true\"", "is true"},
    {"\"{body.nothing}\"", "null", NULL},
    {"\"{body.object}\"", "{\"k\":\"v\\\\\"}", NULL},
    {"\"o {body.object}.\"", "\"o {\\\"k\\\":\\\"v\\\\\\\\\\\"}.\"", "o {\"k\":\"v\\\\\"}."},
    {"\"{body.list}\"", "[1,2]", NULL},
    {"\"{body.empty}\"", "\"\"", ""},
    {"\"{body.empty|x}\"", "\"\"", ""},
    {"\"{body.absent}\"", "null", ""},
    {"\"<{body.absent}>\"", "\"<>\"", "<>"},
    {"\"<{body.absent?}>\"", "\"<>\"", "<>"},
    {"\"{body.absent|system}\"", "\"system\"", "system"},
    {"\"by {body.absent|a \\\"b\\\"}\"", "\"by a \\\"b\\\"\"", "by a \"b\""},
    {"\"{body.absent|a|b}\"", "\"a|b\"", "a|b"},
    {"\"{body.absent|}\"", "\"\"", ""},
    {"\"{body.absent?|x}\"", "\"x\"", "x"},
    {"\"{{id}}\"", "\"{id}\"", "{id}"},
    {"\"{{{id}}}\"", "\"{7}\"", "{7}"},
    {"\"{{\"", "\"{\"", "{"},
    {"\"\\u0041\\n{id}\"", "\"A\\n7\"", "A\n7"},
    {"{\"a\": \"{id}\", \"b\\\"\": [1, \"{page.size}\"]}", "{\"a\":\"7\",\"b\\\"\":[1,25]}", NULL},
    {"{\"a\": \"{body.absent?}\", \"b\": 1}", "{\"b\":1}", NULL},
    {"{\"a\": 1, \"b\": \"{body.absent?}\"}", "{\"a\":1}", NULL},
    {"{\"a\": \"{body.absent?}\"}", "{}", NULL},
    {"{\"a\": \"{body.absent}\"}", "{\"a\":null}", NULL},
    {"[\"{body.absent?}\", 1, \"{body.absent?}\", 2]", "[1,2]", NULL},
    {"{\"a\": {\"b\": [true, 1.50, \"x\"]}}", "{\"a\":{\"b\":[true,1.50,\"x\"]}}", NULL},
    {"{\"$each\": \"findings\", \"as\": \"{finding.field}\"}", "[\"f0\",null,\"f2\"]", NULL},
    {"{\"$each\": \"findings\", \"as\": \"{finding.field?}\"}", "[\"f0\",\"f2\"]", NULL},
    {"{\"$each\": \"findings\", \"as\": {\"f\": \"{finding.field?}\"}}",
     "[{\"f\":\"f0\"},{},{\"f\":\"f2\"}]", NULL},
    {"{\"$each\": \"failures\", \"as\": 1}", "[]", NULL},
    {"{\"$each\": \"entity.rows\", \"as\": [{\"$each\": \"item.parts\", \"as\": 1}]}",
     "[[[1,1]],[[1,1]]]", NULL},
    {"{\"a\": {\"$each\": \"item.none\", \"as\": 1, \"empty\": \"omit\"}, \"b\": 2}", "{\"b\":2}", NULL},
    {"{\"a\": {\"$each\": \"item.none\", \"as\": 1}}", "{\"a\":[]}", NULL},
    {"{\"n\": \"{items}\"}", "{\"n\":[{\"id\":1}]}", NULL},
    {"{\"$merge\": [{\"a\": 1, \"b\": 2}, {\"c\": \"{id}\", \"a\": 3}]}", "{\"a\":3,\"b\":2,\"c\":\"7\"}",
     NULL},
    {"{\"$merge\": [\"{body.absent?}\", \"{body.wide}\", \"{body.nothing}\", \"{body.list}\"]}",
     "{ \"a\" : 1, \"b\":{\"c,\":\"}\\\"\"}, \"d\" : [ ] }", NULL},
    {"{\"$merge\": [\"{body.wide}\", {\"b\": \"\\\\\\\"\\\\\", \"e\": 1}]}",
     "{\"a\":1,\"b\":\"\\\\\\\"\\\\\",\"d\":[ ],\"e\":1}", NULL},
    {"{\"$merge\": [\"{body.object}\", {\"z\": \"{body.object}\", \"k\": \"{body.name}\"}]}",
     "{\"k\":\"a \\\"b\\\" c\",\"z\":{\"k\":\"v\\\\\"}}", NULL},
    {"{\"$merge\": [{}]}", "{}", NULL},
    {"{\"$merge\": [{\"$merge\": [{\"a\": 1}, {\"b\": \"{id}\"}]}, {\"b\": {}}]}", "{\"a\":1,\"b\":{}}",
     NULL},
    {"{\"$omit\": [\"b\", \"x\"], \"of\": \"{body.wide}\"}", "{\"a\":1,\"d\":[ ]}", NULL},
    {"{\"$omit\": [\"a\"], \"of\": {\"a\": \"{id}\"}}", "{}", NULL},
    {"{\"$pick\": [\"d\", \"x\", \"a\"], \"of\": \"{body.wide}\"}", "{\"d\":[ ],\"a\":1}", NULL},
    {"{\"$pick\": [\"k\"], \"of\": \"{body.object}\"}", "{\"k\":\"v\\\\\"}", NULL},
    {"{\"$pick\": [\"k\"], \"of\": \"{body.list}\"}", "[1,2]", NULL},
    {"[{\"$pick\": [\"k\"], \"of\": \"{body.absent?}\"}, {\"$omit\": [\"k\"], \"of\": \"{body.absent}\"}]",
     "[null]", NULL},
    {"{\"$text\": \"{body.flag}\"}", "\"True\"", "True"},
    {"{\"$text\": \"{body.no}\"}", "\"False\"", "False"},
    {"{\"$text\": \"{page.size}\"}", "\"25\"", "25"},
    {"{\"$text\": 1.50}", "\"1.50\"", "1.50"},
    {"{\"$text\": \"{body.name}\"}", "\"a \\\"b\\\" c\"", "a \"b\" c"},
    {"{\"$text\": \"{body.object}\"}", "\"{\\\"k\\\":\\\"v\\\\\\\\\\\"}\"", "{\"k\":\"v\\\\\"}"},
    {"{\"a\": {\"$text\": \"{body.absent}\"}, \"b\": {\"$text\": \"{body.absent?}\"}}", "{\"a\":null}", NULL},
    {"{\"$if\": \"{body.flag}\", \"then\": 1, \"else\": 2}", "1", NULL},
    {"{\"$if\": \"{body.no}\", \"then\": 1, \"else\": 2}", "2", NULL},
    {"{\"$if\": \"{body.nothing?}\", \"then\": 1, \"else\": \"{id}\"}", "\"7\"", "7"},
    {"{\"$if\": \"{body.empty}\", \"then\": 1, \"else\": 2}", "1", NULL},
    {"{\"a\": {\"$if\": \"{body.absent?}\", \"then\": 1}, \"b\": 2}", "{\"b\":2}", NULL},
    {"{\"a\": {\"$if\": \"{id}\", \"then\": \"{body.absent?}\"}, \"b\": 2}", "{\"b\":2}", NULL},
    {"{\"$if\": {\"value\": \"{body.version}\", \"below\": 28}, \"then\": 1, \"else\": 2}", "1", NULL},
    {"{\"$if\": {\"value\": \"{body.version}\", \"below\": 27}, \"then\": 1, \"else\": 2}", "2", NULL},
    {"{\"$if\": {\"value\": \"{page.size}\", \"atLeast\": 25}, \"then\": 1, \"else\": 2}", "1", NULL},
    {"{\"$if\": {\"value\": \"{body.name}\", \"atLeast\": 0}, \"then\": 1, \"else\": 2}", "2", NULL},
    {"{\"$if\": {\"value\": \"{body.absent?}\", \"below\": 9}, \"then\": 1, \"else\": 2}", "2", NULL},
    {"{\"$if\": {\"value\": \"{body.version}\", \"is\": [\"26\", \"27\"]}, \"then\": 1, \"else\": 2}", "1",
     NULL},
    {"{\"$if\": {\"value\": \"v{body.version}\", \"is\": [\"27\"]}, \"then\": 1, \"else\": 2}", "2", NULL},
    {"{\"$if\": {\"value\": \"{body.flag}\", \"is\": [true]}, \"then\": 1, \"else\": 2}", "1", NULL},
    {"{\"$if\": {\"value\": \"a,{body.bar}, b\", \"has\": \"b\"}, \"then\": 1, \"else\": 2}", "1", NULL},
    {"{\"$if\": {\"value\": \"ab\", \"has\": \"b\"}, \"then\": 1, \"else\": 2}", "2", NULL},
    {"{\"$if\": {\"value\": [\"a\", \"{id}\"], \"has\": \"7\"}, \"then\": 1, \"else\": 2}", "1", NULL},
    {"{\"$schema\": \"{id}\"}", "{\"$schema\":\"7\"}", NULL},
};
enum { GOODS = sizeof goods / sizeof *goods };

START_TEST(templates_come_out_as_they_should)
{
    struct arena a;
    struct err err = {0};
    struct buf out = {0};
    struct seen seen = {0};
    struct template_source from = {.resolve = resolve, .each = each, .ctx = &seen};
    arena_init(&a, 0, 0);
    const struct template *t = compile(&a, goods[_i].source, &err);
    ck_assert_msg(t != NULL, "%s: %s", goods[_i].source, err.msg);
    buf_put(&out, STR("before "));
    ck_assert(template_put(&out, t, &from));
    ck_assert_str_eq(buf_cstr(&out) + 7, goods[_i].json);
    buf_clear(&out);
    buf_put(&out, STR("before "));
    template_put_text(&out, t, &from);
    ck_assert_str_eq(buf_cstr(&out) + 7, goods[_i].text ? goods[_i].text : goods[_i].json);
    /* the same once more, by the doors for templates that are always the same */
    struct str constant;
    if (template_constant_text(&constant, t)) {
        ck_assert(template_is_constant(t));
        ck_assert(str_eq(constant, str_slice(buf_str(&out), 7, out.len)));
    }
    if (template_is_constant(t)) {
        buf_clear(&out);
        ck_assert(template_put(&out, t, NULL));
        ck_assert_str_eq(buf_cstr(&out), goods[_i].json);
    }
    buf_done(&out);
    arena_done(&a);
}
END_TEST

START_TEST(an_absent_whole_is_left_out)
{
    struct arena a;
    struct err err = {0};
    struct buf out = {0};
    struct seen seen = {0};
    struct template_source from = {.resolve = resolve, .each = each, .ctx = &seen};
    arena_init(&a, 0, 0);
    const struct template *t = compile(&a, "\"{body.absent?}\"", &err);
    ck_assert(!template_put(&out, t, &from));
    ck_assert_uint_eq(out.len, 0);
    arena_done(&a);
}
END_TEST

START_TEST(members_are_given_in_their_order)
{
    struct arena a;
    struct err err = {0};
    struct str name;
    const struct template *value = NULL;
    arena_init(&a, 0, 0);
    const struct template *t = compile(&a, "{\"b\": 1, \"a\\n\": {\"c\": \"{id}\"}}", &err);
    ck_assert(template_member(t, 0, &name, &value) && str_eq(name, STR("b")));
    ck_assert(template_is_constant(value));
    ck_assert(template_member(t, 1, &name, &value) && str_eq(name, STR("a\n")));
    ck_assert(!template_is_constant(value) && !template_is_constant(t));
    ck_assert(template_member(value, 0, &name, &value) && str_eq(name, STR("c")));
    ck_assert(!template_member(value, 0, &name, &value));
    ck_assert(!template_member(t, 2, &name, &value));
    /* also of an object without variables */
    t = compile(&a, "{\"x\": {\"y\": 1}}", &err);
    ck_assert(template_is_constant(t));
    ck_assert(template_member(t, 0, &name, &value) && str_eq(name, STR("x")));
    arena_done(&a);
}
END_TEST

static void note(const struct var *var, struct json at, void *ctx)
{
    struct buf *out = ctx;
    uint32_t line = 0, column = 0;
    json_line_column(at.doc, json_span(at).from, &line, &column);
    buf_printf(out, "%d.%.*s@%u:%u ", (int)var->scope, STR_ARG(var->name), line, column);
}

START_TEST(variables_are_told_with_their_place)
{
    struct arena a;
    struct err err = {0};
    struct buf out = {0}, want = {0};
    arena_init(&a, 0, 0);
    const struct template *t =
        compile(&a,
                "{\"a\": \"{id}-{page.size}\",\n \"b\": [{\"$each\": \"failures\",\n"
                "  \"as\": \"{failure.code}\"}]}",
                &err);
    template_variables(t, note, &out);
    buf_printf(&want, "%d.@1:7 %d.size@1:7 %d.code@3:9 ", VAR_ID, VAR_PAGE, VAR_FAILURE);
    ck_assert_str_eq(buf_cstr(&out), buf_cstr(&want));
    buf_done(&out);
    buf_done(&want);
    arena_done(&a);
}
END_TEST

#define OPEN "this text opens a brace that it does not close; write {{ for a brace that is meant"
#define CLOSE "this text closes a brace that it does not open; write }} for a brace that is meant"

static const struct {
    const char *source, *message;
    uint32_t column;
} bads[] = {
    {"\"{id\"", OPEN, 1},
    {"\"{\"", OPEN, 1},
    {"\"{{{id}}\"", CLOSE, 1},
    {"\"id}\"", CLOSE, 1},
    {"\"{}\"", "\"{}\" names no variable that there is", 1},
    {"\"{wordless}\"", "\"{wordless}\" names no variable that there is", 1},
    {"\"{requst.id}\"",
     "\"{requst.id}\" names no variable that there is; did you mean \"request.id\"?", 1},
    {"\"{page.totl}\"",
     "\"{page.totl}\" names no variable that there is; did you mean \"page.total\"?", 1},
    {"\"{page}\"",
     "\"{page}\" names no variable that there is; \"page\" has size, number, count, total, offset, "
     "self, first, last, next, previous, next_cursor, next_number",
     1},
    {"\"{id.x}\"", "\"{id.x}\" names no variable that there is; \"id\" has no members", 1},
    {"\"{now.us}\"",
     "\"{now.us}\" names no variable that there is; \"now\" has s, epoch, and stands alone", 1},
    {"\"{path}\"", "\"{path}\" names no variable that there is; say which of its members is meant",
     1},
    {"\"{body.}\"", "\"{body.}\" is not a dotted name", 1},
    {"\"{body..a}\"", "\"{body..a}\" is not a dotted name", 1},
    {"\"{body.a{b}\"", "\"{body.a{b}\" is not a dotted name", 1},
    {"{\"a\": [1, \"{nix.nax}\"]}", "\"{nix.nax}\" names no variable that there is", 11},
    {"{\"$each\": \"findings\"}", "\"$each\" needs \"as\": what each item becomes", 1},
    {"{\"$each\": \"findngs\", \"as\": 1}",
     "there is no list \"findngs\"; did you mean \"findings\"?", 11},
    {"{\"$each\": \"x\", \"as\": 1}",
     "there is no list \"x\"; there are findings, failures, outcomes, items, permissions", 11},
    {"{\"$each\": 7, \"as\": 1}",
     "\"$each\" wants the name of a list, findings, failures, outcomes, items, permissions, or "
     "{\"resource\": …, \"where\": {…}}",
     11},
    {"{\"$eahc\": 7}", "there is no word \"$eahc\"; did you mean \"$each\"?", 11},
    {"{\"$merge\": {}}", "\"$merge\" wants an array of objects", 12},
    {"{\"$merge\": [{}, 7]}", "\"$merge\" wants objects; this is never one", 17},
    {"{\"$merge\": [{}], \"of\": 1}", "\"$merge\" stands alone; this is \"of\"", 24},
    {"{\"$omit\": [\"a\"]}", "\"$omit\" needs \"of\": the object that it takes from", 1},
    {"{\"$omit\": \"a\", \"of\": {}}", "\"$omit\" wants an array of names", 11},
    {"{\"$pick\": [1], \"of\": {}}", "\"$pick\" wants names; this is none", 12},
    {"{\"$if\": 1, \"then\": 1}", "\"$if\" wants a variable, or {\"value\": …, \"is\": […]}", 9},
    {"{\"$if\": \"{id}\"}", "\"$if\" needs \"then\"", 1},
    {"{\"$if\": \"{id}\", \"then\": 1, \"els\": 2}",
     "\"$if\" knows no member but \"then\" and \"else\"; this is \"els\"", 35},
    {"{\"$if\": {\"value\": \"{id}\"}, \"then\": 1}",
     "a condition needs \"value\" and one of \"is\", \"has\", \"below\" or \"atLeast\"", 9},
    {"{\"$if\": {\"value\": 1, \"is\": [1], \"below\": 1}, \"then\": 1}",
     "a condition asks one thing: \"is\", \"has\", \"below\" or \"atLeast\"", 42},
    {"{\"$if\": {\"value\": 1, \"above\": 1}, \"then\": 1}",
     "a condition knows \"value\" and \"is\", \"has\", \"below\" or \"atLeast\"; this is \"above\"", 31},
    {"{\"$if\": {\"value\": 1, \"below\": \"1\"}, \"then\": 1}", "\"below\" wants a number", 31},
    {"{\"$if\": {\"value\": 1, \"is\": []}, \"then\": 1}", "\"is\" wants an array of texts", 28},
    {"\"{row.id}\"", "{row} is there only within \"$each\" of a resource", 1},
    {"{\"$count\": {\"resource\": \"code\"}}",
     "entities cannot be looked at here, only in \"show\", \"item\", \"reply\" and the envelope of a "
     "paging",
     12},
    {"{\"$count\": {}}",
     "this wants the name of a resource: {\"resource\": …, \"where\": {…}}", 12},
    {"{\"$count\": {\"resource\": \"code\", \"were\": {}}}",
     "a look at a resource knows \"resource\" and \"where\"; this is \"were\"", 41},
    {"{\"$each\": \"items\", \"as\": 1, \"name\": \"x\"}",
     "\"name\" is a text, and stands beside \"$each\" of a resource", 37},
    {"{\"$each\": {\"resource\": \"code\"}, \"as\": 1, \"name\": 7}",
     "\"name\" is a text, and stands beside \"$each\" of a resource", 50},
    {"{\"$each\": \"items\", \"as\": 1, \"of\": 2}",
     "\"$each\" knows no member but \"as\"; this is \"of\"", 35},
    {"{\"$each\": \"items\", \"as\": [{\"$each\": \"findings\", \"as\": 1}]}",
     "a list within a list: \"$each\" does not nest", 27},
};
enum { BADS = sizeof bads / sizeof *bads };

/* Two objects of so many members that they are indexed: the second's values stand in the first's
 * places, what only it has comes behind. */
START_TEST(wide_objects_merge_as_narrow_ones_do)
{
    enum { WIDE = 100, SHIFT = 30 };
    struct arena a;
    struct err err = {0};
    const struct json_doc *doc = NULL;
    const struct template *t = NULL;
    struct buf source, out, want;
    arena_init(&a, 0, 0);
    buf_init(&source, &a);
    buf_init(&out, &a);
    buf_init(&want, &a);
    buf_put(&source, STR("{\"$merge\": [{\"first\": 0"));
    buf_put(&want, STR("{\"first\":0"));
    for (int i = 0; i < WIDE; i++) {
        buf_printf(&source, ",\"m%d\":%d", i, i);
    }
    buf_put(&source, STR("},{\"last\": 0"));
    for (int i = SHIFT; i < WIDE + SHIFT; i++) {
        buf_printf(&source, ",\"m%d\":%d", i, -i);
    }
    buf_put(&source, STR("}]}"));
    for (int i = 0; i < WIDE; i++) {
        buf_printf(&want, ",\"m%d\":%d", i, i < SHIFT ? i : -i);
    }
    buf_put(&want, STR(",\"last\":0"));
    for (int i = WIDE; i < WIDE + SHIFT; i++) {
        buf_printf(&want, ",\"m%d\":%d", i, -i);
    }
    buf_put_char(&want, '}');
    ck_assert(json_parse(&doc, &a, STR("t"), buf_str(&source), NULL, NULL, &err));
    ck_assert_msg(template_compile(&t, &a, json_root(doc), &err), "%s", err.msg);
    template_put(&out, t, NULL);
    ck_assert_msg(str_eq(buf_str(&out), buf_str(&want)), "%.*s", STR_ARG(buf_str(&out)));
    arena_done(&a);
}
END_TEST

START_TEST(bad_templates_are_refused_where_they_are_bad)
{
    struct arena a;
    struct err err = {0};
    arena_init(&a, 0, 0);
    ck_assert_ptr_null(compile(&a, bads[_i].source, &err));
    ck_assert_str_eq(err.msg, bads[_i].message);
    ck_assert_int_eq(err.code, ERR_INPUT);
    ck_assert_uint_eq(err.line, 1);
    ck_assert_uint_eq(err.column, bads[_i].column);
    arena_done(&a);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("template");
    TCase *tcase = tcase_create("template");
    tcase_add_loop_test(tcase, templates_come_out_as_they_should, 0, GOODS);
    tcase_add_test(tcase, an_absent_whole_is_left_out);
    tcase_add_test(tcase, members_are_given_in_their_order);
    tcase_add_test(tcase, variables_are_told_with_their_place);
    tcase_add_loop_test(tcase, bad_templates_are_refused_where_they_are_bad, 0, BADS);
    tcase_add_test(tcase, wide_objects_merge_as_narrow_ones_do);
    suite_add_tcase(suite, tcase);
    return unit_run(suite);
}
