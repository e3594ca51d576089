/* A contract made by hand, as small as tests of tenants can do with:
 *
 *     division  id (uuid), name: unique whatever its case
 *     code      id (uuid), name: unique within a division whatever its case and blanks at the ends,
 *               division.id ▶ division, at most 3 of one `kind`, orders: name; name grouped by
 *               division; rank by number; age
 *     queue     id (sequence), name, codes[].id ▶ code, home ▶ division by name
 *     link      id joined from queueId and codeId, both references
 */
#ifndef REHEARSE_TESTS_SMALL_CONTRACT_H
#define REHEARSE_TESTS_SMALL_CONTRACT_H

#include "model/model.h"

enum { DIVISION, CODE, QUEUE, LINK, RESOURCES };
enum { ORDER_NAME, ORDER_NAME_BY_DIVISION, ORDER_RANK, ORDER_AGE, ORDERS };

struct small_contract {
    struct contract contract;
    struct resource resources[RESOURCES];
    struct field_path id, name, division_id, kind, rank, flag, codes_id, home, queue_id, code_id;
    const struct field_path *by_name[1], *in_division[2], *per_kind[1], *joined[2];
    struct unique_rule unique_name, unique_in_division;
    struct limit_rule limits[2];
    struct reference_rule to_division, to_code_or_home[2], link_ends[2];
    struct order_rule orders[ORDERS], plain_order;
};

static const struct str small_parts[] = {
    STR_INIT("id"),   STR_INIT("name"),    STR_INIT("division"), STR_INIT("id"), STR_INIT("kind"),
    STR_INIT("rank"), STR_INIT("flag"),    STR_INIT("codes"),    STR_INIT(""),   STR_INIT("id"),
    STR_INIT("home"), STR_INIT("queueId"), STR_INIT("codeId")};
static const struct str small_members[] = {STR_INIT("id"), STR_INIT("name"), STR_INIT("division"),
                                           STR_INIT("kind"), STR_INIT("rank")};

static inline struct field_path small_path(const char *text, size_t first, size_t n, bool is_list)
{
    return (struct field_path){
        .text = str_of(text), .parts = &small_parts[first], .n = n, .is_list = is_list};
}

static inline void small_resource(struct small_contract *s, size_t i, const char *name)
{
    struct resource *r = &s->resources[i];
    r->name = r->title = str_of(name);
    r->index = i;
    r->members = small_members;
    r->n_members = sizeof small_members / sizeof *small_members;
    r->id_field = i == LINK ? NULL : &s->id;
    r->orders = &s->plain_order;
    r->n_orders = 1;
}

static inline void small_code(struct small_contract *s)
{
    struct resource *r = &s->resources[CODE];
    struct fold fold = {.ignores_case = true, .trims = true};
    s->in_division[0] = &s->division_id;
    s->in_division[1] = &s->name;
    s->unique_in_division = (struct unique_rule){.fields = s->in_division, .n = 2, .fold = fold};
    s->per_kind[0] = &s->kind;
    s->limits[0] = (struct limit_rule){.max = 3, .per = s->per_kind, .n = 1};
    s->limits[1] = (struct limit_rule){.max = 1000000};
    s->to_division =
        (struct reference_rule){.field = &s->division_id, .to = &s->resources[DIVISION]};
    s->orders[ORDER_NAME] = (struct order_rule){.field = &s->name, .fold = fold};
    s->orders[ORDER_NAME_BY_DIVISION] =
        (struct order_rule){.group = &s->division_id, .field = &s->name, .fold = fold};
    s->orders[ORDER_RANK] = (struct order_rule){.field = &s->rank, .is_numeric = true};
    r->unique = &s->unique_in_division;
    r->n_unique = 1;
    r->limits = s->limits;
    r->n_limits = 2;
    r->references = &s->to_division;
    r->n_references = 1;
    r->orders = s->orders;
    r->n_orders = ORDERS;
}

static inline void small_link(struct small_contract *s)
{
    struct resource *r = &s->resources[LINK];
    s->joined[0] = &s->queue_id;
    s->joined[1] = &s->code_id;
    s->link_ends[0] = (struct reference_rule){.field = &s->queue_id, .to = &s->resources[QUEUE]};
    s->link_ends[1] = (struct reference_rule){.field = &s->code_id, .to = &s->resources[CODE]};
    r->id_make = ID_JOIN;
    r->id_join = s->joined;
    r->n_id_join = 2;
    r->references = s->link_ends;
    r->n_references = 2;
    r->parent_field = &s->queue_id;
    r->target_field = &s->code_id;
    r->parent = &s->resources[QUEUE];
    r->target = &s->resources[CODE];
}

/* In place: the contract points into `s`. */
static inline void small_contract_init(struct small_contract *s)
{
    *s = (struct small_contract){0};
    s->id = small_path("id", 0, 1, false);
    s->name = small_path("name", 1, 1, false);
    s->division_id = small_path("division.id", 2, 2, false);
    s->kind = small_path("kind", 4, 1, false);
    s->rank = small_path("rank", 5, 1, false);
    s->flag = small_path("flag", 6, 1, false);
    s->codes_id = small_path("codes[].id", 7, 3, true);
    s->home = small_path("home", 10, 1, false);
    s->queue_id = small_path("queueId", 11, 1, false);
    s->code_id = small_path("codeId", 12, 1, false);
    small_resource(s, DIVISION, "division");
    small_resource(s, CODE, "code");
    small_resource(s, QUEUE, "queue");
    small_resource(s, LINK, "link");
    s->by_name[0] = &s->name;
    s->unique_name =
        (struct unique_rule){.fields = s->by_name, .n = 1, .fold = {.ignores_case = true}};
    s->resources[DIVISION].unique = &s->unique_name;
    s->resources[DIVISION].n_unique = 1;
    s->resources[QUEUE].id_make = ID_SEQUENCE;
    s->resources[QUEUE].id_start = 7;
    s->to_code_or_home[0] =
        (struct reference_rule){.field = &s->codes_id, .to = &s->resources[CODE]};
    s->to_code_or_home[1] =
        (struct reference_rule){.field = &s->home, .to = &s->resources[DIVISION], .by = &s->name};
    s->resources[QUEUE].references = s->to_code_or_home;
    s->resources[QUEUE].n_references = 2;
    small_code(s);
    small_link(s);
    s->contract.name = STR("small");
    s->contract.resources = s->resources;
    s->contract.n_resources = RESOURCES;
}

/* Stores the JSON of `text`. */
static inline const struct entity *small_put(struct tenant *t, size_t resource, const char *text,
                                             int64_t now_us)
{
    struct arena a;
    const struct json_doc *doc = NULL;
    struct err err = {0};
    arena_init(&a, 0, 0);
    if (!json_parse(&doc, &a, STR("test"), str_of(text), NULL, NULL, &err)) {
        abort();
    }
    const struct resource *r = &tenant_contract(t)->resources[resource];
    const struct entity *e = tenant_put(t, r, json_root(doc), 1, now_us);
    arena_done(&a);
    return e;
}

#endif
