#include "mockapi/hooks.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

enum {
    DELIVERIES_MAX = 1000, /* kept; the oldest that are over give way */
    WAITING_MAX = 10000,   /* not sent yet */
    ATTEMPTS_MAX = 5,
    BACKOFF_MS = 200, /* doubled at each attempt */
    TIMEOUT_MS = 5000,
    REORDER_MS = 500, /* how long a delivery that comes too late is held back */
};

enum state { STATE_WAITING, STATE_DELIVERED, STATE_FAILED, STATE_REFUSED };

struct delivery {
    struct delivery *next;
    uint64_t id;
    char *site; /* its name, to be told; and address, to be compared */
    const struct site *of;
    char *url, *body, *subscription, *event;
    enum state state;
    int attempts, status;
    char error[160];
    int64_t queued_us, due_us, ended_us; /* monotonic */
};

struct hooks {
    bool (*send)(void *ctx, const struct mock_post *post, int *out_status, struct err *err);
    void *ctx;
    const struct str *hosts;
    size_t n_hosts;
    pthread_mutex_t lock; /* guards the fields below */
    pthread_cond_t wake;
    pthread_t thread;
    bool is_running, is_stopping;
    struct delivery *first, *last;
    size_t n, n_waiting;
    uint64_t last_id, dropped;
    struct hook_counts counts; /* but for waiting */
};

struct hooks *hooks_new(const struct mock_options *options)
{
    struct hooks *h = MEM_NEW(struct hooks);
    pthread_condattr_t attributes;
    h->send = options->send;
    h->ctx = options->send_ctx;
    h->hosts = options->hook_hosts;
    h->n_hosts = options->n_hook_hosts;
    (void)pthread_mutex_init(&h->lock, NULL);
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&h->wake, &attributes);
    (void)pthread_condattr_destroy(&attributes);
    return h;
}

static void free_delivery(struct delivery *d)
{
    mem_free(d->site);
    mem_free(d->url);
    mem_free(d->body);
    mem_free(d->subscription);
    mem_free(d->event);
    mem_free(d);
}

void hooks_free(struct hooks *h)
{
    if (!h) {
        return;
    }
    (void)pthread_mutex_lock(&h->lock);
    h->is_stopping = true;
    (void)pthread_cond_signal(&h->wake);
    (void)pthread_mutex_unlock(&h->lock);
    if (h->is_running) {
        (void)pthread_join(h->thread, NULL);
    }
    for (struct delivery *d = h->first, *next; d; d = next) {
        next = d->next;
        free_delivery(d);
    }
    (void)pthread_cond_destroy(&h->wake);
    (void)pthread_mutex_destroy(&h->lock);
    mem_free(h);
}

/* The host of a URL, without brackets and port; s NULL where it is no http URL. */
static struct str host_of(struct str url)
{
    size_t scheme = str_find(url, STR("://"));
    bool is_http = scheme < url.len && (str_eq_fold(str_slice(url, 0, scheme), STR("http")) ||
                                        str_eq_fold(str_slice(url, 0, scheme), STR("https")));
    if (!is_http) {
        return (struct str){0};
    }
    struct str rest = str_slice(url, scheme + 3, url.len);
    size_t end = 0;
    while (end < rest.len && !strchr("/?#", rest.s[end])) {
        end++;
    }
    rest = str_slice(rest, 0, end);
    if (str_find_char(rest, '@') < rest.len) {
        return (struct str){0}; /* a user's name in front may hide what the host is */
    }
    if (rest.len && rest.s[0] == '[') {
        return str_slice(rest, 1, str_find_char(rest, ']'));
    }
    return str_slice(rest, 0, str_find_char(rest, ':'));
}

/* 127.x.y.z with decimal parts alone. */
static bool is_loopback_v4(struct str host)
{
    struct str rest = host, part;
    int n = 0;
    int64_t value = 0;
    while (rest.len && str_cut(&rest, '.', &part)) {
        bool is_plain = part.len > 0 && part.len <= 3 && (part.len == 1 || part.s[0] != '0');
        if (!is_plain || !num_parse_i64(&value, part, 0, 255) || (n == 0 && value != 127)) {
            return false;
        }
        n++;
    }
    return n == 4;
}

