/* The shape of a body: what its JSON Schema refuses, members that nobody knows, members that only
 * the server sets, and items that appear twice in one batch. Needs no tenant. */
#include "validator/validator_int.h"

struct shape {
    const struct body_check *check;
    struct findings *fs;
    struct json body;
    size_t errors; /* added here */
};

/* Members of the schema that can be told without running it: through $ref, to an object with
 * properties. */
static struct json deref(const struct contract *c, struct json schema)
{
    enum { HOPS_MAX = 16 };
    struct json root = json_root(c->doc);
    for (int i = 0; i < HOPS_MAX; i++) {
        struct json ref = json_get(schema, STR("$ref"));
        if (json_kind(ref) != JSON_STRING || json_exists(json_get(schema, STR("properties")))) {
            break;
        }
        struct str target = json_str(ref);
        if (!str_starts(target, STR("#/"))) {
            break;
        }
        schema = json_pointer_find(root, str_slice(target, 1, target.len));
    }
    return schema;
}

/* "a, b, c" of an enum's values, or one constant. */
static struct str list_values(struct findings *fs, struct json values)
{
    struct buf out;
    buf_init(&out, fs->arena);
    if (json_kind(values) != JSON_ARRAY) {
        json_put(&out, values);
        return buf_str(&out);
    }
    for (struct json v = json_first(values); json_exists(v); v = json_next(v)) {
        if (out.len) {
            buf_put(&out, STR(", "));
        }
        if (json_kind(v) == JSON_STRING) {
            buf_put(&out, json_str(v));
        } else {
            json_put(&out, v);
        }
    }
    return buf_str(&out);
}

/* The value of an enum that is nearest to a wrong one, "" if none is near. */
static struct str nearest_value(struct json values, struct str wrong)
{
    enum { NEAR_MAX = 64 };
    struct str words[NEAR_MAX];
    size_t n = 0;
    for (struct json v = json_first(values); json_exists(v) && n < NEAR_MAX; v = json_next(v)) {
        if (json_kind(v) == JSON_STRING) {
            words[n++] = json_str(v);
        }
    }
    size_t at = str_nearest(wrong, words, n);
    return at < n ? words[at] : STR("");
}

static struct str nearest_member(struct json schema, struct str wrong)
{
    enum { NEAR_MAX = 128 };
    struct str words[NEAR_MAX];
    size_t n = 0;
    struct json properties = json_get(schema, STR("properties"));
    for (struct json m = json_first(properties); json_exists(m) && n < NEAR_MAX; m = json_next(m)) {
        words[n++] = json_key(m);
    }
    size_t at = str_nearest(wrong, words, n);
    return at < n ? words[at] : STR("");
}

struct str issue_rule(const struct schema_issue *issue, bool is_root)
{
    switch (issue->keyword) {
    case SCHEMA_REQUIRED:
    case SCHEMA_DEPENDENT_REQUIRED:
        return STR("S101");
    case SCHEMA_ADDITIONAL_PROPERTIES:
        return STR("S102");
    case SCHEMA_TYPE:
        return STR("S103");
    case SCHEMA_MAX_LENGTH:
        return STR("S104");
    case SCHEMA_MIN_LENGTH:
        return STR("S105");
    case SCHEMA_PATTERN:
        return STR("S106");
    case SCHEMA_ENUM:
    case SCHEMA_CONST:
        return STR("S107");
    case SCHEMA_MULTIPLE_OF:
    case SCHEMA_MAXIMUM:
    case SCHEMA_EXCLUSIVE_MAXIMUM:
    case SCHEMA_MINIMUM:
    case SCHEMA_EXCLUSIVE_MINIMUM:
    case SCHEMA_MAX_PROPERTIES:
    case SCHEMA_MIN_PROPERTIES:
        return STR("S108");
    case SCHEMA_MAX_ITEMS:
        return is_root ? STR("L302") : STR("S108");
    case SCHEMA_MIN_ITEMS:
        return STR("S108");
    case SCHEMA_FORMAT: {
        struct str format = json_str_or(issue->rule, STR(""));
        if (str_eq(format, STR("uuid"))) {
            return STR("S109");
        }
        return str_starts(format, STR("date")) || str_eq(format, STR("time")) ? STR("S110")
                                                                              : STR("S106");
    }
    case SCHEMA_UNIQUE_ITEMS:
        return STR("S111");
    case SCHEMA_MATCH_LIMIT:
        return STR("K905");
    case SCHEMA_DEPTH:
        return STR("J005");
    case SCHEMA_FALSE:
    case SCHEMA_CONTAINS:
    case SCHEMA_ADDITIONAL_ITEMS:
    case SCHEMA_PROPERTY_NAMES:
    case SCHEMA_ANY_OF:
    case SCHEMA_ONE_OF:
    case SCHEMA_NOT:
        return STR("S114");
    case SCHEMA_KEYWORD_COUNT:
        break;
    }
    unreachable();
}

