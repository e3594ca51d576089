/* Rendering the words of templates. What a word works on is rendered behind the output's end, read
 * there member by member, and the result is moved over it: no memory is taken but in the output,
 * and for the index of wide objects that are merged. */
#include "model/template_int.h"

#include <string.h>

/* What stands from `from` on moves to `at`. */
static void move_down(struct buf *out, size_t at, size_t from)
{
    memmove(out->s + at, out->s + from, out->len - from);
    out->len -= from - at;
}

static struct str tail(const struct buf *out, size_t at)
{
    return out->s ? (struct str){out->s + at, out->len - at} : STR("");
}

static bool has_member(struct str object, struct str quoted, struct str *out_value)
{
    struct str name;
    while (json_text_next(&object, &name, out_value)) {
        if (str_eq(name, quoted)) {
            return true;
        }
    }
    return false;
}

static void put_member(struct buf *out, size_t start, struct str quoted, struct str value)
{
    if (out->len > start + 1) {
        buf_put_char(out, ',');
    }
    buf_put(out, quoted);
    buf_put_char(out, ':');
    buf_put(out, value);
}

/* An object whose members are asked for by name; a wide one is indexed for that. */
struct members {
    struct str object;
    struct map by_name; /* name in quotes to where its member can be read on */
};

static void members_init(struct members *m, struct str object)
{
    enum { NARROW = 32 };
    struct str rest = object, name, value;
    size_t n = 0;
    *m = (struct members){.object = object};
    while (n <= NARROW && json_text_next(&rest, &name, &value)) {
        n++;
    }
    rest = object;
    for (const char *at = rest.s; n > NARROW && json_text_next(&rest, &name, &value); at = rest.s) {
        map_put(&m->by_name, name, (void *)(uintptr_t)at);
    }
}

static bool members_find(const struct members *m, struct str quoted, struct str *out_value)
{
    struct str name;
    if (m->by_name.count == 0) {
        return has_member(m->object, quoted, out_value);
    }
    const char *at = map_get(&m->by_name, quoted);
    struct str rest = {at, at ? m->object.len - (size_t)(at - m->object.s) : 0};
    return at && json_text_next(&rest, &name, out_value);
}

/* The object that stands at `at`, up to `middle`, and the one behind it become one. */
static void merge_two(struct buf *out, size_t at, size_t middle)
{
    size_t end = out->len;
    buf_reserve(out, end - at + 4); /* so that what is read does not move */
    struct str first = {out->s + at, middle - at}, second = {out->s + middle, end - middle};
    struct str rest = first, name, value, other;
    struct members in_first, in_second;
    members_init(&in_first, first);
    members_init(&in_second, second);
    buf_put_char(out, '{');
    while (json_text_next(&rest, &name, &value)) {
        put_member(out, end, name, members_find(&in_second, name, &other) ? other : value);
    }
    rest = second;
    while (json_text_next(&rest, &name, &value)) {
        if (!members_find(&in_first, name, &other)) {
            put_member(out, end, name, value);
        }
    }
    buf_put_char(out, '}');
    move_down(out, at, end);
    map_done(&in_first.by_name);
    map_done(&in_second.by_name);
}

static bool put_merge(struct buf *out, const struct template *t, const struct template_source *from)
{
    size_t at = out->len;
    for (size_t i = 0; i < t->n; i++) {
        size_t middle = out->len;
        if (!template_put(out, t->items[i], from) ||
            !json_text_is(tail(out, middle), JSON_OBJECT)) {
            out->len = middle;
        } else if (middle > at) {
            merge_two(out, at, middle);
        }
    }
    if (out->len == at) {
        buf_put(out, STR("{}"));
    }
    return true;
}

static bool is_named(const struct template *t, struct str quoted)
{
    for (size_t i = 0; i < t->n_names; i++) {
        if (str_eq(t->names[i], quoted)) {
            return true;
        }
    }
    return false;
}

/* $omit and $pick; what is no object stays as it is. */
static bool put_some(struct buf *out, const struct template *t, const struct template_source *from)
{
    size_t at = out->len;
    if (!template_put(out, t->items[0], from)) {
        return false;
    }
    if (!json_text_is(tail(out, at), JSON_OBJECT)) {
        return true;
    }
    size_t end = out->len;
    buf_reserve(out, end - at + 4);
    struct str object = {out->s + at, end - at}, rest = object, name, value;
    buf_put_char(out, '{');
    while (t->kind == KIND_OMIT && json_text_next(&rest, &name, &value)) {
        if (!is_named(t, name)) {
            put_member(out, end, name, value);
        }
    }
    for (size_t i = 0; t->kind == KIND_PICK && i < t->n_names; i++) {
        if (has_member(object, t->names[i], &value)) {
            put_member(out, end, t->names[i], value);
        }
    }
    buf_put_char(out, '}');
    move_down(out, at, end);
    return true;
}

