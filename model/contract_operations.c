/* Operations of a profile: paths, parameters, bodies, and what each does. */
#include "model/contract_int.h"

static const struct str action_names[] = {
#define X(name, text) STR_INIT(text),
    ACTIONS(X)
#undef X
};

static void load_segments(struct loader *l, struct operation *op)
{
    struct str rest = str_slice(op->path, 1, op->path.len), part;
    size_t slashes = 1;
    for (size_t i = 0; i < op->path.len; i++) {
        slashes += op->path.s[i] == '/';
    }
    struct segment *at = ARENA_ARRAY(l->a, slashes, struct segment);
    while (rest.len && str_cut(&rest, '/', &part)) {
        size_t open = str_find_char(part, '{'), close = str_find_char(part, '}');
        bool is_parameter = open < close && close < part.len;
        at[op->n_segments++] = (struct segment){
            .text = is_parameter ? str_slice(part, open + 1, close) : part,
            .is_parameter = is_parameter,
            .before = is_parameter ? str_slice(part, 0, open) : STR(""),
            .after = is_parameter ? str_slice(part, close + 1, part.len) : STR(""),
        };
    }
    op->segments = at;
}

static struct str pointer_of(struct loader *l, struct json v)
{
    struct buf uri;
    buf_init(&uri, l->a);
    buf_printf(&uri, "profile:///%.*s#", STR_ARG(l->c->name));
    struct buf p;
    buf_init(&p, l->a);
    json_pointer_put(&p, v);
    for (size_t i = 0; i < p.len; i++) {
        char c = p.s[i];
        if (c == '/' || c == '~') {
            buf_put_char(&uri, c);
        } else {
            uri_encode(&uri, (struct str){&p.s[i], 1});
        }
    }
    return buf_str(&uri);
}

const struct schema *load_schema(struct loader *l, struct json v)
{
    const struct schema *schema = NULL;
    struct err err = {0};
    if (!json_exists(v)) {
        return NULL;
    }
    if (!schema_compile(&schema, l->c->schemas, pointer_of(l, v), &err)) {
        load_bad_at(l, v, err.line, err.column, str_of(err.msg)); /* it knows the very place */
    }
    return schema;
}

/* True if every string meets the schema: it has annotations only, besides its type. */
static bool is_any_string(struct json schema)
{
    static const struct str words[] = {
        STR_INIT("type"),    STR_INIT("title"),    STR_INIT("default"), STR_INIT("description"),
        STR_INIT("example"), STR_INIT("examples"), STR_INIT("source"),  STR_INIT("deprecated")};
    enum { WORDS = sizeof words / sizeof *words };
    for (struct json m = json_first(schema); json_exists(m); m = json_next(m)) {
        size_t i = 0;
        for (; i < WORDS && !str_eq(words[i], json_key(m)); i++) {
        }
        if (i == WORDS) {
            return false;
        }
    }
    return json_kind(schema) == JSON_OBJECT && str_eq(load_str(schema, "type", ""), STR("string"));
}

/* Where the parameter goes: in the place of the one of that name, which the path has for all its
 * operations, or behind the others. From `own` on they are of the list at hand. */
static struct parameter *parameter_slot(struct loader *l, struct operation *op,
                                        struct parameter *at, size_t own, struct json p)
{
    struct str name = load_str(p, "name", ""), in = load_str(p, "in", "");
    for (size_t i = 0; i < op->n_parameters; i++) {
        if (str_eq(at[i].name, name) && str_eq(at[i].in, in)) {
            if (i >= own) {
                load_bad(l, p, "there is a parameter \"%.*s\" in %.*s already", STR_ARG(name),
                         STR_ARG(in));
            }
            at[i] = (struct parameter){0};
            return &at[i];
        }
    }
    return &at[op->n_parameters++];
}

static void add_parameters(struct loader *l, struct operation *op, struct parameter *at,
                           struct json list)
{
    size_t first = op->n_parameters;
    for (struct json m = json_first(list); json_exists(m); m = json_next(m)) {
        struct json p = load_deref(l, m);
        struct parameter *out = parameter_slot(l, op, at, first, p);
        struct json schema = json_get(p, STR("schema"));
        struct json plain = load_deref(l, schema);
        out->source = p;
        out->name = load_str(p, "name", "");
        out->in = load_str(p, "in", "");
        out->is_required = json_is_true(json_get(p, STR("required")));
        struct str type = load_str(plain, "type", "string");
        if (str_eq(type, STR("array"))) {
            out->is_list = true;
            schema = json_get(plain, STR("items"));
            type = load_str(load_deref(l, schema), "type", "string");
        }
        out->kind = str_eq(type, STR("integer")) || str_eq(type, STR("number")) ? JSON_NUMBER
                    : str_eq(type, STR("boolean"))                              ? JSON_BOOL
                                                                                : JSON_STRING;
        out->schema = load_schema(l, schema);
        if (is_any_string(load_deref(l, schema))) {
            out->schema = NULL; /* nothing to check at every request */
        }
    }
}