/* What people call the value: its member name, "item 3", or "the body". */
static struct str subject(struct findings *fs, const struct finding *f)
{
    if (f->field.len == 0) {
        return STR("the body");
    }
    if (f->field.s[0] >= '0' && f->field.s[0] <= '9') {
        return findings_text(fs, "item %.*s", STR_ARG(f->field));
    }
    struct buf out;
    buf_init(&out, fs->arena);
    buf_put_quoted(&out, f->field);
    return buf_str(&out);
}

static struct str number_of(struct findings *fs, struct json rule)
{
    struct buf out;
    buf_init(&out, fs->arena);
    json_put(&out, rule);
    return buf_str(&out);
}

/* Fills message, expected and hint of a limit on a number or a size: "is 300; at most 256 is
 * allowed". */
static void say_bound(struct findings *fs, struct finding *f, const char *found, const char *bound,
                      struct str limit, const char *unit)
{
    struct str who = subject(fs, f);
    f->expected = findings_text(fs, "%s %.*s%s", bound, STR_ARG(limit), unit);
    f->message =
        findings_text(fs, "%.*s %s; expected %.*s", STR_ARG(who), found, STR_ARG(f->expected));
}

static void say_length(struct findings *fs, struct finding *f, const struct schema_issue *issue)
{
    size_t length = str_code_points(json_str(issue->instance));
    struct str found = findings_text(fs, "is %zu character%s long", length, length == 1 ? "" : "s");
    bool is_max = issue->keyword == SCHEMA_MAX_LENGTH;
    say_bound(fs, f, found.s, is_max ? "at most" : "at least", number_of(fs, issue->rule),
              " characters");
}

static void say_pattern(struct findings *fs, struct finding *f, const struct schema_issue *issue)
{
    struct str who = subject(fs, f);
    struct str text = json_str(issue->instance);
    struct str words = json_str_or(json_get(issue->schema, STR("description")), STR(""));
    f->expected = issue->keyword == SCHEMA_FORMAT
                      ? findings_text(fs, "the format %.*s", STR_ARG(json_str(issue->rule)))
                      : findings_text(fs, "a text that matches %.*s",
                                      STR_ARG(json_str_or(issue->rule, STR(""))));
    if (issue->keyword == SCHEMA_PATTERN && issue->bad_at < text.len) {
        struct buf bad;
        buf_init(&bad, fs->arena);
        size_t to = issue->bad_at + 1;
        while (to < text.len && ((unsigned char)text.s[to] & 0xC0) == 0x80) {
            to++;
        }
        buf_put_quoted(&bad, str_slice(text, issue->bad_at, to));
        f->message = findings_text(fs, "%.*s may not hold %.*s (character %zu); expected %.*s",
                                   STR_ARG(who), STR_ARG(buf_str(&bad)),
                                   str_code_points(str_slice(text, 0, issue->bad_at)) + 1,
                                   STR_ARG(f->expected));
    } else {
        f->message = findings_text(fs, "%.*s has the wrong form; expected %.*s", STR_ARG(who),
                                   STR_ARG(f->expected));
    }
    f->hint = words;
}

static void say_unknown(struct findings *fs, struct finding *f, const struct schema_issue *issue)
{
    struct str near = nearest_member(issue->schema, json_key(issue->member));
    f->message = findings_text(fs, "%.*s is not a known member", STR_ARG(subject(fs, f)));
    f->hint = near.len ? findings_text(fs, "did you mean \"%.*s\"?", STR_ARG(near)) : STR("");
}

static void say_type(struct findings *fs, struct finding *f, const struct schema_issue *issue)
{
    f->expected = json_kind(issue->rule) == JSON_STRING ? json_str(issue->rule)
                                                        : list_values(fs, issue->rule);
    f->message =
        findings_text(fs, "%.*s is %.*s; expected %.*s", STR_ARG(subject(fs, f)),
                      STR_ARG(json_kind_name(json_kind(issue->instance))), STR_ARG(f->expected));
}

