/* A scenario's text becomes a struct scenario. The schema finds what is of the wrong kind; what is left to
 * check here are dates, rule ids and what excludes each other. */
#include "replay/scenario.h"

#include <string.h>

static void complain(struct findings *fs, struct json at, struct str message)
{
    struct finding f = json_finding(fs, at, STR("X101"), SEVERITY_ERROR);
    f.message = message;
    (void)findings_add(fs, &f);
}

static const char *text_at(struct arena *a, struct json v)
{
    const char *text = str_cstr(a, json_str_or(v, STR("")));
    return text ? text : "";
}

static struct str word_at(struct json of, struct str name)
{
    return json_str_or(json_get(of, name), STR(""));
}

/* A text or a list of them. */
static size_t read_names(struct arena *a, struct json v, const char *out[SCENARIO_LIST_MAX])
{
    size_t n = 0;
    if (json_kind(v) == JSON_STRING) {
        out[n++] = text_at(a, v);
    }
    if (json_kind(v) == JSON_ARRAY) {
        for (v = json_first(v); json_exists(v) && n < SCENARIO_LIST_MAX; v = json_next(v)) {
            out[n++] = text_at(a, v);
        }
    }
    return n;
}

static void read_setting(struct scenario *s, struct arena *a, struct json root, struct findings *fs)
{
    struct json clock = json_get(root, STR("clock")), tenant = json_get(root, STR("tenant"));
    s->about = word_at(root, STR("about"));
    s->n_profiles = read_names(a, json_get(root, STR("profile")), s->profiles);
    s->n_sinks = read_names(a, json_get(root, STR("sinks")), s->sinks);
    s->tenant = json_exists(tenant) ? text_at(a, tenant) : NULL;
    s->has_clock = json_exists(clock);
    if (s->has_clock && !date_parse(&s->clock_us, json_str_or(clock, STR("")))) {
        complain(fs, clock, STR("this is no date with a time and a zone, as 2026-01-05T09:00:00Z"));
    }
    s->timeout_ms = json_i64_or(json_get(root, STR("timeoutS")), 0) * 1000;
    s->has_seed = json_exists(json_get(root, STR("seed")));
    s->seed = (uint64_t)json_i64_or(json_get(root, STR("seed")), 1);
    s->allows_unexercised = json_is_true(json_get(root, STR("allowUnexercised")));
    struct json list = json_get(root, STR("policies"));
    for (struct json v = json_first(list); json_exists(v) && s->n_policies < SCENARIO_LIST_MAX;
         v = json_next(v)) {
        s->policies[s->n_policies++] = (struct policy_choice){json_key(v), json_str_or(v, STR(""))};
    }
    list = json_get(root, STR("allowHosts"));
    for (struct json v = json_first(list); json_exists(v) && s->n_hosts < SCENARIO_LIST_MAX;
         v = json_next(v)) {
        s->hosts[s->n_hosts++] = json_str_or(v, STR(""));
    }
    list = json_get(root, STR("env"));
    for (struct json v = json_first(list); json_exists(v) && s->n_env < SCENARIO_LIST_MAX;
         v = json_next(v)) {
        struct buf text;
        struct str name = json_key(v), value = json_str_or(v, STR(""));
        buf_init(&text, a);
        buf_printf(&text, "%.*s=%.*s", STR_ARG(name), STR_ARG(value));
        if (str_find_char(name, '=') < name.len || str_find_char(value, '\0') < value.len) {
            complain(fs, v, STR("no variable is called so, or can hold that"));
        }
        s->env[s->n_env++] = buf_cstr(&text);
    }
}

static void read_step(struct scenario_step *out, struct json v)
{
    struct json request = json_get(v, STR("request")), change = json_get(v, STR("change"));
    out->span = json_span(v);
    if (json_is_true(json_get(v, STR("revokeTokens")))) {
        out->verb = SCENARIO_REVOKE;
    } else if (json_exists(change)) {
        out->verb = SCENARIO_CHANGE;
        out->path = json_str_or(change, STR(""));
        out->method = word_at(v, STR("method"));
        out->method = out->method.len ? out->method : STR("PUT");
        out->body = json_source(json_get(v, STR("set")));
    } else {
        struct json body = json_get(request, STR("body"));
        out->verb = SCENARIO_REQUEST;
        out->method = word_at(request, STR("method"));
        out->path = word_at(request, STR("path"));
        out->body = json_exists(body) ? json_source(body) : STR("");
    }
}

static void read_actors(struct scenario *s, struct arena *a, struct json list)
{
    struct scenario_actor *actors = ARENA_ARRAY(a, json_count(list) + 1, struct scenario_actor);
    for (struct json v = json_first(list); json_exists(v); v = json_next(v)) {
        struct scenario_actor *actor = &actors[s->n_actors++];
        struct json before = json_get(v, STR("before")), steps = json_get(v, STR("do"));
        struct scenario_step *all = ARENA_ARRAY(a, json_count(steps) + 1, struct scenario_step);
        actor->name = word_at(v, STR("actor"));
        actor->request = (uint64_t)json_i64_or(json_get(before, STR("request")), 0);
        actor->operation = word_at(before, STR("operation"));
        actor->nth = (uint64_t)json_i64_or(json_get(before, STR("nth")), 1);
        actor->steps = all;
        for (struct json k = json_first(steps); json_exists(k); k = json_next(k)) {
            read_step(&all[actor->n_steps++], k);
        }
    }
    s->actors = actors;
}

/* A number, or {"min", "max"}; at least one where nothing is said. */
static void read_count(struct json v, int64_t *least, int64_t *most)
{
    int64_t n = 0;
    *least = 1;
    *most = INT64_MAX;
    if (json_i64(v, &n)) {
        *least = *most = n;
    } else if (json_exists(v)) {
        *least = json_i64_or(json_get(v, STR("min")), 0);
        *most = json_i64_or(json_get(v, STR("max")), INT64_MAX);
    }
}

