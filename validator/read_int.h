/* Private to the readers: where they are, and what they say. */
#ifndef REHEARSE_VALIDATOR_READ_INT_H
#define REHEARSE_VALIDATOR_READ_INT_H

#include "validator/read.h"

struct read {
    struct arena *arena;
    struct str name, text;
    struct findings *fs; /* may be NULL */
    struct err *err;
    struct json_lines *lines; /* of text */
};

void read_init(struct read *r, struct arena *a, struct str name, struct str text,
               struct findings *fs, struct err *err);
/* A finding at `span`; message in the list's arena. Needs r->fs. */
struct finding read_finding(struct read *r, const char *rule, enum severity severity,
                            struct span span, struct str message);
/* The end of reading: an error finding and the error itself. Always false. */
bool read_fail(struct read *r, const char *rule, struct span span, const char *message,
               const char *hint);
/* Refuses what is no text in UTF-8: UTF-16, a spreadsheet's own format, Latin-1. */
bool read_text_check(struct read *r);
bool read_is_json_number(struct str s);

/* read_paths.c: members by dotted paths, sorted by path, none within another. */
struct read_paths {
    struct json_maker *maker;
    struct str prefix; /* of the objects that are open, with its dot; starts "" */
    size_t to;         /* the caller's: end of the last value, where objects end */
};
/* Closes and opens objects, and writes the name of the value that is to follow. */
void read_paths_turn(struct read_paths *p, struct str path, struct span name, size_t from);
void read_paths_end(struct read_paths *p);

#endif
