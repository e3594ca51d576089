/* What is wrong with a floor: codes nobody can use, agents with nothing to choose, traps, limits.
 * One finding a queue, a code or an agent at most, so that a report grows with the tenant and not
 * with its square. docs/assignment.md lists the ids. */
#include "sim/assign_int.h"

enum { CODES_ADVISED = 15, NAMES_TOLD = 5 };

struct finder {
    struct findings *fs;
    const struct assign_proof *p;
    const struct assign_floor *f;
};

static void tell(struct finder *d, const char *rule, enum severity severity,
                 const struct resource *resource, size_t item, struct str message, const char *hint)
{
    struct finding out = {.rule = str_of(rule),
                          .severity = severity,
                          .message = message,
                          .hint = str_of(hint),
                          .item = SIZE_MAX};
    if (resource) {
        out.name = resource->title;
        out.pointer = findings_text(d->fs, "/resources/%.*s/%zu", STR_ARG(resource->name), item);
    }
    findings_add(d->fs, &out);
}

static struct str code_says(struct finder *d, size_t code, const char *what)
{
    return findings_text(d->fs, "code \"%.*s\" %s", STR_ARG(d->f->codes[code].is.name), what);
}

static void look_code(struct finder *d, size_t i)
{
    const struct assign_code *c = &d->f->codes[i];
    const struct resource *r = d->f->rule->codes.resource;
    if (c->is.reasons >> ASSIGN_DURATION & 1) {
        tell(d, "S108", SEVERITY_ERROR, r, c->is.item,
             code_says(d, i, "takes longer, or shorter, than the tenant allows"),
             "change its duration");
    }
    if (c->is.reasons >> ASSIGN_IDENTIFIER & 1) {
        tell(d, "P604", SEVERITY_ERROR, r, c->is.item,
             code_says(d, i, "must be chosen and has no identifier"), "give it one");
    }
    if (c->is.reasons >> ASSIGN_OVER & 1 && c->is_on_queue) {
        tell(d, "T702", SEVERITY_WARNING, r, c->is.item,
             code_says(d, i, "is on a queue, and its validity is over"),
             "take it off its queues or prolong it");
    }
    if (!c->is_on_queue) {
        tell(d, "D504", SEVERITY_WARNING, r, c->is.item, code_says(d, i, "is on no queue"),
             "put it on one, or delete it");
    } else if (d->f->has_queues && !assign_bit(d->p->used_any, i)) {
        tell(d, "F101", SEVERITY_WARNING, r, c->is.item,
             code_says(d, i, "is on a queue, and no agent can use it"),
             "ask for it with --agent, --queue and --code to see all reasons");
    }
}

static bool is_member(const struct assign_floor *f, size_t agent, size_t queue)
{
    return assign_bit(f->agents[agent].serves, queue) &&
           !(f->agents[agent].is.reasons >> ASSIGN_AGENT_OFF & 1);
}

/* Agents that serve a queue and have nothing to choose there: how many, and who. */
struct empty_handed {
    size_t members, empty;
    struct buf names;
};

static struct empty_handed look_members(struct finder *d, size_t queue)
{
    const struct assign_floor *f = d->f;
    struct empty_handed out = {0};
    buf_init(&out.names, d->fs->arena);
    for (size_t a = 0; a < f->n_agents; a++) {
        if (!is_member(f, a, queue)) {
            continue;
        }
        out.members++;
        if (d->p->usable[a * f->n_queues + queue] == 0) {
            if (out.empty < NAMES_TOLD) {
                buf_put(&out.names, out.empty ? STR(", ") : STR(""));
                buf_put(&out.names, f->agents[a].is.name);
            }
            out.empty++;
        }
    }
    if (out.empty > NAMES_TOLD) {
        buf_put(&out.names, STR(" …"));
    }
    return out;
}

