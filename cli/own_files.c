#include "cli/own_files.h"

#include "replay/replay.h"
#include "sim/sim.h"

#include <string.h>

/* One file on its way through its loader. */
struct loading {
    struct check_job *job;
    struct arena *arena;
    struct str name, text;
    struct json root;
    struct findings *fs; /* its own list: what the reader has told is not told twice */
    struct err *err;
};

struct own_file {
    struct str kind, schema, title;
    bool (*looks)(struct json root, struct str name);
    bool (*load)(struct loading *l);
};

static bool has(struct json root, const char *member)
{
    return json_exists(json_get(root, str_of(member)));
}

static enum json_kind kind(struct json root, const char *member)
{
    return json_kind(json_get(root, str_of(member)));
}

/* --- what they look like --- */

static bool looks_profile(struct json root, struct str name)
{
    (void)name;
    return has(root, "x-rehearse");
}

static bool looks_workload(struct json root, struct str name)
{
    (void)name;
    return has(root, "contacts") && (has(root, "day") || has(root, "queues"));
}

static bool looks_sinks(struct json root, struct str name)
{
    (void)name;
    return kind(root, "sinks") == JSON_OBJECT && has(root, "format");
}

static bool looks_plan(struct json root, struct str name)
{
    (void)name;
    return kind(root, "steps") == JSON_ARRAY && has(root, "expects");
}

static bool looks_rules(struct json root, struct str name)
{
    (void)name;
    return kind(root, "rules") == JSON_ARRAY && has(root, "format");
}

static bool looks_scenario(struct json root, struct str name)
{
    static const char *const words[] = {"actors", "expect", "faults", "allowUnexercised",
                                        "allowHosts", "timeoutS"};
    bool has_word = false;
    (void)name;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        has_word = has_word || has(root, words[i]);
    }
    return has_word && has(root, "format") && !has(root, "resources");
}

static bool looks_faults(struct json root, struct str name)
{
    (void)name;
    return kind(root, "faults") == JSON_ARRAY;
}

static bool looks_config(struct json root, struct str name)
{
    return json_kind(root) == JSON_OBJECT &&
           (str_eq(name, STR("rehearse.json")) || str_ends(name, STR("/rehearse.json")) ||
            has(root, "fail-on") || has(root, "suppress") || has(root, "locked"));
}

/* --- their loaders --- */

static bool load_profile(struct loading *l)
{
    struct contract *c = NULL;
    bool is_loaded = contract_load(&c, l->name, l->text, NULL, 0, l->fs, l->err);
    if (is_loaded) {
        contract_free(c);
    }
    return is_loaded;
}

static bool load_faults(struct loading *l)
{
    return mock_check_faults(l->job->contract, l->root, l->fs, l->err) &&
           format_check(STR("schema/faults.schema.json"), l->root, l->fs, l->err);
}

/* One that leaves queues and agents to a tenant is whole only with it: `rehearse simulate` says the rest. */
static bool load_workload(struct loading *l)
{
    if (has(l->root, "tenant")) {
        return format_check(STR("schema/workload.schema.json"), l->root, l->fs, l->err);
    }
    struct sim_workload *w = ARENA_NEW(l->arena, struct sim_workload);
    return sim_workload_read(w, l->arena, l->root, l->fs, l->err);
}

static bool load_sinks(struct loading *l)
{
    struct sink_rules *rules = NULL;
    struct mock_sink file = {.name = l->name, .text = l->text};
    bool is_loaded = mock_read_sinks(&rules, &file, 1, l->fs, l->err);
    if (is_loaded) {
        mock_drop_sinks(rules);
    }
    return is_loaded;
}

static bool load_scenario(struct loading *l)
{
    struct scenario s = {.name = l->name};
    struct contract *own = NULL;
    if (!scenario_read(&s, l->arena, l->name, l->text, l->fs, l->err)) {
        return false;
    }
    if (s.n_profiles > 0 &&
        !contract_open(&own, s.profiles[0], s.policies, s.n_policies, l->fs, l->err)) {
        return false;
    }
    const struct contract *c = own ? own : l->job->contract;
    bool is_well = scenario_check(&s, c, l->err);
    if (s.has_faults) {
        is_well = mock_check_faults(c, s.document, l->fs, l->err) && is_well;
    }
    contract_free(own);
    return is_well;
}

static bool load_rules(struct loading *l)
{
    struct user_rules *rules = user_rules_new(l->arena);
    bool is_well = format_check(STR("schema/user-rules.schema.json"), l->root, l->fs, l->err) &&
                   user_rules_read(rules, l->name, l->text, l->err);
    user_rules_free(rules);
    return is_well;
}

static bool load_config(struct loading *l)
{
    struct check_config *c = ARENA_NEW(l->arena, struct check_config);
    struct check_options *o = ARENA_NEW(l->arena, struct check_options);
    if (!format_check(STR("schema/config.schema.json"), l->root, l->fs, l->err)) {
        return false;
    }
    check_option_defaults(o);
    bool is_well = check_config_text(c, o, l->name, l->text, l->err) &&
                   check_option_words(o, l->err);
    for (size_t i = 0; i < c->findings.len; i++) {
        struct finding f = c->findings.at[i];
        f.message = str_copy(l->arena, f.message);
        f.pointer = str_copy(l->arena, f.pointer);
        f.field = str_copy(l->arena, f.field);
        f.value = f.value.s ? str_copy(l->arena, f.value) : f.value;
        f.file = l->name;
        findings_add(l->fs, &f);
    }
    check_config_done(c);
    return is_well;
}

