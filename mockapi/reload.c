/* Who asks gets a number; who does it answers all numbers up to the one that it saw as it began, so
 * that nobody is told of fixtures that were read before he asked. */
#include "mockapi/reload.h"

#include "mockapi/server.h"

#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { WHY_MAX = 600, BY_MAX = 40 };

struct reload {
    int fd;
    pthread_mutex_t lock; /* guards the fields below */
    bool is_served, is_well;
    uint64_t asked, begun, done, n_well, n_refused;
    int64_t at_us;
    struct buf by, why;
};

struct reload *reload_new(void)
{
    struct reload *r = MEM_NEW(struct reload);
    (void)pthread_mutex_init(&r->lock, NULL);
    r->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return r;
}

void reload_free(struct reload *r)
{
    if (r) {
        if (r->fd >= 0) {
            (void)close(r->fd);
        }
        (void)pthread_mutex_destroy(&r->lock);
        buf_done(&r->by);
        buf_done(&r->why);
        mem_free(r);
    }
}

int reload_fd(const struct reload *r)
{
    return r->fd;
}

void reload_serve(struct reload *r)
{
    (void)pthread_mutex_lock(&r->lock);
    r->is_served = r->fd >= 0;
    (void)pthread_mutex_unlock(&r->lock);
}

uint64_t reload_ask(struct reload *r)
{
    (void)pthread_mutex_lock(&r->lock);
    uint64_t number = r->is_served ? ++r->asked : 0;
    (void)pthread_mutex_unlock(&r->lock);
    if (number) {
        (void)eventfd_write(r->fd, 1);
    }
    return number;
}

void reload_begin(struct reload *r)
{
    eventfd_t wishes;
    (void)eventfd_read(r->fd, &wishes);
    (void)pthread_mutex_lock(&r->lock);
    r->begun = r->asked;
    (void)pthread_mutex_unlock(&r->lock);
}

void reload_end(struct reload *r, struct str by, struct str why, int64_t at_us)
{
    (void)pthread_mutex_lock(&r->lock);
    r->done = r->begun;
    r->is_well = why.len == 0;
    r->n_well += r->is_well;
    r->n_refused += !r->is_well;
    r->at_us = at_us;
    buf_clear(&r->by);
    buf_clear(&r->why);
    buf_put(&r->by, str_slice(by, 0, BY_MAX));
    buf_put(&r->why, str_slice(why, 0, WHY_MAX));
    (void)pthread_mutex_unlock(&r->lock);
}

bool reload_is_over(struct reload *r, uint64_t number, bool *out_is_well)
{
    (void)pthread_mutex_lock(&r->lock);
    bool is_over = r->done >= number;
    *out_is_well = r->is_well;
    (void)pthread_mutex_unlock(&r->lock);
    return is_over;
}

void reload_put(struct buf *out, struct reload *r)
{
    (void)pthread_mutex_lock(&r->lock);
    buf_printf(out, "{\"reloads\":%llu,\"refused\":%llu,\"last\":", (unsigned long long)r->n_well,
               (unsigned long long)r->n_refused);
    if (r->n_well + r->n_refused == 0) {
        buf_put(out, STR("null}"));
    } else {
        buf_put(out, STR("{\"at\":\""));
        date_put(out, r->at_us, 3);
        buf_put(out, STR("\",\"by\":"));
        buf_put_json_string(out, buf_str(&r->by));
        buf_put(out, r->is_well ? STR(",\"ok\":true") : STR(",\"ok\":false,\"why\":"));
        if (!r->is_well) {
            buf_put_json_string(out, buf_str(&r->why));
        }
        buf_put(out, STR("}}"));
    }
    (void)pthread_mutex_unlock(&r->lock);
}

int mock_reload_fd(struct mock *mock)
{
    reload_serve(mock->reload);
    return reload_fd(mock->reload);
}

void mock_reload_begin(struct mock *mock)
{
    reload_begin(mock->reload);
}

void mock_reload_end(struct mock *mock, const char *by, const struct err *err)
{
    struct clock now;
    clock_init(&now);
    reload_end(mock->reload, str_of(by), err ? str_of(err->msg) : STR(""), clock_now_us(&now));
    clock_done(&now);
    if (!mock->log) {
        return;
    }
    if (err) {
        log_line(mock->log, LOG_WARN, "reload (%s): refused, all is as before: %s", by, err->msg);
    } else {
        log_line(mock->log, LOG_INFO, "reload (%s): done", by);
    }
}

static bool read_faults(struct site *site, struct faults *out, const struct mock_reload *to,
                        struct findings *fs, struct err *err)
{
    int64_t now_us = clock_now_us(&site->clock);
    for (size_t i = 0; i < to->n_faults; i++) {
        if (!faults_load(out, site->contract, to->faults[i], now_us, fs, err)) {
            return false;
        }
    }
    return true;
}

bool mock_reload(struct mock *mock, const struct mock_reload *sites, struct findings *fs,
                 struct err *err)
{
    size_t n = mock->admin.n_sites;
    struct faults **faults = MEM_ARRAY(n, struct faults *);
    bool is_well = true;
    for (size_t i = 0; i < n; i++) {
        struct site *site = mock->admin.sites[i];
        faults[i] = faults_new(site->seed);
        is_well = is_well && read_faults(site, faults[i], &sites[i], fs, err);
    }
    for (size_t i = 0; i < n; i++) {
        struct site *site = mock->admin.sites[i];
        if (!is_well) {
            tenant_free(sites[i].tenant);
        } else if (sites[i].keeps_state) {
            site_set_baseline(site, sites[i].tenant);
        } else {
            site_replace(site, sites[i].tenant, true, NULL);
        }
        if (is_well && sites[i].has_faults) {
            faults_take(site->faults, faults[i]);
        }
        faults_free(faults[i]);
    }
    mem_free(faults);
    return is_well;
}