static void look_trap(struct finder *d, size_t i)
{
    const struct assign_queue *q = &d->f->queues[i];
    const struct resource *r = d->f->rule->queues.resource;
    bool is_mandatory = q->mode == FLOOR_MANDATORY;
    bool wants_code = is_mandatory || q->mode == FLOOR_TIMEOUT || q->mode == FLOOR_FORCED;
    struct empty_handed e = look_members(d, i);
    if (q->n_codes == 0 && wants_code) {
        tell(d, "D508", is_mandatory ? SEVERITY_ERROR : SEVERITY_WARNING, r, q->is.item,
             findings_text(d->fs, "queue \"%.*s\" demands a code after each contact and has none",
                           STR_ARG(q->is.name)),
             "put codes on it, or make after-call work optional");
    }
    if (e.empty && d->f->has_agents && q->is.reasons == 0) {
        tell(d, is_mandatory ? "F103" : "F102", is_mandatory ? SEVERITY_ERROR : SEVERITY_WARNING, r,
             q->is.item,
             findings_text(d->fs,
                           "%zu of %zu agents of queue \"%.*s\" can use no code there%s: %.*s",
                           e.empty, e.members, STR_ARG(q->is.name),
                           is_mandatory ? ", and nothing ends their after-call work" : "",
                           STR_ARG(buf_str(&e.names))),
             is_mandatory ? "give them a code, or the queue a limit: they are stuck after a contact"
                          : "ask for one with --agent, --queue and --code to see all reasons");
    }
}

static void look_limit(struct finder *d, size_t i)
{
    const struct floor_time *t = &d->f->rule->limit;
    const struct assign_queue *q = &d->f->queues[i];
    const struct resource *r = d->f->rule->queues.resource;
    bool takes = q->mode == FLOOR_TIMEOUT || q->mode == FLOOR_FORCED || q->mode == FLOOR_REQUESTED;
    if (q->has_limit && (q->limit < t->min || (t->max && q->limit > t->max))) {
        tell(d, "F104", SEVERITY_ERROR, r, q->is.item,
             findings_text(
                 d->fs, "queue \"%.*s\" limits after-call work to %lld, allowed are %lld to %lld",
                 STR_ARG(q->is.name), (long long)q->limit, (long long)t->min, (long long)t->max),
             "choose a limit within these");
    } else if (q->has_limit && !takes) {
        tell(d, "F105", SEVERITY_WARNING, r, q->is.item,
             findings_text(d->fs, "queue \"%.*s\" has a limit that its mode (%.*s) ignores",
                           STR_ARG(q->is.name), STR_ARG(floor_mode_name(q->mode))),
             "choose a mode that ends at its limit, or drop the limit");
    } else if (!q->has_limit && takes && t->field) {
        tell(d, "F106", SEVERITY_NOTE, r, q->is.item,
             findings_text(d->fs,
                           "queue \"%.*s\" ends after-call work at a limit that it does not name",
                           STR_ARG(q->is.name)),
             "name one: what the tenant takes instead is not known");
    }
}

static void look_count(struct finder *d, size_t i)
{
    const struct assign_queue *q = &d->f->queues[i];
    const struct resource *r = d->f->rule->queues.resource;
    int64_t max = d->f->rule->codes_max, n = (int64_t)q->n_codes;
    if (max && n > max) {
        tell(d, "L301", SEVERITY_ERROR, r, q->is.item,
             findings_text(d->fs, "queue \"%.*s\" has %zu codes, at most %lld are allowed",
                           STR_ARG(q->is.name), q->n_codes, (long long)max),
             "take some off");
    } else if (max && n * 10 > max * 9) {
        tell(d, "L304", SEVERITY_NOTE, r, q->is.item,
             findings_text(d->fs, "queue \"%.*s\" has %zu of at most %lld codes",
                           STR_ARG(q->is.name), q->n_codes, (long long)max),
             "");
    }
    if (q->n_codes > CODES_ADVISED && d->f->has_queues) {
        tell(d, "P602", SEVERITY_NOTE, r, q->is.item,
             findings_text(d->fs,
                           "queue \"%.*s\" has %zu codes: more than %d are hard to choose from",
                           STR_ARG(q->is.name), q->n_codes, CODES_ADVISED),
             "drop those that are rarely chosen");
    }
}

/* In doubles: a tenant's numbers may be of any size. */
static bool is_longer(const struct assign_floor *f, const struct assign_code *c,
                      const struct assign_queue *q)
{
    return (double)c->duration * (double)f->rule->duration.unit_us >
           (double)q->limit * (double)f->rule->limit.unit_us;
}

