/* What a client's conduct is judged by: every exchange that the mock's journal has, with its operation by the profile,
 * and how the run ended. Needs no knowledge of the client. Private to replay/ and cli/. */
#ifndef REHEARSE_REPLAY_EVIDENCE_H
#define REHEARSE_REPLAY_EVIDENCE_H

#include "validator/validator.h"

/* One request and what came of it. Texts are borrowed from the journal's text. */
struct exchange {
    uint64_t number; /* as in the journal */
    int64_t at_us;   /* the site's clock, when it came */
    int64_t from_us,
        to_us; /* request line, last byte of the answer; runs on where the site's clock stands still */
    struct str site, method, uri, path, query, body, client;
    struct str case_name; /* error case that was answered, "" none */
    struct str fault;     /* name of the fault that was dealt, "" none */
    const struct contract *contract;
    const struct operation *op; /* NULL: the profile has none there */
    int status;                 /* what the server answered */
    bool is_lost;               /* the client cannot have read that answer: cut, spoilt */
    bool has_bad_certificate;   /* it came over a connection whose certificate is wrong */
    bool is_handshake;          /* a TLS handshake with a wrong certificate, no request */
    struct str bearer;          /* the token, "" none */
    const struct traffic_header *headers, *reply_headers;
    size_t n_headers, n_reply_headers;
    struct json asked, answer; /* bodies that are JSON */
    uint64_t signature;        /* of method, URI and body: the same call again has it too */
};

/* How the program ended; a journal alone does not know. */
struct evidence_end {
    bool is_known, is_timeout;
    bool is_stopped; /* the user ended it: what was still to come is not known */
    int exit_status, signal;
};

/* What somebody else did to an entity during the run, as a scenario's actor does. */
struct other_change {
    struct str site, path;
    int64_t at_us;           /* as exchanges' from_us */
    struct json before, set; /* the entity as it was; the members that were set */
};

struct evidence {
    struct exchange *at; /* in the order of their numbers */
    size_t n;
    bool has_secrets; /* tokens are as they came: who used which can be told */
    int64_t shift_us; /* from the monotonic clock to from_us */
    const struct other_change *others;
    size_t n_others;
    struct evidence_end end;
    const struct str *strange_hosts; /* asked for, and of no profile or sink */
    size_t n_strange_hosts;
    const struct str *unmet; /* faults that were set and never met */
    size_t n_unmet;
    const struct contract *contract; /* of the states */
    struct json before, after;       /* the tenant's snapshot; no value: not known */
    struct json clean_after;         /* after a run without faults */
};

/* Reads a journal (a line of JSON an entry, or the admin API's document) into `a`; exchanges with the site's own
 * contract, else the first. Borrows `name`, `text` and the contracts. Findings J; false with `err` where the text is
 * no journal. */
CHECK bool evidence_read(struct evidence *out, struct arena *a,
                         const struct contract *const *contracts, size_t n_contracts,
                         struct str name, struct str text, struct findings *fs, struct err *err);
/* The same, beside what is there: of another site. */
CHECK bool evidence_add(struct evidence *io, struct arena *a,
                        const struct contract *const *contracts, size_t n_contracts,
                        struct str name, struct str text, struct findings *fs, struct err *err);

/* A header of a request or an answer; s NULL: none. */
struct str exchange_header(const struct traffic_header *headers, size_t n, struct str name);
/* 2xx or 3xx that the client could read. */
bool exchange_is_well(const struct exchange *x);
/* Changes nothing: GET, HEAD, OPTIONS, and searches in a body. */
bool exchange_is_safe(const struct exchange *x);
/* May be sent twice without harm: safe, PUT, DELETE, adding a link, or with the operation's idempotency key. */
bool exchange_is_idempotent(const struct exchange *x);
/* True for "auth.expired" where `family` is "auth". */
bool exchange_in_case(const struct exchange *x, struct str family);

#endif
