/* What the reports of a draft say in words, and the text for people. */
#include "validator/draft_report.h"

static const char *const signs[PLAN_VERB_COUNT] = {"+", "~", "-", ">", "<", "*"};
static const char *const colours[PLAN_VERB_COUNT] = {"32", "33", "31", "36", "35", "0"};
enum { SHOWN = 20, SELDOM = 10000 };

const char *draft_sign(enum plan_verb verb)
{
    return signs[verb];
}

void draft_put_what(struct buf *out, const struct draft_step *s)
{
    const struct resource *r = s->plan.resource;
    bool is_link = r && r->parent;
    if (is_link && s->n_effects) {
        for (size_t i = 0; i < s->n_effects; i++) {
            buf_put(out, i ? STR(", ") : STR(""));
            buf_put(out, s->effects[i].name.len ? s->effects[i].name : s->effects[i].id);
        }
        return;
    }
    buf_put(out, r ? r->title : STR("call"));
    if (s->plan.name.len || s->plan.id.len) {
        buf_put_char(out, ' ');
        buf_put_quoted(out, s->plan.name.len ? s->plan.name : s->plan.id);
    }
}

void draft_put_cause(struct buf *out, const struct draft_break *b)
{
    size_t silent = b->impact.by_kind[EDGE_SILENCES], n = b->impact.n_direct;
    buf_put(out, b->cause == DEPS_DELETED ? STR("deleting ") : STR("renaming "));
    deps_put_node(out, b->graph, b->node);
    if (b->impact.by_kind[EDGE_BLOCKS]) {
        buf_printf(out, " is refused while %zu use%s it", b->impact.by_kind[EDGE_BLOCKS],
                   b->impact.by_kind[EDGE_BLOCKS] == 1 ? "s" : "");
        return;
    }
    buf_printf(out, " touches %zu thing%s", n, n == 1 ? "" : "s");
    if (silent) {
        buf_printf(out, ", %zu of them silently", silent);
    }
    if (b->impact.n > n) {
        buf_printf(out, ", and %zu behind them", b->impact.n - n);
    }
}

void draft_put_hit(struct buf *out, const struct draft_break *b, const struct deps_hit *hit)
{
    deps_put_node(out, b->graph, hit->edge->from);
    buf_put(out, STR(" → "));
    buf_put(out, hit->edge->pointer.len ? hit->edge->pointer : STR("?"));
    for (size_t by = hit->by; by != SIZE_MAX; by = b->impact.hits[by].by) {
        buf_put(out, STR(", through "));
        deps_put_node(out, b->graph, b->impact.hits[by].edge->from);
    }
}

void draft_put_help(struct buf *out, const struct draft_break *b)
{
    const struct deps_node *node = deps_node(b->graph, b->node);
    struct str name = node->name.len ? node->name : node->id;
    if (b->cause == DEPS_DELETED) {
        buf_printf(out, "replace it first: rehearse plan --replace \"%.*s=…\"", STR_ARG(name));
    } else {
        buf_put(out, STR("those who name it by name have to follow"));
    }
}

void draft_put_duration(struct buf *out, uint64_t us)
{
    uint64_t s = us / US_PER_S;
    if (s >= 3600) {
        buf_printf(out, "%llu h %llu min", (unsigned long long)(s / 3600),
                   (unsigned long long)(s / 60 % 60));
    } else if (s >= 60) {
        buf_printf(out, "%llu min %llu s", (unsigned long long)(s / 60),
                   (unsigned long long)(s % 60));
    } else {
        buf_printf(out, "%llu s", (unsigned long long)s);
    }
}

