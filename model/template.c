/* Templates, compiled into a tree. A string becomes a list of pieces, literal text (escaped for
 * JSON already, and as it is) and variables; objects and arrays keep their members. Rendering walks
 * the tree and allocates in the output only. */
#include "model/template.h"

#include <string.h>

enum kind { KIND_CONSTANT, KIND_VALUE, KIND_TEXT, KIND_OBJECT, KIND_ARRAY, KIND_EACH };

struct piece {
    bool is_variable;
    struct str escaped, plain; /* of literal text */
    struct var var;
    struct str otherwise; /* s NULL: none */
};

struct template
{
    enum kind kind;
    struct str json;  /* KIND_CONSTANT: JSON text */
    struct str plain; /* the text of a constant string, else the JSON text */
    struct piece *pieces;
    size_t n_pieces;
    bool is_optional; /* KIND_VALUE: left out where it is absent */
    struct str list;  /* KIND_EACH */
    struct str *names;
    const struct template **items;
    size_t n;
};

static const struct str scope_names[] = {
#define X(name, text) STR_INIT(text),
    VAR_SCOPES(X)
#undef X
};

static bool var_parse(struct var *out, struct str text)
{
    size_t dot = str_find_char(text, '.');
    for (size_t i = 0; i < VAR_SCOPE_COUNT; i++) {
        if (str_eq(scope_names[i], str_slice(text, 0, dot))) {
            out->scope = (enum var_scope)i;
            out->name = str_slice(text, dot + 1, text.len);
            return true;
        }
    }
    return false;
}

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
static bool add_variable(struct template *t, struct json source, struct str s, size_t *from,
                         struct err *err)
{
    struct str rest = str_slice(s, *from + 1, s.len);
    size_t end = str_find_char(rest, '}');
    struct piece *p = &t->pieces[t->n_pieces];
    if (end == rest.len) {
        return json_err(err, source,
                        "this text opens a brace that it does not close; "
                        "write {{ for a brace that is meant");
    }
    struct str inner = str_slice(rest, 0, end);
    size_t bar = str_find_char(inner, '|');
    if (bar < inner.len) {
        p->otherwise = str_slice(inner, bar + 1, inner.len);
        inner = str_slice(inner, 0, bar);
    }
    if (str_ends(inner, STR("?"))) {
        t->is_optional = true;
        inner = str_slice(inner, 0, inner.len - 1);
    }
    if (!var_parse(&p->var, inner)) {
        return json_err(err, source, "\"{%.*s}\" names no variable that there is", STR_ARG(inner));
    }
    p->is_variable = true;
    t->n_pieces++;
    *from += end + 2;
    return true;
}

static bool compile_text(struct template *t, struct arena *a, struct json source, struct err *err)
{
    struct str s = json_str(source);
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
            if (!add_variable(t, source, s, &i, err)) {
                return false;
            }
        } else if (s.s[i] == '}') {
            return json_err(err, source,
                            "this text closes a brace that it does not open; "
                            "write }} for a brace that is meant");
        } else {
            buf_put_char(&literal, s.s[i++]);
        }
    }
    add_literal(a, t, buf_str(&literal));
    if (t->n_pieces == 1 && t->pieces[0].is_variable) {
        t->kind = KIND_VALUE;
    } else if (t->n_pieces == 0 || (t->n_pieces == 1 && !t->pieces[0].is_variable)) {
        struct buf json;
        t->kind = KIND_CONSTANT;
        t->plain = t->n_pieces ? t->pieces[0].plain : STR("");
        buf_init(&json, a);
        buf_put_json_string(&json, t->plain);
        t->json = buf_str(&json);
    } else {
        t->kind = KIND_TEXT;
    }
    return true;
}

static bool compile_members(struct template *t, struct arena *a, struct json source,
                            struct err *err)
{
    size_t n = json_count(source);
    t->kind = json_kind(source) == JSON_OBJECT ? KIND_OBJECT : KIND_ARRAY;
    t->names = ARENA_ARRAY(a, n + 1, struct str);
    t->items = ARENA_ARRAY(a, n + 1, const struct template *);
    for (struct json m = json_first(source); json_exists(m); m = json_next(m)) {
        if (t->kind == KIND_OBJECT) {
            t->names[t->n] = json_key(m);
        }
        if (!template_compile(&t->items[t->n], a, m, err)) {
            return false;
        }
        t->n++;
    }
    return true;
}

bool template_compile(const struct template **out, struct arena *a, struct json source,
                      struct err *err)
{
    struct template *t = ARENA_NEW(a, struct template);
    struct json each = json_get(source, STR("$each"));
    *out = t;
    if (json_kind(source) == JSON_STRING) {
        return compile_text(t, a, source, err);
    }
    if (json_exists(each)) {
        t->kind = KIND_EACH;
        t->list = json_str_or(each, STR(""));
        t->items = ARENA_ARRAY(a, 1, const struct template *);
        t->n = 1;
        struct json as = json_get(source, STR("as"));
        if (!json_exists(as)) {
            return json_err(err, source, "\"$each\" needs \"as\": what each item becomes");
        }
        return template_compile(&t->items[0], a, as, err);
    }
    if (json_kind(source) == JSON_OBJECT || json_kind(source) == JSON_ARRAY) {
        return compile_members(t, a, source, err);
    }
    struct buf json;
    buf_init(&json, a);
    json_put(&json, source);
    t->kind = KIND_CONSTANT;
    t->json = t->plain = buf_str(&json);
    return true;
}

