/* JSON: a strict scanner with positions in front of cJSON.
 *
 * json_parse checks the text (RFC 8259 and the limits given; duplicate keys; lone surrogates),
 * notes where each value stands, and only then lets cJSON build the tree in the caller's arena.
 * What the house sees is `struct json`, a cursor passed by value. Numbers keep the literal that the
 * user wrote. A parsed document is immutable and may be read from several threads; the arena's
 * owner frees it. */
#ifndef REHEARSE_BASE_JSON_H
#define REHEARSE_BASE_JSON_H

#include "base/attr.h"
#include "base/finding.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct buf;
struct cJSON;
struct err;
struct json_doc;

enum json_kind {
    JSON_NONE,
    JSON_NULL,
    JSON_BOOL,
    JSON_NUMBER,
    JSON_STRING,
    JSON_ARRAY,
    JSON_OBJECT
};

struct json_limits {
    size_t max_bytes;          /* 0: JSON_BYTES_MAX */
    uint32_t max_depth;        /* 0: JSON_DEPTH_MAX; at most that */
    bool allow_duplicate_keys; /* the first one is found by json_get */
    bool allow_bom;            /* a byte order mark at the start is skipped */
    bool is_terminated;        /* a NUL byte follows the text (file_read, buf_cstr): saves a copy */
};
enum { JSON_DEPTH_MAX = 500 };
#define JSON_BYTES_MAX ((size_t)1 << 30)

/* A value in a document; doc NULL: no value (json_kind gives JSON_NONE, json_get and json_first
 * give no value again, so that paths can be written without a test at each step). */
struct json {
    const struct json_doc *doc;
    const struct cJSON *node;
    uint32_t at; /* place in document order: index into the document's table of positions */
};

/* Parses `text`, named `name` in messages, into arena `a`; borrows both texts: they must live as
 * long as the document. On bad text: if `fs` is not NULL adds findings J001…J014 to it (one for a
 * syntax error, all for duplicate keys), and sets `err` (ERR_INPUT or ERR_LIMIT, with line and
 * column) as well. Repeated names are findings also where they are allowed. Linear time; the arena
 * gives about 5 times the bytes of a usual text, up to 40 times where all values are digits. */
CHECK bool json_parse(const struct json_doc **out, struct arena *a, struct str name,
                      struct str text, const struct json_limits *limits, struct findings *fs,
                      struct err *err);
/* The scanner alone: same checks, same findings, no tree, nothing kept. `a` is for scratch. */
CHECK bool json_scan(struct arena *a, struct str name, struct str text,
                     const struct json_limits *limits, struct findings *fs, struct err *err);

/* The version of the JSON library in use, and of the one that we were built against. */
const char *json_library_version(void);
const char *json_library_built(void);

struct json json_root(const struct json_doc *doc);
struct str json_doc_name(const struct json_doc *doc);
struct str json_doc_text(const struct json_doc *doc);
enum json_kind json_kind(struct json v);
bool json_exists(struct json v);
/* "null", "true"…: the JSON Schema type name: null boolean number string array object. */
struct str json_kind_name(enum json_kind kind);

/* Member by exact name; no value if absent or `obj` is not an object. Expected constant time on
 * wide objects (more than 16 members, indexed when parsed), linear on narrow ones. */
struct json json_get(struct json obj, struct str key);
/* json_path(v, "a.b.c"): json_get repeated; member names that hold a dot cannot be asked for. */
struct json json_path(struct json v, struct str dotted);
/* Walk of an array or object in document order: for (m = json_first(v); json_exists(m); m =
 * json_next(m)). */
struct json json_first(struct json v);
struct json json_next(struct json v);
/* Name of an object's member that was reached by json_get, json_first or json_next; decoded. */
struct str json_key(struct json member);
/* Number of elements or members. O(1). */
size_t json_count(struct json v);
/* The same walk for who wants it all: an element or member with its name ("" in an array), its
 * kind, the content of a string or the literal of a number. One call a step. False at the end, or
 * if `parent` has no children.
 */
struct json_item {
    struct json v;
    struct str key, text;
    enum json_kind kind;
};
bool json_item_first(struct json_item *out, struct json parent);
bool json_item_next(struct json_item *io);

