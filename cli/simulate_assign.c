/* `rehearse simulate assignment`: the whole matrix, one question, or what a change does to it. */
#include "cli/simulate_assign.h"

#include "cli/cli.h"
#include "cli/simulate_change.h"
#include "model/model.h"
#include "sim/sim.h"

#include <stdio.h>

enum { TENANT_BYTES_MAX = 1 << 30 };

struct assigning {
    const struct simulate_assign *how;
    struct arena *arena;
    struct findings *findings;
    struct err *err;
    struct contract *contract;
    struct json changes; /* --change: the document */
    struct trial *trial; /* --change: holds the tenant after it; else NULL */
};

static bool read_tenant(struct assigning *s, struct assign_floor **out, struct tenant *t)
{
    int64_t at = tenant_at_us(t);
    if (s->how->at && !date_parse(&at, str_of(s->how->at))) {
        return err_set(s->err, ERR_INPUT, "--at is a date as 2026-01-05T08:00:00Z, not \"%s\"",
                       s->how->at);
    }
    tenant_lock_read(t);
    bool is_well = sim_assign_read(out, s->arena, t, at, s->err);
    tenant_unlock(t);
    return is_well;
}

static bool read_floor(struct assigning *s, struct assign_floor **out, const char *name)
{
    struct tenant *t = NULL;
    if (!tenant_open(&t, s->contract, name, s->findings, s->err)) {
        return false;
    }
    bool is_well = read_tenant(s, out, t);
    tenant_free(t);
    return is_well;
}

/* Before and after the change set; what of it is refused is a finding. */
static bool read_change(struct assigning *s, struct assign_floor **before,
                        struct assign_floor **after, const char *name)
{
    struct tenant *t = NULL;
    if (!tenant_open(&t, s->contract, name, s->findings, s->err)) {
        return false;
    }
    if (!read_tenant(s, before, t)) {
        tenant_free(t);
        return false;
    }
    return simulate_change(&s->trial, &s->changes, s->contract, t, s->how->change, s->arena,
                           s->findings, s->err) &&
           read_tenant(s, after, trial_tenant(s->trial));
}

/* Findings know the pointer into the snapshot; its text knows the line. */
static void place_findings(struct assigning *s, const char *tenant)
{
    struct findings *fs = s->findings;
    struct err ignored = {0};
    const struct json_doc *doc = NULL;
    struct buf file;
    buf_init(&file, s->arena);
    buf_printf(&file, "tenants/%.*s.%s.json", STR_ARG(s->contract->name), tenant);
    struct str text = builtin_find(buf_str(&file)), name = buf_str(&file);
    if (!text.s) {
        name = str_of(tenant);
    }
    if ((!text.s && !file_read(&text, s->arena, tenant, TENANT_BYTES_MAX, &ignored)) ||
        !json_parse(&doc, s->arena, name, text, NULL, NULL, &ignored)) {
        return;
    }
    for (size_t i = 0; i < fs->len; i++) {
        struct finding *f = &fs->at[i];
        struct json v =
            f->pointer.len ? json_pointer_find(json_root(doc), f->pointer) : (struct json){0};
        f->file = name;
        if (json_exists(v)) {
            f->span = json_span(v);
            json_line_column(doc, f->span.from, &f->line, &f->column);
            json_line_column(doc, f->span.to, &f->end_line, &f->end_column);
        }
    }
}

static const char *tenant_of(const struct assigning *s)
{
    struct str name = s->contract->default_tenant;
    const char *otherwise = str_cstr(s->arena, str_copy(s->arena, name));
    return s->how->tenant ? s->how->tenant : otherwise ? otherwise : "acme";
}

static bool write_out(struct assigning *s, const struct buf *text)
{
    if (s->how->out) {
        return file_write(s->how->out, buf_str(text), 0644, s->err);
    }
    return (fwrite(text->s, 1, text->len, stdout) == text->len && fflush(stdout) == 0) ||
           err_set(s->err, ERR_SYSTEM, "cannot write to standard output");
}

