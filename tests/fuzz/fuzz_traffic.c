/* Recorded traffic from anywhere: refused with a word, or requests whose bodies stand within the text. */
#include <stdlib.h>

#include "validator/validator.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct contract *contract; /* loaded once */

static void must(bool holds, const char *what)
{
    if (!holds) {
        (void)fprintf(stderr, "property broken: %s\n", what);
        abort();
    }
}

static void contract_close(void)
{
    contract_free(contract);
}

static void contract_ready(struct arena *a)
{
    struct findings fs;
    struct err err = {.code = ERR_NONE};
    findings_init(&fs, a);
    if (contract == NULL) {
        must(contract_open(&contract, "genesys-cloud", NULL, 0, &fs, &err), "the profile loads");
        (void)atexit(contract_close);
    }
}

static void try_value(struct json v, size_t size)
{
    struct span at = json_span(v);
    must(at.from <= at.to && at.to <= size, "a value stands in the text");
    for (struct json m = json_first(v); json_exists(m); m = json_next(m)) {
        try_value(m, size);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a;
    arena_init(&a, 0, 0);
    contract_ready(&a);
    struct findings fs;
    findings_init(&fs, &a);
    struct err err = {.code = ERR_NONE};
    struct str text = {(const char *)data, size};
    struct recording traffic;
    bool is_good = read_traffic(&traffic, &a, contract, STR("fuzz"), text, &fs, &err);
    must(is_good == (err.code == ERR_NONE), "an error is set if and only if refused");
    must(!is_good || traffic_kind_of(text) == traffic.kind, "the kind is told alike");
    for (size_t i = 0; i < traffic.n_requests; i++) {
        const struct traffic_request *q = &traffic.requests[i];
        must(q->at.to <= size && q->line > 0 && q->column > 0, "a request has a place");
        must((q->body_kind == BODY_JSON) == json_exists(q->body),
             "a body is there if and only if read");
        try_value(q->body, size);
    }
    for (size_t i = 0; i < fs.len; i++) {
        must(fs.at[i].span.from <= fs.at[i].span.to && fs.at[i].span.to <= size,
             "a span is inside");
    }
    arena_done(&a);
    return 0;
}
