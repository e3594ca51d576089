/* All streams, and the thread that serves them. It sleeps in poll() without the lock; an eventfd
 * wakes it for what others queue. Nothing is sent or received under the lock. */
#include "mockapi/stream_int.h"

#include <assert.h>
#include <errno.h>
#include <microhttpd.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { TICK_MS = 250, DAEMONS_MAX = 64 };

struct streams {
    pthread_mutex_t lock; /* guards all below, but for what is the thread's own */
    pthread_cond_t changed;
    struct stream **at; /* the oldest first */
    size_t n, cap;
    size_t n_finishing; /* out of the list, but not yet back at libmicrohttpd */
    uint64_t last_number;
    const void **leaving; /* daemons that take no more */
    size_t n_leaving, leaving_cap;
    pthread_t thread;
    bool has_thread, is_stopping;
    int wake; /* eventfd */
    /* the thread's own */
    struct stream **mine; /* a copy of the list, for the time without the lock */
    struct pollfd *fds;
    size_t mine_cap;
};

struct streams *streams_new(void)
{
    struct streams *all = MEM_NEW(struct streams);
    pthread_mutex_init(&all->lock, NULL);
    pthread_cond_init(&all->changed, NULL);
    all->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    return all;
}

static void wake(struct streams *all)
{
    uint64_t one = 1;
    while (write(all->wake, &one, sizeof one) < 0 && errno == EINTR) {
    }
}

static void lock(struct streams *all)
{
    int sys = pthread_mutex_lock(&all->lock);
    assert(sys == 0);
}

static void unlock(struct streams *all)
{
    int sys = pthread_mutex_unlock(&all->lock);
    assert(sys == 0);
}

static bool is_leaving(const struct streams *all, const void *daemon)
{
    for (size_t i = 0; i < all->n_leaving; i++) {
        if (all->leaving[i] == daemon) {
            return true;
        }
    }
    return all->is_stopping;
}

/* The connection goes back to libmicrohttpd, which closes it. Not under the lock. */
static void finish(struct stream *s)
{
    channels_connect(s->site->channels, str_of(s->channel), -1, clock_now_us(&s->site->clock));
    (void)MHD_upgrade_action(s->handle, MHD_UPGRADE_ACTION_CLOSE);
    site_free(s->site);
    ws_reader_done(&s->reader);
    buf_done(&s->queued);
    buf_done(&s->out);
    mem_free(s);
}

/* What others want of the stream becomes its own. The lock is held. */
static void take_orders(struct streams *all, struct stream *s, int64_t now_us)
{
    if (s->is_overrun) {
        s->is_over = true;
        return;
    }
    if (s->queued.len && !stream_has_output(s) && !s->has_said_bye) {
        struct buf empty = s->out;
        s->out = s->queued;
        s->out_at = 0;
        buf_clear(&empty);
        s->queued = empty;
    }
    if (s->close_code && !s->queued.len) {
        stream_bye(s, s->close_code, str_of(s->close_reason), now_us);
    }
    if (is_leaving(all, s->daemon)) {
        stream_bye(s, WS_CODE_AWAY, STR("the server stops"), now_us);
        stream_write(s);
        s->is_over = true; /* a daemon that stops does not wait for peers */
    }
}

/* Takes what is over out of the list into `out`; gives how many. The lock is held. */
static size_t take_over(struct streams *all, struct stream **out)
{
    size_t kept = 0, n = 0;
    for (size_t i = 0; i < all->n; i++) {
        if (all->at[i]->is_over) {
            out[n++] = all->at[i];
        } else {
            all->at[kept++] = all->at[i];
        }
    }
    all->n = kept;
    all->n_finishing = n;
    return n;
}

static void make_room(struct streams *all)
{
    if (all->mine_cap < all->n + 1) {
        all->mine_cap = 2 * all->n + 16;
        mem_free(all->mine);
        mem_free(all->fds);
        all->mine = MEM_ARRAY(all->mine_cap, struct stream *);
        all->fds = MEM_ARRAY(all->mine_cap, struct pollfd);
    }
}

