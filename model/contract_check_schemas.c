/* Schemas that are about themselves before they are about anything else: {"$ref": "#/…/itself"}, or the
 * same by way of allOf and its like. No value could ever be checked against them. */
#include "model/contract_int.h"

enum { DEPTH_MAX = 500 };

enum state { STATE_OPEN = 1, STATE_DONE };

struct search {
    struct loader *l;
    struct map states; /* by place in the document: an enum state */
    size_t depth;
};

static const enum state open_state = STATE_OPEN, done_state = STATE_DONE;

static void mark(struct search *s, struct json v, const enum state *state)
{
    struct str key = str_copy(s->l->a, (struct str){(const char *)&v.at, sizeof v.at});
    map_put(&s->states, key, (void *)(uintptr_t)state);
}

static const enum state *state_of(const struct search *s, struct json v)
{
    return map_get(&s->states, (struct str){(const char *)&v.at, sizeof v.at});
}

static void visit(struct search *s, struct json schema);

static void visit_all(struct search *s, struct json branches)
{
    for (struct json b = json_first(branches); json_exists(b); b = json_next(b)) {
        visit(s, b);
    }
}

static void visit_ref(struct search *s, struct json ref)
{
    struct str text = json_str_or(ref, STR(""));
    if (!str_starts(text, STR("#/"))) {
        return;
    }
    struct json to = json_pointer_find(s->l->root, str_slice(text, 1, text.len));
    const enum state *state = json_exists(to) ? state_of(s, to) : NULL;
    if (state && *state == STATE_OPEN) {
        load_bad(s->l, ref, "this schema comes back to itself without end");
    } else if (json_exists(to)) {
        visit(s, to);
    }
}

static void visit(struct search *s, struct json schema)
{
    static const char *const lists[] = {"allOf", "anyOf", "oneOf"}, *const singles[] = {"not", "if",
                                                                                        "then",
                                                                                        "else"};
    if (json_kind(schema) != JSON_OBJECT || state_of(s, schema)) {
        return;
    }
    if (s->depth == DEPTH_MAX) {
        load_bad(s->l, schema, "more than %d schemas lead to this one", DEPTH_MAX);
        return;
    }
    s->depth++;
    mark(s, schema, &open_state);
    visit_ref(s, json_get(schema, STR("$ref")));
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        visit_all(s, json_get(schema, str_of(lists[i])));
    }
    for (size_t i = 0; i < sizeof singles / sizeof *singles; i++) {
        visit(s, json_get(schema, str_of(singles[i])));
    }
    mark(s, schema, &done_state);
    s->depth--;
}

void load_check_schemas(struct loader *l)
{
    struct search s = {.l = l};
    struct json all = json_path(l->root, STR("components.schemas"));
    visit_all(&s, all);
    map_done(&s.states);
}
