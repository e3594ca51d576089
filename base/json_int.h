/* Inside of base/json: what the scanner leaves behind and what a document is made of.
 *
 *   text    {"a": [1, "x"], "b": {}}
 *   places  0 {…}   1 [1, "x"]   2 1   3 "x"   4 {}          in document order
 *   groups  one for each array and object, in the order in which they close
 *
 * A place holds where its value begins and, for a scalar, where it ends; for an array or object it
 * names its group, which holds the end, the place after the subtree and the number of children. So
 * a value costs 8 bytes and an array or object 16 more. The first child of place i is place i + 1.
 * The name of a member is found in the text, backwards from its value: no quote inside a JSON
 * string stands without a backslash before it, so the first bare one is where the name begins. */
#ifndef REHEARSE_BASE_JSON_INT_H
#define REHEARSE_BASE_JSON_INT_H

#include "base/arena.h"
#include "base/finding.h"
#include "base/json.h"
#include "base/json_origin.h"

#include <pthread.h>

/* Flags in the top bit of an offset: offsets are at most JSON_BYTES_MAX. */
#define PLACE_FLAG ((uint32_t)1 << 31)

enum {
    JSON_NARROW_MAX = 16,    /* members of an object that is searched without an index */
    JSON_LINE_BLOCK = 1024,  /* bytes of text for which one line and column are kept */
    JSON_FOUND_BYTES = 80,   /* of a value that is shown in a finding */
    SCAN_PLACES_START = 128, /* room on the stack, so that small texts need no heap */
    SCAN_GROUPS_START = 32,
    SCAN_KEYS_START = 48,
};

struct json_place {
    uint32_t from; /* first byte; PLACE_FLAG: a string with escapes */
    uint32_t to;   /* scalar: byte after it, PLACE_FLAG: string with a NUL; else index of group */
};

struct json_group {
    uint32_t to;    /* byte after the closing bracket */
    uint32_t next;  /* place after the subtree */
    uint32_t count; /* elements or members */
    uint32_t index; /* wide object: place of its index in the document's list, plus 1; else 0 */
};

/* A name or a string with a NUL in it, of which cJSON keeps only the head. */
struct json_nul {
    uint32_t code; /* 2 × place, plus 1 for the value, plus 0 for the name of the member there */
    struct str text;
};

struct json_slot {
    const struct cJSON *node; /* NULL: free */
    uint32_t at, hash;
};

/* Open addressing, linear probing, at most half full. */
struct json_index {
    struct json_slot *slots;
    uint32_t mask;
};

/* Line and column of any byte, from marks that stand a block apart; made at the first question. */
struct json_lines {
    struct str text;
    struct json_lines_marks *marks; /* NULL: text of one block */
};

/* Where the bytes of a made text come from (base/json_origin.h). */
struct json_origin {
    struct str text; /* the original */
    const struct json_origin_mark *marks;
    uint32_t n_marks;
    const struct json_lines *lines; /* of text; NULL: each document makes its own */
    bool is_linear;                 /* between marks bytes correspond one to one */
};

/* Where the last pointer led, level by level: findings are made in the order of the document, so that the
 * next one is found from there and not from the first child of a long array. */
enum { TRAIL_LEVELS = 8, TRAIL_PLACES_MIN = 256 };
struct json_trail {
    pthread_mutex_t lock;
    struct json_step {
        struct json child; /* guarded by lock */
        uint32_t parent;
        uint64_t index;
    } steps[TRAIL_LEVELS];
};

struct json_doc {
    struct str name, text;
    struct json_trail *trail;         /* NULL: a small document */
    const struct json_origin *origin; /* NULL: `text` is what the user wrote */
    const struct cJSON *root;
    const struct json_place *places;
    const struct json_group *groups;
    const struct json_nul *nuls; /* sorted by code */
    const struct json_index *indexes;
    struct json_lines lines;
    uint32_t n_places, n_nuls;
    bool has_duplicates;
};

/* A growing list of numbers on the heap. */
struct json_u32s {
    uint32_t *at;
    uint32_t len, cap;
};

struct json_key {
    const char *s; /* decoded */
    uint32_t len;
    uint32_t from; /* of its opening quote */
    uint32_t hash;
};

struct json_frame {
    uint64_t bloom;  /* a bit for each name's hash, while narrow */
    uint32_t *slots; /* wide: index into the keys of this frame, plus 1 */
    uint32_t slot_mask;
    uint32_t place;    /* of the array or object itself */
    uint32_t count;    /* children so far */
    uint32_t key_base; /* first of its names in the scanner's keys */
    uint32_t key_from; /* opening quote of the current name; UINT32_MAX: none */
    bool is_object;
};

struct json_scanner {
    struct str name, text;
    const struct json_origin *origin; /* NULL: none */
    const char *begin, *end;          /* begin: text.s, byte order mark included */
    struct findings *fs;
    struct err *err;
    uint64_t seed; /* perturbs the hash of names */
    size_t max_bytes;
    uint32_t max_depth;
    bool allow_duplicate_keys, allow_bom, has_duplicates, has_failed;