static void say_list(struct findings *fs, struct finding *f, const struct schema_issue *issue)
{
    struct str near = nearest_value(issue->rule, json_str_or(issue->instance, STR("")));
    f->expected = list_values(fs, issue->rule);
    f->message = findings_text(fs, "%.*s is %.*s; allowed: %.*s", STR_ARG(subject(fs, f)),
                               STR_ARG(f->value), STR_ARG(f->expected));
    f->hint = near.len ? findings_text(fs, "did you mean \"%.*s\"?", STR_ARG(near)) : STR("");
}

static void say_count(struct findings *fs, struct finding *f, const struct schema_issue *issue)
{
    bool is_array = json_kind(issue->instance) == JSON_ARRAY;
    bool is_max = issue->keyword == SCHEMA_MAX_ITEMS || issue->keyword == SCHEMA_MAX_PROPERTIES;
    struct str found = findings_text(fs, "has %zu %s", json_count(issue->instance),
                                     is_array ? "items" : "members");
    say_bound(fs, f, found.s, is_max ? "at most" : "at least", number_of(fs, issue->rule), "");
}

static void say_other(struct findings *fs, struct finding *f, const struct schema_issue *issue)
{
    f->expected = json_str_or(json_get(issue->schema, STR("description")),
                              STR("another combination of members"));
    f->message = findings_text(fs, "%.*s does not fit; expected %.*s", STR_ARG(subject(fs, f)),
                               STR_ARG(f->expected));
}

/* Message, expected and hint of what the schema refused. */
void issue_say(struct findings *fs, struct finding *f, const struct schema_issue *issue)
{
    struct str limit = number_of(fs, issue->rule);
    switch (issue->keyword) {
    case SCHEMA_REQUIRED:
    case SCHEMA_DEPENDENT_REQUIRED:
        f->field = issue->name;
        f->expected = findings_text(fs, "a member \"%.*s\"", STR_ARG(issue->name));
        f->message = findings_text(fs, "\"%.*s\" is missing", STR_ARG(issue->name));
        return;
    case SCHEMA_ADDITIONAL_PROPERTIES:
        say_unknown(fs, f, issue);
        return;
    case SCHEMA_TYPE:
        say_type(fs, f, issue);
        return;
    case SCHEMA_ENUM:
    case SCHEMA_CONST:
        say_list(fs, f, issue);
        return;
    case SCHEMA_MAX_LENGTH:
    case SCHEMA_MIN_LENGTH:
        say_length(fs, f, issue);
        return;
    case SCHEMA_PATTERN:
    case SCHEMA_FORMAT:
        say_pattern(fs, f, issue);
        return;
    case SCHEMA_MAXIMUM:
        say_bound(fs, f, "is too great", "at most", limit, "");
        return;
    case SCHEMA_EXCLUSIVE_MAXIMUM:
        say_bound(fs, f, "is too great", "less than", limit, "");
        return;
    case SCHEMA_MINIMUM:
        say_bound(fs, f, "is too small", "at least", limit, "");
        return;
    case SCHEMA_EXCLUSIVE_MINIMUM:
        say_bound(fs, f, "is too small", "more than", limit, "");
        return;
    case SCHEMA_MULTIPLE_OF:
        say_bound(fs, f, "does not fit", "a multiple of", limit, "");
        return;
    case SCHEMA_MAX_ITEMS:
    case SCHEMA_MIN_ITEMS:
    case SCHEMA_MAX_PROPERTIES:
    case SCHEMA_MIN_PROPERTIES:
        say_count(fs, f, issue);
        return;
    case SCHEMA_UNIQUE_ITEMS:
        f->message = findings_text(fs, "%.*s holds the same item twice (first as item %zu)",
                                   STR_ARG(subject(fs, f)), issue->other);
        f->expected = STR("different items");
        return;
    case SCHEMA_MATCH_LIMIT:
        f->message =
            findings_text(fs, "%.*s: the pattern took too long to match", STR_ARG(subject(fs, f)));
        return;
    case SCHEMA_DEPTH:
        f->message =
            findings_text(fs, "%.*s is nested too deep for its schema", STR_ARG(subject(fs, f)));
        return;
    case SCHEMA_FALSE:
    case SCHEMA_CONTAINS:
    case SCHEMA_ADDITIONAL_ITEMS:
    case SCHEMA_PROPERTY_NAMES:
    case SCHEMA_ANY_OF:
    case SCHEMA_ONE_OF:
    case SCHEMA_NOT:
        say_other(fs, f, issue);
        return;
    case SCHEMA_KEYWORD_COUNT:
        break;
    }
    unreachable();
}

