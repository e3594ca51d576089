/* Sets of entities by id or by a key: open addressing, linear probing, at most three quarters full.
 * Twelve bytes a slot (half the hash, the entity), a third of what base/map.h takes for borrowed
 * texts: there are two such tables for each resource, and most of a clone's first write is copying
 * them. What is taken out is filled up from behind, so that no slot says "deleted":
 *
 *     slots   . A B C .      A and B belong to slot 1, C to 3;    take A out:   . B . C .
 *
 * Hashes are seeded by the kernel's randomness, so that who chooses keys cannot make them collide.
 * The order of a walk means nothing. */
#include "model/entity_set_int.h"

#include <assert.h>
#include <string.h>

enum { CAP_FIRST = 8 };

static struct str key_of(const struct entity *e, size_t slot)
{
    return slot == SLOT_NONE ? e->id : entity_key(e, slot);
}

static uint32_t hash_of(const struct entity_set *set, struct str key)
{
    return (uint32_t)(str_hash_seeded(key, set->seed) >> 32);
}

/* The place of the key; of the empty slot where it would go if it is not there. */
static size_t place_of(const struct entity_set *set, struct str key, uint32_t hash)
{
    size_t mask = set->cap - 1, i = hash & mask;
    while (set->at[i] && !(set->hashes[i] == hash && str_eq(key_of(set->at[i], set->slot), key))) {
        i = (i + 1) & mask;
    }
    return i;
}

static void grow(struct entity_set *set)
{
    struct entity_set old = *set;
    if (old.cap == 0) {
        random_secret(&set->seed, sizeof set->seed);
    }
    set->cap = old.cap ? old.cap * 2 : CAP_FIRST;
    set->at = MEM_ARRAY(set->cap, const struct entity *);
    set->hashes = MEM_ARRAY(set->cap, uint32_t);
    for (size_t i = 0; i < old.cap; i++) {
        size_t to = old.hashes[i] & (set->cap - 1);
        while (old.at[i] && set->at[to]) {
            to = (to + 1) & (set->cap - 1);
        }
        if (old.at[i]) {
            set->at[to] = old.at[i];
            set->hashes[to] = old.hashes[i];
        }
    }
    mem_free(old.at);
    mem_free(old.hashes);
}

void entity_set_init(struct entity_set *set, size_t slot)
{
    *set = (struct entity_set){.slot = slot};
}

void entity_set_done(struct entity_set *set)
{
    mem_free(set->at);
    mem_free(set->hashes);
    entity_set_init(set, set->slot);
}

void entity_set_copy(struct entity_set *out, const struct entity_set *set)
{
    *out = *set;
    if (set->cap) {
        out->at = MEM_ARRAY(set->cap, const struct entity *);
        out->hashes = MEM_ARRAY(set->cap, uint32_t);
        memcpy(out->at, set->at, set->cap * sizeof(void *));
        memcpy(out->hashes, set->hashes, set->cap * sizeof *set->hashes);
    }
}

const struct entity *entity_set_get(const struct entity_set *set, struct str key)
{
    return set->count ? set->at[place_of(set, key, hash_of(set, key))] : NULL;
}

const struct entity *entity_set_put(struct entity_set *set, const struct entity *e)
{
    if ((set->count + 1) * 4 > set->cap * 3) {
        grow(set);
    }
    struct str key = key_of(e, set->slot);
    uint32_t hash = hash_of(set, key);
    size_t i = place_of(set, key, hash);
    const struct entity *old = set->at[i];
    set->at[i] = e;
    set->hashes[i] = hash;
    set->count += old == NULL;
    return old;
}

/* How many steps a probe takes from one slot to another. */
static size_t distance(const struct entity_set *set, size_t from, size_t to)
{
    return (to + set->cap - from) & (set->cap - 1);
}

void entity_set_del(struct entity_set *set, struct str key)
{
    assert(set->count);
    size_t mask = set->cap - 1, hole = place_of(set, key, hash_of(set, key));
    assert(set->at[hole]);
    for (size_t i = (hole + 1) & mask; set->at[i]; i = (i + 1) & mask) {
        size_t home = set->hashes[i] & mask;
        if (distance(set, home, i) >= distance(set, hole, i)) { /* it may stand there */
            set->at[hole] = set->at[i];
            set->hashes[hole] = set->hashes[i];
            hole = i;
        }
    }
    set->at[hole] = NULL;
    set->count--;
}

const struct entity *entity_set_next(const struct entity_set *set, size_t *cursor)
{
    while (*cursor < set->cap) {
        const struct entity *e = set->at[(*cursor)++];
        if (e) {
            return e;
        }
    }
    return NULL;
}
