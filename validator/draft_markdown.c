/* A draft for a pull request. */
#include "validator/draft_report.h"
#include "validator/report_int.h"

enum { SHOWN = 50 };

/* One line, nothing in it markup. */
static void put(struct buf *out, struct buf *scratch)
{
    report_put_markdown(out, buf_str(scratch));
    buf_clear(scratch);
}

static void put_members(struct buf *out, const struct draft_step *s)
{
    struct buf text = {0};
    for (size_t i = 0; i < s->plan.n_members; i++) {
        const struct plan_member *m = &s->plan.members[i];
        buf_put(out, i ? STR("<br>") : STR(""));
        buf_printf(&text, "%.*s: ", STR_ARG(m->field));
        draft_put_value(&text, m->before);
        buf_put(&text, STR(" → "));
        draft_put_value(&text, m->after);
        put(out, &text);
    }
    if (s->is_refused) {
        buf_printf(&text, "refused, %d: %.*s", s->status, STR_ARG(s->answer));
        buf_put(out, STR("**"));
        put(out, &text);
        buf_put(out, STR("**"));
    }
    bool is_link = s->plan.resource && s->plan.resource->parent;
    if (s->n_effects && !is_link) {
        buf_printf(out, "%swith it %zu more", s->plan.n_members ? "<br>" : "", s->n_effects);
    }
    buf_done(&text);
}

static void put_steps(struct buf *out, const struct draft *d)
{
    struct buf text = {0};
    if (!d->n_steps) {
        return;
    }
    buf_put(out, STR("\n| | what | operation | |\n|---|---|---|---|\n"));
    for (size_t i = 0; i < d->n_steps && i < SHOWN; i++) {
        const struct draft_step *s = &d->steps[i];
        struct str verb = plan_verb_name(s->plan.verb);
        buf_printf(out, "| %.*s | ", STR_ARG(verb));
        draft_put_what(&text, s);
        put(out, &text);
        buf_put(out, STR(" | "));
        buf_put(&text, s->plan.op->id);
        put(out, &text);
        buf_put(out, STR(" | "));
        put_members(out, s);
        buf_put(out, STR(" |\n"));
    }
    if (d->n_steps > SHOWN) {
        buf_printf(out, "\n… and %zu more steps.\n", d->n_steps - SHOWN);
    }
    buf_done(&text);
}

static void put_breaks(struct buf *out, const struct draft *d)
{
    struct buf text = {0};
    buf_put(out, d->n_breaks ? STR("\n### What breaks\n") : STR(""));
    for (size_t i = 0; i < d->n_breaks && i < SHOWN; i++) {
        const struct draft_break *b = &d->breaks[i];
        buf_put(out, STR("\n**"));
        draft_put_cause(&text, b);
        put(out, &text);
        buf_put(out, STR("**\n\n"));
        for (size_t k = 0; k < b->impact.n && k < SHOWN; k++) {
            buf_put(out, STR("- "));
            draft_put_hit(&text, b, &b->impact.hits[k]);
            put(out, &text);
            struct str kind = edge_kind_name(b->impact.hits[k].edge->kind);
            buf_printf(out, " — *%.*s*\n", STR_ARG(kind));
        }
        if (b->impact.n > SHOWN) {
            buf_printf(out, "- … and %zu more\n", b->impact.n - SHOWN);
        }
    }
    if (d->n_breaks > SHOWN) {
        buf_printf(out, "\n… and %zu more.\n", d->n_breaks - SHOWN);
    }
    buf_done(&text);
}

static void put_findings(struct buf *out, const struct draft *d)
{
    struct buf text = {0};
    size_t n = 0;
    for (size_t i = 0; i < d->n_stays; i++) {
        buf_put(out, n++ ? STR("") : STR("\n### To be looked at\n\n"));
        buf_printf(&text, "%.*s → %.*s: %.*s", STR_ARG(d->stays[i].who), STR_ARG(d->stays[i].where),
                   STR_ARG(d->stays[i].why));
        buf_put(out, STR("- "));
        put(out, &text);
        buf_put_char(out, '\n');
    }
    for (size_t i = 0; i < d->check.fs->len && n < SHOWN; i++) {
        const struct finding *f = &d->check.fs->at[i];
        struct str severity = report_severity(f->severity);
        if (!draft_is_told(d, f)) {
            continue;
        }
        buf_put(out, n++ ? STR("") : STR("\n### To be looked at\n\n"));
        buf_printf(out, "- %.*s **%.*s** ", STR_ARG(severity), STR_ARG(f->rule));
        buf_put(&text, f->message);
        put(out, &text);
        if (f->file.len) {
            buf_printf(&text, " (%.*s:%u)", STR_ARG(f->file), f->line);
            put(out, &text);
        }
        buf_put_char(out, '\n');
    }
    buf_done(&text);
}

void draft_markdown(struct buf *out, const struct draft *d, const struct draft_look *look)
{
    struct buf text = {0};
    (void)look;
    buf_put(out, STR("## rehearse plan: "));
    buf_put(&text, tenant_name(d->check.tenant));
    buf_put(&text, STR(" ("));
    buf_put(&text, d->check.contract->name);
    buf_put_char(&text, ')');
    put(out, &text);
    buf_put(out, STR("\n\n"));
    draft_put_counts(&text, d);
    put(out, &text);
    buf_put(out, STR(".\n"));
    if (d->pace.writes) {
        buf_put_char(out, '\n');
        draft_put_pace(&text, d);
        put(out, &text);
        buf_put(out, STR(".\n"));
    }
    put_steps(out, d);
    put_breaks(out, d);
    put_findings(out, d);
    buf_done(&text);
}