static bool put_report(struct assigning *s, struct buf *out, const struct assign_proof *p)
{
    struct str format = str_of(s->how->format ? s->how->format : "text");
    if (str_eq(format, STR("text"))) {
        sim_assign_text(out, p);
    } else if (str_eq(format, STR("json"))) {
        sim_assign_json(out, p, s->findings);
    } else if (str_eq(format, STR("html"))) {
        sim_assign_html(out, p, s->findings);
    } else if (str_eq(format, STR("csv"))) {
        sim_assign_csv(out, p);
    } else if (!simulate_is_reporter(format)) {
        return err_set(s->err, ERR_INPUT,
                       "--format is text, json, csv, html or a report of rehearse check (sarif, "
                       "junit, github …), not \"%.*s\"",
                       STR_ARG(format));
    }
    return true;
}

/* One of the names (or ids) in a table; the error names the nearest, or all that are so called. */
static bool find_name(struct assigning *s, size_t *out, const char *what, const char *wanted,
                      const struct str *ids, const struct str *names, size_t n)
{
    size_t found = 0;
    struct buf all;
    buf_init(&all, s->arena);
    for (size_t i = 0; i < n; i++) {
        if (str_eq(ids[i], str_of(wanted))) {
            *out = i;
            return true;
        }
        if (str_eq(names[i], str_of(wanted))) {
            buf_put(&all, found++ ? STR(", ") : STR(""));
            buf_put(&all, ids[i]);
            *out = i;
        }
    }
    if (found == 1) {
        return true;
    }
    if (found > 1) {
        return err_set(s->err, ERR_INPUT, "%zu %ss are called \"%s\": say which, by id: %s", found,
                       what, wanted, buf_cstr(&all));
    }
    size_t near = str_nearest(str_of(wanted), names, n);
    struct str nearest = near < n ? names[near] : (struct str){0};
    return err_set(s->err, ERR_INPUT, "there is no %s \"%s\"%s%.*s%s", what, wanted,
                   near < n ? "; did you mean \"" : "", STR_ARG(nearest), near < n ? "\"?" : "");
}

/* Names and ids of a table whose items begin with what they have in common. */
static bool find_thing(struct assigning *s, size_t *out, const char *what, const char *wanted,
                       const struct assign_thing *first, size_t size, size_t n)
{
    struct str *ids = ARENA_ARRAY(s->arena, n + 1, struct str);
    struct str *names = ARENA_ARRAY(s->arena, n + 1, struct str);
    if (!wanted && n == 1) {
        *out = 0;
        return true;
    }
    if (!wanted) {
        return err_set(s->err, ERR_INPUT,
                       "a question is about an agent, a queue and a code: --%s "
                       "is missing",
                       what);
    }
    for (size_t i = 0; i < n; i++) {
        const struct assign_thing *t =
            (const struct assign_thing *)(const void *)((const char *)first + i * size);
        ids[i] = t->id;
        names[i] = t->name;
    }
    return find_name(s, out, what, wanted, ids, names, n);
}

static bool find_channel(struct assigning *s, size_t *out, const struct assign_floor *f)
{
    struct str wanted = str_of(s->how->channel);
    for (size_t i = 0; i < f->rule->n_channels; i++) {
        for (size_t k = 0; k < f->rule->channels[i].n_also; k++) {
            if (str_eq(f->rule->channels[i].also[k], wanted)) {
                *out = i;
                return true;
            }
        }
    }
    return find_name(s, out, "channel", s->how->channel, f->channels, f->channels, f->n_channels);
}

/* "90s", "2m", "500ms" or seconds. */
static bool parse_duration(struct assigning *s, int64_t *out_us)
{
    struct str text = str_of(s->how->duration);
    size_t digits = 0;
    int64_t n = 0;
    while (digits < text.len && text.s[digits] >= '0' && text.s[digits] <= '9') {
        digits++;
    }
    struct str unit = str_slice(text, digits, text.len);
    int64_t us = str_eq(unit, STR("ms"))                   ? US_PER_MS
                 : str_eq(unit, STR("m"))                  ? 60 * US_PER_S
                 : unit.len == 0 || str_eq(unit, STR("s")) ? US_PER_S
                                                           : 0;
    if (us == 0 || !num_parse_i64(&n, str_slice(text, 0, digits), 0, 1000000000)) {
        return err_set(s->err, ERR_INPUT, "--duration is a time as 90s, not \"%s\"",
                       s->how->duration);
    }
    *out_us = n * us;
    return true;
}

struct question {
    size_t agent, queue, code, channel;
    uint32_t why;
};

