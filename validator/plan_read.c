/* The plan file, read by who distrusts it. */
#include "validator/plan_int.h"

struct reader {
    struct arena *arena;
    const struct contract *contract;
    struct err *err;
    struct map symbols; /* made so far */
};

static bool known(struct reader *r, struct json obj, const char *const *names, const char *what)
{
    if (json_kind(obj) != JSON_OBJECT) {
        return json_err(r->err, obj, "%s is an object", what);
    }
    for (struct json m = json_first(obj); json_exists(m); m = json_next(m)) {
        size_t i = 0;
        while (names[i] && !str_eq(str_of(names[i]), json_key(m))) {
            i++;
        }
        if (!names[i]) {
            return json_err(r->err, m, "%s has no member \"%.*s\"", what, STR_ARG(json_key(m)));
        }
    }
    return true;
}

/* An optional text. */
static bool get(struct reader *r, struct json obj, const char *name, struct str *out)
{
    struct json v = json_get(obj, str_of(name));
    *out = json_str_or(v, STR(""));
    if (json_exists(v) && out->len == 0) {
        return json_err(r->err, v, "\"%s\" is a text, and not empty", name);
    }
    return true;
}

static bool get_values(struct reader *r, struct json obj, const struct plan_value **out,
                       size_t *out_n)
{
    struct plan_value *at = ARENA_ARRAY(r->arena, json_count(obj) + 1, struct plan_value);
    size_t n = 0;
    if (json_exists(obj) && json_kind(obj) != JSON_OBJECT) {
        return json_err(r->err, obj, "parameters are an object of texts");
    }
    for (struct json m = json_first(obj); json_exists(m); m = json_next(m)) {
        if (json_kind(m) != JSON_STRING) {
            return json_err(r->err, m, "a parameter is a text");
        }
        at[n++] = (struct plan_value){json_key(m), json_str(m)};
    }
    *out = at;
    *out_n = n;
    return true;
}

static bool is_made(struct reader *r, struct json at, struct str s)
{
    return !plan_is_symbol(s) || map_get(&r->symbols, s) ||
           json_err(r->err, at, "no step before this one makes \"%.*s\"", STR_ARG(s));
}

/* Every path parameter once, and nothing else; what they name is there by then. */
static bool check_path_values(struct reader *r, struct json at, const struct plan_step *s)
{
    size_t n = 0;
    for (size_t i = 0; i < s->op->n_segments; i++) {
        const struct segment *part = &s->op->segments[i];
        const struct plan_value *found = part->is_parameter ? plan_value_find(s, part->text) : NULL;
        if (part->is_parameter && (!found || !found->value.len)) {
            return json_err(r->err, at, "%.*s needs the path parameter \"%.*s\"",
                            STR_ARG(s->op->id), STR_ARG(part->text));
        }
        if (found && !is_made(r, at, found->value)) {
            return false;
        }
        n += found != NULL;
    }
    return n == s->n_path ||
           json_err(r->err, at, "%.*s has fewer path parameters", STR_ARG(s->op->id));
}

static bool check_query(struct reader *r, struct json at, const struct plan_step *s)
{
    for (size_t i = 0; i < s->n_query; i++) {
        bool is_there = false;
        for (size_t k = 0; k < s->op->n_parameters; k++) {
            const struct parameter *p = &s->op->parameters[k];
            is_there =
                is_there || (str_eq(p->in, STR("query")) && str_eq(p->name, s->query[i].name));
        }
        if (!is_there) {
            return json_err(r->err, at, "%.*s has no query parameter \"%.*s\"", STR_ARG(s->op->id),
                            STR_ARG(s->query[i].name));
        }
        if (!is_made(r, at, s->query[i].value)) {
            return false;
        }
    }
    return true;
}

/* As deep as the document, which is bounded. */
static bool check_body(struct reader *r, struct json v)
{
    if (json_kind(v) == JSON_STRING) {
        return is_made(r, v, json_str(v));
    }
    for (struct json m = json_first(v); json_exists(m); m = json_next(m)) {
        if (!check_body(r, m)) {
            return false;
        }
    }
    return true;
}

static bool get_expects(struct reader *r, struct json list, size_t n_known, struct plan_step *out)
{
    size_t *at = ARENA_ARRAY(r->arena, json_count(list) + 1, size_t);
    if (json_exists(list) && json_kind(list) != JSON_ARRAY) {
        return json_err(r->err, list, "\"expects\" of a step is a list of numbers");
    }
    for (struct json m = json_first(list); json_exists(m); m = json_next(m)) {
        int64_t i = -1;
        if (!json_i64(m, &i) || i < 0 || (uint64_t)i >= n_known) {
            return json_err(r->err, m, "this is no place in the plan's \"expects\"");
        }
        at[out->n_expects++] = (size_t)i;
    }
    out->expects = at;
    return true;
}

