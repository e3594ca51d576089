/* The shape of a body: what its JSON Schema refuses, members that nobody knows, members that only
 * the server sets, and items that appear twice in one batch. Needs no tenant. */
#include "validator/validator_int.h"

struct shape {
    const struct body_check *check;
    struct findings *fs;
    struct json body;
    size_t errors; /* added here */
};

/* Where the operation's own body is: it may be wrapped in an object. */
static struct json unwrapped(const struct operation *op, struct json body)
{
    return op->wrap.len ? json_get(body, op->wrap) : body;
}

static size_t item_of(const struct operation *op, struct json body, const struct finding *f)
{
    struct str rest = f->pointer, head;
    uint64_t item = 0;
    body = unwrapped(op, body);
    if (op->wrap.len && rest.len > 1) { /* "/codes/0/name" */
        rest = str_slice(rest, 1, rest.len);
        rest = str_slice(rest, str_find_char(rest, '/'), rest.len);
    }
    if (json_kind(body) != JSON_ARRAY || rest.len < 2 || rest.s[0] != '/') {
        return SIZE_MAX;
    }
    rest = str_slice(rest, 1, rest.len);
    return str_cut(&rest, '/', &head) && num_parse_u64(&item, head, 0, UINT32_MAX) ? (size_t)item
                                                                                   : SIZE_MAX;
}

static void add(struct shape *s, struct finding *f)
{
    f->item = item_of(s->check->op, s->body, f);
    if (s->check->resource) {
        f->name = s->check->resource->title;
    }
    if (f->severity == SEVERITY_ERROR) {
        s->errors++;
        finding_settle(s->check, f);
    }
    findings_add(s->fs, f);
}

static bool report(const struct schema_issue *issue, void *ctx)
{
    struct shape *s = ctx;
    bool is_root = issue->instance.at == s->body.at;
    struct str rule = issue_rule(issue, is_root);
    struct finding f = issue->keyword == SCHEMA_ADDITIONAL_PROPERTIES && json_exists(issue->member)
                           ? json_key_finding(s->fs, issue->member, rule, SEVERITY_ERROR)
                           : json_finding(s->fs, issue->instance, rule, SEVERITY_ERROR);
    issue_say(s->fs, &f, issue);
    add(s, &f);
    return true;
}

static void check_member(struct shape *s, struct json schema, struct json of, struct json member,
                         const struct member_look *known)
{
    const struct contract *c = s->check->contract;
    if (known->n == 0) {
        bool refuses = c->refuses_unknown_fields;
        struct finding f = json_key_finding(s->fs, member, STR("S102"),
                                            refuses ? SEVERITY_ERROR : SEVERITY_WARNING);
        struct str near = issue_nearest_member(schema, json_key(member));
        f.message = findings_text(s->fs, "\"%.*s\" is not a known member%s",
                                  STR_ARG(json_key(member)), refuses ? "" : "; it is ignored");
        f.hint = near.len ? findings_text(s->fs, "did you mean \"%.*s\"?", STR_ARG(near)) : STR("");
        if (near.len && !json_exists(json_get(of, near))) {
            f.replacement = near;
        }
        add(s, &f);
    } else if (known->is_read_only) {
        bool refuses = c->refuses_read_only_fields;
        struct finding f = json_key_finding(s->fs, member, STR("S112"),
                                            refuses ? SEVERITY_ERROR : SEVERITY_WARNING);
        f.message = findings_text(s->fs, "\"%.*s\" is set by the server%s",
                                  STR_ARG(json_key(member)), refuses ? "" : "; it is ignored");
        f.is_better_left_out = true;
        add(s, &f);
    }
}

/* Members that the schema does not name, or that are the server's. The depth is that of the body,
 * which the reader has bounded. */
static void check_members(struct shape *s, struct json schema, struct json value)
{
    const struct contract *c = s->check->contract;
    schema = contract_deref(c, schema);
    if (json_kind(value) == JSON_ARRAY) {
        struct json items = json_get(schema, STR("items"));
        for (struct json v = json_first(value); json_exists(items) && json_exists(v);
             v = json_next(v)) {
            check_members(s, items, v);
        }
        return;
    }
    if (json_kind(value) != JSON_OBJECT) {
        return;
    }
    for (struct json m = json_first(value); json_exists(m); m = json_next(m)) {
        struct member_look known = contract_member(c, schema, json_key(m));
        if (known.n || (known.has_names && !known.is_open)) {
            check_member(s, schema, value, m, &known);
        }
        if (known.n == 1) { /* of several, which one counts cannot be told from here */
            check_members(s, known.member, m);
        }
    }
}

/* The values of a unique rule in one item as one text; false if one is absent or null. */
static bool unique_key(struct buf *out, const struct unique_rule *rule, struct json item)
{
    for (size_t i = 0; i < rule->n; i++) {
        struct json v = field_find(rule->fields[i], item);
        if (!json_exists(v) || json_kind(v) == JSON_NULL) {
            return false;
        }
        struct buf text;
        buf_init(&text, out->arena);
        json_put(&text, v);
        struct str t = buf_str(&text);
        if (json_kind(v) == JSON_STRING && rule->fold.trims) {
            t = str_trim(json_str(v));
        }
        buf_put(out, rule->fold.ignores_case ? str_lower(out->arena, t) : t);
        buf_put_char(out, '\0');
    }
    return true;
}

static void check_batch_unique(struct shape *s, const struct unique_rule *rule)
{
    struct map seen = {0};
    size_t i = 0;
    struct json body = unwrapped(s->check->op, s->body);
    size_t n = json_count(body);
    struct json *items = ARENA_ARRAY(s->fs->arena, n + 1, struct json);
    for (struct json v = json_first(body); json_exists(v); v = json_next(v), i++) {
        items[i] = v;
        struct buf key;
        buf_init(&key, s->fs->arena);
        if (!unique_key(&key, rule, v)) {
            continue;
        }
        struct json *first = map_get(&seen, buf_str(&key));
        if (!first) {
            map_put(&seen, buf_str(&key), &items[i]);
            continue;
        }
        struct json at = field_find(rule->fields[rule->n - 1], v);
        struct finding f = json_finding(s->fs, at, STR("U201"), SEVERITY_ERROR);
        f.message = findings_text(s->fs, "\"%.*s\" %.*s is also that of item %zu of this request",
                                  STR_ARG(f.field), STR_ARG(f.value), (size_t)(first - items));
        f.expected = STR("a value that no other item has");
        struct finding there = json_finding(s->fs, field_find(rule->fields[rule->n - 1], *first),
                                            STR("U201"), SEVERITY_ERROR);
        f.related_message = STR("first here");
        f.related_pointer = there.pointer;
        f.related_line = there.line;
        f.related_column = there.column;
        add(s, &f);
    }
    map_done(&seen);
}

bool check_shape(const struct body_check *check, struct json body, struct findings *fs)
{
    struct shape s = {.check = check, .fs = fs, .body = body};
    const struct operation *op = check->op;
    if (op->body_schema && !schema_check(op->body_schema, check->run, body, NULL, NULL)) {
        schema_check(op->body_schema, check->run, body, report, &s);
    }
    if (json_exists(op->body_schema_source)) {
        check_members(&s, op->body_schema_source, body);
    }
    bool is_list = json_kind(unwrapped(op, body)) == JSON_ARRAY;
    if (s.errors == 0 && is_list && check->resource) {
        for (size_t i = 0; i < check->resource->n_unique; i++) {
            check_batch_unique(&s, &check->resource->unique[i]);
        }
    }
    return s.errors == 0;
}
