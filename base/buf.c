/* A growing text: doubles when full. On an arena it first tries to grow where it stands, which
 * works while nothing else was taken from that arena. */
#include "base/buf.h"

#include <assert.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/bytes_int.h"
#include "base/fatal_int.h"

enum { CAP_FIRST = 64 };

void buf_init(struct buf *b, struct arena *a)
{
    *b = (struct buf){.arena = a};
}

void buf_done(struct buf *b)
{
    if (!b->arena) {
        mem_free(b->s);
    }
    b->s = NULL;
    b->len = b->cap = 0;
}

void buf_clear(struct buf *b)
{
    b->len = 0;
}

static __attribute__((noinline)) void grow(struct buf *b, size_t more)
{
    size_t need;
    if (__builtin_add_overflow(b->len, more, &need) || need >= SIZE_MAX / 2) {
        fatal("out of memory: the size of a text overflows");
    }
    need += 1;
    size_t cap = b->cap * 2 > CAP_FIRST ? b->cap * 2 : CAP_FIRST;
    cap = cap > need ? cap : need;
    if (!b->arena) {
        b->s = mem_resize(b->s, cap, 1);
    } else if (!arena_extend(b->arena, b->s, b->cap, cap)) {
        char *p = arena_bytes(b->arena, cap);
        if (b->len) {
            memcpy(p, b->s, b->len);
        }
        b->s = p;
    }
    b->cap = cap;
}

void buf_reserve(struct buf *b, size_t more)
{
    if (more >= b->cap - b->len) { /* len < cap, or both 0 */
        grow(b, more);
    }
}

void buf_put(struct buf *b, struct str s)
{
    if (s.len) {
        buf_reserve(b, s.len);
        memcpy(b->s + b->len, s.s, s.len);
        b->len += s.len;
    }
}

void buf_put_char(struct buf *b, char c)
{
    buf_reserve(b, 1);
    b->s[b->len++] = c;
}

static const char digit_pairs[] = "00010203040506070809101112131415161718192021222324"
                                  "25262728293031323334353637383940414243444546474849"
                                  "50515253545556575859606162636465666768697071727374"
                                  "75767778798081828384858687888990919293949596979899";

void buf_put_u64(struct buf *b, uint64_t v)
{
    char digits[20];
    size_t at = sizeof digits;
    for (; v >= 100; v /= 100) {
        at -= 2;
        memcpy(digits + at, digit_pairs + v % 100 * 2, 2);
    }
    if (v >= 10) {
        at -= 2;
        memcpy(digits + at, digit_pairs + v * 2, 2);
    } else {
        digits[--at] = (char)('0' + v);
    }
    buf_put(b, (struct str){digits + at, sizeof digits - at});
}

void buf_put_i64(struct buf *b, int64_t v)
{
    if (v < 0) {
        buf_put_char(b, '-');
        buf_put_u64(b, (uint64_t)(-(v + 1)) + 1);
    } else {
        buf_put_u64(b, (uint64_t)v);
    }
}

void buf_printf(struct buf *b, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    buf_reserve(b, CAP_FIRST);
    int n = vsnprintf(b->s + b->len, b->cap - b->len, format, args);
    assert(n >= 0);
    if ((size_t)n >= b->cap - b->len) {
        buf_reserve(b, (size_t)n);
        n = vsnprintf(b->s + b->len, b->cap - b->len, format, again);
        assert(n >= 0);
    }
    b->len += (size_t)n;
    va_end(again);
    va_end(args);
}

static bool is_plain(char c)
{
    return (unsigned char)c >= 0x20 && c != '"' && c != '\\';
}

/* The high bit of each byte of `w` that is 0, exact up to and including the first such byte. */
ALLOW_WRAP static uint64_t zero_bytes(uint64_t w)
{
    return (w - BYTES_ONES) & ~w & BYTES_HIGH;
}

/* How many bytes from `p` on need no escape. A byte under 0x20 is one whose top three bits are 0.
 */
static size_t plain_run(const char *p, size_t len)
{
    size_t i = 0;
    for (; len - i >= 8; i += 8) {
        uint64_t w = load_le64(p + i);
        uint64_t special = zero_bytes(w & (BYTES_ONES * 0xe0)) |
                           zero_bytes(w ^ (BYTES_ONES * '"')) | zero_bytes(w ^ (BYTES_ONES * '\\'));
        if (special) {
            return i + (size_t)__builtin_ctzll(special) / 8;
        }
    }
    while (i < len && is_plain(p[i])) {
        i++;
    }
    return i;
}