/* One round: orders, leavers, then a sleep and what came meanwhile. False: the thread ends. */
static bool serve_once(struct streams *all)
{
    int64_t now_us = clock_monotonic_us();
    lock(all);
    make_room(all);
    for (size_t i = 0; i < all->n; i++) {
        take_orders(all, all->at[i], now_us);
    }
    size_t n_over = take_over(all, all->mine), n;
    unlock(all);
    for (size_t i = 0; i < n_over; i++) {
        finish(all->mine[i]);
    }
    lock(all);
    n = all->n; /* some may have come */
    all->n_finishing = 0;
    make_room(all);
    for (size_t i = 0; i < n; i++) {
        all->mine[i] = all->at[i];
    }
    (void)pthread_cond_broadcast(&all->changed);
    bool goes_on = !(all->is_stopping && n == 0);
    unlock(all);
    if (!goes_on || n_over) {
        return goes_on;
    }
    for (size_t i = 0; i < n; i++) {
        short in = stream_is_choked(all->mine[i]) ? 0 : POLLIN;
        short out = stream_has_output(all->mine[i]) ? POLLOUT : 0;
        all->fds[i] = (struct pollfd){.fd = all->mine[i]->fd, .events = (short)(in | out)};
    }
    all->fds[n] = (struct pollfd){.fd = all->wake, .events = POLLIN};
    if (poll(all->fds, n + 1, n ? TICK_MS : -1) < 0 && errno != EINTR) {
        return true;
    }
    uint64_t ignored;
    while (read(all->wake, &ignored, sizeof ignored) > 0) {
    }
    now_us = clock_monotonic_us();
    for (size_t i = 0; i < n; i++) {
        struct stream *s = all->mine[i];
        if (all->fds[i].revents & (POLLIN | POLLHUP | POLLERR)) {
            stream_read(s);
        }
        stream_tick(s, now_us);
        stream_write(s);
    }
    return true;
}

static void *serve(void *ctx)
{
    while (serve_once(ctx)) {
    }
    return NULL;
}

void streams_free(struct streams *all)
{
    if (!all) {
        return;
    }
    lock(all);
    all->is_stopping = true;
    bool has_thread = all->has_thread;
    unlock(all);
    wake(all);
    if (has_thread) {
        pthread_join(all->thread, NULL);
    }
    assert(all->n == 0);
    (void)close(all->wake);
    pthread_cond_destroy(&all->changed);
    pthread_mutex_destroy(&all->lock);
    mem_free(all->at);
    mem_free(all->leaving);
    mem_free(all->mine);
    mem_free(all->fds);
    mem_free(all);
}

static struct stream *stream_new(const struct stream_start *start)
{
    const struct channel_rules *rules = start->site->contract->channels;
    struct stream *s = MEM_NEW(struct stream);
    int64_t now_us = clock_monotonic_us();
    s->site = site_hold(start->site);
    s->daemon = start->daemon;
    s->handle = start->handle;
    s->fd = start->fd;
    s->opened_us = now_us;
    s->heartbeat_us = rules->heartbeat_us ? now_us + rules->heartbeat_us : INT64_MAX;
    memcpy(s->channel, start->channel.s,
           start->channel.len < CHANNEL_ID_BYTES ? start->channel.len : CHANNEL_ID_BYTES);
    ws_reader_init(&s->reader, true, STREAM_MESSAGE_MAX);
    stream_take(s, start->early);
    return s;
}

bool streams_add(struct streams *all, const struct stream_start *start)
{
    struct stream *s = stream_new(start);
    channels_connect(s->site->channels, str_of(s->channel), 1, clock_now_us(&s->site->clock));
    lock(all);
    if (!all->is_stopping && !all->has_thread && all->wake >= 0) {
        all->has_thread = pthread_create(&all->thread, NULL, serve, all) == 0;
    }
    bool is_taken = all->has_thread && all->n < STREAMS_MAX && !is_leaving(all, start->daemon);
    if (is_taken && all->n == all->cap) {
        size_t cap = all->cap ? 2 * all->cap : 16;
        struct stream **at = MEM_ARRAY(cap, struct stream *);
        for (size_t i = 0; i < all->n; i++) {
            at[i] = all->at[i];
        }
        mem_free(all->at);
        all->at = at;
        all->cap = cap;
    }
    if (is_taken) {
        s->number = ++all->last_number;
        all->at[all->n++] = s;
    }
    unlock(all);
    if (!is_taken) {
        finish(s);
    }
    wake(all);
    return is_taken;
}

