/* Baselines: how often each finding occurred when the file was written. */
#include "validator/accept.h"

#include "base/base.h"

#include <stdlib.h>
#include <string.h>

void baseline_init(struct baseline *b, struct arena *a)
{
    *b = (struct baseline){.arena = a};
}

void baseline_done(struct baseline *b)
{
    map_done(&b->counts);
}

static struct baseline_entry *entry(struct baseline *b, struct str fingerprint)
{
    struct baseline_entry *e = map_get(&b->counts, fingerprint);
    if (e) {
        return e;
    }
    if (b->n == b->cap) {
        size_t cap = b->cap ? 2 * b->cap : 64;
        struct baseline_slot *order = ARENA_ARRAY(b->arena, cap, struct baseline_slot);
        if (b->n > 0) {
            memcpy(order, b->order, b->n * sizeof *order);
        }
        b->order = order;
        b->cap = cap;
    }
    e = ARENA_NEW(b->arena, struct baseline_entry);
    e->fingerprint = str_copy(b->arena, fingerprint);
    b->order[b->n++].entry = e;
    (void)map_put(&b->counts, e->fingerprint, e);
    return e;
}

void baseline_add(struct baseline *b, struct str fingerprint, const struct finding *f)
{
    struct baseline_entry *e = entry(b, fingerprint);
    e->rule = e->rule.len ? e->rule : str_copy(b->arena, f->rule);
    e->message = e->message.len ? e->message : str_copy(b->arena, f->message);
    e->count++;
    e->left++;
}

bool baseline_read(struct baseline *b, struct str name, struct str text, struct err *err)
{
    enum { COUNT_MAX = 1000000 };
    const struct json_doc *doc = NULL;
    struct findings fs;
    findings_init(&fs, b->arena);
    if (!json_parse(&doc, b->arena, name, text, NULL, NULL, err)) {
        return false;
    }
    struct json root = json_root(doc), list = json_get(root, STR("findings"));
    if (!str_eq(json_str_or(json_get(root, STR("kind")), STR("")), STR("baseline")) ||
        json_i64_or(json_get(root, STR("format")), 0) != 1 || json_kind(list) != JSON_OBJECT) {
        return json_err(err, root,
                        "this is no baseline of format 1; --write-baseline writes one");
    }
    for (struct json v = json_first(list); json_exists(v); v = json_next(v)) {
        int64_t count = json_i64_or(json_get(v, STR("count")), 0);
        if (count < 1 || count > COUNT_MAX) {
            return json_err(err, v, "\"count\" is how often the finding occurred, 1 to %d",
                            COUNT_MAX);
        }
        struct baseline_entry *e = entry(b, json_key(v));
        e->rule = json_str_or(json_get(v, STR("rule")), STR(""));
        e->message = json_str_or(json_get(v, STR("message")), STR(""));
        e->count = (size_t)count;
        e->left = e->count;
        e->place = json_key_finding(&fs, v, STR("K904"), SEVERITY_WARNING);
    }
    return true;
}

static int by_fingerprint(const void *a, const void *b)
{
    return str_cmp(((const struct baseline_slot *)a)->entry->fingerprint,
                   ((const struct baseline_slot *)b)->entry->fingerprint);
}

/* Sorted, an entry a line: two branches that change it merge. */
void baseline_write(struct buf *out, const struct baseline *b)
{
    if (b->n > 1) {
        qsort(b->order, b->n, sizeof *b->order, by_fingerprint);
    }
    buf_put(out, STR("{\n  \"format\": 1,\n  \"kind\": \"baseline\",\n  \"findings\": {"));
    for (size_t i = 0; i < b->n; i++) {
        const struct baseline_entry *e = b->order[i].entry;
        buf_put(out, i ? STR(",\n    ") : STR("\n    "));
        buf_put_json_string(out, e->fingerprint);
        buf_printf(out, ": {\"count\": %zu, \"rule\": ", e->count);
        buf_put_json_string(out, e->rule);
        buf_put(out, STR(", \"message\": "));
        buf_put_json_string(out, e->message);
        buf_put_char(out, '}');
    }
    buf_put(out, b->n ? STR("\n  }\n}\n") : STR("}\n}\n"));
}

bool baseline_meet(struct baseline *b, struct str fingerprint)
{
    struct baseline_entry *e = map_get(&b->counts, fingerprint);
    if (!e || e->left == 0) {
        return false;
    }
    e->left--;
    return true;
}

void baseline_tell(const struct baseline *b, enum severity severity, struct findings *fs)
{
    for (size_t i = 0; i < b->n; i++) {
        const struct baseline_entry *e = b->order[i].entry;
        if (e->left == 0) {
            continue;
        }
        struct finding f = e->place;
        f.rule = STR("K904");
        f.severity = severity;
        f.item = SIZE_MAX;
        f.message = findings_text(fs, "%zu of %zu findings of %.*s no longer occur%s", e->left,
                                  e->count, STR_ARG(e->rule), e->left == 1 ? "s" : "");
        f.value = (struct str){NULL, 0};
        f.hint = STR("write the baseline again with --write-baseline");
        findings_add(fs, &f);
    }
}
