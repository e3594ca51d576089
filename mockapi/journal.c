/* The ring: records lie whole, one after the other; where one does not fit before the end, a pad
 * fills the rest and the record begins anew at the front. Offsets only grow; a place in the ring is
 * an offset modulo its size.
 *
 *     | record 8 | record 9 | free …      | record 5 | record 6 | record 7 | pad |
 *                           ^ head        ^ tail
 *
 * Adding is one memcpy a text under the lock. Readers copy the records that they want and render
 * them with the lock released. */
#include "mockapi/journal_file.h"
#include "mockapi/journal_int.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    RING_MIN = 128 << 10, /* holds a few of the largest records */
    ALIGN = 8,
};

struct journal {
    struct journal_file *const *files; /* set before others see it */
    size_t n_files, body_max;
    pthread_mutex_t lock; /* guards the fields below */
    pthread_cond_t added;
    size_t n_waiting;
    char *ring;
    size_t cap;
    uint64_t head, tail, dropped, last_number;
    struct journal_stats stats;
};

struct journal *journal_new(size_t bytes)
{
    struct journal *j = MEM_NEW(struct journal);
    pthread_condattr_t attr;
    (void)pthread_mutex_init(&j->lock, NULL);
    (void)pthread_condattr_init(&attr);
    (void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&j->added, &attr);
    (void)pthread_condattr_destroy(&attr);
    j->cap = bytes == 0 ? JOURNAL_BYTES_DEFAULT : bytes < RING_MIN ? RING_MIN : bytes;
    j->cap -= j->cap % ALIGN;
    j->body_max = RECORD_BODY_MAX;
    return j;
}

void journal_keep_bodies(struct journal *j, size_t bytes)
{
    j->body_max = bytes;
}

void journal_free(struct journal *j)
{
    if (j) {
        (void)pthread_cond_destroy(&j->added);
        (void)pthread_mutex_destroy(&j->lock);
        mem_free(j->ring);
        mem_free(j);
    }
}

void journal_set_files(struct journal *j, struct journal_file *const *files, size_t n)
{
    j->files = files;
    j->n_files = n;
}

void journal_share_files(struct journal *j, const struct journal *other)
{
    journal_set_files(j, other->files, other->n_files);
}

void journal_clear(struct journal *j)
{
    (void)pthread_mutex_lock(&j->lock);
    j->tail = j->head;
    j->dropped = 0;
    (void)pthread_mutex_unlock(&j->lock);
}

/* Size and pad mark of the record at `offset`. */
static void peek(const struct journal *j, uint64_t offset, uint32_t out[2])
{
    memcpy(out, j->ring + offset % j->cap, 2 * sizeof *out);
}

static void make_room(struct journal *j, size_t size)
{
    while (j->head + size - j->tail > j->cap) {
        uint32_t oldest[2];
        peek(j, j->tail, oldest);
        j->tail += oldest[0];
        j->dropped += !oldest[1];
        j->stats.dropped += !oldest[1];
    }
}

static char *take(struct journal *j, uint32_t size)
{
    size_t left = j->cap - (size_t)(j->head % j->cap);
    if (left < size) {
        uint32_t pad[2] = {(uint32_t)left, 1};
        make_room(j, left);
        memcpy(j->ring + j->head % j->cap, pad, sizeof pad);
        j->head += left;
    }
    make_room(j, size);
    char *at = j->ring + j->head % j->cap;
    j->head += size;
    return at;
}

static void count(struct journal *j, const struct record *r)
{
    int digit = r->status / 100;
    j->stats.requests += !r->is_handshake;
    j->stats.faults += r->fault_id != 0;
    j->stats.by_status[digit >= 1 && digit <= 5 ? digit : 0]++;
    j->stats.latency_us_sum += r->latency_us;
    j->last_number = r->number > j->last_number ? r->number : j->last_number;
}

void journal_add(struct journal *j, const struct request *rq, int64_t latency_us)
{
    struct record r;
    struct str texts[RECORD_TEXT_COUNT];
    record_describe(&r, texts, rq, latency_us, j->body_max);
    (void)pthread_mutex_lock(&j->lock);
    if (!j->ring) { /* a session that nobody speaks to pays for none */
        j->ring = MEM_ARRAY(j->cap, char);
    }
    record_copy(take(j, r.size), &r, texts);
    count(j, &r);
    if (j->n_waiting) {
        (void)pthread_cond_broadcast(&j->added);
    }
    (void)pthread_mutex_unlock(&j->lock);
    for (size_t i = 0; i < j->n_files; i++) {
        journal_file_add(j->files[i], rq, latency_us);
    }
}

static bool is_text(const struct record *r, const char *texts, enum record_text which,
                    struct str wanted)
{
    return wanted.len == 0 || str_eq(record_text(r, texts, which), wanted);
}

static bool matches(const struct journal_filter *f, const struct record *r, const char *texts)
{
    return r->number > f->after && (f->since_us == 0 || r->at_us >= f->since_us) &&
           (f->status == 0 || r->status == f->status) && (!f->only_unmatched || r->is_unmatched) &&
           (!f->only_faults || r->fault_id) && is_text(r, texts, RECORD_OPERATION, f->operation) &&
           is_text(r, texts, RECORD_METHOD, f->method) &&
           is_text(r, texts, RECORD_CLIENT, f->client) &&
           is_text(r, texts, RECORD_CASE, f->case_name) &&
           str_starts(record_text(r, texts, RECORD_PATH), f->path);
}

/* Moves *offset behind the next record that matches and gives that one's bytes; NULL past the last.
 */
