/* The sleepers stand in a list ordered by the time of waking; the thread waits for the first one's
 * time or for a change of the list. A list is enough: late answers are asked for by a person, a
 * handful at a time. */
#include "mockapi/delay.h"

#include "base/base.h"

#include <errno.h>
#include <microhttpd.h>
#include <pthread.h>
#include <time.h>

struct sleeper {
    struct MHD_Connection *connection;
    int64_t at_us; /* monotonic */
    struct sleeper *next;
};

struct delays {
    pthread_mutex_t lock; /* guards all below */
    pthread_cond_t changed;
    struct sleeper *first;
    pthread_t thread;
    bool has_thread, is_stopping;
    int64_t divisor; /* does not change */
};

static void wake_due(struct delays *d, int64_t now_us)
{
    while (d->first && (d->is_stopping || d->first->at_us <= now_us)) {
        struct sleeper *s = d->first;
        d->first = s->next;
        MHD_resume_connection(s->connection);
        mem_free(s);
    }
}

static void *watch(void *ctx)
{
    struct delays *d = ctx;
    pthread_mutex_lock(&d->lock);
    while (!d->is_stopping) {
        wake_due(d, clock_monotonic_us());
        if (!d->first) {
            pthread_cond_wait(&d->changed, &d->lock);
            continue;
        }
        struct timespec until = {.tv_sec = d->first->at_us / US_PER_S,
                                 .tv_nsec = d->first->at_us % US_PER_S * 1000};
        pthread_cond_timedwait(&d->changed, &d->lock, &until);
    }
    wake_due(d, INT64_MAX);
    pthread_mutex_unlock(&d->lock);
    return NULL;
}

struct delays *delays_new(int64_t divisor)
{
    struct delays *d = MEM_NEW(struct delays);
    d->divisor = divisor > 1 ? divisor : 1;
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&d->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_init(&d->lock, NULL);
    return d;
}

void delays_stop(struct delays *d)
{
    pthread_mutex_lock(&d->lock);
    d->is_stopping = true;
    pthread_cond_signal(&d->changed);
    bool has_thread = d->has_thread;
    d->has_thread = false;
    pthread_mutex_unlock(&d->lock);
    if (has_thread) {
        pthread_join(d->thread, NULL);
    }
}

void delays_free(struct delays *d)
{
    if (d) {
        delays_stop(d);
        pthread_cond_destroy(&d->changed);
        pthread_mutex_destroy(&d->lock);
        mem_free(d);
    }
}

bool delays_add(struct delays *d, struct MHD_Connection *connection, int64_t ms)
{
    struct sleeper *s = MEM_NEW(struct sleeper);
    s->connection = connection;
    s->at_us = clock_monotonic_us() + ms * US_PER_MS / d->divisor;
    pthread_mutex_lock(&d->lock);
    if (!d->is_stopping && !d->has_thread) {
        d->has_thread = pthread_create(&d->thread, NULL, watch, d) == 0;
    }
    bool is_taken = !d->is_stopping && d->has_thread;
    if (is_taken) {
        struct sleeper **at = &d->first;
        while (*at && (*at)->at_us <= s->at_us) {
            at = &(*at)->next;
        }
        s->next = *at;
        *at = s;
        MHD_suspend_connection(connection);
        pthread_cond_signal(&d->changed);
    }
    pthread_mutex_unlock(&d->lock);
    if (!is_taken) {
        mem_free(s);
    }
    return is_taken;
}
