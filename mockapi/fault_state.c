/* The state that a rule waits for: entities of a resource that there are, or are not, in the tenant
 * as the request finds it. */
#include "mockapi/fault_int.h"

static void add(struct findings *fs, struct json at, const char *rule, const char *message,
                const char *expected)
{
    struct finding f = json_finding(fs, at, str_of(rule), SEVERITY_ERROR);
    f.message = str_of(message);
    f.expected = str_of(expected);
    (void)findings_add(fs, &f);
}

static void find_resource(struct fault_rule *r, struct json v, struct findings *fs)
{
    const struct contract *c = r->contract;
    struct str word = json_str_or(v, STR(""));
    r->when.state.resource = word.len ? contract_resource(c, word) : NULL;
    if (r->when.state.resource) {
        return;
    }
    struct arena scratch;
    arena_init(&scratch, 0, 0);
    struct str *names = ARENA_ARRAY(&scratch, c->n_resources + 1, struct str);
    for (size_t i = 0; i < c->n_resources; i++) {
        names[i] = c->resources[i].name;
    }
    struct finding f = json_finding(fs, v, STR("F106"), SEVERITY_ERROR);
    f.message = STR("the profile has no resource of this name");
    size_t near = str_nearest(word, names, c->n_resources);
    if (near < c->n_resources) {
        f.hint = findings_text(fs, "did you mean \"%.*s\"?", STR_ARG(names[near]));
    }
    (void)findings_add(fs, &f);
    arena_done(&scratch);
}

static void read_text(struct fault_rule *r, struct json obj, struct str key, struct str *out,
                      struct findings *fs)
{
    struct json v = json_get(obj, key);
    if (!json_exists(v)) {
        return;
    }
    if (json_kind(v) != JSON_STRING || json_str(v).len == 0) {
        add(fs, v, "S103", "is not a text", "a text");
        return;
    }
    *out = str_copy(&r->arena, json_str(v));
}

void fault_state_read(struct fault_rule *r, struct json v, struct findings *fs)
{
    static const struct str known[] = {STR_INIT("resource"), STR_INIT("id"), STR_INIT("field"),
                                       STR_INIT("value"), STR_INIT("exists")};
    struct fault_state *s = &r->when.state;
    if (json_kind(v) != JSON_OBJECT) {
        add(fs, v, "S103", "is not an object", "{\"resource\": NAME, …}");
        return;
    }
    for (struct json m = json_first(v); json_exists(m); m = json_next(m)) {
        size_t i = 0;
        while (i < sizeof known / sizeof *known && !str_eq(json_key(m), known[i])) {
            i++;
        }
        if (i == sizeof known / sizeof *known) {
            add(fs, m, "S102", "no member of a state has this name",
                "resource, id, field, value, exists");
        }
    }
    struct json resource = json_get(v, STR("resource")), value = json_get(v, STR("value"));
    struct json exists = json_get(v, STR("exists"));
    find_resource(r, json_exists(resource) ? resource : v, fs);
    read_text(r, v, STR("id"), &s->id, fs);
    read_text(r, v, STR("field"), &s->field, fs);
    if (json_exists(value)) {
        struct buf text;
        buf_init(&text, &r->arena);
        json_put(&text, value);
        s->value = buf_str(&text);
    }
    if (s->value.len && !s->field.len) {
        add(fs, value, "F105", "a value of which field?", "\"field\" beside it");
    }
    if (json_exists(exists) && json_kind(exists) != JSON_BOOL) {
        add(fs, exists, "S103", "is not true or false", "true or false");
    }
    s->wants_absent = json_exists(exists) && !json_is_true(exists);
}

void fault_state_put(struct buf *out, const struct fault_state *s)
{
    if (!s->resource) {
        return;
    }
    buf_put(out, out->s[out->len - 1] == '{' ? STR("\"state\":{") : STR(",\"state\":{"));
    buf_put(out, STR("\"resource\":"));
    buf_put_json_string(out, s->resource->name);
    if (s->id.len) {
        buf_put(out, STR(",\"id\":"));
        buf_put_json_string(out, s->id);
    }
    if (s->field.len) {
        buf_put(out, STR(",\"field\":"));
        buf_put_json_string(out, s->field);
    }
    if (s->value.len) {
        buf_put(out, STR(",\"value\":"));
        buf_put(out, s->value);
    }
    buf_put(out, s->wants_absent ? STR(",\"exists\":false}") : STR("}"));
}

/* Entities and the rule's value come from the same writer: equal values have equal texts. */
static bool is_it(const struct fault_state *s, const struct entity *e)
{
    if (s->id.len && !str_eq(e->id, s->id)) {
        return false;
    }
    struct str value = s->field.len ? json_text_path(e->text, s->field) : (struct str){0};
    return !s->field.len || (value.s && (!s->value.len || str_eq(value, s->value)));
}

bool fault_state_holds(const struct fault_state *s, const struct request *rq)
{
    const struct entity *const *all = NULL;
    const struct template_query everything = {.resource = s->resource};
    bool is_there = false;
    if (!s->resource || !rq->tenant) {
        return !s->resource;
    }
    if (s->id.len) {
        const struct entity *e = tenant_find(rq->tenant, s->resource, s->id);
        is_there = e && is_it(s, e);
    } else if (!s->field.len) {
        is_there = tenant_count(rq->tenant, s->resource) > 0;
    } else {
        size_t n = tenant_select(&all, rq->arena, rq->tenant, &everything, NULL, INT64_MAX);
        for (size_t i = 0; i < n && !is_there; i++) {
            is_there = is_it(s, all[i]);
        }
    }
    return is_there != s->wants_absent;
}
