/* One run of `rehearse check`: each input read and put to the tenant, the findings made a report. */
#include "cli/floor.h"
#include "cli/own_files.h"

#include <stdio.h>
#include <string.h>

enum { FILE_BYTES_MAX = 512 << 20, RULE_BYTES_MAX = 4 << 20, FINDINGS_KEPT = 200000 };

static bool read_table(struct check_job *j, const struct json_doc **out, struct str name,
                       struct str text, struct err *err)
{
    const struct table_column *columns = NULL;
    const struct resource *r = &j->contract->resources[0];
    const struct operation *op = j->check.op;
    struct json schema = op && op->has_body ? op->body_schema_source : r->schema;
    size_t n = table_columns(&columns, &j->arena, j->contract, schema);
    return read_csv(out, &j->arena, name, text, columns, n, &j->findings, err);
}

/* The document of a file; false where there is none: the findings say why. */
static bool read_document(struct check_job *j, struct str name, struct str text, struct json *out,
                          struct err *err)
{
    const struct json_limits limits = {.allow_bom = true};
    const struct json_doc *doc = NULL;
    const char *advice = NULL, *binary = read_binary_name(text, &advice);
    struct yaml_result yaml = {0};
    bool is_read = false;
    if (binary) {
        struct finding f = {.rule = STR("J001"),
                            .severity = SEVERITY_ERROR,
                            .file = name,
                            .span = {0, text.len < 2 ? text.len : 2},
                            .item = SIZE_MAX};
        json_lines_place(json_lines_of(&j->arena, str_slice(text, 0, f.span.to)), &f);
        f.message = findings_text(&j->findings, "this is %s, no text in UTF-8", binary);
        f.hint = findings_text(&j->findings, "%s", advice ? advice : "");
        findings_add(&j->findings, &f);
        return false;
    }
    if (str_ends(name, STR(".csv")) || str_ends(name, STR(".tsv"))) {
        is_read = read_table(j, &doc, name, text, err);
    } else if (str_ends(name, STR(".yaml")) || str_ends(name, STR(".yml"))) {
        is_read = read_yaml(&yaml, &j->arena, name, text, &j->findings, err);
        doc = yaml.doc;
        if (is_read) {
            accept_comments(&j->accept, name, &yaml, &j->findings);
        }
    } else {
        is_read = json_parse(&doc, &j->arena, name, text, &limits, &j->findings, err);
    }
    *out = is_read ? json_root(doc) : (struct json){0};
    return is_read;
}

static bool open_profile(struct check_job *j, struct json first, struct err *err)
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
    if (!contract_open(&j->contract, buf_cstr(&name), choices, j->o->policies.n, &own, err)) {
        return false;
    }
    struct buf which;
    buf_init(&which, &j->arena);
    buf_put(&which, j->o->tenant ? str_of(j->o->tenant) : j->contract->default_tenant);
    if (!tenant_open(&tenant, j->contract, buf_cstr(&which), &own, err)) {
        return false;
    }
    j->trial = trial_new(j->contract, tenant);
    trial_hush(j->trial);
    j->check = (struct check){.contract = j->contract,
                              .tenant = trial_tenant(j->trial),
                              .ask = trial_ask,
                              .ctx = j->trial,
                              .floor = floor_findings,
                              .gives_back = true,
                              .arena = &j->arena,
                              .fs = &j->findings};
    if (j->o->operation) {
        j->check.op = contract_operation(j->contract, str_of(j->o->operation));
        if (!j->check.op) {
            return err_set(err, ERR_INPUT,
                           "%.*s has no operation \"%s\"; rehearse profile show lists them",
                           STR_ARG(j->contract->name), j->o->operation);
        }
    }
    return true;
}

/* What a reader says of a text as a whole is a finding of it. */
static void tell(struct check_job *j, struct str name, struct err *err)
{
    if (j->findings.errors == 0) {
        struct finding f = {
            .rule = STR("J002"), .severity = SEVERITY_ERROR, .file = name, .item = SIZE_MAX};
        f.line = err->line;
        f.column = err->column;
        f.message = findings_text(&j->findings, "%s", err->msg);
        findings_add(&j->findings, &f);
    }
    *err = (struct err){0};
}

static bool read_input(struct check_input *input, struct arena *a, struct err *err)
{
    if (input->text.s) {
        return true;
    }
    bool is_read = file_read(&input->text, a, input->path, FILE_BYTES_MAX, err);
    input->original = input->text;
    return is_read;
}

