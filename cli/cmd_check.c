/* `rehearse check`: what would a tenant say to these files? */
#include "cli/check.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static bool write_reports(struct check_job *j, const struct report *r, struct err *err)
{
    struct buf out;
    const char *format = j->o->format ? j->o->format : "text";
    const char *when = j->o->colour ? j->o->colour : "auto";
    bool has_colour =
        strcmp(when, "always") == 0 || (strcmp(when, "auto") == 0 && colour_wanted(stdout));
    buf_init(&out, &j->arena);
    struct report shown = *r;
    shown.is_coloured = has_colour;
    report_write(&out, report_kind_of(str_of(format)), &shown);
    if (!j->o->shows_diff) {
        (void)fwrite(out.s ? out.s : "", 1, out.len, stdout);
    }
    for (size_t i = 0; i < j->o->outputs.n; i++) {
        struct str all = str_of(j->o->outputs.at[i]);
        size_t sign = str_find_char(all, '=');
        enum report_kind kind = report_kind_of(str_slice(all, 0, sign));
        buf_clear(&out);
        report_write(&out, kind, r);
        if (!file_write(str_cstr(&j->arena, str_slice(all, sign + 1, all.len)), buf_str(&out), 0644,
                        err)) {
            return false;
        }
    }
    return fflush(stdout) == 0 || err_set(err, ERR_SYSTEM, "the report cannot be written");
}

static int exit_of(const struct check_options *o, const struct report_summary *s)
{
    const char *from = o->fail_on ? o->fail_on : "error";
    bool is_bad = strcmp(from, "never") != 0 && s->errors > 0;
    is_bad = is_bad || (strcmp(from, "warning") == 0 && s->warnings > 0);
    is_bad = is_bad || (strcmp(from, "note") == 0 && s->warnings + s->notes > 0);
    return is_bad || s->warnings > o->max_warnings ? EXIT_FINDINGS : EXIT_WELL;
}

static void print_summary(const struct check_job *j, const struct report *r, int status)
{
    const struct report_summary *s = &r->summary;
    fprintf(
        stderr,
        "%zu file%s, %zu entit%s against %.*s (%.*s): %zu error%s, %zu warning%s, %zu note%s%s\n",
        s->files, s->files == 1 ? "" : "s", s->entities, s->entities == 1 ? "y" : "ies",
        STR_ARG(j->contract->name), STR_ARG(tenant_name(j->check.tenant)), s->errors,
        s->errors == 1 ? "" : "s", s->warnings, s->warnings == 1 ? "" : "s", s->notes,
        s->notes == 1 ? "" : "s", s->skipped ? ", some values were not checked" : "");
    fprintf(stderr, "exit status %d: %s\n", status,
            status ? "there are findings at or above what --fail-on names" : "nothing that fails");
}

static bool add_inputs(struct check_inputs *in, const struct check_options *o, char **arguments,
                       size_t n, struct err *err)
{
    for (size_t i = 0; i < n; i++) {
        if (!check_inputs_add(in, o, arguments[i], err)) {
            return false;
        }
    }
    return in->n > 0 ||
           err_set(err, ERR_INPUT, "there is no file to check below what was named");
}

/* The difference takes the place of the report; what was found is as before the fixes. */
static bool tell_diff(struct check_job *j, struct err *err)
{
    struct buf out = {0};
    struct check_job fixed = {.is_silent = true, .config = j->config};
    bool is_well = check_job_run(&fixed, j->o, j->in, err) && check_fix_all(&fixed, err);
    if (is_well) {
        check_fix_diff(&out, j->in);
        (void)fwrite(out.s ? out.s : "", 1, out.len, stdout);
    }
    buf_done(&out);
    check_job_done(&fixed);
    return is_well;
}

static bool carry_out(struct check_job *j, int *out_status, struct err *err)
{
    if (j->o->fixes && !(check_fix_all(j, err) && check_fix_write(j->in, err))) {
        return false;
    }
    *out_status = exit_of(j->o, &j->report.summary);
    if (!write_reports(j, &j->report, err) || (j->o->shows_diff && !tell_diff(j, err))) {
        return false;
    }
    if (!j->o->is_quiet) {
        print_summary(j, &j->report, *out_status);
    }
    return true;
}

