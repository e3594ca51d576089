/* A tenant: the entities of one organisation, by resource, with the indexes that a contract's rules
 * need.
 *
 * Entities are immutable once stored: a change stores a new one in place of the old. Each keeps its
 * canonical text, rendered once at write, and the indexed values that rules need; reads copy bytes.
 * Entities are counted references shared between clones, so that a clone copies tables of pointers
 * and no text.
 *
 * Costs, n entities of a resource: look-up by id, uniqueness, references to an entity: expected
 * O(1). Insert, change, delete: O(log n) a sort order. A page: O(log n + page), wherever it stands,
 * also when filtered by a group of an order or by a prefix of its field. Other filters: O(n).
 * Clone: O(n) pointer copies.
 *
 * Threads: the caller holds tenant_lock_read or tenant_lock_write around every call but new, free
 * and those two. */
#ifndef REHEARSE_MODEL_TENANT_H
#define REHEARSE_MODEL_TENANT_H

#include "base/base.h"
#include "model/contract.h"

struct tenant;

/* What callers see of an entity; all borrowed from it. Valid while the lock under which it was
 * found is held, or while a reference taken with entity_hold is kept. */
struct entity {
    struct str id;
    struct str text; /* canonical JSON */
    int64_t version; /* 0 where the resource is not versioned */
    uint64_t age; /* number of its insertion in the tenant: later is greater; a change keeps it */
    int64_t created_us, changed_us; /* by the tenant's clock */
};

/* What an OAuth client of the tenant may do. */
struct tenant_client {
    struct str id, secret, name;
    struct str text;               /* its whole JSON object, for {client.…} */
    const struct str *permissions; /* "*" grants all; "a:b:*" grants by prefix */
    size_t n_permissions;
    const struct str *scopes; /* "*" grants all */
    size_t n_scopes;
    int64_t lifetime_s; /* 0: the profile's */
    struct str kind;    /* "" for an application; else who signs in: "user", "accessKey" … */
};

/* An empty tenant for `contract` (borrowed: it must outlive the tenant). */
struct tenant *tenant_new(const struct contract *contract, struct str name, uint64_t seed);
void tenant_free(struct tenant *t);
/* Loads a snapshot. The document is checked against the tenant format, each entity against its
 * resource's schema, and all uniqueness, references and limits; each reason goes to `fs`; false,
 * and no tenant, if one is an error. */
CHECK bool tenant_load(struct tenant **out, const struct contract *contract, struct json snapshot,
                       struct findings *fs, struct err *err);
/* A built-in tenant by name ("acme": the file tenants/<profile>.acme.json) or a file. The profile
 * that a snapshot names must be the contract's. */
CHECK bool tenant_open(struct tenant **out, const struct contract *contract,
                       const char *name_or_path, struct findings *fs, struct err *err);
/* Independent copy; shares entities. The source may be read meanwhile. */
struct tenant *tenant_clone(struct tenant *t);
/* The tenant as a fixture: loading it gives a tenant whose snapshot has the same bytes. Ends with a
 * newline. */
void tenant_snapshot(struct buf *out, struct tenant *t);

void tenant_lock_read(struct tenant *t);
void tenant_lock_write(struct tenant *t);
void tenant_unlock(struct tenant *t);

/* For those who keep a tenant elsewhere too: what changed of one entity. */
struct tenant_change {
    const struct resource *resource;
    const struct entity *before, *after; /* held; NULL: was not there, is there no more */
};
/* From now on `changed` is called at the end of each write, with the write lock still held, with
 * all that was changed under it, in order; what it is given is its own, to be freed. It must not
 * call the tenant's locks. NULL ends that. A clone is not watched. Under the write lock. */
void tenant_watch(struct tenant *t,
                  void (*changed)(void *ctx, struct tenant *t, struct tenant_change *changes,
                                  size_t n),
                  void *ctx);
/* Under the write lock: from now on changes are noted until it is let go, whether somebody watches or not. */
void tenant_note_changes(struct tenant *t);
/* What was noted so far under this write lock, in order; borrowed until the next change. */
const struct tenant_change *tenant_noted(const struct tenant *t, size_t *out_n);
void tenant_changes_free(struct tenant_change *changes, size_t n);
/* Takes changes back, the last one first; nobody is told of it. Under the write lock. */
void tenant_undo(struct tenant *t, const struct tenant_change *changes, size_t n);
/* Calls `each` for every entity, the oldest first; false stops and is given back. */
bool tenant_each(const struct tenant *t, const struct resource *r,
                 bool (*each)(const struct entity *e, void *ctx), void *ctx);
/* Members of a snapshot, without braces: all that stands before "resources"; and those of "state"
 * that say where the tenant stands (random stream, ages, sequences). */
void tenant_put_head(struct buf *out, struct tenant *t);
void tenant_put_place(struct buf *out, const struct tenant *t);

const struct contract *tenant_contract(const struct tenant *t);
struct str tenant_name(const struct tenant *t);
/* Where the tenant's clock starts: the snapshot's "at". */
int64_t tenant_at_us(const struct tenant *t);
/* The snapshot's "about" object as JSON text, "{}" if none: for {tenant.…}. */
struct str tenant_about(const struct tenant *t);
/* Who uses the tenant's entities from outside (docs/plan.md): a JSON array; "" if the snapshot names none. */
struct str tenant_external(const struct tenant *t);
size_t tenant_client_count(const struct tenant *t);
const struct tenant_client *tenant_client_at(const struct tenant *t, size_t i);
const struct tenant_client *tenant_client_find(const struct tenant *t, struct str id);
/* The next value of the tenant's seeded stream; part of the snapshot, so that a run repeats byte
 * for byte. */
