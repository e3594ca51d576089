/* Text with a length: `struct str` is passed by value, borrows its bytes, and is not NUL-terminated
 * by contract. */
#ifndef REHEARSE_BASE_STR_H
#define REHEARSE_BASE_STR_H

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct err;

struct str {
    const char *s;
    size_t len;
};

/* STR for expressions, STR_INIT for static tables; both take a literal only. */
#define STR(lit) ((struct str){"" lit, sizeof(lit) - 1})
#define STR_INIT(lit)                                                                              \
    {                                                                                              \
        "" lit, sizeof(lit) - 1                                                                    \
    }
/* For "%.*s"; texts beyond INT_MAX are cut there. */
#define STR_ARG(x) str_print_len(x), ((x).s ? (x).s : "")

int str_print_len(struct str s);

/* str_of(c): borrows the C string `c` (NULL gives the empty string). */
struct str str_of(const char *c);
bool str_eq(struct str a, struct str b);
/* ASCII letters compare without case. */
bool str_eq_fold(struct str a, struct str b);
/* Byte order, shorter first on a tie: <0, 0, >0. */
int str_cmp(struct str a, struct str b);
bool str_starts(struct str s, struct str head);
bool str_ends(struct str s, struct str tail);
/* First place of `needle` in `s`, or s.len where there is none. */
size_t str_find(struct str s, struct str needle);
size_t str_find_char(struct str s, char c);
/* The bytes from `from` up to, not including, `to`; both are clamped to the text. */
struct str str_slice(struct str s, size_t from, size_t to);
/* ASCII blanks off both ends. */
struct str str_trim(struct str s);
/* str_cut(&rest, sep, &head): moves the text before `sep` to `head` and what follows it to `rest`;
 * without a `sep` the whole goes to `head` and `rest` becomes empty. False once `rest` was already
 * empty and NULL (nothing left). */
bool str_cut(struct str *rest, char sep, struct str *head);
/* 64-bit hash of the bytes, seeded per process by nothing: the same everywhere. Not for hostile
 * keys outside maps, which perturb it themselves. */
uint64_t str_hash(struct str s);
/* The same with a seed; with a secret seed fit for hostile keys. */
uint64_t str_hash_seeded(struct str s, uint64_t seed);
/* Copies into `a`; the copy is followed by a NUL byte. */
struct str str_copy(struct arena *a, struct str s);
/* ASCII lower case copy into `a`. */
struct str str_lower(struct arena *a, struct str s);
/* A C string in `a`, for a library's border; NULL if `s` holds a NUL byte. */
const char *str_cstr(struct arena *a, struct str s);
/* True if the bytes are well-formed UTF-8 (RFC 3629); else `out_bad`, if not NULL, is the place
 * where the first bad sequence starts. */
bool str_is_utf8(struct str s, size_t *out_bad);
/* Number of code points in well-formed UTF-8. */
size_t str_code_points(struct str s);
/* The candidate nearest to `word` (edit distance at most a third of its length, ASCII case ignored,
 * the first one on a tie), or an index of `n` if none is. Words over 96 bytes have none. */
size_t str_nearest(struct str word, const struct str *candidates, size_t n);

/* True if `s` fits the pattern as a whole: '*' stands for any text, '?' for one byte. Linear but for
 * one place to come back to. */
bool str_glob(struct str pattern, struct str s);

/* Decimal numbers: the whole text must be one, within [min, max]; false and `out` untouched
 * otherwise. */
CHECK bool num_parse_i64(int64_t *out, struct str s, int64_t min, int64_t max);
CHECK bool num_parse_u64(uint64_t *out, struct str s, uint64_t min, uint64_t max);
/* Finite decimal, C locale whatever the program's. */
CHECK bool num_parse_double(double *out, struct str s);

#endif
