/* Resources of a profile: what is kept, under which rules. */
#include "model/contract_int.h"

static void load_id(struct loader *l, struct resource *r, struct json id)
{
    struct str make = load_str(id, "make", "uuid"), given = load_str(id, "given", "ignore");
    struct json fields = json_get(id, STR("fields"));
    const struct field_path **join =
        ARENA_ARRAY(l->a, json_count(fields) + 1, const struct field_path *);
    r->id_field = load_field(l, json_get(id, STR("field")));
    r->id_make = str_eq(make, STR("sequence")) ? ID_SEQUENCE
                 : str_eq(make, STR("given"))  ? ID_GIVEN
                 : str_eq(make, STR("join"))   ? ID_JOIN
                                               : ID_UUID;
    r->id_given = str_eq(given, STR("refuse")) ? ID_GIVEN_REFUSED
                  : str_eq(given, STR("take")) ? ID_GIVEN_TAKEN
                                               : ID_GIVEN_IGNORED;
    r->id_start = json_i64_or(json_get(id, STR("start")), 1);
    for (struct json m = json_first(fields); json_exists(m); m = json_next(m)) {
        join[r->n_id_join++] = load_field(l, m);
    }
    r->id_join = join;
}

static void load_members(struct loader *l, struct resource *r, struct json at)
{
    struct json properties = json_get(r->schema, STR("properties"));
    struct str *names = ARENA_ARRAY(l->a, json_count(properties) + 1, struct str);
    (void)at;
    for (struct json m = json_first(properties); json_exists(m); m = json_next(m)) {
        names[r->n_members] = json_key(m);
        map_put(&r->member_index, names[r->n_members], &names[r->n_members]);
        r->n_members++;
    }
    r->members = names;
}

static void load_unique(struct loader *l, struct resource *r, struct json all)
{
    struct unique_rule *at = ARENA_ARRAY(l->a, json_count(all) + 1, struct unique_rule);
    for (struct json m = json_first(all); json_exists(m); m = json_next(m)) {
        struct unique_rule *u = &at[r->n_unique++];
        struct json fields = json_get(m, STR("fields"));
        const struct field_path **paths =
            ARENA_ARRAY(l->a, json_count(fields) + 1, const struct field_path *);
        for (struct json f = json_first(fields); json_exists(f); f = json_next(f)) {
            paths[u->n++] = load_field(l, f);
        }
        u->fields = paths;
        u->fold = load_fold(json_get(m, STR("fold")));
        u->is_batch_only = json_is_true(json_get(m, STR("batchOnly")));
        u->case_name = load_case_name(l, json_get(m, STR("case")), "unique", NULL);
        u->within_name = load_str(m, "within", "");
    }
    r->unique = at;
}

static void load_limits(struct loader *l, struct resource *r, struct json all)
{
    struct limit_rule *at = ARENA_ARRAY(l->a, json_count(all) + 1, struct limit_rule);
    for (struct json m = json_first(all); json_exists(m); m = json_next(m)) {
        struct limit_rule *u = &at[r->n_limits++];
        struct json per = json_get(m, STR("per"));
        const struct field_path **paths =
            ARENA_ARRAY(l->a, json_count(per) + 1, const struct field_path *);
        for (struct json f = json_first(per); json_exists(f); f = json_next(f)) {
            paths[u->n++] = load_field(l, f);
        }
        u->per = paths;
        u->max = json_i64_or(json_get(m, STR("max")), 0);
        u->name = load_str(m, "name", "");
        u->case_name = load_case_name(l, json_get(m, STR("case")), "limit", NULL);
    }
    r->limits = at;
}

static void load_ordered(struct loader *l, struct resource *r, struct json all)
{
    struct ordered_rule *at = ARENA_ARRAY(l->a, json_count(all) + 1, struct ordered_rule);
    for (struct json m = json_first(all); json_exists(m); m = json_next(m)) {
        struct ordered_rule *o = &at[r->n_ordered++];
        struct json first = json_first(json_get(m, STR("fields")));
        o->first = load_field(l, first);
        o->last = load_field(l, json_next(first));
        o->case_name = load_case_name(l, json_get(m, STR("case")), "schema", NULL);
    }
    r->ordered = at;
}

