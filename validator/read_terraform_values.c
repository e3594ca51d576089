/* The attributes of a resource in Terraform's JSON. `unknown` mirrors their shape and holds true where a
 * value is known only after the plan was applied; expressions ("${…}") are as little known. Either is
 * left out and named. */
#include "validator/read_terraform_int.h"

#include <string.h>

static void unknown_add(struct terraform_reader *t, size_t change, struct str attribute,
                        struct json at, struct str why)
{
    struct terraform_change *c = &t->changes[change];
    const struct terraform_unknown *last =
        t->n_unknowns > 0 ? &t->unknowns[t->n_unknowns - 1] : NULL;
    if (last != NULL && last->change == change && str_eq(last->attribute, attribute)) {
        return; /* one of a list's values is named once */
    }
    if (t->unknowns == NULL || t->n_unknowns == t->unknowns_cap) {
        size_t cap = t->unknowns_cap > 0 ? t->unknowns_cap * 2 : 16;
        struct terraform_unknown *more = ARENA_ARRAY(t->arena, cap, struct terraform_unknown);
        if (t->unknowns != NULL) {
            memcpy(more, t->unknowns, t->n_unknowns * sizeof *more);
        }
        t->unknowns = more;
        t->unknowns_cap = cap;
    }
    t->unknowns[t->n_unknowns++] = (struct terraform_unknown){
        .change = change, .attribute = attribute, .at = json_exists(at) ? at : c->at, .why = why};
    c->n_unknown++;
}

/* --- expressions --- */

/* "$${" is a plain "${"; so is "%%{". */
static bool is_expression(struct str s)
{
    for (size_t i = 0; i + 1 < s.len; i++) {
        bool is_mark = (s.s[i] == '$' || s.s[i] == '%') && s.s[i + 1] == '{';
        if (is_mark && (i == 0 || s.s[i - 1] != s.s[i])) {
            return true;
        }
    }
    return false;
}