/* Without --channel the one on which least stands in the way. */
static bool ask(struct assigning *s, struct question *q, const struct assign_floor *f)
{
    int64_t us = 0;
    if (!find_thing(s, &q->agent, "agent", s->how->agent, &f->agents->is, sizeof *f->agents,
                    f->n_agents) ||
        !find_thing(s, &q->queue, "queue", s->how->queue, &f->queues->is, sizeof *f->queues,
                    f->n_queues) ||
        !find_thing(s, &q->code, "code", s->how->code, &f->codes->is, sizeof *f->codes,
                    f->n_codes) ||
        (s->how->channel && !find_channel(s, &q->channel, f)) ||
        (s->how->duration && !parse_duration(s, &us))) {
        return false;
    }
    q->why = sim_assign_why(f, q->agent, q->queue, q->channel, q->code);
    for (size_t x = 0; !s->how->channel && x < f->n_channels; x++) {
        uint32_t why = sim_assign_why(f, q->agent, q->queue, x, q->code);
        if (__builtin_popcount(why) < __builtin_popcount(q->why)) {
            q->why = why;
            q->channel = x;
        }
    }
    int64_t unit = f->rule->duration.unit_us;
    if (s->how->duration && unit) {
        q->why |= sim_assign_duration(f, us / unit + (us % unit != 0));
    }
    return true;
}

static int answer(struct assigning *s, const struct assign_floor *f)
{
    struct question q = {0};
    struct buf out;
    bool is_json = s->how->format && str_eq(str_of(s->how->format), STR("json"));
    buf_init(&out, s->arena);
    if (!ask(s, &q, f)) {
        return cli_fail(s->err);
    }
    buf_put(&out, is_json ? STR("{\"format_version\":\"1.0\",\"outcome\":\"") : STR(""));
    buf_put(&out, q.why ? STR("rejected") : STR("approved"));
    buf_put(&out, is_json ? STR("\",\"reasons\":[") : STR("\n"));
    for (size_t r = 0, n = 0; r < ASSIGN_REASON_COUNT; r++) {
        struct buf says;
        buf_init(&says, s->arena);
        if (!(q.why >> r & 1)) {
            continue;
        }
        if (r == ASSIGN_DURATION && s->how->duration) {
            buf_printf(&says, "%s is not between %lld and %lld %s", s->how->duration,
                       (long long)f->rule->duration.min, (long long)f->rule->duration.max,
                       f->rule->duration.unit_us == US_PER_MS ? "ms" : "s");
        } else {
            sim_assign_reason_put(&says, f, (enum assign_reason)r, q.agent, q.queue, q.channel,
                                  q.code);
        }
        struct str name = sim_assign_reason_name((enum assign_reason)r);
        if (is_json) {
            buf_printf(&out, "%s{\"reason\":\"%.*s\",\"says\":", n++ ? "," : "", STR_ARG(name));
            buf_put_json_string(&out, buf_str(&says));
            buf_put_char(&out, '}');
        } else {
            buf_printf(&out, "  %.*s: %.*s\n", STR_ARG(name), STR_ARG(buf_str(&says)));
        }
    }
    buf_put(&out, is_json ? STR("]}\n") : STR(""));
    if (!write_out(s, &out)) {
        return cli_fail(s->err);
    }
    return q.why ? EXIT_FINDINGS : EXIT_WELL;
}

/* What is wrong after the change and was not before; it stands at the step that names what it is about. */
static void add_new_findings(struct assigning *s, const struct assign_proof *before,
                             const struct assign_proof *after)
{
    struct findings was, is;
    struct map known = {0};
    struct check_steps steps = {0};
    check_steps_read(&steps, s->arena, s->changes);
    findings_init(&was, s->arena);
    findings_init(&is, s->arena);
    sim_assign_findings(&was, before);
    sim_assign_findings(&is, after);
    for (size_t i = 0; i < was.len; i++) {
        map_put(&known, was.at[i].message, &was.at[i]);
    }
    for (size_t i = 0; i < is.len; i++) {
        struct finding f = is.at[i];
        if (!map_get(&known, f.message)) {
            simulate_change_place(&f, &steps);
            findings_add(s->findings, &f);
        }
    }
    check_steps_done(&steps);
    map_done(&known);
}