/* Codes of a queue that an agent must choose and cannot leave without; those that take longer than its limit. */
static void look_entries(struct finder *d, size_t i)
{
    const struct assign_floor *f = d->f;
    const struct assign_queue *q = &f->queues[i];
    size_t traps = 0, first = 0, n_long = 0, longest = 0;
    for (size_t c = 0; c < f->n_codes; c++) {
        bool is_on = assign_bit(q->codes, c) || assign_bit(q->off, c);
        if (is_on && assign_bit(q->required, c) && assign_bit(q->no_exit, c)) {
            first = traps++ ? first : c;
        }
        if (is_on && q->has_limit && f->codes[c].has_duration && is_longer(f, &f->codes[c], q)) {
            longest = n_long++ ? longest : c;
        }
    }
    if (traps) {
        tell(d, "P601", SEVERITY_ERROR, f->rule->queues.resource, q->is.item,
             findings_text(d->fs,
                           "queue \"%.*s\" requires %zu code%s without a way out (\"%.*s\" first): "
                           "an agent can be trapped after a contact",
                           STR_ARG(q->is.name), traps, traps == 1 ? "" : "s",
                           STR_ARG(f->codes[first].is.name)),
             "allow work after the contact, or do not require the code");
    }
    if (n_long) {
        tell(d, "P605", SEVERITY_WARNING, f->rule->queues.resource, q->is.item,
             findings_text(d->fs,
                           "%zu codes of queue \"%.*s\" take longer than its after-call work may "
                           "(\"%.*s\" first)",
                           n_long, STR_ARG(q->is.name), STR_ARG(f->codes[longest].is.name)),
             "raise the queue's limit or shorten the codes");
    }
}

static void look_queue(struct finder *d, size_t i)
{
    const struct assign_floor *f = d->f;
    const struct assign_queue *q = &f->queues[i];
    bool has_need = false, can = false;
    for (size_t w = 0; w < f->need_words; w++) {
        has_need = has_need || q->is.needs[w];
    }
    for (size_t a = 0; has_need && !can && a < f->n_agents; a++) {
        uint64_t missing = 0;
        for (size_t w = 0; w < f->need_words; w++) {
            missing |= q->is.needs[w] & ~f->agents[a].is.needs[w];
        }
        can = is_member(f, a, i) && missing == 0;
    }
    if (has_need && !can && f->has_agents) {
        tell(d, "P603", SEVERITY_ERROR, f->rule->queues.resource, q->is.item,
             findings_text(d->fs, "no agent of queue \"%.*s\" holds the skills that it asks for",
                           STR_ARG(q->is.name)),
             "give an agent the skills, or ask for fewer");
    }
    if (f->rule->needs_channels && q->n_channels_named == 0 && q->n_codes) {
        tell(d, "R407", SEVERITY_ERROR, f->rule->queues.resource, q->is.item,
             findings_text(d->fs, "queue \"%.*s\" has codes and takes no channel",
                           STR_ARG(q->is.name)),
             "name its channels");
    }
    look_trap(d, i);
    look_limit(d, i);
    look_count(d, i);
    look_entries(d, i);
}

void sim_assign_findings(struct findings *fs, const struct assign_proof *p)
{
    const struct assign_floor *f = p->floor;
    struct finder d = {.fs = fs, .p = p, .f = f};
    for (size_t i = 0; i < f->n_queues; i++) {
        look_queue(&d, i);
    }
    for (size_t i = 0; i < f->n_codes; i++) {
        look_code(&d, i);
    }
    for (size_t i = 0; i < f->n_skills && f->has_agents; i++) {
        const struct assign_skill *s = f->skills[i];
        if (!s->is_held && (s->is_entity || s->is_needed)) {
            tell(&d, "F107", s->is_needed ? SEVERITY_ERROR : SEVERITY_WARNING,
                 s->is_entity ? f->rule->skills.resource : NULL, s->item,
                 findings_text(fs, "no active agent holds skill \"%.*s\"%s", STR_ARG(s->name),
                               s->is_needed ? ", which is asked for" : ""),
                 "give it to an agent, or drop it");
        }
    }
    for (size_t i = 0; i < f->n_agents; i++) {
        if (f->agents[i].is.reasons >> ASSIGN_PERMISSION & 1) {
            tell(&d, "F108", SEVERITY_ERROR, f->rule->agents.resource, f->agents[i].is.item,
                 findings_text(
                     fs, "agent \"%.*s\" may not read the codes, and is stuck after a contact",
                     STR_ARG(f->agents[i].is.name)),
                 "grant the permission that the profile names");
        }
    }
}
