/* The ring: records lie whole, one after the other; where one does not fit before the end, a pad
 * fills the rest and the record begins anew at the front. Offsets only grow; a place in the ring is
 * an offset modulo its size.
 *
 *     | record 8 | record 9 | free …      | record 5 | record 6 | record 7 | pad |
 *                           ^ head        ^ tail
 *
 * Adding is one memcpy a text under the lock. Readers copy the records that they want and render
 * them with the lock released. */
#include "mockapi/journal_int.h"

#include "mockapi/fault.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    RING_MIN = 128 << 10, /* holds a few of the largest records */
    BODY_MAX = 4 << 10,
    HEADERS_MAX = 4 << 10,
    URI_MAX = 2 << 10,
    WORD_MAX = 256,
    ALIGN = 8,
};

struct journal {
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
    return j;
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

void journal_clear(struct journal *j)
{
    (void)pthread_mutex_lock(&j->lock);
    j->tail = j->head;
    j->dropped = 0;
    (void)pthread_mutex_unlock(&j->lock);
}

struct str record_text(const struct record *r, const char *texts, enum record_text which)
{
    size_t from = 0;
    for (size_t i = 0; i < which; i++) {
        from += r->lens[i];
    }
    return (struct str){texts + from, r->lens[which]};
}

/* Copies `s` and a NUL behind the first `len` bytes; gives the new length. */
static size_t copy_to(char *text, size_t len, struct str s)
{
    if (s.len) {
        memcpy(text + len, s.s, s.len);
    }
    text[len + s.len] = '\0';
    return len + s.len + 1;
}

/* "name NUL value NUL …", as many as fit. */
static struct str join(struct arena *a, const struct header *headers, size_t n, bool *out_is_cut)
{
    size_t len = 0;
    char *text = arena_bytes(a, HEADERS_MAX);
    for (size_t i = 0; i < n; i++) {
        struct str name = headers[i].name, value = headers[i].value;
        if (name.len > HEADERS_MAX || value.len > HEADERS_MAX ||
            len + name.len + value.len + 2 > HEADERS_MAX) {
            *out_is_cut = true;
            continue;
        }
        len = copy_to(text, len, name);
        len = copy_to(text, len, value);
    }
    return (struct str){text, len};
}

static struct str nearest(const struct request *rq)
{
    struct buf b;
    if (rq->nearest.s) {
        return rq->nearest;
    }
    buf_init(&b, rq->arena);
    (void)nearest_put(&b, rq);
    return buf_str(&b);
}

static void describe(struct record *r, struct str texts[RECORD_TEXT_COUNT],
                     const struct request *rq)
{
    const struct tenant_client *client = rq->bearer.client;
    const struct fault_plan *fault = rq->fault;
    struct str reply_body = buf_str(&rq->reply.body);
    *r = (struct record){.number = rq->number,
                         .fault_id = fault ? fault->id : 0,
                         .at_us = rq->now_us,
                         .request_bytes = rq->body_text.len,
                         .reply_bytes = reply_body.len,
                         .status = rq->reply.status,
                         .close = fault ? (int)fault->close : 0,
                         .is_unmatched = !rq->op};
    texts[RECORD_ID] = str_of(rq->id);
    texts[RECORD_METHOD] = str_slice(rq->method, 0, WORD_MAX);
    texts[RECORD_URI] = str_slice(rq->uri, 0, URI_MAX);
    texts[RECORD_PATH] = str_slice(rq->path, 0, URI_MAX);
    texts[RECORD_OPERATION] = str_slice(rq->op ? rq->op->id : STR(""), 0, WORD_MAX);
    texts[RECORD_CLIENT] = str_slice(client ? client->id : rq->client_id, 0, WORD_MAX);
    texts[RECORD_CASE] = str_slice(rq->reply.case_name, 0, WORD_MAX);
    texts[RECORD_FAULT] = str_slice(fault ? fault->name : STR(""), 0, WORD_MAX);
    texts[RECORD_NEAREST] = rq->op ? STR("") : nearest(rq);
    texts[RECORD_DIFFERENCES] = request_differences(rq);
    texts[RECORD_REQUEST_HEADERS] =
        join(rq->arena, rq->headers, rq->n_headers, &r->has_request_headers_cut);
    texts[RECORD_REQUEST_BODY] = str_slice(rq->body_text, 0, BODY_MAX);
    texts[RECORD_REPLY_TYPE] = str_slice(rq->reply.content_type, 0, WORD_MAX);
    texts[RECORD_REPLY_HEADERS] =
        join(rq->arena, rq->reply.headers, rq->reply.n_headers, &r->has_reply_headers_cut);
    texts[RECORD_REPLY_BODY] = str_slice(reply_body, 0, BODY_MAX);
    size_t size = sizeof *r;
    for (size_t i = 0; i < RECORD_TEXT_COUNT; i++) {
        r->lens[i] = (uint32_t)texts[i].len;
        size += texts[i].len;
    }
    r->size = (uint32_t)((size + ALIGN - 1) / ALIGN * ALIGN);
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
    j->stats.requests++;
    j->stats.faults += r->fault_id != 0;
    j->stats.by_status[digit >= 1 && digit <= 5 ? digit : 0]++;
    j->stats.latency_us_sum += r->latency_us;
    j->last_number = r->number > j->last_number ? r->number : j->last_number;
}

void journal_add(struct journal *j, const struct request *rq, int64_t latency_us)
{
    struct record r;
    struct str texts[RECORD_TEXT_COUNT];
    describe(&r, texts, rq);
    r.latency_us = latency_us;
    (void)pthread_mutex_lock(&j->lock);
    if (!j->ring) { /* a session that nobody speaks to pays for none */
        j->ring = MEM_ARRAY(j->cap, char);
    }
    char *at = take(j, r.size);
    memcpy(at, &r, sizeof r);
    at += sizeof r;
    for (size_t i = 0; i < RECORD_TEXT_COUNT; i++) {
        if (texts[i].len) {
            memcpy(at, texts[i].s, texts[i].len);
            at += texts[i].len;
        }
    }
    count(j, &r);
    if (j->n_waiting) {
        (void)pthread_cond_broadcast(&j->added);
    }
    (void)pthread_mutex_unlock(&j->lock);
}

static bool is_text(const struct record *r, const char *texts, enum record_text which,
                    struct str wanted)
{
    return wanted.len == 0 || str_eq(record_text(r, texts, which), wanted);
}

static bool matches(const struct journal_filter *f, const struct record *r, const char *texts)
{
    return r->number > f->after && (f->status == 0 || r->status == f->status) &&
           (!f->only_unmatched || r->is_unmatched) && (!f->only_faults || r->fault_id) &&
           is_text(r, texts, RECORD_OPERATION, f->operation) &&
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

void journal_put(struct buf *out, struct journal *j, const struct journal_filter *filter)
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
    buf_put(out, STR("{\"entries\":["));
    for (size_t i = 0; i < n; i++) {
        struct record r;
        memcpy(&r, copy.s + found[i].from, sizeof r);
        if (i) {
            buf_put_char(out, ',');
        }
        record_put(out, &r, copy.s + found[i].from + sizeof r);
    }
    buf_put(out, STR("],\"dropped\":"));
    buf_put_u64(out, dropped);
    buf_put(out, STR(",\"next\":"));
    buf_put_u64(out, next);
    buf_put_char(out, '}');
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
    (void)pthread_mutex_unlock(&j->lock);
    return stats;
}