static bool resolve(struct buf *out, const struct piece *p, const struct template_source *from)
{
    if (from && from->resolve(out, &p->var, from->ctx)) {
        return true;
    }
    if (p->otherwise.s) {
        buf_put_json_string(out, p->otherwise);
        return true;
    }
    return false;
}

/* A variable inside a text: a JSON string loses its quotes, anything else stands as it is
 * (escaped). */
static void put_inside(struct buf *out, const struct piece *p, const struct template_source *from)
{
    size_t at = out->len;
    if (!resolve(out, p, from) || out->len == at) {
        return;
    }
    if (out->s[at] == '"') {
        for (size_t i = at; i + 2 < out->len; i++) {
            out->s[i] = out->s[i + 1];
        }
        out->len -= 2;
        return;
    }
    for (size_t i = at; i < out->len; i++) {
        if (out->s[i] == '"' || out->s[i] == '\\') { /* an object or array: rare, so simply */
            struct buf copy = {0};
            buf_put(&copy, (struct str){out->s + at, out->len - at});
            out->len = at;
            buf_put_json_escaped(out, buf_str(&copy));
            buf_done(&copy);
            return;
        }
    }
}

static void put_members(struct buf *out, const struct template *t,
                        const struct template_source *from)
{
    bool is_object = t->kind == KIND_OBJECT, is_first = true;
    buf_put_char(out, is_object ? '{' : '[');
    for (size_t i = 0; i < t->n; i++) {
        size_t before = out->len;
        if (!is_first) {
            buf_put_char(out, ',');
        }
        if (is_object) {
            buf_put_json_string(out, t->names[i]);
            buf_put_char(out, ':');
        }
        if (template_put(out, t->items[i], from)) {
            is_first = false;
        } else {
            out->len = before;
        }
    }
    buf_put_char(out, is_object ? '}' : ']');
}

bool template_put(struct buf *out, const struct template *t, const struct template_source *from)
{
    switch (t->kind) {
    case KIND_CONSTANT:
        buf_put(out, t->json);
        return true;
    case KIND_VALUE:
        if (resolve(out, &t->pieces[0], from)) {
            return true;
        }
        if (!t->is_optional) {
            buf_put(out, STR("null"));
        }
        return !t->is_optional;
    case KIND_TEXT:
        buf_put_char(out, '"');
        for (size_t i = 0; i < t->n_pieces; i++) {
            if (t->pieces[i].is_variable) {
                put_inside(out, &t->pieces[i], from);
            } else {
                buf_put(out, t->pieces[i].escaped);
            }
        }
        buf_put_char(out, '"');
        return true;
    case KIND_OBJECT:
    case KIND_ARRAY:
        put_members(out, t, from);
        return true;
    case KIND_EACH:
        break;
    }
    buf_put_char(out, '[');
    for (size_t i = 0; from && from->each && from->each(t->list, i, from->ctx); i++) {
        if (i) {
            buf_put_char(out, ',');
        }
        template_put(out, t->items[0], from);
    }
    buf_put_char(out, ']');
    return true;
}

void template_put_text(struct buf *out, const struct template *t,
                       const struct template_source *from)
{
    if (t->kind == KIND_CONSTANT) {
        buf_put(out, t->plain);
        return;
    }
    if (t->kind != KIND_VALUE && t->kind != KIND_TEXT) {
        template_put(out, t, from);
        return;
    }
    for (size_t i = 0; i < t->n_pieces; i++) {
        const struct piece *p = &t->pieces[i];
        size_t at = out->len;
        if (!p->is_variable) {
            buf_put(out, p->plain);
            continue;
        }
        if (!resolve(out, p, from) || out->len == at || out->s[at] != '"') {
            continue;
        }
        /* a JSON string: its text, decoded */
        struct arena scratch;
        struct err err = {0};
        const struct json_doc *doc = NULL;
        struct str json = {out->s + at, out->len - at};
        if (str_find_char(json, '\\') == json.len) {
            memmove(out->s + at, out->s + at + 1, json.len - 2);
            out->len -= 2;
            continue;
        }
        arena_init(&scratch, 0, 0);
        if (json_parse(&doc, &scratch, STR(""), str_copy(&scratch, json), NULL, NULL, &err)) {
            out->len = at;
            buf_put(out, json_str(json_root(doc)));
        }
        arena_done(&scratch);
    }
}

bool template_member(const struct template *t, size_t i, struct str *out_name,
                     const struct template **out_value)
{
    if (t->kind != KIND_OBJECT || i >= t->n) {
        return false;
    }
    *out_name = t->names[i];
    *out_value = t->items[i];
    return true;
}

bool template_constant_text(struct str *out, const struct template *t)
{
    if (t->kind == KIND_CONSTANT) {
        *out = t->plain;
    }
    return t->kind == KIND_CONSTANT;
}

bool template_is_constant(const struct template *t)
{
    if (t->kind == KIND_OBJECT || t->kind == KIND_ARRAY) {
        for (size_t i = 0; i < t->n; i++) {
            if (!template_is_constant(t->items[i])) {
                return false;
            }
        }
        return true;
    }
    return t->kind == KIND_CONSTANT;
}