static size_t item_of(struct json body, const struct finding *f)
{
    struct str rest = f->pointer, head;
    uint64_t item = 0;
    if (json_kind(body) != JSON_ARRAY || rest.len < 2 || rest.s[0] != '/') {
        return SIZE_MAX;
    }
    rest = str_slice(rest, 1, rest.len);
    return str_cut(&rest, '/', &head) && num_parse_u64(&item, head, 0, UINT32_MAX) ? (size_t)item
                                                                                   : SIZE_MAX;
}

static void add(struct shape *s, struct finding *f)
{
    f->item = item_of(s->body, f);
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

static bool is_open_schema(struct json schema)
{
    return json_exists(json_get(schema, STR("additionalProperties"))) ||
           json_exists(json_get(schema, STR("patternProperties"))) ||
           json_exists(json_get(schema, STR("unevaluatedProperties"))) ||
           json_exists(json_get(schema, STR("allOf"))) ||
           json_exists(json_get(schema, STR("anyOf"))) ||
           json_exists(json_get(schema, STR("oneOf")));
}

static void check_member(struct shape *s, struct json schema, struct json member)
{
    const struct contract *c = s->check->contract;
    struct json known = json_get(json_get(schema, STR("properties")), json_key(member));
    if (!json_exists(known)) {
        bool refuses = c->refuses_unknown_fields;
        struct finding f = json_key_finding(s->fs, member, STR("S102"),
                                            refuses ? SEVERITY_ERROR : SEVERITY_WARNING);
        struct str near = nearest_member(schema, json_key(member));
        f.message = findings_text(s->fs, "\"%.*s\" is not a known member%s",
                                  STR_ARG(json_key(member)), refuses ? "" : "; it is ignored");
        f.hint = near.len ? findings_text(s->fs, "did you mean \"%.*s\"?", STR_ARG(near)) : STR("");
        add(s, &f);
    } else if (json_is_true(json_get(known, STR("readOnly")))) {
        bool refuses = c->refuses_read_only_fields;
        struct finding f = json_key_finding(s->fs, member, STR("S112"),
                                            refuses ? SEVERITY_ERROR : SEVERITY_WARNING);
        f.message = findings_text(s->fs, "\"%.*s\" is set by the server%s",
                                  STR_ARG(json_key(member)), refuses ? "" : "; it is ignored");
        add(s, &f);
    }
}

/* Members that the schema does not name, or that are the server's. The depth is that of the body,
 * which the reader has bounded. */
static void check_members(struct shape *s, struct json schema, struct json value)
{
    schema = deref(s->check->contract, schema);
    if (json_kind(value) == JSON_ARRAY) {
        struct json items = json_get(schema, STR("items"));
        for (struct json v = json_first(value); json_exists(items) && json_exists(v);
             v = json_next(v)) {
            check_members(s, items, v);
        }
        return;
    }
    struct json properties = json_get(schema, STR("properties"));
    if (json_kind(value) != JSON_OBJECT || !json_exists(properties)) {
        return;
    }
    bool is_open = is_open_schema(schema);
    for (struct json m = json_first(value); json_exists(m); m = json_next(m)) {
        struct json known = json_get(properties, json_key(m));
        if (json_exists(known) || !is_open) {
            check_member(s, schema, m);
        }
        if (json_exists(known)) {
            check_members(s, known, m);
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
    size_t n = json_count(s->body);
    struct json *items = ARENA_ARRAY(s->fs->arena, n + 1, struct json);
    for (struct json v = json_first(s->body); json_exists(v); v = json_next(v), i++) {
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
    if (s.errors == 0 && json_kind(body) == JSON_ARRAY && check->resource) {
        for (size_t i = 0; i < check->resource->n_unique; i++) {
            check_batch_unique(&s, &check->resource->unique[i]);
        }
    }
    return s.errors == 0;
}
