/* The matrix of agents, queues, channels and codes.
 *
 *   usable(a, q, x) = codes of q  ∧  codes that are well  ∧  codes for x  ∧  codes whose skills a holds
 *
 * where a serves q, both are well, and q and a cover x. Agents that satisfy the same needs and are
 * of the same division see the same codes: they form a class, and for each class and queue the
 * intersection is made once. */
#include "sim/assign.h"

#include <string.h>

/* Bits that are set; hardware's own instruction is not asked for, so that every machine will do. */
static uint32_t count_bits(uint64_t v)
{
    v -= v >> 1 & UINT64_C(0x5555555555555555);
    v = (v & UINT64_C(0x3333333333333333)) + (v >> 2 & UINT64_C(0x3333333333333333));
    v = (v + (v >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
    v += v >> 8;
    v += v >> 16;
    v += v >> 32;
    return (uint32_t)(v & 0x7f);
}

static bool is_within(const uint64_t *part, const uint64_t *whole, size_t words)
{
    uint64_t missing = 0;
    for (size_t i = 0; i < words; i++) {
        missing |= part[i] & ~whole[i];
    }
    return missing == 0;
}

static bool is_same_division(uint32_t code, uint32_t other)
{
    return code == 0 || other == 0 || code == other;
}

/* Of the needs that `agent` does not satisfy: is a skill missing, is one held too low? */
static uint32_t look_needs(const struct assign_floor *f, const struct assign_agent *agent,
                           const uint64_t *needs, enum assign_reason missing,
                           enum assign_reason low)
{
    uint32_t reasons = 0;
    for (size_t w = 0; w < f->need_words; w++) {
        uint64_t left = needs[w] & ~agent->is.needs[w];
        for (; left; left &= left - 1) {
            const struct assign_need *n = f->needs[w * 64 + (size_t)__builtin_ctzll(left)];
            bool is_known = assign_bit(agent->knows, n->skill->index);
            reasons |= UINT32_C(1) << (is_known ? low : missing);
        }
    }
    return reasons;
}

static uint32_t when(bool is_so, enum assign_reason reason)
{
    return is_so ? UINT32_C(1) << reason : 0;
}

uint32_t sim_assign_why(const struct assign_floor *f, size_t agent, size_t queue, size_t channel,
                        size_t code)
{
    const struct assign_agent *a = &f->agents[agent];
    const struct assign_queue *q = &f->queues[queue];
    const struct assign_code *c = &f->codes[code];
    bool is_off = assign_bit(q->off, code) && !assign_bit(q->codes, code);
    bool is_away = assign_bit(a->away, queue) && !assign_bit(a->serves, queue);
    uint32_t reasons = a->is.reasons | q->is.reasons | c->is.reasons;
    reasons |= when(!assign_bit(a->serves, queue) && !is_away, ASSIGN_NOT_MEMBER);
    reasons |= when(is_away, ASSIGN_MEMBER_OFF);
    reasons |= look_needs(f, a, q->is.needs, ASSIGN_QUEUE_SKILL, ASSIGN_QUEUE_LEVEL);
    reasons |= look_needs(f, a, c->is.needs, ASSIGN_CODE_SKILL, ASSIGN_CODE_LEVEL);
    reasons |= when(!(q->is.channels >> channel & 1), ASSIGN_QUEUE_CHANNEL);
    reasons |= when(!(a->is.channels >> channel & 1), ASSIGN_AGENT_CHANNEL);
    reasons |= when(!(c->is.channels >> channel & 1), ASSIGN_CODE_CHANNEL);
    reasons |= when(!assign_bit(q->codes, code) && !is_off, ASSIGN_NOT_ASSIGNED);
    reasons |= when(is_off, ASSIGN_ASSIGNED_OFF);
    reasons |= when(f->rule->compares_queue && !is_same_division(c->is.division, q->is.division),
                    ASSIGN_QUEUE_DIVISION);
    reasons |= when(f->rule->compares_agent && !is_same_division(c->is.division, a->is.division),
                    ASSIGN_AGENT_DIVISION);
    return reasons;
}

uint32_t sim_assign_duration(const struct assign_floor *f, int64_t duration)
{
    const struct floor_time *t = &f->rule->duration;
    return when(duration < t->min || (t->max && duration > t->max), ASSIGN_DURATION);
}

static void set_bit(uint64_t *bits, size_t i)
{
    bits[i / 64] |= UINT64_C(1) << (i % 64);
}

/* Codes that agents of this kind may use wherever they are assigned. */
static void codes_of_agent(uint64_t *out, const struct assign_floor *f,
                           const struct assign_agent *a)
{
    memset(out, 0, f->code_words * sizeof *out);
    for (size_t i = 0; i < f->n_codes; i++) {
        const struct assign_thing *c = &f->codes[i].is;
        if (c->reasons == 0 && is_within(c->needs, a->is.needs, f->need_words) &&
            (!f->rule->compares_agent || is_same_division(c->division, a->is.division))) {
            set_bit(out, i);
        }
    }
}

static bool is_code_open(const struct assign_floor *f, const struct assign_queue *q, size_t code)
{
    return !f->rule->compares_queue || is_same_division(f->codes[code].is.division, q->is.division);
}

/* Channels on which this agent serves this queue; 0: it does not. */
static uint64_t channels_of(const struct assign_floor *f, const struct assign_agent *a,
                            const struct assign_queue *q)
{
    bool serves = (a->is.reasons | q->is.reasons) == 0 &&
                  assign_bit(a->serves, (size_t)(q - f->queues)) &&
                  is_within(q->is.needs, a->is.needs, f->need_words);
    return serves ? a->is.channels & q->is.channels : 0;
}

static void fill_tables(struct assign_proof *t, struct arena *a, const struct assign_floor *f)
{
    uint64_t all = f->n_channels == 64 ? UINT64_MAX : (UINT64_C(1) << f->n_channels) - 1;
    t->open = ARENA_ARRAY(a, f->n_queues * f->code_words + 1, uint64_t);
    t->of = ARENA_ARRAY(a, f->n_channels * f->code_words + 1, uint64_t);
    for (size_t q = 0; q < f->n_queues; q++) {
        for (size_t c = 0; c < f->n_codes; c++) {
            if (assign_bit(f->queues[q].codes, c) && is_code_open(f, &f->queues[q], c)) {
                set_bit(t->open + q * f->code_words, c);
            }
        }
    }
    for (size_t c = 0; c < f->n_codes; c++) {
        t->has_code_channels = t->has_code_channels || (f->codes[c].is.channels & all) != all;
        for (size_t x = 0; x < f->n_channels; x++) {
            if (f->codes[c].is.channels >> x & 1) {
                set_bit(t->of + x * f->code_words, c);
            }
        }
    }
}

/* Agents that see the same codes: by what they satisfy, and by division where that counts. */
static size_t class_of(struct assign_proof *t, struct map *seen, struct arena *a,
                       const struct assign_floor *f, const struct assign_agent *agent)
{
    size_t bytes = f->need_words * sizeof(uint64_t);
    char *key = arena_bytes(a, bytes + sizeof(uint32_t));
    uint32_t division = f->rule->compares_agent ? agent->is.division : 0;
    memcpy(key, agent->is.needs, bytes);
    memcpy(key + bytes, &division, sizeof division);
    struct str text = {key, bytes + sizeof division};
    const size_t *known = map_get(seen, text);
    if (known) {
        return *known;
    }
    size_t *number = ARENA_NEW(a, size_t);
    *number = t->n_classes++;
    codes_of_agent(t->classes + *number * f->code_words, f, agent);
    map_put(seen, text, number);
    return *number;
}

struct cell {
    uint32_t any, sum; /* codes usable on some channel; summed over the channels */
};

/* Bits of each byte, as eight counters. */
static uint64_t count_bytes(uint64_t v)
{
    v -= v >> 1 & UINT64_C(0x5555555555555555);
    v = (v & UINT64_C(0x3333333333333333)) + (v >> 2 & UINT64_C(0x3333333333333333));
    return (v + (v >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
}

static uint32_t sum_bytes(uint64_t v)
{
    v = (v & UINT64_C(0x00ff00ff00ff00ff)) + (v >> 8 & UINT64_C(0x00ff00ff00ff00ff));
    v += v >> 16;
    v += v >> 32;
    return (uint32_t)(v & 0xffff);
}

enum { WORDS_COUNTED = 31 }; /* of 8 bits a byte: more would not fit its counter */

/* Every code is for every channel. */
static uint32_t intersect_plain(uint64_t *used, const uint64_t *codes, const uint64_t *open,
                                size_t words)
{
    uint32_t sum = 0;
    for (size_t from = 0; from < words; from += WORDS_COUNTED) {
        size_t to = words - from < WORDS_COUNTED ? words : from + WORDS_COUNTED;
        uint64_t counters = 0;
        for (size_t w = from; w < to; w++) {
            uint64_t row = codes[w] & open[w];
            counters += count_bytes(row);
            used[w] |= row;
        }
        sum += sum_bytes(counters);
    }
    return sum;
}

static struct cell intersect(struct assign_proof *p, size_t queue, const uint64_t *codes,
                             uint64_t channels)
{
    const size_t words = p->floor->code_words;
    const uint64_t *open = p->open + queue * words;
    uint64_t *used = p->used + queue * words;
    struct cell out = {0};
    if (!p->has_code_channels) {
        out.any = intersect_plain(used, codes, open, words);
        out.sum = out.any * count_bits(channels);
        return out;
    }
    for (size_t w = 0; w < words; w++) {
        uint64_t row = codes[w] & open[w], any = 0;
        for (uint64_t left = row ? channels : 0; left; left &= left - 1) {
            uint64_t here = row & p->of[(size_t)__builtin_ctzll(left) * words + w];
            out.sum += count_bits(here);
            any |= here;
        }
        out.any += any ? count_bits(any) : 0;
        used[w] |= any;
    }
    return out;
}

static void prove_agent(struct assign_proof *p, size_t agent)
{
    const struct assign_floor *f = p->floor;
    const struct assign_agent *a = &f->agents[agent];
    const uint64_t *codes = p->classes + (size_t)p->class_of[agent] * f->code_words;
    for (size_t w = 0; w < f->queue_words; w++) {
        for (uint64_t left = a->serves[w]; left; left &= left - 1) {
            size_t q = w * 64 + (size_t)__builtin_ctzll(left);
            uint64_t channels = channels_of(f, a, &f->queues[q]);
            if (channels) {
                struct cell cell = intersect(p, q, codes, channels);
                p->usable[agent * f->n_queues + q] = cell.any;
                p->n_usable += cell.sum;
            }
        }
    }
}

void sim_assign_row(uint64_t *out, const struct assign_proof *p, size_t agent, size_t queue,
                    size_t channel)
{
    const struct assign_floor *f = p->floor;
    const struct assign_agent *a = &f->agents[agent];
    bool is_open = channels_of(f, a, &f->queues[queue]) >> channel & 1;
    for (size_t w = 0; w < f->code_words; w++) {
        out[w] = is_open
                     ? p->classes[(size_t)p->class_of[agent] * f->code_words + w] &
                           p->open[queue * f->code_words + w] & p->of[channel * f->code_words + w]
                     : 0;
    }
}

static struct assign_proof *proof_new(struct arena *a, const struct assign_floor *f)
{
    struct assign_proof *p = ARENA_NEW(a, struct assign_proof);
    p->floor = f;
    p->usable = ARENA_ARRAY(a, f->n_agents * f->n_queues + 1, uint32_t);
    p->used = ARENA_ARRAY(a, f->n_queues * f->code_words + 1, uint64_t);
    p->used_any = ARENA_ARRAY(a, f->code_words + 1, uint64_t);
    p->class_of = ARENA_ARRAY(a, f->n_agents + 1, uint32_t);
    p->classes = ARENA_ARRAY(a, f->n_agents * f->code_words + 1, uint64_t);
    p->n_possible = (uint64_t)f->n_agents * f->n_queues * f->n_channels * f->n_codes;
    fill_tables(p, a, f);
    return p;
}

struct assign_proof *sim_assign_prove(struct arena *a, const struct assign_floor *f)
{
    struct assign_proof *p = proof_new(a, f);
    struct map seen = {0};
    struct arena scratch;
    arena_init(&scratch, 1 << 16, 0);
    for (size_t i = 0; i < f->n_agents; i++) {
        if (f->agents[i].is.reasons == 0) {
            p->class_of[i] = (uint32_t)class_of(p, &seen, &scratch, f, &f->agents[i]);
            prove_agent(p, i);
        }
    }
    for (size_t q = 0; q < f->n_queues; q++) {
        for (size_t w = 0; w < f->code_words; w++) {
            p->used_any[w] |= p->used[q * f->code_words + w];
        }
    }
    map_done(&seen);
    arena_done(&scratch);
    return p;
}
