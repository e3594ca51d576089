/* Filters on one entity, and cursors.
 *
 * A cursor is base64url( check, age, key ): eight bytes each for the first two, then the bytes that
 * the order sorts by. It names a place between entities and not an entity: it stays good when the
 * entity is deleted. The check is a hash over all the rest and over the list that it belongs to;
 * it tells a cursor that was cut, changed or brought from another list, and is no secret. */
#include "model/page_int.h"

enum { WORD_BYTES = 8 };

static struct str star_cut(struct filter_test *test, struct str text)
{
    if (text.len && text.s[0] == '*') {
        test->is_open_left = true;
        text = str_slice(text, 1, text.len);
    }
    if (text.len && text.s[text.len - 1] == '*') {
        test->is_open_right = true;
        text = str_slice(text, 0, text.len - 1);
    }
    return text;
}

static void list_init(struct filter_test *test, struct arena *a, struct str value)
{
    size_t n = 1;
    for (size_t i = 0; i < value.len; i++) {
        n += value.s[i] == ',';
    }
    test->texts = ARENA_ARRAY(a, n, struct str);
    struct str text;
    while (str_cut(&value, ',', &text)) {
        test->texts[test->n++] = test->fold.trims ? str_trim(text) : text;
    }
}

/* The filter looks at the entities of another resource that name this one: `layout` becomes theirs.
 */
static void through_init(struct filter_test *test, const struct tenant *t,
                         const struct filter_rule *rule, const struct layout **layout)
{
    const struct layout *own = *layout;
    if (!rule->through) {
        return;
    }
    test->through = rule->through;
    test->tenant = t;
    test->of = rule->of;
    test->is_of_id = own->resource->id_field && field_same(own->resource->id_field, rule->of);
    test->of_slot = test->is_of_id ? SLOT_NONE : layout_texts(own, rule->of);
    test->of_kept = test->is_of_id ? NULL : &own->slots[test->of_slot];
    *layout = tenant_layout(t, rule->through->resource);
}

bool filter_test_init(struct filter_test *out, struct arena *a, const struct tenant *t,
                      const struct layout *layout, const struct page_filter *filter)
{
    const struct filter_rule *rule = filter->rule;
    *out = (struct filter_test){
        .field = rule->field, .fold = rule->fold, .is_negated = rule->is_negated};
    through_init(out, t, rule, &layout);
    const struct resource *r = layout->resource;
    out->slot = layout_texts(layout, rule->field);
    out->kept = out->slot == SLOT_NONE ? NULL : &layout->slots[out->slot];
    out->is_id = r->id_field && field_same(r->id_field, rule->field);
    if (rule->match == MATCH_IN || rule->match == MATCH_CONTAINS_ANY) {
        list_init(out, a, filter->value);
        out->is_open_left = out->is_open_right = rule->match == MATCH_CONTAINS_ANY;
        return true;
    }
    struct str text = filter->value;
    switch (rule->match) {
    case MATCH_WILDCARD:
        text = star_cut(out, text);
        if (text.len == 0 && out->is_open_left) {
            return false; /* "*" alone */
        }
        break;
    case MATCH_CONTAINS:
        out->is_open_left = out->is_open_right = true;
        break;
    case MATCH_PREFIX:
        out->is_open_right = true;
        break;
    case MATCH_PRESENT:
        out->is_presence = true;
        out->wants_presence = str_eq_fold(text, STR("true"));
        break;
    case MATCH_BOOL:
        out->is_flag = true;
        out->fold = (struct fold){true, true};
        break;
    case MATCH_SINCE:
    case MATCH_UNTIL:
        out->is_open_left = out->is_open_right = out->is_date = true;
        out->is_until = rule->match == MATCH_UNTIL;
        if (!date_parse(&out->bound_us, str_trim(text))) {
            return false; /* what is no date says nothing */
        }
        break;
    case MATCH_EQUAL:
    case MATCH_IN:
    case MATCH_CONTAINS_ANY:
        break;
    }
    out->texts = ARENA_NEW(a, struct str);
    out->texts[0] = out->fold.trims ? str_trim(text) : text;
    out->n = 1;
    return true;
}

static bool same(struct str a, struct str b, bool ignores_case)
{
    return ignores_case ? str_eq_fold(a, b) : str_eq(a, b);
}