/* Links refer to both their ends and die with either, whether the profile says so again or not. */
static void add_link_end(struct resource *r, struct reference_rule *at,
                         const struct field_path *field, const struct resource *to)
{
    size_t i = 0;
    while (field && to && i < r->n_references &&
           !(at[i].field && str_eq(at[i].field->text, field->text))) {
        i++;
    }
    if (!field || !to) {
        return;
    }
    if (i == r->n_references) {
        r->n_references++;
        at[i] = (struct reference_rule){.rule = STR(""),
                                        .field = field,
                                        .to = to,
                                        .edge = EDGE_BREAKS,
                                        .missing_case = STR("reference"),
                                        .blocked_case = STR("in_use")};
    }
    if (at[i].on_delete == ON_DELETE_IGNORE) {
        at[i].on_delete = ON_DELETE_CASCADE;
    }
}

static const struct str edge_names[] = {
#define X(name, text) STR_INIT(text),
    EDGE_KINDS(X)
#undef X
};

struct str edge_kind_name(enum edge_kind kind)
{
    return edge_names[kind];
}

enum edge_kind edge_kind_named(struct str word)
{
    unsigned kind = 0;
    while (kind < EDGE_KIND_COUNT && !str_eq(edge_names[kind], word)) {
        kind++;
    }
    return (enum edge_kind)kind;
}

/* What a delete of the target does to the one that names it: as the profile says, else by what is done to
 * the reference. */
static enum edge_kind edge_of(const struct reference_rule *rule, struct json word)
{
    enum edge_kind kind = edge_kind_named(json_str_or(word, STR("")));
    if (rule->on_delete == ON_DELETE_BLOCK) {
        return EDGE_BLOCKS;
    }
    if (kind != EDGE_KIND_COUNT) {
        return kind;
    }
    return rule->on_delete == ON_DELETE_DETACH ? EDGE_SHIFTS : EDGE_BREAKS;
}

static void load_references(struct loader *l, struct resource *r, struct json all)
{
    enum { LINK_ENDS = 2 };
    struct reference_rule *at =
        ARENA_ARRAY(l->a, json_count(all) + LINK_ENDS, struct reference_rule);
    for (struct json m = json_first(all); json_exists(m); m = json_next(m)) {
        struct reference_rule *u = &at[r->n_references++];
        struct str on_delete = load_str(m, "onDelete", "ignore"), by = load_str(m, "by", "id");
        u->rule = load_str(m, "rule", "");
        u->field = load_field(l, json_get(m, STR("field")));
        u->to = load_resource_named(l, json_get(m, STR("to")));
        u->by = str_eq(by, STR("id")) ? NULL : load_field(l, json_get(m, STR("by")));
        u->n_except = load_words(l, &u->except, json_get(m, STR("except")));
        u->missing_case = load_case_name(l, json_get(m, STR("missing")), "reference", NULL);
        u->blocked_case = load_case_name(l, json_get(m, STR("blocked")), "in_use", NULL);
        u->on_delete = str_eq(on_delete, STR("block"))     ? ON_DELETE_BLOCK
                       : str_eq(on_delete, STR("cascade")) ? ON_DELETE_CASCADE
                       : str_eq(on_delete, STR("detach"))  ? ON_DELETE_DETACH
                                                           : ON_DELETE_IGNORE;
        u->edge = edge_of(u, json_get(m, STR("edge")));
        load_template(l, &u->embed, json_get(m, STR("embed")));
        u->consumes = json_is_true(json_get(m, STR("consumes")));
        u->drops_unknown = str_eq(load_str(m, "unknown", "refuse"), STR("drop"));
        u->keeps_unknown = str_eq(load_str(m, "unknown", "refuse"), STR("keep"));
        if (u->drops_unknown && !(u->field && u->field->is_names)) {
            load_bad(l, json_get(m, STR("unknown")),
                     "only names (\"mapping{}\") can be dropped one by one");
        }
        if (u->embed && u->field && u->field->is_names) {
            load_bad(l, json_get(m, STR("embed")), "names have nothing beside them to embed in");
        }
        u->mirror = load_field(l, json_get(m, STR("mirror")));
        u->shown_after_ms = json_i64_or(json_get(m, STR("shownAfterMs")), 0);
        if (u->mirror && (!u->mirror->is_list || u->by || u->to == r)) {
            load_bad(
                l, json_get(m, STR("mirror")),
                "a mirror is a list of ids in another resource (\"codes[].id\"), of a reference "
                "by id");
        }
        if (u->shown_after_ms > 0 && (r->has_delayed || !u->field->is_list || u->by ||
                                      json_exists(json_get(r->source, STR("show"))))) {
            load_bad(l, json_get(m, STR("shownAfterMs")),
                     "one list of references by id may show late, of a resource without \"show\"");
        }
        r->has_delayed = r->has_delayed || u->shown_after_ms > 0;
        u->n_requires = load_requires(l, &u->requires, json_get(m, STR("requires")), NULL);
    }
    add_link_end(r, at, r->parent_field, r->parent);
    add_link_end(r, at, r->target_field, r->target);
    r->references = at;
}

