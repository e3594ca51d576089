/* What the acts share. Private to mockapi/. Each act gives false: the reply is complete. */
#ifndef REHEARSE_MOCKAPI_ACT_H
#define REHEARSE_MOCKAPI_ACT_H

#include "mockapi/request.h"
#include "validator/validator.h"

/* mockapi/act_read.c */
bool act_list(struct request *rq);
bool act_read(struct request *rq);

/* Size and place of the page that the query asks for; false: replied. */
bool act_page_begin(struct request *rq, const struct paging *p, struct page_request *page);
/* What {page.…} says, once rq->page.total is known. */
void act_page_uris(struct request *rq, const struct paging *p);

/* mockapi/act_write.c */
bool act_create(struct request *rq);
bool act_change(struct request *rq); /* replace and merge */
bool act_delete(struct request *rq);

/* mockapi/act_batch.c */
bool act_batch(struct request *rq);

/* mockapi/act_effects.c: what the operation writes beside rq->entity. False, with findings and
 * nothing of this effect left, where one is refused. */
bool act_effects(struct request *rq, size_t item);
/* Keeps a record of each member that differs. */
void act_audit(struct request *rq, const struct resource *r, struct json before, struct json now);

/* mockapi/act_links.c */
bool act_links(struct request *rq); /* add, change, replace */
bool act_link_remove(struct request *rq);
/* The id of the link that the path names; its owner is in rq->parent. */
struct str act_link_id(struct request *rq);

/* mockapi/act_assign.c */
bool act_assign(struct request *rq);

/* mockapi/act_copy.c. Before an insert: fills what `body` is silent about from the entity that it
 * names, whose id goes to `out_from` (s NULL: it names none); false: replied. After it: its links. */
bool act_copy_body(struct request *rq, struct json *body, struct str *out_from);
void act_copy_links(struct request *rq, struct str from, struct str to);

/* mockapi/act_graph.c */
bool act_graph(struct request *rq);

/* mockapi/act_channel.c */
bool act_channel(struct request *rq);

/* mockapi/act_show.c. The tenant is locked by the caller. */

/* Appends an entity of the operation's resource as the operation shows it; false, with nothing
 * appended, where it shows what a link leads to and that is gone. */
bool act_put_shown(struct buf *out, struct request *rq, const struct entity *e);
/* Success with that entity. Always false. */
bool act_reply_entity(struct request *rq, const struct entity *e);

/* mockapi/act_query.c */
bool act_query(struct request *rq);

/* mockapi/act_job.c */
bool act_job(struct request *rq);

/* mockapi/act_read.c: the page size asked for, into rq->page_size; false: replied. */
bool act_page_size(struct request *rq, const struct paging *p);

/* mockapi/act_part.c: work on a part of an entity. */
bool act_read_part(struct request *rq);
/* Finds the part in `entity` and asks the guards; false: replied. */
bool act_enter_part(struct request *rq, struct json entity);
/* The entity as the operation's changes make it; the part was entered. */
struct json act_change_part(struct request *rq, struct json entity);
/* Success, after a change: the part as it is now in `entity`. */
void act_reply_part(struct request *rq, struct json entity);
/* The parent of a list of links, found through another entity; true with rq->parent NULL where that
 * names none. */
bool act_find_parent_of(struct request *rq);
bool act_tests_hold(struct request *rq, const struct var_tests *c);
/* A variable's text; s NULL where it is absent or null. */
struct str act_var(struct request *rq, const struct var *var);

/* mockapi/act.c: helpers. The tenant is locked by the caller. */

/* The tenant's write lock, and what happens at the end of a write (mockapi/events.h). */
void act_lock_write(struct request *rq);
void act_unlock_write(struct request *rq);
/* The entity that the path names, visible by now; NULL: the reply says what is wrong (give false).
 */
const struct entity *act_find(struct request *rq);
/* The owner of a link operation (its parent, or what it leads to, as the operation's side says) into
 * rq->parent; false: replied. */
bool act_find_parent(struct request *rq);
bool act_is_visible(const struct request *rq, const struct resource *r, const struct entity *e);
/* What the operation refuses, by what the tenant holds; false: replied. */
bool act_check_refusals(struct request *rq);
/* What the operation requires of the entity, or of the link's parent, then what it refuses; false:
 * replied. */
bool act_check_requires(struct request *rq);
/* The check of this request's body or of an item. */
struct body_check act_check(const struct request *rq);
/* Shape of the whole body; false: replied with the first finding. */
bool act_check_shape(struct request *rq);
/* From a body whose shape is right to the member of it that the operation is about. */
void act_unwrap(struct request *rq);
const struct finding *act_first_error(const struct findings *fs);
/* What the operation's `item` template makes of rq->item, or rq->item itself. */
struct json act_item(struct request *rq);
/* Builds, checks and stores a new entity from `body` (rq->item is what the client sent, for
 * findings). NULL with findings added, nothing stored, where it is refused. Sets rq->new_id,
 * rq->version, rq->entity. */
const struct entity *act_insert(struct request *rq, struct json body, size_t item);
/* Builds `old`, whose JSON is `previous`, changed by `body`, checks it against the tenant, stores it. NULL with findings added,
 * nothing stored, where it is refused. Sets rq->new_id, rq->version, rq->entity. */
const struct entity *act_update(struct request *rq, const struct entity *old, struct json previous,
                                struct json body, enum build_mode mode, size_t item);
/* The same for an entity as a tenant's file has it: members that the server sets may be there. */
const struct entity *act_insert_whole(struct request *rq, struct json body, size_t item);
/* Removes an entity, with what its referrers' rules say. */
void act_remove(struct request *rq, const struct resource *r, struct str id);
/* Parses text that the program made itself. */
struct json act_parse(struct request *rq, struct str text);
/* Optimistic locking: false, replied, if the request names no version or an old one. */
bool act_check_version(struct request *rq, const struct entity *e);
/* The ETag header where the resource has one. */
void act_put_etag(struct request *rq, const struct resource *r, const struct entity *e);
/* Stores a new text for `now`, which changes only because something else did: `patch` merged onto
 * it, its version moved on; with BUILD_REFRESH its embeds made anew and no more. */
void act_restore(struct request *rq, const struct resource *r, const struct entity *now,
                 enum build_mode mode, struct json patch);
/* Appends a merge patch that takes the reference to `id` out of `value`. A list keeps its other
 * items. */
void act_put_detach(struct buf *out, const struct field_path *field, size_t part, struct json value,
                    struct str id);
/* mockapi/act_mirror.c: carries a write of the entity `id` over to the targets that mirror its
 * references. `before` or `after` may be no value. */
void act_mirror(struct request *rq, const struct resource *r, struct str id, struct json before,
                struct json after);
bool act_has_mirror(const struct resource *r);
/* Makes embedded copies of `e` anew in all that refer to it. */
void act_refresh_referrers(struct request *rq, const struct resource *r, struct str id);

#endif
