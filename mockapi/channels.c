/* Notification channels in one list, the oldest first: an owner has a few dozen at most. A channel
 * that is over goes when anybody looks. */
#include "mockapi/channels.h"

#include <pthread.h>
#include <string.h>

struct topic {
    struct topic *next; /* in the order in which they came */
    struct str name;
    char bytes[];
};

struct channel {
    struct channel *next;
    struct channel_view view;
    int64_t used_us;
    struct topic *first, **last;
    struct map topics; /* by name */
    struct str owner;
    char bytes[];
};

struct channels {
    pthread_mutex_t lock; /* guards the list; never held with another */
    const struct channel_rules *rules;
    struct channel *first;
};

struct channels *channels_new(const struct channel_rules *rules)
{
    if (!rules) {
        return NULL;
    }
    struct channels *all = MEM_NEW(struct channels);
    pthread_mutex_init(&all->lock, NULL);
    all->rules = rules;
    return all;
}

static void forget_topics(struct channel *c)
{
    while (c->first) {
        struct topic *next = c->first->next;
        mem_free(c->first);
        c->first = next;
    }
    map_done(&c->topics);
    c->last = &c->first;
    c->view.n_topics = 0;
}

static void drop(struct channel **place)
{
    struct channel *c = *place;
    *place = c->next;
    forget_topics(c);
    mem_free(c);
}

void channels_clear(struct channels *all)
{
    if (!all) {
        return;
    }
    (void)pthread_mutex_lock(&all->lock);
    while (all->first) {
        drop(&all->first);
    }
    (void)pthread_mutex_unlock(&all->lock);
}

void channels_free(struct channels *all)
{
    if (all) {
        channels_clear(all);
        pthread_mutex_destroy(&all->lock);
        mem_free(all);
    }
}

/* Drops what is over. The list is locked. */
static void sweep(struct channels *all, int64_t now_us)
{
    for (struct channel **place = &all->first; *place;) {
        if ((*place)->view.expires_us <= now_us) {
            drop(place);
        } else {
            place = &(*place)->next;
        }
    }
}

static struct channel *find(struct channels *all, struct str id)
{
    for (struct channel *c = all->first; c; c = c->next) {
        if (str_eq(str_of(c->view.id), id)) {
            return c;
        }
    }
    return NULL;
}

/* Makes room for one more of the owner's. */
static void make_room(struct channels *all, struct str owner)
{
    struct channel **worst = NULL;
    size_t n = 0;
    for (struct channel **place = &all->first; *place; place = &(*place)->next) {
        struct channel *c = *place;
        if (!str_eq(c->owner, owner)) {
            continue;
        }
        n++;
        bool is_idler = worst && !c->view.n_streams != !(*worst)->view.n_streams
                            ? !c->view.n_streams
                            : worst && c->used_us < (*worst)->used_us;
        if (!worst || is_idler) {
            worst = place;
        }
    }
    if (worst && n >= all->rules->max) {
        drop(worst);
    }
}

struct channel_view channels_open(struct channels *all, struct str id, struct str owner,
                                  int64_t now_us)
{
    struct channel *c = mem_alloc(1, sizeof *c + owner.len);
    memcpy(c->view.id, id.s, id.len < CHANNEL_ID_BYTES ? id.len : CHANNEL_ID_BYTES);
    if (owner.len) {
        memcpy(c->bytes, owner.s, owner.len);
    }
    c->owner = (struct str){c->bytes, owner.len};
    c->view.expires_us = now_us + all->rules->lifetime_us;
    c->used_us = now_us;
    c->last = &c->first;
    struct channel_view view = c->view;
    (void)pthread_mutex_lock(&all->lock);
    sweep(all, now_us);
    make_room(all, owner);
    struct channel **end = &all->first;
    while (*end) {
        end = &(*end)->next;
    }
    *end = c;
    (void)pthread_mutex_unlock(&all->lock);
    return view;
}

bool channels_find(struct channels *all, struct str id, struct str owner, int64_t now_us,
                   struct channel_view *out)
{
    (void)pthread_mutex_lock(&all->lock);
    sweep(all, now_us);
    struct channel *c = find(all, id);
    bool is_there = c && (!owner.s || str_eq(c->owner, owner));
    if (is_there && out) {
        *out = c->view;
    }
    (void)pthread_mutex_unlock(&all->lock);
    return is_there;
}

