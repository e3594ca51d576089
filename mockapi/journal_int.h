/* What the journal's files share: the record of one request as it lies in the ring. Private to
 * mockapi/journal*.c and mockapi/har.c. */
#ifndef REHEARSE_MOCKAPI_JOURNAL_INT_H
#define REHEARSE_MOCKAPI_JOURNAL_INT_H

#include "mockapi/journal.h"

/* The texts of a record, one after the other behind its struct. Headers are "name NUL value NUL …".
 */
enum record_text {
    RECORD_ID,
    RECORD_SITE,
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
    uint64_t number, fault_id;             /* fault_id 0: no fault was dealt */
    uint64_t connection;                   /* its number; 0: none */
    int64_t at_us, latency_us, started_us; /* started_us: on the monotonic clock */
    int64_t injected_ms;                   /* what a fault added behind that */
    uint64_t request_bytes, reply_bytes;   /* of the whole bodies */
    int status;
    int close;  /* enum fault_close */
    int spoilt; /* enum fault_body */
    bool has_bad_certificate;
    bool is_handshake; /* no request came: it is about the connection's TLS */
    bool is_unmatched, is_tls, has_request_headers_cut, has_reply_headers_cut;
};

enum { RECORD_BODY_MAX = 4 << 10, RECORD_FILE_BODY_MAX = 1 << 20 };

/* Text `which` of a record whose texts begin at `texts`. */
struct str record_text(const struct record *r, const char *texts, enum record_text which);
/* mockapi/journal_record.c: the record of a finished request, its bodies cut at `body_max`. Borrows
 * the texts from the request and its arena. */
void record_describe(struct record *out, struct str texts[RECORD_TEXT_COUNT],
                     const struct request *rq, int64_t latency_us, size_t body_max);
/* Copies the record and its texts to `at`: out->size bytes. */
void record_copy(char *at, const struct record *r, const struct str texts[RECORD_TEXT_COUNT]);

/* A record that is shown. */
struct record_view {
    const struct record *r;
    const char *texts;
    bool keeps_secrets; /* shows what is left out else */
    bool is_evidence;   /* shows connection and start */
};
/* mockapi/journal_json.c: appends the record as a JSON object on one line. */
void record_put(struct buf *out, const struct record_view *v);
/* mockapi/har.c: an archive (HTTP Archive 1.2) is the head, entries with commas between them, the
 * tail. Any bytes in a record give strict JSON. */
void har_put_head(struct buf *out);
void har_put_entry(struct buf *out, const struct record_view *v);
void har_put_tail(struct buf *out, uint64_t dropped);

/* mockapi/journal_secret.c */
/* What stands in the place of what is left out. */
struct str journal_mark(void);
/* Appends `s` as a JSON string; bytes that are no UTF-8 become U+FFFD. */
void journal_put_string(struct buf *out, struct str s);
/* The same without the quotes. */
void journal_put_escaped(struct buf *out, struct str s);
/* True if what follows this word, or stands under this name, is nobody's business. */
bool journal_is_secret(struct str word);
/* Appends a URI or body as it is, the values of secret words left out. */
void journal_strip(struct buf *out, struct str s);
/* Appends a URI or body as a JSON string, the values of secret words left out but where
 * v->keeps_secrets. */
void journal_put_shown(struct buf *out, const struct record_view *v, struct str s);
/* The value of a header of that name, in the same way. */
void journal_put_value(struct buf *out, const struct record_view *v, struct str name,
                       struct str value);

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
