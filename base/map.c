/* Hash map from text to pointer: open addressing, linear probing, at most three quarters full.
 *
 *     slot     value   hash        means
 *     empty    NULL    0           a probe ends here
 *     tomb     NULL    1           something was removed here: a probe goes on
 *     live     set     of the key  compared before the key
 *
 * The hash of each key is kept, so growing does not touch the keys. Each map hashes with a seed of
 * its own, taken from the random bytes that the kernel gives every process and from the map's
 * address: who sends us keys cannot make them collide, and filling one map in the slot order of
 * another is not quadratic. The price is that the order of a walk differs from run to run; the
 * header says that it means nothing. */
#include "base/map.h"

#include <assert.h>
#include <string.h>
#include <sys/auxv.h>

#include "base/arena.h"
#include "base/rng.h"

struct map_slot {
    uint64_t hash;
    struct str key;
    void *value;
};

enum { CAP_FIRST = 8, HASH_TOMB = 1 };

/* Of two maps that live at the same time the addresses differ, so the seeds do. */
static uint64_t fresh_seed(const struct map *m)
{
    uint64_t words[2] = {0};
    unsigned long random = getauxval(AT_RANDOM); /* the address of 16 random bytes */
    if (random != 0) {
        const char *bytes;
        memcpy(&bytes, &random, sizeof bytes);
        memcpy(words, bytes, sizeof words);
    }
    uint64_t state = words[0] ^ (uint64_t)(uintptr_t)m;
    return splitmix64(&state) ^ words[1];
}

/* The slot that holds `key`, or cap. */
static size_t find(const struct map *m, struct str key, uint64_t hash)
{
    if (m->count == 0) {
        return m->cap;
    }
    size_t mask = m->cap - 1;
    for (size_t i = (size_t)hash & mask;; i = (i + 1) & mask) {
        const struct map_slot *slot = &m->slots[i];
        if (slot->value) {
            if (slot->hash == hash && str_eq(slot->key, key)) {
                return i;
            }
        } else if (slot->hash != HASH_TOMB) {
            return m->cap;
        }
    }
}

/* A new table of `cap` slots with the live entries of the old one and no tombs. */
static void rebuild(struct map *m, size_t cap)
{
    struct map_slot *old = m->slots;
    size_t old_cap = m->cap, mask = cap - 1;
    m->slots = MEM_ARRAY(cap, struct map_slot);
    m->cap = cap;
    m->tombs = 0;
    for (size_t i = 0; i < old_cap; i++) {
        if (old[i].value) {
            size_t at = (size_t)old[i].hash & mask;
            while (m->slots[at].value) {
                at = (at + 1) & mask;
            }
            m->slots[at] = old[i];
        }
    }
    mem_free(old);
}

/* Room for one more: grows if it is the live entries that fill the table, else sweeps tombs. */
static void make_room(struct map *m)
{
    if (m->cap == 0) {
        rebuild(m, CAP_FIRST);
        m->seed = fresh_seed(m);
    } else if ((m->count + m->tombs + 1) * 4 > m->cap * 3) {
        rebuild(m, m->count * 2 >= m->cap ? m->cap * 2 : m->cap);
    }
}

void map_done(struct map *m)
{
    mem_free(m->slots);
    *m = (struct map){0};
}

void *map_get(const struct map *m, struct str key)
{
    if (m->count == 0) {
        return NULL;
    }
    size_t i = find(m, key, str_hash_seeded(key, m->seed));
    return i < m->cap ? m->slots[i].value : NULL;
}

void *map_put(struct map *m, struct str key, void *value)
{
    assert(value);
    make_room(m);
    uint64_t hash = str_hash_seeded(key, m->seed);
    size_t i = find(m, key, hash);
    if (i < m->cap) {
        void *old = m->slots[i].value;
        m->slots[i].value = value;
        m->slots[i].key = key;
        return old;
    }
    size_t mask = m->cap - 1;
    for (i = (size_t)hash & mask; m->slots[i].value; i = (i + 1) & mask) {
    }
    m->tombs -= m->slots[i].hash == HASH_TOMB;
    m->slots[i] = (struct map_slot){hash, key, value};
    m->count++;
    return NULL;
}

void *map_del(struct map *m, struct str key)
{
    size_t i = m->count ? find(m, key, str_hash_seeded(key, m->seed)) : m->cap;
    if (i == m->cap) {
        return NULL;
    }
    size_t mask = m->cap - 1;
    void *value = m->slots[i].value;
    m->slots[i] = (struct map_slot){.hash = HASH_TOMB};
    m->count--;
    m->tombs++;
    /* No probe goes on past an empty slot: tombs just before one are not needed. */
    const struct map_slot *next = &m->slots[(i + 1) & mask];
    if (!next->value && next->hash != HASH_TOMB) {
        while (!m->slots[i].value && m->slots[i].hash == HASH_TOMB) {
            m->slots[i].hash = 0;
            m->tombs--;
            i = (i + m->cap - 1) & mask;
        }
    }
    return value;
}

bool map_next(const struct map *m, size_t *cursor, struct str *out_key, void **out_value)
{
    for (size_t i = *cursor; i < m->cap; i++) {
        if (m->slots[i].value) {
            *out_key = m->slots[i].key;
            *out_value = m->slots[i].value;
            *cursor = i + 1;
            return true;
        }
    }
    *cursor = m->cap;
    return false;
}

void map_copy(struct map *out, const struct map *m)
{
    *out = *m;
    if (m->cap) {
        out->slots = MEM_ARRAY(m->cap, struct map_slot);
        memcpy(out->slots, m->slots, m->cap * sizeof *m->slots);
    }
}
