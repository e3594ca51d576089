/* Rendering templates. Walks the compiled tree and writes into the output; a value that must change
 * its form (a text within a text, an object within a text) is changed there, in place. */
#include "model/template_int.h"

#include <string.h>

static bool resolve(struct buf *out, const struct piece *p, const struct template_source *from)
{
    if (from && from->resolve(out, &p->var, from->ctx)) {
        return true;
    }
    buf_put(out, p->otherwise);
    return p->otherwise.s != NULL;
}

/* Moves what stands from `from` on to `at`. */
static void close_gap(struct buf *out, size_t at, size_t from)
{
    memmove(out->s + at, out->s + from, out->len - from);
    out->len -= from - at;
}

static bool has_backslash(const struct buf *out, size_t at)
{
    return memchr(out->s + at, '\\', out->len - at) != NULL;
}

/* A variable inside a text: a JSON string loses its quotes, anything else stands as it is, escaped.
 */
static void put_inside(struct buf *out, const struct piece *p, const struct template_source *from)
{
    size_t at = out->len;
    if (!resolve(out, p, from) || out->len == at) {
        return;
    }
    if (out->s[at] == '"') {
        out->len--;
        close_gap(out, at, at + 1);
    } else if (has_backslash(out, at) || memchr(out->s + at, '"', out->len - at)) {
        enum { ESCAPE_MAX = 6 }; /* \u00xx for one byte */
        size_t end = out->len;
        buf_reserve(out, ESCAPE_MAX * (end - at)); /* so that what is read does not move */
        buf_put_json_escaped(out, (struct str){out->s + at, end - at});
        close_gap(out, at, end);
    }
}

void template_make_plain(struct buf *out, size_t at)
{
    if (out->len == at || out->s[at] != '"') {
        return;
    }
    out->len--;
    if (has_backslash(out, at)) {
        size_t end = out->len;
        buf_reserve(out, end - at);
        json_put_decoded(out, (struct str){out->s + at + 1, end - at - 1});
        close_gap(out, at, end);
    } else {
        close_gap(out, at, at + 1);
    }
}

/* The same as plain text: a JSON string is decoded. */
static void put_plain(struct buf *out, const struct piece *p, const struct template_source *from)
{
    size_t at = out->len;
    if (resolve(out, p, from)) {
        template_make_plain(out, at);
    }
}

/* Members or items, but for those that are left out. */
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
            buf_put(out, t->heads[i]);
        }
        if (template_put(out, t->items[i], from)) {
            is_first = false;
        } else {
            out->len = before;
        }
    }
    buf_put_char(out, is_object ? '}' : ']');
}

static bool put_each(struct buf *out, const struct template *t, const struct template_source *from)
{
    bool is_first = true;
    size_t start = out->len;
    buf_put_char(out, '[');
    for (size_t i = 0; from && from->each && from->each(t->list, i, from->ctx); i++) {
        size_t before = out->len;
        if (!is_first) {
            buf_put_char(out, ',');
        }
        if (template_put(out, t->items[0], from)) {
            is_first = false;
        } else {
            out->len = before;
        }
    }
    buf_put_char(out, ']');
    if (is_first && t->is_optional) {
        out->len = start;
        return false;
    }
    return true;
}

static void put_text(struct buf *out, const struct template *t, const struct template_source *from)
{
    buf_put_char(out, '"');
    for (size_t i = 0; i < t->n_pieces; i++) {
        if (t->pieces[i].is_variable) {
            put_inside(out, &t->pieces[i], from);
        } else {
            buf_put(out, t->pieces[i].escaped);
        }
    }
    buf_put_char(out, '"');
}

bool template_put(struct buf *out, const struct template *t, const struct template_source *from)
{
    if (t->json.s) {
        buf_put(out, t->json);
        return true;
    }
    switch (t->kind) {
    case KIND_VALUE:
        if (resolve(out, &t->pieces[0], from)) {
            return true;
        }
        if (!t->is_optional) {
            buf_put(out, STR("null"));
        }
        return !t->is_optional;
    case KIND_TEXT:
        put_text(out, t, from);
        return true;
    case KIND_OBJECT:
    case KIND_ARRAY:
        put_members(out, t, from);
        return true;
    case KIND_EACH:
        return put_each(out, t, from);
    case KIND_ROWS:
    case KIND_COUNT:
    case KIND_MERGE:
    case KIND_OMIT:
    case KIND_PICK:
    case KIND_AS_TEXT:
    case KIND_IF:
        return template_put_word(out, t, from);
    case KIND_CONSTANT:
        break; /* has its JSON text */
    }
    unreachable();
}

void template_put_text(struct buf *out, const struct template *t,
                       const struct template_source *from)
{
    if (t->json.s) {
        buf_put(out, t->plain);
        return;
    }
    if (t->kind != KIND_VALUE && t->kind != KIND_TEXT) {
        size_t at = out->len;
        if (template_put(out, t, from)) {
            template_make_plain(out, at);
        }
        return;
    }
    for (size_t i = 0; i < t->n_pieces; i++) {
        if (t->pieces[i].is_variable) {
            put_plain(out, &t->pieces[i], from);
        } else {
            buf_put(out, t->pieces[i].plain);
        }
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

void template_variables(const struct template *t,
                        void (*each)(const struct var *var, struct json at, void *ctx), void *ctx)
{
    for (size_t i = 0; i < t->n_pieces; i++) {
        if (t->pieces[i].is_variable) {
            each(&t->pieces[i].var, t->source, ctx);
        }
    }
    for (size_t i = 0; i < t->n; i++) {
        template_variables(t->items[i], each, ctx);
    }
    if (t->name) {
        template_variables(t->name, each, ctx);
    }
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
    return t->json.s != NULL;
}
