/* What a tenant takes, and nobody means: names that look alike, blanks at the ends, codes that no queue has, consumers
 * of what is not there, circles. Of a snapshot, as a whole; blanks of a body too. */
#include "validator/check_int.h"

#include "validator/graph.h"

struct whole {
    struct check *c;
    struct json resources; /* of the snapshot */
    const struct deps *g;
    struct map places; /* of the resource at hand: id → struct json * */
    const struct resource *placed;
};

void check_blanks(struct check *c, const struct resource *r, struct json body)
{
    if (!r || !r->name_field) {
        return;
    }
    struct json name = field_find(r->name_field, body);
    struct str text = json_str_or(name, STR("")), plain = str_trim(text);
    if (plain.len == 0 || plain.len == text.len) {
        return;
    }
    struct finding f = check_finding(c, name, "S115", SEVERITY_WARNING);
    f.message =
        findings_text(c->fs, "the name begins or ends with a blank: in lists it looks like one "
                             "without");
    f.expected = plain;
    f.replacement = plain;
    findings_add(c->fs, &f);
}

/* Where the entity stands in the snapshot. One index a resource, made when it is first asked for. */
static struct json place_of(struct whole *w, const struct resource *r, struct str id)
{
    if (w->placed != r) {
        map_done(&w->places);
        w->places = (struct map){0};
        w->placed = r;
        struct json list = json_get(w->resources, r->name);
        for (struct json v = json_first(list); json_exists(v); v = json_next(v)) {
            struct str own = r->id_field ? field_text(r->id_field, v) : (struct str){NULL, 0};
            if (own.s) {
                struct json *kept = ARENA_NEW(w->c->arena, struct json);
                *kept = v;
                (void)map_put(&w->places, str_copy(w->c->arena, own), kept);
            }
        }
    }
    const struct json *found = map_get(&w->places, id);
    return found ? *found : json_get(w->resources, r->name);
}

static void about(struct whole *w, uint32_t node, struct json *out_at)
{
    const struct deps_node *n = deps_node(w->g, node);
    *out_at = n->resource ? place_of(w, n->resource, n->id) : w->resources;
    check_about(w->c, n->resource, n->id, n->name);
}

/* --- D504 --- */

static bool is_on_queue(const struct whole *w, uint32_t code, const struct resource *queues)
{
    for (size_t i = 0; i < deps_users_count(w->g, code); i++) {
        if (deps_node(w->g, deps_user(w->g, code, i)->from)->resource == queues) {
            return true;
        }
    }
    return false;
}

/* A queue of a code that says itself where it belongs is one that the code names. */
static bool names_queue(const struct whole *w, uint32_t code, const struct resource *queues)
{
    for (size_t i = 0; i < deps_uses_count(w->g, code); i++) {
        if (deps_node(w->g, deps_use(w->g, code, i)->to)->resource == queues) {
            return true;
        }
    }
    return false;
}

static void codes_on_no_queue(struct whole *w)
{
    const struct floor_rule *floor = w->c->contract->floor;
    const struct resource *codes = floor ? floor->codes.resource : NULL;
    const struct resource *queues = floor ? floor->queues.resource : NULL;
    if (!codes || !queues || !floor->assigned.n ||
        !json_exists(json_first(json_get(w->resources, queues->name)))) {
        return;
    }
    for (uint32_t i = 0; i < deps_node_count(w->g); i++) {
        const struct deps_node *n = deps_node(w->g, i);
        if (n->resource != codes || n->is_missing || is_on_queue(w, i, queues) ||
            names_queue(w, i, queues)) {
            continue;
        }
        struct json at;
        about(w, i, &at);
        struct finding f = check_finding(w->c, at, "D504", SEVERITY_WARNING);
        f.message = findings_text(w->c->fs, "\"%.*s\" is on no queue: no agent can choose it",
                                  STR_ARG(n->name));
        findings_add(w->c->fs, &f);
    }
}

/* --- D505, D506 --- */

static void consumers_of_nothing(struct whole *w)
{
    for (uint32_t i = 0; i < deps_node_count(w->g); i++) {
        const struct deps_node *n = deps_node(w->g, i);
        for (size_t k = 0; n->is_missing && k < deps_users_count(w->g, i); k++) {
            const struct deps_edge *e = deps_user(w->g, i, k);
            const struct deps_node *from = deps_node(w->g, e->from);
            struct json at;
            about(w, e->from, &at);
            struct finding f = check_finding(w->c, at, "D505", SEVERITY_ERROR);
            f.message = findings_text(w->c->fs,
                                      "%.*s \"%.*s\" names %.*s \"%.*s\" (%.*s), and there "
                                      "is none",
                                      STR_ARG(from->type), STR_ARG(from->name), STR_ARG(n->type),
                                      STR_ARG(n->name.len ? n->name : n->id), STR_ARG(e->pointer));
            f.other_id = n->id;
            findings_add(w->c->fs, &f);
        }
    }
}