static bool put_delta(struct assigning *s, struct buf *out, const struct assign_proof *before,
                      const struct assign_proof *after)
{
    struct str format = str_of(s->how->format ? s->how->format : "text");
    enum assign_delta_format as = ASSIGN_DELTA_TEXT;
    if (simulate_is_reporter(format)) {
        return true;
    }
    while (as < ASSIGN_DELTA_FORMAT_COUNT && !str_eq(sim_assign_delta_format(as), format)) {
        as++;
    }
    if (as == ASSIGN_DELTA_FORMAT_COUNT) {
        return err_set(s->err, ERR_INPUT, "a comparison is text, json, csv or html, not \"%.*s\"",
                       STR_ARG(format));
    }
    (void)sim_assign_diff(out, before, after, as, s->findings);
    return true;
}

static int finish(struct assigning *s, const struct buf *report)
{
    struct str format = str_of(s->how->format ? s->how->format : "text");
    struct buf told;
    buf_init(&told, s->arena);
    findings_sort(s->findings);
    if (simulate_is_reporter(format)) {
        simulate_report_findings(&told, format, s->findings);
        report = &told;
    }
    if (!write_out(s, report)) {
        return cli_fail(s->err);
    }
    if (report != &told) {
        cli_print_findings(stderr, s->findings);
    }
    return s->findings->errors ? EXIT_FINDINGS : EXIT_WELL;
}

static int fail(struct assigning *s)
{
    cli_print_findings(stderr, s->findings);
    return cli_fail(s->err);
}

static bool is_question(const struct assigning *s)
{
    return s->how->agent || s->how->queue || s->how->code;
}

/* The tenant after the change set against the tenant before. A question is about the tenant after it. */
static int change(struct assigning *s)
{
    struct assign_floor *before = NULL, *after = NULL;
    struct buf report;
    buf_init(&report, s->arena);
    if (!read_change(s, &before, &after, tenant_of(s)) || !before || !after) {
        return fail(s);
    }
    if (is_question(s)) {
        int status = answer(s, after);
        cli_print_findings(stderr, s->findings);
        return s->findings->errors && status == EXIT_WELL ? EXIT_FINDINGS : status;
    }
    const struct assign_proof *was = sim_assign_prove(s->arena, before);
    const struct assign_proof *is = sim_assign_prove(s->arena, after);
    add_new_findings(s, was, is);
    if (!put_delta(s, &report, was, is)) {
        return cli_fail(s->err);
    }
    return finish(s, &report);
}

/* What the candidate does to the floor; its findings are the ones that count. */
static int compare(struct assigning *s, const struct assign_proof *baseline)
{
    struct assign_floor *floor = NULL;
    struct buf report;
    buf_init(&report, s->arena);
    if (!read_floor(s, &floor, s->how->candidate) || !floor) {
        return fail(s);
    }
    const struct assign_proof *candidate = sim_assign_prove(s->arena, floor);
    sim_assign_findings(s->findings, candidate);
    place_findings(s, s->how->candidate);
    if (!put_delta(s, &report, baseline, candidate)) {
        return cli_fail(s->err);
    }
    return finish(s, &report);
}

static int assign(struct assigning *s)
{
    struct assign_floor *floor = NULL;
    struct buf report;
    buf_init(&report, s->arena);
    if (s->how->change) {
        return change(s);
    }
    if (!read_floor(s, &floor, tenant_of(s)) || !floor) {
        return fail(s);
    }
    if (is_question(s)) {
        return answer(s, floor);
    }
    struct assign_proof *p = sim_assign_prove(s->arena, floor);
    if (s->how->candidate) {
        return compare(s, p);
    }
    sim_assign_findings(s->findings, p);
    place_findings(s, tenant_of(s));
    findings_sort(s->findings);
    if (!put_report(s, &report, p)) {
        return cli_fail(s->err);
    }
    return finish(s, &report);
}

int simulate_assign(const struct simulate_assign *how)
{
    struct arena arena;
    struct findings findings;
    struct err err = {0};
    struct assigning s = {.how = how, .arena = &arena, .findings = &findings, .err = &err};
    int status = EXIT_USAGE;
    arena_init(&arena, 1 << 16, 0);
    findings_init(&findings, &arena);
    if (!how->profile) {
        fprintf(stderr, "rehearse: assignment needs --profile PROFILE\n");
    } else if (how->change && how->candidate) {
        fprintf(stderr,
                "rehearse: --change and --candidate both say what comes after: one of them\n");
    } else if (!contract_open(&s.contract, how->profile, NULL, 0, &findings, &err)) {
        cli_print_findings(stderr, &findings);
        status = cli_fail(&err);
    } else {
        status = assign(&s);
    }
    trial_free(s.trial);
    contract_free(s.contract);
    arena_done(&arena);
    return status;
}
