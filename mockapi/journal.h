/* The journal: the last requests with their answers, in a ring of bytes. Secrets are left out:
 * Authorization headers, client secrets, tokens. Bounded; says how many entries were dropped. One
 * lock inside; any thread. Private to mockapi/. */
#ifndef REHEARSE_MOCKAPI_JOURNAL_H
#define REHEARSE_MOCKAPI_JOURNAL_H

#include "mockapi/request.h"

struct journal;
struct journal_file; /* mockapi/journal_file.h */

enum { JOURNAL_BYTES_DEFAULT = 2 << 20 };

/* `bytes` 0: JOURNAL_BYTES_DEFAULT. The ring's memory is touched only as it fills. */
struct journal *journal_new(size_t bytes);
void journal_free(struct journal *j);
/* How much of a body is kept; before others see the journal. */
void journal_keep_bodies(struct journal *j, size_t bytes);
void journal_clear(struct journal *j);
/* Every request that is added from now on goes into these files too; before others see the journal.
 * Borrowed. */
void journal_set_files(struct journal *j, struct journal_file *const *files, size_t n);
/* The same files as the other's. */
void journal_share_files(struct journal *j, const struct journal *other);
/* Adds a finished request. */
void journal_add(struct journal *j, const struct request *rq, int64_t latency_us);

struct journal_filter {
    uint64_t after;   /* entries with a greater number */
    int64_t since_us; /* not earlier on the site's clock; 0 any */
    size_t limit;     /* the newest so many; 0: all */
    struct str operation, method, path, client, case_name; /* "" any; path: prefix */
    int status;                                            /* 0 any */
    bool only_unmatched;                                   /* no operation was found */
    bool only_faults;                                      /* a fault was dealt */
    bool is_evidence; /* secrets as they came; connection and startUs of each entry */
};
enum journal_format {
    JOURNAL_JSON,   /* {"entries": […], "dropped": n, "next": number} */
    JOURNAL_NDJSON, /* an entry a line; the last line has dropped and next alone */
    JOURNAL_HAR     /* an HTTP Archive 1.2; "_dropped" in its log */
};
/* What matches, in order of number. */
void journal_put(struct buf *out, struct journal *j, const struct journal_filter *filter,
                 enum journal_format format);
/* True once `count` entries match the filter; waits for it at most `timeout_ms` of real time. */
bool journal_wait(struct journal *j, const struct journal_filter *filter, size_t count,
                  int64_t timeout_ms);
struct journal_stats {
    uint64_t requests, faults, by_status[6]; /* by first digit of the status */
    int64_t latency_us_sum;
    uint64_t dropped; /* since the start, cleared ones not counted */
    uint64_t bytes;   /* in use now */
};
struct journal_stats journal_stats(struct journal *j);

#endif