/* "${type.name.id}" names a resource: "type.name"; else "". */
static struct str address_of(struct str s)
{
    if (!str_starts(s, STR("${")) || !str_ends(s, STR(".id}"))) {
        return STR("");
    }
    struct str address = str_slice(s, 2, s.len - 4);
    size_t dots = 0;
    for (size_t i = 0; i < address.len; i++) {
        char c = address.s[i];
        bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                        (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
        if (!is_plain) {
            return STR("");
        }
        dots += c == '.';
    }
    return dots == 1 ? address : STR("");
}

/* --- the entity --- */

static void value_copy(struct json_maker *m, struct json v)
{
    struct span at = json_span(v);
    enum json_kind kind = json_kind(v);
    if (kind == JSON_STRING) {
        json_make_string(m, json_str(v), at);
    } else if (kind == JSON_ARRAY || kind == JSON_OBJECT) {
        json_make_open(m, kind, at.from);
        for (struct json i = json_first(v); json_exists(i); i = json_next(i)) {
            if (kind == JSON_OBJECT) {
                json_make_key(m, json_key(i), json_key_span(i));
            }
            value_copy(m, i);
        }
        json_make_close(m, at.to);
    } else {
        json_make_literal(m, json_literal(v), at);
    }
}

/* Is the attribute, or something in it or around it, not known? */
static bool has_unknown(struct json v)
{
    if (json_kind(v) == JSON_BOOL) {
        return json_is_true(v);
    }
    for (struct json m = json_first(v); json_exists(m); m = json_next(m)) {
        if (has_unknown(m)) {
            return true;
        }
    }
    return false;
}

static bool is_unknown_at(const struct field_path *path, struct json unknown)
{
    for (size_t i = 0; i < path->n && !json_is_true(unknown); i++) {
        unknown = json_get(unknown, path->parts[i]);
    }
    return has_unknown(unknown);
}

/* Blocks are lists of one in plans and states. */
static struct json attribute_at(const struct field_path *path, struct json v)
{
    for (size_t i = 0; i < path->n; i++) {
        v = json_kind(v) == JSON_ARRAY && json_count(v) == 1 ? json_first(v) : v;
        v = json_get(v, path->parts[i]);
    }
    return v;
}

static void entity_make(struct terraform_reader *t, size_t change, struct json unknown)
{
    const struct terraform_change *c = &t->changes[change];
    struct span whole = json_span(c->after);
    struct read_paths paths = {.maker = &t->maker, .prefix = STR("")};
    json_make_open(&t->maker, JSON_OBJECT, whole.from);
    for (size_t i = 0; i < c->type->n_fields; i++) {
        const struct terraform_field *field = &c->type->fields[i];
        struct json v = attribute_at(field->attribute, c->after);
        if (is_unknown_at(field->attribute, unknown)) {
            unknown_add(t, change, field->attribute->text, v, STR("known after apply"));
            continue;
        }
        if (!json_exists(v) || json_kind(v) == JSON_NULL) {
            continue;
        }
        if (is_expression(json_str_or(v, STR("")))) {
            unknown_add(t, change, field->attribute->text, v, STR("an expression"));
            continue;
        }
        struct span at = json_span(v);
        read_paths_turn(&paths, field->field->text, json_key_span(v), at.from);
        value_copy(&t->maker, v);
        paths.to = at.to;
    }
    read_paths_end(&paths);
    json_make_close(&t->maker, whole.to);
}

/* --- what it names --- */

struct walk {
    struct terraform_reader *t;
    size_t change;
    const struct terraform_reference *rule;
};

static void use_add(const struct walk *w, struct json v)
{
    struct terraform_reader *t = w->t;
    struct str text = json_str_or(v, STR(""));
    struct str address = address_of(text);
    for (size_t i = 0; i < w->rule->n_except; i++) {
        if (str_eq(text, w->rule->except[i])) {
            return;
        }
    }
    if (json_kind(v) != JSON_STRING || text.len == 0) {
        return;
    }
    if (is_expression(text) && address.len == 0) {
        unknown_add(t, w->change, w->rule->attribute->text, v, STR("an expression"));
        return;
    }
    if (t->uses == NULL || t->n_uses == t->uses_cap) {
        size_t cap = t->uses_cap > 0 ? t->uses_cap * 2 : 16;
        struct terraform_use *more = ARENA_ARRAY(t->arena, cap, struct terraform_use);
        if (t->uses != NULL) {
            memcpy(more, t->uses, t->n_uses * sizeof *more);
        }
        t->uses = more;
        t->uses_cap = cap;
    }
    t->uses[t->n_uses++] = (struct terraform_use){.rule = w->rule, .value = v, .address = address};
}

static void uses_walk(const struct walk *w, size_t part, struct json v, struct json unknown,
                      struct json near);

/* Items of a list; a block that is no list stands for itself. */
static void items_walk(const struct walk *w, size_t part, struct json v, struct json unknown,
                       struct json near)
{
    bool is_list = json_kind(v) == JSON_ARRAY;
    if (!is_list && json_exists(v) && json_kind(v) != JSON_NULL) {
        uses_walk(w, part, v, unknown, near);
        return;
    }
    struct json item = json_first(is_list ? v : (struct json){.doc = NULL});
    struct json dark =
        json_kind(unknown) == JSON_ARRAY ? json_first(unknown) : (struct json){.doc = NULL};
    while (json_exists(item) || json_exists(dark)) {
        uses_walk(w, part, item, dark, near);
        item = json_next(item);
        dark = json_next(dark);
    }
}

static void uses_walk(const struct walk *w, size_t part, struct json v, struct json unknown,
                      struct json near)
{
    near = json_exists(v) ? v : near;
    if (json_is_true(unknown)) {
        unknown_add(w->t, w->change, w->rule->attribute->text, near, STR("known after apply"));
    } else if (part == w->rule->attribute->n) {
        use_add(w, v);
    } else if (w->rule->attribute->parts[part].len == 0) {
        items_walk(w, part + 1, v, unknown, near);
    } else {
        struct str name = w->rule->attribute->parts[part];
        uses_walk(w, part + 1, json_get(v, name), json_get(unknown, name), near);
    }
}

void terraform_values(struct terraform_reader *t, size_t change, struct json unknown)
{
    struct terraform_change *c = &t->changes[change];
    t->uses = NULL;
    t->n_uses = t->uses_cap = 0;
    bool has_entity = c->type->resource != NULL && json_exists(c->after);
    if (has_entity) {
        entity_make(t, change, unknown);
    }
    struct json from = json_exists(c->after) ? c->after : c->before;
    for (size_t i = 0; i < c->type->n_references; i++) {
        struct walk w = {.t = t, .change = change, .rule = &c->type->references[i]};
        uses_walk(&w, 0, from, unknown, from);
    }
    c->uses = t->uses;
    c->n_uses = t->n_uses;
}

bool terraform_entities(struct terraform_reader *t, struct err *err)
{
    const struct json_doc *doc = NULL;
    struct json_limits limits = {.allow_duplicate_keys = true}; /* told when the text was read */
    if (!json_make_done(&doc, &t->maker, &limits, NULL, err)) {
        return false;
    }
    struct json entity = json_first(json_root(doc));
    for (size_t i = 0; i < t->n_changes; i++) {
        struct terraform_change *c = &t->changes[i];
        if (c->type->resource != NULL && json_exists(c->after)) {
            c->entity = entity;
            entity = json_next(entity);
        }
    }
    return true;
}