static void load_body(struct loader *l, struct operation *op, struct json source)
{
    struct json body = load_deref(l, json_get(source, STR("requestBody")));
    struct json content = json_get(body, STR("content"));
    if (!json_exists(body)) {
        return;
    }
    op->has_body = true;
    op->is_body_required = json_is_true(json_get(body, STR("required")));
    struct str *types = ARENA_ARRAY(l->a, json_count(content) + 1, struct str);
    for (struct json m = json_first(content); json_exists(m); m = json_next(m)) {
        types[op->n_media_types++] = json_key(m);
    }
    op->media_types = types;
    struct json schema = json_get(json_get(content, STR("application/json")), STR("schema"));
    op->body_schema_source = schema;
    op->body_schema = load_schema(l, schema);
    op->is_body_array = str_eq(load_str(load_deref(l, schema), "type", ""), STR("array"));
}

/* A filter on what others say of the entity: they are kept in groups, as what templates ask for is. */
static void load_through(struct loader *l, struct filter_rule *f, struct json m)
{
    if (!json_exists(m)) {
        return;
    }
    struct template_query *q = ARENA_NEW(l->a, struct template_query);
    q->source = m;
    q->fields[0] = load_field(l, json_get(m, STR("field")));
    q->n = 1;
    q->next = l->queries;
    l->queries = q;
    f->through = q;
    f->of = load_field(l, json_get(m, STR("of")));
}

static void load_filters(struct loader *l, struct operation *op, struct json all)
{
    static const struct str kinds[] = {
        STR_INIT("equal"),        STR_INIT("wildcard"), STR_INIT("prefix"),
        STR_INIT("contains"),     STR_INIT("in"),       STR_INIT("bool"),
        STR_INIT("contains-any"), STR_INIT("since"),    STR_INIT("until"),
        STR_INIT("present")};
    struct filter_rule *at = ARENA_ARRAY(l->a, json_count(all) + 1, struct filter_rule);
    for (struct json m = json_first(all); json_exists(m); m = json_next(m)) {
        struct filter_rule *f = &at[op->n_filters++];
        struct str match = load_str(m, "match", "equal");
        f->query = load_str(m, "query", "");
        f->path = load_str(m, "path", "");
        f->value = load_str(m, "value", "");
        f->is_negated = json_is_true(json_get(m, STR("not")));
        if (f->path.len) {
            load_check_parameter(l, op, json_get(m, STR("path")));
        }
        f->field = load_field(l, json_get(m, STR("field")));
        load_through(l, f, json_get(m, STR("through")));
        for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
            if (str_eq(match, kinds[i])) {
                f->match = (enum match_kind)i;
            }
        }
        f->fold = load_fold(json_get(m, STR("fold")));
        f->all_value = load_str(m, "all", "");
    }
    op->filters = at;
}

static void load_sort(struct loader *l, struct operation *op, struct json m)
{
    struct sort_rule *s = &op->sort;
    struct json by = json_get(m, STR("by")), direction = json_get(m, STR("direction")),
                values = json_get(by, STR("values"));
    struct sort_choice *at = ARENA_ARRAY(l->a, json_count(values) + 1, struct sort_choice);
    s->by_query = load_str(by, "query", "");
    s->direction_query = load_str(direction, "query", "");
    s->direction_after = load_str(direction, "after", "");
    s->needs_query = load_str(m, "needs", "");
    for (struct json v = json_first(values); json_exists(v); v = json_next(v)) {
        at[s->n++] = (struct sort_choice){json_key(v), (size_t)json_i64_or(v, 0)};
    }
    s->choices = at;
    for (size_t i = 0; i < s->n; i++) {
        if (str_eq(at[i].value, load_str(by, "default", ""))) {
            s->default_order = at[i].order;
        }
    }
    s->n_ascending = load_words(l, &s->ascending, json_get(direction, STR("ascending")));
    s->n_descending = load_words(l, &s->descending, json_get(direction, STR("descending")));
    for (size_t i = 0; i < s->n_descending; i++) {
        s->is_descending_default =
            s->is_descending_default ||
            str_eq_fold(s->descending[i], load_str(direction, "default", ""));
    }
    s->refuses_unknown = str_eq(load_str(m, "unknown", ""), STR("refuse"));
}

