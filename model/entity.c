/* Entities: made once from JSON, never changed, shared between tenants by a count of references.
 * This file knows the bytes: canonical text, ids, and the keys that indexes sort and hash by.
 *
 *     SLOT_SORT    text             folded text; no bytes where it is absent
 *                  number, numeric  01 eight bytes that sort as the number does
 *                  other, numeric   02 folded text
 *     SLOT_TEXTS   folded text; of a list: length text, length text, … in byte order, each once
 *     SLOT_JOINT   folded text; of several fields: length text, length text, … in their order
 *
 * Lengths are four bytes. A key whose bytes stand in the entity's text already is not stored again:
 * most ids and names do. Texts of numbers are canonical (1 for 1.0), so that a number and the text
 * that a query parameter gives for it are the same key. */
#include "model/entity_int.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { TAG_NUMBER = 1, TAG_OTHER = 2, LENGTH_BYTES = 4, SHARED_LEAST = 6 };

struct key {
    uint32_t at, len; /* from the start of the box; at 0: no value */
};

struct box {
    struct entity entity; /* first: callers see a pointer to it */
    atomic_uint refs;
    uint32_t n_keys;
    struct key keys[];
};

static void put_folded(struct buf *out, struct str text, struct fold fold)
{
    text = fold.trims ? str_trim(text) : text;
    if (!fold.ignores_case) {
        buf_put(out, text);
        return;
    }
    buf_reserve(out, text.len);
    for (size_t i = 0; i < text.len; i++) {
        char c = text.s[i];
        out->s[out->len++] = (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
    }
}

static void put_u32(struct buf *out, size_t value)
{
    assert(value <= UINT32_MAX);
    for (int shift = 24; shift >= 0; shift -= 8) {
        buf_put_char(out, (char)(unsigned char)(value >> shift & 0xFF));
    }
}

static void put_sized(struct buf *out, struct str text, struct fold fold)
{
    size_t mark = out->len;
    put_u32(out, 0);
    put_folded(out, text, fold);
    size_t end = out->len;
    out->len = mark;
    put_u32(out, end - mark - LENGTH_BYTES);
    out->len = end;
}

struct str scalar_text(struct json v, struct buf *scratch)
{
    int64_t number = 0;
    switch (json_kind(v)) {
    case JSON_STRING:
        return json_str(v);
    case JSON_BOOL:
        return json_is_true(v) ? STR("true") : STR("false");
    case JSON_NUMBER:
        if (!json_i64(v, &number)) {
            return json_number_text(v);
        }
        buf_clear(scratch);
        buf_put_i64(scratch, number);
        return buf_str(scratch);
    case JSON_NONE:
    case JSON_NULL:
    case JSON_ARRAY:
    case JSON_OBJECT:
        return (struct str){0};
    }
    unreachable();
}

/* Bytes that compare as the numbers do: the sign bit turned, all bits of negative ones. */
static void put_number(struct buf *out, double value)
{
    uint64_t bits;
    value += 0.0; /* -0 and 0 are one number */
    memcpy(&bits, &value, sizeof bits);
    bits ^= bits >> 63 ? UINT64_MAX : UINT64_C(1) << 63;
    put_u32(out, bits >> 32);
    put_u32(out, bits & UINT32_MAX);
}

void slot_put_sort_text(struct buf *out, const struct slot *slot, struct str text)
{
    double number = 0;
    bool is_number = slot->is_numeric && num_parse_double(&number, text);
    if (slot->is_numeric) {
        buf_put_char(out, (char)(is_number ? TAG_NUMBER : TAG_OTHER));
    }
    if (is_number) {
        put_number(out, number);
    } else {
        put_folded(out, text, slot->fold);
    }
}

void slot_put_joint_text(struct buf *out, const struct slot *slot, struct str text)
{
    assert(slot->n == 1);
    put_folded(out, text, slot->fold);
}

static bool put_joint(struct buf *out, const struct slot *slot, struct json value,
                      struct buf *scratch)
{
    size_t mark = out->len;
    for (size_t i = 0; i < slot->n; i++) {
        struct json v = field_find(slot->fields[i], value);
        struct str text = scalar_text(v, scratch);
        if (!text.s && json_kind(v) != JSON_ARRAY && json_kind(v) != JSON_OBJECT) {
            out->len = mark;
            return false;
        }
        if (!text.s) {
            buf_clear(scratch);
            json_put(scratch, v);
            text = buf_str(scratch);
        }
        if (slot->n == 1) {
            put_folded(out, text, slot->fold);
        } else {
            put_sized(out, text, slot->fold);
        }
    }
    return true;
}

/* The next of the texts behind their lengths. */
static bool sized_next(struct str *out, struct str *rest)
{
    if (rest->len < LENGTH_BYTES) {
        return false;
    }
    size_t len = 0;
    for (size_t i = 0; i < LENGTH_BYTES; i++) {
        len = len << 8 | (unsigned char)rest->s[i];
    }
    assert(len <= rest->len - LENGTH_BYTES);
    *out = (struct str){rest->s + LENGTH_BYTES, len};
    *rest = str_slice(*rest, LENGTH_BYTES + len, rest->len);
    return true;
}

static bool is_list(const struct slot *slot)
{
    return slot->kind == SLOT_TEXTS && slot->fields[0]->is_list;
}

struct texts slot_texts(const struct slot *slot, struct str key)
{
    return (struct texts){key, is_list(slot)};
}

bool texts_next(struct str *out, struct texts *texts)
{
    if (texts->is_list) {
        return sized_next(out, &texts->rest);
    }
    if (!texts->rest.s) {
        return false;
    }
    *out = texts->rest;
    texts->rest = (struct str){0};
    return true;
}

/* Texts on their way into a key. */
struct collector {
    const struct slot *slot;
    struct buf *bytes, *scratch;
    bool is_any;
};

static void collect(struct json value, void *ctx)
{
    struct collector *c = ctx;
    bool is_name = c->slot->fields[0]->is_names;
    struct str text = is_name ? json_key(value) : scalar_text(value, c->scratch);
    if (!text.s) {
        return;
    }
    c->is_any = true;
    if (is_list(c->slot)) {
        put_sized(c->bytes, text, c->slot->fold);
    } else {
        put_folded(c->bytes, text, c->slot->fold);
    }
}

static int by_bytes(const void *a, const void *b)
{
    return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

/* Appends `found` (texts behind their lengths) sorted and each once: a list may name one thing
 * twice, and the order of a set means nothing. */
static void put_set(struct buf *out, struct str found)
{
    size_t n = 0;
    struct str text, rest = found;
    while (sized_next(&text, &rest)) {
        n++;
    }
    struct str *at = MEM_ARRAY(n, struct str);
    rest = found;
    for (size_t i = 0; i < n && sized_next(&text, &rest); i++) {
        at[i] = text;
    }
    qsort(at, n, sizeof *at, by_bytes);
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || !str_eq(at[i], at[i - 1])) {
            put_sized(out, at[i], (struct fold){0});
        }
    }
    mem_free(at);
}

