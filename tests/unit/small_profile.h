/* The profile of tests/data/small.profile.json, loaded; a failure to load it fails the test. Tests
 * run in the project's folder. */
#ifndef REHEARSE_TESTS_SMALL_PROFILE_H
#define REHEARSE_TESTS_SMALL_PROFILE_H

#include <check.h>

#include "model/model.h"

enum { SMALL_CODE, SMALL_DIVISION, SMALL_QUEUE, SMALL_LINK, SMALL_SETTINGS };

static inline struct contract *small_profile(struct arena *a)
{
    struct contract *contract = NULL;
    struct findings fs;
    struct err err = {0};
    findings_init(&fs, a);
    ck_assert_msg(contract_open(&contract, "tests/data/small.profile.json", NULL, 0, &fs, &err),
                  "%s:%u: %s", err.file, err.line, err.msg);
    return contract;
}

/* Loads a snapshot; NULL where it is refused. */
static inline struct tenant *small_load(struct arena *a, const struct contract *contract,
                                        struct str text, struct findings *fs, struct err *err)
{
    const struct json_doc *doc = NULL;
    struct tenant *t = NULL;
    findings_init(fs, a);
    ck_assert_msg(json_parse(&doc, a, STR("snapshot"), text, NULL, fs, err), "%u:%u: %s", err->line,
                  err->column, err->msg);
    return tenant_load(&t, contract, json_root(doc), fs, err) ? t : NULL;
}

#endif
