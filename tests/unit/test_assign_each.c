/* Every reason and every finding of the assignment layer, hit and missed: a floor on which one combination is usable is
 * changed in one place, and then that reason is the only one, the proof agrees, and that finding is there that was
 * not before. */
#include "unit.h"

#include "model/model.h"
#include "sim/sim.h"

/* A floor, and a combination that is usable on it. */
struct scene {
    struct contract *contract;
    struct assign_floor *f;
    struct floor_rule rule; /* a copy that may be changed */
    size_t agent, queue, channel, code;
    struct assign_agent *a;
    struct assign_queue *q;
    struct assign_code *c;
};

static struct arena arena;

static void find_usable(struct scene *s)
{
    const struct assign_floor *f = s->f;
    for (size_t a = 0; a < f->n_agents; a++) {
        for (size_t q = 0; q < f->n_queues; q++) {
            for (size_t x = 0; x < f->n_channels; x++) {
                for (size_t c = 0; c < f->n_codes; c++) {
                    if (sim_assign_why(f, a, q, x, c) == 0) {
                        s->agent = a;
                        s->queue = q;
                        s->channel = x;
                        s->code = c;
                        return;
                    }
                }
            }
        }
    }
    ck_abort_msg("nothing is usable");
}

static void open_scene(struct scene *s)
{
    struct findings fs;
    struct err err = {0};
    struct tenant *t = NULL;
    *s = (struct scene){0};
    arena_init(&arena, 0, 0);
    findings_init(&fs, &arena);
    ck_assert_msg(contract_open(&s->contract, "genesys-lifecycle", NULL, 0, &fs, &err), "%s",
                  err.msg);
    ck_assert_msg(tenant_open(&t, s->contract, "acme", &fs, &err), "%s", err.msg);
    ck_assert_msg(sim_assign_read(&s->f, &arena, t, tenant_at_us(t), &err), "%s", err.msg);
    tenant_free(t);
    s->rule = *s->f->rule;
    s->f->rule = &s->rule;
    find_usable(s);
    s->a = &s->f->agents[s->agent];
    s->q = &s->f->queues[s->queue];
    s->c = &s->f->codes[s->code];
    ck_assert_uint_gt(s->f->n_needs, 0);
}

static void close_scene(struct scene *s)
{
    contract_free(s->contract);
    arena_done(&arena);
}

static void put_bit(uint64_t *bits, size_t i, bool is)
{
    bits[i / 64] = (bits[i / 64] & ~(UINT64_C(1) << (i % 64))) | (uint64_t)is << (i % 64);
}

/* Asks for the first need, which the agent does not satisfy; it may hold the skill all the same. */
static void ask_for(struct scene *s, struct assign_thing *of, bool is_known)
{
    put_bit(s->q->is.needs, 0, false);
    put_bit(s->c->is.needs, 0, false);
    put_bit(of->needs, 0, true);
    put_bit(s->a->is.needs, 0, false);
    put_bit(s->a->knows, s->f->needs[0]->skill->index, is_known);
}

static void forbid(struct assign_thing *of, enum assign_reason why)
{
    of->reasons |= UINT32_C(1) << why;
}

static void change_reason(struct scene *s, enum assign_reason why)
{
    uint64_t channel = UINT64_C(1) << s->channel;
    switch (why) {
    case ASSIGN_AGENT_OFF:
    case ASSIGN_PERMISSION:
        forbid(&s->a->is, why);
        break;
    case ASSIGN_NOT_MEMBER:
    case ASSIGN_MEMBER_OFF:
        put_bit(s->a->serves, s->queue, false);
        put_bit(s->a->away, s->queue, why == ASSIGN_MEMBER_OFF);
        break;
    case ASSIGN_QUEUE_OFF:
        forbid(&s->q->is, why);
        break;
    case ASSIGN_QUEUE_SKILL:
    case ASSIGN_QUEUE_LEVEL:
        ask_for(s, &s->q->is, why == ASSIGN_QUEUE_LEVEL);
        break;
    case ASSIGN_CODE_SKILL:
    case ASSIGN_CODE_LEVEL:
        ask_for(s, &s->c->is, why == ASSIGN_CODE_LEVEL);
        break;
    case ASSIGN_QUEUE_CHANNEL:
        s->q->is.channels &= ~channel;
        break;
    case ASSIGN_AGENT_CHANNEL:
        s->a->is.channels &= ~channel;
        break;
    case ASSIGN_CODE_CHANNEL:
        s->c->is.channels &= ~channel;
        break;
    case ASSIGN_NOT_ASSIGNED:
    case ASSIGN_ASSIGNED_OFF:
        put_bit(s->q->codes, s->code, false);
        put_bit(s->q->off, s->code, why == ASSIGN_ASSIGNED_OFF);
        break;
    case ASSIGN_QUEUE_DIVISION:
    case ASSIGN_AGENT_DIVISION:
        s->rule.compares_queue = why == ASSIGN_QUEUE_DIVISION;
        s->rule.compares_agent = why == ASSIGN_AGENT_DIVISION;
        s->c->is.division = 7;
        s->q->is.division = s->a->is.division = 8;
        break;
    case ASSIGN_CODE_OFF:
    case ASSIGN_NOT_YET:
    case ASSIGN_OVER:
    case ASSIGN_DURATION:
    case ASSIGN_IDENTIFIER:
        forbid(&s->c->is, why);
        break;
    case ASSIGN_REASON_COUNT:
        break;
    }
}

