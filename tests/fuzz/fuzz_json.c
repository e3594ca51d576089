/* Fuzz target for reading JSON. Whatever the scanner accepts, cJSON must accept and see the same:
 * kinds, counts, names, contents. Every span must read back as its value, every pointer must lead
 * to it, and print(parse(x)) must be a fixed point for both writers. */
#include <stdlib.h>

#include "base/base.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Not assert: it must hold in every build, and `what` names the property. */
static void must(bool holds, const char *what)
{
    if (!holds) {
        (void)fprintf(stderr, "property broken: %s\n", what);
        abort();
    }
}

/* The kind that the first byte of a value tells. */
static enum json_kind kind_of_source(char c)
{
    switch (c) {
    case '{':
        return JSON_OBJECT;
    case '[':
        return JSON_ARRAY;
    case '"':
        return JSON_STRING;
    case 't':
    case 'f':
        return JSON_BOOL;
    case 'n':
        return JSON_NULL;
    default:
        return JSON_NUMBER;
    }
}

/* At most *left values are parsed again: each costs a walk from the root. Where names repeat, a
 * pointer leads to the first. */
static void try_value(struct arena *a, struct json v, bool has_repeated, size_t *left)
{
    struct str source = json_source(v);
    must(source.len > 0 && kind_of_source(source.s[0]) == json_kind(v), "cJSON sees the same kind");
    size_t n = 0;
    for (struct json m = json_first(v); json_exists(m); m = json_next(m)) {
        n++;
        if (json_kind(v) == JSON_OBJECT) {
            struct json same = json_get(v, json_key(m));
            must(json_exists(same) && str_eq(json_key(same), json_key(m)), "a member is found");
            must(same.at <= m.at, "the first of a name is found");
        }
        try_value(a, m, has_repeated, left);
    }
    must(n == json_count(v), "the number of children agrees");
    if (*left == 0) {
        return;
    }
    (*left)--;
    struct buf pointer;
    buf_init(&pointer, a);
    json_pointer_put(&pointer, v);
    struct json again = json_pointer_find(json_root(v.doc), buf_str(&pointer));
    must(has_repeated || (json_exists(again) && again.at == v.at),
         "the pointer leads to the value");
    const struct json_doc *doc;
    struct json_limits limits = {.allow_duplicate_keys = true};
    must(json_parse(&doc, a, STR("span"), source, &limits, NULL, NULL), "a span is a value");
    must(json_eq(json_root(doc), v) && json_hash(json_root(doc)) == json_hash(v), "and the same");
}

static struct str print(struct arena *a, struct json v, void (*put)(struct buf *, struct json))
{
    struct buf b;
    buf_init(&b, a);
    put(&b, v);
    return buf_str(&b);
}

static void try_print(struct arena *a, struct json v, void (*put)(struct buf *, struct json))
{
    struct str text = print(a, v, put);
    const struct json_doc *doc;
    struct json_limits limits = {.allow_duplicate_keys = true};
    must(json_parse(&doc, a, STR("printed"), text, &limits, NULL, NULL), "printed text is read");
    must(json_eq(json_root(doc), v), "printed text is equal");
    must(str_eq(print(a, json_root(doc), put), text), "print(parse(x)) is a fixed point");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a;
    arena_init(&a, 0, 0);
    struct str text = {(const char *)data, size};
    struct findings fs, quiet;
    findings_init(&fs, &a);
    findings_init(&quiet, &a);
    struct err err = {.code = ERR_NONE};
    const struct json_doc *doc = NULL;
    struct json_limits limits = {.allow_duplicate_keys = true, .allow_bom = true};
    bool is_scanned = json_scan(&a, STR("fuzz"), text, &limits, &fs, &err);
    must(is_scanned == (err.code == ERR_NONE), "an error is set if and only if refused");
    must(is_scanned || fs.errors > 0, "a refusal is a finding");
    for (size_t i = 0; i < fs.len; i++) {
        must(fs.at[i].span.from <= fs.at[i].span.to && fs.at[i].span.to <= size,
             "a span is inside");
        must(fs.at[i].line > 0 && fs.at[i].column > 0, "a finding has a place");
        must(str_is_utf8(fs.at[i].message, NULL), "a message is text");
    }
    bool is_parsed = json_parse(&doc, &a, STR("fuzz"), text, &limits, &quiet, NULL);
    must(is_parsed == is_scanned && quiet.len == fs.len, "cJSON reads what the scanner accepts");
    must(!is_scanned || str_is_utf8(text, NULL), "what is accepted is UTF-8");
    limits.allow_duplicate_keys = false;
    const struct json_doc *strict;
    bool is_strict = json_parse(&strict, &a, STR("fuzz"), text, &limits, NULL, NULL);
    must(!is_strict || is_parsed, "refusing repeated names accepts no more");
    if (is_parsed) {
        size_t left = 64;
        try_value(&a, json_root(doc), !is_strict, &left);
        try_print(&a, json_root(doc), json_put);
        try_print(&a, json_root(doc), json_put_pretty);
    }
    arena_done(&a);
    return 0;
}
