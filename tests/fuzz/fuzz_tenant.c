/* Fuzz target for snapshots of tenants, against the small profile of the tests: whatever is loaded
 * has a snapshot that loads to the same snapshot, and its lists can be walked with cursors from
 * end to end. Runs in the project's folder. */
#include <stdio.h>
#include <stdlib.h>

#include "model/model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Not assert: it must hold in every build, and `what` names the property. */
static void must(bool holds, const char *what)
{
    if (!holds) {
        (void)fprintf(stderr, "property broken: %s\n", what);
        abort();
    }
}

static struct contract *contract; /* loaded once, kept for all inputs */

__attribute__((destructor)) static void profile_free(void)
{
    contract_free(contract);
}

static const struct contract *profile(void)
{
    if (!contract) {
        struct arena a;
        struct findings fs;
        struct err err = {0};
        arena_init(&a, 0, 0);
        findings_init(&fs, &a);
        must(contract_open(&contract, "tests/data/small.profile.json", NULL, 0, &fs, &err),
             "the profile loads");
        arena_done(&a);
    }
    return contract;
}

static struct tenant *load(struct arena *a, struct str text)
{
    const struct json_doc *doc = NULL;
    struct tenant *t = NULL;
    struct findings fs;
    struct err err = {0};
    findings_init(&fs, a);
    if (!json_parse(&doc, a, STR("input"), text, NULL, &fs, &err) ||
        !tenant_load(&t, profile(), json_root(doc), &fs, &err)) {
        must(err.code != ERR_NONE, "a refusal says why");
        return NULL;
    }
    must(fs.errors == 0, "what is loaded has no errors");
    return t;
}

/* Every entity comes once, in an order, whatever the order. */
static void walk(struct arena *a, struct tenant *t, const struct resource *r, size_t order)
{
    struct page_request request = {
        .resource = r, .order = order, .take = 2, .after = STR(""), .now_us = INT64_MAX / 2};
    request.is_descending = order % 2;
    struct page page = {.has_more = true};
    size_t n = 0;
    while (page.has_more) {
        must(tenant_page(&page, a, t, &request), "our own cursor is good");
        must(page.total == tenant_count(t, r), "the total is the count");
        request.after = page.next_cursor;
        n += page.n;
    }
    must(n == tenant_count(t, r), "each entity once");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a;
    arena_init(&a, 0, 0);
    struct tenant *t = load(&a, (struct str){(const char *)data, size});
    if (t) {
        struct buf one, two;
        buf_init(&one, &a);
        buf_init(&two, &a);
        tenant_snapshot(&one, t);
        struct tenant *again = load(&a, buf_str(&one));
        must(again != NULL, "a snapshot loads");
        tenant_snapshot(&two, again);
        must(str_eq(buf_str(&one), buf_str(&two)), "a snapshot is a fixed point");
        for (size_t i = 0; i < profile()->n_resources; i++) {
            const struct resource *r = &profile()->resources[i];
            for (size_t k = 0; k < r->n_orders; k++) {
                walk(&a, t, r, k);
            }
        }
        tenant_free(again);
        tenant_free(t);
    }
    arena_done(&a);
    return 0;
}
