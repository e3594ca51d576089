/* What a run found becomes a report: what is chosen, how severe, what the team has accepted. */
#include "cli/check.h"

#include <string.h>

enum { ACCEPT_BYTES_MAX = 64 << 20 };

static enum severity severity_of(const struct check_options *o, const struct finding *f)
{
    static const struct str names[] = {STR_INIT("note"), STR_INIT("warning"), STR_INIT("error")};
    for (size_t i = 0; i < o->severity.n; i++) {
        struct str all = str_of(o->severity.at[i]);
        size_t sign = str_find_char(all, '=');
        for (int k = 0; k < 3; k++) {
            if (str_eq(str_slice(all, 0, sign), f->rule) &&
                str_eq(str_slice(all, sign + 1, all.len), names[k])) {
                return (enum severity)k;
            }
        }
    }
    return f->severity;
}

static bool is_locked(const struct check_job *j, struct str rule)
{
    const struct rule *r = rule_find(rule);
    return (r && r->is_locked) || check_is_listed(&j->config->locked, rule);
}

static void count(struct report_summary *s, const struct report_item *item)
{
    if (item->is_baselined) {
        s->baselined++;
    } else if (item->suppressed.s) {
        s->suppressed++;
    } else {
        s->errors += item->finding.severity == SEVERITY_ERROR;
        s->warnings += item->finding.severity == SEVERITY_WARNING;
        s->notes += item->finding.severity == SEVERITY_NOTE;
    }
}

/* What the team has accepted, of one finding: false if it is not told at all. */
static bool look_up(struct check_job *j, struct report_item *item)
{
    struct suppression *rule = accept_find(&j->accept, item);
    bool is_own = str_starts(item->finding.rule, STR("K90"));
    if (rule && !is_locked(j, item->finding.rule)) {
        item->suppressed = rule->reason;
        item->is_suppressed_in_source = rule->line > 0;
        return true;
    }
    if (!is_own && baseline_meet(&j->base, item->fingerprint)) {
        return false;
    }
    if (!is_own && j->o->write_baseline) {
        baseline_add(&j->written, item->fingerprint, &item->finding);
    }
    if (!is_own && (j->o->write_baseline || baseline_meet(&j->baseline, item->fingerprint))) {
        item->is_baselined = true;
        item->suppressed = STR("in the baseline");
    }
    return true;
}

/* Appends the findings as items. */
static void add_items(struct check_job *j, struct report_item *items, const struct findings *fs)
{
    struct report *r = &j->report;
    for (size_t i = 0; i < fs->len; i++) {
        struct report_item *item = &items[r->n_items];
        struct finding f = fs->at[i];
        bool is_kept =
            (!j->o->select.n || check_is_listed(&j->o->select, f.rule)) &&
            (!check_is_listed(&j->o->ignore, f.rule) || is_locked(j, f.rule));
        if (!is_kept) {
            continue;
        }
        f.severity = severity_of(j->o, &f);
        *item = (struct report_item){.finding = f,
                                     .entity = {f.entity_type, f.entity_id, f.entity_name}};
        item->fingerprint = accept_fingerprint(&j->arena, j->contract->name, item);
        if (!look_up(j, item)) {
            continue;
        }
        item->fixes = fix_make(&j->fixes, &f);
        item->n_fixes = item->fixes != NULL;
        r->n_items++;
        count(&r->summary, item);
    }
}

/* Two sorted runs of items into one. */
static struct report_item *merge(struct check_job *j, const struct report_item *items, size_t cut,
                                 size_t n)
{
    struct report_item *out = ARENA_ARRAY(&j->arena, n + 1, struct report_item);
    size_t a = 0, b = cut;
    for (size_t i = 0; i < n; i++) {
        bool takes_b = a == cut;
        if (a < cut && b < n) {
            const struct finding *x = &items[a].finding, *y = &items[b].finding;
            int order = str_cmp(x->file, y->file);
            takes_b = order > 0 || (order == 0 && y->span.from < x->span.from);
        }
        out[i] = takes_b ? items[b++] : items[a++];
    }
    return out;
}

