/* The queue, the thread that commits it, and those who wait for that.
 *
 *     ticket   1 2 3 4 5 6 7 8 9
 *              ~~~~~ ~~~~~~~ ~~~
 *                  ^ done  ^   ^ queued          4 … 7 are being committed; who has seen 9 waits
 *                          taken                 for 9
 */
#include "mockapi/store.h"

#include "mockapi/store_file.h"

#include <microhttpd.h>
#include <pthread.h>

enum batch_kind { BATCH_CHANGES, BATCH_REPLACE, BATCH_TOKEN, BATCH_NO_TOKENS };

/* What was queued at once. */
struct batch {
    struct batch *next, *previous;
    uint64_t ticket;
    enum batch_kind kind;
    struct tenant_change *changes;
    size_t n_changes;
    struct buf place;
    struct tenant *now;                /* BATCH_REPLACE: a clone of the new tenant */
    struct tenant *old, *old_baseline; /* and what it was before; old_baseline may be NULL */
    struct token_record token;
    struct buf texts; /* of the token */
};

struct batch_list {
    struct batch *first, *last;
};

struct store {
    struct store_file *file;
    struct site *site;
    struct log *log;
    pthread_mutex_t lock; /* guards the fields below */
    pthread_cond_t changed;
    struct batch_list queue;
    struct store_wait *waiting;
    pthread_t thread;
    bool has_thread, is_stopping;
    atomic_uint_fast64_t queued, done; /* tickets; written under the lock */
};

static void batch_free(struct batch *b)
{
    tenant_changes_free(b->changes, b->n_changes);
    tenant_free(b->now);
    tenant_free(b->old);
    tenant_free(b->old_baseline);
    buf_done(&b->place);
    buf_done(&b->texts);
    mem_free(b);
}

static void append(struct batch_list *list, struct batch *b)
{
    b->previous = list->last;
    *(list->last ? &list->last->next : &list->first) = b;
    list->last = b;
}

static void list_free(struct batch_list *list)
{
    while (list->first) {
        struct batch *b = list->first;
        list->first = b->next;
        batch_free(b);
    }
    list->last = NULL;
}

static void enqueue(struct store *s, struct batch *b)
{
    (void)pthread_mutex_lock(&s->lock);
    b->ticket = atomic_load_explicit(&s->queued, memory_order_relaxed) + 1;
    append(&s->queue, b);
    atomic_store_explicit(&s->queued, b->ticket, memory_order_release);
    (void)pthread_cond_signal(&s->changed);
    (void)pthread_mutex_unlock(&s->lock);
}

static void note_changes(void *ctx, struct tenant *t, struct tenant_change *changes, size_t n)
{
    struct batch *b = MEM_NEW(struct batch);
    b->kind = BATCH_CHANGES;
    b->changes = changes;
    b->n_changes = n;
    tenant_put_place(&b->place, t);
    enqueue(ctx, b);
}

static void note_token(void *ctx, const struct token_record *row)
{
    struct batch *b = MEM_NEW(struct batch);
    b->kind = row ? BATCH_TOKEN : BATCH_NO_TOKENS;
    if (row) {
        b->token = *row;
        struct token_grant *g = &b->token.grant;
        enum { OWN = 4 };
        struct str *own[OWN] = {&g->text, &g->client_id, &g->scope, &g->audience};
        for (size_t i = 0; i < OWN; i++) {
            buf_put(&b->texts, *own[i]);
        }
        const char *at = buf_str(&b->texts).s;
        for (size_t i = 0; i < OWN; i++) {
            own[i]->s = at;
            at += own[i]->len;
        }
    }
    enqueue(ctx, b);
}

void store_replace(struct store *s, struct tenant *old, struct tenant *old_baseline)
{
    struct batch *b = MEM_NEW(struct batch);
    b->kind = BATCH_REPLACE;
    b->now = tenant_clone(s->site->tenant);
    b->old = old;
    b->old_baseline = old_baseline;
    tenant_watch(old, NULL, NULL);
    tenant_watch(s->site->tenant, note_changes, s);
    enqueue(s, b);
}

