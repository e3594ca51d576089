/* Notification channels in one list, the oldest first: an owner has a few dozen at most. A channel
 * that is over goes when anybody looks. */
#include "mockapi/channels.h"

#include <pthread.h>
#include <stdatomic.h>
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

/* A message that was pushed. */
struct note {
    struct note *next;
    int64_t at_us;
    size_t n_channels, n_streams, n_topic, n_text;
    char bytes[]; /* topic, text */
};
enum { NOTES_MAX = 200, NOTE_BYTES_MAX = 16 << 10 };

struct channels {
    pthread_mutex_t lock; /* guards the lists; held with none but that of sessions around it */
    const struct channel_rules *rules;
    struct channel *first;
    atomic_size_t n;
    struct note *first_note, **last_note;
    size_t n_notes;
};

struct channels *channels_new(const struct channel_rules *rules)
{
    if (!rules) {
        return NULL;
    }
    struct channels *all = MEM_NEW(struct channels);
    pthread_mutex_init(&all->lock, NULL);
    all->rules = rules;
    all->last_note = &all->first_note;
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

static void drop(struct channels *all, struct channel **place)
{
    struct channel *c = *place;
    (void)atomic_fetch_sub_explicit(&all->n, 1, memory_order_relaxed);
    *place = c->next;
    forget_topics(c);
    mem_free(c);
}

static void drop_note(struct channels *all)
{
    struct note *gone = all->first_note;
    all->first_note = gone->next;
    all->n_notes--;
    if (!all->first_note) {
        all->last_note = &all->first_note;
    }
    mem_free(gone);
}

void channels_clear(struct channels *all)
{
    if (!all) {
        return;
    }
    (void)pthread_mutex_lock(&all->lock);
    while (all->first) {
        drop(all, &all->first);
    }
    while (all->first_note) {
        drop_note(all);
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
            drop(all, place);
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
        drop(all, worst);
    }
}

bool channels_any(const struct channels *all)
{
    return all && atomic_load_explicit(&all->n, memory_order_relaxed) > 0;
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
    (void)atomic_fetch_add_explicit(&all->n, 1, memory_order_relaxed);
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
        if (change > 0) {
            c->view.n_streams++;
        } else {
            c->view.n_streams--;
        }
        c->used_us = now_us;
    }
    (void)pthread_mutex_unlock(&all->lock);
}

void channels_note(struct channels *all, struct str topic, struct str text, size_t n_channels,
                   size_t n_streams, int64_t now_us)
{
    text = text.len <= NOTE_BYTES_MAX ? text : STR("");
    struct note *note = mem_alloc(1, sizeof *note + topic.len + text.len);
    note->at_us = now_us;
    note->n_channels = n_channels;
    note->n_streams = n_streams;
    note->n_topic = topic.len;
    note->n_text = text.len;
    memcpy(note->bytes, topic.s, topic.len);
    memcpy(note->bytes + topic.len, text.s, text.len);
    (void)pthread_mutex_lock(&all->lock);
    *all->last_note = note;
    all->last_note = &note->next;
    all->n_notes++;
    while (all->n_notes > NOTES_MAX) {
        drop_note(all);
    }
    (void)pthread_mutex_unlock(&all->lock);
}

void channels_put_notes(struct buf *out, struct channels *all)
{
    buf_put_char(out, '[');
    (void)pthread_mutex_lock(&all->lock);
    for (const struct note *n = all->first_note; n; n = n->next) {
        buf_put(out, n == all->first_note ? STR("{\"at\":\"") : STR(",{\"at\":\""));
        date_put(out, n->at_us, 3);
        buf_put(out, STR("\",\"topic\":"));
        buf_put_json_string(out, (struct str){n->bytes, n->n_topic});
        buf_printf(out, ",\"channels\":%zu,\"streams\":%zu", n->n_channels, n->n_streams);
        if (n->n_text) {
            buf_put(out, STR(",\"message\":"));
            buf_put(out, (struct str){n->bytes + n->n_topic, n->n_text});
        }
        buf_put_char(out, '}');
    }
    (void)pthread_mutex_unlock(&all->lock);
    buf_put_char(out, ']');
}
