/* What a sink file says: which hosts are sinks, what is expected there, what they answer.
 * docs/sinks.md explains each word. Immutable once read, counted, shared by threads. Private to
 * mockapi/. */
#ifndef REHEARSE_MOCKAPI_SINK_RULES_H
#define REHEARSE_MOCKAPI_SINK_RULES_H

#include "mockapi/mockapi.h"
#include "mockapi/request.h"

struct sink_header {
    struct str name, value; /* value: of a header that is expected "" any */
};

struct sink_answer_rule {
    int status;
    int64_t times; /* 0: from then on */
    int64_t latency_ms;
    const struct sink_header *headers;
    size_t n_headers;
    const struct template *body; /* NULL: none */
    struct str content_type;
};

struct sink_route {
    size_t number;                /* among all routes of the rules */
    struct str method;            /* "": any */
    struct str path;              /* a glob */
    const struct schema *expects; /* of the body; NULL: anything */
    const struct sink_header *headers;
    size_t n_headers;                       /* that are expected */
    const struct sink_answer_rule *answers; /* in their order; at least one */
    size_t n_answers;
    const struct sink_answer_rule *invalid; /* to what is not as expected; NULL: as to all */
};

struct sink_place {
    struct str name;
    const struct str *hosts; /* "bi.example.com", "*.example.com" */
    size_t n_hosts;
    const struct sink_route *routes; /* the first that fits */
    size_t n_routes;
};

struct sink_rules {
    atomic_uint refs;
    struct arena arena;
    struct schema_set *schemas;
    const struct sink_place *places;
    size_t n_places, n_routes;
};

/* Reads files; copies them. Findings, with file, line and column, where one is wrong: then there are
 * no rules. */
CHECK bool sink_rules_load(struct sink_rules **out, const struct mock_sink *files, size_t n,
                           struct findings *fs, struct err *err);
struct sink_rules *sink_rules_hold(struct sink_rules *r);
/* Lets go of it; NULL is fine. */
void sink_rules_free(struct sink_rules *r);

/* The sink of that name, or the one that stands under that host (port and case do not count); NULL:
 * none. */
const struct sink_place *sink_place_named(const struct sink_rules *r, struct str name);
const struct sink_place *sink_place_at(const struct sink_rules *r, struct str host);
/* The first route for the request; NULL: there is none, `out_allow` then holds the methods that the
 * path has ("" none). */
const struct sink_route *sink_route_for(const struct sink_place *place, struct str method,
                                        struct str path, struct buf *out_allow);
/* Adds what of the request is not as the route expects. `body` is no value where it is no JSON. */
void sink_expect(const struct sink_route *route, const struct request *rq, struct json body,
                 struct findings *fs);

#endif
