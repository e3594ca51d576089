/* Fuzz target for the schema engine: the text up to the first NUL byte is a schema, the rest an
 * instance (the schema again if there is none). Nothing may crash; the verdict is the same whether
 * refusals are told or not; a refusal is told and lies within the instance; a second check of the
 * same says the same. */
#include "model/schema.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct told {
    struct json instance;
    size_t n;
};

static void must(bool is_so, const char *what)
{
    if (!is_so) {
        (void)fprintf(stderr, "fuzz_schema: not so: %s\n", what);
        abort();
    }
}

static bool tell(const struct schema_issue *issue, void *ctx)
{
    struct told *told = ctx;
    must(issue->keyword < SCHEMA_KEYWORD_COUNT, "the keyword is one");
    must(issue->instance.doc == told->instance.doc, "the place is in the instance");
    must(json_exists(issue->rule) && json_exists(issue->schema), "there is a rule");
    must(issue->bad_at == SIZE_MAX || issue->bad_at <= json_str(issue->instance).len,
         "the bad character is in the text");
    return ++told->n < 1000;
}

static bool read(struct json *out, struct arena *a, struct str text)
{
    const struct json_doc *doc;
    struct json_limits limits = {.max_depth = 100, .allow_duplicate_keys = true};
    if (!json_parse(&doc, a, STR("fuzz"), text, &limits, NULL, NULL)) {
        return false;
    }
    *out = json_root(doc);
    return true;
}

static void check(const struct schema *schema, struct json instance)
{
    struct schema_run *run = schema_run_new();
    struct told told = {.instance = instance};
    bool is_valid = schema_check(schema, run, instance, NULL, NULL);
    bool is_valid_told = schema_check(schema, run, instance, tell, &told);
    must(is_valid == is_valid_told, "telling changes no verdict");
    must(is_valid == (told.n == 0), "a refusal is told");
    must(is_valid == schema_check(schema, run, instance, NULL, NULL), "the run is as new");
    schema_run_free(run);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { SIZE_MAX_HERE = 4096 };
    struct str text = {(const char *)data, size}, head;
    struct arena a;
    struct json document, instance;
    struct err err = {.code = ERR_NONE};
    const struct schema *schema = NULL;
    if (size > SIZE_MAX_HERE || !str_cut(&text, 0, &head)) {
        return 0;
    }
    arena_init(&a, 0, 0);
    struct schema_set *set = schema_set_new(&a, true);
    if (read(&document, &a, head)) {
        bool is_good = schema_set_add(set, STR(""), document, &err) &&
                       schema_compile(&schema, set, STR(""), &err);
        must(is_good || err.msg[0] != 0, "an error has a message");
        if (is_good && read(&instance, &a, text.s != NULL ? text : head)) {
            check(schema, instance);
        }
    }
    schema_set_free(set);
    arena_done(&a);
    return 0;
}
