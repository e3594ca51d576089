/* `rehearse check`: what would a tenant say to these files? */
#include "cli/cli.h"
#include "mockapi/mockapi.h"
#include "validator/validator.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILES_MAX = 10000, DEPTH_MAX = 16, FILE_BYTES_MAX = 512 << 20, FINDINGS_KEPT = 200000 };

struct check_options {
    struct option_list policies, outputs, select, ignore, severity;
    const char *profile, *tenant, *operation, *from, *format, *fail_on, *stdin_name, *colour;
    uint64_t max_warnings;
    bool is_quiet;
};

static void defaults(void *values)
{
    struct check_options *o = values;
    o->max_warnings = UINT64_MAX;
}

static const struct option options[] = {
    {OPTION_TEXT, 'p', "profile", offsetof(struct check_options, profile), "NAME",
     "built-in profile or file (default: what the files say, else genesys-cloud)", 0, 0},
    {OPTION_TEXT, 't', "tenant", offsetof(struct check_options, tenant), "NAME",
     "the tenant they are meant for: built-in or a snapshot file (default: the profile's)", 0, 0},
    {OPTION_LIST, 0, "policy", offsetof(struct check_options, policies), "NAME=VALUE",
     "choose another answer to what the vendor's sources leave open; may be repeated", 0, 0},
    {OPTION_TEXT, 0, "operation", offsetof(struct check_options, operation), "ID",
     "payloads are bodies of this operation (default: as their shape says)", 0, 0},
    {OPTION_TEXT, 0, "from", offsetof(struct check_options, from), "KIND",
     "what the files are: payload, changes, tenant, terraform (default: as they look)", 0, 0},
    {OPTION_TEXT, 'f', "format", offsetof(struct check_options, format), "FORMAT",
     "text (default), gcc, json, jsonl, sarif, junit, github, gitlab, checkstyle, tap, rdjsonl, "
     "markdown",
     0, 0},
    {OPTION_LIST, 'o', "output", offsetof(struct check_options, outputs), "FORMAT=FILE",
     "one more report, into a file; may be repeated", 0, 0},
    {OPTION_TEXT, 0, "fail-on", offsetof(struct check_options, fail_on), "SEVERITY",
     "exit with 1 from this severity on: error (default), warning, note, never", 0, 0},
    {OPTION_COUNT, 0, "max-warnings", offsetof(struct check_options, max_warnings), "N",
     "exit with 1 where there are more warnings", 0, UINT64_MAX},
    {OPTION_LIST, 0, "select", offsetof(struct check_options, select), "IDS",
     "only these rules or families (S,U202); may be repeated", 0, 0},
    {OPTION_LIST, 0, "ignore", offsetof(struct check_options, ignore), "IDS",
     "not these rules or families; may be repeated", 0, 0},
    {OPTION_LIST, 0, "severity", offsetof(struct check_options, severity), "ID=LEVEL",
     "tell this rule as error, warning or note; may be repeated", 0, 0},
    {OPTION_TEXT, 0, "stdin-name", offsetof(struct check_options, stdin_name), "NAME",
     "what standard input (\"-\") is called in reports", 0, 0},
    {OPTION_TEXT, 0, "color", offsetof(struct check_options, colour), "WHEN",
     "always, never, or auto: on a terminal, and not against NO_COLOR", 0, 0},
    {OPTION_FLAG, 'q', "quiet", offsetof(struct check_options, is_quiet), NULL,
     "findings alone, no summary", 0, 0},
    {.kind = OPTION_END},
};

/* One run. */
struct job {
    const struct check_options *o;
    struct arena arena;
    struct findings findings;
    struct contract *contract;
    struct trial *trial;
    struct check check;
    const char *paths[FILES_MAX];
    size_t n_paths;
    struct report_file files[FILES_MAX];
    size_t n_files;
    struct err err;
};

static bool is_readable_kind(struct str name)
{
    static const struct str ends[] = {STR_INIT(".json"), STR_INIT(".csv"),   STR_INIT(".tsv"),
                                      STR_INIT(".yaml"), STR_INIT(".yml"),   STR_INIT(".har"),
                                      STR_INIT(".http"), STR_INIT(".ndjson")};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        if (str_ends(name, ends[i])) {
            return true;
        }
    }
    return false;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool add_path(struct job *j, const char *path, int depth, bool is_named);

