/* Compiling templates. A string becomes a list of pieces, literal text (escaped for JSON already,
 * and as it is) and variables; objects and arrays keep their members. What does not vary is
 * rendered here, once. */
#include "model/template_int.h"

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
static bool add_variable(struct template *t, struct compiler *c, struct str s, size_t *from)
{
    struct arena *a = c->a;
    struct err *err = c->err;
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
    if (p->var.scope == VAR_ROW && c->rows == 0) {
        return json_err(err, t->source, "{row} is there only within \"$each\" of a resource");
    }
    p->is_variable = true;
    t->n_pieces++;
    *from += end + 2;
    return true;
}

static bool cut_into_pieces(struct template *t, struct compiler *c)
{
    struct arena *a = c->a;
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
            if (!add_variable(t, c, s, &i)) {
                return false;
            }
        } else if (s.s[i] == '}') {
            return json_err(c->err, t->source,
                            "this text closes a brace that it does not open; "
                            "write }} for a brace that is meant");
        } else {
            buf_put_char(&literal, s.s[i++]);
        }
    }
    add_literal(a, t, buf_str(&literal));
    return true;
}

static bool compile_text(struct template *t, struct compiler *c)
{
    if (!cut_into_pieces(t, c)) {
        return false;
    }
    t->kind = KIND_TEXT;
    if (t->n_pieces == 1 && t->pieces[0].is_variable) {
        t->kind = KIND_VALUE;
    } else if (t->n_pieces == 0 || (t->n_pieces == 1 && !t->pieces[0].is_variable)) {
        struct buf json;
        t->kind = KIND_CONSTANT;
        t->plain = t->n_pieces ? t->pieces[0].plain : STR("");
        buf_init(&json, c->a);
        buf_put_json_string(&json, t->plain);
        t->json = buf_str(&json);
    }
    return true;
}

static bool compile_members(struct template *t, struct compiler *c)
{
    struct arena *a = c->a;
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
        if (!template_build(&t->items[t->n], c, m)) {
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

bool template_build(const struct template **out, struct compiler *c, struct json source)
{
    struct template *t = ARENA_NEW(c->a, struct template);
    struct buf json;
    bool is_word = false;
    *out = t;
    t->source = source;
    switch (json_kind(source)) {
    case JSON_STRING:
        return compile_text(t, c);
    case JSON_OBJECT:
    case JSON_ARRAY:
        return template_build_word(t, c, &is_word) && (is_word || compile_members(t, c));
    case JSON_NONE:
    case JSON_NULL:
    case JSON_BOOL:
    case JSON_NUMBER:
        break;
    }
    buf_init(&json, c->a);
    json_put(&json, source);
    t->kind = KIND_CONSTANT;
    t->json = t->plain = buf_str(&json);
    return true;
}

bool template_compile(const struct template **out, struct arena *a, struct json source,
                      struct err *err)
{
    return template_compile_rows(out, a, source, NULL, err);
}

bool template_compile_rows(const struct template **out, struct arena *a, struct json source,
                           struct template_query **queries, struct err *err)
{
    struct compiler c = {.a = a, .err = err, .queries = queries};
    const struct template *t = NULL;
    if (!template_build(&t, &c, source)) {
        return false;
    }
    *out = t;
    return true;
}
