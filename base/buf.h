/* A growing text. On an arena (its memory then goes with the arena) or, with a NULL arena, on the
 * heap. */
#ifndef REHEARSE_BASE_BUF_H
#define REHEARSE_BASE_BUF_H

#include "base/attr.h"
#include "base/str.h"

#include <stddef.h>
#include <stdint.h>

struct arena;

struct buf {
    char *s; /* len bytes, then always one spare for a NUL where cap > 0 */
    size_t len, cap;
    struct arena *arena; /* NULL: heap */
};

/* A zeroed buf is an empty heap buf. */
void buf_init(struct buf *b, struct arena *a);
/* Frees heap memory, forgets arena memory; the buf is empty afterwards and may be used again. */
void buf_done(struct buf *b);
void buf_clear(struct buf *b);
/* Room for `more` further bytes. */
void buf_reserve(struct buf *b, size_t more);
void buf_put(struct buf *b, struct str s);
void buf_put_char(struct buf *b, char c);
void buf_put_i64(struct buf *b, int64_t v);
void buf_put_u64(struct buf *b, uint64_t v);
void buf_printf(struct buf *b, const char *format, ...) PRINTF(2, 3);
/* A code point, as UTF-8. */
void buf_put_utf8(struct buf *b, uint32_t c);
/* `s` as a JSON string with its quotes; control characters, quote and backslash escaped, UTF-8 as
 * it stands. */
void buf_put_json_string(struct buf *b, struct str s);
/* The same without the quotes. */
void buf_put_json_escaped(struct buf *b, struct str s);
/* `s` for people in a message: quoted with '"', escaped, cut at 80 bytes on a code point with "…".
 */
void buf_put_quoted(struct buf *b, struct str s);
/* Borrows the content until the next change. */
struct str buf_str(const struct buf *b);
/* The content as a C string: NUL-terminated, borrowed until the next change. */
const char *buf_cstr(struct buf *b);

#endif
