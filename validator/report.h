/* Reports: findings written in the formats that people, editors and build services read. The caller
 * gives a sorted list with what it knows beside each finding; a report is a function of that alone:
 * same list, same bytes. Nothing here reads files or the clock. */
#ifndef REHEARSE_VALIDATOR_REPORT_H
#define REHEARSE_VALIDATOR_REPORT_H

#include "base/base.h"

#define REPORT_KINDS(X)                                                                            \
    X(REPORT_TEXT, "text")     /* for people: the place shown, what to do */                       \
    X(REPORT_GCC, "gcc")       /* file:line:col: error: message [S104] */                          \
    X(REPORT_JSON, "json")     /* one object, versioned */                                         \
    X(REPORT_JSONL, "jsonl")   /* the same, an object a line, the summary last */                  \
    X(REPORT_SARIF, "sarif")   /* SARIF 2.1.0 */                                                   \
    X(REPORT_JUNIT, "junit")   /* a suite for each file, a case for each entity */                 \
    X(REPORT_GITHUB, "github") /* annotations of a workflow's log */                               \
    X(REPORT_GITLAB, "gitlab") /* code quality */                                                  \
    X(REPORT_CHECKSTYLE, "checkstyle")                                                             \
    X(REPORT_TAP, "tap")           /* version 14, a point for each entity */                       \
    X(REPORT_RDJSONL, "rdjsonl")   /* reviewdog */                                                 \
    X(REPORT_MARKDOWN, "markdown") /* for a job's summary and a pull request's comment */

enum report_kind {
#define X(name, text) name,
    REPORT_KINDS(X)
#undef X
        REPORT_KIND_COUNT
};

/* Bytes of a text that give way to `text`, with the lines and columns (code points) of both ends. */
struct report_edit {
    struct span span;
    uint32_t line, column, end_line, end_column;
    struct str text;
};

struct report_fix {
    bool is_safe;
    struct str about; /* "did you mean …"; may be "" */
    const struct report_edit *edits;
    size_t n_edits;
};

/* What a finding is about, or what was checked; all "" where there is none. */
struct report_entity {
    struct str type, id, name;
};

struct report_item {
    struct finding finding;
    struct report_entity entity;
    struct str fingerprint; /* "": made from rule, entity, pointer and value */
    struct str suppressed;  /* the reason; s NULL: not suppressed */
    bool is_suppressed_in_source;
    bool is_baselined; /* suppressed by a baseline */
    const struct report_fix *fixes;
    size_t n_fixes;
};

/* One row of the table of rules. */
struct report_rule {
    struct str id, title, about, help, url; /* all but id and title may be "" */
    enum severity severity;
};

/* A text that was read. With its text, columns can be told in bytes to those who count them so. */
struct report_file {
    struct str name, text; /* text.s NULL: not at hand */
};

/* An entity that was checked, whether or not something was found; in the order of the files. */
struct report_case {
    struct str file, pointer;
    uint32_t line;
    struct report_entity entity;
};

/* What could not be checked: a value that is not known until a plan is applied. */
struct report_skip {
    struct str file, pointer, why;
    uint32_t line, column;
    struct report_entity entity;
};

struct report_summary {
    size_t files, entities, errors, warnings, notes, suppressed, baselined, skipped;
    uint64_t ms;
};

struct report {
    const struct report_item *items; /* sorted as findings_sort does */
    size_t n_items;
    const struct report_rule *rules; /* of those found at least */
    size_t n_rules;
    const struct report_file *files;
    size_t n_files;
    const struct report_case *cases; /* none: those of the items alone */
    size_t n_cases;
    const struct report_skip *skips;
    size_t n_skips;
    struct report_summary summary;
    struct str version; /* of the program */
    struct str command; /* "check": names the report where several are shown together */
    struct str url;     /* of the program; may be "" */
    bool has_baseline;  /* SARIF says of each whether it is new */
    bool is_coloured;   /* REPORT_TEXT: with the colours of a terminal */
};

/* The kind of this name; REPORT_KIND_COUNT if there is none. */
enum report_kind report_kind_of(struct str name);
struct str report_kind_name(enum report_kind kind);
/* Appends the report to `out`. Suppressed findings stand only in JSON and SARIF, marked as such. */
void report_write(struct buf *out, enum report_kind kind, const struct report *r);

/* Texts made safe, for other reports too: what is no UTF-8 becomes U+FFFD. */
/* One line: control characters become \n, \t or \u001B. */
void report_put_line(struct buf *b, struct str s);
/* For XML 1.0 and HTML: markup escaped, characters that it cannot hold as \u0001; in an attribute blanks that
 * it would change as references. */
void report_put_xml(struct buf *b, struct str s, bool is_attribute);
/* One line of Markdown, in a table too: nothing in it is markup. */
void report_put_markdown(struct buf *b, struct str s);
void report_put_json(struct buf *b, struct str s); /* a string */

#endif