static bool has_any(const struct streams *all, const void *daemon)
{
    if (all->n_finishing) {
        return true;
    }
    for (size_t i = 0; i < all->n; i++) {
        if (all->at[i]->daemon == daemon) {
            return true;
        }
    }
    return false;
}

void streams_leave(struct streams *all, const void *daemon)
{
    lock(all);
    if (all->n_leaving == all->leaving_cap) {
        size_t cap = all->leaving_cap ? 2 * all->leaving_cap : DAEMONS_MAX;
        const void **at = MEM_ARRAY(cap, const void *);
        for (size_t i = 0; i < all->n_leaving; i++) {
            at[i] = all->leaving[i];
        }
        mem_free(all->leaving);
        all->leaving = at;
        all->leaving_cap = cap;
    }
    all->leaving[all->n_leaving++] = daemon;
    wake(all);
    while (has_any(all, daemon)) {
        (void)pthread_cond_wait(&all->changed, &all->lock);
    }
    unlock(all);
}

void streams_forget(struct streams *all, const void *daemon)
{
    lock(all);
    size_t kept = 0;
    for (size_t i = 0; i < all->n_leaving; i++) {
        if (all->leaving[i] != daemon) {
            all->leaving[kept++] = all->leaving[i];
        }
    }
    all->n_leaving = kept;
    unlock(all);
}

static bool is_of(const struct stream *s, const struct site *site, struct str channel)
{
    return s->site == site && (!channel.s || str_eq(str_of(s->channel), channel));
}

/* The lock is held. */
static void queue(struct stream *s, struct str text)
{
    if (s->queued.len + text.len + WS_HEADER_MAX > STREAM_QUEUE_MAX) {
        s->is_overrun = true;
        return;
    }
    ws_put_frame(&s->queued, WS_TEXT, text);
    (void)atomic_fetch_add_explicit(&s->n_sent, 1, memory_order_relaxed);
}

size_t streams_send(struct streams *all, const struct site *site, struct str channel,
                    struct str text)
{
    size_t n = 0;
    lock(all);
    for (size_t i = 0; i < all->n; i++) {
        if (is_of(all->at[i], site, channel) && !all->at[i]->close_code) {
            queue(all->at[i], text);
            n++;
        }
    }
    unlock(all);
    if (n) {
        wake(all);
    }
    return n;
}

size_t streams_close(struct streams *all, const struct site *site, struct str channel,
                     unsigned code, struct str reason)
{
    size_t n = 0;
    lock(all);
    for (size_t i = 0; i < all->n; i++) {
        struct stream *s = all->at[i];
        if (!is_of(s, site, channel) || s->close_code) {
            continue;
        }
        n++;
        if (code == 0) {
            queue(s, site->contract->channels->warning);
            continue;
        }
        size_t len = reason.len < sizeof s->close_reason ? reason.len : sizeof s->close_reason - 1;
        memcpy(s->close_reason, reason.s, len);
        s->close_code = code;
    }
    unlock(all);
    wake(all);
    return n;
}

size_t streams_count(struct streams *all)
{
    lock(all);
    size_t n = all->n;
    unlock(all);
    return n;
}

void streams_put(struct buf *out, struct streams *all, const struct site *site)
{
    int64_t now_us = clock_monotonic_us();
    bool is_first = true;
    buf_put_char(out, '[');
    lock(all);
    for (size_t i = 0; i < all->n; i++) {
        struct stream *s = all->at[i];
        if (s->site != site) {
            continue;
        }
        buf_printf(out,
                   "%s{\"number\":%llu,\"channel\":\"%s\",\"openMs\":%lld,\"sent\":%llu,"
                   "\"received\":%llu,\"queuedBytes\":%zu}",
                   is_first ? "" : ",", (unsigned long long)s->number, s->channel,
                   (long long)((now_us - s->opened_us) / US_PER_MS),
                   (unsigned long long)atomic_load_explicit(&s->n_sent, memory_order_relaxed),
                   (unsigned long long)atomic_load_explicit(&s->n_received, memory_order_relaxed),
                   s->queued.len);
        is_first = false;
    }
    unlock(all);
    buf_put_char(out, ']');
}