void draft_put_pace(struct buf *out, const struct draft *d)
{
    const struct draft_pace *p = &d->pace;
    buf_printf(out, "%zu call%s", p->writes, p->writes == 1 ? "" : "s");
    if (p->reads) {
        buf_printf(out, ", and %zu that look%s first whether all is as it was", p->reads,
                   p->reads == 1 ? "s" : "");
    }
    if (!p->rule.len || (p->us == 0 && (int64_t)p->writes < p->limit / SELDOM)) {
        return;
    }
    if (p->us) {
        buf_put(out, STR(": at least "));
        draft_put_duration(out, p->us);
        buf_put(out, STR(" under"));
    } else {
        buf_put(out, STR(": within"));
    }
    buf_printf(out, " the limit \"%.*s\" (%lld in ", STR_ARG(p->rule), (long long)p->limit);
    draft_put_duration(out, (uint64_t)p->window_us);
    buf_put_char(out, ')');
}

void draft_put_counts(struct buf *out, const struct draft *d)
{
    static const char *const words[PLAN_VERB_COUNT] = {"to create", "to change", "to delete",
                                                       "to link",   "to unlink", "to call"};
    bool is_first = true;
    for (size_t i = 0; i < PLAN_VERB_COUNT; i++) {
        size_t n = draft_count(d, (enum plan_verb)i);
        if (n) {
            buf_printf(out, "%s%zu %s", is_first ? "" : ", ", n, words[i]);
            is_first = false;
        }
    }
    buf_put(out, is_first ? STR("nothing to do") : STR(""));
    if (d->n_noops) {
        buf_printf(out, ", %zu as wanted already", d->n_noops);
    }
    if (d->n_refused) {
        buf_printf(out, ", %zu refused", d->n_refused);
    }
    if (d->check.n_skips) {
        buf_printf(out, ", %zu not known before it is applied", d->check.n_skips);
    }
}

bool draft_is_told(const struct draft *d, const struct finding *f)
{
    static const struct str covered[] = {STR_INIT("D501"), STR_INIT("D502")};
    (void)d;
    for (size_t i = 0; i < sizeof covered / sizeof *covered; i++) {
        if (str_eq(f->rule, covered[i])) {
            return false; /* the chains say it better */
        }
    }
    return true;
}

void draft_put_value(struct buf *out, struct str json)
{
    enum { LONGEST = 120 };
    buf_put(out,
            json.len ? str_slice(json, 0, json.len > LONGEST ? LONGEST : json.len) : STR("(none)"));
    buf_put(out, json.len > LONGEST ? STR("…") : STR(""));
}

/* --- the text --- */

static void colour(struct buf *out, const struct draft_look *look, const char *code)
{
    if (look->is_coloured) {
        buf_printf(out, "\x1b[%sm", code);
    }
}

static void put_step(struct buf *out, const struct draft_step *s, const struct draft_look *look)
{
    bool is_link = s->plan.resource && s->plan.resource->parent;
    colour(out, look, s->is_refused ? "31" : colours[s->plan.verb]);
    buf_printf(out, "  %s ", s->is_refused ? "!" : signs[s->plan.verb]);
    draft_put_what(out, s);
    colour(out, look, "0");
    buf_printf(out, "   (%.*s)\n", STR_ARG(s->plan.op->id));
    if (s->is_refused) {
        buf_printf(out, "      refused, %d: %.*s\n", s->status, STR_ARG(s->answer));
    }
    for (size_t i = 0; i < s->plan.n_members; i++) {
        const struct plan_member *m = &s->plan.members[i];
        buf_printf(out, "      %.*s: ", STR_ARG(m->field));
        draft_put_value(out, m->before);
        buf_put(out, STR(" → "));
        draft_put_value(out, m->after);
        buf_put_char(out, '\n');
    }
    for (size_t i = 0; i < s->n_effects && i < SHOWN && !is_link; i++) {
        const struct draft_effect *e = &s->effects[i];
        buf_printf(out, "      with it %s %.*s", signs[e->verb], STR_ARG(e->resource->title));
        buf_printf(out, ": %.*s\n", STR_ARG(e->name.len ? e->name : e->id));
    }
    if (s->n_effects > SHOWN && !is_link) {
        buf_printf(out, "      … and %zu more\n", s->n_effects - SHOWN);
    }
}

