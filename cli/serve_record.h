/* `rehearse serve --record`. Private to cli/. */
#ifndef REHEARSE_CLI_SERVE_RECORD_H
#define REHEARSE_CLI_SERVE_RECORD_H

#include "cli/options.h"
#include "model/model.h"

struct serve_record {
    const char *folder; /* made where it is not there; NULL: it is missing */
    const char *profile;
    const struct option_list *upstreams;
    const char *ca_file, *ready_file; /* may be NULL */
    uint64_t port, timeout_s;
    bool is_quiet, has_mocks_options; /* those that only a mock can have */
    struct log *log;
};
/* Hands on and writes down until SIGTERM or SIGINT; the exit status. */
int serve_record(const struct serve_record *how);

#endif