void check_report_make(struct check_job *j)
{
    struct findings own;
    struct report_rule *rules = NULL;
    struct report *r = &j->report;
    findings_init(&own, &j->arena);
    size_t room = j->findings.len + j->config->findings.len + j->accept.n + j->baseline.n + 1;
    struct report_item *items = ARENA_ARRAY(&j->arena, room, struct report_item);
    *r = (struct report){.files = j->files,
                         .n_files = j->n_files,
                         .skips = j->check.skips,
                         .n_skips = j->check.n_skips,
                         .has_baseline = j->o->baseline || j->o->write_baseline,
                         .version = STR(REHEARSE_VERSION),
                         .command = STR("check")};
    j->fixes = (struct fix_maker){.arena = &j->arena, .files = j->files, .n_files = j->n_files};
    findings_sort(&j->findings);
    add_items(j, items, &j->findings);
    size_t cut = r->n_items;
    for (size_t i = 0; i < j->config->findings.len; i++) {
        findings_add(&own, &j->config->findings.at[i]);
    }
    accept_tell(&j->accept, &own);
    baseline_tell(&j->baseline, j->o->strict_baseline ? SEVERITY_ERROR : SEVERITY_WARNING, &own);
    findings_sort(&own);
    add_items(j, items, &own);
    r->items = merge(j, items, cut, r->n_items);
    size_t n_rules = rules_of(&rules, &j->arena, r->items, r->n_items);
    size_t n_own = j->rules ? user_rules_count(j->rules) : 0;
    struct report_rule *all = ARENA_ARRAY(&j->arena, n_rules + n_own + 1, struct report_rule);
    memcpy(all, rules, n_rules * sizeof *all);
    n_own = j->rules ? user_rules_rows(j->rules, all + n_rules, n_own) : 0;
    r->rules = all;
    r->n_rules = n_rules + n_own;
    r->summary.files = j->n_inputs;
    r->summary.entities = j->check.n_entities;
    r->summary.skipped = j->check.n_skips;
}

/* --- what was there before --- */

static bool read_base(struct check_job *j, struct err *err)
{
    struct check_options plain = *j->o;
    struct check_inputs in;
    struct check_config none = {.path = NULL};
    struct check_job old = {.is_silent = true, .config = &none};
    plain.base = plain.baseline = plain.write_baseline = NULL;
    check_inputs_init(&in);
    bool is_read = check_inputs_add(&in, &plain, j->o->base, err) &&
                   check_job_run(&old, &plain, &in, err);
    for (size_t i = 0; is_read && i < old.report.n_items; i++) {
        baseline_add(&j->base, old.report.items[i].fingerprint, &old.report.items[i].finding);
    }
    check_job_done(&old);
    check_inputs_done(&in);
    return is_read;
}

bool check_report_read(struct check_job *j, struct err *err)
{
    struct str text = {NULL, 0};
    baseline_init(&j->baseline, &j->arena);
    baseline_init(&j->base, &j->arena);
    baseline_init(&j->written, &j->arena);
    for (size_t i = 0; i < j->config->accept.n; i++) {
        accept_add(&j->accept, &j->config->accept.at[i]);
    }
    if (j->config->text.s) {
        j->files[j->n_files++] = (struct report_file){str_of(j->config->path), j->config->text};
    }
    if (j->o->baseline && !j->o->write_baseline) {
        struct str name = str_of(j->o->baseline);
        if (!file_read(&text, &j->arena, j->o->baseline, ACCEPT_BYTES_MAX, err) ||
            !baseline_read(&j->baseline, name, text, err)) {
            return false;
        }
        j->files[j->n_files++] = (struct report_file){name, text};
    }
    return !j->o->base || read_base(j, err);
}

void check_report_done(struct check_job *j)
{
    baseline_done(&j->baseline);
    baseline_done(&j->base);
    baseline_done(&j->written);
}
