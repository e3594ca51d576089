/* A draft for machines. "format_version" 1.0: a minor version only adds. */
#include "validator/draft_report.h"
#include "validator/report_int.h"

static void open(struct buf *b, const char *name, char sign)
{
    report_member(b, name);
    buf_put_char(b, sign);
}

static void put_members(struct buf *b, const struct plan_step *s)
{
    if (!s->n_members) {
        return;
    }
    open(b, "changes", '[');
    for (size_t i = 0; i < s->n_members; i++) {
        report_element(b);
        buf_put_char(b, '{');
        report_member_text(b, "field", s->members[i].field);
        if (s->members[i].before.len) {
            report_member(b, "from");
            buf_put(b, s->members[i].before);
        }
        if (s->members[i].after.len) {
            report_member(b, "to");
            buf_put(b, s->members[i].after);
        }
        buf_put_char(b, '}');
    }
    buf_put_char(b, ']');
}

static void put_effects(struct buf *b, const struct draft_step *s)
{
    if (!s->n_effects) {
        return;
    }
    open(b, "effects", '[');
    for (size_t i = 0; i < s->n_effects; i++) {
        const struct draft_effect *e = &s->effects[i];
        report_element(b);
        buf_put_char(b, '{');
        report_member_text(b, "does", plan_verb_name(e->verb));
        report_member_text(b, "resource", e->resource->name);
        report_member_text_if(b, "id", e->id);
        report_member_text_if(b, "name", e->name);
        buf_put_char(b, '}');
    }
    buf_put_char(b, ']');
}

static void put_step(struct buf *b, const struct draft_step *s)
{
    report_element(b);
    buf_put_char(b, '{');
    report_member_text(b, "does", plan_verb_name(s->plan.verb));
    report_member_text_if(b, "resource", s->plan.resource ? s->plan.resource->name : STR(""));
    report_member_text_if(b, "id", s->plan.id);
    report_member_text_if(b, "name", s->plan.name);
    report_member_text(b, "operation", s->plan.op->id);
    report_member_text_if(b, "makes", s->plan.makes);
    put_members(b, &s->plan);
    put_effects(b, s);
    report_member_u64(b, "status", (uint64_t)s->status);
    report_member(b, "refused");
    buf_put(b, s->is_refused ? STR("true") : STR("false"));
    report_member_text_if(b, "answer", s->answer);
    buf_put_char(b, '}');
}

static void put_node(struct buf *b, const struct deps *g, uint32_t at)
{
    const struct deps_node *node = deps_node(g, at);
    report_member_text(b, "type", node->type);
    report_member_text_if(b, "resource", node->resource ? node->resource->name : STR(""));
    report_member_text_if(b, "id", node->id);
    report_member_text_if(b, "name", node->name);
}

static void put_break(struct buf *b, const struct draft_break *br)
{
    report_element(b);
    buf_put_char(b, '{');
    report_member_text(b, "cause", br->cause == DEPS_DELETED ? STR("delete") : STR("rename"));
    put_node(b, br->graph, br->node);
    open(b, "because", '[');
    for (size_t i = 0; i < br->impact.n; i++) {
        const struct deps_hit *hit = &br->impact.hits[i];
        report_element(b);
        buf_put_char(b, '{');
        put_node(b, br->graph, hit->edge->from);
        report_member_text(b, "at", hit->edge->pointer);
        report_member_text(b, "kind", edge_kind_name(hit->edge->kind));
        report_member_u64(b, "depth", hit->depth);
        if (hit->by != SIZE_MAX) {
            report_member_u64(b, "through", hit->by);
        }
        buf_put_char(b, '}');
    }
    buf_put(b, STR("]}"));
}

