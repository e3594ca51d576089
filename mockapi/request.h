/* One request's way through the mock: a record that the steps of mockapi/steps.c fill in one after
 * the other. Everything in it lives in the request's arena and belongs to one thread. Private to
 * mockapi/. */
#ifndef REHEARSE_MOCKAPI_REQUEST_H
#define REHEARSE_MOCKAPI_REQUEST_H

#include "model/model.h"

struct fault_plan; /* mockapi/fault.h */
struct event;      /* mockapi/events.h */
struct job_view;   /* mockapi/jobs.h */
struct store;      /* mockapi/store.h */
struct store_wait;
struct site; /* mockapi/site.h: a profile with its tenant, tokens, limits, faults, clock, journal */

enum { REPLY_HEADERS_MAX = 24, REQUEST_HEADERS_MAX = 100, STATUS_SWITCHING = 101 };

struct header {
    struct str name, value;
};

/* What is known of the bearer. Copied out of the token store, so that no lock is held. */
struct bearer {
    struct str value;
    const struct tenant_client *client; /* NULL: none */
    struct str audience;      /* id of the application that the token was made for; "" none */
    uint64_t chain;           /* the sign-in that it belongs to; 0: none */
    const struct str *scopes; /* granted to this token */
    size_t n_scopes;
    int64_t issued_us, expires_us;
    int64_t lifetime_s;
};

/* The state of the rate rule that is nearest to its limit, or that was passed. */
struct rate_state {
    const struct rate_rule *rule; /* NULL: none applies */
    int64_t remaining;
    int64_t reset_us;      /* when the window ends, on the site's clock */
    int64_t retry_after_s; /* what a fault rule says instead; 0: nothing */
    bool is_passed;        /* the request was one too many */
};

struct reply {
    int status;
    struct str content_type; /* "" for none */
    struct buf body;         /* in the request's arena */
    size_t n_headers;
    struct str case_name;                     /* the error case that it came from; "" */
    struct header headers[REPLY_HEADERS_MAX]; /* last: a new reply leaves them as they are */
};

/* An item of a batch that failed by itself. */
struct failure {
    size_t index;
    struct str code, message;
    int status;
};

struct request {
    struct arena *arena;
    struct site *site;
    const struct contract *contract;
    struct tenant *tenant;
    struct tenant
        *live_tenant;    /* while `tenant` is an older one that a fault shows; NULL: it is not */
    uint64_t number;     /* in the journal, from 1 */
    uint64_t connection; /* its number; 0: there is none */
    int64_t now_us;      /* the site's clock when the request was complete */
    char id[37];         /* uuid: of the seeded stream */

    /* as received */
    struct str method, uri, path, query_text; /* path without the site's prefix */
    struct str prefix;                        /* what was cut off the path's front; "" */
    struct str outside_of; /* the site's prefix, where the path is not below it; else "" */
    size_t n_headers;
    struct str body_text;
    bool is_remote; /* the other end is not on this machine; only known for the admin API */
    bool is_body_too_large, is_head, is_tls;
    bool is_actor; /* a scenario's own: neither numbered nor in the journal */
    bool
        has_bad_certificate; /* its connection was shown a wrong certificate, and it came all the same */
    bool is_handshake;       /* no request came: a fault was dealt to the connection's TLS */
    int body_state;          /* enum body_state: what became of its coding */
    int framing_status;      /* HTTP itself refuses it (mockapi/framing.h); 0: it is well-formed */
    struct str framing_text;
    struct store_wait *wait; /* lent by the server, to wait for the store; NULL: nobody waits */
    struct store *store;     /* that the answer waits for; NULL: it may go out */
    struct str client_id;    /* of the bearer, for the journal, where that is written later */
    struct schema_run
        *run; /* scratch of this thread, lent by the server; NULL: one is made where needed */

    /* a list that has nothing to give yet */
    int64_t poll_until_us; /* monotonic; 0: it was not asked to wait */
    bool is_polling;       /* there is no reply yet: site_poll asks again */

    /* found out on the way */
    struct query query;
    struct route route;
    const struct operation *op;
    struct str path_values[PATH_PARAMETERS_MAX]; /* decoded, in the order of the path */
    struct bearer bearer;
    struct rate_state rate;
    const struct json_doc *body_doc;
    struct json body; /* no value where there is none */
    struct findings findings;
    const struct fault_plan *fault; /* dealt to this request, or NULL */
    const struct finding
        *item_fault; /* dealt to the first item of a batch that tells of each; NULL */