bool hooks_may(const struct hooks *h, struct str url, const char **out_why)
{
    struct str host = host_of(url);
    if (!host.len) {
        *out_why = "this is no http or https URL";
        return false;
    }
    if (is_loopback_v4(host) || str_eq(host, STR("::1")) || str_eq_fold(host, STR("localhost"))) {
        return true;
    }
    for (size_t i = 0; i < h->n_hosts; i++) {
        if (str_eq_fold(h->hosts[i], host)) {
            return true;
        }
    }
    *out_why =
        "the host is not this machine; serve --allow-hook-host names those that may be sent to";
    return false;
}

static char *keep(struct str s)
{
    char *copy = mem_alloc(s.len + 1, 1);
    memcpy(copy, s.len ? s.s : "", s.len);
    return copy;
}

/* Gives room: takes the oldest that is over out of the list. Under the lock. */
static void trim(struct hooks *h)
{
    struct delivery **link = &h->first, *before = NULL;
    while (h->n > DELIVERIES_MAX && *link && (*link)->state == STATE_WAITING) {
        before = *link;
        link = &(*link)->next;
    }
    struct delivery *gone = h->n > DELIVERIES_MAX ? *link : NULL;
    if (gone) {
        *link = gone->next;
        h->last = gone == h->last ? before : h->last;
        h->n--;
        h->dropped++;
        free_delivery(gone);
    }
}

/* The next that is due; NULL, with the time to wait until, where there is none. A subscription's deliveries
 * go one after the other, but for those that were held back on purpose. */
static struct delivery *next_due(struct hooks *h, int64_t now_us, int64_t *out_until_us)
{
    *out_until_us = INT64_MAX;
    for (struct delivery *d = h->first; d; d = d->next) {
        if (d->state != STATE_WAITING) {
            continue;
        }
        bool is_behind = false;
        for (const struct delivery *e = h->first; e != d && !is_behind; e = e->next) {
            is_behind = e->state == STATE_WAITING && strcmp(e->site, d->site) == 0 &&
                        e->attempts > 0 && strcmp(e->subscription, d->subscription) == 0;
        }
        if (!is_behind && d->due_us <= now_us) {
            return d;
        }
        *out_until_us = !is_behind && d->due_us < *out_until_us ? d->due_us : *out_until_us;
    }
    return NULL;
}

static void attempt(struct hooks *h, struct delivery *d)
{
    struct err err = {0};
    int status = 0;
    const struct mock_post post = {.url = d->url, .body = d->body, .timeout_ms = TIMEOUT_MS};
    d->attempts++;
    h->counts.attempts++;
    (void)pthread_mutex_unlock(&h->lock); /* d stays: only those that are over are taken out */
    bool is_sent = h->send && h->send(h->ctx, &post, &status, &err);
    (void)pthread_mutex_lock(&h->lock);
    int64_t now_us = clock_monotonic_us();
    d->status = status;
    d->error[0] = 0;
    if (!is_sent) {
        struct str why = str_of(h->send ? err.msg : "this program was started without a sender");
        memcpy(d->error, why.s, why.len < sizeof d->error - 1 ? why.len : sizeof d->error - 1);
    }
    bool is_taken = is_sent && status >= 200 && status < 300;
    bool is_again =
        !is_taken && d->attempts < ATTEMPTS_MAX && (!is_sent || status == 429 || status >= 500);
    if (is_again) {
        d->due_us = now_us + ((int64_t)BACKOFF_MS << (d->attempts - 1)) * US_PER_MS;
        return;
    }
    d->state = is_taken ? STATE_DELIVERED : STATE_FAILED;
    h->counts.delivered += is_taken;
    h->counts.failed += !is_taken;
    d->ended_us = now_us;
    h->n_waiting--;
    trim(h);
}

static void *work(void *ctx)
{
    struct hooks *h = ctx;
    (void)pthread_mutex_lock(&h->lock);
    while (!h->is_stopping) {
        int64_t until_us = 0, now_us = clock_monotonic_us();
        struct delivery *d = next_due(h, now_us, &until_us);
        if (d) {
            attempt(h, d);
        } else if (until_us == INT64_MAX) {
            (void)pthread_cond_wait(&h->wake, &h->lock);
        } else {
            struct timespec at = {.tv_sec = until_us / US_PER_S,
                                  .tv_nsec = until_us % US_PER_S * 1000};
            (void)pthread_cond_timedwait(&h->wake, &h->lock, &at);
        }
    }
    (void)pthread_mutex_unlock(&h->lock);
    return NULL;
}

