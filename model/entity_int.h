/* Entities from the inside: one allocation each, counted, with the values that indexes need already
 * extracted. Private to model/.
 *
 *     struct entity │ refs, n_keys │ keys[]: place and length │ text │ id, key bytes …
 *
 * What is extracted is said by the resource's slots, worked out once from the contract (layout.c).
 * Two rules that need the same value share a slot; two slots with the same bytes share the bytes.
 */
#ifndef REHEARSE_MODEL_ENTITY_INT_H
#define REHEARSE_MODEL_ENTITY_INT_H

#include "model/tenant.h"

#define SLOT_NONE SIZE_MAX

enum slot_kind {
    SLOT_SORT,  /* one value, as bytes that sort as the value does; empty where absent */
    SLOT_TEXTS, /* every value of the field as a text, each text once; absent where there is none */
    SLOT_JOINT, /* several fields as one text; absent where one of them is */
};

struct slot {
    enum slot_kind kind;
    const struct field_path *const *fields;
    size_t n;
    struct fold fold;
    bool is_numeric; /* SLOT_SORT: by number */
};

/* Entities sorted by a slot and then by age; SLOT_NONE: by age alone. */
struct sorting {
    size_t slot;
};

/* Entities in groups: one for each text of slot `by` (or one for a SLOT_JOINT), sorted within. */
struct grouping {
    size_t by;
    size_t sort;      /* slot, or SLOT_NONE: by age */
    bool only_counts; /* no entities are kept, only how many there are */
};

/* What is indexed of one resource. Immutable. */
struct layout {
    const struct resource *resource;
    struct slot *slots;
    size_t n_slots;
    struct sorting *sortings; /* the first is by age */
    size_t n_sortings;
    struct grouping *groupings;
    size_t n_groupings;
    size_t *unique;      /* slot of each unique rule; SLOT_NONE: not kept here */
    size_t *limit;       /* grouping of each limit rule; SLOT_NONE: all are counted */
    size_t *reference;   /* grouping of each reference rule */
    size_t *order;       /* sorting of each order, its group left aside */
    size_t *order_group; /* grouping of each order; SLOT_NONE: it has no group */
    size_t parent;       /* grouping of links by their parent; SLOT_NONE: no links */
    size_t target;       /* the same by what they lead to */
};

/* One layout for each resource of the contract, in its order, in `a`. */
struct layout *layout_new(struct arena *a, const struct contract *contract);
/* The SLOT_TEXTS slot of a field that is kept as it stands; SLOT_NONE if there is none. */
size_t layout_texts(const struct layout *l, const struct field_path *field);
bool field_same(const struct field_path *a, const struct field_path *b);
bool fold_same(struct fold a, struct fold b);

struct entity_times {
    uint64_t age;
    int64_t created_us, changed_us;
};

/* A new entity with one reference, to be dropped by the caller. Copies what it needs of `value`. */
const struct entity *entity_new(const struct layout *layout, struct json value, int64_t version,
                                struct entity_times times);
/* The bytes of a slot; s NULL where the entity has no such value. */
struct str entity_key(const struct entity *e, size_t slot);
/* Walk of the texts in a key: one, or those of a list; none where the key is absent. */
struct texts {
    struct str rest;
    bool is_list;
};
struct texts slot_texts(const struct slot *slot, struct str key);
bool texts_next(struct str *out, struct texts *texts);

/* The bytes that `value` (an entity) has for a slot; false, with nothing appended, if none. */
bool slot_put(struct buf *out, const struct slot *slot, struct json value);
/* SLOT_SORT bytes of a text: what a filter looks for; where the slot is not numeric also what the
 * keys of all longer texts start with. */
void slot_put_sort_text(struct buf *out, const struct slot *slot, struct str text);
/* SLOT_JOINT bytes of one text, for a rule of one field. */
void slot_put_joint_text(struct buf *out, const struct slot *slot, struct str text);
/* The id of an entity's JSON: its id member's text, or the members of a joined id. */
void entity_put_id(struct buf *out, const struct resource *r, struct json value);
/* Canonical text: members in the schema's order, then the others in theirs, no blanks. */
void entity_put_text(struct buf *out, const struct resource *r, struct json value);
/* A scalar as text: a string's content, a number's digits ("1" for 1.0), true, false. s NULL for
 * null, no value, arrays and objects. May use `scratch`. */
struct str scalar_text(struct json v, struct buf *scratch);

#endif
