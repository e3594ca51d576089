/* S116: a text within its limit as this profile counts (characters), and beyond it in bytes or in UTF-16, as systems
 * behind may count. The schema itself says so: it is asked once more, each such text as long as its bytes are. */
#include "validator/check_int.h"

static bool is_wide(struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if ((unsigned char)s.s[i] >= 0x80) {
            return true;
        }
    }
    return false;
}

/* The value with its wide texts made narrow ones of as many characters as they have bytes; true if there was one. */
static bool put_narrow(struct buf *out, struct json v)
{
    bool has = false, is_object = json_kind(v) == JSON_OBJECT;
    if (json_kind(v) == JSON_STRING && is_wide(json_str(v))) {
        buf_put_char(out, '"');
        for (size_t i = 0; i < json_str(v).len; i++) {
            buf_put_char(out, 'x');
        }
        buf_put_char(out, '"');
        return true;
    }
    if (!is_object && json_kind(v) != JSON_ARRAY) {
        json_put(out, v);
        return false;
    }
    buf_put_char(out, is_object ? '{' : '[');
    for (struct json m = json_first(v); json_exists(m); m = json_next(m)) {
        buf_put(out,
                out->s[out->len - 1] == '{' || out->s[out->len - 1] == '[' ? STR("") : STR(","));
        if (is_object) {
            buf_put_json_string(out, json_key(m));
            buf_put_char(out, ':');
        }
        has = put_narrow(out, m) || has;
    }
    buf_put_char(out, is_object ? '}' : ']');
    return has;
}

static size_t utf16_units(struct str s)
{
    enum { CONTINUED = 0x80, TWO_BITS = 0xC0, FOUR_BYTES = 0xF0 };
    size_t n = 0;
    for (size_t i = 0; i < s.len; i++) {
        unsigned char byte = (unsigned char)s.s[i];
        n += (byte & TWO_BITS) == CONTINUED ? 0 : byte >= FOUR_BYTES ? 2 : 1;
    }
    return n;
}

static size_t characters(struct str s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.len; i++) {
        n += ((unsigned char)s.s[i] & 0xC0) != 0x80;
    }
    return n;
}

void check_lengths(struct check *c, const struct operation *op, struct json body)
{
    struct buf text;
    const struct json_doc *doc = NULL;
    buf_init(&text, c->arena);
    if (!put_narrow(&text, body) ||
        !json_parse(&doc, c->arena, STR(""), buf_str(&text), NULL, NULL, NULL)) {
        return;
    }
    struct findings found;
    struct schema_run *run = schema_run_new();
    const struct body_check shape = {.contract = c->contract, .op = op, .run = run};
    findings_init(&found, c->arena);
    (void)check_shape(&shape, json_root(doc), &found);
    schema_run_free(run);
    for (size_t i = 0; i < found.len; i++) {
        struct json at = json_pointer_find(body, found.at[i].pointer);
        if (!str_eq(found.at[i].rule, STR("S104")) || json_kind(at) != JSON_STRING ||
            !is_wide(json_str(at))) {
            continue;
        }
        struct finding f = check_finding(c, at, "S116", SEVERITY_WARNING);
        f.message =
            findings_text(c->fs,
                          "%zu characters fit, but they are %zu units of UTF-16 and %zu "
                          "bytes: a system that counts those has no room",
                          characters(json_str(at)), utf16_units(json_str(at)), json_str(at).len);
        f.expected = found.at[i].expected;
        findings_add(c->fs, &f);
    }
}
