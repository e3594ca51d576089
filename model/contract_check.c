/* What only the whole profile shows: names that lead nowhere, values out of bounds, things said twice.
 * Each would come out as a wrong answer at some request; here it has a place. */
#include "model/contract_int.h"

void load_check_header(struct loader *l, struct json at, struct str name)
{
    static const char others[] = "!#$%&'*+-.^_`|~";
    bool is_token = name.len > 0;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.s[i];
        is_token = is_token &&
                   ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                    str_find_char(str_of(others), c) < sizeof others - 1);
    }
    if (!is_token) {
        load_bad(l, at, "\"%.*s\" is no name of a header", STR_ARG(name));
    }
}

/* The step at which the path leaves what the schema knows; field->n where it does not. */
static size_t leaves(struct loader *l, struct json schema, const struct field_path *field)
{
    for (size_t i = 0; i < field->n; i++) {
        if (field->parts[i].len == 0) {
            schema = json_get(contract_deref(l->c, schema), STR("items"));
            if (!json_exists(schema)) {
                return field->n;
            }
            continue;
        }
        struct member_look known = contract_member(l->c, schema, field->parts[i]);
        if (known.n == 0) {
            return known.has_names && !known.is_open ? i : field->n;
        }
        schema = known.member;
    }
    return field->n;
}

static void check_text(struct loader *l, const struct resource *r, struct json at, struct str text)
{
    const struct field_path *field = NULL;
    if (!r || !json_exists(r->schema) || !field_compile(&field, l->a, text)) {
        return; /* told already */
    }
    size_t i = leaves(l, r->schema, field);
    if (i == field->n) {
        return;
    }
    if (i == 0) {
        load_unknown(l, at, "member", field->parts[0], r->members, r->n_members);
    } else {
        load_bad(l, at, "\"%.*s\": the schema of \"%.*s\" has no \"%.*s\" there", STR_ARG(text),
                 STR_ARG(r->name), STR_ARG(field->parts[i]));
    }
}

/* A field, or an array of them. */
void load_check_field(struct loader *l, const struct resource *r, struct json v)
{
    if (json_kind(v) == JSON_STRING) {
        check_text(l, r, v, json_str(v));
    }
    for (struct json m = json_first(v); json_kind(v) == JSON_ARRAY && json_exists(m);
         m = json_next(m)) {
        load_check_field(l, r, m);
    }
}

/* The fields in each object of a list. */
static void check_fields(struct loader *l, const struct resource *r, struct json list,
                         const char *member)
{
    for (struct json m = json_first(list); json_exists(m); m = json_next(m)) {
        load_check_field(l, r, json_get(m, str_of(member)));
    }
}

/* `by` must lead to one entity: the id, or a field that is unique by itself. */
static void check_by(struct loader *l, const struct resource *to, struct json by)
{
    struct str text = json_str_or(by, STR("id"));
    bool is_unique =
        !to || str_eq(text, STR("id")) || (to->id_field && str_eq(to->id_field->text, text));
    for (size_t i = 0; !is_unique && i < to->n_unique; i++) {
        const struct unique_rule *u = &to->unique[i];
        is_unique =
            u->n == 1 && !u->is_batch_only && u->fields[0] && str_eq(u->fields[0]->text, text);
    }
    if (!is_unique) {
        load_bad(l, by, "\"%.*s\" is not unique among \"%.*s\": it may lead to several",
                 STR_ARG(text), STR_ARG(to->name));
    }
}

static void check_resource(struct loader *l, const struct resource *r)
{
    struct json m = r->source, references = json_get(m, STR("references"));
    size_t i = 0;
    load_check_field(l, r, json_path(m, STR("id.field")));
    load_check_field(l, r, json_path(m, STR("id.fields")));
    load_check_field(l, r, json_get(m, STR("nameField")));
    load_check_field(l, r, json_path(m, STR("version.field")));
    load_check_field(l, r, json_path(m, STR("links.parent.field")));
    load_check_field(l, r, json_path(m, STR("links.target.field")));
    load_check_field(l, r, json_get(m, STR("defaultsWhole")));
    check_fields(l, r, json_get(m, STR("unique")), "fields");
    check_fields(l, r, json_get(m, STR("limits")), "per");
    check_fields(l, r, references, "field");
    check_fields(l, r, json_get(m, STR("orders")), "field");
    check_fields(l, r, json_get(m, STR("orders")), "group");
    for (struct json v = json_first(references); json_exists(v); v = json_next(v), i++) {
        check_by(l, r->references[i].to, json_get(v, STR("by")));
        check_fields(l, r->references[i].to, json_get(v, STR("requires")), "field");
        load_check_field(l, r->references[i].to, json_get(v, STR("mirror")));
    }
}