static void load_rules(struct loader *l, struct operation *op, struct json x)
{
    struct json v = json_get(x, STR("version")), i = json_get(x, STR("idempotency")),
                b = json_get(x, STR("batch"));
    struct str in = load_str(v, "in", "");
    op->version = (struct version_rule){.place = str_eq(in, STR("query"))      ? VERSION_QUERY
                                                 : str_eq(in, STR("body"))     ? VERSION_BODY
                                                 : str_eq(in, STR("if-match")) ? VERSION_IF_MATCH
                                                                               : VERSION_NONE,
                                        .name = load_str(v, "name", ""),
                                        .is_required = json_is_true(json_get(v, STR("required")))};
    op->idempotency = (struct idempotency_rule){
        .header = load_str(i, "header", ""),
        .window_us = json_i64_or(json_get(i, STR("windowS")), 86400) * US_PER_S,
        .is_required = json_is_true(json_get(i, STR("required"))),
        .replays = str_eq(load_str(i, "repeat", ""), STR("replay")),
        .length_min = (size_t)json_i64_or(json_get(i, STR("minLength")), 1),
        .length_max = (size_t)json_i64_or(json_get(i, STR("maxLength")), 255)};
    op->batch.is_partial = json_is_true(json_get(b, STR("partial")));
    const struct str *rules = NULL;
    op->batch.n_item_rules = load_words(l, &rules, json_get(b, STR("itemRules")));
    op->batch.item_rules = rules;
    load_token(l, &op->token, json_get(x, STR("token")));
}

static void load_keys(struct operation *op, struct json x)
{
    struct str params[PATH_PARAMETERS_MAX];
    size_t n = 0;
    for (size_t i = 0; i < op->n_segments && n < PATH_PARAMETERS_MAX; i++) {
        if (op->segments[i].is_parameter) {
            params[n++] = op->segments[i].text;
        }
    }
    bool is_link = op->resource && op->resource->parent;
    struct str first = n ? params[0] : STR(""), last = n ? params[n - 1] : STR("");
    op->key_param = load_str(x, "key", "");
    op->parent_param = load_str(x, "parent", "");
    if (op->parent_param.len == 0 && is_link) {
        op->parent_param = first;
    }
    if (op->key_param.len == 0 && (!is_link || n > 1)) {
        op->key_param = last;
    }
}

static void load_reply(struct loader *l, struct operation *op, struct json source, struct json x)
{
    struct json reply = json_get(x, STR("reply")), body = json_get(reply, STR("body")),
                responses = json_get(source, STR("responses"));
    for (struct json m = json_first(responses); json_exists(m); m = json_next(m)) {
        int64_t status = 0;
        if (op->status == 0 && num_parse_i64(&status, json_key(m), 200, 299)) {
            op->status = (int)status;
        }
    }
    if (op->status == 0 && op->action != ACTION_REFUSE) {
        bool is_upgrade = json_exists(json_get(responses, STR("101")));
        op->status = 101;
        (void)(is_upgrade ||
               load_bad(l, responses, "no response is a success: one of 200 to 299 is wanted"));
    }
    op->has_empty_reply = json_kind(body) == JSON_NULL;
    if (json_exists(body) && !op->has_empty_reply) {
        bool has_tenant = op->action != ACTION_TOKEN && op->action != ACTION_REVOKE &&
                          op->action != ACTION_INTROSPECT;
        (has_tenant ? load_template_rows : load_template)(l, &op->reply, body);
    }
    load_headers(l, &op->headers, &op->n_headers, json_get(reply, STR("headers")));
    load_cases(l, &op->cases, json_get(x, STR("errors")));
}

static void load_permissions(struct loader *l, struct operation *op, struct json x)
{
    struct json permissions = json_get(x, STR("permissions")),
                all = json_get(permissions, STR("all"));
    op->needs_all_permissions = json_exists(all);
    op->n_permissions =
        load_words(l, &op->permissions, json_exists(all) ? all : json_get(permissions, STR("any")));
    op->n_scopes = load_words(l, &op->scopes, json_get(x, STR("scopes")));
}