static bool get_members(struct reader *r, struct json list, struct plan_step *out)
{
    static const char *const names[] = {"field", "from", "to", NULL};
    struct plan_member *at = ARENA_ARRAY(r->arena, json_count(list) + 1, struct plan_member);
    if (json_exists(list) && json_kind(list) != JSON_ARRAY) {
        return json_err(r->err, list, "\"changes\" is a list");
    }
    for (struct json m = json_first(list); json_exists(m); m = json_next(m)) {
        struct plan_member *one = &at[out->n_members++];
        struct json before = json_get(m, STR("from")), after = json_get(m, STR("to"));
        if (!known(r, m, names, "a change") || !get(r, m, "field", &one->field)) {
            return false;
        }
        one->before = json_exists(before) ? json_source(before) : STR("");
        one->after = json_exists(after) ? json_source(after) : STR("");
    }
    out->members = at;
    return true;
}

static bool get_resource(struct reader *r, struct json obj, const struct resource **out)
{
    struct json v = json_get(obj, STR("resource"));
    *out = contract_resource(r->contract, json_str_or(v, STR("")));
    return *out || !json_exists(v) ||
           json_err(r->err, v, "%.*s has no resource of this name", STR_ARG(r->contract->name));
}

static bool get_verb(struct json v, enum plan_verb *out)
{
    unsigned verb = 0;
    while (verb < PLAN_VERB_COUNT &&
           !str_eq(plan_verb_name((enum plan_verb)verb), json_str_or(v, STR("")))) {
        verb++;
    }
    *out = (enum plan_verb)verb;
    return verb < PLAN_VERB_COUNT;
}

/* What it makes has a name of its own. */
static bool get_makes(struct reader *r, struct json m, struct plan_step *out)
{
    struct json v = json_get(m, STR("makes"));
    if (!get(r, m, "makes", &out->makes)) {
        return false;
    }
    if (out->makes.len && (!plan_is_symbol(out->makes) || map_get(&r->symbols, out->makes))) {
        return json_err(r->err, v, "\"makes\" is a name like @new-1 that no other step makes");
    }
    return true;
}

static bool get_step(struct reader *r, struct json m, size_t n_expects, struct plan_step *out)
{
    static const char *const names[] = {"does",    "resource", "id",   "name",  "operation",
                                        "path",    "query",    "body", "makes", "etag",
                                        "expects", "changes",  NULL};
    struct json operation = json_get(m, STR("operation")), body = json_get(m, STR("body"));
    struct json etag = json_get(m, STR("etag"));
    if (!known(r, m, names, "a step") || !get(r, m, "id", &out->id) ||
        !get(r, m, "name", &out->name) || !get_resource(r, m, &out->resource)) {
        return false;
    }
    out->op = contract_operation(r->contract, json_str_or(operation, STR("")));
    if (!out->op) {
        return json_err(r->err, json_exists(operation) ? operation : m,
                        "%.*s has no operation of this name", STR_ARG(r->contract->name));
    }
    if (!get_verb(json_get(m, STR("does")), &out->verb)) {
        return json_err(r->err, m, "\"does\" is create, change, delete, link, unlink or call");
    }
    if (json_exists(etag) && json_kind(etag) != JSON_BOOL) {
        return json_err(r->err, etag, "\"etag\" is true or false");
    }
    out->sends_etag = json_is_true(etag);
    out->body = json_exists(body) ? json_source(body) : STR("");
    if (!get_values(r, json_get(m, STR("path")), &out->path, &out->n_path) ||
        !get_values(r, json_get(m, STR("query")), &out->query, &out->n_query) ||
        !check_path_values(r, m, out) || !check_query(r, m, out) || !check_body(r, body) ||
        !is_made(r, m,
                 out->id.len && str_eq(out->id, json_str_or(json_get(m, STR("makes")), STR("")))
                     ? STR("")
                     : out->id) ||
        !get_makes(r, m, out)) {
        return false;
    }
    return get_expects(r, json_get(m, STR("expects")), n_expects, out) &&
           get_members(r, json_get(m, STR("changes")), out);
}

static bool get_steps(struct reader *r, struct json list, struct plan *out)
{
    struct plan_step *at = ARENA_ARRAY(r->arena, json_count(list) + 1, struct plan_step);
    if (json_kind(list) != JSON_ARRAY || json_count(list) > PLAN_STEPS_MAX) {
        return json_err(r->err, list, "\"steps\" is a list of at most %d steps", PLAN_STEPS_MAX);
    }
    for (struct json m = json_first(list); json_exists(m); m = json_next(m)) {
        struct plan_step *step = &at[out->n_steps++];
        if (!get_step(r, m, out->n_expects, step)) {
            return false;
        }
        if (step->makes.len) {
            (void)map_put(&r->symbols, step->makes, step);
        }
    }
    out->steps = at;
    return true;
}