static void check_filters(struct loader *l, const struct operation *op, struct json filters)
{
    size_t i = 0;
    for (struct json m = json_first(filters); json_exists(m); m = json_next(m), i++) {
        const struct template_query *through = op->filters[i].through;
        load_check_field(l, through ? through->resource : op->resource, json_get(m, STR("field")));
        load_check_field(l, op->resource, json_path(m, STR("through.of")));
        if (through) {
            load_check_field(l, through->resource, json_path(m, STR("through.field")));
        }
    }
}

/* A query parameter that something listens to must be one of the operation's: else nobody knows of it,
 * and one that is misspelt is never heard. */
static void check_query(struct loader *l, const struct operation *op, struct json name)
{
    struct str *known = ARENA_ARRAY(l->a, op->n_parameters + 1, struct str);
    struct str word = json_str_or(name, STR(""));
    size_t n = 0;
    bool is_there = word.len == 0;
    for (size_t i = 0; i < op->n_parameters; i++) {
        if (str_eq(op->parameters[i].in, STR("query"))) {
            known[n++] = op->parameters[i].name;
            is_there = is_there || str_eq(op->parameters[i].name, word);
        }
    }
    if (!is_there) {
        load_unknown(l, name, "query parameter", word, known, n);
    }
}

static void check_queries_of(struct loader *l, const struct operation *op, struct json x)
{
    struct json filters = json_get(x, STR("filters")), sort = json_get(x, STR("sort"));
    for (struct json m = json_first(filters); json_exists(m); m = json_next(m)) {
        check_query(l, op, json_get(m, STR("query")));
    }
    check_query(l, op, json_path(sort, STR("by.query")));
    check_query(l, op, json_path(sort, STR("direction.query")));
    check_query(l, op, json_get(sort, STR("needs")));
    check_query(l, op, json_path(x, STR("removes.query")));
    if (op->version.place == VERSION_QUERY) {
        check_query(l, op, json_path(x, STR("version.name")));
    }
}

static void check_objects(struct loader *l, const struct operation *op, struct json kinds)
{
    size_t i = 0;
    for (struct json m = json_first(kinds); json_exists(m); m = json_next(m), i++) {
        load_check_field(l, op->assign.kinds[i].resource, json_get(m, STR("field")));
    }
}

static void check_copy(struct loader *l, const struct operation *op, struct json from)
{
    const struct field_path *field = op->copy.from;
    if (field && leaves(l, op->body_schema_source, field) < field->n) {
        load_bad(l, from, "no body has the member \"%.*s\"", STR_ARG(field->text));
    }
}

static bool has_word(struct json words, struct str word)
{
    bool has = false;
    for (struct json m = json_first(words); json_exists(m); m = json_next(m)) {
        bool is_name = json_kind(words) == JSON_OBJECT;
        has = has || str_eq_fold(is_name ? json_key(m) : json_str_or(m, STR("")), word);
    }
    return has;
}

static void check_sort(struct loader *l, struct json sort)
{
    struct json by = json_path(sort, STR("by.default")),
                direction = json_path(sort, STR("direction.default"));
    if (json_exists(by) && !has_word(json_path(sort, STR("by.values")), json_str_or(by, STR("")))) {
        load_bad(l, by, "the default is none of the values");
    }
    if (json_exists(direction) &&
        !has_word(json_path(sort, STR("direction.ascending")), json_str_or(direction, STR(""))) &&
        !has_word(json_path(sort, STR("direction.descending")), json_str_or(direction, STR("")))) {
        load_bad(l, direction, "the default is neither ascending nor descending");
    }
}

/* Findings of bodies have these ids; those of references are the profile's own. */
static bool is_rule(struct str id)
{
    static const struct {
        char family;
        int64_t from, to;
    } known[] = {{'J', 1, 14},    {'S', 101, 112}, {'U', 201, 204},
                 {'L', 301, 302}, {'R', 400, 499}, {'D', 501, 501}};
    int64_t number = 0;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (id.len && id.s[0] == known[i].family) {
            return id.len == 1 ||
                   num_parse_i64(&number, str_slice(id, 1, id.len), known[i].from, known[i].to);
        }
    }
    return false;
}