/* What is in a folder, in the order of names, hidden files left out. */
static bool walk(struct job *j, const char *path, int depth)
{
    enum { NAMES_FIRST = 64 };
    size_t n = 0, cap = NAMES_FIRST;
    const char **names = ARENA_ARRAY(&j->arena, cap, const char *);
    DIR *folder = opendir(path);
    if (!folder) {
        return err_set(&j->err, ERR_INPUT, "the folder %s cannot be read", path);
    }
    for (struct dirent *e = readdir(folder); e; e = readdir(folder)) {
        if (e->d_name[0] == '.') {
            continue;
        }
        if (n == cap) {
            const char **more = ARENA_ARRAY(&j->arena, 2 * cap, const char *);
            memcpy(more, names, n * sizeof *names);
            names = more;
            cap *= 2;
        }
        struct buf child;
        buf_init(&child, &j->arena);
        buf_printf(&child, "%s/%s", path, e->d_name);
        names[n++] = buf_cstr(&child);
    }
    (void)closedir(folder);
    qsort(names, n, sizeof *names, by_name);
    for (size_t i = 0; i < n; i++) {
        if (!add_path(j, names[i], depth + 1, false)) {
            return false;
        }
    }
    return true;
}

/* A folder stands for the files below it that could be meant; what is named is taken as it is. */
static bool add_path(struct job *j, const char *path, int depth, bool is_named)
{
    struct stat st;
    if (strcmp(path, "-") != 0 && stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
        return depth > DEPTH_MAX || walk(j, path, depth);
    }
    if (!is_named && !is_readable_kind(str_of(path))) {
        return true;
    }
    if (j->n_paths == FILES_MAX) {
        return err_set(&j->err, ERR_LIMIT, "there are more than %d files", FILES_MAX);
    }
    j->paths[j->n_paths++] = path;
    return true;
}

static struct str file_title(const struct job *j, const char *path)
{
    bool is_stdin = strcmp(path, "-") == 0;
    return is_stdin && j->o->stdin_name ? str_of(j->o->stdin_name) : str_of(path);
}

static bool read_table(struct job *j, const struct json_doc **out, struct str name, struct str text)
{
    const struct table_column *columns = NULL;
    const struct resource *r = &j->contract->resources[0];
    const struct operation *op = j->check.op;
    struct json schema = op && op->has_body ? op->body_schema_source : r->schema;
    size_t n = table_columns(&columns, &j->arena, j->contract, schema);
    return read_csv(out, &j->arena, name, text, columns, n, &j->findings, &j->err);
}

/* The document of a file; false where there is none: the findings say why. */
static bool read_document(struct job *j, struct str name, struct str text, struct json *out)
{
    const struct json_limits limits = {.allow_bom = true};
    const struct json_doc *doc = NULL;
    const char *advice = NULL, *binary = read_binary_name(text, &advice);
    struct yaml_result yaml = {0};
    bool is_read = false;
    if (binary) {
        struct finding f = {
            .rule = STR("J002"), .severity = SEVERITY_ERROR, .file = name, .item = SIZE_MAX};
        f.message = findings_text(&j->findings, "this is %s", binary);
        f.hint = findings_text(&j->findings, "%s", advice ? advice : "");
        findings_add(&j->findings, &f);
        return false;
    }
    if (str_ends(name, STR(".csv")) || str_ends(name, STR(".tsv"))) {
        is_read = read_table(j, &doc, name, text);
    } else if (str_ends(name, STR(".yaml")) || str_ends(name, STR(".yml"))) {
        is_read = read_yaml(&yaml, &j->arena, name, text, &j->findings, &j->err);
        doc = yaml.doc;
    } else {
        is_read = json_parse(&doc, &j->arena, name, text, &limits, &j->findings, &j->err);
    }
    *out = is_read ? json_root(doc) : (struct json){0};
    return is_read;
}

static bool open_profile(struct job *j, struct json first)
{
    struct policy_choice choices[OPTION_LIST_MAX];
    struct str said = json_str_or(json_get(first, STR("profile")), STR("genesys-cloud"));
    struct tenant *tenant = NULL;
    struct buf name;
    buf_init(&name, &j->arena);
    buf_put(&name, j->o->profile ? str_of(j->o->profile) : said);
    for (size_t i = 0; i < j->o->policies.n; i++) {
        struct str all = str_of(j->o->policies.at[i]);
        size_t sign = str_find_char(all, '=');
        choices[i] =
            (struct policy_choice){str_slice(all, 0, sign), str_slice(all, sign + 1, all.len)};
    }
    struct findings own;
    findings_init(&own, &j->arena);
    if (!contract_open(&j->contract, buf_cstr(&name), choices, j->o->policies.n, &own, &j->err)) {
        return false;
    }
    struct buf which;
    buf_init(&which, &j->arena);
    buf_put(&which, j->o->tenant ? str_of(j->o->tenant) : j->contract->default_tenant);
    if (!tenant_open(&tenant, j->contract, buf_cstr(&which), &own, &j->err)) {
        return false;
    }
    j->trial = trial_new(j->contract, tenant);
    j->check = (struct check){.contract = j->contract,
                              .tenant = trial_tenant(j->trial),
                              .ask = trial_ask,
                              .ctx = j->trial,
                              .arena = &j->arena,
                              .fs = &j->findings};
    if (j->o->operation) {
        j->check.op = contract_operation(j->contract, str_of(j->o->operation));
        if (!j->check.op) {
            return err_set(&j->err, ERR_INPUT,
                           "%.*s has no operation \"%s\"; rehearse profile show lists them",
                           STR_ARG(j->contract->name), j->o->operation);
        }
    }
    return true;
}