static uint32_t line_of(const struct scenario *s, struct json v)
{
    uint32_t line = 0, column = 0;
    json_line_column(s->doc, json_span(v).from, &line, &column);
    return line;
}

static void read_exits(struct scenario *s, struct json v)
{
    int64_t n = 0;
    s->has_exit = json_exists(v);
    if (json_kind(v) == JSON_STRING) { /* "failure" */
        memset(s->exits, 0xFF, sizeof s->exits);
        s->exits[0] &= ~1ULL;
    } else if (json_i64(v, &n)) {
        s->exits[n / 64] |= 1ULL << (n % 64);
    } else {
        for (v = json_first(v); json_exists(v); v = json_next(v)) {
            n = json_i64_or(v, 0);
            s->exits[n / 64] |= 1ULL << (n % 64);
        }
    }
}

static void read_expectations(struct scenario *s, struct arena *a, struct json expect)
{
    struct json list = json_get(expect, STR("requests"));
    struct scenario_requests *requests =
        ARENA_ARRAY(a, json_count(list) + 1, struct scenario_requests);
    for (struct json v = json_first(list); json_exists(v); v = json_next(v)) {
        struct scenario_requests *r = &requests[s->n_requests++];
        *r = (struct scenario_requests){.operation = word_at(v, STR("operation")),
                                        .method = word_at(v, STR("method")),
                                        .path = word_at(v, STR("path")),
                                        .status = json_i64_or(json_get(v, STR("status")), 0),
                                        .line = line_of(s, v)};
        read_count(json_get(v, STR("count")), &r->least, &r->most);
    }
    s->requests = requests;
    list = json_get(expect, STR("state"));
    struct scenario_state *states = ARENA_ARRAY(a, json_count(list) + 1, struct scenario_state);
    for (struct json v = json_first(list); json_exists(v); v = json_next(v)) {
        struct scenario_state *t = &states[s->n_states++];
        struct json pointer = json_get(v, STR("pointer"));
        *t = (struct scenario_state){.is = json_get(v, STR("is")),
                                     .is_absent = json_is_true(json_get(v, STR("absent"))),
                                     .resource = word_at(v, STR("resource")),
                                     .has = json_get(v, STR("has")),
                                     .line = line_of(s, v)};
        t->pointer = json_exists(pointer) ? json_str_or(pointer, STR("")) : (struct str){0};
        read_count(json_get(v, STR("count")), &t->least, &t->most);
    }
    s->states = states;
    s->stdout_has = word_at(expect, STR("stdout"));
    read_exits(s, json_get(expect, STR("exit")));
}

static void read_rule(struct scenario *s, struct str *off, struct str *reasons, struct json v,
                      struct findings *fs)
{
    struct judge_params *p = &s->params;
    static const struct {
        struct str name;
        size_t offset;
        int64_t unit;
    } words[] = {
        {STR_INIT("marginS"), offsetof(struct judge_params, token_margin_us), US_PER_S},
        {STR_INIT("slackMs"), offsetof(struct judge_params, slack_us), US_PER_MS},
        {STR_INIT("tries"), offsetof(struct judge_params, retries_max), 1},
        {STR_INIT("conflicts"), offsetof(struct judge_params, conflicts_max), 1},
        {STR_INIT("refreshes"), offsetof(struct judge_params, refreshes_max), 1},
        {STR_INIT("samePage"), offsetof(struct judge_params, same_page_max), 1},
    };
    if (!conduct_rule_find(json_key(v))) {
        complain(fs, v, STR("there is no conduct rule of that id; `rehearse rules` lists them"));
    }
    for (struct json m = json_first(v); json_exists(m); m = json_next(m)) {
        if (str_eq(json_key(m), STR("off"))) {
            off[p->n_off] = json_key(v);
            reasons[p->n_off++] = json_str_or(m, STR(""));
        }
        for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
            if (str_eq(json_key(m), words[i].name)) {
                *(int64_t *)(void *)((char *)p + words[i].offset) =
                    json_i64_or(m, 0) * words[i].unit;
            }
        }
    }
}

static void read_rules(struct scenario *s, struct arena *a, struct json rules, struct findings *fs)
{
    struct str *off = ARENA_ARRAY(a, json_count(rules) + 1, struct str),
               *reasons = ARENA_ARRAY(a, json_count(rules) + 1, struct str);
    for (struct json v = json_first(rules); json_exists(v); v = json_next(v)) {
        read_rule(s, off, reasons, v, fs);
    }
    s->params.off = off;
    s->params.off_reasons = reasons;
}

bool scenario_read(struct scenario *out, struct arena *a, struct str name, struct str text,
                   struct findings *fs, struct err *err)
{
    const struct json_doc *doc = NULL;
    size_t errors = fs->errors;
    *out = (struct scenario){.name = name};
    if (!json_parse(&doc, a, name, text, NULL, fs, err)) {
        return false;
    }
    struct json root = json_root(doc);
    if (format_check(STR("schema/scenario.schema.json"), root, fs, err)) {
        out->doc = doc;
        out->document = root;
        out->has_faults = json_count(json_get(root, STR("faults"))) > 0;
        read_setting(out, a, root, fs);
        read_actors(out, a, json_get(root, STR("actors")));
        read_expectations(out, a, json_get(root, STR("expect")));
        read_rules(out, a, json_get(root, STR("rules")), fs);
    }
    return fs->errors == errors ||
           err_set(err, ERR_INPUT, "the scenario %.*s is wrong", STR_ARG(name));
}
