/* Private to the readers of traffic. */
#ifndef REHEARSE_VALIDATOR_READ_TRAFFIC_INT_H
#define REHEARSE_VALIDATOR_READ_TRAFFIC_INT_H

#include "validator/read_int.h"
#include "validator/read_traffic.h"

struct traffic_reader {
    struct read r;
    const struct contract *contract;
    struct traffic_request *requests;
    size_t n_requests, requests_cap;
};

/* Method and URL stand at `at`; finds path, place and operation. */
struct traffic_request *traffic_add(struct traffic_reader *t, struct str method, struct str url,
                                    struct span at);
bool traffic_is_method(struct str word);
/* By the headers, or where they say nothing by the first byte. */
bool traffic_is_json(const struct traffic_request *q, struct str body);
/* read_traffic_http.c */
void traffic_http(struct traffic_reader *t);
/* read_traffic_curl.c */
bool traffic_is_curl(struct str text);
void traffic_curl(struct traffic_reader *t);

#endif
