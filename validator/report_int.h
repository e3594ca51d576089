/* Private to the reports: texts made safe for each format, JSON members, findings by entity. */
#ifndef REHEARSE_VALIDATOR_REPORT_INT_H
#define REHEARSE_VALIDATOR_REPORT_INT_H

#include "validator/report.h"

/* report_text.c: names of files and messages may hold any bytes; what is no UTF-8 becomes U+FFFD. */
/* The code point at `at` (which is within `s`), and by how many bytes to go on. */
uint32_t report_char(struct str s, size_t at, size_t *out_len);
/* For a workflow command of GitHub: % CR LF, in a property : and , as well. */
void report_put_github(struct buf *b, struct str s, bool is_property);
/* A relative reference, or file: for an absolute path (RFC 3986). */
void report_put_uri(struct buf *b, struct str path);
/* Without a leading "./". */
struct str report_path(struct str path);
struct str report_severity(enum severity severity); /* error, warning, note */
/* "code "Follow up"": the entity for people; "" if there is none. */
void report_put_entity(struct buf *b, const struct report_entity *entity);
bool report_has_entity(const struct report_entity *entity);
/* 16 hexadecimal digits, without path and line. */
void report_put_fingerprint(struct buf *b, const struct report_item *item);
const struct report_rule *report_rule(const struct report *r, struct str id);
bool report_is_shown(const struct report_item *item); /* not suppressed */
/* "2 errors, 1 warning in 3 files" */
void report_put_counts(struct buf *b, const struct report_summary *s);

/* JSON, one member after the other: the comma is put where one is due. */
void report_member(struct buf *b, const char *name); /* the value follows */
void report_element(struct buf *b);                  /* the same in an array */
void report_member_text(struct buf *b, const char *name, struct str value);
void report_member_text_if(struct buf *b, const char *name, struct str value); /* none for "" */
void report_member_u64(struct buf *b, const char *name, uint64_t value);

/* report_groups.c: findings by what they are about. */
struct report_group {
    struct str file, pointer;
    struct report_entity entity;
    uint32_t line;
    size_t next;                    /* group of the same file */
    size_t first, last;             /* items, along next_item */
    const struct report_skip *skip; /* the first one */
    size_t errors, warnings;        /* notes count as neither */
};
struct report_suite {
    struct str file;
    size_t first, last, n; /* groups */
    size_t errors, skips;  /* groups that failed, that were skipped */
};
struct report_groups {
    struct report_group *groups;
    struct report_suite *suites;
    size_t *next_item; /* by item */
    size_t n_groups, n_suites;
};
#define REPORT_NONE SIZE_MAX
void report_group(struct report_groups *out, struct arena *a, const struct report *r);
/* What a group is called: its entity, else "the text". */
void report_put_group(struct buf *b, const struct report_group *g);

/* One function a format. */
void report_plain(struct buf *out, const struct report *r);
void report_gcc(struct buf *out, const struct report *r);
void report_json(struct buf *out, const struct report *r);
void report_jsonl(struct buf *out, const struct report *r);
void report_sarif(struct buf *out, const struct report *r);
void report_junit(struct buf *out, const struct report *r);
void report_github(struct buf *out, const struct report *r);
void report_gitlab(struct buf *out, const struct report *r);
void report_checkstyle(struct buf *out, const struct report *r);
void report_tap(struct buf *out, const struct report *r);
void report_rdjsonl(struct buf *out, const struct report *r);
void report_markdown(struct buf *out, const struct report *r);
void report_gcc_item(struct buf *out, const struct finding *f);

#endif
