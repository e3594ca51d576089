/* Each rule has its windows in a map by key and in a list by the time they began, so that the
 * oldest go first once there are WINDOWS_MAX. A window counts up to its limit and no further: what
 * is refused does not make the wait longer. */
#include "mockapi/limit.h"

#include <pthread.h>
#include <string.h>

enum { WINDOWS_MAX = 1 << 16 };

struct window {
    struct str key; /* owned with the struct */
    int64_t start_us, count;
    struct window *older, *younger;
};

struct counter {
    const struct rate_rule *rule;
    struct map by_key;
    struct window *oldest, *youngest;
};

struct limits {
    pthread_mutex_t lock; /* guards what the counters hold */
    struct counter *counters;
    size_t n;
};

struct limits *limits_new(const struct contract *contract)
{
    struct limits *l = MEM_NEW(struct limits);
    (void)pthread_mutex_init(&l->lock, NULL);
    l->n = contract->n_rates;
    l->counters = l->n ? MEM_ARRAY(l->n, struct counter) : NULL;
    for (size_t i = 0; i < l->n; i++) {
        l->counters[i].rule = &contract->rates[i];
    }
    return l;
}

static void take_out(struct counter *c, struct window *w)
{
    *(w->older ? &w->older->younger : &c->oldest) = w->younger;
    *(w->younger ? &w->younger->older : &c->youngest) = w->older;
    w->older = w->younger = NULL;
}

static void append(struct counter *c, struct window *w)
{
    w->older = c->youngest;
    *(c->youngest ? &c->youngest->younger : &c->oldest) = w;
    c->youngest = w;
}

static void drop_oldest(struct counter *c)
{
    struct window *w = c->oldest;
    take_out(c, w);
    (void)map_del(&c->by_key, w->key);
    mem_free(w);
}

void limits_clear(struct limits *l)
{
    (void)pthread_mutex_lock(&l->lock);
    for (size_t i = 0; i < l->n; i++) {
        while (l->counters[i].oldest) {
            drop_oldest(&l->counters[i]);
        }
    }
    (void)pthread_mutex_unlock(&l->lock);
}

void limits_free(struct limits *l)
{
    if (l) {
        limits_clear(l);
        for (size_t i = 0; i < l->n; i++) {
            map_done(&l->counters[i].by_key);
        }
        (void)pthread_mutex_destroy(&l->lock);
        mem_free(l->counters);
        mem_free(l);
    }
}

static struct window *window_new(struct counter *c, struct str key)
{
    struct window *w = mem_alloc(1, sizeof *w + key.len);
    char *text = (char *)(w + 1);
    if (key.len) {
        memcpy(text, key.s, key.len);
    }
    w->key = (struct str){text, key.len};
    while (c->by_key.count >= WINDOWS_MAX) {
        drop_oldest(c);
    }
    (void)map_put(&c->by_key, w->key, w);
    return w;
}

/* The window that is open for `key`. One that is past, or that begins in the future because the
 * clock was put back, starts anew. */
static struct window *window_at(struct counter *c, struct str key, int64_t now_us)
{
    struct window *w = map_get(&c->by_key, key);
    if (w && now_us >= w->start_us && now_us - w->start_us < c->rule->window_us) {
        return w;
    }
    if (w) {
        take_out(c, w);
    } else {
        w = window_new(c, key);
    }
    w->start_us = now_us;
    w->count = 0;
    append(c, w);
    return w;
}

/* The user that a client acts for; a client without one stands for itself. */
static struct str user_of(const struct tenant_client *client)
{
    struct str user = client ? json_text_path(client->text, STR("user")) : (struct str){0};
    return user.len ? user : client ? client->id : STR("");
}

static struct str app_user_of(const struct request *rq)
{
    const struct tenant_client *client = rq->bearer.client;
    struct buf key;
    buf_init(&key, rq->arena);
    buf_put(&key, user_of(client));
    buf_put_char(&key, ' ');
    buf_put(&key, client ? client->id : STR(""));
    return buf_str(&key);
}

static struct str key_of(const struct rate_rule *rule, const struct request *rq)
{
    switch (rule->key) {
    case RATE_USER:
        return user_of(rq->bearer.client);
    case RATE_APP_USER:
        return app_user_of(rq);
    case RATE_TOKEN:
        return rq->bearer.value;
    case RATE_CLIENT:
        return rq->bearer.client ? rq->bearer.client->id : STR("");
    case RATE_OPERATION:
        return rq->op ? rq->op->id : STR("");
    case RATE_TENANT:
        return STR("");
    }
    unreachable();
}

static bool applies(const struct rate_rule *rule, const struct request *rq)
{
    bool is_meant = rule->n_operations == 0;
    for (size_t i = 0; rq->op && i < rule->n_operations; i++) {
        is_meant = is_meant || str_eq(rule->operations[i], rq->op->id);
    }
    return is_meant && (rule->counts_token_calls || !rq->op || rq->op->action != ACTION_TOKEN);
}

bool limits_count(struct limits *l, struct request *rq)
{
    bool is_free = true;
    (void)pthread_mutex_lock(&l->lock);
    for (size_t i = 0; i < l->n; i++) {
        struct counter *c = &l->counters[i];
        if (!applies(c->rule, rq)) {
            continue;
        }
        struct window *w = window_at(c, key_of(c->rule, rq), rq->now_us);
        bool is_passed = w->count >= c->rule->limit;
        w->count += !is_passed;
        struct rate_state state = {.rule = c->rule,
                                   .remaining = c->rule->limit - w->count,
                                   .reset_us = w->start_us + c->rule->window_us,
                                   .is_passed = is_passed};
        /* of those that are passed the one that lasts longest, else the one with the least left */
        if (is_passed ? is_free || state.reset_us > rq->rate.reset_us
                      : is_free && (!rq->rate.rule || state.remaining < rq->rate.remaining)) {
            rq->rate = state;
        }
        is_free = is_free && !is_passed;
    }
    (void)pthread_mutex_unlock(&l->lock);
    return is_free;
}
