/* Fuzz target for fault files: what is taken must print as JSON, and may be dealt to any operation
 * without harm. */
#include <stdlib.h>

#include "mockapi/fault.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds, const char *what)
{
    if (!holds) {
        (void)fprintf(stderr, "property broken: %s\n", what);
        abort();
    }
}

static struct contract *contract; /* immutable, opened once a process */

static void close_contract(void)
{
    contract_free(contract);
}

static void open_contract(void)
{
    struct findings fs;
    struct err err = {0};
    struct arena a;
    arena_init(&a, 0, 0);
    findings_init(&fs, &a);
    must(contract_open(&contract, "cxone-interaction-config", NULL, 0, &fs, &err), "profile");
    must(atexit(close_contract) == 0, "atexit");
    arena_done(&a);
}

static void deal(struct faults *f, struct arena *a)
{
    for (size_t i = 0; i < contract->n_operations; i++) {
        struct request *rq = ARENA_NEW(a, struct request);
        rq->arena = a;
        rq->contract = contract;
        rq->op = &contract->operations[i];
        rq->method = rq->op->method;
        rq->path = rq->op->path;
        rq->now_us = (int64_t)i * US_PER_S;
        rq->reply.status = 200;
        buf_init(&rq->reply.body, a);
        buf_put(&rq->reply.body, STR("{\"a\":1}"));
        rq->fault = faults_deal(f, rq);
        if (rq->fault) {
            fault_spoil(rq);
            must(rq->reply.status >= 200 && rq->reply.status <= 599, "status");
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct json_doc *doc = NULL, *again = NULL;
    struct arena a;
    struct findings fs;
    struct err err = {0};
    struct buf out;
    arena_init(&a, 0, 0);
    findings_init(&fs, &a);
    buf_init(&out, &a);
    if (!contract) {
        open_contract();
    }
    struct str text = {(const char *)data, size};
    if (json_parse(&doc, &a, STR("faults"), text, NULL, NULL, &err)) {
        struct faults *f = faults_new(1);
        bool is_taken = faults_load(f, contract, json_root(doc), 0, &fs, &err);
        must(is_taken == (fs.errors == 0) || err.code == ERR_LIMIT, "refused with findings");
        faults_put(&out, f);
        must(json_parse(&again, &a, STR("out"), buf_str(&out), NULL, NULL, &err), "prints JSON");
        deal(f, &a);
        faults_free(f);
    }
    arena_done(&a);
    return 0;
}