/* One of rehearse's own files, or a document for the tenant. */
static void check_root(struct check_job *j, struct str name, struct str text, struct json root,
                       struct buf *said)
{
    struct str from = j->o->from ? str_of(j->o->from) : STR("");
    enum document_kind kind = document_kind_named(from);
    const struct own_file *own = from.len ? own_file_named(from) : own_file_of(root, name);
    bool is_json = str_eq(json_doc_text(root.doc), text);
    if (own && is_json) {
        buf_printf(said, "as %.*s", STR_ARG(own_file_title(own)));
        own_file_check(own, j, name, text, root);
        return;
    }
    kind = kind == DOCUMENT_KIND_COUNT ? document_kind_of(root) : kind;
    check_document(&j->check, root, kind, said);
    j->snapshot = kind == DOCUMENT_TENANT ? root : j->snapshot;
    if (j->rules && kind == DOCUMENT_TENANT) {
        user_rules_snapshot(j->rules, &j->check, root);
    }
}

static void check_text(struct check_job *j, struct str name, struct str text, struct err *err)
{
    struct json root;
    enum traffic_kind traffic = j->o->from ? TRAFFIC_NONE : traffic_kind_of(text);
    if (traffic != TRAFFIC_NONE) {
        struct recording recording = {0};
        if (!read_traffic(&recording, &j->arena, j->contract, name, text, &j->findings, err)) {
            tell(j, name, err);
            return;
        }
        check_traffic(&j->check, &recording, name);
    } else if (read_document(j, name, text, &root, err)) {
        struct buf said;
        buf_init(&said, &j->arena);
        check_root(j, name, text, root, &said);
        if (said.len && !j->o->is_quiet && !j->is_silent) {
            fprintf(stderr, "%.*s: taken %.*s\n", STR_ARG(name), STR_ARG(buf_str(&said)));
        }
    }
    *err = (struct err){0};
}

static bool check_file(struct check_job *j, struct check_input *input, struct err *err)
{
    if (!read_input(input, &j->in->arena, err)) {
        return false;
    }
    struct str name = input->name, text = input->text;
    j->files[j->n_files++] = (struct report_file){name, text};
    if (!j->contract) { /* the first JSON file may say for which profile it is */
        const struct json_doc *doc = NULL;
        bool is_json = json_parse(&doc, &j->arena, name, text, NULL, NULL, NULL);
        struct json root = is_json ? json_root(doc) : (struct json){0};
        if (own_file_of(root, name)) {
            root = (struct json){0}; /* what it says there is its own loader's */
        }
        if (!open_profile(j, root, err)) {
            return false;
        }
    }
    check_text(j, name, text, err);
    return true;
}

static bool read_rules(struct check_job *j, struct err *err)
{
    struct str text;
    j->rules = user_rules_new(&j->arena);
    for (size_t i = 0; i < j->o->rules.n; i++) {
        const char *path = j->o->rules.at[i];
        if (!file_read(&text, &j->arena, path, RULE_BYTES_MAX, err) ||
            !user_rules_read(j->rules, str_of(path), text, err)) {
            return false;
        }
    }
    return true;
}

bool check_job_run(struct check_job *j, const struct check_options *o, struct check_inputs *in,
                   struct err *err)
{
    *j = (struct check_job){.o = o, .in = in, .is_silent = j->is_silent, .config = j->config};
    arena_init(&j->arena, 1 << 16, 0);
    findings_init(&j->findings, &j->arena);
    j->findings.max = FINDINGS_KEPT;
    j->accept.arena = &j->arena;
    j->files = ARENA_ARRAY(&j->arena, in->n + 2, struct report_file);
    if (o->rules.n && !read_rules(j, err)) {
        return false;
    }
    for (size_t i = 0; i < in->n; i++) {
        if (!check_file(j, &in->at[i], err)) {
            return false;
        }
    }
    j->n_inputs = j->n_files;
    if (j->rules) {
        user_rules_tenant(j->rules, &j->check);
    }
    if (!check_report_read(j, err)) {
        return false;
    }
    check_report_make(j);
    return true;
}

void check_job_done(struct check_job *j)
{
    const struct check_config *config = j->config;
    check_report_done(j);
    user_rules_free(j->rules);
    check_done(&j->check);
    trial_free(j->trial);
    contract_free(j->contract);
    arena_done(&j->arena);
    *j = (struct check_job){.config = config};
}
