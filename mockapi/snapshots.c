/* A list by age: it is short, and its order is what people are shown. */
#include "mockapi/snapshots.h"

#include <assert.h>
#include <pthread.h>
#include <string.h>

struct snapshot {
    struct tenant *tenant;
    size_t name_bytes;
    char name[SNAPSHOT_NAME_BYTES_MAX];
};

struct snapshots {
    pthread_mutex_t lock; /* guards the list */
    struct vec list;
};

struct snapshots *snapshots_new(void)
{
    struct snapshots *s = MEM_NEW(struct snapshots);
    (void)pthread_mutex_init(&s->lock, NULL);
    return s;
}

static void snapshot_free(struct snapshot *one)
{
    tenant_free(one->tenant);
    mem_free(one);
}

void snapshots_free(struct snapshots *s)
{
    if (s) {
        for (size_t i = 0; i < s->list.len; i++) {
            snapshot_free(s->list.at[i]);
        }
        vec_done(&s->list);
        (void)pthread_mutex_destroy(&s->lock);
        mem_free(s);
    }
}

/* Its place, or list.len. */
static size_t place_of(const struct snapshots *s, struct str name)
{
    size_t i = 0;
    for (; i < s->list.len; i++) {
        const struct snapshot *one = s->list.at[i];
        if (str_eq(name, (struct str){one->name, one->name_bytes})) {
            break;
        }
    }
    return i;
}

bool snapshots_keep(struct snapshots *s, struct str name, struct tenant *tenant)
{
    assert(name.len <= SNAPSHOT_NAME_BYTES_MAX);
    struct snapshot *fresh = MEM_NEW(struct snapshot), *old = NULL;
    fresh->tenant = tenant;
    fresh->name_bytes = name.len;
    if (name.len) {
        memcpy(fresh->name, name.s, name.len);
    }
    (void)pthread_mutex_lock(&s->lock);
    size_t at = place_of(s, name);
    if (at < s->list.len) {
        old = vec_remove(&s->list, at);
    }
    bool has_room = s->list.len < SNAPSHOTS_MAX;
    if (has_room) {
        vec_push(&s->list, fresh);
    }
    (void)pthread_mutex_unlock(&s->lock);
    if (old) {
        snapshot_free(old);
    }
    if (!has_room) {
        snapshot_free(fresh);
    }
    return has_room;
}

struct tenant *snapshots_clone(struct snapshots *s, struct str name)
{
    (void)pthread_mutex_lock(&s->lock);
    size_t at = place_of(s, name);
    const struct snapshot *one = at < s->list.len ? s->list.at[at] : NULL;
    struct tenant *copy = one ? tenant_clone(one->tenant) : NULL;
    (void)pthread_mutex_unlock(&s->lock);
    return copy;
}

bool snapshots_drop(struct snapshots *s, struct str name)
{
    (void)pthread_mutex_lock(&s->lock);
    size_t at = place_of(s, name);
    struct snapshot *old = at < s->list.len ? vec_remove(&s->list, at) : NULL;
    (void)pthread_mutex_unlock(&s->lock);
    if (old) {
        snapshot_free(old);
    }
    return old != NULL;
}

void snapshots_put(struct buf *out, struct snapshots *s)
{
    buf_put_char(out, '[');
    (void)pthread_mutex_lock(&s->lock);
    for (size_t i = 0; i < s->list.len; i++) {
        const struct snapshot *one = s->list.at[i];
        buf_put(out, i ? STR(",") : STR(""));
        buf_put_json_string(out, (struct str){one->name, one->name_bytes});
    }
    (void)pthread_mutex_unlock(&s->lock);
    buf_put_char(out, ']');
}