static void put_break(struct buf *out, const struct draft_break *b, const struct draft_look *look)
{
    buf_put_char(out, '\n');
    colour(out, look, "1");
    buf_printf(out, "%s: ", b->cause == DEPS_DELETED ? "D501" : "D502");
    draft_put_cause(out, b);
    colour(out, look, "0");
    buf_put_char(out, '\n');
    for (size_t i = 0; i < b->impact.n && i < SHOWN; i++) {
        buf_put(out, STR("   = because: "));
        draft_put_hit(out, b, &b->impact.hits[i]);
        buf_printf(out, "   %.*s\n", STR_ARG(edge_kind_name(b->impact.hits[i].edge->kind)));
    }
    if (b->impact.n > SHOWN) {
        buf_printf(out, "   … and %zu more (--format json has all)\n", b->impact.n - SHOWN);
    }
    buf_put(out, STR("   = help: "));
    draft_put_help(out, b);
    buf_put_char(out, '\n');
}

static void put_findings(struct buf *out, const struct draft *d)
{
    static const char *const words[] = {"note", "warning", "error"};
    for (size_t i = 0; i < d->check.fs->len; i++) {
        const struct finding *f = &d->check.fs->at[i];
        if (!draft_is_told(d, f)) {
            continue;
        }
        buf_printf(out, "\n%s[%.*s]: %.*s\n", words[f->severity], STR_ARG(f->rule),
                   STR_ARG(f->message));
        if (f->file.len) {
            buf_printf(out, "  --> %.*s:%u:%u\n", STR_ARG(f->file), f->line, f->column);
        }
        if (f->hint.len) {
            buf_printf(out, "   = help: %.*s\n", STR_ARG(f->hint));
        }
    }
}

void draft_text(struct buf *out, const struct draft *d, const struct draft_look *look)
{
    struct str tenant = tenant_name(d->check.tenant);
    buf_printf(out, "Plan for the tenant \"%.*s\" (%.*s)\n\n", STR_ARG(tenant),
               STR_ARG(d->check.contract->name));
    for (size_t i = 0; i < d->n_steps; i++) {
        put_step(out, &d->steps[i], look);
    }
    for (size_t i = 0; i < d->n_noops && i < SHOWN; i++) {
        const struct draft_noop *n = &d->noops[i];
        bool is_link = n->resource && n->resource->parent && n->name.len;
        buf_put(out, STR("  = "));
        if (is_link) {
            buf_put(out, n->name);
        } else {
            buf_put(out, n->resource ? n->resource->title : STR(""));
            buf_put_char(out, ' ');
            buf_put_quoted(out, n->name.len ? n->name : n->id);
        }
        buf_printf(out, ": %.*s\n", STR_ARG(n->why));
    }
    if (d->n_noops > SHOWN) {
        buf_printf(out, "  … and %zu more that are as wanted\n", d->n_noops - SHOWN);
    }
    for (size_t i = 0; i < d->n_stays; i++) {
        const struct draft_stay *s = &d->stays[i];
        buf_printf(out, "  ! %.*s → %.*s: %.*s\n", STR_ARG(s->who), STR_ARG(s->where),
                   STR_ARG(s->why));
    }
    for (size_t i = 0; i < d->n_breaks; i++) {
        put_break(out, &d->breaks[i], look);
    }
    put_findings(out, d);
    for (size_t i = 0; i < d->check.n_skips && i < SHOWN; i++) {
        const struct report_skip *s = &d->check.skips[i];
        buf_printf(out, "\nnot planned: %.*s\n  --> %.*s:%u:%u\n", STR_ARG(s->why),
                   STR_ARG(s->file), s->line, s->column);
    }
    buf_put_char(out, '\n');
    draft_put_counts(out, d);
    buf_put(out, STR(".\n"));
    if (d->pace.writes) {
        draft_put_pace(out, d);
        buf_put(out, STR(".\n"));
    }
    if (d->n_reordered) {
        buf_printf(out, "%zu of the changes stand in another order here: this one works.\n",
                   d->n_reordered);
    }
}