static bool put_as_text(struct buf *out, const struct template *t,
                        const struct template_source *from)
{
    enum { ESCAPE_MAX = 6 };
    size_t at = out->len;
    if (!template_put(out, t->items[0], from)) {
        return false;
    }
    struct str v = tail(out, at);
    if (json_text_is(v, JSON_STRING) || json_text_is(v, JSON_NULL)) {
        return true;
    }
    if (json_text_is(v, JSON_BOOL)) {
        bool is_true = v.s[0] == 't';
        out->len = at;
        buf_put(out, is_true ? STR("\"True\"") : STR("\"False\""));
        return true;
    }
    size_t end = out->len;
    buf_reserve(out, ESCAPE_MAX * (end - at) + 2);
    buf_put_json_string(out, (struct str){out->s + at, end - at});
    move_down(out, at, end);
    return true;
}

/* True if `text`, words with commas or a JSON array of texts, has the word. */
static bool has_word(struct str text, struct str word)
{
    bool is_array = json_text_is(text, JSON_ARRAY);
    struct str rest = is_array ? str_slice(text, 1, text.len - 1) : text, one;
    while (str_cut(&rest, ',', &one)) {
        one = str_trim(one);
        if (is_array && one.len > 1 && one.s[0] == '"') {
            one = str_slice(one, 1, one.len - 1);
        }
        if (str_eq(one, word)) {
            return true;
        }
    }
    return false;
}

static bool is_met(const struct condition *c, struct str text)
{
    if (c->test == TEST_HAS) {
        return has_word(text, c->words[0]);
    }
    double number = 0;
    if (c->test == TEST_BELOW || c->test == TEST_AT_LEAST) {
        return num_parse_double(&number, text) && (number < c->number) == (c->test == TEST_BELOW);
    }
    for (size_t i = 0; i < c->n_words; i++) {
        if (str_eq(c->words[i], text)) {
            return true;
        }
    }
    return false;
}

static bool put_if(struct buf *out, const struct template *t, const struct template_source *from)
{
    size_t at = out->len;
    bool holds = false;
    if (t->condition->test == TEST_HOLDS) {
        holds = template_put(out, t->items[0], from) && !json_text_is(tail(out, at), JSON_NULL) &&
                !str_eq(tail(out, at), STR("false"));
    } else {
        template_put_text(out, t->items[0], from);
        holds = is_met(t->condition, tail(out, at));
    }
    out->len = at;
    if (holds) {
        return template_put(out, t->items[1], from);
    }
    return t->n == 3 && template_put(out, t->items[2], from);
}

struct row_put {
    struct buf *out;
    const struct template *as, *name; /* name: NULL in an array */
    const struct template_source *from;
    size_t start;
};

/* The name of a member and its colon; false where it is no text and no number. */
static bool put_row_name(const struct row_put *p)
{
    struct buf *out = p->out;
    size_t at = out->len;
    bool is_there = template_put(out, p->name, p->from);
    if (is_there && json_text_is(tail(out, at), JSON_NUMBER)) {
        size_t end = out->len;
        buf_reserve(out, end - at + 2);
        buf_put_json_string(out, (struct str){out->s + at, end - at});
        move_down(out, at, end);
    }
    is_there = is_there && json_text_is(tail(out, at), JSON_STRING);
    buf_put_char(out, ':');
    return is_there;
}

static void put_row(void *ctx)
{
    const struct row_put *p = ctx;
    size_t before = p->out->len;
    if (before > p->start) {
        buf_put_char(p->out, ',');
    }
    if ((p->name && !put_row_name(p)) || !template_put(p->out, p->as, p->from)) {
        p->out->len = before;
    }
}

/* The values are rendered behind the output's end; the source is done with them before the first
 * row overwrites them. */
static bool put_rows(struct buf *out, const struct template *t, const struct template_source *from)
{
    const struct template_query *q = t->query;
    size_t places[QUERY_FIELDS_MAX + 1], start;
    struct str values[QUERY_FIELDS_MAX];
    bool counts = t->kind == KIND_COUNT;
    if (!counts) {
        buf_put_char(out, t->name ? '{' : '[');
    }
    start = out->len;
    for (size_t i = 0; i < q->n; i++) {
        places[i] = out->len;
        template_put_text(out, q->values[i], from);
    }
    places[q->n] = out->len;
    for (size_t i = 0; i < q->n; i++) {
        values[i] = (struct str){out->s + places[i], places[i + 1] - places[i]};
    }
    out->len = start;
    struct row_put put = {out, counts ? NULL : t->items[0], t->name, from, start};
    size_t n =
        from && from->rows ? from->rows(q, values, counts ? NULL : put_row, &put, from->ctx) : 0;
    if (counts) {
        buf_put_u64(out, n);
    } else if (n == 0 && t->is_optional) {
        out->len = start - 1;
        return false;
    } else {
        buf_put_char(out, t->name ? '}' : ']');
    }
    return true;
}

bool template_put_word(struct buf *out, const struct template *t,
                       const struct template_source *from)
{
    switch (t->kind) {
    case KIND_ROWS:
    case KIND_COUNT:
        return put_rows(out, t, from);
    case KIND_MERGE:
        return put_merge(out, t, from);
    case KIND_OMIT:
    case KIND_PICK:
        return put_some(out, t, from);
    case KIND_AS_TEXT:
        return put_as_text(out, t, from);
    case KIND_IF:
        return put_if(out, t, from);
    case KIND_CONSTANT:
    case KIND_VALUE:
    case KIND_TEXT:
    case KIND_OBJECT:
    case KIND_ARRAY:
    case KIND_EACH:
        break; /* no words */
    }
    unreachable();
}