static bool get_expected(struct reader *r, struct json list, struct plan *out)
{
    static const char *const names[] = {"resource", "id", "name", "version", "fingerprint", NULL};
    struct plan_expect *at = ARENA_ARRAY(r->arena, json_count(list) + 1, struct plan_expect);
    if (json_kind(list) != JSON_ARRAY) {
        return json_err(r->err, list, "\"expects\" is a list");
    }
    for (struct json m = json_first(list); json_exists(m); m = json_next(m)) {
        struct plan_expect *e = &at[out->n_expects++];
        if (!known(r, m, names, "what a plan expects") || !get_resource(r, m, &e->resource) ||
            !get(r, m, "id", &e->id) || !get(r, m, "name", &e->name) ||
            !get(r, m, "version", &e->version) || !get(r, m, "fingerprint", &e->fingerprint)) {
            return false;
        }
        if (!e->resource || !e->id.len) {
            return json_err(r->err, m, "what a plan expects has a \"resource\" and an \"id\"");
        }
    }
    out->expects = at;
    return true;
}

static bool get_head(struct reader *r, struct json root, struct plan_head *out)
{
    int64_t format = 0;
    struct json version = json_get(root, STR("format")), all = json_get(root, STR("policies"));
    const struct plan_value *at = NULL;
    if (json_kind(root) != JSON_OBJECT ||
        !str_eq(json_str_or(json_get(root, STR("kind")), STR("")), STR("plan"))) {
        return json_err(r->err, root, "this is no plan: it has no \"kind\": \"plan\"");
    }
    if (!json_i64(version, &format) || format != PLAN_FORMAT) {
        return json_err(r->err, json_exists(version) ? version : root,
                        "a plan of another format: this program reads format %d; plan again",
                        PLAN_FORMAT);
    }
    if (!get(r, root, "profile", &out->profile) || !get_values(r, all, &at, &out->n_policies)) {
        return false;
    }
    struct policy_choice *choices =
        ARENA_ARRAY(r->arena, out->n_policies + 1, struct policy_choice);
    for (size_t i = 0; i < out->n_policies; i++) {
        choices[i] = (struct policy_choice){at[i].name, at[i].value};
    }
    out->policies = choices;
    return out->profile.len || json_err(r->err, root, "the plan does not say its \"profile\"");
}

static bool parse(struct reader *r, struct json *out, struct str name, struct str text)
{
    const struct json_doc *doc = NULL;
    if (!json_parse(&doc, r->arena, name, text, NULL, NULL, r->err)) {
        return false;
    }
    *out = json_root(doc);
    return true;
}

bool plan_head_read(struct plan_head *out, struct arena *a, struct str name, struct str text,
                    struct err *err)
{
    struct reader r = {.arena = a, .err = err};
    struct json root;
    *out = (struct plan_head){0};
    return parse(&r, &root, name, text) && get_head(&r, root, out);
}

static bool get_from(struct reader *r, struct json list, struct plan *out)
{
    struct str *at = ARENA_ARRAY(r->arena, json_count(list) + 1, struct str);
    for (struct json m = json_first(list); json_exists(m); m = json_next(m)) {
        if (json_kind(m) != JSON_STRING) {
            return json_err(r->err, m, "\"from\" is a list of texts");
        }
        at[out->n_from++] = json_str(m);
    }
    out->from = at;
    return true;
}

static bool get_plan(struct reader *r, struct json root, struct plan *out)
{
    static const char *const names[] = {"$schema", "format", "kind",    "profile", "policies",
                                        "tenant",  "from",   "expects", "steps",   NULL};
    struct plan_head head = {0};
    if (!get_head(r, root, &head) || !known(r, root, names, "a plan")) {
        return false;
    }
    if (!str_eq(head.profile, r->contract->name)) {
        return json_err(r->err, json_get(root, STR("profile")), "this plan is for %.*s, not %.*s",
                        STR_ARG(head.profile), STR_ARG(r->contract->name));
    }
    out->profile = head.profile;
    out->policies = head.policies;
    out->n_policies = head.n_policies;
    return get(r, root, "tenant", &out->tenant) && get_from(r, json_get(root, STR("from")), out) &&
           get_expected(r, json_get(root, STR("expects")), out) &&
           get_steps(r, json_get(root, STR("steps")), out);
}

bool plan_read(struct plan *out, struct arena *a, const struct contract *c, struct str name,
               struct str text, struct err *err)
{
    struct reader r = {.arena = a, .contract = c, .err = err};
    struct json root;
    *out = (struct plan){0};
    bool is_read = parse(&r, &root, name, text) && get_plan(&r, root, out);
    map_done(&r.symbols);
    return is_read;
}
