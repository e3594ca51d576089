/* The journal as a file: every request as it ends, a line of JSON each, or an HTTP Archive. A thread
 * of its own writes; requests only copy their record into a bounded queue, and where that is full
 * the record is dropped and counted. What is in the file is whole at any time: an archive's end is
 * written behind each portion, and overwritten by the next. Any thread. Private to mockapi/. */
#ifndef REHEARSE_MOCKAPI_JOURNAL_FILE_H
#define REHEARSE_MOCKAPI_JOURNAL_FILE_H

#include "mockapi/journal.h"

struct journal_file;

enum { JOURNAL_QUEUE_BYTES = 8 << 20 };

struct journal_file_options {
    const char *path;
    bool is_har;        /* else a line of JSON a request */
    bool keeps_secrets; /* tokens and client secrets as they came */
    size_t queue_bytes; /* 0: JOURNAL_QUEUE_BYTES */
    struct log *log;    /* borrowed; NULL: nothing is said */
};

/* Makes the file anew, for its owner alone. */
CHECK bool journal_file_open(struct journal_file **out, const struct journal_file_options *options,
                             struct err *err);
/* Adds a finished request; never waits for the disk. */
void journal_file_add(struct journal_file *f, const struct request *rq, int64_t latency_us);
/* Records that are not in the file for want of room in the queue or on the disk. */
uint64_t journal_file_dropped(struct journal_file *f);
/* Writes what is queued, closes; says what was dropped. NULL is fine. */
void journal_file_close(struct journal_file *f);

#endif