uint64_t tenant_random(struct tenant *t);
/* The next id for a resource: a uuid of the stream, or the next of its sequence. Into `out`. */
void tenant_next_id(struct tenant *t, const struct resource *r, struct buf *out);

size_t tenant_count(const struct tenant *t, const struct resource *r);
const struct entity *tenant_find(const struct tenant *t, const struct resource *r, struct str id);
/* The only or first entity (the oldest), NULL if none. */
const struct entity *tenant_first(const struct tenant *t, const struct resource *r);
/* The first entity whose `field` is the JSON value `value`: O(n). */
const struct entity *tenant_pick(const struct tenant *t, const struct resource *r,
                                 const struct field_path *field, struct str value_json);
/* The entity that already has what `candidate` (an entity's JSON) would have under unique rule
 * number `rule`; NULL if none, or if the rule does not apply to the candidate. */
const struct entity *tenant_find_unique(const struct tenant *t, const struct resource *r,
                                        size_t rule, struct json candidate);
/* By a unique rule of one field: the entity whose value is `value`. */
const struct entity *tenant_find_by(const struct tenant *t, const struct resource *r,
                                    const struct field_path *field, struct str value);
/* What the text `value` refers to under a reference rule; NULL if there is no such target. */
const struct entity *tenant_find_by_rule(const struct tenant *t, const struct reference_rule *rule,
                                         struct str value);
/* How many entities count under limit rule number `rule` together with `candidate` (not counting
 * it). O(1) expected. */
size_t tenant_count_limit(const struct tenant *t, const struct resource *r, size_t rule,
                          struct json candidate);

/* Stores `value` (a JSON object with its id in place): inserts, or replaces the entity of that id.
 * Renders the canonical text: members in the schema's order, then the others in their own, without
 * blanks. Gives the stored entity. The caller has checked the rules: storing a second entity with a
 * unique value is a bug. */
const struct entity *tenant_put(struct tenant *t, const struct resource *r, struct json value,
                                int64_t version, int64_t now_us);
/* Puts back `e`, which was held when it was removed or replaced: its age, times and version too. */
void tenant_restore(struct tenant *t, const struct resource *r, const struct entity *e);
/* Removes; false if there is none. What refers to it is the caller's to look after. */
bool tenant_delete(struct tenant *t, const struct resource *r, struct str id);

/* Who refers to the entity `id` of resource `to`: calls `each` for every (rule, entity) pair,
 * oldest first within a rule; false from `each` stops. The tenant must not be changed meanwhile:
 * collect, then change. */
void tenant_referrers(const struct tenant *t, const struct resource *to, struct str id,
                      bool (*each)(const struct resource *from, const struct reference_rule *rule,
                                   const struct entity *entity, void *ctx),
                      void *ctx);

/* The entities that a template asks for: those whose fields have these texts, visible at `now_us`,
 * oldest first, into an array in `a` (`out` NULL: they are only counted). Gives their number. O(as
 * many as have the first field's text); without fields O(n). */
size_t tenant_select(const struct entity *const **out, struct arena *a, const struct tenant *t,
                     const struct template_query *q, const struct str *values, int64_t now_us);

/* True if one of those entities pleases `holds`; the first that does ends the walk. */
bool tenant_any(const struct tenant *t, const struct template_query *q, const struct str *values,
                bool (*holds)(const struct entity *e, const void *ctx), const void *ctx);

/* A page. Links of a parent are entities of the link resource whose parent is `parent_id`. */
struct page_filter {
    const struct filter_rule *rule;
    struct str value; /* for MATCH_IN: the list, comma separated, already decoded */
};
struct page_request {
    const struct resource *resource;
    struct str parent_id; /* s NULL: not a list of links */
    bool is_from_target;  /* `parent_id` is that of what the links lead to */
    size_t order;         /* index of the resource's orders */
    bool is_descending;
    const struct page_filter *filters;
    size_t n_filters;
    size_t skip, take;
    struct str
        after; /* cursor: goes on behind that entity; "" from the start; s NULL: `skip` counts */
    int64_t now_us; /* entities not visible yet are left out */
    int64_t lag_us; /* all become visible that much later */
};
struct page {
    const struct entity **at; /* in the arena given */
    size_t n;
    size_t total; /* of all that match */
    bool has_more;
    struct str next_cursor; /* behind the last entity here; set if has_more */
};
/* False only on a cursor that is not ours (or was tampered with). Cursors survive inserts and
 * deletes around them. */
CHECK bool tenant_page(struct page *out, struct arena *a, const struct tenant *t,
                       const struct page_request *request);

/* Keeps an entity beyond the lock; pair with entity_drop. Any thread. */
const struct entity *entity_hold(const struct entity *e);
void entity_drop(const struct entity *e);
/* The entity that `link` (of a link resource) points to; NULL if it is gone. */
const struct entity *tenant_link_target(const struct tenant *t,
                                        const struct resource *link_resource,
                                        const struct entity *link);

/* The entity that owns the link; NULL if it is gone. */
const struct entity *tenant_link_parent(const struct tenant *t,
                                        const struct resource *link_resource,
                                        const struct entity *link);

/* Made-up tenants of any size, the same for the same options. `codes` entities of the profile's
 * main resource (the contract's first), the others in proportion. Appends a snapshot. */
struct generate_options {
    uint64_t seed;
    size_t codes;
    size_t queues;
};
CHECK bool tenant_generate(struct buf *out, const struct contract *contract,
                           const struct generate_options *options, struct err *err);

#endif
