/* YAML from anywhere: refused with a word and a finding, or a document whose values and comments stand
 * within the text. */
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
    struct yaml_result yaml = {.doc = NULL};
    struct str text = {(const char *)data, size};
    bool is_good = read_yaml(&yaml, &a, STR("fuzz.yaml"), text, &fs, &err);
    must(is_good == (err.code == ERR_NONE), "an error is set if and only if refused");
    must(is_good || fs.errors > 0, "a refusal is a finding");
    for (size_t i = 0; i < fs.len; i++) {
        must(fs.at[i].span.from <= fs.at[i].span.to && fs.at[i].span.to <= size,
             "a span is inside");
        must(fs.at[i].line > 0 && fs.at[i].column > 0, "a finding has a place");
    }
    if (is_good) {
        try_value(json_root(yaml.doc), size);
        for (size_t i = 0; i < yaml.n_ignores; i++) {
            must(yaml.ignores[i].span.to <= size, "a comment stands in the text");
        }
    }
    arena_done(&a);
    return 0;
}