    /* what templates see while acting */
    const struct entity *entity, *target, *parent; /* held by the lock or by entity_hold */
    const struct entity *row; /* {row}: the one at hand in $each of a resource */
    struct json item;         /* {body.…}: the body, or the item at hand */
    bool is_showing;          /* {entity} is the stored text, not what is shown of it */
    struct str new_id;
    int64_t version;
    struct page page;
    struct str page_self, page_first, page_last, page_next,
        page_previous; /* relative URIs; s NULL: absent */
    int64_t page_size, page_number, page_count, page_offset;
    struct buf items; /* "[…]": the entities of a page or a batch */
    const struct failure *failures;
    size_t n_failures;
    const struct batch_outcome *outcomes; /* of a batch, for $each: outcomes */
    size_t n_outcomes;
    const struct entity **done; /* entities made by a batch, for $each: items */
    size_t n_done;
    uint64_t random_state; /* of {random.…} */
    size_t each;           /* place of $each, SIZE_MAX outside */
    struct str each_list;
    struct json lists[TEMPLATE_LISTS_MAX]; /* items at hand of $each over values, outermost first */
    size_t n_lists;
    struct json part, owner;           /* the part of the entity that the operation is about */
    struct json result;                /* what a query found */
    struct json event;                 /* what happened to the entity; only while events are told */
    struct event *events, *events_end; /* mockapi/events.h: to be told */
    const struct job_view *job;        /* mockapi/jobs.h; NULL: none */
    struct str nearest; /* JSON: the operations that it was nearest to, where it has none */
    const struct finding *finding; /* {finding.…} */
    const struct error_case *error;
    struct str error_message;
    struct str stream; /* the channel that the connection becomes a stream of, once answered */
    struct str token_value, token_scope; /* the token endpoint's new token */
    int64_t token_lifetime_s;
    struct str token_id;      /* unique, of the new token */
    struct str token_refresh; /* what renews it; s NULL: nothing does */
    int64_t token_refresh_lifetime_s;
    struct str token_identity; /* the id token, once it was asked for */

    /* last, and not cleared for a new request (request_clear): five kilobytes that counts make void
     */
    struct header headers[REQUEST_HEADERS_MAX];
    struct reply reply;
};

/* What became of one item of a batch. */
struct batch_outcome {
    const struct entity *entity; /* NULL: it failed */
    size_t failure;              /* which one */
};

/* A step gives true to go on to the next one, false when the reply is complete. */
typedef bool request_step(struct request *rq);

/* A record for the next request: all is zero but the header tables, whose counts are. */
void request_clear(struct request *rq);
/* First header of that name, compared without case; s NULL if absent. */
struct str request_header(const struct request *rq, struct str name);
/* A path parameter by its name, decoded; s NULL if the operation has none. */
struct str request_path_value(const struct request *rq, struct str name);
/* A query parameter, or its schema's default as text; s NULL if there is neither. */
struct str request_query_value(const struct request *rq, struct str name);

/* mockapi/variables_each.c: each and rows of the source below. */
bool request_each(struct str list, size_t i, void *ctx);
size_t request_rows(const struct template_query *q, const struct str *values,
                    void (*row)(void *row_ctx), void *row_ctx, void *ctx);
/* {query.name}: typed as the parameter's schema says, a list as an array; false if it is absent. */
bool request_put_query(struct buf *out, struct request *rq, struct str name);
/* True if the client holds the permission. */
bool request_may(const struct request *rq, struct str permission);

/* The variables of docs/profile-format.md over this request. */
struct template_source request_source(struct request *rq);

/* Makes the reply from an error case: status, envelope, headers. Always false, so that a step can
 * return it. */
bool reply_case(struct request *rq, struct str case_name);
/* The same for a case at hand. */
bool reply_error(struct request *rq, const struct error_case *e);
/* The same for a case at hand, with a message of our own. */
bool reply_text_case(struct request *rq, const struct error_case *e, struct str message);
/* The same for a finding: its case, or the one that its rule leads to; {finding.…} is this one. */
bool reply_finding(struct request *rq, const struct finding *f);
/* Success: status and headers of the operation; the body is the operation's reply template if it
 * has one, else `body` (JSON text; "" for none). Always false. */
bool reply_success(struct request *rq, struct str body);
/* A status with the profile's headers and no body. Always false. */
bool reply_empty(struct request *rq, int status);
/* Adds a header to the reply; names and values are borrowed. Ones that would split the answer (CR,
 * LF) are left out. */
void reply_header(struct request *rq, struct str name, struct str value);

/* mockapi/identify.c, mockapi/steps.c */
request_step step_identify, step_permit;

/* Does the operation take a body of that content type? */
bool request_is_media(const struct operation *op, struct str header);
/* mockapi/body.c: media type, strict parse, check against contract and tenant comes with the act.
 */
request_step step_body;
/* mockapi/act.c: what the operation does, on the tenant under its lock. */
request_step step_act;
/* mockapi/oauth.c: token and revoke operations. */
bool act_token(struct request *rq);
bool act_revoke(struct request *rq);
bool act_introspect(struct request *rq);
/* {token.identity}: signs the id token of the new token, and keeps it; s NULL where the profile has
 * no claims for it. */
struct str oauth_identity(struct request *rq);
/* {token.keys}: the public keys, an array. Always true. */
bool oauth_put_keys(struct buf *out, struct request *rq);

#endif