START_TEST(a_reason_alone)
{
    struct scene s;
    open_scene(&s);
    uint64_t *row = ARENA_ARRAY(&arena, s.f->code_words + 1, uint64_t);
    sim_assign_row(row, sim_assign_prove(&arena, s.f), s.agent, s.queue, s.channel);
    ck_assert(assign_bit(row, s.code));
    change_reason(&s, (enum assign_reason)_i);
    uint32_t why = sim_assign_why(s.f, s.agent, s.queue, s.channel, s.code);
    ck_assert_msg(why == UINT32_C(1) << _i, "%.*s: got %x",
                  STR_ARG(sim_assign_reason_name((enum assign_reason)_i)), (unsigned)why);
    sim_assign_row(row, sim_assign_prove(&arena, s.f), s.agent, s.queue, s.channel);
    ck_assert(!assign_bit(row, s.code));
    close_scene(&s);
}
END_TEST

/* --- findings --- */

/* A queue with a limit of so many seconds, of which 1 to 60 are allowed. */
static void set_limit(struct scene *s, enum floor_mode mode, bool has, int64_t limit)
{
    s->rule.limit = (struct floor_time){
        .field = s->rule.queues.resource->name_field, .min = 1, .max = 60, .unit_us = US_PER_S};
    s->q->mode = mode;
    s->q->has_limit = has;
    s->q->limit = limit;
}

static void f101(struct scene *s)
{
    forbid(&s->c->is, ASSIGN_CODE_OFF);
}
static void no_code(struct scene *s, enum floor_mode mode)
{
    set_limit(s, mode, mode == FLOOR_TIMEOUT, 30);
    for (size_t i = 0; i < s->f->n_codes; i++) {
        put_bit(s->q->codes, i, false);
    }
}
static void f102(struct scene *s)
{
    no_code(s, FLOOR_TIMEOUT);
}
static void f103(struct scene *s)
{
    no_code(s, FLOOR_MANDATORY);
}
static void d508(struct scene *s)
{
    no_code(s, FLOOR_MANDATORY);
    s->q->n_codes = 0;
}
static void f104_low(struct scene *s)
{
    set_limit(s, FLOOR_TIMEOUT, true, 0);
}
static void f104_high(struct scene *s)
{
    set_limit(s, FLOOR_TIMEOUT, true, 61);
}
static void f105(struct scene *s)
{
    set_limit(s, FLOOR_MANDATORY, true, 60);
}
static void f106(struct scene *s)
{
    set_limit(s, FLOOR_FORCED, false, 0);
}
static void f107(struct scene *s)
{
    struct assign_skill *skill = s->f->needs[0]->skill == s->f->skills[0] ? s->f->skills[0] : NULL;
    for (size_t i = 0; i < s->f->n_skills && !skill; i++) {
        skill = s->f->skills[i] == s->f->needs[0]->skill ? s->f->skills[i] : NULL;
    }
    ck_assert_ptr_nonnull(skill);
    ck_assert(skill->is_held);
    skill->is_held = false;
}
static void f108(struct scene *s)
{
    forbid(&s->a->is, ASSIGN_PERMISSION);
}
static void d504(struct scene *s)
{
    s->c->is_on_queue = false;
}
static void l301(struct scene *s)
{
    s->rule.codes_max = 12;
    s->q->n_codes = 13;
}
static void l304(struct scene *s)
{
    s->rule.codes_max = 14;
    s->q->n_codes = 13;
}
static void p602(struct scene *s)
{
    s->q->n_codes = 16;
}
static void p601(struct scene *s)
{
    put_bit(s->q->required, s->code, true);
    put_bit(s->q->no_exit, s->code, true);
}
static void p603(struct scene *s)
{
    put_bit(s->q->is.needs, 0, true);
    for (size_t i = 0; i < s->f->n_agents; i++) {
        put_bit(s->f->agents[i].is.needs, 0, false);
    }
}
static void p604(struct scene *s)
{
    forbid(&s->c->is, ASSIGN_IDENTIFIER);
}
static void p605(struct scene *s)
{
    set_limit(s, FLOOR_TIMEOUT, true, 30);
    s->rule.duration.unit_us = US_PER_S;
    for (size_t i = 0; i < s->f->n_codes; i++) {
        s->f->codes[i].has_duration = false;
    }
    s->c->has_duration = true;
    s->c->duration = 31;
}
static void r407(struct scene *s)
{
    s->rule.needs_channels = true;
    s->q->n_channels_named = 0;
}
static void s108(struct scene *s)
{
    forbid(&s->c->is, ASSIGN_DURATION);
}
static void t702(struct scene *s)
{
    forbid(&s->c->is, ASSIGN_OVER);
}

