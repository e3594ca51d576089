/* Compiling templates. A string becomes a list of pieces, literal text (escaped for JSON already,
 * and as it is) and variables; objects and arrays keep their members. What does not vary is
 * rendered here, once. */
#include "model/template_int.h"

static const struct str lists[] = {STR_INIT("findings"), STR_INIT("failures"), STR_INIT("items"),
                                   STR_INIT("permissions")};
enum { LISTS = sizeof lists / sizeof *lists };
#define LISTS_TEXT "findings, failures, items, permissions"
/* Scopes whose members may be lists, named as variables are: these nest. */
static const struct str value_scopes[] = {STR_INIT("entity"), STR_INIT("body"),  STR_INIT("target"),
                                          STR_INIT("parent"), STR_INIT("item"),  STR_INIT("part"),
                                          STR_INIT("owner"),  STR_INIT("result"), STR_INIT("job")};
enum { VALUE_SCOPES = sizeof value_scopes / sizeof *value_scopes };

static void add_literal(struct arena *a, struct template *t, struct str text)
{
    struct buf escaped;
    if (text.len == 0) {
        return;
    }
    buf_init(&escaped, a);
    buf_put_json_escaped(&escaped, text);
    t->pieces[t->n_pieces++] =
        (struct piece){.escaped = buf_str(&escaped), .plain = str_copy(a, text)};
}

/* One "{…}" at `from`; moves `from` behind it. */
static bool add_variable(struct template *t, struct arena *a, struct str s, size_t *from,
                         struct err *err)
{
    struct str rest = str_slice(s, *from + 1, s.len);
    size_t end = str_find_char(rest, '}');
    struct piece *p = &t->pieces[t->n_pieces];
    if (end == rest.len) {
        return json_err(err, t->source,
                        "this text opens a brace that it does not close; "
                        "write {{ for a brace that is meant");
    }
    struct str inner = str_slice(rest, 0, end);
    size_t bar = str_find_char(inner, '|');
    if (bar < inner.len) {
        struct buf otherwise;
        buf_init(&otherwise, a);
        buf_put_json_string(&otherwise, str_slice(inner, bar + 1, inner.len));
        p->otherwise = buf_str(&otherwise);
        inner = str_slice(inner, 0, bar);
    }
    if (str_ends(inner, STR("?"))) {
        t->is_optional = true;
        inner = str_slice(inner, 0, inner.len - 1);
    }
    if (!var_parse(&p->var, a, inner, t->source, err)) {
        return false;
    }
    p->is_variable = true;
    t->n_pieces++;
    *from += end + 2;
    return true;
}

static bool cut_into_pieces(struct template *t, struct arena *a, struct err *err)
{
    struct str s = json_str(t->source);
    struct buf literal;
    size_t braces = 0;
    for (size_t i = 0; i < s.len; i++) {
        braces += s.s[i] == '{';
    }
    t->pieces = ARENA_ARRAY(a, 2 * braces + 1, struct piece);
    buf_init(&literal, a);
    for (size_t i = 0; i < s.len;) {
        bool is_double = i + 1 < s.len && s.s[i] == s.s[i + 1];
        if ((s.s[i] == '{' || s.s[i] == '}') && is_double) {
            buf_put_char(&literal, s.s[i]);
            i += 2;
        } else if (s.s[i] == '{') {
            add_literal(a, t, buf_str(&literal));
            buf_clear(&literal);
            if (!add_variable(t, a, s, &i, err)) {
                return false;
            }
        } else if (s.s[i] == '}') {
            return json_err(err, t->source,
                            "this text closes a brace that it does not open; "
                            "write }} for a brace that is meant");
        } else {
            buf_put_char(&literal, s.s[i++]);
        }
    }
    add_literal(a, t, buf_str(&literal));
    return true;
}

static bool compile_text(struct template *t, struct arena *a, struct err *err)
{
    if (!cut_into_pieces(t, a, err)) {
        return false;
    }
    t->kind = KIND_TEXT;
    if (t->n_pieces == 1 && t->pieces[0].is_variable) {
        t->kind = KIND_VALUE;
    } else if (t->n_pieces == 0 || (t->n_pieces == 1 && !t->pieces[0].is_variable)) {
        struct buf json;
        t->kind = KIND_CONSTANT;
        t->plain = t->n_pieces ? t->pieces[0].plain : STR("");
        buf_init(&json, a);
        buf_put_json_string(&json, t->plain);
        t->json = buf_str(&json);
    }
    return true;
}

static bool compile(const struct template **out, struct arena *a, struct json source,
                    size_t depth, struct err *err);