static void load_orders(struct loader *l, struct resource *r, struct json all)
{
    struct order_rule *at = ARENA_ARRAY(l->a, json_count(all) + 1, struct order_rule);
    for (struct json m = json_first(all); json_exists(m); m = json_next(m)) {
        struct order_rule *u = &at[r->n_orders++];
        u->field = load_field(l, json_get(m, STR("field")));
        u->group = load_field(l, json_get(m, STR("group")));
        u->fold = load_fold(json_get(m, STR("fold")));
        u->is_numeric = json_is_true(json_get(m, STR("numeric")));
    }
    r->n_orders = r->n_orders ? r->n_orders : 1;
    r->orders = at;
}

static void load_one(struct loader *l, struct resource *r, struct json m)
{
    struct json version = json_get(m, STR("version")), links = json_get(m, STR("links"));
    r->source = m;
    r->title = load_str(m, "title", "entity");
    struct json schema = json_get(m, STR("schema"));
    if (json_kind(schema) == JSON_STRING) {
        struct str text = json_str(schema);
        r->schema = load_deref(l, json_pointer_find(l->root, str_slice(text, 1, text.len)));
        if (!json_exists(r->schema)) {
            load_bad(l, schema, "\"%.*s\" leads nowhere", STR_ARG(text));
        }
    }
    r->shape = load_schema(l, r->schema);
    load_members(l, r, m);
    load_id(l, r, json_get(m, STR("id")));
    r->name_field = load_field(l, json_get(m, STR("nameField")));
    load_template(l, &r->on_create, json_get(m, STR("onCreate")));
    load_template(l, &r->on_change, json_get(m, STR("onChange")));
    load_template(l, &r->derived, json_get(m, STR("derived")));
    load_template(l, &r->defaults, json_get(m, STR("defaults")));
    r->n_whole = load_words(l, &r->whole, json_get(m, STR("defaultsWhole")));
    load_unique(l, r, json_get(m, STR("unique")));
    load_limits(l, r, json_get(m, STR("limits")));
    load_ordered(l, r, json_get(m, STR("ordered")));
    if (json_exists(links)) {
        r->parent_field = load_field(l, json_path(links, STR("parent.field")));
        r->parent = load_resource_named(l, json_path(links, STR("parent.resource")));
        r->target_field = load_field(l, json_path(links, STR("target.field")));
        r->target = load_resource_named(l, json_path(links, STR("target.resource")));
    }
    load_references(l, r, json_get(m, STR("references")));
    load_orders(l, r, json_get(m, STR("orders")));
    load_template_rows(l, &r->show, json_get(m, STR("show")));
    r->version_field = load_field(l, json_get(version, STR("field")));
    r->version_start = json_i64_or(json_get(version, STR("start")), 1);
    r->is_version_text = str_eq(load_str(version, "as", ""), STR("text"));
    r->has_etag = json_is_true(json_get(m, STR("etag")));
    load_personal(l, r, json_get(m, STR("personal")));
    load_events(l, r, json_get(m, STR("events")));
    load_audit(l, r, json_get(m, STR("audit")));
    r->visible_after_ms = json_i64_or(json_get(m, STR("visibleAfterMs")), 0);
}

void load_resources(struct loader *l)
{
    struct json all = json_get(l->ext, STR("resources"));
    size_t i = 0;
    l->resources = ARENA_ARRAY(l->a, json_count(all) + 1, struct resource);
    for (struct json m = json_first(all); json_exists(m); m = json_next(m), i++) {
        l->resources[i].name = json_key(m);
        l->resources[i].index = i;
    }
    l->c->resources = l->resources;
    l->c->n_resources = i;
    i = 0;
    for (struct json m = json_first(all); json_exists(m); m = json_next(m)) {
        load_one(l, &l->resources[i++], m);
    }
}

const struct resource *contract_resource(const struct contract *c, struct str name)
{
    for (size_t i = 0; i < c->n_resources; i++) {
        if (str_eq(c->resources[i].name, name)) {
            return &c->resources[i];
        }
    }
    return NULL;
}

const struct operation *contract_operation(const struct contract *c, struct str id)
{
    for (size_t i = 0; i < c->n_operations; i++) {
        if (str_eq(c->operations[i].id, id)) {
            return &c->operations[i];
        }
    }
    return NULL;
}
