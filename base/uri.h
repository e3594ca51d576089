/* URIs (RFC 3986) and query strings (application/x-www-form-urlencoded). */
#ifndef REHEARSE_BASE_URI_H
#define REHEARSE_BASE_URI_H

#include "base/attr.h"
#include "base/str.h"

struct arena;
struct buf;
struct err;

struct uri {
    struct str scheme, user_info, host, path, query,
        fragment;  /* borrowed parts, still encoded; s NULL: absent */
    uint16_t port; /* 0: none given */
};

/* Splits `text`, absolute or a relative reference. Parts borrow `text`; an IPv6 host keeps its
 * brackets. A character outside the grammar is ERR_INPUT: path templates with braces are no URIs.
 */
CHECK bool uri_parse(struct uri *out, struct str text, struct err *err);

struct query_pair {
    struct str name, value; /* decoded; value.s NULL where there was no '=' */
};
struct query {
    struct query_pair *pairs;
    size_t n;
};
enum { QUERY_PAIRS_MAX = 1000 };

/* Splits "a=b&c=d"; '+' is a space; bad percent escapes, NUL bytes, bad UTF-8 and more than
 * QUERY_PAIRS_MAX pairs are ERR_INPUT. Decoded text is copied into `a` only where it differs. Also
 * reads form bodies. */
CHECK bool query_parse(struct query *out, struct arena *a, struct str text, struct err *err);
/* First value of `name`; s NULL if absent. */
struct str query_get(const struct query *q, struct str name);

/* Percent-decodes a path segment into `a` (or borrows it where nothing is encoded). */
CHECK bool uri_decode(struct str *out, struct arena *a, struct str s, struct err *err);
/* Appends with everything but unreserved characters encoded (RFC 3986 2.3). */
void uri_encode(struct buf *b, struct str s);

/* `s` for a query or a form: all but RFC 3986's unreserved bytes as %XX. */
void uri_put_escaped(struct buf *b, struct str s);
/* Standard base64 (RFC 4648 4) and its URL-safe form without padding. False on bad input. */
CHECK bool base64_decode(struct str *out, struct arena *a, struct str s);
void base64_put(struct buf *b, struct str bytes);
CHECK bool base64url_decode(struct str *out, struct arena *a, struct str s);
void base64url_put(struct buf *b, struct str bytes);

#endif
