/* Fuzz target for the journal that the judge reads: any bytes are refused with a reason, or become evidence that every
 * rule looks at without harm and that every report tells; the JSON one is strict. */
#include <stdlib.h>

#include "replay/replay.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds, const char *what)
{
    if (!holds) {
        (void)fprintf(stderr, "property broken: %s\n", what);
        abort();
    }
}

/* Opened once: it does not change. */
static const struct contract *the_contract(void)
{
    static struct contract *contract;
    if (!contract) {
        struct arena a;
        struct findings fs;
        struct err err = {0};
        arena_init(&a, 0, 0);
        findings_init(&fs, &a);
        must(contract_open(&contract, "genesys-cloud", NULL, 0, &fs, &err), "the profile opens");
        arena_done(&a);
    }
    return contract;
}

static void judge(struct arena *a, const struct evidence *e)
{
    void (*const reports[])(struct buf *, const struct judgement *, const struct evidence *) = {
        judgement_put_junit, judgement_put_markdown, judgement_put_html};
    const struct judge_params params = {.slack_us = 0};
    struct judgement j;
    struct buf out;
    struct err err = {0};
    judge_run(&j, a, e, &params);
    must(j.n_held + j.n_broken + j.n_not_exercised == CONDUCT_RULES, "a verdict for each rule");
    buf_init(&out, a);
    judgement_put_json(&out, &j, e);
    must(json_scan(a, STR("out"), buf_str(&out), NULL, NULL, &err), "strict JSON");
    for (size_t i = 0; i < sizeof reports / sizeof *reports; i++) {
        buf_clear(&out);
        reports[i](&out, &j, e);
        must(out.len > 0, "a report");
    }
    buf_clear(&out);
    judgement_put_text(&out, &j, e, false, true);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct contract *contract = the_contract();
    struct arena a;
    struct findings fs;
    struct evidence e;
    struct err err = {0};
    arena_init(&a, 0, 0);
    findings_init(&fs, &a);
    struct str text = {(const char *)data, size};
    if (evidence_read(&e, &a, &contract, 1, STR("journal"), text, &fs, &err)) {
        e.end = (struct evidence_end){.is_known = true};
        judge(&a, &e);
    } else {
        must(err.code != ERR_NONE && err.msg[0], "a reason");
    }
    arena_done(&a);
    return 0;
}