size_t channels_list(struct channels *all, struct arena *a, struct str owner, int64_t now_us,
                     struct channel_view **out)
{
    size_t n = 0;
    (void)pthread_mutex_lock(&all->lock);
    sweep(all, now_us);
    for (struct channel *c = all->first; c; c = c->next) {
        n++;
    }
    *out = ARENA_ARRAY(a, n + 1, struct channel_view);
    n = 0;
    for (struct channel *c = all->first; c; c = c->next) {
        if (!owner.s || str_eq(c->owner, owner)) {
            (*out)[n++] = c->view;
        }
    }
    (void)pthread_mutex_unlock(&all->lock);
    return n;
}

static void add_topic(struct channel *c, struct str name)
{
    if (map_get(&c->topics, name)) {
        return;
    }
    struct topic *t = mem_alloc(1, sizeof *t + name.len);
    memcpy(t->bytes, name.s, name.len);
    t->name = (struct str){t->bytes, name.len};
    map_put(&c->topics, t->name, t);
    *c->last = t;
    c->last = &t->next;
    c->view.n_topics++;
}

/* How many topics the channel would have; each counts once. */
static size_t count_after(const struct channel *c, const struct str *topics, size_t n,
                          bool replaces)
{
    struct map seen = {0};
    size_t total = replaces ? 0 : c->view.n_topics;
    for (size_t i = 0; i < n; i++) {
        bool is_there = !replaces && map_get(&c->topics, topics[i]);
        if (!is_there && !map_put(&seen, topics[i], &seen)) {
            total++;
        }
    }
    map_done(&seen);
    return total;
}

bool channels_subscribe(struct channels *all, struct str id, const struct str *topics, size_t n,
                        bool replaces, int64_t now_us)
{
    (void)pthread_mutex_lock(&all->lock);
    struct channel *c = find(all, id);
    bool fits = !c || count_after(c, topics, n, replaces) <= all->rules->topics_max;
    if (c && fits) {
        if (replaces) {
            forget_topics(c);
        }
        for (size_t i = 0; i < n; i++) {
            add_topic(c, topics[i]);
        }
        c->view.expires_us = now_us + all->rules->lifetime_us;
        c->used_us = now_us;
    }
    (void)pthread_mutex_unlock(&all->lock);
    return fits;
}

size_t channels_topics(struct channels *all, struct arena *a, struct str id, struct str **out)
{
    size_t n = 0;
    (void)pthread_mutex_lock(&all->lock);
    const struct channel *c = find(all, id);
    *out = ARENA_ARRAY(a, (c ? c->view.n_topics : 0) + 1, struct str);
    for (const struct topic *t = c ? c->first : NULL; t; t = t->next) {
        (*out)[n++] = str_copy(a, t->name);
    }
    (void)pthread_mutex_unlock(&all->lock);
    return n;
}

size_t channels_listening(struct channels *all, struct arena *a, struct str topic, int64_t now_us,
                          struct channel_view **out)
{
    size_t n = 0;
    (void)pthread_mutex_lock(&all->lock);
    sweep(all, now_us);
    for (const struct channel *c = all->first; c; c = c->next) {
        n += map_get(&c->topics, topic) != NULL;
    }
    *out = ARENA_ARRAY(a, n + 1, struct channel_view);
    n = 0;
    for (const struct channel *c = all->first; c; c = c->next) {
        if (map_get(&c->topics, topic)) {
            (*out)[n++] = c->view;
        }
    }
    (void)pthread_mutex_unlock(&all->lock);
    return n;
}

void channels_connect(struct channels *all, struct str id, int change, int64_t now_us)
{
    (void)pthread_mutex_lock(&all->lock);
    struct channel *c = find(all, id);
    if (c && (change > 0 || c->view.n_streams > 0)) {
        c->view.n_streams += change > 0 ? 1U : -1U;
        c->used_us = now_us;
    }
    (void)pthread_mutex_unlock(&all->lock);
}
