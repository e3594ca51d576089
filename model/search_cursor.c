/* Pages of found entities: by number, or by a cursor, which is the place of the last entity seen:
 * what comes or goes before it moves nothing. */
#include "model/page_int.h"
#include "model/search_int.h"

enum { KEY_BYTES = 8 };

/* Stands for the search: all that the body says but for the page. */
static uint64_t salt_of(const struct search_reader *r)
{
    const struct search_rule *rule = r->rule;
    uint64_t salt = str_hash(rule->name);
    for (struct json m = json_first(r->body); json_exists(m); m = json_next(m)) {
        bool is_page = (rule->cursor && str_eq(json_key(m), rule->cursor->parts[0])) ||
                       (rule->size && str_eq(json_key(m), rule->size->parts[0]));
        if (!is_page) {
            salt = str_hash_seeded(json_source(m), str_hash_seeded(json_key(m), salt));
        }
    }
    return salt;
}

bool search_read_cursor(struct search_reader *r)
{
    struct json v = r->rule->cursor ? field_find(r->rule->cursor, r->body) : (struct json){0};
    struct str text = json_str_or(v, STR(""));
    struct search_plan *plan = r->plan;
    struct cursor cursor = {0};
    plan->cursor_salt = r->rule->cursor ? salt_of(r) : 0;
    if (!json_exists(v) || json_kind(v) == JSON_NULL) {
        return true;
    }
    if (!cursor_read(&cursor, r->a, text, plan->cursor_salt) || cursor.key.len != KEY_BYTES) {
        return search_bad(r, v, "Q604", "query.cursor", STR(""),
                          "this is no cursor of this search");
    }
    uint64_t word = 0;
    for (size_t i = 0; i < KEY_BYTES; i++) {
        word = word << 8 | (unsigned char)cursor.key.s[i];
    }
    plan->has_cursor = true;
    plan->after_us = (int64_t)word;
    plan->after_age = cursor.age;
    return true;
}

static struct str cursor_of(struct arena *a, const struct search_plan *plan,
                            const struct search_found *last)
{
    char key[KEY_BYTES];
    for (size_t i = 0; i < KEY_BYTES; i++) {
        key[i] = (char)(unsigned char)((uint64_t)last->at_us >> (56 - 8 * i) & 0xFF);
    }
    struct cursor cursor = {{key, KEY_BYTES}, last->entity->age};
    return cursor_text(a, &cursor, plan->cursor_salt);
}

static bool is_behind_cursor(const struct search_plan *plan, const struct search_found *f)
{
    if (f->at_us != plan->after_us) {
        return (f->at_us > plan->after_us) != plan->is_descending;
    }
    return f->entity->age > plan->after_age;
}

struct search_page search_page(struct arena *a, const struct search_plan *plan,
                               const struct tenant *t, int64_t now_us)
{
    const struct search_found *all = NULL;
    size_t n = search_find(&all, a, plan, t, now_us), from = 0;
    int64_t skip = 0;
    struct search_page page = {.total = n};
    while (plan->has_cursor && from < n && !is_behind_cursor(plan, &all[from])) {
        from++;
    }
    if (!plan->has_cursor &&
        __builtin_mul_overflow(plan->number - plan->rule->number_first, plan->size, &skip)) {
        skip = INT64_MAX;
    }
    from = (uint64_t)skip < n - from ? from + (size_t)skip : n;
    page.n = n - from < (uint64_t)plan->size ? n - from : (size_t)plan->size;
    const struct entity **at = ARENA_ARRAY(a, page.n + 1, const struct entity *);
    for (size_t i = 0; i < page.n; i++) {
        at[i] = all[from + i].entity;
    }
    page.at = at;
    if (plan->rule->cursor && page.n && from + page.n < n) {
        page.next = cursor_of(a, plan, &all[from + page.n - 1]);
    }
    return page;
}
