/* What the journal's files share: the record of one request as it lies in the ring. Private to
 * mockapi/journal*.c. */
#ifndef REHEARSE_MOCKAPI_JOURNAL_INT_H
#define REHEARSE_MOCKAPI_JOURNAL_INT_H

#include "mockapi/journal.h"

/* The texts of a record, one after the other behind its struct. Headers are "name NUL value NUL …".
 */
enum record_text {
    RECORD_ID,
    RECORD_METHOD,
    RECORD_URI,
    RECORD_PATH,
    RECORD_OPERATION,
    RECORD_CLIENT,
    RECORD_CASE,
    RECORD_FAULT,
    RECORD_NEAREST,     /* JSON: why no operation was found */
    RECORD_DIFFERENCES, /* JSON: what the body broke, by pointer */
    RECORD_REQUEST_HEADERS,
    RECORD_REQUEST_BODY,
    RECORD_REPLY_TYPE,
    RECORD_REPLY_HEADERS,
    RECORD_REPLY_BODY,
    RECORD_TEXT_COUNT
};

struct record {
    uint32_t size;   /* in the ring, a multiple of eight */
    uint32_t is_pad; /* only fills the ring's end: nothing but these two is there */
    uint32_t lens[RECORD_TEXT_COUNT];
    uint64_t number, fault_id; /* fault_id 0: no fault was dealt */
    int64_t at_us, latency_us;
    uint64_t request_bytes, reply_bytes; /* of the whole bodies */
    int status;
    int close; /* enum fault_close */
    bool is_unmatched, has_request_headers_cut, has_reply_headers_cut;
};

/* Text `which` of a record whose texts begin at `texts`. */
struct str record_text(const struct record *r, const char *texts, enum record_text which);
/* mockapi/journal_json.c: appends the record as a JSON object, secrets left out. */
void record_put(struct buf *out, const struct record *r, const char *texts);
/* Appends `s` as a JSON string; bytes that are no UTF-8 become U+FFFD. */
void journal_put_string(struct buf *out, struct str s);
/* True if what follows this word, or stands under this name, is nobody's business. */
bool journal_is_secret(struct str word);
/* mockapi/journal_nearest.c: appends the operations nearest to a request that has none, and for
 * each criterion whether it fits: [{"operation", "method", "path", "why", "criteria"}]. Gives the
 * nearest one in a line for people, printable ASCII, in the request's arena; "" if there is none. */
struct str nearest_put(struct buf *out, const struct request *rq);
/* mockapi/journal_diff.c: appends [{"pointer", "rule", "severity", "message", "found", "expected",
 * "hint"}], the first of many. */
void differences_put(struct buf *out, const struct findings *fs);
/* What the request's body, query or content type broke; s NULL if nothing did. */
struct str request_differences(const struct request *rq);

#endif