static void load_paging(struct loader *l, struct operation *op, struct json name)
{
    struct str *known = ARENA_ARRAY(l->a, l->c->n_pagings + 1, struct str);
    for (size_t i = 0; i < l->c->n_pagings; i++) {
        known[i] = l->pagings[i].name;
        if (str_eq(known[i], json_str_or(name, STR("")))) {
            op->paging = &l->pagings[i];
        }
    }
    if (json_exists(name) && !op->paging) {
        load_unknown(l, name, "paging", json_str_or(name, STR("")), known, l->c->n_pagings);
    }
}

/* The path's parameters by name, and those that `key` and `parent` speak of. */
static void check_path(struct loader *l, const struct operation *op, struct json x)
{
    struct str known[PATH_PARAMETERS_MAX] = {{0}};
    const char *const words[] = {"key", "parent"};
    size_t n = 0;
    for (size_t i = 0; i < op->n_segments; i++) {
        if (op->segments[i].is_parameter && n == PATH_PARAMETERS_MAX) {
            load_bad(l, x, "a path has at most %d parameters", PATH_PARAMETERS_MAX);
            return;
        }
        if (op->segments[i].is_parameter) {
            known[n++] = op->segments[i].text;
        }
    }
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        struct json v = json_get(x, str_of(words[i]));
        bool is_there = !json_exists(v);
        for (size_t k = 0; k < n; k++) {
            is_there = is_there || str_eq(known[k], json_str_or(v, STR("")));
        }
        if (!is_there) {
            load_unknown(l, v, "path parameter", json_str_or(v, STR("")), known, n);
        }
    }
    bool wants_key = op->action == ACTION_READ || op->action == ACTION_REPLACE ||
                     op->action == ACTION_MERGE || op->action == ACTION_DELETE;
    if (wants_key && n == 0 && !op->is_singleton && !op->pick_field) {
        load_bad(l, x, "nothing says which entity is meant: a path parameter, singleton or pick");
    }
}

static void check_sort(struct loader *l, const struct operation *op, struct json x)
{
    struct json values = json_path(x, STR("sort.by.values"));
    for (struct json v = json_first(values); json_exists(v); v = json_next(v)) {
        size_t n = op->resource ? op->resource->n_orders : 0;
        if (json_i64_or(v, -1) < 0 || (size_t)json_i64_or(v, 0) >= n) {
            load_bad(l, v, "the resource has %zu orders; this is none of them (they count from 0)",
                     n);
        }
    }
}

/* How the entities of this operation's answers look. Its own way and the target's cannot both be
 * meant. */
static void load_show(struct loader *l, struct operation *op, struct json x)
{
    struct json show = json_get(x, STR("show"));
    load_template_rows(l, &op->show, show);
    if (json_exists(show) && op->renders_target) {
        load_bad(l, show,
                 "\"show\" and \"render\": \"target\" both say what is shown; \"show\" "
                 "alone can: {target} is what the link leads to");
    }
    if (json_exists(show) && !op->resource) {
        load_bad(l, show, "\"show\" is about the entities of a resource, and here is none");
    }
}

static void load_links(struct loader *l, struct operation *op, struct json x)
{
    struct str repeat = load_str(x, "repeat", "refuse"), side = load_str(x, "side", "parent");
    struct json removes = json_get(x, STR("removes"));
    op->repeat = str_eq(repeat, STR("ignore"))   ? REPEAT_IGNORED
                 : str_eq(repeat, STR("change")) ? REPEAT_CHANGES
                                                 : REPEAT_REFUSED;
    load_copy(l, op, json_get(x, STR("copy")));
    load_assign(l, op, json_get(x, STR("objects")));
    op->is_from_target = str_eq(side, STR("target"));
    op->removes.is_always = json_is_true(json_get(removes, STR("always")));
    struct json wait = json_get(x, STR("wait"));
    op->poll = (struct poll_rule){
        .takes = json_is_true(json_get(x, STR("takes"))),
        .waits = json_exists(wait),
        .query = load_str(wait, "query", ""),
        .default_s = json_i64_or(json_get(wait, STR("defaultS")), 0),
        .max_s = json_i64_or(json_get(wait, STR("maxS")), 60),
    };
    if ((op->poll.takes || op->poll.waits) && op->action != ACTION_LIST) {
        load_bad(l, json_exists(wait) ? wait : x, "only a \"list\" waits, and takes what it gives");
    }
    load_effects(l, op, json_get(x, STR("effects")));
    op->removes.query = load_str(removes, "query", "");
    op->removes.is_absent_refused = str_eq(load_str(removes, "absent", ""), STR("refuse"));
    if (op->is_from_target && op->resource && !op->resource->parent) {
        load_bad(l, json_get(x, STR("side")), "\"side\" is about links, and \"%.*s\" are none",
                 STR_ARG(op->resource->name));
    }
}

