/* What a schema refused, as a finding: its id, and words for people. One place for every reader of
 * JSON that is checked: bodies, parameters, tenants. */
#include "model/issue.h"

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

struct str issue_nearest_member(struct json schema, struct str wrong)
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

/* An identifier in braces, or without its hyphens: what is meant is certain. */
static struct str uuid_in(struct findings *fs, struct str text)
{
    static const uint8_t groups[] = {8, 4, 4, 4, 12};
    struct str rest = str_starts(text, STR("urn:uuid:")) ? str_slice(text, 9, text.len) : text;
    rest = str_starts(rest, STR("{")) && str_ends(rest, STR("}")) ? str_slice(rest, 1, rest.len - 1)
                                                                  : rest;
    struct buf out;
    size_t at = 0;
    buf_init(&out, fs->arena);
    for (size_t i = 0; i < sizeof groups; i++) {
        buf_put(&out, i > 0 ? STR("-") : STR(""));
        at += i > 0 && rest.len == 36 && rest.s[at] == '-';
        for (size_t k = 0; k < groups[i]; k++, at++) {
            char c = at < rest.len ? rest.s[at] : 'x';
            if (!((c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f'))) {
                return (struct str){NULL, 0};
            }
            buf_put_char(&out, c);
        }
    }
    struct str made = str_lower(fs->arena, buf_str(&out));
    return at == rest.len && !str_eq(made, text) ? made : (struct str){NULL, 0};
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
    if (issue->keyword == SCHEMA_FORMAT && str_eq(json_str(issue->rule), STR("uuid"))) {
        f->replacement = uuid_in(fs, text);
    }
}

static void say_unknown(struct findings *fs, struct finding *f, const struct schema_issue *issue)
{
    struct str near = issue_nearest_member(issue->schema, json_key(issue->member));
    f->message = findings_text(fs, "%.*s is not a known member", STR_ARG(subject(fs, f)));
    f->hint = near.len ? findings_text(fs, "did you mean \"%.*s\"?", STR_ARG(near)) : STR("");
    if (near.len && !json_exists(json_get(issue->instance, near))) {
        f->replacement = near;
    }
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
    if (near.len) {
        f->replacement = near;
    }
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
        f->is_better_left_out = true;
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
