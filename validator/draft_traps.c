/* What a plan does to agents: traps after a call, codes that nobody can choose any more. What is found after
 * and was not before is the plan's. */
#include "validator/draft_int.h"

static void look(struct draft *d, struct findings *fs)
{
    findings_init(fs, d->check.arena);
    if (d->traps) {
        tenant_lock_read(d->check.tenant);
        d->traps(d->check.arena, d->check.tenant, fs);
        tenant_unlock(d->check.tenant);
    }
}

/* Of what a finding is, whatever else has moved. */
static struct str key_of(struct draft *d, const struct finding *f)
{
    struct buf key;
    buf_init(&key, d->check.arena);
    buf_printf(&key, "%.*s\n%.*s\n%.*s\n%.*s", STR_ARG(f->rule), STR_ARG(f->entity_id),
               STR_ARG(f->entity_name), STR_ARG(f->message));
    return buf_str(&key);
}

void draft_traps_before(struct draft *d)
{
    struct findings fs;
    look(d, &fs);
    for (size_t i = 0; i < fs.len; i++) {
        (void)map_put(&d->known, key_of(d, &fs.at[i]), d);
    }
}

void draft_traps_after(struct draft *d)
{
    struct findings fs;
    look(d, &fs);
    for (size_t i = 0; i < fs.len; i++) {
        struct finding f = fs.at[i];
        if (!map_get(&d->known, key_of(d, &f))) {
            f.file = f.pointer =
                STR(""); /* it stands in the tenant as it would be, which is no file */
            f.line = f.column = 0;
            f.span = (struct span){0, 0};
            findings_add(d->check.fs, &f);
        }
    }
}