/* Content of a string, decoded, inner NULs kept; lives with the document. `v` must be a string. */
struct str json_str(struct json v);
/* The content if `v` is a string, else `otherwise`. */
struct str json_str_or(struct json v, struct str otherwise);
bool json_bool_or(struct json v, bool otherwise);
bool json_is_true(struct json v);
/* The literal as written. `v` must be a number. */
struct str json_number_text(struct json v);
double json_double(struct json v);
/* True if `v` is a number whose value is an integer within int64_t (1.0 and 1e2 are integers). */
bool json_i64(struct json v, int64_t *out);
/* True if `v` is a number whose value is an integer, of any size (1e400 is one). */
bool json_is_integer(struct json v);
int64_t json_i64_or(struct json v, int64_t otherwise);
/* Equality of JSON Schema 2020-12 4.2.2: numbers by value, members in any order. Exact on numbers
 * beyond 2^53. */
bool json_eq(struct json a, struct json b);
/* A hash that is equal for values that are json_eq. */
uint64_t json_hash(struct json v);

/* Appends the content of a JSON string that is known to be well-formed, given without its quotes.
 * `escaped` may lie in `b` itself where `b` has room for as many bytes more. */
void json_put_decoded(struct buf *b, struct str escaped);

/* The raw bytes of a value in its text, and their place; for a member also the place of its name.
 */
struct str json_source(struct json v);
struct span json_span(struct json v);
struct span json_key_span(struct json member);
/* Line and column (from 1, code points) of a byte offset. O(log lines) after a first O(text) call.
 */
void json_line_column(const struct json_doc *doc, size_t offset, uint32_t *out_line,
                      uint32_t *out_column);
/* err_at with the place of `v`; always false. */
bool json_err(struct err *err, struct json v, const char *format, ...) PRINTF(3, 4);

/* RFC 6901. json_pointer_find gives no value where the pointer leads nowhere. json_pointer_put
 * appends the pointer of `v`, found by walking from the root: O(depth × width), less where it stands behind the one
 * asked for before. */
struct json json_pointer_find(struct json root, struct str pointer);
void json_pointer_put(struct buf *b, struct json v);
void json_pointer_put_token(struct buf *b, struct str token); /* "/" and the escaped token */

/* True if `text` is the source of `v` without its blanks; false also where both mean the same but
 * are written differently. */
bool json_is_written(struct json v, struct str text);

/* Writes `v` without blanks, members in document order, numbers by their literal, strings with the
 * shortest escapes. */
void json_put(struct buf *b, struct json v);
/* The same, indented by two blanks, for files that people read. Short arrays and objects (fit in
 * 100 columns) stay on one line. */
void json_put_pretty(struct buf *b, struct json v);

/* Texts that are well-formed for certain, those of our own writers: their members without parsing
 * them. Names are compared as they are written, so a name with escapes in it is found only where
 * both write them alike. json_text_next walks an object, `rest` being at first its text: `out_name`
 * has its quotes on. json_text_path: as json_path; s NULL where there is no such member. */
bool json_text_is(struct str text, enum json_kind kind);
bool json_text_next(struct str *rest, struct str *out_name, struct str *out_value);
struct str json_text_path(struct str text, struct str dotted);

/* Typed getters that write findings: each looks up `key` in `obj`, checks the kind (S101 if it is
 * missing, S103 if of another kind) and gives true with *out set, or adds a finding to `fs` and
 * gives false. */
bool json_want_str(struct json obj, struct str key, struct str *out, struct findings *fs);
bool json_want_i64(struct json obj, struct str key, int64_t min, int64_t max, int64_t *out,
                   struct findings *fs);
bool json_want_bool(struct json obj, struct str key, bool *out, struct findings *fs);
bool json_want_array(struct json obj, struct str key, struct json *out, struct findings *fs);
bool json_want_object(struct json obj, struct str key, struct json *out, struct findings *fs);

/* A finding that stands at `v` (at its name with `at_key`): fills file, span, line, column,
 * pointer, field, value. Message and the rest are the caller's. */
struct finding json_finding(struct findings *fs, struct json v, struct str rule,
                            enum severity severity);
/* The same for the name of the member. */
struct finding json_key_finding(struct findings *fs, struct json member, struct str rule,
                                enum severity severity);

#endif
