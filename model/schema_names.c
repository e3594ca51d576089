/* Members by name: an open table with a cheap hash of length, first and last bytes, made at compile
 * time with the factor under which the names collide least. Who sends names cannot make it slow:
 * the table holds the schema's names only. */
#include "model/schema_int.h"

#include <string.h>

enum { TRIES = 32 };

static inline uint64_t load8(const char *p)
{
    uint64_t x;
    memcpy(&x, p, sizeof x);
    return x;
}

static inline uint64_t load4(const char *p)
{
    uint32_t x;
    memcpy(&x, p, sizeof x);
    return x;
}

/* Up to 16 bytes of the name and its length. */
ALLOW_WRAP static inline uint32_t name_hash(struct str name, uint64_t factor)
{
    uint64_t x = name.len;
    const char *p = name.s;
    if (name.len >= 8) {
        x ^= load8(p) ^ load8(p + name.len - 8) * UINT64_C(0x9E3779B97F4A7C15);
    } else if (name.len >= 4) {
        x ^= load4(p) << 8 ^ load4(p + name.len - 4) << 32;
    } else if (name.len > 0) {
        x ^= (uint64_t)(unsigned char)p[0] << 8 ^ (uint64_t)(unsigned char)p[name.len / 2] << 16 ^
             (uint64_t)(unsigned char)p[name.len - 1] << 24;
    }
    x *= factor;
    return (uint32_t)(x >> 32) ^ (uint32_t)(x >> 50);
}

/* Of names of the same length; most have up to 16 bytes: two loads instead of a call. */
static inline bool name_eq(const char *a, const char *b, size_t len)
{
    if (len > 16) {
        return memcmp(a, b, len) == 0;
    }
    if (len >= 8) {
        return load8(a) == load8(b) && load8(a + len - 8) == load8(b + len - 8);
    }
    if (len >= 4) {
        return load4(a) == load4(b) && load4(a + len - 4) == load4(b + len - 4);
    }
    return len == 0 || (a[0] == b[0] && a[len / 2] == b[len / 2] && a[len - 1] == b[len - 1]);
}

/* Fills the slots; gives how many steps all look-ups together take beyond the first. */
static size_t fill(const struct name_table *t)
{
    size_t steps = 0;
    memset(t->slots, 0, ((size_t)t->mask + 1) * sizeof *t->slots);
    for (uint32_t i = 0; i < t->n; i++) {
        uint32_t at = name_hash(t->entries[i].name, t->factor) & t->mask;
        for (; t->slots[at] != 0; at = (at + 1) & t->mask) {
            steps++;
        }
        t->slots[at] = i + 1;
    }
    return steps;
}

ALLOW_WRAP static uint64_t factor_of(uint64_t try)
{
    return (try * UINT64_C(0xD1342543DE82EF95) + UINT64_C(0x9E3779B97F4A7C15)) | 1;
}

void schema_names_build(struct name_table *t, struct arena *a)
{
    uint32_t size = 2;
    while (size < t->n * 2) {
        size *= 2;
    }
    t->mask = size - 1;
    t->slots = ARENA_ARRAY(a, size, uint32_t);
    size_t best = SIZE_MAX;
    uint64_t best_factor = 0;
    for (uint64_t try = 0; try < TRIES && best > 0; try++) {
        t->factor = factor_of(try);
        size_t steps = fill(t);
        if (steps < best) {
            best = steps;
            best_factor = t->factor;
        }
    }
    t->factor = best_factor;
    fill(t);
}

const struct name_entry *schema_names_find(const struct name_table *t, struct str name)
{
    uint32_t at = name_hash(name, t->factor) & t->mask;
    for (; t->slots[at] != 0; at = (at + 1) & t->mask) {
        const struct name_entry *e = &t->entries[t->slots[at] - 1];
        if (e->name.len == name.len && name_eq(e->name.s, name.s, name.len)) {
            return e;
        }
    }
    return NULL;
}
