/* The matrix for people: queue by queue, agents who are alike in one line. */
#include "sim/assign_int.h"

enum { NAMES_SHOWN = 6, CODES_SHOWN = 12 };

static void put_mode(struct buf *out, const struct assign_floor *f, const struct assign_queue *q)
{
    buf_put(out, floor_mode_name(q->mode));
    if (q->has_limit) {
        buf_printf(out, ", limit %g s",
                   (double)q->limit * (double)f->rule->limit.unit_us / (double)US_PER_S);
    }
}

static void put_agents(struct buf *out, const struct assign_floor *f, const struct assign_group *g)
{
    buf_printf(out, "%zu agent%s (", g->n, g->n == 1 ? "" : "s");
    for (size_t i = 0; i < g->n && i < NAMES_SHOWN; i++) {
        buf_put(out, i ? STR(", ") : STR(""));
        buf_put(out, f->agents[g->agents[i]].is.name);
    }
    if (g->n > NAMES_SHOWN) {
        buf_printf(out, " and %zu more", g->n - NAMES_SHOWN);
    }
    buf_put(out, STR(")"));
}

static bool is_on(const struct assign_queue *q, size_t code)
{
    return assign_bit(q->codes, code) || assign_bit(q->off, code);
}

/* Reasons that keep these agents from everything on the queue's channel. */
static uint32_t own_reasons(uint32_t reasons)
{
    uint32_t of_agent = 0;
    for (size_t r = ASSIGN_AGENT_OFF; r <= ASSIGN_AGENT_CHANNEL; r++) {
        of_agent |= UINT32_C(1) << r;
    }
    return reasons & of_agent;
}

static void put_reasons(struct buf *out, const struct assign_floor *f, uint32_t reasons,
                        size_t agent, size_t queue, size_t channel, size_t code)
{
    bool is_first = true;
    for (size_t r = 0; r < ASSIGN_REASON_COUNT; r++) {
        if (reasons >> r & 1) {
            buf_put(out, is_first ? STR("") : STR("; "));
            sim_assign_reason_put(out, f, (enum assign_reason)r, agent, queue, channel, code);
            is_first = false;
        }
    }
}

/* The channel of the queue, or the first: the one to speak of. */
static size_t channel_of(const struct assign_floor *f, size_t queue)
{
    uint64_t all = f->n_channels == 64 ? UINT64_MAX : (UINT64_C(1) << f->n_channels) - 1;
    uint64_t open = f->queues[queue].is.channels & all;
    return open ? (size_t)__builtin_ctzll(open) : 0;
}

static void put_unusable(struct buf *out, const struct assign_floor *f,
                         const struct assign_group *g, size_t queue, size_t channel)
{
    const struct assign_queue *q = &f->queues[queue];
    const uint64_t *row = g->rows + channel * f->code_words;
    size_t shown = 0, left = 0;
    for (size_t c = 0; c < f->n_codes; c++) {
        if (!is_on(q, c) || assign_bit(row, c)) {
            continue;
        }
        uint32_t reasons = sim_assign_why(f, g->agents[0], queue, channel, c);
        uint32_t own = own_reasons(reasons);
        if (own && shown == 0) {
            buf_put(out, STR("      none: "));
            put_reasons(out, f, own, g->agents[0], queue, channel, c);
            buf_put_char(out, '\n');
            return;
        }
        if (shown < CODES_SHOWN) {
            buf_put(out, STR("      not "));
            buf_put(out, f->codes[c].is.name);
            buf_put(out, STR(": "));
            put_reasons(out, f, reasons, g->agents[0], queue, channel, c);
            buf_put_char(out, '\n');
        }
        left += shown >= CODES_SHOWN;
        shown++;
    }
    if (left) {
        buf_printf(out, "      and %zu more codes\n", left);
    }
}

static void put_group(struct buf *out, const struct assign_floor *f, const struct assign_group *g,
                      size_t queue)
{
    const struct assign_queue *q = &f->queues[queue];
    buf_put(out, STR("    "));
    put_agents(out, f, g);
    buf_printf(out, ": %zu of %zu code%s\n", g->n_usable, q->n_codes, q->n_codes == 1 ? "" : "s");
    if (!g->channels_differ || g->n_usable == 0) {
        put_unusable(out, f, g, queue, channel_of(f, queue));
        return;
    }
    for (size_t x = 0; x < f->n_channels; x++) {
        if (q->is.channels >> x & 1) {
            buf_printf(out, "     on %.*s\n", STR_ARG(f->channels[x]));
            put_unusable(out, f, g, queue, x);
        }
    }
}

static void put_queue(struct buf *out, const struct assign_proof *p, size_t queue)
{
    const struct assign_floor *f = p->floor;
    const struct assign_queue *q = &f->queues[queue];
    struct arena a;
    arena_init(&a, 0, 0);
    buf_printf(out, "\n  queue %.*s: %zu code%s, after-call work ", STR_ARG(q->is.name), q->n_codes,
               q->n_codes == 1 ? "" : "s");
    put_mode(out, f, q);
    if (f->has_channels) {
        bool is_first = true;
        buf_put(out, STR(", takes "));
        for (size_t x = 0; x < f->n_channels; x++) {
            if (q->is.channels >> x & 1) {
                buf_put(out, is_first ? STR("") : STR(", "));
                buf_put(out, f->channels[x]);
                is_first = false;
            }
        }
        buf_put(out, is_first ? STR("nothing") : STR(""));
    }
    buf_put_char(out, '\n');
    struct assign_group *groups = sim_assign_groups(&a, p, queue);
    for (const struct assign_group *g = groups; g; g = g->next) {
        put_group(out, f, g, queue);
    }
    if (!groups) {
        buf_put(out, STR("    no agent\n"));
    }
    arena_done(&a);
}

void sim_assign_text(struct buf *out, const struct assign_proof *p)
{
    const struct assign_floor *f = p->floor;
    buf_printf(out, "%.*s (%.*s): %zu agent%s, %zu queue%s, %zu code%s, %zu channel%s\n",
               STR_ARG(f->tenant), STR_ARG(f->profile), f->n_agents, f->n_agents == 1 ? "" : "s",
               f->n_queues, f->n_queues == 1 ? "" : "s", f->n_codes, f->n_codes == 1 ? "" : "s",
               f->n_channels, f->n_channels == 1 ? "" : "s");
    buf_printf(out, "usable: %llu of %llu combinations\n", (unsigned long long)p->n_usable,
               (unsigned long long)p->n_possible);
    for (size_t q = 0; q < f->n_queues; q++) {
        put_queue(out, p, q);
    }
    if (f->rule->n_assumptions) {
        buf_put(out, STR("\nassumed:\n"));
    }
    for (size_t i = 0; i < f->rule->n_assumptions; i++) {
        buf_printf(out, "  - %.*s\n", STR_ARG(f->rule->assumptions[i]));
    }
}
