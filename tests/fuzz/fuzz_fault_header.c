/* Fuzz target for the header X-Rehearse-Fault: what a request brings is a plan or a finding, never
 * both and never harm; a plan may be dealt to any operation's reply. */
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

/* The plan of the header for a request to operation `i`. */
static void try_header(struct arena *a, struct str header, size_t i)
{
    struct faults *f = faults_new(1);
    struct request *rq = ARENA_NEW(a, struct request);
    rq->arena = a;
    rq->contract = contract;
    rq->op = &contract->operations[i];
    rq->method = rq->op->method;
    rq->path = rq->op->path;
    rq->reply.status = 200;
    findings_init(&rq->findings, a);
    buf_init(&rq->reply.body, a);
    buf_put(&rq->reply.body, STR("{\"a\":1}"));
    rq->fault = fault_of_header(f, rq, header);
    /* what a plan says of an item is a finding too: docs/faults-format.md, 422-item */
    must(rq->fault || rq->findings.errors > 0, "refused with a finding");
    if (rq->fault) {
        must(rq->fault->latency_ms >= 0, "latency");
        fault_spoil(rq);
        must(rq->reply.status >= 200 && rq->reply.status <= 599, "status");
    }
    faults_free(f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a;
    arena_init(&a, 0, 0);
    if (!contract) {
        open_contract();
    }
    struct str header = {(const char *)data, size};
    for (size_t i = 0; i < contract->n_operations; i++) {
        try_header(&a, header, i);
    }
    arena_done(&a);
    return 0;
}
