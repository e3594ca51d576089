/* What two tenants have in common and what not, as somebody who looks at them would say it: entities are told by their
 * names; ids, versions and times that the server made do not count. */
#include "replay/judge_int.h"

#include <stdlib.h>

enum { TOLD_MAX = 4 };

struct side {
    struct arena *a;
    const struct contract *c;
    struct json resources;
    struct map names; /* id → struct str, what stands for it */
};

/* Clients make or change its entities: else it is a log, or there for ever. */
static bool is_clients_own(const struct contract *c, const struct resource *r)
{
    static const enum action actions[] = {
        ACTION_CREATE,      ACTION_REPLACE,      ACTION_MERGE,       ACTION_BATCH, ACTION_LINK_ADD,
        ACTION_LINK_REMOVE, ACTION_LINK_REPLACE, ACTION_LINK_CHANGE, ACTION_ASSIGN};
    for (size_t i = 0; i < c->n_operations; i++) {
        for (size_t k = 0; k < sizeof actions / sizeof *actions; k++) {
            if (c->operations[i].resource == r && c->operations[i].action == actions[k]) {
                return true;
            }
        }
    }
    return false;
}

static struct str name_of(const struct resource *r, struct json entity)
{
    struct str name = r->name_field ? field_text(r->name_field, entity) : (struct str){NULL, 0};
    return name.s ? name : STR("one without a name");
}

static void learn_names(struct side *s)
{
    for (size_t i = 0; i < s->c->n_resources; i++) {
        const struct resource *r = &s->c->resources[i];
        struct json list = json_get(s->resources, r->name);
        for (struct json v = json_first(list); json_exists(v) && r->id_field; v = json_next(v)) {
            struct str id = field_text(r->id_field, v);
            struct buf text;
            buf_init(&text, s->a);
            buf_printf(&text, "%.*s %.*s", STR_ARG(r->title), STR_ARG(name_of(r, v)));
            if (id.s) {
                struct str *kept = ARENA_NEW(s->a, struct str);
                *kept = buf_str(&text);
                map_put(&s->names, str_copy(s->a, id), kept);
            }
        }
    }
}

static bool is_made_by_server(const struct resource *r, struct str member)
{
    struct json property = json_get(json_get(r->schema, STR("properties")), member);
    bool is_version = r->version_field && str_eq(r->version_field->text, member);
    bool is_id = r->id_field && str_eq(r->id_field->text, member);
    return is_id || is_version || json_is_true(json_get(property, STR("readOnly")));
}

static void put_essence(struct side *s, struct buf *out, struct json v, const struct resource *r)
{
    enum json_kind kind = json_kind(v);
    const struct str *known = kind == JSON_STRING ? map_get(&s->names, json_str(v)) : NULL;
    int64_t at_us = 0;
    if (known) {
        buf_put_json_string(out, *known);
        return;
    }
    if (kind == JSON_STRING && date_parse(&at_us, json_str(v)) && json_str(v).len > 10) {
        buf_put(out, STR("\"a time\""));
        return;
    }
    if (kind != JSON_OBJECT && kind != JSON_ARRAY) {
        json_put(out, v);
        return;
    }
    buf_put_char(out, kind == JSON_OBJECT ? '{' : '[');
    for (struct json m = json_first(v); json_exists(m); m = json_next(m)) {
        if (kind == JSON_OBJECT && r && is_made_by_server(r, json_key(m))) {
            continue;
        }
        if (kind == JSON_OBJECT) {
            buf_put_json_string(out, json_key(m));
            buf_put_char(out, ':');
        }
        put_essence(s, out, m, NULL);
        buf_put_char(out, ',');
    }
    buf_put_char(out, kind == JSON_OBJECT ? '}' : ']');
}

struct essence {
    struct str text, name;
};

static int by_text(const void *a, const void *b)
{
    const struct essence *x = a, *y = b;
    return str_cmp(x->text, y->text);
}

static size_t essences(struct side *s, const struct resource *r, struct essence **out)
{
    struct json list = json_get(s->resources, r->name);
    size_t n = 0;
    struct essence *at = ARENA_ARRAY(s->a, json_count(list) + 1, struct essence);
    for (struct json v = json_first(list); json_exists(v); v = json_next(v)) {
        struct buf text;
        buf_init(&text, s->a);
        put_essence(s, &text, v, r);
        at[n++] = (struct essence){buf_str(&text), name_of(r, v)};
    }
    qsort(at, n, sizeof *at, by_text);
    *out = at;
    return n;
}

static void tell(struct buf *out, size_t *io_told, const struct resource *r, struct str name,
                 const char *what)
{
    if ((*io_told)++ < TOLD_MAX) {
        buf_printf(out, "%s%.*s \"%.*s\" %s", out->len ? "; " : "", STR_ARG(r->title),
                   STR_ARG(name), what);
    }
}

/* Is there an entity of that name on the list? */
static bool has_name(const struct essence *at, size_t n, struct str name)
{
    for (size_t i = 0; i < n; i++) {
        if (str_eq(at[i].name, name)) {
            return true;
        }
    }
    return false;
}

static void compare(struct buf *out, size_t *io_told, const struct resource *r,
                    const struct essence *a, size_t n_a, const struct essence *b, size_t n_b)
{
    size_t i = 0, k = 0;
    while (i < n_a || k < n_b) {
        int order = i == n_a ? 1 : k == n_b ? -1 : str_cmp(a[i].text, b[k].text);
        if (order == 0) {
            i++;
            k++;
        } else if (order < 0) {
            bool is_other = has_name(b, n_b, a[i].name);
            tell(out, io_told, r, a[i].name, is_other ? "is another one" : "is missing");
            i++;
        } else {
            if (!has_name(a, n_a, b[k].name)) {
                tell(out, io_told, r, b[k].name, "should not be there");
            } else if (n_b > n_a) {
                tell(out, io_told, r, b[k].name, "is there more than once");
            }
            k++;
        }
    }
}

struct str state_difference(struct arena *a, const struct contract *c, struct json one,
                            struct json other)
{
    struct side x = {a, c, json_get(one, STR("resources")), {0}};
    struct side y = {a, c, json_get(other, STR("resources")), {0}};
    struct buf out;
    size_t n_told = 0;
    buf_init(&out, a);
    learn_names(&x);
    learn_names(&y);
    for (size_t i = 0; i < c->n_resources; i++) {
        const struct resource *r = &c->resources[i];
        struct essence *of_x, *of_y;
        if (is_clients_own(c, r)) {
            size_t n_x = essences(&x, r, &of_x), n_y = essences(&y, r, &of_y);
            compare(&out, &n_told, r, of_x, n_x, of_y, n_y);
        }
    }
    map_done(&x.names);
    map_done(&y.names);
    if (n_told > TOLD_MAX) {
        buf_printf(&out, "; and %zu more", n_told - TOLD_MAX);
    }
    return buf_str(&out);
}