static void put_unicode_escape(struct buf *b, unsigned code)
{
    static const char hex[] = "0123456789abcdef";
    char text[6] = {
        '\\', 'u', hex[code >> 12 & 15], hex[code >> 8 & 15], hex[code >> 4 & 15], hex[code & 15]};
    buf_put(b, (struct str){text, sizeof text});
}

/* A byte that is not plain. */
static void put_escape(struct buf *b, char c)
{
    static const char short_from[] = "\"\\\b\f\n\r\t", short_to[] = "\"\\bfnrt";
    const char *found = c ? strchr(short_from, c) : NULL;
    if (found) {
        char text[2] = {'\\', short_to[found - short_from]};
        buf_put(b, (struct str){text, sizeof text});
    } else {
        put_unicode_escape(b, (unsigned char)c);
    }
}

void buf_put_json_escaped(struct buf *b, struct str s)
{
    while (s.len > 0) {
        size_t run = plain_run(s.s, s.len);
        buf_put(b, str_slice(s, 0, run));
        if (run == s.len) {
            return;
        }
        put_escape(b, s.s[run]);
        s = str_slice(s, run + 1, s.len);
    }
}

void buf_put_json_string(struct buf *b, struct str s)
{
    buf_reserve(b, s.len < SIZE_MAX / 4 ? s.len + 2 : s.len);
    buf_put_char(b, '"');
    buf_put_json_escaped(b, s);
    buf_put_char(b, '"');
}

/* Code points that would play tricks on a terminal or a reader: controls and changes of writing
 * direction. */
static bool is_invisible(unsigned code)
{
    return (code >= 0x7f && code <= 0x9f) || code == 0x61c || (code >= 0x200b && code <= 0x200f) ||
           (code >= 0x2028 && code <= 0x202e) || (code >= 0x2060 && code <= 0x206f) ||
           code == 0xfeff;
}

/* The code point of a well-formed sequence of `len` bytes. */
static unsigned code_point(const char *p, size_t len)
{
    static const unsigned char first[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    unsigned code = (unsigned char)p[0] & (unsigned)first[len];
    for (size_t i = 1; i < len; i++) {
        code = code << 6 | ((unsigned char)p[i] & 0x3fU);
    }
    return code;
}

/* Length of the well-formed sequence at the start of `s`, 0 if there is none. */
static size_t sequence(struct str s)
{
    unsigned char c = (unsigned char)s.s[0];
    size_t len = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
    return len <= s.len && str_is_utf8(str_slice(s, 0, len), NULL) ? len : 0;
}

void buf_put_quoted(struct buf *b, struct str s)
{
    enum { SHOWN_MAX = 80 };
    size_t at = 0;
    buf_put_char(b, '"');
    while (at < s.len) {
        size_t len = sequence(str_slice(s, at, s.len));
        if (at + (len ? len : 1) > SHOWN_MAX) {
            buf_put(b, STR("…"));
            break;
        }
        unsigned code = len ? code_point(s.s + at, len) : 0;
        if (len == 0) {
            buf_printf(b, "\\x%02x", (unsigned)(unsigned char)s.s[at]);
            len = 1;
        } else if (is_invisible(code)) {
            put_unicode_escape(b, code);
        } else if (len == 1 && !is_plain(s.s[at])) {
            put_escape(b, s.s[at]);
        } else {
            buf_put(b, str_slice(s, at, at + len));
        }
        at += len;
    }
    buf_put_char(b, '"');
}

struct str buf_str(const struct buf *b)
{
    return (struct str){b->s ? b->s : "", b->len};
}

const char *buf_cstr(struct buf *b)
{
    buf_reserve(b, 0);
    b->s[b->len] = '\0';
    return b->s;
}

void buf_put_utf8(struct buf *b, uint32_t c)
{
    if (c < 0x80) {
        buf_put_char(b, (char)c);
    } else if (c < 0x800) {
        buf_put_char(b, (char)(0xC0 | c >> 6));
        buf_put_char(b, (char)(0x80 | (c & 0x3F)));
    } else if (c < 0x10000) {
        buf_put_char(b, (char)(0xE0 | c >> 12));
        buf_put_char(b, (char)(0x80 | (c >> 6 & 0x3F)));
        buf_put_char(b, (char)(0x80 | (c & 0x3F)));
    } else {
        buf_put_char(b, (char)(0xF0 | c >> 18));
        buf_put_char(b, (char)(0x80 | (c >> 12 & 0x3F)));
        buf_put_char(b, (char)(0x80 | (c >> 6 & 0x3F)));
        buf_put_char(b, (char)(0x80 | (c & 0x3F)));
    }
}
