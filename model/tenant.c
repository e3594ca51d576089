/* Tenants: life, locks, clients, chance, look-up, writes. Pages are in page.c, the indexes in
 * index.c, fixtures in tenant_load.c and tenant_snapshot.c. */
#include "model/tenant_int.h"

#include <assert.h>
#include <string.h>

#define AT_DEFAULT_US INT64_C(1767225600000000) /* 2026-01-01T00:00:00Z */

static void lock_init(pthread_rwlock_t *lock)
{
    pthread_rwlockattr_t attr;
    pthread_rwlockattr_init(&attr);
    /* A writer must not starve behind readers that come one after the other. The price: a thread
     * that holds the read lock may not take it again. */
    pthread_rwlockattr_setkind_np(&attr, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    pthread_rwlock_init(lock, &attr);
    pthread_rwlockattr_destroy(&attr);
}

static struct tenant *bare_new(const struct contract *contract, struct tenant_fixed *fixed)
{
    struct tenant *t = MEM_NEW(struct tenant);
    lock_init(&t->lock);
    t->contract = contract;
    t->fixed = fixed;
    t->tables = MEM_ARRAY(contract->n_resources, struct table *);
    t->sequences = MEM_ARRAY(contract->n_resources, int64_t);
    atomic_init(&t->random, 0);
    return t;
}

static struct tenant_fixed *fixed_new(const struct contract *contract, struct str name)
{
    struct tenant_fixed *fixed = MEM_NEW(struct tenant_fixed);
    atomic_init(&fixed->refs, 1);
    arena_init(&fixed->arena, 4096, 0);
    fixed->layouts = layout_new(&fixed->arena, contract);
    fixed->name = str_copy(&fixed->arena, name);
    fixed->about = STR("{}");
    fixed->external = STR("");
    fixed->at_us = AT_DEFAULT_US;
    return fixed;
}

static void fixed_drop(struct tenant_fixed *fixed)
{
    if (atomic_fetch_sub_explicit(&fixed->refs, 1, memory_order_acq_rel) == 1) {
        map_done(&fixed->clients.by_id);
        arena_done(&fixed->arena);
        mem_free(fixed);
    }
}

struct tenant *tenant_new(const struct contract *contract, struct str name, uint64_t seed)
{
    struct tenant *t = bare_new(contract, fixed_new(contract, name));
    t->seed = seed;
    for (size_t i = 0; i < contract->n_resources; i++) {
        t->tables[i] = table_new(&t->fixed->layouts[i]);
        t->sequences[i] = contract->resources[i].id_start;
    }
    return t;
}

void tenant_free(struct tenant *t)
{
    if (!t) {
        return;
    }
    for (size_t i = 0; i < t->contract->n_resources; i++) {
        table_drop(t->tables[i]);
    }
    tenant_watch(t, NULL, NULL);
    fixed_drop(t->fixed);
    pthread_rwlock_destroy(&t->lock);
    mem_free(t->tables);
    mem_free(t->sequences);
    mem_free(t);
}

struct tenant *tenant_clone(struct tenant *t)
{
    size_t n = t->contract->n_resources;
    atomic_fetch_add_explicit(&t->fixed->refs, 1, memory_order_relaxed);
    struct tenant *clone = bare_new(t->contract, t->fixed);
    for (size_t i = 0; i < n; i++) {
        clone->tables[i] = table_hold(t->tables[i]);
        clone->sequences[i] = t->sequences[i];
    }
    clone->age = t->age;
    clone->seed = t->seed;
    atomic_init(&clone->random, atomic_load_explicit(&t->random, memory_order_relaxed));
    return clone;
}

void tenant_lock_read(struct tenant *t)
{
    int sys = pthread_rwlock_rdlock(&t->lock);
    assert(sys == 0);
}

void tenant_lock_write(struct tenant *t)
{
    int sys = pthread_rwlock_wrlock(&t->lock);
    assert(sys == 0);
}

void tenant_unlock(struct tenant *t)
{
    tenant_tell(t);
    int sys = pthread_rwlock_unlock(&t->lock);
    assert(sys == 0);
}

const struct contract *tenant_contract(const struct tenant *t)
{
    return t->contract;
}

int64_t tenant_at_us(const struct tenant *t)
{
    return t->fixed->at_us;
}

struct str tenant_name(const struct tenant *t)
{
    return t->fixed->name;
}

struct str tenant_about(const struct tenant *t)
{
    return t->fixed->about;
}

struct str tenant_external(const struct tenant *t)
{
    return t->fixed->external;
}

size_t tenant_client_count(const struct tenant *t)
{
    return t->fixed->clients.n;
}

const struct tenant_client *tenant_client_at(const struct tenant *t, size_t i)
{
    assert(i < t->fixed->clients.n);
    return &t->fixed->clients.at[i];
}

const struct tenant_client *tenant_client_find(const struct tenant *t, struct str id)
{
    return map_get(&t->fixed->clients.by_id, id);
}

uint64_t tenant_random(struct tenant *t)
{
    uint64_t place = atomic_fetch_add_explicit(&t->random, 1, memory_order_relaxed);
    const uint32_t counter[4] = {(uint32_t)(place & UINT32_MAX), (uint32_t)(place >> 32), 0, 0};
    const uint32_t key[2] = {(uint32_t)(t->seed & UINT32_MAX), (uint32_t)(t->seed >> 32)};
    uint32_t out[4];
    philox4x32(out, counter, key);
    return (uint64_t)out[0] << 32 | out[1];
}

static const struct table *table_of(const struct tenant *t, const struct resource *r)
{
    assert(r->index < t->contract->n_resources);
    return t->tables[r->index];
}

const struct layout *tenant_layout(const struct tenant *t, const struct resource *r)
{
    return table_of(t, r)->layout;
}

void tenant_next_id(struct tenant *t, const struct resource *r, struct buf *out)
{
    size_t mark = out->len;
    struct str id;
    do {
        out->len = mark;
        if (r->id_make == ID_SEQUENCE) {
            buf_put_i64(out, t->sequences[r->index]++);
        } else {
            char uuid[37];
            uint64_t high = tenant_random(t), low = tenant_random(t);
            uuid_text(uuid, high, low);
            buf_put(out, str_of(uuid));
        }
        id = (struct str){out->s + mark, out->len - mark};
    } while (tenant_find(t, r, id)); /* a fixture may have used it */
}

size_t tenant_count(const struct tenant *t, const struct resource *r)
{
    return table_of(t, r)->ids.count;
}

const struct entity *tenant_find(const struct tenant *t, const struct resource *r, struct str id)
{
    return entity_set_get(&table_of(t, r)->ids, id);
}

const struct entity *tenant_first(const struct tenant *t, const struct resource *r)
{
    const struct table *table = table_of(t, r);
    return table->ids.count ? order_at(&table->sortings[0], 0) : NULL;
}

struct json entity_parse(struct arena *a, const struct entity *e)
{
    static const struct json_limits ours = {.is_terminated = true};
    const struct json_doc *doc = NULL;
    bool is_read = json_parse(&doc, a, STR(""), e->text, &ours, NULL, NULL);
    return is_read ? json_root(doc) : (struct json){0};
}

/* Looks for the first entity with a value: by the key that is kept, where one is, and else, or to
 * be certain of the type, in its text. */
struct pick {
    struct arena arena;
    const struct field_path *field;
    struct json value; /* no value: `text` alone is compared */
    struct str text;   /* s NULL: not a scalar */
    size_t slot;
    const struct slot *kept; /* NULL: no key has it */
    const struct entity *found;
};

static bool any_is(struct texts texts, struct str text)
{
    struct str one;
    while (texts_next(&one, &texts)) {
        if (str_eq(one, text)) {
            return true;
        }
    }
    return false;
}

static bool pick_one(const struct entity *e, void *ctx)
{
    struct pick *p = ctx;
    if (p->kept && p->text.s && !any_is(slot_texts(p->kept, entity_key(e, p->slot)), p->text)) {
        return true;
    }
    struct arena_mark mark = arena_mark(&p->arena);
    struct buf scratch = {0};
    struct json v = field_find(p->field, entity_parse(&p->arena, e));
    struct str text = scalar_text(v, &scratch);
    if (json_exists(p->value) ? json_exists(v) && json_eq(v, p->value)
                              : text.s && str_eq(text, p->text)) {
        p->found = e;
    }
    buf_done(&scratch);
    arena_release(&p->arena, mark);
    return !p->found;
}

static const struct entity *pick_run(const struct tenant *t, const struct resource *r,
                                     struct pick *p)
{
    const struct table *table = table_of(t, r);
    p->slot = layout_texts(table->layout, p->field);
    p->kept = p->slot == SLOT_NONE ? NULL : &table->layout->slots[p->slot];
    order_walk(&table->sortings[0], 0, table->ids.count, false, pick_one, p);
    arena_done(&p->arena);
    return p->found;
}

const struct entity *tenant_pick(const struct tenant *t, const struct resource *r,
                                 const struct field_path *field, struct str value_json)
{
    struct pick p = {.field = field};
    struct buf scratch = {0};
    const struct json_doc *doc = NULL;
    arena_init(&p.arena, 0, 0);
    if (!json_parse(&doc, &p.arena, STR(""), value_json, NULL, NULL, NULL)) {
        arena_done(&p.arena);
        return NULL;
    }
    p.value = json_root(doc);
    p.text = scalar_text(p.value, &scratch);
    const struct entity *found = pick_run(t, r, &p);
    buf_done(&scratch);
    return found;
}

const struct entity *tenant_find_unique(const struct tenant *t, const struct resource *r,
                                        size_t rule, struct json candidate)
{
    const struct table *table = table_of(t, r);
    size_t slot = table->layout->unique[rule];
    struct buf key = {0};
    const struct entity *found = NULL;
    if (slot != SLOT_NONE && slot_put(&key, &table->layout->slots[slot], candidate)) {
        found = table_unique(table, rule, buf_str(&key));
    }
    buf_done(&key);
    return found;
}

const struct entity *tenant_find_by(const struct tenant *t, const struct resource *r,
                                    const struct field_path *field, struct str value)
{
    const struct table *table = table_of(t, r);
    if (r->id_field && field_same(r->id_field, field)) {
        return tenant_find(t, r, value);
    }
    for (size_t i = 0; i < r->n_unique; i++) {
        size_t slot = table->layout->unique[i];
        if (slot == SLOT_NONE || r->unique[i].n != 1 ||
            !field_same(r->unique[i].fields[0], field)) {
            continue;
        }
        struct buf key = {0};
        slot_put_joint_text(&key, &table->layout->slots[slot], value);
        const struct entity *found = table_unique(table, i, buf_str(&key));
        buf_done(&key);
        return found;
    }
    struct pick p = {.field = field, .text = value};
    arena_init(&p.arena, 0, 0);
    return pick_run(t, r, &p);
}

const struct entity *tenant_find_by_rule(const struct tenant *t, const struct reference_rule *rule,
                                         struct str value)
{
    return rule->by ? tenant_find_by(t, rule->to, rule->by, value)
                    : tenant_find(t, rule->to, value);
}

size_t tenant_count_limit(const struct tenant *t, const struct resource *r, size_t rule,
                          struct json candidate)
{
    const struct table *table = table_of(t, r);
    size_t grouping = table->layout->limit[rule];
    if (grouping == SLOT_NONE) {
        return table->ids.count;
    }
    const struct slot *slot = &table->layout->slots[table->layout->groupings[grouping].by];
    struct buf key = {0};
    size_t count = 0;
    if (slot_put(&key, slot, candidate)) {
        const struct group *g = table_group(table, grouping, buf_str(&key));
        count = g ? g->count : 0;
    }
    buf_done(&key);
    return count;
}

const struct entity *tenant_store(struct tenant *t, const struct resource *r, struct json value,
                                  int64_t version, struct entity_times times)
{
    struct table *table = table_own(&t->tables[r->index]);
    const struct entity *e = entity_new(table->layout, value, version, times);
    const struct entity *old = entity_set_get(&table->ids, e->id);
    tenant_note(t, r, old, e);
    if (old) {
        table_replace(table, old, e);
    } else {
        table_insert(table, e);
    }
    t->age = times.age > t->age ? times.age : t->age;
    return e;
}

void tenant_restore(struct tenant *t, const struct resource *r, const struct entity *e)
{
    struct table *table = table_own(&t->tables[r->index]);
    const struct entity *now = entity_set_get(&table->ids, e->id);
    tenant_note(t, r, now, e);
    if (now) {
        table_replace(table, now, entity_hold(e));
    } else {
        table_insert(table, entity_hold(e));
    }
}

const struct entity *tenant_put(struct tenant *t, const struct resource *r, struct json value,
                                int64_t version, int64_t now_us)
{
    struct buf id = {0};
    entity_put_id(&id, r, value);
    const struct entity *old = tenant_find(t, r, buf_str(&id));
    struct entity_times times = {.age = t->age + 1, .created_us = now_us, .changed_us = now_us};
    if (old) {
        times.age = old->age;
        times.created_us = old->created_us;
    }
    buf_done(&id);
    return tenant_store(t, r, value, version, times);
}

bool tenant_delete(struct tenant *t, const struct resource *r, struct str id)
{
    const struct entity *old = tenant_find(t, r, id);
    if (!old) {
        return false;
    }
    struct table *table = table_own(&t->tables[r->index]);
    tenant_note(t, r, old, NULL);
    table_remove(table, entity_set_get(&table->ids, id));
    return true;
}

struct referrer_walk {
    bool (*each)(const struct resource *from, const struct reference_rule *rule,
                 const struct entity *entity, void *ctx);
    void *ctx;
    const struct resource *from;
    const struct reference_rule *rule;
};

static bool refer_one(const struct entity *e, void *ctx)
{
    const struct referrer_walk *w = ctx;
    return w->each(w->from, w->rule, e, w->ctx);
}

/* The text by which `rule` refers to the entity `id` of its target; false if there is none. */
static bool put_referred(struct buf *out, const struct tenant *t, const struct reference_rule *rule,
                         struct fold fold, struct str id)
{
    if (!rule->by) {
        buf_put(out, id);
        return true;
    }
    const struct entity *e = tenant_find(t, rule->to, id);
    if (!e) {
        return false;
    }
    struct arena arena;
    struct buf key = {0};
    struct slot slot = {SLOT_TEXTS, &rule->by, 1, fold, false};
    struct str text;
    arena_init(&arena, 0, 0);
    bool is_there = slot_put(&key, &slot, entity_parse(&arena, e));
    struct texts texts = slot_texts(&slot, buf_str(&key));
    if (is_there && texts_next(&text, &texts)) {
        buf_put(out, text);
    }
    buf_done(&key);
    arena_done(&arena);
    return is_there;
}

void tenant_referrers(const struct tenant *t, const struct resource *to, struct str id,
                      bool (*each)(const struct resource *from, const struct reference_rule *rule,
                                   const struct entity *entity, void *ctx),
                      void *ctx)
{
    struct buf text = {0};
    bool goes_on = true;
    for (size_t i = 0; goes_on && i < t->contract->n_resources; i++) {
        const struct resource *from = &t->contract->resources[i];
        const struct layout *l = tenant_layout(t, from);
        for (size_t k = 0; goes_on && k < from->n_references; k++) {
            const struct reference_rule *rule = &from->references[k];
            struct fold fold = l->slots[l->groupings[l->reference[k]].by].fold;
            buf_clear(&text);
            if (rule->to != to || !put_referred(&text, t, rule, fold, id)) {
                continue;
            }
            const struct group *g = table_group(t->tables[i], l->reference[k], buf_str(&text));
            struct referrer_walk w = {each, ctx, from, rule};
            goes_on = !g || order_walk(&g->order, 0, g->count, false, refer_one, &w);
        }
    }
    buf_done(&text);
}

static const struct entity *link_end(const struct tenant *t, const struct resource *links,
                                     const struct entity *link, const struct field_path *field,
                                     const struct resource *to)
{
    const struct layout *l = tenant_layout(t, links);
    size_t slot = layout_texts(l, field);
    assert(slot != SLOT_NONE); /* every layout of links has one for each end */
    struct str id;
    struct texts texts = slot_texts(&l->slots[slot], entity_key(link, slot));
    return texts_next(&id, &texts) ? tenant_find(t, to, id) : NULL;
}

const struct entity *tenant_link_target(const struct tenant *t,
                                        const struct resource *link_resource,
                                        const struct entity *link)
{
    assert(link_resource->target_field);
    return link_end(t, link_resource, link, link_resource->target_field, link_resource->target);
}

const struct entity *tenant_link_parent(const struct tenant *t,
                                        const struct resource *link_resource,
                                        const struct entity *link)
{
    assert(link_resource->parent_field);
    return link_end(t, link_resource, link, link_resource->parent_field, link_resource->parent);
}
