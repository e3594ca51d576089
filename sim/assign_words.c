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

/* Reasons that name two things: a agent, q queue, c code, x channel, 0 none. */
static const struct phrase {
    const char *first, *middle;
    char a, b;
} phrases[ASSIGN_REASON_COUNT] = {
    [ASSIGN_NOT_MEMBER] = {"agent ", " does not serve queue ", 'a', 'q'},
    [ASSIGN_MEMBER_OFF] = {"agent ", " is a member, but has not joined queue ", 'a', 'q'},
    [ASSIGN_QUEUE_SKILL] = {"queue ", " wants skills that the agent lacks:", 'q', 0},
    [ASSIGN_QUEUE_LEVEL] = {"queue ", " wants skills better than the agent has them:", 'q', 0},
    [ASSIGN_QUEUE_CHANNEL] = {"queue ", " does not take ", 'q', 'x'},
    [ASSIGN_AGENT_CHANNEL] = {"agent ", " does not take ", 'a', 'x'},
    [ASSIGN_CODE_CHANNEL] = {"code ", " is not for ", 'c', 'x'},
    [ASSIGN_NOT_ASSIGNED] = {"code ", " is not on queue ", 'c', 'q'},
    [ASSIGN_ASSIGNED_OFF] = {"code ", " may not be chosen by agents on queue ", 'c', 'q'},
    [ASSIGN_NOT_YET] = {"code ", " is not valid yet", 'c', 0},
    [ASSIGN_OVER] = {"code ", " is no longer valid", 'c', 0},
    [ASSIGN_QUEUE_DIVISION] = {"code ", " is of another division than queue ", 'c', 'q'},
    [ASSIGN_AGENT_DIVISION] = {"code ", " is of another division than agent ", 'c', 'a'},
    [ASSIGN_CODE_SKILL] = {"code ", " wants skills that the agent lacks:", 'c', 0},
    [ASSIGN_CODE_LEVEL] = {"code ", " wants skills better than the agent has them:", 'c', 0},
    [ASSIGN_IDENTIFIER] = {"code ", " must be chosen and has no identifier", 'c', 0},
};

struct place {
    const struct assign_agent *agent;
    const struct assign_queue *queue;
    const struct assign_code *code;
    struct str channel;
};

static struct str named(const struct place *at, char what)
{
    switch (what) {
    case 'a':
        return at->agent->is.name;
    case 'q':
        return at->queue->is.name;
    case 'c':
        return at->code->is.name;
    case 'x':
        return at->channel;
    default:
        return (struct str){0};
    }
}

void sim_assign_reason_put(struct buf *out, const struct assign_floor *f, enum assign_reason reason,
                           size_t agent, size_t queue, size_t channel, size_t code)
{
    struct place at = {&f->agents[agent], &f->queues[queue], &f->codes[code], f->channels[channel]};
    const struct phrase *p = &phrases[reason];
    bool is_queue = reason == ASSIGN_QUEUE_SKILL || reason == ASSIGN_QUEUE_LEVEL;
    bool is_low = reason == ASSIGN_QUEUE_LEVEL || reason == ASSIGN_CODE_LEVEL;
    if (p->first) {
        put_two(out, p->first, named(&at, p->a), p->middle, named(&at, p->b));
        if (is_queue || reason == ASSIGN_CODE_SKILL || reason == ASSIGN_CODE_LEVEL) {
            put_needs(out, f, at.agent, is_queue ? at.queue->is.needs : at.code->is.needs, is_low);
        }
    } else if (reason == ASSIGN_PERMISSION) {
        put_permission(out, f, at.agent->is.name);
    } else if (reason == ASSIGN_DURATION) {
        put_duration(out, f, at.code);
    } else if (reason == ASSIGN_AGENT_OFF) {
        put_off(out, "agent ", &at.agent->is);
    } else if (reason == ASSIGN_QUEUE_OFF) {
        put_off(out, "queue ", &at.queue->is);
    } else {
        put_off(out, "code ", &at.code->is);
    }
}
