/* JSON documents that were made from another text: a table (CSV), YAML, a body that stands escaped
 * in a string of another document. Their places are those of that other text, the original: of such
 * a document json_span, json_key_span, json_source, json_doc_text, json_line_column and json_finding
 * speak of what the user wrote, and so do the findings of the parser. What the values are is JSON as
 * ever (json_literal).
 *
 *   original  code;wrap         made  [{"code":"A","wrap":300}]
 *             A;300
 *
 * A maker writes the JSON text and notes for each name and value the original's bytes. */
#ifndef REHEARSE_BASE_JSON_ORIGIN_H
#define REHEARSE_BASE_JSON_ORIGIN_H

#include "base/buf.h"
#include "base/json.h"

struct json_lines;

/* A name or value of the made text, by its first byte there, and its bytes in the original. */
struct json_origin_mark {
    uint32_t made, from, to;
};

struct json_maker {
    struct arena *arena;
    struct str name, original;
    struct buf text;                /* the JSON so far */
    struct json_origin_mark *marks; /* ascending */
    uint32_t n_marks, marks_cap;
    uint32_t depth;
    bool is_too_large;                 /* over JSON_BYTES_MAX: nothing more is written */
    uint32_t open[JSON_DEPTH_MAX + 1]; /* marks of the open arrays and objects */
    char closers[JSON_DEPTH_MAX + 1];  /* and what closes them */
};

/* Starts a document in `a` from `original`, named `name` in messages; borrows both texts, as long as the
 * document lives. */
void json_maker_init(struct json_maker *m, struct arena *a, struct str name, struct str original);
/* Name of the next value; then a value: scalars whole, arrays and objects from open to close. Inside an
 * object each value needs its name first. The texts are copied; `at` are bytes of the original. */
void json_make_key(struct json_maker *m, struct str key, struct span at);
void json_make_string(struct json_maker *m, struct str content, struct span at);
/* `literal`: true, false, null, or a JSON number. */
void json_make_literal(struct json_maker *m, struct str literal, struct span at);
/* `kind`: JSON_ARRAY or JSON_OBJECT. Deeper than JSON_DEPTH_MAX nothing is written any more, and
 * json_make_done says so. */
void json_make_open(struct json_maker *m, enum json_kind kind, size_t from);
void json_make_close(struct json_maker *m, size_t to);
/* The document, once one value has been made and all is closed. Checks as json_parse does: names that
 * repeat, depth, integers that do not fit, with the original's places. */
CHECK bool json_make_done(const struct json_doc **out, struct json_maker *m,
                          const struct json_limits *limits, struct findings *fs, struct err *err);

/* Parses the JSON that is the content of the string `v`, as bodies stand in journals; places are those in
 * the text of v's document, through the escapes. */
CHECK bool json_parse_inner(const struct json_doc **out, struct arena *a, struct json v,
                            const struct json_limits *limits, struct findings *fs, struct err *err);
/* Parses the JSON at `at` of `original`; what stands around it need not be JSON. `lines`: of the original,
 * so that many parts share them; NULL: none yet. */
CHECK bool json_parse_part(const struct json_doc **out, struct arena *a, struct str name,
                           struct str original, struct span at, const struct json_lines *lines,
                           const struct json_limits *limits, struct findings *fs, struct err *err);

/* Lines and columns of a text that is no document (yet). Borrows the text. */
struct json_lines *json_lines_of(struct arena *a, struct str text);
/* Fills in lines and columns of f->span. */
void json_lines_place(const struct json_lines *lines, struct finding *f);

/* The JSON text of a value: of a document with an origin that of the made text, else json_source. */
struct str json_literal(struct json v);

#endif