/* What a reader says of a text as a whole is a finding of it. */
static bool tell(struct job *j, struct str name)
{
    if (j->findings.errors == 0) {
        struct finding f = {
            .rule = STR("J002"), .severity = SEVERITY_ERROR, .file = name, .item = SIZE_MAX};
        f.line = j->err.line;
        f.column = j->err.column;
        f.message = findings_text(&j->findings, "%s", j->err.msg);
        findings_add(&j->findings, &f);
    }
    j->err = (struct err){0};
    return true;
}

static bool check_file(struct job *j, const char *path)
{
    struct str text, name = file_title(j, path);
    struct json root;
    if (!file_read(&text, &j->arena, path, FILE_BYTES_MAX, &j->err)) {
        return false;
    }
    j->files[j->n_files++] = (struct report_file){name, text};
    if (!j->contract) { /* the first JSON file may say for which profile it is */
        const struct json_doc *doc = NULL;
        bool is_json = json_parse(&doc, &j->arena, name, text, NULL, NULL, NULL);
        if (!open_profile(j, is_json ? json_root(doc) : (struct json){0})) {
            return false;
        }
    }
    enum traffic_kind traffic = j->o->from ? TRAFFIC_NONE : traffic_kind_of(text);
    if (traffic != TRAFFIC_NONE) {
        struct recording recording = {0};
        if (!read_traffic(&recording, &j->arena, j->contract, name, text, &j->findings, &j->err)) {
            return tell(j, name);
        }
        check_traffic(&j->check, &recording, name);
    } else if (read_document(j, name, text, &root)) {
        struct buf said;
        buf_init(&said, &j->arena);
        enum document_kind kind =
            j->o->from ? document_kind_named(str_of(j->o->from)) : document_kind_of(root);
        check_document(&j->check, root, kind, &said);
        if (said.len && !j->o->is_quiet) {
            fprintf(stderr, "%.*s: taken %.*s\n", STR_ARG(name), STR_ARG(buf_str(&said)));
        }
    }
    j->err = (struct err){0};
    return true;
}

/* "S,U202": a rule or its family is among them. */
static bool is_listed(const struct option_list *list, struct str rule)
{
    for (size_t i = 0; i < list->n; i++) {
        struct str rest = str_of(list->at[i]), one;
        while (rest.len && str_cut(&rest, ',', &one)) {
            one = str_trim(one);
            if (one.len && str_starts(rule, one)) {
                return true;
            }
        }
    }
    return false;
}

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

static const struct report_fix *fix_of(struct job *j, const struct finding *f)
{
    if (!f->replacement.s || f->span.to <= f->span.from) {
        return NULL;
    }
    struct report_fix *fix = ARENA_NEW(&j->arena, struct report_fix);
    struct report_edit *edit = ARENA_NEW(&j->arena, struct report_edit);
    struct buf text;
    buf_init(&text, &j->arena);
    buf_put_json_string(&text, f->replacement);
    *edit = (struct report_edit){f->span,     f->line,       f->column,
                                 f->end_line, f->end_column, buf_str(&text)};
    *fix = (struct report_fix){.about = f->hint, .edits = edit, .n_edits = 1};
    return fix;
}

static void make_report(struct job *j, struct report *r)
{
    struct report_item *items = ARENA_ARRAY(&j->arena, j->findings.len + 1, struct report_item);
    struct report_rule *rules = NULL;
    *r = (struct report){.items = items,
                         .files = j->files,
                         .n_files = j->n_files,
                         .skips = j->check.skips,
                         .n_skips = j->check.n_skips,
                         .version = STR(REHEARSE_VERSION),
                         .command = STR("check")};
    findings_sort(&j->findings);
    for (size_t i = 0; i < j->findings.len; i++) {
        struct report_item *item = &items[r->n_items];
        struct finding f = j->findings.at[i];
        bool is_kept = (!j->o->select.n || is_listed(&j->o->select, f.rule)) &&
                       !is_listed(&j->o->ignore, f.rule);
        if (!is_kept) {
            continue;
        }
        f.severity = severity_of(j->o, &f);
        *item = (struct report_item){.finding = f,
                                     .entity = {f.entity_type, f.entity_id, f.entity_name}};
        item->fixes = fix_of(j, &f);
        item->n_fixes = item->fixes != NULL;
        r->n_items++;
        r->summary.errors += f.severity == SEVERITY_ERROR;
        r->summary.warnings += f.severity == SEVERITY_WARNING;
        r->summary.notes += f.severity == SEVERITY_NOTE;
    }
    r->n_rules = rules_of(&rules, &j->arena, r->items, r->n_items);
    r->rules = rules;
    r->summary.files = j->n_files;
    r->summary.entities = j->check.n_entities;
    r->summary.skipped = j->check.n_skips;
}