static char folded(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

static bool contains(struct str text, struct str part, bool ignores_case)
{
    if (!ignores_case) {
        return part.len <= text.len && (part.len == 0 || str_find(text, part) < text.len);
    }
    if (part.len == 0) {
        return true;
    }
    char low = folded(part.s[0]);
    for (size_t i = 0; i + part.len <= text.len; i++) {
        if (folded(text.s[i]) == low && str_eq_fold(str_slice(text, i, i + part.len), part)) {
            return true;
        }
    }
    return false;
}

static bool text_holds(const struct filter_test *test, struct str text)
{
    bool ignores_case = test->fold.ignores_case;
    int64_t us;
    if (test->is_date) {
        return date_parse(&us, text) && (us < test->bound_us) == test->is_until;
    }
    text = test->fold.trims ? str_trim(text) : text;
    for (size_t i = 0; i < test->n; i++) {
        struct str part = test->texts[i];
        bool holds = false;
        if (test->is_open_left && test->is_open_right) {
            holds = contains(text, part, ignores_case);
        } else if (part.len > text.len) {
            holds = false;
        } else if (test->is_open_right) {
            holds = same(str_slice(text, 0, part.len), part, ignores_case);
        } else if (test->is_open_left) {
            holds = same(str_slice(text, text.len - part.len, text.len), part, ignores_case);
        } else {
            holds = same(text, part, ignores_case);
        }
        if (holds) {
            return true;
        }
    }
    return false;
}

static bool any_holds(const struct filter_test *test, struct texts texts)
{
    struct str text;
    bool is_there = false;
    if (test->is_presence) {
        return texts_next(&text, &texts) == test->wants_presence;
    }
    while (texts_next(&text, &texts)) {
        is_there = true;
        if (text_holds(test, text)) {
            return true;
        }
    }
    return !is_there && test->is_flag && text_holds(test, STR("false"));
}

static bool own_holds(const struct filter_test *test, const struct entity *e);

static bool other_holds(const struct entity *e, const void *ctx)
{
    return own_holds(ctx, e);
}

static bool through_holds(const struct filter_test *test, const struct entity *e)
{
    struct texts texts = {0};
    struct str text = e->id;
    if (test->is_of_id) {
        return tenant_any(test->tenant, test->through, &text, other_holds, test);
    }
    texts = slot_texts(test->of_kept, entity_key(e, test->of_slot));
    while (texts_next(&text, &texts)) {
        if (tenant_any(test->tenant, test->through, &text, other_holds, test)) {
            return true;
        }
    }
    return false;
}

bool filter_test_holds(const struct filter_test *test, const struct entity *e)
{
    return test->is_solved ||
           (test->through ? through_holds(test, e) : own_holds(test, e)) != test->is_negated;
}

static bool own_holds(const struct filter_test *test, const struct entity *e)
{
    if (test->is_id && test->is_presence) {
        return test->wants_presence;
    }
    if (test->is_id) {
        return text_holds(test, e->id);
    }
    if (test->slot != SLOT_NONE) {
        return any_holds(test, slot_texts(test->kept, entity_key(e, test->slot)));
    }
    struct arena arena;
    struct buf key = {0};
    struct slot slot = {SLOT_TEXTS, &test->field, 1, {0}, false};
    arena_init(&arena, 0, 0);
    bool is_there = slot_put(&key, &slot, entity_parse(&arena, e));
    struct texts texts = {0};
    if (is_there) {
        texts = slot_texts(&slot, key.s ? buf_str(&key) : STR(""));
    }
    bool holds = any_holds(test, texts);
    buf_done(&key);
    arena_done(&arena);
    return holds;
}

static void put_word(struct buf *out, uint64_t word)
{
    for (int shift = 56; shift >= 0; shift -= 8) {
        buf_put_char(out, (char)(unsigned char)(word >> shift & 0xFF));
    }
}

static uint64_t word_at(struct str bytes, size_t at)
{
    uint64_t word = 0;
    for (size_t i = 0; i < WORD_BYTES; i++) {
        word = word << 8 | (unsigned char)bytes.s[at + i];
    }
    return word;
}

struct str cursor_text(struct arena *a, const struct cursor *cursor, uint64_t salt)
{
    struct buf body, all, text;
    buf_init(&body, a);
    buf_init(&all, a);
    buf_init(&text, a);
    put_word(&body, cursor->age);
    buf_put(&body, cursor->key);
    put_word(&all, str_hash_seeded(buf_str(&body), salt));
    buf_put(&all, buf_str(&body));
    base64url_put(&text, buf_str(&all));
    return buf_str(&text);
}

bool cursor_read(struct cursor *out, struct arena *a, struct str text, uint64_t salt)
{
    struct str all;
    if (!base64url_decode(&all, a, text) || all.len < 2 * (size_t)WORD_BYTES) {
        return false;
    }
    struct str body = str_slice(all, WORD_BYTES, all.len);
    if (word_at(all, 0) != str_hash_seeded(body, salt)) {
        return false;
    }
    struct cursor cursor = {str_slice(body, WORD_BYTES, body.len), word_at(body, 0)};
    if (!str_eq(cursor_text(a, &cursor, salt), text)) {
        return false; /* another spelling of the same bytes is not ours */
    }
    *out = cursor;
    return true;
}