static bool put_texts(struct buf *out, const struct slot *slot, struct json value,
                      struct buf *scratch)
{
    struct buf found = {0};
    struct collector c = {slot, is_list(slot) ? &found : out, scratch, false};
    field_each(slot->fields[0], value, collect, &c);
    if (found.len) {
        put_set(out, buf_str(&found));
    }
    buf_done(&found);
    return c.is_any;
}

static bool put_key(struct buf *out, const struct slot *slot, struct json value,
                    struct buf *scratch)
{
    switch (slot->kind) {
    case SLOT_JOINT:
        return put_joint(out, slot, value, scratch);
    case SLOT_TEXTS:
        return put_texts(out, slot, value, scratch);
    case SLOT_SORT: {
        struct str text = scalar_text(field_find(slot->fields[0], value), scratch);
        if (text.s) {
            slot_put_sort_text(out, slot, text);
        }
        return true;
    }
    }
    unreachable();
}

bool slot_put(struct buf *out, const struct slot *slot, struct json value)
{
    struct buf scratch = {0};
    bool is_there = put_key(out, slot, value, &scratch);
    buf_done(&scratch);
    return is_there;
}

void entity_put_id(struct buf *out, const struct resource *r, struct json value)
{
    struct buf scratch = {0};
    if (r->id_make == ID_JOIN) {
        for (size_t i = 0; i < r->n_id_join; i++) {
            buf_put(out, i ? STR("/") : STR(""));
            buf_put(out, scalar_text(field_find(r->id_join[i], value), &scratch));
        }
    } else if (r->id_field) {
        buf_put(out, scalar_text(field_find(r->id_field, value), &scratch));
    }
    buf_done(&scratch);
}

static bool is_member(const struct resource *r, struct str name)
{
    if (r->member_index.count) {
        return map_get(&r->member_index, name) != NULL;
    }
    for (size_t i = 0; i < r->n_members; i++) {
        if (str_eq(r->members[i], name)) {
            return true;
        }
    }
    return false;
}

