/* Changes of a tenant as somebody else is told them, and taking them back. */
#include "model/tenant_int.h"

enum { CHANGES_FIRST = 4 };

static void free_log(struct tenant_log *log)
{
    if (log) {
        tenant_changes_free(log->at, log->n);
        mem_free(log);
    }
}

void tenant_watch(struct tenant *t,
                  void (*changed)(void *ctx, struct tenant *t, struct tenant_change *changes,
                                  size_t n),
                  void *ctx)
{
    free_log(t->log);
    t->log = changed ? MEM_NEW(struct tenant_log) : NULL;
    if (t->log) {
        t->log->changed = changed;
        t->log->ctx = ctx;
    }
}

void tenant_note_changes(struct tenant *t)
{
    if (!t->log) {
        t->log = MEM_NEW(struct tenant_log);
    }
}

const struct tenant_change *tenant_noted(const struct tenant *t, size_t *out_n)
{
    *out_n = t->log ? t->log->n : 0;
    return t->log ? t->log->at : NULL;
}

void tenant_changes_free(struct tenant_change *changes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (changes[i].before) {
            entity_drop(changes[i].before);
        }
        if (changes[i].after) {
            entity_drop(changes[i].after);
        }
    }
    mem_free(changes);
}

void tenant_note(struct tenant *t, const struct resource *r, const struct entity *before,
                 const struct entity *after)
{
    struct tenant_log *log = t->log;
    if (!log) {
        return;
    }
    if (log->n == log->cap) {
        log->cap = log->cap ? log->cap * 2 : CHANGES_FIRST;
        log->at = mem_resize(log->at, log->cap, sizeof *log->at);
    }
    log->at[log->n++] = (struct tenant_change){r, before ? entity_hold(before) : NULL,
                                               after ? entity_hold(after) : NULL};
}

void tenant_tell(struct tenant *t)
{
    struct tenant_log *log = t->log;
    if (!log || log->n == 0) {
        return; /* readers get here too: for them there is nothing */
    }
    struct tenant_change *changes = log->at;
    size_t n = log->n;
    log->at = NULL;
    log->n = log->cap = 0;
    if (log->changed) {
        log->changed(log->ctx, t, changes, n);
    } else {
        tenant_changes_free(changes, n);
    }
}

void tenant_undo(struct tenant *t, const struct tenant_change *changes, size_t n)
{
    struct tenant_log *log = t->log;
    t->log = NULL;
    for (size_t i = n; i > 0; i--) {
        const struct tenant_change *c = &changes[i - 1];
        if (c->before) {
            tenant_restore(t, c->resource, c->before);
        } else {
            (void)tenant_delete(t, c->resource, c->after->id);
        }
    }
    t->log = log;
}

bool tenant_each(const struct tenant *t, const struct resource *r,
                 bool (*each)(const struct entity *e, void *ctx), void *ctx)
{
    const struct table *table = t->tables[r->index];
    return order_walk(&table->sortings[0], 0, table->ids.count, false, each, ctx);
}

void tenant_put_place(struct buf *out, const struct tenant *t)
{
    const struct contract *c = t->contract;
    bool is_first = true;
    buf_put(out, STR("\"random\":"));
    buf_put_u64(out, atomic_load_explicit(&t->random, memory_order_relaxed));
    buf_put(out, STR(",\"age\":"));
    buf_put_u64(out, t->age);
    for (size_t i = 0; i < c->n_resources; i++) {
        if (c->resources[i].id_make != ID_SEQUENCE) {
            continue;
        }
        buf_put(out, is_first ? STR(",\"sequences\":{") : STR(","));
        buf_put_json_string(out, c->resources[i].name);
        buf_put_char(out, ':');
        buf_put_i64(out, t->sequences[i]);
        is_first = false;
    }
    buf_put(out, is_first ? STR("") : STR("}"));
}
