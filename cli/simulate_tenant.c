/* A workload of a tenant: its queues and agents, as they are and as a change set or another tenant makes them. */
#include "cli/simulate.h"
#include "cli/simulate_change.h"

/* Two tenants at most, read and proved; what is kept of them is in the run's arena but for the contract. */
struct opened {
    struct simulate_run *r;
    struct contract *contract;
    struct trial *trial;
    const struct assign_proof *floors[2];
    size_t n;
};

static const char *said(struct simulate_run *r, struct json root, const char *member,
                        const char *option)
{
    struct json v = json_get(root, str_of(member));
    return option ? option : json_exists(v) ? str_cstr(r->arena, json_str_or(v, STR(""))) : NULL;
}

static bool prove(struct opened *o, struct tenant *t)
{
    struct assign_floor *floor = NULL;
    tenant_lock_read(t);
    bool is_well = sim_assign_read(&floor, o->r->arena, t, tenant_at_us(t), o->r->err);
    tenant_unlock(t);
    if (is_well) {
        o->floors[o->n++] = sim_assign_prove(o->r->arena, floor);
    }
    return is_well;
}

/* The tenant by name, and what becomes of it; other: the name of the tenant to compare with. */
static bool prove_all(struct opened *o, const char *name, const char *other)
{
    struct json changes = {0};
    struct simulate_run *r = o->r;
    struct tenant *t = NULL;
    if (!tenant_open(&t, o->contract, name, r->findings, r->err)) {
        return false;
    }
    bool is_well = prove(o, t);
    if (is_well && r->how->change) {
        size_t errors = r->findings->errors;
        is_well = simulate_change(&o->trial, &changes, o->contract, t, r->how->change, r->arena,
                                  r->findings, r->err) &&
                  prove(o, trial_tenant(o->trial));
        r->is_refused = r->findings->errors > errors;
        return is_well;
    }
    tenant_free(t);
    t = NULL;
    if (is_well && other) {
        is_well = tenant_open(&t, o->contract, other, r->findings, r->err) && prove(o, t);
        tenant_free(t);
    }
    return is_well;
}

bool simulate_is_tenants(const struct simulate_run *r, struct json root)
{
    return r->how->tenant || json_exists(json_get(root, STR("tenant")));
}

bool simulate_fill(struct simulate_run *r, const struct json_doc **out, struct json root,
                   const char *other)
{
    struct opened o = {.r = r};
    const char *profile = said(r, root, "profile", r->how->profile);
    const char *tenant = said(r, root, "tenant", r->how->tenant);
    const struct json_doc *docs[2] = {NULL, NULL};
    if (!profile || !tenant) {
        return err_set(r->err, ERR_INPUT,
                       "a workload of a tenant names its profile too: --profile, or \"profile\"");
    }
    bool is_well = contract_open(&o.contract, profile, NULL, 0, r->findings, r->err) &&
                   prove_all(&o, tenant, other) &&
                   sim_workload_fill(docs, r->arena, root, o.floors, o.n, r->findings, r->err);
    trial_free(o.trial);
    contract_free(o.contract);
    if (is_well) {
        *out = docs[0];
        r->after = docs[1];
    }
    return is_well;
}