/* Under the lock. */
static void add(struct hooks *h, struct delivery *d)
{
    const char *why = "";
    d->id = ++h->last_id;
    d->queued_us = clock_monotonic_us();
    if (!hooks_may(h, str_of(d->url), &why)) {
        d->state = STATE_REFUSED;
        h->counts.refused++;
        memcpy(d->error, why, strlen(why) < sizeof d->error ? strlen(why) : sizeof d->error - 1);
    } else if (h->n_waiting >= WAITING_MAX) {
        d->state = STATE_FAILED;
        h->counts.failed++;
        memcpy(d->error, "too many wait to be sent", 25);
    } else {
        h->n_waiting++;
    }
    *(h->last ? &h->last->next : &h->first) = d;
    h->last = d;
    h->n++;
    trim(h);
    if (!h->is_running) {
        h->is_running = pthread_create(&h->thread, NULL, work, h) == 0;
    }
    (void)pthread_cond_signal(&h->wake);
}

static struct delivery *new_delivery(const struct site *site, struct str url, struct str body,
                                     struct str subscription, struct str event)
{
    struct delivery *d = MEM_NEW(struct delivery);
    d->of = site;
    d->site = keep(site->name);
    d->url = keep(url);
    d->body = keep(body);
    d->subscription = keep(subscription);
    d->event = keep(event);
    return d;
}

void hooks_take(void *ctx, struct site *site, const struct event *event)
{
    struct hooks *h = ctx;
    (void)pthread_mutex_lock(&h->lock);
    for (int i = 0; i < (event->is_twice ? 2 : 1); i++) {
        struct delivery *d =
            new_delivery(site, event->url, event->body, event->subscription, event->rule->event);
        d->due_us = event->is_late ? clock_monotonic_us() + REORDER_MS * US_PER_MS : 0;
        add(h, d);
    }
    (void)pthread_mutex_unlock(&h->lock);
}

struct hook_counts hooks_count(struct hooks *h)
{
    (void)pthread_mutex_lock(&h->lock);
    struct hook_counts counts = h->counts;
    counts.waiting = h->n_waiting;
    (void)pthread_mutex_unlock(&h->lock);
    return counts;
}

bool hooks_redeliver(struct hooks *h, uint64_t id)
{
    (void)pthread_mutex_lock(&h->lock);
    struct delivery *d = h->first;
    while (d && d->id != id) {
        d = d->next;
    }
    if (d) {
        struct delivery *again = new_delivery(d->of, str_of(d->url), str_of(d->body),
                                              str_of(d->subscription), str_of(d->event));
        add(h, again);
    }
    (void)pthread_mutex_unlock(&h->lock);
    return d != NULL;
}

static void put_delivery(struct buf *out, const struct delivery *d)
{
    static const char *const states[] = {"waiting", "delivered", "failed", "refused"};
    buf_printf(out, "{\"id\":%llu,\"event\":", (unsigned long long)d->id);
    buf_put_json_string(out, str_of(d->event));
    buf_put(out, STR(",\"subscription\":"));
    buf_put_json_string(out, str_of(d->subscription));
    buf_put(out, STR(",\"url\":"));
    buf_put_json_string(out, str_of(d->url));
    buf_printf(out, ",\"state\":\"%s\",\"attempts\":%d", states[d->state], d->attempts);
    if (d->status) {
        buf_printf(out, ",\"status\":%d", d->status);
    }
    if (d->error[0]) {
        buf_put(out, STR(",\"error\":"));
        buf_put_json_string(out, str_of(d->error));
    }
    if (d->ended_us) {
        buf_printf(out, ",\"tookMs\":%lld", (long long)((d->ended_us - d->queued_us) / US_PER_MS));
    }
    buf_put(out, STR(",\"body\":"));
    buf_put(out, str_of(d->body));
    buf_put_char(out, '}');
}

void hooks_put(struct buf *out, struct hooks *h, const struct site *site)
{
    bool is_first = true;
    buf_put(out, STR("{\"deliveries\":["));
    (void)pthread_mutex_lock(&h->lock);
    for (const struct delivery *d = h->first; d; d = d->next) {
        if (str_eq(str_of(d->site), site->name)) {
            buf_put(out, is_first ? STR("") : STR(","));
            put_delivery(out, d);
            is_first = false;
        }
    }
    buf_printf(out, "],\"dropped\":%llu}", (unsigned long long)h->dropped);
    (void)pthread_mutex_unlock(&h->lock);
}
