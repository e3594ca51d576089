/* Base64 and its URL-safe form. Decoding is strict: the one text that encoding gives, or nothing;
 * so no two texts mean the same bytes. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/uri.h"

static const char standard[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char url_safe[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

enum { NOT_A_DIGIT = 64 };

static uint32_t digit_of(char c, const char *alphabet)
{
    if (c >= 'A' && c <= 'Z') {
        return (uint32_t)(c - 'A');
    }
    if (c >= 'a' && c <= 'z') {
        return (uint32_t)(c - 'a') + 26;
    }
    if (c >= '0' && c <= '9') {
        return (uint32_t)(c - '0') + 52;
    }
    return c == alphabet[62] ? 62 : c == alphabet[63] ? 63 : NOT_A_DIGIT;
}

/* `s` without padding. Four digits are three bytes; two or three at the end one or two, and their
 * spare bits must be 0. */
static bool decode(struct str *out, struct arena *a, struct str s, const char *alphabet)
{
    if (s.len % 4 == 1) {
        return false;
    }
    char *bytes = arena_bytes(a, s.len / 4 * 3 + 3);
    size_t len = 0;
    uint32_t bits = 0;
    for (size_t i = 0; i < s.len; i++) {
        uint32_t digit = digit_of(s.s[i], alphabet);
        if (digit == NOT_A_DIGIT) {
            return false;
        }
        bits = (bits << 6 | digit) & 0xffff;
        if (i % 4 != 0) {
            unsigned spare = 6 - 2 * (unsigned)(i % 4);
            bytes[len++] = (char)(unsigned char)(bits >> spare & 0xff);
            bits &= (1U << spare) - 1;
        }
    }
    if (bits != 0) {
        return false;
    }
    bytes[len] = '\0';
    *out = (struct str){bytes, len};
    return true;
}

static void encode(struct buf *b, struct str bytes, const char *alphabet)
{
    uint32_t bits = 0;
    unsigned have = 0;
    buf_reserve(b, bytes.len < SIZE_MAX / 4 ? bytes.len / 3 * 4 + 4 : bytes.len);
    for (size_t i = 0; i < bytes.len; i++) {
        bits = (bits << 8 | (unsigned char)bytes.s[i]) & 0xffff;
        for (have += 8; have >= 6; have -= 6) {
            buf_put_char(b, alphabet[bits >> (have - 6) & 63]);
        }
    }
    if (have > 0) {
        buf_put_char(b, alphabet[bits << (6 - have) & 63]);
    }
}

bool base64_decode(struct str *out, struct arena *a, struct str s)
{
    if (s.len % 4 != 0) {
        return false;
    }
    size_t padding = str_ends(s, STR("==")) ? 2 : str_ends(s, STR("=")) ? 1 : 0;
    return decode(out, a, str_slice(s, 0, s.len - padding), standard);
}

void base64_put(struct buf *b, struct str bytes)
{
    encode(b, bytes, standard);
    for (size_t i = bytes.len % 3; i > 0 && i < 3; i++) {
        buf_put_char(b, '=');
    }
}

bool base64url_decode(struct str *out, struct arena *a, struct str s)
{
    return decode(out, a, s, url_safe);
}

void base64url_put(struct buf *b, struct str bytes)
{
    encode(b, bytes, url_safe);
}