static bool write_batch(struct store *s, const struct batch *b, struct err *err)
{
    switch (b->kind) {
    case BATCH_CHANGES:
        for (size_t i = 0; i < b->n_changes; i++) {
            if (!store_file_change(s->file, &b->changes[i], err)) {
                return false;
            }
        }
        return true;
    case BATCH_REPLACE:
        return store_file_replace(s->file, b->now, err);
    case BATCH_TOKEN:
        return store_file_token(s->file, &b->token, err);
    case BATCH_NO_TOKENS:
        return store_file_token(s->file, NULL, err);
    }
    unreachable();
}

/* All of the list in one transaction; what is left over where that fails is as it was before. */
static bool write_all(struct store *s, const struct batch_list *list, struct err *err)
{
    const struct batch *stands = NULL; /* the last one that says where the tenant stands */
    bool is_written = store_file_begin(s->file, err);
    for (const struct batch *b = list->first; is_written && b; b = b->next) {
        is_written = write_batch(s, b, err);
        stands = b->kind == BATCH_CHANGES ? b : b->kind == BATCH_REPLACE ? NULL : stands;
    }
    is_written = is_written &&
                 (!stands || store_file_place(s->file, buf_str(&stands->place), err)) &&
                 store_file_commit(s->file, err);
    if (!is_written) {
        store_file_rollback(s->file);
    }
    return is_written;
}

/* Under the lock. */
static void wake(struct store *s, uint64_t ticket, enum store_state state)
{
    struct store_wait **at = &s->waiting;
    while (*at) {
        struct store_wait *w = *at;
        if (w->ticket > ticket) {
            at = &w->next;
            continue;
        }
        *at = w->next;
        w->state = state;
        if (w->connection) {
            MHD_resume_connection(w->connection); /* from here on it is the connection's again */
        }
    }
}

static void take_back_one(struct store *s, struct batch *b)
{
    struct site *site = s->site;
    if (b->kind == BATCH_CHANGES) {
        tenant_undo(site->tenant, b->changes, b->n_changes);
    } else if (b->kind == BATCH_REPLACE) {
        struct tenant *bad = site->tenant;
        site->tenant = b->old;
        b->old = bad;
        tenant_watch(bad, NULL, NULL);
        tenant_watch(site->tenant, note_changes, s);
        if (b->old_baseline) {
            bad = site->baseline;
            site->baseline = b->old_baseline;
            b->old_baseline = bad;
        }
    }
}

/* What could not be written never happened, and nothing that came after it. No request is running
 * meanwhile: what they have seen is taken back before anybody sees anything else. */
static void take_back(struct store *s, struct batch_list *failed)
{
    struct batch_list later;
    (void)pthread_rwlock_wrlock(&s->site->tenant_lock);
    (void)pthread_mutex_lock(&s->lock);
    later = s->queue;
    s->queue = (struct batch_list){0};
    (void)pthread_mutex_unlock(&s->lock);
    for (struct batch *b = later.last; b; b = b->previous) {
        take_back_one(s, b);
    }
    for (struct batch *b = failed->last; b; b = b->previous) {
        take_back_one(s, b);
    }
    idempotency_clear(s->site->keys);
    (void)pthread_mutex_lock(&s->lock);
    uint64_t ticket = atomic_load_explicit(&s->queued, memory_order_relaxed);
    atomic_store_explicit(&s->done, ticket, memory_order_release);
    wake(s, ticket, STORE_FAILED);
    (void)pthread_mutex_unlock(&s->lock);
    (void)pthread_rwlock_unlock(&s->site->tenant_lock);
    list_free(&later);
}

static void commit(struct store *s, struct batch_list *list)
{
    struct err err = {0};
    if (!write_all(s, list, &err)) {
        if (s->log) {
            log_line(s->log, LOG_ERROR, "%s; changes are refused until it can be written", err.msg);
        }
        take_back(s, list);
        return;
    }
    (void)pthread_mutex_lock(&s->lock);
    atomic_store_explicit(&s->done, list->last->ticket, memory_order_release);
    wake(s, list->last->ticket, STORE_DONE);
    (void)pthread_mutex_unlock(&s->lock);
}