static const char *next_match(const struct journal *j, uint64_t *offset,
                              const struct journal_filter *f, struct record *out)
{
    while (*offset < j->head) {
        uint32_t size_and_pad[2];
        const char *at = j->ring + *offset % j->cap;
        peek(j, *offset, size_and_pad);
        *offset += size_and_pad[0];
        if (!size_and_pad[1]) {
            memcpy(out, at, sizeof *out);
            if (matches(f, out, at + sizeof *out)) {
                return at;
            }
        }
    }
    return NULL;
}

static size_t count_matches(const struct journal *j, uint64_t *offset,
                            const struct journal_filter *f)
{
    struct record r;
    size_t n = 0;
    *offset = *offset > j->tail ? *offset : j->tail;
    while (next_match(j, offset, f, &r)) {
        n++;
    }
    return n;
}

struct found {
    uint64_t number;
    size_t from; /* in the copy */
};

static int by_number(const void *a, const void *b)
{
    const struct found *x = a, *y = b;
    return (x->number > y->number) - (x->number < y->number);
}

/* Copies what matches into `copy`; gives where each begins, on the heap. */
static struct found *collect(struct journal *j, const struct journal_filter *f, struct buf *copy,
                             size_t *out_n)
{
    struct record r;
    uint64_t offset = 0;
    size_t n = count_matches(j, &offset, f), skip = f->limit && n > f->limit ? n - f->limit : 0;
    struct found *found = MEM_ARRAY(n - skip + 1, struct found); /* at least one place */
    const char *at;
    *out_n = 0;
    offset = j->tail;
    while ((at = next_match(j, &offset, f, &r))) {
        if (skip) {
            skip--;
            continue;
        }
        found[(*out_n)++] = (struct found){r.number, copy->len};
        buf_put(copy, (struct str){at, r.size});
    }
    return found;
}

static void put_head(struct buf *out, enum journal_format format)
{
    switch (format) {
    case JOURNAL_JSON:
        buf_put(out, STR("{\"entries\":["));
        return;
    case JOURNAL_NDJSON:
        return;
    case JOURNAL_HAR:
        har_put_head(out);
        return;
    }
    unreachable();
}

static void put_entry(struct buf *out, enum journal_format format, const struct record_view *v,
                      bool is_first)
{
    if (!is_first) {
        buf_put_char(out, format == JOURNAL_NDJSON ? '\n' : ',');
    }
    if (format == JOURNAL_HAR) {
        har_put_entry(out, v);
    } else {
        record_put(out, v);
    }
}

static void put_tail(struct buf *out, enum journal_format format, uint64_t dropped, uint64_t next,
                     bool is_empty)
{
    if (format == JOURNAL_HAR) {
        har_put_tail(out, dropped);
        return;
    }
    bool is_lines = format == JOURNAL_NDJSON;
    buf_put(out, !is_lines ? STR("],") : is_empty ? STR("{") : STR("\n{"));
    buf_printf(out, "\"dropped\":%llu,\"next\":%llu}", (unsigned long long)dropped,
               (unsigned long long)next);
    buf_put(out, is_lines ? STR("\n") : STR(""));
}

void journal_put(struct buf *out, struct journal *j, const struct journal_filter *filter,
                 enum journal_format format)
{
    struct buf copy = {0};
    size_t n;
    (void)pthread_mutex_lock(&j->lock);
    struct found *found = collect(j, filter, &copy, &n);
    uint64_t dropped = j->dropped, next = j->last_number;
    (void)pthread_mutex_unlock(&j->lock);
    if (n) {
        qsort(found, n, sizeof *found, by_number); /* requests may end in another order */
    }
    put_head(out, format);
    bool is_first = true;
    for (size_t i = 0; i < n; i++) {
        struct record r;
        memcpy(&r, copy.s + found[i].from, sizeof r);
        struct record_view view = {&r, copy.s + found[i].from + sizeof r, filter->is_evidence,
                                   filter->is_evidence};
        if (format != JOURNAL_HAR || !r.is_handshake) { /* which is no exchange of messages */
            put_entry(out, format, &view, is_first);
            is_first = false;
        }
    }
    put_tail(out, format, dropped, next, is_first);
    mem_free(found);
    buf_done(&copy);
}

static struct timespec deadline_in(int64_t ms)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += (time_t)(ms / 1000);
    t.tv_nsec += (long)(ms % 1000) * 1000000L;
    if (t.tv_nsec >= 1000000000L) {
        t.tv_sec++;
        t.tv_nsec -= 1000000000L;
    }
    return t;
}

bool journal_wait(struct journal *j, const struct journal_filter *filter, size_t count_wanted,
                  int64_t timeout_ms)
{
    struct timespec deadline = deadline_in(timeout_ms > 0 ? timeout_ms : 0);
    uint64_t offset = 0;
    int rc = 0;
    (void)pthread_mutex_lock(&j->lock);
    size_t n = count_matches(j, &offset, filter);
    j->n_waiting++;
    while (n < count_wanted && rc != ETIMEDOUT) {
        rc = pthread_cond_timedwait(&j->added, &j->lock, &deadline);
        n += count_matches(j, &offset, filter);
    }
    j->n_waiting--;
    (void)pthread_mutex_unlock(&j->lock);
    return n >= count_wanted;
}

struct journal_stats journal_stats(struct journal *j)
{
    (void)pthread_mutex_lock(&j->lock);
    struct journal_stats stats = j->stats;
    stats.bytes = j->head - j->tail;
    (void)pthread_mutex_unlock(&j->lock);
    return stats;
}