static const struct {
    const char *rule;
    void (*change)(struct scene *s);
} rows[] = {
    {"F101", f101},      {"F102", f102}, {"F103", f103}, {"D508", d508}, {"F104", f104_low},
    {"F104", f104_high}, {"F105", f105}, {"F106", f106}, {"F107", f107}, {"F108", f108},
    {"D504", d504},      {"L301", l301}, {"L304", l304}, {"P602", p602}, {"P601", p601},
    {"P603", p603},      {"P604", p604}, {"P605", p605}, {"R407", r407}, {"S108", s108},
    {"T702", t702},
};

/* How often the rule is told. */
static size_t count(const struct scene *s, const char *rule)
{
    struct findings fs;
    size_t n = 0;
    findings_init(&fs, &arena);
    sim_assign_findings(&fs, sim_assign_prove(&arena, s->f));
    for (size_t i = 0; i < fs.len; i++) {
        n += str_eq(fs.at[i].rule, str_of(rule));
    }
    return n;
}

START_TEST(a_finding_more)
{
    struct scene s;
    open_scene(&s);
    set_limit(&s, s.q->mode, false, 0); /* what is allowed is the same before */
    s.q->mode = FLOOR_OPTIONAL;
    for (size_t i = 0; i < s.f->n_queues; i++) {
        s.f->queues[i].n_channels_named = 1;
    }
    size_t before = count(&s, rows[_i].rule);
    rows[_i].change(&s);
    size_t after = count(&s, rows[_i].rule);
    ck_assert_msg(after > before, "%s: %zu, then %zu", rows[_i].rule, before, after);
    close_scene(&s);
}
END_TEST

/* At the very limits nothing is told. */
START_TEST(within_the_limits)
{
    struct scene s;
    open_scene(&s);
    set_limit(&s, FLOOR_TIMEOUT, true, 1);
    size_t least = count(&s, "F104");
    set_limit(&s, FLOOR_TIMEOUT, true, 60);
    ck_assert_uint_eq(count(&s, "F104"), least);
    set_limit(&s, FLOOR_TIMEOUT, true, 61);
    ck_assert_uint_eq(count(&s, "F104"), least + 1);
    s.rule.codes_max = 1000;
    s.q->n_codes = 15;
    size_t many = count(&s, "P602");
    s.q->n_codes = 16;
    ck_assert_uint_eq(count(&s, "P602"), many + 1);
    s.rule.codes_max = 16;
    ck_assert_uint_eq(count(&s, "L301"), 0);
    close_scene(&s);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("assign_each");
    TCase *tc = tcase_create("assign_each");
    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(tc, a_reason_alone, 0, ASSIGN_REASON_COUNT);
    tcase_add_loop_test(tc, a_finding_more, 0, (int)(sizeof rows / sizeof *rows));
    tcase_add_test(tc, within_the_limits);
    suite_add_tcase(suite, tc);
    return unit_run(suite);
}