static void put_finding(struct buf *b, const struct finding *f)
{
    report_element(b);
    buf_put_char(b, '{');
    report_member_text(b, "rule", f->rule);
    report_member_text(b, "severity", report_severity(f->severity));
    report_member_text(b, "message", f->message);
    report_member_text_if(b, "file", f->file);
    report_member_text_if(b, "pointer", f->pointer);
    if (f->line) {
        report_member_u64(b, "line", f->line);
        report_member_u64(b, "column", f->column);
    }
    if (f->status > 0) {
        report_member_u64(b, "status", (uint64_t)f->status);
    }
    report_member_text_if(b, "hint", f->hint);
    buf_put_char(b, '}');
}

static void put_summary(struct buf *b, const struct draft *d)
{
    open(b, "summary", '{');
    for (size_t i = 0; i < PLAN_VERB_COUNT; i++) {
        struct buf name = {0};
        buf_put(&name, plan_verb_name((enum plan_verb)i));
        report_member_u64(b, buf_cstr(&name), draft_count(d, (enum plan_verb)i));
        buf_done(&name);
    }
    report_member_u64(b, "unchanged", d->n_noops);
    report_member_u64(b, "refused", d->n_refused);
    report_member_u64(b, "breaks", d->n_breaks);
    report_member_u64(b, "errors", d->check.fs->errors);
    report_member_u64(b, "skipped", d->check.n_skips);
    report_member_u64(b, "calls", d->pace.writes);
    report_member_u64(b, "reads", d->pace.reads);
    report_member_u64(b, "seconds", d->pace.us / US_PER_S);
    if (d->pace.rule.len) {
        open(b, "rate", '{');
        report_member_text(b, "name", d->pace.rule);
        report_member_u64(b, "limit", (uint64_t)d->pace.limit);
        report_member_u64(b, "windowSeconds", (uint64_t)(d->pace.window_us / US_PER_S));
        buf_put_char(b, '}');
    }
    buf_put_char(b, '}');
}

static void put_unchanged(struct buf *b, const struct draft *d)
{
    open(b, "unchanged", '[');
    for (size_t i = 0; i < d->n_noops; i++) {
        const struct draft_noop *n = &d->noops[i];
        report_element(b);
        buf_put_char(b, '{');
        report_member_text_if(b, "resource", n->resource ? n->resource->name : STR(""));
        report_member_text_if(b, "id", n->id);
        report_member_text_if(b, "name", n->name);
        report_member_text(b, "why", n->why);
        buf_put_char(b, '}');
    }
    buf_put_char(b, ']');
    open(b, "stays", '[');
    for (size_t i = 0; i < d->n_stays; i++) {
        report_element(b);
        buf_put_char(b, '{');
        report_member_text(b, "who", d->stays[i].who);
        report_member_text(b, "at", d->stays[i].where);
        report_member_text(b, "why", d->stays[i].why);
        buf_put_char(b, '}');
    }
    buf_put_char(b, ']');
}

void draft_json(struct buf *b, const struct draft *d, const struct draft_look *look)
{
    buf_put_char(b, '{');
    report_member_text(b, "format_version", STR("1.0"));
    report_member_text(b, "kind", STR("plan-report"));
    report_member_text(b, "tool", STR("rehearse"));
    report_member_text(b, "version", look->version);
    report_member_text(b, "profile", d->check.contract->name);
    report_member_text(b, "tenant", tenant_name(d->check.tenant));
    open(b, "from", '[');
    for (size_t i = 0; i < look->n_from; i++) {
        report_element(b);
        report_put_json(b, look->from[i]);
    }
    buf_put_char(b, ']');
    open(b, "steps", '[');
    for (size_t i = 0; i < d->n_steps; i++) {
        put_step(b, &d->steps[i]);
    }
    buf_put_char(b, ']');
    put_unchanged(b, d);
    open(b, "breaks", '[');
    for (size_t i = 0; i < d->n_breaks; i++) {
        put_break(b, &d->breaks[i]);
    }
    buf_put_char(b, ']');
    open(b, "findings", '[');
    for (size_t i = 0; i < d->check.fs->len; i++) {
        put_finding(b, &d->check.fs->at[i]);
    }
    buf_put_char(b, ']');
    put_summary(b, d);
    buf_put(b, STR("}\n"));
}
