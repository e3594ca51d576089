/* Reasons in words. */
#include "sim/assign_int.h"

static const struct str names[ASSIGN_REASON_COUNT] = {
#define X(name, text) [name] = STR_INIT(text),
    ASSIGN_REASONS(X)
#undef X
};

struct str sim_assign_reason_name(enum assign_reason reason)
{
    return names[reason];
}

static const char *unit_of(const struct floor_time *t)
{
    return t->unit_us == US_PER_MS ? "ms" : "s";
}

/* The skills that are wanted and not satisfied: missing ones, or those held too low. */
static void put_needs(struct buf *out, const struct assign_floor *f, const struct assign_agent *a,
                      const uint64_t *needs, bool wants_low)
{
    bool is_first = true;
    for (size_t i = 0; i < f->n_needs; i++) {
        const struct assign_need *n = f->needs[i];
        bool is_low = assign_bit(a->knows, n->skill->index);
        if (!assign_bit(needs, i) || assign_bit(a->is.needs, i) || is_low != wants_low) {
            continue;
        }
        buf_put(out, is_first ? STR(" ") : STR(", "));
        buf_put_quoted(out, n->skill->name);
        if (n->level != INT64_MIN) {
            buf_printf(out, " at %g", (double)n->level / 1000);
        }
        is_first = false;
    }
}

static void put_two(struct buf *out, const char *first, struct str a, const char *middle,
                    struct str b)
{
    buf_put(out, str_of(first));
    buf_put_quoted(out, a);
    buf_put(out, str_of(middle));
    if (b.s) {
        buf_put_quoted(out, b);
    }
}

static void put_off(struct buf *out, const char *what, const struct assign_thing *t)
{
    put_two(out, what, t->name, ": ", (struct str){0});
    buf_put(out, t->says.len ? t->says : STR("it is inactive"));
}

static void put_duration(struct buf *out, const struct assign_floor *f, const struct assign_code *c)
{
    const struct floor_time *t = &f->rule->duration;
    put_two(out, "code ", c->is.name, " takes ", (struct str){0});
    buf_printf(out, "%lld %s, allowed are %lld to %lld", (long long)c->duration, unit_of(t),
               (long long)t->min, (long long)t->max);
}

static void put_permission(struct buf *out, const struct assign_floor *f, struct str agent)
{
    put_two(out, "agent ", agent, " is not granted", (struct str){0});
    for (size_t i = 0; i < f->rule->n_permissions; i++) {
        buf_put(out, i ? STR(", ") : STR(" "));
        buf_put_quoted(out, f->rule->permissions[i]);
    }
}

void sim_assign_reason_put(struct buf *out, const struct assign_floor *f, enum assign_reason reason,
                           size_t agent, size_t queue, size_t channel, size_t code)
{
    const struct assign_agent *a = &f->agents[agent];
    const struct assign_queue *q = &f->queues[queue];
    const struct assign_code *c = &f->codes[code];
    struct str an = a->is.name, qn = q->is.name, cn = c->is.name, none = {0};
    switch (reason) {
    case ASSIGN_AGENT_OFF:
        put_off(out, "agent ", &a->is);
        break;
    case ASSIGN_PERMISSION:
        put_permission(out, f, an);
        break;
    case ASSIGN_NOT_MEMBER:
        put_two(out, "agent ", an, " does not serve queue ", qn);
        break;
    case ASSIGN_MEMBER_OFF:
        put_two(out, "agent ", an, " is a member, but has not joined queue ", qn);
        break;
    case ASSIGN_QUEUE_OFF:
        put_off(out, "queue ", &q->is);
        break;
    case ASSIGN_QUEUE_SKILL:
        put_two(out, "queue ", qn, " wants skills that the agent lacks:", none);
        put_needs(out, f, a, q->is.needs, false);
        break;
    case ASSIGN_QUEUE_LEVEL:
        put_two(out, "queue ", qn, " wants skills better than the agent has them:", none);
        put_needs(out, f, a, q->is.needs, true);
        break;
    case ASSIGN_QUEUE_CHANNEL:
        put_two(out, "queue ", qn, " does not take ", f->channels[channel]);
        break;
    case ASSIGN_AGENT_CHANNEL:
        put_two(out, "agent ", an, " does not take ", f->channels[channel]);
        break;
    case ASSIGN_CODE_CHANNEL:
        put_two(out, "code ", cn, " is not for ", f->channels[channel]);
        break;
    case ASSIGN_NOT_ASSIGNED:
        put_two(out, "code ", cn, " is not on queue ", qn);
        break;
    case ASSIGN_ASSIGNED_OFF:
        put_two(out, "code ", cn, " may not be chosen by agents on queue ", qn);
        break;
    case ASSIGN_CODE_OFF:
        put_off(out, "code ", &c->is);
        break;
    case ASSIGN_NOT_YET:
        put_two(out, "code ", cn, " is not valid yet", none);
        break;
    case ASSIGN_OVER:
        put_two(out, "code ", cn, " is no longer valid", none);
        break;
    case ASSIGN_QUEUE_DIVISION:
        put_two(out, "code ", cn, " is of another division than queue ", qn);
        break;
    case ASSIGN_AGENT_DIVISION:
        put_two(out, "code ", cn, " is of another division than agent ", an);
        break;
    case ASSIGN_CODE_SKILL:
        put_two(out, "code ", cn, " wants skills that the agent lacks:", none);
        put_needs(out, f, a, c->is.needs, false);
        break;
    case ASSIGN_CODE_LEVEL:
        put_two(out, "code ", cn, " wants skills better than the agent has them:", none);
        put_needs(out, f, a, c->is.needs, true);
        break;
    case ASSIGN_DURATION:
        put_duration(out, f, c);
        break;
    case ASSIGN_IDENTIFIER:
        put_two(out, "code ", cn, " must be chosen and has no identifier", none);
        break;
    case ASSIGN_REASON_COUNT:
        break;
    }
}
