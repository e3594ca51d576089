/* Content codings (RFC 9110, 8.4): bodies that come packed, answers that go packed. gzip alone, by
 * zlib. Private to mockapi/. */
#ifndef REHEARSE_MOCKAPI_CODING_H
#define REHEARSE_MOCKAPI_CODING_H

#include "base/base.h"

enum body_state {
    BODY_WELL,
    BODY_TOO_LARGE,
    BODY_CORRUPT,      /* not what its coding says, or cut off */
    BODY_CODING_OTHER, /* a coding that is not spoken here */
};

enum { CODING_BYTES_MIN = 1024 }; /* shorter answers go as they are */

/* Undoes the codings that the header names ("" none): `*text` becomes what was meant, in `a`, of at
 * most `max` bytes. */
enum body_state coding_undo(struct str *text, struct arena *a, struct str header, size_t max);
/* True if an Accept-Encoding header takes gzip: by name, as x-gzip or as "*", not with weight 0 nor
 * with less than what is said of identity. */
bool coding_takes_gzip(struct str header);
/* `text` packed with gzip, in `a`; s NULL where that would not be shorter. */
struct str coding_gzip(struct arena *a, struct str text);

#endif
