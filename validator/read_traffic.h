/* Recorded traffic: HTTP Archives 1.2, the mock's own journal (JSON or a line each), files with plain
 * HTTP requests in them (.http), curl's command lines. Each request with its operation by the profile's paths, and its JSON body
 * with places in the text, through the escapes where the body stands in a string. */
#ifndef REHEARSE_VALIDATOR_READ_TRAFFIC_H
#define REHEARSE_VALIDATOR_READ_TRAFFIC_H

#include "model/model.h"

enum traffic_kind {
    TRAFFIC_NONE,
    TRAFFIC_HAR,
    TRAFFIC_JOURNAL, /* as the admin API answers it, or an array of entries */
    TRAFFIC_LINES,   /* an entry a line */
    TRAFFIC_HTTP,    /* plain requests, "###" between them */
    TRAFFIC_CURL     /* curl's command lines, as browsers copy them */
};

enum traffic_body {
    BODY_NONE,
    BODY_JSON,
    BODY_BAD,   /* should be JSON and is not: findings say why */
    BODY_CUT,   /* the record has only its beginning */
    BODY_OTHER, /* a form, an upload, what is not UTF-8 */
};

struct traffic_header {
    struct str name, value;
};

/* What a request was answered. Bodies are as they were recorded: perhaps cut, perhaps base64. */
struct traffic_answer {
    int status; /* 0: not known, or none came */
    const struct traffic_header *headers;
    size_t n_headers;
    struct str body; /* decoded from the record's own escapes; "" none */
    bool is_cut, is_encoded;
};

struct traffic_request {
    struct str method, url, path; /* path: without authority, query and fragment */
    const struct traffic_header *headers;
    size_t n_headers;
    struct span at; /* of the method where it stands in the text */
    uint32_t line, column;
    enum traffic_body body_kind;
    struct json body;     /* BODY_JSON */
    struct str body_text; /* as it was sent; "" none, or not in the record as a text */
    struct traffic_answer answer;
    int64_t at_us;      /* when it was sent, since 1970; 0: not known */
    struct route route; /* op NULL: no operation of the profile */
};

struct recording {
    enum traffic_kind kind;
    const struct traffic_request *requests;
    size_t n_requests;
};

/* What a text looks like, by its beginning; TRAFFIC_NONE: something else. */
enum traffic_kind traffic_kind_of(struct str text);
/* Reads all requests of `text`, which must live as long as `a`. Findings are of bodies that are no JSON (J),
 * they refuse nothing. False with `err` where the text itself cannot be read. */
CHECK bool read_traffic(struct recording *out, struct arena *a, const struct contract *c,
                        struct str name, struct str text, struct findings *fs, struct err *err);

#endif
