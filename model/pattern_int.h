/* Inside of pattern translation: the reader that pattern.c (groups, quantifiers) and
 * pattern_escape.c (characters, escapes, brackets) share. */
#ifndef REHEARSE_MODEL_PATTERN_INT_H
#define REHEARSE_MODEL_PATTERN_INT_H

#include "model/schema_int.h"

enum { PATTERN_DEPTH_MAX = 200, NAMES_MAX = 100, CODE_POINT_MAX = 0x10FFFF };

struct group_name {
    struct str name;
    unsigned number;
};

struct pattern_reader {
    const char *begin, *p, *end;
    struct buf *out; /* NULL: syntax only */
    const char *fault;
    unsigned depth, n_groups, n_names;
    bool is_strict, is_dot_all, is_multiline;
    struct group_name names[NAMES_MAX];
};

/* Inside of brackets: what . does not match. */
#define LINE_ENDS "\\n\\r\\x{2028}\\x{2029}"

/* Notes the first fault; gives false. */
bool pattern_fail(struct pattern_reader *r, const char *fault);
/* If the rest begins with `text`; pattern_take also moves on. */
bool pattern_at(const struct pattern_reader *r, const char *text);
bool pattern_take(struct pattern_reader *r, const char *text);
void pattern_put(struct pattern_reader *r, const char *text);
/* A character by number, safe in and out of brackets. */
void pattern_put_char(struct pattern_reader *r, uint32_t c);
/* The next code point; there must be one. */
uint32_t pattern_next_char(struct pattern_reader *r);
/* After a backslash outside of brackets. */
bool pattern_atom_escape(struct pattern_reader *r);
/* After '['. */
bool pattern_bracket(struct pattern_reader *r);

#endif