static void check_operation(struct loader *l, const struct operation *op)
{
    struct json x = json_get(op->source, STR("x-rehearse"));
    const struct resource *owner = op->resource;
    bool is_about_links = op->action == ACTION_LINK_ADD || op->action == ACTION_LINK_REMOVE ||
                          op->action == ACTION_LINK_REPLACE || op->action == ACTION_LINK_CHANGE;
    if (is_about_links && op->resource && !op->resource->parent) {
        load_bad(l, json_get(x, STR("resource")), "\"%.*s\" says nothing of \"links\"",
                 STR_ARG(op->resource->name));
    }
    if (owner && owner->parent && op->parent_param.len) {
        owner = op->is_from_target ? owner->target : owner->parent;
    }
    check_filters(l, op, json_get(x, STR("filters")));
    check_queries_of(l, op, x);
    check_objects(l, op, json_path(x, STR("objects.kinds")));
    check_copy(l, op, json_path(x, STR("copy.from")));
    load_check_field(l, op->resource, json_path(x, STR("pick.field")));
    check_fields(l, owner, json_get(x, STR("requires")), "field");
    check_sort(l, json_get(x, STR("sort")));
    struct json rules = json_path(x, STR("batch.itemRules"));
    for (struct json m = json_first(rules); json_exists(m); m = json_next(m)) {
        if (!is_rule(json_str_or(m, STR("")))) {
            load_bad(l, m, "no finding has the id \"%.*s\"", STR_ARG(json_str_or(m, STR(""))));
        }
    }
    if (op->idempotency.header.len) {
        load_check_header(l, json_path(x, STR("idempotency.header")), op->idempotency.header);
    }
}

static void check_operation_ids(struct loader *l)
{
    struct map seen = {0};
    for (size_t i = 0; i < l->c->n_operations; i++) {
        struct operation *op = &l->operations[i];
        if (map_put(&seen, op->id, op)) {
            load_bad(l, json_get(op->source, STR("operationId")),
                     "another operation is called \"%.*s\" too", STR_ARG(op->id));
        }
    }
    map_done(&seen);
}

static void check_pagings(struct loader *l)
{
    struct json all = json_get(l->ext, STR("pagings"));
    size_t i = 0;
    for (struct json m = json_first(all); json_exists(m); m = json_next(m), i++) {
        const struct paging *p = &l->pagings[i];
        struct json size = json_get(m, STR("size")), at = json_get(m, STR("at"));
        if (p->size_max > 0 && p->size_min > p->size_max) {
            load_bad(l, json_get(size, STR("min")), "the least page is larger than the largest");
        } else if (p->size_default < p->size_min ||
                   (p->size_max > 0 && p->size_default > p->size_max)) {
            load_bad(l, json_get(size, STR("default")), "the default is not between min and max");
        }
        if (p->number_max > 0 && p->first_number > p->number_max) {
            load_bad(l, json_get(at, STR("max")), "the last page is before the first");
        }
    }
}

static void check_queries(struct loader *l)
{
    for (const struct template_query *q = l->queries; q; q = q->next) {
        struct json where = json_get(q->source, STR("where"));
        for (struct json m = json_first(where); json_exists(m); m = json_next(m)) {
            check_text(l, q->resource, m, json_key(m));
        }
    }
}

struct speaker {
    struct loader *l;
    const struct operation *op; /* NULL: any will do */
};

static bool op_knows(const struct operation *op, const struct var *var)
{
    if (var->scope == VAR_PATH) {
        for (size_t i = 0; i < op->n_segments; i++) {
            if (op->segments[i].is_parameter && str_eq(op->segments[i].text, var->name)) {
                return true;
            }
        }
        return false;
    }
    for (size_t i = 0; i < op->n_parameters; i++) {
        if (str_eq(op->parameters[i].name, var->name) &&
            str_eq(op->parameters[i].in, STR("query"))) {
            return true;
        }
    }
    return false;
}

static void check_var(const struct var *var, struct json at, void *ctx)
{
    const struct speaker *s = ctx;
    const struct contract *c = s->l->c;
    bool is_known = var->scope != VAR_PATH && var->scope != VAR_QUERY && var->scope != VAR_POLICY;
    for (size_t i = 0; var->scope == VAR_POLICY && i < c->n_policies; i++) {
        is_known = is_known || str_eq(c->policies[i].name, var->name);
    }
    for (size_t i = 0; !is_known && var->scope != VAR_POLICY && i < c->n_operations; i++) {
        bool counts = !s->op || s->op == &c->operations[i];
        is_known = counts && op_knows(&c->operations[i], var);
    }
    if (is_known) {
        return;
    }
    if (var->scope == VAR_POLICY) {
        load_bad(s->l, at, "there is no policy \"%.*s\"", STR_ARG(var->name));
    } else {
        load_bad(s->l, at, "%s has no %s parameter \"%.*s\"",
                 s->op ? "the operation" : "no operation",
                 var->scope == VAR_PATH ? "path" : "query", STR_ARG(var->name));
    }
}

void load_checks(struct loader *l)
{
    check_operation_ids(l);
    check_pagings(l);
    for (size_t i = 0; i < l->c->n_resources; i++) {
        check_resource(l, &l->resources[i]);
    }
    for (size_t i = 0; i < l->c->n_operations; i++) {
        check_operation(l, &l->operations[i]);
    }
    check_queries(l);
    for (const struct load_note *n = l->notes; n; n = n->next) {
        struct speaker s = {l, n->op};
        template_variables(n->t, check_var, &s);
    }
    load_check_searches(l);
    load_check_schemas(l);
}