static bool load_plan(struct loading *l)
{
    struct plan_head head = {0};
    struct plan plan = {0};
    struct contract *own = NULL;
    bool is_well = format_check(STR("schema/plan.schema.json"), l->root, l->fs, l->err) &&
                   plan_head_read(&head, l->arena, l->name, l->text, l->err) &&
                   contract_open(&own, str_cstr(l->arena, head.profile), head.policies,
                                 head.n_policies, l->fs, l->err) &&
                   plan_read(&plan, l->arena, own, l->name, l->text, l->err);
    contract_free(own);
    return is_well;
}

/* The first that it looks like. */
static const struct own_file files[] = {
    {STR_INIT("profile"), STR_INIT("profile.schema.json"), STR_INIT("a profile (--profile)"),
     looks_profile, load_profile},
    {STR_INIT("workload"), STR_INIT("workload.schema.json"),
     STR_INIT("a workload (rehearse simulate)"), looks_workload, load_workload},
    {STR_INIT("sinks"), STR_INIT("sinks.schema.json"), STR_INIT("a sinks file (--sinks)"),
     looks_sinks, load_sinks},
    {STR_INIT("plan"), STR_INIT("plan.schema.json"), STR_INIT("a plan (rehearse apply)"),
     looks_plan, load_plan},
    {STR_INIT("rules"), STR_INIT("user-rules.schema.json"),
     STR_INIT("rules of a team (--rules)"), looks_rules, load_rules},
    {STR_INIT("scenario"), STR_INIT("scenario.schema.json"),
     STR_INIT("a scenario (rehearse run)"), looks_scenario, load_scenario},
    {STR_INIT("faults"), STR_INIT("faults.schema.json"), STR_INIT("a fault file (--faults)"),
     looks_faults, load_faults},
    {STR_INIT("config"), STR_INIT("config.schema.json"), STR_INIT("a rehearse.json (--config)"),
     looks_config, load_config},
};

const struct own_file *own_file_of(struct json root, struct str name)
{
    struct str schema = json_str_or(json_get(root, STR("$schema")), STR(""));
    size_t n = sizeof files / sizeof *files;
    if (json_kind(root) != JSON_OBJECT) {
        return NULL;
    }
    for (size_t i = 0; i < n; i++) {
        if (str_ends(schema, files[i].schema)) {
            return &files[i];
        }
    }
    if (document_kind_of(root) != DOCUMENT_PAYLOAD) {
        return NULL;
    }
    for (size_t i = 0; i < n; i++) {
        if (files[i].looks(root, name)) {
            return &files[i];
        }
    }
    return NULL;
}

const struct own_file *own_file_named(struct str word)
{
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        if (str_eq(files[i].kind, word)) {
            return &files[i];
        }
    }
    return NULL;
}

struct str own_file_title(const struct own_file *f)
{
    return f->title;
}

/* --- what they find --- */

/* The value whose first byte stands at that line and column; the root where none does. */
static struct json value_at(struct json v, uint32_t line, uint32_t column)
{
    struct json best = v;
    for (struct json m = json_first(v); json_exists(m); m = json_next(m)) {
        uint32_t l, c;
        json_line_column(v.doc, json_span(m).from, &l, &c);
        if (l > line || (l == line && c > column)) {
            break;
        }
        best = m; /* the last one that begins before */
        if (l == line && c == column) {
            return m;
        }
    }
    return best.at == v.at ? v : value_at(best, line, column);
}

/* An error has a line and a column; a finding the value that stands there. */
static void add_error(const struct loading *l, const struct err *err)
{
    struct json at = err->line ? value_at(l->root, err->line, err->column) : l->root;
    struct finding f = json_finding(l->fs, at, STR("K912"), SEVERITY_ERROR);
    f.message = findings_text(l->fs, "%s", err->msg);
    f.value = (struct str){NULL, 0};
    findings_add(l->fs, &f);
}

static bool is_told(const struct findings *fs, const struct finding *f, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (str_eq(fs->at[i].rule, f->rule) && str_eq(fs->at[i].file, f->file) &&
            fs->at[i].span.from == f->span.from) {
            return true;
        }
    }
    return false;
}

void own_file_check(const struct own_file *f, struct check_job *j, struct str name, struct str text,
                    struct json root)
{
    struct err err = {0};
    struct findings found;
    size_t n = j->findings.len;
    findings_init(&found, &j->arena);
    struct loading l = {.job = j,
                        .arena = &j->arena,
                        .name = name,
                        .text = text,
                        .root = root,
                        .fs = &found,
                        .err = &err};
    bool is_well = f->load(&l);
    if (!is_well && found.errors == 0) {
        add_error(&l, &err);
    }
    for (size_t i = 0; i < found.len; i++) {
        struct finding own = found.at[i];
        own.rule = rule_find(own.rule) ? own.rule : STR("K912");
        if (!is_told(&j->findings, &own, n)) {
            findings_add(&j->findings, &own);
        }
    }
    j->check.n_entities++;
}
