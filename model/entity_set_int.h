/* Sets of entities by id or by a key of theirs. Private to model/. Borrow the entities. */
#ifndef REHEARSE_MODEL_ENTITY_SET_INT_H
#define REHEARSE_MODEL_ENTITY_SET_INT_H

#include "model/entity_int.h"

struct entity_set {
    const struct entity **at;
    uint32_t *hashes;
    size_t cap, count;
    size_t slot; /* of the key; SLOT_NONE: the id */
    uint64_t seed;
};

void entity_set_init(struct entity_set *set, size_t slot);
void entity_set_done(struct entity_set *set);
void entity_set_copy(struct entity_set *out, const struct entity_set *set);
/* The entity with that key; NULL if there is none. Expected O(1), as are the next two. */
const struct entity *entity_set_get(const struct entity_set *set, struct str key);
/* Puts `e` in; gives the one with the same key that it replaces, else NULL. */
const struct entity *entity_set_put(struct entity_set *set, const struct entity *e);
/* An entity with that key must be there. */
void entity_set_del(struct entity_set *set, struct str key);
/* Walk in no order: start with *cursor = 0; NULL at the end. */
const struct entity *entity_set_next(const struct entity_set *set, size_t *cursor);

#endif
