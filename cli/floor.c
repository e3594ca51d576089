#include "cli/floor.h"

#include "sim/sim.h"

/* A tenth of a second or so. */
static const double combinations_max = 2e9;

void floor_findings(struct arena *a, const struct tenant *t, struct findings *fs)
{
    struct assign_floor *floor = NULL;
    struct err ignored = {0};
    if (!tenant_contract(t)->floor || !sim_assign_read(&floor, a, t, tenant_at_us(t), &ignored)) {
        return;
    }
    double combinations = (double)floor->n_agents * (double)floor->n_queues *
                          (double)floor->n_codes * (double)floor->n_channels;
    if (combinations <= combinations_max) {
        sim_assign_findings(fs, sim_assign_prove(a, floor));
    }
}