static bool write_reports(struct job *j, const struct report *r)
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
    fwrite(out.s ? out.s : "", 1, out.len, stdout);
    for (size_t i = 0; i < j->o->outputs.n; i++) {
        struct str all = str_of(j->o->outputs.at[i]);
        size_t sign = str_find_char(all, '=');
        enum report_kind kind = report_kind_of(str_slice(all, 0, sign));
        buf_clear(&out);
        report_write(&out, kind, r);
        if (!file_write(str_cstr(&j->arena, str_slice(all, sign + 1, all.len)), buf_str(&out), 0644,
                        &j->err)) {
            return false;
        }
    }
    return fflush(stdout) == 0 || err_set(&j->err, ERR_SYSTEM, "the report cannot be written");
}

static int exit_of(const struct check_options *o, const struct report_summary *s)
{
    const char *from = o->fail_on ? o->fail_on : "error";
    bool is_bad = strcmp(from, "never") != 0 && s->errors > 0;
    is_bad = is_bad || (strcmp(from, "warning") == 0 && s->warnings > 0);
    is_bad = is_bad || (strcmp(from, "note") == 0 && s->warnings + s->notes > 0);
    return is_bad || s->warnings > o->max_warnings ? EXIT_FINDINGS : EXIT_WELL;
}

static bool check_words(const struct check_options *o, struct err *err)
{
    static const char *const levels[] = {"error", "warning", "note", "never"};
    bool is_level = !o->fail_on;
    for (size_t i = 0; o->fail_on && i < 4; i++) {
        is_level = is_level || strcmp(o->fail_on, levels[i]) == 0;
    }
    if (!is_level) {
        return err_set(err, ERR_INPUT, "--fail-on is error, warning, note or never, not \"%s\"",
                       o->fail_on);
    }
    if (o->from && document_kind_named(str_of(o->from)) == DOCUMENT_KIND_COUNT) {
        return err_set(err, ERR_INPUT,
                       "--from is payload, changes, tenant or terraform, not \"%s\"", o->from);
    }
    if (o->format && report_kind_of(str_of(o->format)) == REPORT_KIND_COUNT) {
        return err_set(err, ERR_INPUT, "there is no format \"%s\"; rehearse check --help has all",
                       o->format);
    }
    for (size_t i = 0; i < o->outputs.n; i++) {
        struct str all = str_of(o->outputs.at[i]);
        size_t sign = str_find_char(all, '=');
        struct str kind = str_slice(all, 0, sign);
        if (sign + 1 >= all.len || report_kind_of(kind) == REPORT_KIND_COUNT) {
            return err_set(err, ERR_INPUT, "--output %s: FORMAT=FILE, as sarif=check.sarif",
                           o->outputs.at[i]);
        }
    }
    return true;
}

static void print_summary(const struct job *j, const struct report *r, int status)
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

static int run(const struct command *command, void *values, char **arguments, size_t n)
{
    struct job *j = MEM_NEW(struct job);
    struct report report;
    int status = EXIT_WELL;
    (void)command;
    j->o = values;
    arena_init(&j->arena, 1 << 16, 0);
    findings_init(&j->findings, &j->arena);
    j->findings.max = FINDINGS_KEPT;
    bool is_well = check_words(j->o, &j->err);
    for (size_t i = 0; i < n && is_well; i++) {
        is_well = add_path(j, arguments[i], 0, true);
    }
    is_well =
        is_well && (j->n_paths > 0 ||
                    err_set(&j->err, ERR_INPUT, "there is no file to check below what was named"));
    for (size_t i = 0; i < j->n_paths && is_well; i++) {
        is_well = check_file(j, j->paths[i]);
    }
    if (is_well) {
        make_report(j, &report);
        status = exit_of(j->o, &report.summary);
        is_well = write_reports(j, &report);
        if (!j->o->is_quiet && is_well) {
            print_summary(j, &report, status);
        }
    }
    status = is_well ? status : cli_fail(&j->err);
    check_done(&j->check);
    trial_free(j->trial);
    contract_free(j->contract);
    arena_done(&j->arena);
    mem_free(j);
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
    .options = options,
    .arguments_min = 1,
    .arguments_max = FILES_MAX,
    .defaults = defaults,
    .run = run,
    .values_size = sizeof(struct check_options),
};
