/* A tenant from the inside. Private to model/.
 *
 *     struct tenant ── fixed ───▶ layouts, clients, about: counted, the same for all clones
 *                   ── tables[] ▶ struct table: counted, shared with clones until one is written to
 *
 *     struct table ── ids, unique[]: sets of entities by key (each entity held once, by ids)
 *                  ── sortings[]:    orders of all entities
 *                  ── groupings[]:   maps from text to group ── count, order of its entities
 *
 * A clone counts one up on each table. Who writes to a table that others use makes a copy first
 * (table_own): hash tables are copied, orders and groups go on being shared, node by node. */
#ifndef REHEARSE_MODEL_TENANT_INT_H
#define REHEARSE_MODEL_TENANT_INT_H

#include "model/entity_set_int.h"
#include "model/order_int.h"

#include <pthread.h>
#include <stdatomic.h>

struct group {
    atomic_uint refs; /* tables that use it */
    size_t count;     /* entities in it */
    struct order order;
    struct str key; /* its own bytes, below */
    char bytes[];
};

struct table {
    atomic_uint refs; /* tenants that use it */
    const struct layout *layout;
    struct entity_set ids;
    struct entity_set *unique; /* by unique rule */
    struct order *sortings;    /* by layout.sortings */
    struct map *groupings;     /* by layout.groupings: text to struct group */
    int64_t created_max_us;    /* no entity was created later */
    bool is_filling;           /* many come: orders may wait (order_insert_later) */
};

struct table *table_new(const struct layout *layout);
/* NULL is fine. */
void table_drop(struct table *t);
struct table *table_hold(struct table *t);
/* The table at *place, made this tenant's alone. O(n) the first time after a clone, else O(1). */
struct table *table_own(struct table **place);
/* From now on many entities are inserted, by one thread, which alone uses the table: until
 * table_filled. */
void table_fill(struct table *t);
void table_filled(struct table *t);
/* Takes `e`, whose id is new. */
void table_insert(struct table *t, const struct entity *e);
/* Takes `e`, which replaces the entity of its id. */
void table_replace(struct table *t, const struct entity *old, const struct entity *e);
void table_remove(struct table *t, const struct entity *e);
/* The group of that text, NULL if nothing is in it. */
const struct group *table_group(const struct table *t, size_t grouping, struct str text);
const struct entity *table_unique(const struct table *t, size_t rule, struct str key);

struct client_list {
    struct tenant_client *at;
    size_t n;
    struct map by_id;
};

/* What never changes after load. */
struct tenant_fixed {
    atomic_uint refs;
    struct arena arena; /* all of it */
    struct layout *layouts;
    struct str name, about, external;
    struct client_list clients;
    int64_t at_us; /* where the clock stands while members are made at load */
};

/* What has changed since the write lock was taken. */
struct tenant_log {
    void (*changed)(void *ctx, struct tenant *t, struct tenant_change *changes, size_t n);
    void *ctx;
    struct tenant_change *at;
    size_t n, cap;
};

struct tenant {
    pthread_rwlock_t lock; /* guards the tables, age, sequences and log */
    struct tenant_log *log; /* NULL: nobody watches */
    const struct contract *contract;
    struct tenant_fixed *fixed;
    struct table **tables; /* by resource */
    int64_t *sequences;    /* by resource: the next id */
    uint64_t age;          /* the last one given */
    uint64_t seed;
    atomic_uint_fast64_t random; /* place in the stream; readers of the tenant draw from it too */
};

/* Stores an entity with its times, new or in place of the one of its id, which has the same age.
 * Gives it. */
const struct entity *tenant_store(struct tenant *t, const struct resource *r, struct json value,
                                  int64_t version, struct entity_times times);
/* Notes a change where somebody watches; holds both. */
void tenant_note(struct tenant *t, const struct resource *r, const struct entity *before,
                 const struct entity *after);
/* Tells the watcher what was noted. */
void tenant_tell(struct tenant *t);
/* An entity's JSON in `a`; no value where it cannot be read. */
struct json entity_parse(struct arena *a, const struct entity *e);
const struct layout *tenant_layout(const struct tenant *t, const struct resource *r);

/* As tenant_snapshot, of a tenant whose entities are not whole: what is missing is made at load,
 * and ages follow from the places. */
void tenant_fixture(struct buf *out, struct tenant *t);

/* Variables of templates while no client asks. */
struct tenant_source {
    struct tenant *t;
    struct arena *scratch;
    struct json body;
};
/* Borrows `s`. */
struct template_source tenant_source(struct tenant_source *s);

/* The version that an entity's JSON shows; the resource's first where it shows none. */
int64_t entity_version(const struct resource *r, struct json value);
/* Reads the clients of a snapshot into `fixed`. */
void tenant_load_external(struct tenant *t, struct json all, struct findings *fs);
void tenant_load_clients(struct tenant_fixed *fixed, struct json clients, struct findings *fs);
/* Reads the entities of a snapshot, checked, into an empty tenant. */
void tenant_load_entities(struct tenant *t, struct json snapshot, struct findings *fs);

/* Times of a snapshot are within this many microseconds of 1970. */
#define TIME_MAX_US (INT64_C(1) << 60)

#endif