static void circles(struct whole *w)
{
    const uint32_t *nodes = NULL;
    size_t n = deps_cycles(w->g, w->c->arena, &nodes);
    for (size_t i = 0; i < n; i++) {
        struct buf text;
        struct json at;
        buf_init(&text, w->c->arena);
        about(w, *nodes, &at);
        for (const uint32_t *first = nodes; *nodes != DEPS_NONE; nodes++) {
            buf_put(&text, nodes == first ? STR("") : STR(" → "));
            deps_put_node(&text, w->g, *nodes);
        }
        nodes++;
        struct finding f = check_finding(w->c, at, "D506", SEVERITY_ERROR);
        f.message = findings_text(w->c->fs, "these name each other in a circle: %.*s",
                                  STR_ARG(buf_str(&text)));
        findings_add(w->c->fs, &f);
    }
}

/* --- U203 --- */

/* Lower case (ASCII), one blank for many, none at the ends. */
static struct str folded(struct arena *a, struct str name)
{
    struct buf b;
    buf_init(&b, a);
    name = str_trim(name);
    for (size_t i = 0; i < name.len; i++) {
        char c = name.s[i];
        bool is_blank = c == ' ' || c == '\t';
        if (is_blank && b.len && b.s[b.len - 1] == ' ') {
            continue;
        }
        buf_put_char(&b, is_blank ? ' ' : c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c);
    }
    return buf_str(&b);
}

static bool is_name_unique(const struct resource *r)
{
    for (size_t i = 0; i < r->n_unique; i++) {
        const struct unique_rule *u = &r->unique[i];
        if (r->name_field && u->n == 1 && !u->is_batch_only &&
            str_eq(u->fields[0]->text, r->name_field->text)) {
            return true;
        }
    }
    return false;
}

static void names_alike(struct check *c, const struct resource *r, struct json list)
{
    struct map seen = {0}; /* folded → struct json * */
    for (struct json v = json_first(list); json_exists(v); v = json_next(v)) {
        struct json at = field_find(r->name_field, v);
        struct str name = json_str_or(at, STR(""));
        if (!name.len) {
            continue;
        }
        struct str key = folded(c->arena, name);
        const struct json *first = map_get(&seen, key);
        if (!first) {
            struct json *kept = ARENA_NEW(c->arena, struct json);
            *kept = at;
            (void)map_put(&seen, key, kept);
            continue;
        }
        struct str id = r->id_field ? field_text(r->id_field, v) : STR("");
        check_about(c, r, id.s ? id : STR(""), name);
        struct finding f = check_finding(c, at, "U203", SEVERITY_WARNING);
        struct finding there = json_finding(c->fs, *first, STR("U203"), SEVERITY_NOTE);
        f.message = findings_text(c->fs, "\"%.*s\" differs from \"%.*s\" only in case or blanks",
                                  STR_ARG(name), STR_ARG(json_str(*first)));
        f.related_message = STR("the other one stands here");
        f.related_pointer = there.pointer;
        f.related_line = there.line;
        f.related_column = there.column;
        findings_add(c->fs, &f);
    }
    map_done(&seen);
}

void check_whole(struct check *c, const struct tenant *t, struct json root)
{
    struct deps *g = deps_build(t);
    struct whole w = {.c = c, .resources = json_get(root, STR("resources")), .g = g};
    for (size_t i = 0; i < c->contract->n_resources; i++) {
        const struct resource *r = &c->contract->resources[i];
        struct json list = json_get(w.resources, r->name);
        if (!r->name_field || !json_exists(list)) {
            continue;
        }
        for (struct json v = json_first(list); json_exists(v); v = json_next(v)) {
            struct str id = r->id_field ? field_text(r->id_field, v) : STR("");
            check_about(c, r, id.s ? id : STR(""), STR(""));
            check_blanks(c, r, v);
            check_offsets(c, r, v);
        }
        check_overlaps(c, r, list);
        if (is_name_unique(r)) {
            names_alike(c, r, list);
        }
    }
    codes_on_no_queue(&w);
    consumers_of_nothing(&w);
    circles(&w);
    map_done(&w.places);
    deps_free(g);
}