static bool compile_members(struct template *t, struct arena *a, size_t depth, struct err *err)
{
    size_t n = json_count(t->source);
    bool varies = false;
    t->kind = json_kind(t->source) == JSON_OBJECT ? KIND_OBJECT : KIND_ARRAY;
    t->names = ARENA_ARRAY(a, n + 1, struct str);
    t->heads = ARENA_ARRAY(a, n + 1, struct str);
    t->items = ARENA_ARRAY(a, n + 1, const struct template *);
    for (struct json m = json_first(t->source); json_exists(m); m = json_next(m)) {
        if (t->kind == KIND_OBJECT) {
            struct buf head;
            buf_init(&head, a);
            t->names[t->n] = json_key(m);
            buf_put_json_string(&head, t->names[t->n]);
            buf_put_char(&head, ':');
            t->heads[t->n] = buf_str(&head);
        }
        if (!compile(&t->items[t->n], a, m, depth, err)) {
            return false;
        }
        varies = varies || !t->items[t->n]->json.s;
        t->n++;
    }
    if (!varies) {
        struct buf json;
        buf_init(&json, a);
        template_put(&json, t, NULL);
        t->json = t->plain = buf_str(&json);
    }
    return true;
}

/* "entity.lines", "item.parts", "item". */
static bool is_value_list(struct str word)
{
    size_t dot = str_find_char(word, '.');
    bool is_item = str_eq(word, STR("item"));
    for (size_t i = 0; i < VALUE_SCOPES && dot + 1 < word.len; i++) {
        is_item = is_item || str_eq(str_slice(word, 0, dot), value_scopes[i]);
    }
    return is_item;
}

static bool check_list(struct json source, struct json list, struct err *err)
{
    struct str word = json_str_or(list, STR(""));
    for (struct json m = json_first(source); json_exists(m); m = json_next(m)) {
        struct str key = json_key(m);
        if (str_eq(key, STR("empty")) && !str_eq(json_str_or(m, STR("")), STR("omit"))) {
            return json_err(err, m, "\"empty\" is \"omit\", or is not there");
        }
        if (!str_eq(key, STR("$each")) && !str_eq(key, STR("as")) && !str_eq(key, STR("empty"))) {
            return json_err(err, m, "\"$each\" knows no member but \"as\"; this is \"%.*s\"",
                            STR_ARG(key));
        }
    }
    if (json_kind(list) != JSON_STRING) {
        return json_err(err, list, "\"$each\" wants the name of a list: " LISTS_TEXT);
    }
    for (size_t i = 0; i < LISTS; i++) {
        if (str_eq(word, lists[i])) {
            return true;
        }
    }
    if (is_value_list(word)) {
        return true;
    }
    size_t near = str_nearest(word, lists, LISTS);
    if (near < LISTS) {
        return json_err(err, list, "there is no list \"%.*s\"; did you mean \"%.*s\"?",
                        STR_ARG(word), STR_ARG(lists[near]));
    }
    return json_err(err, list, "there is no list \"%.*s\"; there are " LISTS_TEXT, STR_ARG(word));
}

static bool compile_each(struct template *t, struct arena *a, struct json list, size_t depth,
                         struct err *err)
{
    struct json as = json_get(t->source, STR("as"));
    t->kind = KIND_EACH;
    t->is_optional = json_exists(json_get(t->source, STR("empty")));
    t->list = json_str_or(list, STR(""));
    t->items = ARENA_ARRAY(a, 1, const struct template *);
    t->n = 1;
    if (!is_value_list(t->list) && depth) {
        return json_err(err, t->source, "a list within a list: \"$each\" does not nest");
    }
    if (depth == TEMPLATE_LISTS_MAX) {
        return json_err(err, t->source, "lists within lists: at most %d", TEMPLATE_LISTS_MAX);
    }
    if (!json_exists(as)) {
        return json_err(err, t->source, "\"$each\" needs \"as\": what each item becomes");
    }
    return check_list(t->source, list, err) && compile(&t->items[0], a, as, depth + 1, err);
}

static bool compile(const struct template **out, struct arena *a, struct json source,
                    size_t depth, struct err *err)
{
    struct template *t = ARENA_NEW(a, struct template);
    struct json each = json_get(source, STR("$each"));
    struct buf json;
    *out = t;
    t->source = source;
    switch (json_kind(source)) {
    case JSON_STRING:
        return compile_text(t, a, err);
    case JSON_OBJECT:
    case JSON_ARRAY:
        return json_exists(each) ? compile_each(t, a, each, depth, err)
                                 : compile_members(t, a, depth, err);
    case JSON_NONE:
    case JSON_NULL:
    case JSON_BOOL:
    case JSON_NUMBER:
        break;
    }
    buf_init(&json, a);
    json_put(&json, source);
    t->kind = KIND_CONSTANT;
    t->json = t->plain = buf_str(&json);
    return true;
}

bool template_compile(const struct template **out, struct arena *a, struct json source,
                      struct err *err)
{
    const struct template *t = NULL;
    if (!compile(&t, a, source, 0, err)) {
        return false;
    }
    *out = t;
    return true;
}
