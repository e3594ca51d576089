/* Two buffers: requests append to one while the thread renders and writes the other; then they are
 * exchanged. A queued record is its struct and texts, as in the ring. */
#include "mockapi/journal_file.h"

#include "mockapi/journal_int.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

enum { PORTION_BYTES = 1 << 20 };
static const int64_t file_bytes_max = INT64_C(1) << 32; /* an archive nobody could open */

struct journal_file {
    struct journal_file_options options;
    struct arena arena; /* the path */
    pthread_t thread;
    int fd;
    bool is_stream; /* a pipe or terminal: written on and on */
    /* the thread's own */
    int64_t end; /* of the entries: where the next one goes */
    bool has_entries;
    uint64_t told; /* of the dropped, in the file */
    int failed;    /* errno of the write that failed; 0: none */
    /* guarded by lock */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct buf queue;
    uint64_t dropped;
    bool is_closing;
};

static bool write_at(struct journal_file *f, struct str text, int64_t at)
{
    while (text.len && !f->failed) {
        ssize_t n =
            f->is_stream ? write(f->fd, text.s, text.len) : pwrite(f->fd, text.s, text.len, at);
        if (n < 0 && errno != EINTR) {
            f->failed = errno;
        } else if (n > 0) {
            text = str_slice(text, (size_t)n, text.len);
            at += n;
        }
    }
    return !f->failed;
}

/* What is rendered goes behind the entries; an archive gets its end, which does not count. */
static void put_portion(struct journal_file *f, struct buf *text, uint64_t dropped)
{
    size_t entries = text->len;
    if (f->options.is_har) {
        har_put_tail(text, dropped);
    } else if (dropped > f->told) {
        buf_printf(text, "{\"dropped\":%llu}\n", (unsigned long long)dropped);
        entries = text->len;
    }
    if (write_at(f, buf_str(text), f->end)) {
        f->end += (int64_t)entries;
        f->told = dropped;
    }
    buf_clear(text);
}

static void put_record(struct journal_file *f, struct buf *text, const struct record *r,
                       const char *texts)
{
    struct record_view view = {r, texts, f->options.keeps_secrets, false};
    if (f->options.is_har && r->is_handshake) {
        return; /* no exchange of messages */
    }
    if (f->options.is_har) {
        buf_put(text, f->has_entries ? STR(",\n") : STR("\n"));
        har_put_entry(text, &view);
    } else {
        record_put(text, &view);
        buf_put_char(text, '\n');
    }
    f->has_entries = true;
}

/* Renders and writes all of `queue`; gives how many there was no room for. */
static uint64_t write_queue(struct journal_file *f, struct str queue, uint64_t dropped)
{
    struct buf text = {0};
    uint64_t lost = 0;
    for (size_t at = 0; at < queue.len;) {
        struct record r;
        memcpy(&r, queue.s + at, sizeof r);
        if (f->failed || f->end + (int64_t)text.len > file_bytes_max) {
            lost++;
        } else {
            put_record(f, &text, &r, queue.s + at + sizeof r);
        }
        at += r.size;
        if (text.len > PORTION_BYTES) {
            put_portion(f, &text, dropped + lost);
        }
    }
    put_portion(f, &text, dropped + lost);
    buf_done(&text);
    return lost;
}

static void *work(void *ctx)
{
    struct journal_file *f = ctx;
    struct buf mine = {0};
    bool is_over = false;
    while (!is_over) {
        (void)pthread_mutex_lock(&f->lock);
        while (f->queue.len == 0 && !f->is_closing) {
            (void)pthread_cond_wait(&f->changed, &f->lock);
        }
        struct buf full = f->queue;
        f->queue = mine;
        is_over = f->is_closing;
        uint64_t dropped = f->dropped;
        (void)pthread_mutex_unlock(&f->lock);
        uint64_t lost = write_queue(f, buf_str(&full), dropped);
        buf_clear(&full);
        mine = full;
        if (lost) {
            (void)pthread_mutex_lock(&f->lock);
            f->dropped += lost;
            (void)pthread_mutex_unlock(&f->lock);
        }
    }
    buf_done(&mine);
    return NULL;
}

static bool begin(struct journal_file *f, struct err *err)
{
    struct buf head = {0};
    f->fd = open(f->options.path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (f->fd < 0) {
        return err_sys(err, errno, "cannot write the journal to %s", f->options.path);
    }
    f->is_stream = lseek(f->fd, 0, SEEK_CUR) < 0;
    if (f->options.is_har && f->is_stream) {
        return err_set(err, ERR_INPUT,
                       "%s is no file: an archive is written in place; use lines of JSON there",
                       f->options.path);
    }
    if (f->options.is_har) {
        har_put_head(&head);
    }
    put_portion(f, &head, 0);
    buf_done(&head);
    if (f->failed) {
        return err_sys(err, f->failed, "cannot write the journal to %s", f->options.path);
    }
    int sys = pthread_create(&f->thread, NULL, work, f);
    return sys == 0 || err_sys(err, sys, "cannot start the journal's thread");
}

static void release(struct journal_file *f)
{
    fd_close(&f->fd);
    (void)pthread_cond_destroy(&f->changed);
    (void)pthread_mutex_destroy(&f->lock);
    buf_done(&f->queue);
    arena_done(&f->arena);
    mem_free(f);
}

bool journal_file_open(struct journal_file **out, const struct journal_file_options *options,
                       struct err *err)
{
    struct journal_file *f = MEM_NEW(struct journal_file);
    arena_init(&f->arena, 512, 0);
    f->options = *options;
    f->options.path = str_cstr(&f->arena, str_of(options->path));
    f->options.queue_bytes = options->queue_bytes ? options->queue_bytes : JOURNAL_QUEUE_BYTES;
    (void)pthread_mutex_init(&f->lock, NULL);
    (void)pthread_cond_init(&f->changed, NULL);
    if (!begin(f, err)) {
        release(f);
        return false;
    }
    *out = f;
    return true;
}

void journal_file_add(struct journal_file *f, const struct request *rq, int64_t latency_us)
{
    struct record r;
    struct str texts[RECORD_TEXT_COUNT];
    record_describe(&r, texts, rq, latency_us, RECORD_FILE_BODY_MAX);
    (void)pthread_mutex_lock(&f->lock);
    if (f->queue.len + r.size > f->options.queue_bytes) {
        f->dropped++;
    } else {
        buf_reserve(&f->queue, r.size);
        record_copy(f->queue.s + f->queue.len, &r, texts);
        f->queue.len += r.size;
        (void)pthread_cond_signal(&f->changed);
    }
    (void)pthread_mutex_unlock(&f->lock);
}

uint64_t journal_file_dropped(struct journal_file *f)
{
    (void)pthread_mutex_lock(&f->lock);
    uint64_t dropped = f->dropped;
    (void)pthread_mutex_unlock(&f->lock);
    return dropped;
}

void journal_file_close(struct journal_file *f)
{
    if (!f) {
        return;
    }
    (void)pthread_mutex_lock(&f->lock);
    f->is_closing = true;
    (void)pthread_cond_signal(&f->changed);
    (void)pthread_mutex_unlock(&f->lock);
    (void)pthread_join(f->thread, NULL);
    struct err err = {0};
    if (f->options.log && f->failed) {
        (void)err_sys(&err, f->failed, "the journal %s could not be written", f->options.path);
        log_line(f->options.log, LOG_ERROR, "%s", err.msg);
    }
    if (f->options.log && f->dropped) {
        log_line(f->options.log, LOG_WARN, "the journal %s lacks %llu requests", f->options.path,
                 (unsigned long long)f->dropped);
    }
    release(f);
}
