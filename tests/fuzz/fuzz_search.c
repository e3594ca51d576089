/* Fuzz target for query bodies: what is read is carried out over the built-in tenant, and what
 * comes out is JSON with sums that agree; what is refused has findings. A text that is no JSON is
 * read as an interval, a zone and a period. */
#include <stdio.h>
#include <stdlib.h>

#include "model/model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds, const char *what)
{
    if (!holds) {
        (void)fprintf(stderr, "property broken: %s\n", what);
        abort();
    }
}

static struct contract *contract; /* opened once a process, as is the tenant; read only */
static struct tenant *tenant;

static void close_all(void)
{
    tenant_free(tenant);
    contract_free(contract);
}

static void open_all(void)
{
    struct findings fs;
    struct err err = {0};
    struct arena a;
    arena_init(&a, 0, 0);
    findings_init(&fs, &a);
    must(contract_open(&contract, "genesys-cloud", NULL, 0, &fs, &err), "profile");
    must(tenant_open(&tenant, contract, "acme", &fs, &err), "tenant");
    must(atexit(close_all) == 0, "atexit");
    arena_done(&a);
}

static void read_texts(struct str text)
{
    struct interval i = {0};
    struct period p = {0};
    struct zone zone = {0};
    int64_t after = 0;
    if (zone_parse(&zone, text)) {
        must(zone.standard_s >= -19 * 3600 && zone.standard_s <= 19 * 3600, "less than a day");
    }
    if (interval_parse(&i, text, &zone)) {
        must(i.from_us < i.to_us, "an interval ends after it starts");
    }
    if (period_parse(&p, text)) {
        must(p.us > 0 || p.days > 0 || p.months > 0, "a period is something");
        must(!period_after(&after, 0, p, 1, &zone) || after > 0, "time goes on");
    }
}

static void count(struct arena *a, const struct search_plan *plan, struct findings *fs)
{
    struct buf out;
    const struct json_doc *doc = NULL;
    struct err err = {0};
    buf_init(&out, a);
    if (!search_groups(&out, plan, tenant, INT64_MAX / 2, fs)) {
        must(fs->errors > 0, "refused with a finding");
        return;
    }
    must(json_parse(&doc, a, STR("out"), buf_str(&out), NULL, NULL, &err), "comes out as JSON");
    struct json groups = json_get(json_root(doc), STR("groups"));
    for (struct json g = json_first(groups); json_exists(g); g = json_next(g)) {
        must(json_count(json_get(g, STR("cells"))) > 0, "a group has cells");
    }
}

static void search(struct arena *a, const struct search_rule *rule, struct json body)
{
    struct findings fs;
    findings_init(&fs, a);
    struct search_plan *plan = search_read(a, rule, body, &fs);
    must((plan == NULL) == (fs.errors > 0), "refused with findings");
    if (!plan) {
        return;
    }
    if (rule->has_groups) {
        count(a, plan, &fs);
    } else {
        const struct entity *const *all = NULL;
        size_t n = search_entities(&all, a, plan, tenant, INT64_MAX / 2);
        must(n <= tenant_count(tenant, rule->resource), "no more than there are");
        must(search_page_size(plan) >= 0, "a page has a size");
        struct search_page page = search_page(a, plan, tenant, INT64_MAX / 2);
        must(page.n <= n && page.total == n, "a page is part of what is found");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct json_doc *doc = NULL;
    struct json_limits limits = {.max_depth = 64};
    struct arena a;
    struct err err = {0};
    arena_init(&a, 0, 0);
    if (!contract) {
        open_all();
    }
    struct str text = {(const char *)data, size};
    if (json_parse(&doc, &a, STR("body"), text, &limits, NULL, &err)) {
        for (size_t i = 0; i < contract->n_searches; i++) {
            search(&a, &contract->searches[i], json_root(doc));
        }
    } else {
        read_texts(text);
    }
    arena_done(&a);
    return 0;
}
