/* The mock server: profiles with their tenants, served over HTTP. */
#ifndef REHEARSE_MOCKAPI_MOCKAPI_H
#define REHEARSE_MOCKAPI_MOCKAPI_H

#include "model/model.h"
#include "validator/validator.h"

struct mock;

/* One profile to serve. */
struct mock_site {
    struct contract *contract; /* taken */
    struct tenant *tenant;     /* taken */
    struct str prefix;         /* path in front of the profile's own, "" or "/genesys-cloud" */
    uint16_t port; /* 0: any free one; sites with the same nonzero port share a listener */
};

struct mock_options {
    const char *bind_address; /* NULL: 127.0.0.1 */
    unsigned n_threads;       /* 0: one a processor */
    uint64_t seed;
    struct str admin_token; /* "": made at start */
    size_t journal_bytes;   /* 0: 2 MiB */
    struct log *log;        /* borrowed */
};

CHECK bool mock_start(struct mock **out, const struct mock_options *options,
                      const struct mock_site *sites, size_t n_sites, struct err *err);
void mock_stop(struct mock *mock);
/* What --ready-file holds. */
void mock_ready_json(struct buf *out, const struct mock *mock);

#endif