static void put_member(struct buf *out, size_t mark, struct str name, struct json v)
{
    buf_put_char(out, out->len == mark ? '{' : ',');
    buf_put_json_string(out, name);
    buf_put_char(out, ':');
    json_put(out, v);
}

void entity_put_text(struct buf *out, const struct resource *r, struct json value)
{
    size_t mark = out->len, n = 0;
    for (size_t i = 0; i < r->n_members; i++) {
        struct json v = json_get(value, r->members[i]);
        if (json_exists(v)) {
            put_member(out, mark, r->members[i], v);
            n++;
        }
    }
    struct json rest = n < json_count(value) ? json_first(value) : (struct json){0};
    for (struct json v = rest; json_exists(v); v = json_next(v)) {
        if (!is_member(r, json_key(v))) {
            put_member(out, mark, json_key(v), v);
        }
    }
    if (out->len == mark) {
        buf_put_char(out, '{');
    }
    buf_put_char(out, '}');
}

/* Puts the key at bytes that stand earlier in the box: of another key, or in id or text. */
static bool share_key(struct key *keys, size_t i, const char *bytes, size_t from)
{
    struct key *key = &keys[i];
    for (size_t k = 0; k < i; k++) {
        if (keys[k].at && keys[k].len == key->len &&
            memcmp(bytes + keys[k].at, bytes + key->at, key->len) == 0) {
            key->at = keys[k].at;
            return true;
        }
    }
    const char *there = key->len < SHARED_LEAST
                            ? NULL
                            : memmem(bytes + from, key->at - from, bytes + key->at, key->len);
    if (there) {
        key->at = (uint32_t)(there - bytes);
    }
    return there != NULL;
}

const struct entity *entity_new(const struct layout *layout, struct json value, int64_t version,
                                struct entity_times times)
{
    size_t head = sizeof(struct box) + layout->n_slots * sizeof(struct key);
    struct buf all = {0}, scratch = {0};
    buf_reserve(&all, head + 512);
    memset(all.s, 0, head);
    all.len = head;
    entity_put_text(&all, layout->resource, value);
    size_t text_end = all.len;
    buf_put_char(&all, '\0'); /* saves the reader of the text a copy */
    struct key id = {(uint32_t)all.len, 0};
    entity_put_id(&all, layout->resource, value);
    id.len = (uint32_t)all.len - id.at;
    if (share_key(&id, 0, all.s, head)) {
        all.len = text_end + 1;
    }
    struct key *keys = MEM_ARRAY(layout->n_slots, struct key);
    for (size_t i = 0; i < layout->n_slots; i++) {
        size_t mark = all.len;
        if (!put_key(&all, &layout->slots[i], value, &scratch)) {
            continue;
        }
        keys[i] = (struct key){(uint32_t)mark, (uint32_t)(all.len - mark)};
        if (share_key(keys, i, all.s, head)) {
            all.len = mark;
        }
    }
    assert(all.len < UINT32_MAX); /* a document is at most JSON_BYTES_MAX */
    struct box *box = mem_resize(NULL, 1, all.len);
    memcpy(box, all.s, all.len);
    const char *bytes = (const char *)box;
    box->entity = (struct entity){
        .id = {bytes + id.at, id.len},
        .text = {bytes + head, text_end - head},
        .version = version,
        .age = times.age,
        .created_us = times.created_us,
        .changed_us = times.changed_us,
    };
    atomic_init(&box->refs, 1);
    box->n_keys = (uint32_t)layout->n_slots;
    if (layout->n_slots) {
        memcpy(box->keys, keys, layout->n_slots * sizeof *keys);
    }
    mem_free(keys);
    buf_done(&scratch);
    buf_done(&all);
    return &box->entity;
}

struct str entity_key(const struct entity *e, size_t slot)
{
    const struct box *box = (const struct box *)e;
    assert(slot < box->n_keys);
    struct key key = box->keys[slot];
    return key.at ? (struct str){(const char *)box + key.at, key.len} : (struct str){0};
}

const struct entity *entity_hold(const struct entity *e)
{
    /* The count is no part of the value: it changes under readers too. */
    struct box *box = (struct box *)(uintptr_t)e;
    atomic_fetch_add_explicit(&box->refs, 1, memory_order_relaxed);
    return e;
}

void entity_drop(const struct entity *e)
{
    struct box *box = (struct box *)(uintptr_t)e;
    if (box && atomic_fetch_sub_explicit(&box->refs, 1, memory_order_acq_rel) == 1) {
        mem_free(box);
    }
}
