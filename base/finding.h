/* Findings: results about the user's data. Collected, sorted, reported; they never stop a check. A
 * finding's texts live in the arena of its list. */
#ifndef REHEARSE_BASE_FINDING_H
#define REHEARSE_BASE_FINDING_H

#include "base/attr.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

enum severity { SEVERITY_NOTE, SEVERITY_WARNING, SEVERITY_ERROR };

/* A place in a text: byte offsets, `to` not included. Line and column (code points) are computed on
 * demand. */
struct span {
    size_t from, to;
};

struct finding {
    struct str rule; /* "S104": stable for ever */
    enum severity severity;
    struct str message; /* one line for people */
    struct str file;    /* name of the text, "" for a request body */
    struct span span;
    uint32_t line, column, end_line, end_column; /* from 1; 0: no place */
    struct str pointer;                          /* JSON Pointer (RFC 6901) within the text */
    struct str field;     /* last member name of the pointer, or the missing/unexpected member */
    struct str value;     /* what was found, as JSON text, cut at 80 bytes; s NULL: nothing */
    struct str expected;  /* what would have been right, for people; may be "" */
    struct str hint;      /* what to do, where that is certain; may be "" */
    struct str name;      /* what the error case of the profile is about: a resource, limit or
                             permission; may be "" */
    struct str case_name; /* error case of the profile that answers it; "" if the tenant would not
                             refuse */
    int status;           /* what the tenant answers; 0 if it would not refuse */
    size_t item;          /* place in a batch; SIZE_MAX: not in a batch */
    struct str entity_type, entity_id, entity_name; /* whose it is; "" where that is not known */
    struct str other_id; /* of the entity that it collides with; "" */
    struct str replacement; /* what would be right at the span, where that is certain; s NULL: nothing is */
    bool is_better_left_out; /* the member (of S111: its second equal item) at the pointer, for certain */
    struct str related_message,
        related_pointer; /* the other place (first duplicate …); may be "" */
    uint32_t related_line, related_column;
};

enum { FINDINGS_MAX = 1000 }; /* kept in a list that sets no maximum of its own */

struct findings {
    struct arena *arena;
    struct finding *at;
    size_t len, cap;
    size_t max; /* further ones are counted, not kept; 0: FINDINGS_MAX */
    size_t dropped;
    size_t errors; /* how many of severity error, dropped ones included */
};

void findings_init(struct findings *fs, struct arena *a);
/* Adds a copy of `f` (its texts are borrowed: they must live in the arena or for ever). Gives the
 * stored one, or NULL where it was only counted. */
struct finding *findings_add(struct findings *fs, const struct finding *f);
/* Formats into the list's arena. */
struct str findings_text(struct findings *fs, const char *format, ...) PRINTF(2, 3);
/* By file, byte, rule. */
void findings_sort(struct findings *fs);

#endif
