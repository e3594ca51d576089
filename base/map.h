/* Hash map from text to pointer: open addressing, expected constant time, hash perturbed per map
 * against hostile keys. Keys are borrowed: they must live as long as their entry. Order of
 * iteration means nothing and must not reach a result. */
#ifndef REHEARSE_BASE_MAP_H
#define REHEARSE_BASE_MAP_H

#include "base/str.h"

#include <stddef.h>
#include <stdint.h>

struct map_slot;

struct map {
    struct map_slot *slots;
    size_t cap, count, tombs;
    uint64_t seed; /* of the hash; chosen with the first entry */
};

/* A zeroed map is an empty map. */
void map_done(struct map *m);
/* The value stored for `key`, NULL if none. */
void *map_get(const struct map *m, struct str key);
/* Stores `value` (not NULL) for `key`; gives the value that it replaces, else NULL. On replacement
 * the map borrows the new key's bytes. */
void *map_put(struct map *m, struct str key, void *value);
/* Removes; gives the value that was there, else NULL. */
void *map_del(struct map *m, struct str key);
/* Walk: start with *cursor = 0; false at the end. No change of the map meanwhile. */
bool map_next(const struct map *m, size_t *cursor, struct str *out_key, void **out_value);
/* A copy with the same borrowed keys and values. */
void map_copy(struct map *out, const struct map *m);

#endif
