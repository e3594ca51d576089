/* The content of a JSON string that the scanner has accepted. */
#include "base/json_int.h"

#include "base/buf.h"

#include <string.h>

static uint32_t hex4(const char *p)
{
    uint32_t value = 0;
    for (int i = 0; i < 4; i++) {
        uint32_t digit = (uint32_t)(p[i] <= '9' ? p[i] - '0' : (p[i] | 0x20) - 'a' + 10);
        value = value << 4 | digit;
    }
    return value;
}

static size_t utf8_put(char *out, uint32_t code)
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    size_t n = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = n - 1; i > 0; i--) {
        out[i] = (char)(0x80 | (code & 0x3F));
        code >>= 6;
    }
    static const unsigned char heads[] = {0, 0, 0xC0, 0xE0, 0xF0};
    out[0] = (char)(heads[n] | code);
    return n;
}

/* *p at the u of an escape; moves behind it and its second half. */
static size_t unit_put(char *out, const char **p)
{
    uint32_t code = hex4(*p + 1);
    *p += 5;
    if (code >= 0xD800 && code <= 0xDBFF) {
        code = 0x10000 + ((code - 0xD800) << 10 | (hex4(*p + 2) - 0xDC00));
        *p += 6;
    }
    return utf8_put(out, code);
}

size_t json_decode(char *out, const char *from, const char *to)
{
    static const char names[] = "bfnrt", values[] = "\b\f\n\r\t";
    char *begin = out;
    for (const char *p = from; p < to;) {
        const char *slash = memchr(p, '\\', (size_t)(to - p));
        size_t plain = (size_t)((slash != NULL ? slash : to) - p);
        memcpy(out, p, plain);
        out += plain;
        p += plain;
        if (p == to) {
            break;
        }
        p++; /* the backslash */
        if (*p == 'u') {
            out += unit_put(out, &p);
            continue;
        }
        const char *name = strchr(names, *p);
        *out++ = name != NULL ? values[name - names] : *p;
        p++;
    }
    return (size_t)(out - begin);
}

void json_put_decoded(struct buf *b, struct str escaped)
{
    buf_reserve(b, escaped.len);
    b->len += json_decode(b->s + b->len, escaped.s, escaped.s + escaped.len);
}