    struct json_place *places;
    struct json_group *groups;
    struct json_key *keys;
    uint32_t n_places, places_cap, n_groups, groups_cap, n_keys, keys_cap;
    uint32_t n_strings, n_names; /* in the whole text, for the comparison with cJSON's tree */
    struct json_u32s wide;       /* places of objects with more than JSON_NARROW_MAX members */
    struct json_u32s nuls;       /* codes as in json_nul, ascending */
    struct arena scratch;
    struct json_lines lines;

    uint32_t depth;
    struct json_frame frames[JSON_DEPTH_MAX];
    struct json_place places_start[SCAN_PLACES_START];
    struct json_group groups_start[SCAN_GROUPS_START];
    struct json_key keys_start[SCAN_KEYS_START];
};

/* json_scan.c */
void json_scanner_init(struct json_scanner *s, struct str name, struct str text,
                       const struct json_limits *limits);
bool json_scanner_run(struct json_scanner *s);
void json_scanner_done(struct json_scanner *s);
/* Length of the well-formed UTF-8 sequence at p, which is not ASCII; 0 if it is none. */
size_t json_utf8_length(const char *p, const char *end);

/* json_keys.c: names of members, and whether they repeat. */
/* The name that stands between `from` (after its quote) and `to` (its closing quote) is the next
 * member of the innermost object. */
void json_keys_add(struct json_scanner *s, const char *from, const char *to, bool has_escape);
void json_keys_grow(struct json_scanner *s);
/* Hash of all bytes for tables that hostile names reach; differs from process to process. */
uint64_t json_name_hash(uint64_t seed, struct str name);
uint64_t json_seed(void);
void json_u32s_push(struct json_u32s *list, uint32_t value);

/* json_report.c: the scanner's findings and errors. */
struct json_fault {
    const char *rule;
    const char *from, *to;
    struct str expected, hint;
    bool is_limit;
};
/* The scan ends here: a finding and an error. Always NULL. */
const char *json_scan_fail(struct json_scanner *s, const struct json_fault *f, const char *format,
                           ...) PRINTF(3, 4);
/* A finding alone, if findings are wanted. */
void json_scan_note(struct json_scanner *s, const struct json_fault *f, enum severity severity,
                    const char *format, ...) PRINTF(4, 5);
void json_scan_duplicate(struct json_scanner *s, const struct json_key *first,
                         const struct json_key *again);
/* J002, or J001 where the byte at p is no UTF-8: says what stands at `p` and what should. */
const char *json_scan_syntax(struct json_scanner *s, const char *p, const char *expected);
const char *json_scan_number_fault(struct json_scanner *s, const char *from, const char *p);
const char *json_scan_escape_fault(struct json_scanner *s, const char *p);
const char *json_scan_string_fault(struct json_scanner *s, const char *from, const char *p);
/* Warnings about a number literal that is well-formed (J006, J007). */
void json_scan_number_check(struct json_scanner *s, const char *from, const char *to,
                            bool is_integer);

/* The source from `from` to `to` for a finding: blanks between tokens left out, cut on a code point
 * with "…" after JSON_FOUND_BYTES bytes. Writes at most JSON_FOUND_BYTES + 4 bytes to `out`. */
struct str json_found(char *out, const char *from, const char *to);

/* json_number.c: by value, exactly. */
bool json_number_eq(struct str a, struct str b);
uint64_t json_number_hash(struct str text);

/* json_lines.c */
/* Marks are allocated in `a` but filled at the first question, under a lock of their own. */
void json_lines_init(struct json_lines *l, struct arena *a, struct str text);
void json_lines_find(const struct json_lines *l, size_t offset, uint32_t *out_line,
                     uint32_t *out_column);

/* json_decode.c: the content of a string between its quotes, well-formed, into memory of at least
 * as many bytes; gives the length. */
size_t json_decode(char *out, const char *from, const char *to);

/* json_tree.c: cJSON's tree of a text that the scanner has accepted. */
CHECK bool json_tree_build(struct json_doc **out, struct arena *a, const struct json_scanner *s,
                           bool is_terminated, struct err *err);

/* json_origin.c: bytes of the original for bytes of the made text. */
struct span json_origin_span(const struct json_origin *o, struct span made);

/* json.c */
/* json_parse of a text with an origin (may be NULL). */
CHECK bool json_parse_with(const struct json_doc **out, struct arena *a, struct str name,
                           struct str text, const struct json_origin *origin,
                           const struct json_limits *limits, struct findings *fs, struct err *err);
/* Places in the document's own text, whatever its origin. */
struct span json_made_span(struct json v);
struct span json_made_key_span(struct json member);
struct str json_name_at(const struct json_doc *doc, const struct cJSON *node, uint32_t at);
uint32_t json_place_next(const struct json_doc *doc, uint32_t at);
bool json_place_is_group(const struct json_doc *doc, uint32_t at);

#endif
