/* Private to drafts. */
#ifndef REHEARSE_VALIDATOR_DRAFT_INT_H
#define REHEARSE_VALIDATOR_DRAFT_INT_H

#include "validator/check_int.h"
#include "validator/draft.h"
#include "validator/plan_int.h"

/* Where an intent comes from, which is how it is carried out. */
enum intent_kind {
    INTENT_CHANGE,    /* an element of a change set */
    INTENT_DOCUMENT,  /* a whole document of another kind */
    INTENT_TERRAFORM, /* one resource of a Terraform plan */
    INTENT_CREATE,    /* desired state … */
    INTENT_UPDATE,
    INTENT_DELETE,
    INTENT_LINK,
    INTENT_UNLINK,
    INTENT_MOVE, /* an edge of the graph gets another end */
};

/* The rough order: what others may need comes first, what others may still use goes last. */
enum intent_rank { RANK_CREATE, RANK_CHANGE, RANK_UNLINK, RANK_DELETE };

struct draft_intent {
    enum intent_kind kind;
    enum intent_rank rank;
    enum document_kind document;
    const struct resource *resource;
    struct json at, body; /* body: what findings stand at */
    struct str id, name;
    struct str makes;          /* "@name" that others use; "" none */
    struct str parent, target; /* links */
    const struct terraform_change *terraform;
    const struct deps_edge *edge; /* INTENT_MOVE */
    struct str to;                /* INTENT_MOVE: name or id of the new end */
    size_t place;                 /* as it was given */
    size_t *after;                /* intents that come before it */
    size_t n_after, after_cap;
    int state; /* of the walk that orders */
};

struct draft_changes {
    struct tenant_change *at;
    size_t n, cap;
};

/* draft.c */
struct draft_intent *draft_intent(struct draft *d, enum intent_kind kind, enum intent_rank rank);
void draft_noop(struct draft *d, const struct resource *r, struct str id, struct str name,
                const char *why);
void draft_stay(struct draft *d, const struct deps_edge *e, const char *why);
/* The stored text of an entity as JSON; no value: there is none. */
struct json draft_entity(struct draft *d, const struct resource *r, struct str id);
/* Every member of `wanted` is in `there` with the same value. */
bool draft_holds(struct json there, struct json wanted);

/* draft_order.c: intents in the order in which they are carried out. */
void draft_order(struct draft *d);
/* The node, at the beginning, of the entity that an intent is about; DEPS_NONE: there was none. */
uint32_t draft_node(const struct draft *d, const struct draft_intent *intent);
/* draft_conflicts.c */
void draft_conflicts(struct draft *d);

/* draft_ask.c: stands between the check and the tenant. */
void draft_ask(void *ctx, struct arena *a, const struct tenant_question *q,
               struct tenant_answer *out, struct findings *fs);
void draft_note(void *ctx, struct tenant *t, struct tenant_change *changes, size_t n);
/* "wrap-up code "Won" on queue "Sales"". */
struct str draft_link_title(struct draft *d, const struct resource *r, struct json link);
void draft_forget(struct draft *d); /* the changes noted so far */

/* draft_desired.c */
void draft_desired(struct draft *d, struct json root);
void draft_run_desired(struct draft *d, const struct draft_intent *intent);

/* draft_links.c */
bool draft_link(struct draft *d, const struct resource *link, struct json at, struct str parent,
                struct str target, struct json entity);
bool draft_unlink(struct draft *d, const struct resource *link, struct json at, struct str parent,
                  struct str target);
void draft_run_move(struct draft *d, const struct draft_intent *intent);

/* draft_traps.c */
void draft_traps_before(struct draft *d);
void draft_traps_after(struct draft *d);

/* draft_breaks.c */
void draft_breaks(struct draft *d);
void draft_pace_of(struct draft *d);

#endif
