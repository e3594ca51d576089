/* Text with a length: comparing, cutting, searching, hashing, UTF-8. Long texts are walked eight
 * bytes at a time where that is simple. Case and blanks are ASCII. */
#include "base/str.h"

#include <limits.h>
#include <string.h>

#include "base/arena.h"
#include "base/bytes_int.h"

int str_print_len(struct str s)
{
    return s.len > INT_MAX ? INT_MAX : (int)s.len;
}

struct str str_of(const char *c)
{
    return c ? (struct str){c, strlen(c)} : STR("");
}

bool str_eq(struct str a, struct str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.s, b.s, a.len) == 0);
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

bool str_eq_fold(struct str a, struct str b)
{
    if (a.len != b.len) {
        return false;
    }
    for (size_t i = 0; i < a.len; i++) {
        if (a.s[i] != b.s[i] && lower(a.s[i]) != lower(b.s[i])) {
            return false;
        }
    }
    return true;
}

int str_cmp(struct str a, struct str b)
{
    size_t common = a.len < b.len ? a.len : b.len;
    int order = common ? memcmp(a.s, b.s, common) : 0;
    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

bool str_starts(struct str s, struct str head)
{
    return s.len >= head.len && (head.len == 0 || memcmp(s.s, head.s, head.len) == 0);
}

bool str_ends(struct str s, struct str tail)
{
    return s.len >= tail.len &&
           (tail.len == 0 || memcmp(s.s + (s.len - tail.len), tail.s, tail.len) == 0);
}

size_t str_find(struct str s, struct str needle)
{
    if (needle.len == 0) {
        return 0;
    }
    const char *p = s.len >= needle.len ? memmem(s.s, s.len, needle.s, needle.len) : NULL;
    return p ? (size_t)(p - s.s) : s.len;
}

size_t str_find_char(struct str s, char c)
{
    const char *p = s.len ? memchr(s.s, c, s.len) : NULL;
    return p ? (size_t)(p - s.s) : s.len;
}

struct str str_slice(struct str s, size_t from, size_t to)
{
    to = to < s.len ? to : s.len;
    from = from < to ? from : to;
    return (struct str){s.s ? s.s + from : NULL, to - from};
}

struct str str_trim(struct str s)
{
    while (s.len > 0 && is_blank(s.s[0])) {
        s.s++;
        s.len--;
    }
    while (s.len > 0 && is_blank(s.s[s.len - 1])) {
        s.len--;
    }
    return s;
}

bool str_cut(struct str *rest, char sep, struct str *head)
{
    if (!rest->s) {
        return false;
    }
    struct str whole = *rest;
    size_t at = str_find_char(whole, sep);
    *head = str_slice(whole, 0, at);
    *rest = at < whole.len ? str_slice(whole, at + 1, whole.len) : (struct str){0};
    return true;
}

__extension__ typedef unsigned __int128 wide;

/* Both halves of the 128-bit product, folded: one multiplication stirs 64 bits. */
static uint64_t fold(uint64_t a, uint64_t b)
{
    wide product = (wide)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Odd, half of the bits set, no pattern: the first 64 bits of the fraction of π, and of e. */
#define HASH_A UINT64_C(0x243f6a8885a308d3)
#define HASH_B UINT64_C(0xb7e151628aed2a6b)

/* Sixteen bytes a step, the last step overlapping the one before; short texts in one step. The
 * length goes into the end, so that overlapping reads of different texts do not meet. */
uint64_t str_hash_seeded(struct str s, uint64_t seed)
{
    uint64_t hash = seed ^ HASH_A;
    uint64_t a = 0, b = 0;
    const char *p = s.s;
    if (s.len > 16) {
        size_t left = s.len;
        for (; left > 16; left -= 16, p += 16) {
            hash = fold(load_le64(p) ^ HASH_B, load_le64(p + 8) ^ hash);
        }
        a = load_le64(s.s + s.len - 16);
        b = load_le64(s.s + s.len - 8);
    } else if (s.len >= 8) {
        a = load_le64(p);
        b = load_le64(p + s.len - 8);
    } else if (s.len >= 4) {
        a = load_le32(p);
        b = load_le32(p + s.len - 4);
    } else if (s.len > 0) {
        a = (unsigned char)p[0] | (uint64_t)(unsigned char)p[s.len / 2] << 8 |
            (uint64_t)(unsigned char)p[s.len - 1] << 16;
    }
    hash = fold(a ^ HASH_B, b ^ hash);
    return fold(hash ^ HASH_A, (uint64_t)s.len ^ HASH_B);
}

uint64_t str_hash(struct str s)
{
    return str_hash_seeded(s, 0);
}

struct str str_copy(struct arena *a, struct str s)
{
    char *p = arena_bytes(a, s.len + 1);
    if (s.len) {
        memcpy(p, s.s, s.len);
    }
    p[s.len] = '\0';
    return (struct str){p, s.len};
}

struct str str_lower(struct arena *a, struct str s)
{
    char *p = arena_bytes(a, s.len + 1);
    for (size_t i = 0; i < s.len; i++) {
        p[i] = lower(s.s[i]);
    }
    p[s.len] = '\0';
    return (struct str){p, s.len};
}

const char *str_cstr(struct arena *a, struct str s)
{
    return str_find_char(s, '\0') < s.len ? NULL : str_copy(a, s).s;
}

static bool is_tail(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

/* Length of the well-formed sequence at p (RFC 3629, section 4), 0 if there is none. `len` > 0. */
static size_t utf8_step(const char *p, size_t len)
{
    unsigned char c = (unsigned char)p[0];
    if (c < 0x80) {
        return 1;
    }
    if (c < 0xc2 || c > 0xf4 || len < 2) {
        return 0;
    }
    if (c < 0xe0) {
        return is_tail(p[1]) ? 2 : 0;
    }
    unsigned char second = (unsigned char)p[1];
    unsigned char low = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : 0x80;
    unsigned char high = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : 0xbf;
    if (second < low || second > high || len < 3 || !is_tail(p[2])) {
        return 0;
    }
    if (c < 0xf0) {
        return 3;
    }
    return len >= 4 && is_tail(p[3]) ? 4 : 0;
}

bool str_is_utf8(struct str s, size_t *out_bad)
{
    size_t i = 0;
    while (i < s.len) {
        if (s.len - i >= 8) {
            uint64_t high = load_le64(s.s + i) & BYTES_HIGH;
            if (high == 0) {
                i += 8;
                continue;
            }
            i += (size_t)__builtin_ctzll(high) / 8;
        }
        size_t step = utf8_step(s.s + i, s.len - i);
        if (step == 0) {
            if (out_bad) {
                *out_bad = i;
            }
            return false;
        }
        i += step;
    }
    return true;
}

size_t str_code_points(struct str s)
{
    size_t tails = 0;
    size_t i = 0;
    for (; s.len - i >= 8; i += 8) {
        uint64_t w = load_le64(s.s + i);
        tails += (size_t)__builtin_popcountll((w >> 7) & ~(w >> 6) & BYTES_ONES);
    }
    for (; i < s.len; i++) {
        tails += is_tail(s.s[i]);
    }
    return s.len - tails;
}

enum { NEAREST_MAX = 96 }; /* longer words get no suggestion */

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Optimal string alignment distance (insert, delete, replace, swap of neighbours), ASCII case
 * ignored. Both texts at most NEAREST_MAX × 4 / 3 bytes. Three rows of the table suffice. */
static size_t edit_distance(struct str a, struct str b)
{
    size_t rows[3][NEAREST_MAX * 4 / 3 + 1];
    for (size_t j = 0; j <= b.len; j++) {
        rows[0][j] = j;
    }
    for (size_t i = 1; i <= a.len; i++) {
        size_t *now = rows[i % 3];
        const size_t *last = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];
        now[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            char x = lower(a.s[i - 1]), y = lower(b.s[j - 1]);
            size_t best = last[j - 1] + (x != y);
            best = least(best, least(last[j], now[j - 1]) + 1);
            if (i > 1 && j > 1 && x == lower(b.s[j - 2]) && lower(a.s[i - 2]) == y) {
                best = least(best, before[j - 2] + 1);
            }
            now[j] = best;
        }
    }
    return rows[a.len % 3][b.len];
}

size_t str_nearest(struct str word, const struct str *candidates, size_t n)
{
    size_t limit = word.len / 3;
    size_t best = limit + 1, found = n;
    if (word.len > NEAREST_MAX) {
        return n;
    }
    for (size_t i = 0; i < n && best > 0; i++) {
        struct str c = candidates[i];
        if (c.len + limit < word.len || c.len > word.len + limit) {
            continue;
        }
        size_t distance = edit_distance(word, c);
        if (distance < best) {
            best = distance;
            found = i;
        }
    }
    return found;
}

bool str_glob(struct str pattern, struct str s)
{
    size_t p = 0, i = 0, star = SIZE_MAX, from = 0;
    while (i < s.len) {
        if (p < pattern.len && pattern.s[p] == '*') {
            star = p++;
            from = i;
        } else if (p < pattern.len && (pattern.s[p] == '?' || pattern.s[p] == s.s[i])) {
            p++;
            i++;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            i = ++from;
        } else {
            return false;
        }
    }
    while (p < pattern.len && pattern.s[p] == '*') {
        p++;
    }
    return p == pattern.len;
}
