/* Writes that are safe whatever becomes of their answers. */
#ifndef REHEARSE_REPLAY_CLIENT_WRITE_H
#define REHEARSE_REPLAY_CLIENT_WRITE_H

#include "replay/client_list.h"

enum write_end {
    WRITE_DONE,
    WRITE_THERE,    /* nothing was sent: it is so already */
    WRITE_TAKEN,    /* a create: something else has what must be unique */
    WRITE_CONFLICT, /* somebody else changed the same member: theirs stays */
    WRITE_REFUSED,
    WRITE_UNSURE, /* it may have been carried out, and there is no way to read whether */
    WRITE_FAILED,
};

/* What is to be written, and what became of it. */
struct client_write {
    const struct operation *op;
    const struct resource *resource;
    struct str path;         /* creates and calls: filled in, with its query */
    struct str id;           /* changes, deletes; of creates: what was made, out */
    struct str body;         /* creates: one entity; calls: as it goes out */
    struct json set, base;   /* changes: members wanted; how it stood (no value: as it is read) */
    struct str key;          /* for the idempotency header; "" none */
    const struct map *known; /* creates: ids that are not ours; NULL: none */
    bool may_be_done;        /* an earlier run began it: look before writing */
    /* out */
    enum write_end end;
    int status;
    struct json shown;  /* the answer, or the entity as it was read */
    struct json before; /* changes: as it was read first */
    unsigned tries, conflicts;
};

/* Each true where it is done; else `err` says why and w->end what kind it is. Texts in `a`. */
CHECK bool client_create(struct client *c, struct arena *a, struct client_write *w,
                         struct err *err);
CHECK bool client_change(struct client *c, struct arena *a, struct client_write *w,
                         struct err *err);
CHECK bool client_delete(struct client *c, struct arena *a, struct client_write *w,
                         struct err *err);
/* Any other operation, as it stands. */
CHECK bool client_call(struct client *c, struct arena *a, struct client_write *w, struct err *err);

/* Reads one by its id; by its listing where the API reads no single one. True where the question was
 * answered: *out has no value where it is not there. `out_etag` may be NULL. */
CHECK bool client_read(struct client *c, struct arena *a, const struct resource *r, struct str id,
                       struct json *out, struct str *out_etag, struct err *err);
/* The ids of those that have all that `body` says (of what must be unique, where something must), in
 * the order of their listing. False, with `err`, where it cannot be read. */
struct client_found {
    struct str *ids;
    struct json *at;
    size_t n;
};
CHECK bool client_find(struct client *c, struct arena *a, const struct resource *r,
                       struct json body, struct client_found *out, struct err *err);
/* True where `shown` has all that `wanted` says: members that it does not show do not count. */
bool client_has(struct json shown, struct json wanted);

#endif
