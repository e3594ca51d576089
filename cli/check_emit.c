/* What `check` has seen, for other tools. */
#include "cli/check.h"

static bool write_of(struct check_job *j, const struct tenant *t, const struct check *c,
                     struct err *err)
{
    struct buf model = {0}, db = {0};
    bool is_well = true;
    if (j->o->emit_model) {
        emit_model(&model, t, c);
        is_well = file_write(j->o->emit_model, buf_str(&model), 0644, err);
    }
    if (is_well && j->o->emit_db) {
        is_well = emit_db(&db, &j->arena, t, c, err) &&
                  file_write(j->o->emit_db, buf_str(&db), 0644, err);
    }
    buf_done(&model);
    buf_done(&db);
    return is_well;
}

bool check_emit(struct check_job *j, struct err *err)
{
    struct tenant *t = NULL;
    struct findings ignored;
    if (!j->o->emit_model && !j->o->emit_db) {
        return true;
    }
    if (!json_exists(j->snapshot)) {
        tenant_lock_read(j->check.tenant);
        bool is_well = write_of(j, j->check.tenant, &j->check, err);
        tenant_unlock(j->check.tenant);
        return is_well;
    }
    findings_init(&ignored, &j->arena);
    bool is_well = tenant_load(&t, j->contract, j->snapshot, &ignored, err) ||
                   err_wrap(err, "no model of a snapshot that cannot be loaded");
    if (is_well) {
        tenant_lock_read(t);
        is_well = write_of(j, t, NULL, err);
        tenant_unlock(t);
    }
    tenant_free(t);
    return is_well;
}
