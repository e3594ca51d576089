/* What the tests of JSON share: an arena, findings and an error for each test, and a parse that must succeed. Included
 * once by each program. */
#ifndef REHEARSE_TESTS_JSON_UNIT_H
#define REHEARSE_TESTS_JSON_UNIT_H

#include "base/base.h"

#include "tests/unit/unit.h"

#include <string.h>

static struct arena arena;
static struct findings found;
static struct err err;

static void setup(void)
{
    arena_init(&arena, 0, 0);
    findings_init(&found, &arena);
    memset(&err, 0, sizeof err);
}

static void teardown(void)
{
    arena_done(&arena);
}

static inline struct json parse(struct str text)
{
    const struct json_doc *doc = NULL;
    struct json_limits limits = {.allow_duplicate_keys = true};
    struct str copy = str_copy(&arena, text);
    ck_assert_msg(json_parse(&doc, &arena, STR("file.json"), copy, &limits, NULL, &err), "%s: %.*s",
                  err.msg, STR_ARG(text));
    return json_root(doc);
}

static inline struct json parse_c(const char *text)
{
    return parse(str_of(text));
}

static inline void assert_str(struct str is, const char *wanted)
{
    ck_assert_msg(str_eq(is, str_of(wanted)), "is '%.*s', wanted '%s'", STR_ARG(is), wanted);
}

#endif
