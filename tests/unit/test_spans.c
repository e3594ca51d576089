/* Every finding's place, read again from the text: what the span encloses is what the pointer leads to, a name
 * or a value whole; a missing member stands at the object that lacks it. Over the broken tenants, and over the
 * change sets that come with the program, spoilt value by value. */
#include "tests/unit/check_unit.h"

enum { SPOILS = 6, VALUES_MAX = 400 };

static bool is_same(struct span a, struct span b)
{
    return a.from == b.from && a.to == b.to;
}

/* Says what is wrong with the place; NULL: nothing. */
static const char *wrong(const struct finding *f, struct json root, struct str text)
{
    uint32_t line, column;
    struct json v = json_pointer_find(root, f->pointer);
    if (f->span.from >= f->span.to || f->span.to > text.len) {
        return "the span is empty or outside of the text";
    }
    json_line_column(root.doc, f->span.from, &line, &column);
    if (line != f->line || column != f->column) {
        return "line and column are another place than the span";
    }
    if (!json_exists(v)) {
        return "the pointer leads nowhere";
    }
    bool is_value = is_same(f->span, json_span(v));
    bool is_key = json_key(v).len && is_same(f->span, json_key_span(v));
    if (!is_value && !is_key) {
        return "the span is neither the value nor the name that the pointer leads to";
    }
    if (str_eq(f->rule, STR("S101")) && json_exists(json_get(v, f->field))) {
        return "what is said to be missing is there";
    }
    if (str_eq(f->rule, STR("S102")) && !is_key) {
        return "an unknown member stands at its name";
    }
    bool is_scalar = json_kind(v) != JSON_ARRAY && json_kind(v) != JSON_OBJECT;
    bool is_of_other = str_eq(f->rule, STR("R406")) || str_eq(f->rule, STR("R407"));
    bool is_plain = !is_of_other && str_find_char(json_source(v), '\\') == json_source(v).len;
    if (is_value && is_scalar && is_plain && f->value.s && f->value.len < 70 &&
        !str_eq(f->value, json_source(v))) {
        return "the value that is told is not what stands there";
    }
    return NULL;
}

static size_t check_places(const char *profile, struct str text, const char *what)
{
    struct checked c;
    const struct json_doc *doc = NULL;
    checked_open(&c, profile);
    (void)checked_text(&c, text);
    size_t n = c.fs.len;
    if (json_parse(&doc, &c.arena, STR("t.json"), text, NULL, NULL, NULL)) {
        for (size_t i = 0; i < n; i++) {
            const struct finding *f = &c.fs.at[i];
            const char *why = wrong(f, json_root(doc), text);
            ck_assert_msg(why == NULL, "%s: %s [%.*s] %.*s at %.*s (%zu-%zu, %.*s): %.*s", what, why,
                          STR_ARG(f->rule), STR_ARG(f->message), STR_ARG(f->pointer), f->span.from,
                          f->span.to, STR_ARG(f->value), STR_ARG(str_slice(text, f->span.from, f->span.to)));
        }
    }
    checked_close(&c);
    return n;
}

/* "tenants/NAME.acme.json" → NAME */
static const char *profile_of(struct arena *a, struct str name)
{
    struct str rest = str_slice(name, str_find_char(name, '/') + 1, name.len);
    return str_cstr(a, str_slice(rest, 0, str_find_char(rest, '.')));
}

START_TEST(broken_tenants)
{
    struct arena a;
    size_t n = 0;
    arena_init(&a, 0, 0);
    for (const struct builtin *b = builtin_files; b->name; b++) {
        struct str name = str_of(b->name);
        if (str_starts(name, STR("tenants/"))) {
            n += check_places(profile_of(&a, name), builtin_find(name), b->name);
        }
    }
    ck_assert_uint_gt(n, 50);
    arena_done(&a);
}
END_TEST

static void collect(struct json v, struct json *out, size_t *n)
{
    for (struct json m = json_first(v); json_exists(m) && *n < VALUES_MAX; m = json_next(m)) {
        out[(*n)++] = m;
        collect(m, out, n);
    }
}

/* The text with one value or name spoilt; kinds that do not fit leave it as it is. */
static struct str spoilt(struct arena *a, struct str text, struct json v, size_t kind)
{
    static const struct str values[] = {STR_INIT("7"), STR_INIT("\"\""), STR_INIT("null"),
                                        STR_INIT("[{}]"), STR_INIT("\"\\u00e9 so  long\"")};
    struct span at = json_span(v);
    struct str put = STR("\"nobodyKnows\"");
    struct buf out;
    buf_init(&out, a);
    if (kind < SPOILS - 1) {
        put = values[kind];
    } else if (json_key(v).len) {
        at = json_key_span(v);
    }
    buf_put(&out, str_slice(text, 0, at.from));
    buf_put(&out, put);
    buf_put(&out, str_slice(text, at.to, text.len));
    return buf_str(&out);
}

START_TEST(spoilt_changes)
{
    struct arena a;
    size_t n = 0, n_spoilt = 0;
    arena_init(&a, 0, 0);
    for (const struct builtin *b = builtin_files; b->name; b++) {
        struct str name = str_of(b->name), text = builtin_find(name);
        const struct json_doc *doc = NULL;
        if (!str_starts(name, STR("changesets/"))) {
            continue;
        }
        ck_assert(json_parse(&doc, &a, name, text, NULL, NULL, NULL));
        struct json all[VALUES_MAX];
        size_t n_all = 0;
        collect(json_get(json_root(doc), STR("changes")), all, &n_all);
        for (size_t i = 0; i < n_all; i++) {
            struct arena_mark mark = arena_mark(&a);
            struct buf what;
            buf_init(&what, &a);
            size_t kind = (i + (size_t)_i) % SPOILS;
            buf_printf(&what, "%s, value %zu, spoil %zu", b->name, i, kind);
            n += check_places(profile_of(&a, name), spoilt(&a, text, all[i], kind), buf_cstr(&what));
            n_spoilt++;
            arena_release(&a, mark);
        }
    }
    ck_assert_uint_gt(n_spoilt, 200);
    ck_assert_uint_gt(n, 100);
    arena_done(&a);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("spans");
    TCase *t = tcase_create("spans");
    tcase_set_timeout(t, 300);
    tcase_add_test(t, broken_tenants);
    tcase_add_loop_test(t, spoilt_changes, 0, SPOILS);
    suite_add_tcase(s, t);
    return unit_run(s);
}
