/* Made-up tenants from the inside. Private to model/. */
#ifndef REHEARSE_MODEL_GENERATE_INT_H
#define REHEARSE_MODEL_GENERATE_INT_H

#include "model/tenant_int.h"

enum naming {
    NAME_OUTCOME, /* how a contact ended: "Refund - Credit granted - by phone" */
    NAME_QUEUE,   /* where contacts wait: "Sales North EN" */
    NAME_PERSON,
    NAME_GROUP, /* everything else: "Sales Hamburg" */
};

/* The name of number `i`: different for every `i`, the same for the same seed. */
void generate_name(struct buf *out, enum naming naming, uint64_t seed, size_t i);
/* A few plain words. */
void generate_words(struct buf *out, struct rng *rng, size_t n);

/* A text that a regular expression accepts, where it is a plain one: literals, classes, groups,
 * alternatives, counts, anchors. False for anything else (assertions, back references, properties):
 * nothing is appended. */
bool generate_match(struct buf *out, struct rng *rng, struct str pattern);

/* A member of an entity that may be made, worked out once for a resource. */
struct wish {
    struct json schema;
    struct str name;
    const struct reference_rule *refers; /* the member holds a reference; NULL: none */
    bool is_needed;
};

/* What a value is made for. */
struct maker {
    struct arena *arena;           /* wishes */
    const struct resource *wished; /* whose they are */
    struct wish *wishes;
    size_t n_wishes;
    struct tenant *t;
    struct rng rng;
    const struct resource *r;
    struct json root;      /* of the profile: for references between schemas */
    struct str id;         /* s NULL: none is put in */
    struct str name;       /* the entity's name */
    size_t number;         /* of the entity, from 0 */
    size_t attempt;        /* how often it was refused before */
    bool is_strict;        /* patterns before names */
    struct str parent_id;  /* links */
    struct str missing_to; /* title of a resource that is referred to and has no entity; "" */
};

/* Appends an entity's JSON as a client would send it, with its id. False where a member that must
 * be there cannot be made. */
bool generate_entity(struct buf *out, struct maker *m);

/* Fills in the lists that mirror each other, on both sides. */
void generate_mirrors(struct tenant *t, struct rng *rng);

#endif
