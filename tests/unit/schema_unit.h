/* What the tests of the schema engine share: texts to documents, documents to schemas. */
#ifndef REHEARSE_TESTS_SCHEMA_UNIT_H
#define REHEARSE_TESTS_SCHEMA_UNIT_H

#include "base/base.h"
#include "model/schema.h"

#include "tests/unit/unit.h"

static struct arena arena;
static struct err err;
static struct schema_set *set;
static struct schema_run *run;

static void setup(void)
{
    arena_init(&arena, 0, 0);
    set = schema_set_new(&arena, true);
    run = schema_run_new();
    err = (struct err){.code = ERR_NONE};
}

static void teardown(void)
{
    schema_run_free(run);
    schema_set_free(set);
    arena_done(&arena);
}

static inline struct json parse_text(struct str text)
{
    const struct json_doc *doc = NULL;
    ck_assert_msg(
        json_parse(&doc, &arena, STR("test.json"), str_copy(&arena, text), NULL, NULL, &err),
        "%s: %.*s", err.msg, STR_ARG(text));
    return json_root(doc);
}

static inline struct json parse(const char *text)
{
    return parse_text(str_of(text));
}

/* The schema of the text, added under `uri`; NULL with `err` set if it is refused. */
static inline const struct schema *try_schema(const char *uri, const char *text)
{
    const struct schema *out = NULL;
    bool is_good = schema_set_add(set, str_of(uri), parse(text), &err) &&
                   schema_compile(&out, set, str_of(uri), &err);
    return is_good ? out : NULL;
}

static inline const struct schema *make_schema(const char *text)
{
    const struct schema *out = try_schema("", text);
    ck_assert_msg(out != NULL, "%s: %s", text, err.msg);
    return out;
}

static inline bool is_valid(const struct schema *schema, const char *instance)
{
    return schema_check(schema, run, parse(instance), NULL, NULL);
}

#endif
