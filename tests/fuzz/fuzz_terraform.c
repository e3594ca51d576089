/* JSON from anywhere, taken for Terraform's: refused with a word, or read into changes whose entities and
 * uses stand within the text. */
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

static void try_changes(const struct terraform *tf, size_t size)
{
    size_t unknown = 0;
    for (size_t i = 0; i < tf->n_changes; i++) {
        const struct terraform_change *c = &tf->changes[i];
        must(c->type != NULL && json_exists(c->at), "a change has a type and a place");
        try_value(c->entity, size);
        for (size_t k = 0; k < c->n_uses; k++) {
            must(json_kind(c->uses[k].value) == JSON_STRING, "a use is a text");
        }
        unknown += c->n_unknown;
    }
    must(unknown == tf->n_unknowns, "what is not known is counted");
    for (size_t i = 0; i < tf->n_unknowns; i++) {
        must(tf->unknowns[i].change < tf->n_changes && json_exists(tf->unknowns[i].at),
             "what is not known has a place");
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
    const struct json_doc *doc = NULL;
    struct json_limits limits = {.allow_duplicate_keys = true};
    struct terraform tf;
    if (json_parse(&doc, &a, STR("fuzz"), (struct str){(const char *)data, size}, &limits, NULL,
                   NULL)) {
        bool is_good = read_terraform(&tf, &a, contract, json_root(doc), &fs, &err);
        must(is_good == (err.code == ERR_NONE), "an error is set if and only if refused");
        if (is_good) {
            try_changes(&tf, size);
        }
    }
    arena_done(&a);
    return 0;
}
