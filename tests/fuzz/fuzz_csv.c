/* A table from anywhere: refused with a word and a finding, or an array of objects whose values stand
 * within the text, and whose texts are found there. */
#include <stdlib.h>

#include "validator/validator.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds, const char *what)
{
    if (!holds) {
        (void)fprintf(stderr, "property broken: %s\n", what);
        abort();
    }
}

static const struct table_column columns[] = {
    {STR_INIT("auto"), JSON_BOOL, false},
    {STR_INIT("division.home.id"), JSON_STRING, false},
    {STR_INIT("division.id"), JSON_STRING, false},
    {STR_INIT("maxSeconds"), JSON_NUMBER, false},
    {STR_INIT("name"), JSON_STRING, false},
    {STR_INIT("tags"), JSON_STRING, true},
};

static void try_value(struct json v, size_t size)
{
    struct span at = json_span(v), key = json_key_span(v);
    must(at.from <= at.to && at.to <= size, "a value stands in the text");
    must(key.from <= key.to && key.to <= size, "a name stands in the text");
    for (struct json m = json_first(v); json_exists(m); m = json_next(m)) {
        try_value(m, size);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a;
    arena_init(&a, 0, 0);
    struct findings fs;
    findings_init(&fs, &a);
    struct err err = {.code = ERR_NONE};
    const struct json_doc *doc = NULL;
    struct str text = {(const char *)data, size};
    bool is_good = read_csv(&doc, &a, STR("fuzz.csv"), text, columns,
                            sizeof columns / sizeof columns[0], &fs, &err);
    must(is_good == (err.code == ERR_NONE), "an error is set if and only if refused");
    must(is_good || fs.errors > 0, "a refusal is a finding");
    for (size_t i = 0; i < fs.len; i++) {
        must(fs.at[i].span.from <= fs.at[i].span.to && fs.at[i].span.to <= size,
             "a span is inside");
        must(fs.at[i].line > 0 && fs.at[i].column > 0, "a finding has a place");
    }
    if (is_good) {
        must(json_kind(json_root(doc)) == JSON_ARRAY, "rows are an array");
        try_value(json_root(doc), size);
    }
    arena_done(&a);
    return 0;
}