static void load_one(struct loader *l, struct operation *op, struct json path, struct json source)
{
    struct json x = json_get(source, STR("x-rehearse")), shared = json_get(path, STR("parameters")),
                own = json_get(source, STR("parameters"));
    struct str action = load_str(x, "action", "");
    op->action = ACTION_COUNT;
    for (size_t i = 0; i < ACTION_COUNT; i++) {
        if (str_eq(action, action_names[i])) {
            op->action = (enum action)i;
        }
    }
    if (op->action == ACTION_COUNT || op->action == ACTION_NAMED) {
        load_bad(l, json_exists(x) ? x : source,
                 "the action \"%.*s\" is not one that this program knows", STR_ARG(action));
    }
    l->op = op;
    op->source = source;
    op->id = load_str(source, "operationId", "");
    load_segments(l, op);
    if (json_exists(json_get(x, STR("resource")))) {
        op->resource = load_resource_named(l, json_get(x, STR("resource")));
    }
    struct json security = json_get(source, STR("security"));
    op->needs_token = !(json_kind(security) == JSON_ARRAY && json_count(security) == 0);
    load_permissions(l, op, x);
    struct parameter *at =
        ARENA_ARRAY(l->a, json_count(shared) + json_count(own) + 1, struct parameter);
    add_parameters(l, op, at, shared);
    add_parameters(l, op, at, own);
    op->parameters = at;
    load_keys(op, x);
    op->is_singleton = json_is_true(json_get(x, STR("singleton")));
    op->pick_field = load_field(l, json_path(x, STR("pick.field")));
    struct buf pick;
    buf_init(&pick, l->a);
    if (op->pick_field) {
        json_put(&pick, json_path(x, STR("pick.value")));
    }
    op->pick_value = buf_str(&pick);
    op->wrap = load_str(x, "wrap", "");
    op->project = load_str(x, "project", "");
    load_body(l, op, source);
    load_template_rows(l, &op->item, json_get(x, STR("item")));
    op->renders_target = str_eq(load_str(x, "render", "self"), STR("target"));
    load_show(l, op, x);
    load_links(l, op, x);
    load_paging(l, op, json_get(x, STR("paging")));
    load_filters(l, op, json_get(x, STR("filters")));
    load_sort(l, op, json_get(x, STR("sort")));
    check_sort(l, op, x);
    check_path(l, op, x);
    load_rules(l, op, x);
    load_graph(l, op, x);
    load_channel(l, op, x);
    load_reply(l, op, source, x);
    load_refusals(l, op, json_get(x, STR("refuses")));
    op->n_requires = load_requires(l, &op->requires, json_get(x, STR("requires")), op);
    load_part(l, op, x);
    if (op->action == ACTION_QUERY) {
        op->search = load_search_named(l, json_get(x, STR("query")));
    } else if (op->action == ACTION_JOB) {
        load_job(l, op, x);
    }
    op->refuse_case = load_case_name(l, json_get(x, STR("case")), "", op);
    op->gone_case = load_case_name(l, json_get(x, STR("gone")), "not_found", op);
}

void load_operations(struct loader *l)
{
    static const char *const methods[] = {"get",     "put",  "post", "delete",
                                          "options", "head", "patch"};
    static const struct str upper[] = {STR_INIT("GET"),    STR_INIT("PUT"),     STR_INIT("POST"),
                                       STR_INIT("DELETE"), STR_INIT("OPTIONS"), STR_INIT("HEAD"),
                                       STR_INIT("PATCH")};
    struct json paths = json_get(l->root, STR("paths"));
    l->operations = ARENA_ARRAY(l->a, json_count(paths) * 7 + 1, struct operation);
    for (struct json path = json_first(paths); json_exists(path); path = json_next(path)) {
        for (size_t i = 0; i < 7; i++) {
            struct json source = json_get(path, str_of(methods[i]));
            if (!json_exists(source)) {
                continue;
            }
            struct operation *op = &l->operations[l->c->n_operations];
            op->index = l->c->n_operations++;
            op->method = upper[i];
            op->path = json_key(path);
            load_one(l, op, path, source);
            l->op = NULL;
            if (!router_add(l->c->router, l->a, op)) {
                load_bad(l, path, "another path of the same form has this method already");
            }
        }
    }
    l->c->operations = l->operations;
}