static void *write_on(void *ctx)
{
    struct store *s = ctx;
    (void)pthread_mutex_lock(&s->lock);
    for (;;) {
        while (!s->queue.first && !s->is_stopping) {
            (void)pthread_cond_wait(&s->changed, &s->lock);
        }
        struct batch_list list = s->queue;
        s->queue = (struct batch_list){0};
        (void)pthread_mutex_unlock(&s->lock);
        if (!list.first) {
            return NULL;
        }
        commit(s, &list);
        list_free(&list);
        (void)pthread_mutex_lock(&s->lock);
    }
}

static bool load(struct store *s, bool is_new, struct err *err)
{
    struct site *site = s->site;
    struct tenant *kept = NULL;
    if (is_new) {
        return store_file_begin(s->file, err) && store_file_replace(s->file, site->tenant, err) &&
               store_file_commit(s->file, err);
    }
    if (!store_file_load(&kept, s->file, site->contract, err) ||
        !store_file_load_tokens(s->file, site->tokens, err)) {
        tenant_free(kept);
        return false;
    }
    tenant_free(site->tenant);
    site->tenant = kept;
    return true;
}

bool store_open(struct store **out, struct site *site, const char *path, struct log *log,
                struct err *err)
{
    struct store *s = MEM_NEW(struct store);
    bool is_new = false;
    (void)pthread_mutex_init(&s->lock, NULL);
    (void)pthread_cond_init(&s->changed, NULL);
    s->site = site;
    s->log = log;
    if (!store_file_open(&s->file, path, site->contract, &is_new, err) || !load(s, is_new, err)) {
        store_free(s);
        return false;
    }
    s->has_thread = pthread_create(&s->thread, NULL, write_on, s) == 0;
    if (!s->has_thread) {
        store_free(s);
        return err_set(err, ERR_SYSTEM, "no thread is to be had to write %s", path);
    }
    tenant_watch(site->tenant, note_changes, s);
    tokens_watch(site->tokens, note_token, s);
    *out = s;
    return true;
}

void store_stop(struct store *s)
{
    if (!s) {
        return;
    }
    (void)pthread_mutex_lock(&s->lock);
    bool has_thread = s->has_thread;
    s->has_thread = false;
    s->is_stopping = true;
    (void)pthread_cond_signal(&s->changed);
    (void)pthread_mutex_unlock(&s->lock);
    if (has_thread) {
        (void)pthread_join(s->thread, NULL);
    }
    (void)pthread_mutex_lock(&s->lock);
    wake(s, UINT64_MAX, STORE_FAILED); /* what came too late */
    (void)pthread_mutex_unlock(&s->lock);
}

struct store_counts store_count(struct store *s)
{
    uint64_t done = atomic_load_explicit(&s->done, memory_order_acquire);
    return (struct store_counts){atomic_load_explicit(&s->queued, memory_order_acquire), done};
}

void store_free(struct store *s)
{
    if (s) {
        store_stop(s);
        list_free(&s->queue);
        store_file_close(s->file);
        (void)pthread_cond_destroy(&s->changed);
        (void)pthread_mutex_destroy(&s->lock);
        mem_free(s);
    }
}

bool store_note(struct store *s, struct store_wait *wait)
{
    uint64_t queued = atomic_load_explicit(&s->queued, memory_order_acquire);
    *wait = (struct store_wait){.state = STORE_DONE};
    if (atomic_load_explicit(&s->done, memory_order_acquire) >= queued) {
        return false;
    }
    (void)pthread_mutex_lock(&s->lock);
    wait->ticket = queued;
    if (atomic_load_explicit(&s->done, memory_order_relaxed) < queued) {
        wait->state = s->has_thread ? STORE_PENDING : STORE_FAILED;
    }
    if (wait->state == STORE_PENDING) {
        wait->next = s->waiting;
        s->waiting = wait;
    }
    bool is_open = wait->state != STORE_DONE;
    (void)pthread_mutex_unlock(&s->lock);
    return is_open;
}

enum store_state store_sleep(struct store *s, struct store_wait *wait,
                             struct MHD_Connection *connection)
{
    (void)pthread_mutex_lock(&s->lock);
    enum store_state state = wait->state;
    if (state == STORE_PENDING) {
        wait->connection = connection;
        MHD_suspend_connection(connection);
    }
    (void)pthread_mutex_unlock(&s->lock);
    return state;
}