static bool write_baseline(struct check_job *j, struct err *err)
{
    struct buf out;
    buf_init(&out, &j->arena);
    baseline_write(&out, &j->written);
    if (!file_write(j->o->write_baseline, buf_str(&out), 0644, err)) {
        return false;
    }
    (void)fprintf(stderr, "%s: %zu finding%s written\n", j->o->write_baseline,
                  j->report.summary.baselined, j->report.summary.baselined == 1 ? "" : "s");
    return true;
}

/* How often each rule found something, and what the run took. */
static void print_stats(const struct check_job *j, int64_t us)
{
    const struct report *r = &j->report;
    size_t bytes = 0;
    struct rusage usage = {.ru_maxrss = 0};
    for (size_t i = 0; i < j->n_inputs; i++) {
        bytes += j->files[i].text.len;
    }
    for (size_t i = 0; i < r->n_rules; i++) {
        size_t n = 0;
        for (size_t k = 0; k < r->n_items; k++) {
            n += str_eq(r->items[k].finding.rule, r->rules[i].id);
        }
        (void)fprintf(stderr, "%8zu  %.*s %.*s\n", n, STR_ARG(r->rules[i].id),
                      STR_ARG(r->rules[i].title));
    }
    (void)getrusage(RUSAGE_SELF, &usage);
    (void)fprintf(stderr, "%8zu  bytes in %zu files; %zu steps asked; %.1f ms, %ld KiB\n", bytes,
                  j->n_inputs, j->check.n_steps, (double)us / 1000, usage.ru_maxrss);
}

static int64_t now_us(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* One run from files to report; the exit status. */
static int run_once(const struct check_options *o, const struct check_config *config,
                    char **arguments, size_t n, struct check_inputs *in)
{
    struct check_job job = {.config = config};
    struct err err = {0};
    int status = EXIT_WELL;
    int64_t started = now_us();
    bool is_well = add_inputs(in, o, arguments, n, &err) && check_job_run(&job, o, in, &err) &&
                   carry_out(&job, &status, &err) &&
                   (!o->write_baseline || write_baseline(&job, &err)) && check_emit(&job, &err);
    if (is_well && o->shows_stats) {
        print_stats(&job, now_us() - started);
    }
    status = is_well ? status : cli_fail(&err);
    check_job_done(&job);
    return status;
}

static int run(const struct command *command, void *values, char **arguments, size_t n)
{
    struct check_options *o = values;
    struct check_config config = {.path = NULL};
    struct check_inputs in;
    struct err err = {0};
    int status = EXIT_USAGE;
    (void)command;
    bool is_well = check_config_read(&config, o, &err) && check_option_words(o, &err);
    char **files = n > 0 ? arguments : (char **)(uintptr_t)config.files.at;
    n = n > 0 ? n : config.files.n;
    if (is_well && n == 0) {
        is_well = err_set(&err, ERR_INPUT, "no file is named, here or in rehearse.json");
    }
    if (!is_well) {
        status = cli_fail(&err);
    } else if (o->watches) {
        status = check_watch(o, &config, files, n, run_once);
    } else {
        check_inputs_init(&in);
        status = run_once(o, &config, files, n, &in);
        check_inputs_done(&in);
    }
    check_config_done(&config);
    return status;
}

const struct command command_check = {
    .name = "check",
    .usage = "[OPTION…] FILE|DIR|-…",
    .summary = "what a tenant would say to payloads, change sets, snapshots, Terraform plans",
    .about = "Reads JSON, CSV and YAML: bodies of requests (one, or an array of them), change "
             "sets, snapshots of "
             "tenants, Terraform plans (terraform show -json) and exports, recorded traffic (HAR, "
             "the mock's journal, .http). Each is put to a tenant "
             "in memory, by "
             "the very steps that `rehearse serve` answers with, and what it refuses is a finding "
             "at its place.\n\n"
             "Exit status: 0 nothing at or above --fail-on, 1 findings, 2 wrong usage or a file "
             "that cannot be "
             "read, 3 a system fault.",
    .examples = "rehearse check codes.json\n"
                "rehearse check --profile cxone --tenant snapshot.json changes/\n"
                "rehearse check --format github --output sarif=check.sarif changes/\n"
                "terraform show -json plan | rehearse check --stdin-name plan -",
    .options = check_option_table,
    .arguments_min = 0,
    .arguments_max = CHECK_FILES_MAX,
    .defaults = check_option_defaults,
    .run = run,
    .values_size = sizeof(struct check_options),
};
