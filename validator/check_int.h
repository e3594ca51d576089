/* What the files of `check` share. Private to validator/. */
#ifndef REHEARSE_VALIDATOR_CHECK_INT_H
#define REHEARSE_VALIDATOR_CHECK_INT_H

#include "validator/validator.h"

/* One question to the tenant, and where it stands in the user's text. */
struct check_step {
    const struct operation *op;
    const struct resource *resource; /* what it is about, for people; may be NULL */
    struct str path;                 /* filled in, with its query */
    struct json at;                  /* what findings stand at that are about no value */
    struct json body;                /* as the user wrote it; no value: none */
    struct str body_text;            /* as sent; "" none */
    struct str etag;                 /* of what is changed; "" none */
    const struct finding *fallback;  /* its place, where `at` is no value; NULL: `at` is one */
    size_t cut; /* how many steps of pointers into body_text come before those into `body` */
};

/* Remembers where what was made stands. `id` lives as long as the check. */
void check_made(struct check *c, struct json at, struct str id);
/* The id that an answer tells of an entity of `r`; "" none. */
struct str check_id_in(struct check *c, const struct resource *r, struct str answer);

/* Asks; findings are placed and added. True if the tenant took it. `out` may be NULL. */
bool check_ask(struct check *c, const struct check_step *step, struct tenant_answer *out);
/* What a question takes is given back once it is answered, unless it led to a finding, which may borrow
 * of it: a file of many entities takes no more than its findings. */
struct check_memory {
    struct arena_mark mark;
    size_t n_findings;
};
struct check_memory check_remember(const struct check *c);
/* Gives `kept`, copied: it stays. */
struct str check_forget(struct check *c, struct check_memory m, struct str kept);

/* The operation that does `action` to a resource (of links: to the parent's links); NULL: there is none. */
const struct operation *check_operation(const struct contract *c, const struct resource *r,
                                        enum action action);
/* The path of `op` with the entity's (and the parent's) id in it. */
struct str check_path(struct arena *a, const struct operation *op, struct str id,
                      struct str parent);
/* Sets whose the next findings are. */
void check_about(struct check *c, const struct resource *r, struct str id, struct str name);
/* A finding of ours at a value. Gives it, to be filled in further and added by the caller. */
struct finding check_finding(struct check *c, struct json at, const char *rule,
                             enum severity severity);
void check_skip(struct check *c, struct json at, struct str why);

/* A body as JSON text, names of the change set ("@name") replaced by ids. */
struct str check_resolve(struct check *c, struct json v);

/* Creates, changes, deletes one entity. */
bool check_create(struct check *c, const struct resource *r, struct json at, struct json body,
                  struct str *out_id);
bool check_update(struct check *c, const struct resource *r, struct json at, struct str id,
                  struct json set);
/* The same where what is sent was made from another value, at which findings stand. */
bool check_create_as(struct check *c, const struct resource *r, struct json at, struct json body,
                     struct json shown, struct str *out_id);
bool check_update_as(struct check *c, const struct resource *r, struct json at, struct str id,
                     struct json set, struct json shown);
bool check_delete(struct check *c, const struct resource *r, struct json at, struct str id);
/* The id of the entity of that name; adds R403 (with the nearest name) or R408. */
bool check_find(struct check *c, const struct resource *r, struct json name, struct str *out_id);

/* check_whole.c: S115 of a body or entity. */
void check_blanks(struct check *c, const struct resource *r, struct json body);
/* A snapshot as a whole: U203, S115, D504, D505, D506. `t` was loaded from it. */
void check_whole(struct check *c, const struct tenant *t, struct json root);

/* Adds D507 where a later step of the change set makes what the key says ("@name", "resource name"); false: none does. */
bool check_is_later(struct check *c, struct str key, struct json at);
/* check_time.c: T704 of a body or entity; T703 of all codes of a snapshot. */
void check_offsets(struct check *c, const struct resource *r, struct json entity);
void check_overlaps(struct check *c, const struct resource *r, struct json list);
/* check_length.c: S116 of a body that the tenant has taken. */
void check_lengths(struct check *c, const struct operation *op, struct json body);
/* check_floor.c: what the floor of a snapshot is like; what a change set makes of it. `known` is zeroed before and freed
 * after. */
void check_floor_snapshot(struct check *c, struct tenant *t, struct json root);
void check_floor_before(struct check *c, struct map *known);
void check_floor_after(struct check *c, struct map *known, struct json changes);

/* The documents. */
void check_payload(struct check *c, struct json root, struct buf *said);
void check_changes(struct check *c, struct json root);
void check_tenant(struct check *c, struct json root);
void check_terraform(struct check *c, struct json root);

/* Their parts, for those who choose the order: what stands around the changes of a change set (false: it is
 * not meant for this contract), and one change. */
bool check_changes_head(struct check *c, struct json root);
void check_change(struct check *c, struct json change);
/* The resources of a Terraform document, its unknown values noted; and what is to become of one. */
bool check_terraform_read(struct check *c, struct json root, struct terraform *t);
void check_terraform_change(struct check *c, const struct terraform_change *change);

#endif
