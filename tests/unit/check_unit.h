/* What the tests of `check` share: a tenant in memory, and a text that is put to it. */
#ifndef REHEARSE_TESTS_CHECK_UNIT_H
#define REHEARSE_TESTS_CHECK_UNIT_H

#include "mockapi/mockapi.h"
#include "tests/unit/unit.h"
#include "validator/validator.h"

#include <string.h>

struct checked {
    struct arena arena;
    struct findings fs;
    struct contract *contract;
    struct trial *trial;
    struct check check;
};

static inline void checked_open(struct checked *c, const char *profile)
{
    struct err err = {0};
    struct tenant *tenant = NULL;
    struct buf name = {0};
    memset(c, 0, sizeof *c);
    arena_init(&c->arena, 0, 0);
    findings_init(&c->fs, &c->arena);
    ck_assert_msg(contract_open(&c->contract, profile, NULL, 0, &c->fs, &err), "%s", err.msg);
    buf_put(&name, c->contract->default_tenant);
    ck_assert_msg(tenant_open(&tenant, c->contract, buf_cstr(&name), &c->fs, &err), "%s", err.msg);
    buf_done(&name);
    c->trial = trial_new(c->contract, tenant);
    c->check = (struct check){.contract = c->contract,
                              .tenant = trial_tenant(c->trial),
                              .ask = trial_ask,
                              .ctx = c->trial,
                              .arena = &c->arena,
                              .fs = &c->fs};
}

static inline void checked_close(struct checked *c)
{
    check_done(&c->check);
    trial_free(c->trial);
    contract_free(c->contract);
    arena_done(&c->arena);
}

/* Findings of the text are added; what it was taken for is given. */
static inline struct str checked_text(struct checked *c, struct str text)
{
    const struct json_doc *doc = NULL;
    struct err err = {0};
    struct buf said;
    buf_init(&said, &c->arena);
    if (json_parse(&doc, &c->arena, STR("t.json"), text, NULL, &c->fs, &err)) {
        struct json root = json_root(doc);
        check_document(&c->check, root, document_kind_of(root), &said);
    }
    return buf_str(&said);
}

#endif
