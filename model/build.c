/* Building entities. The entity under construction is a small tree of nodes in the scratch arena:
 *
 *     OBJECT ── name: LEAF (a value of the body or of the previous entity, still JSON)
 *            ── division: OBJECT ── id: LEAF, name: TEXT (rendered from a template)
 *            ── skills: ARRAY ── OBJECT …
 *
 * A leaf is opened into an object or array only when something has to be put inside it. Order of
 * the steps: what the caller gave, defaults, onCreate, onChange, id and version, embeds, derived.
 * The order of members does not matter here: the store writes them in the schema's. */
#include "model/build.h"

enum node_kind { NODE_LEAF, NODE_TEXT, NODE_OBJECT, NODE_ARRAY };

struct node {
    enum node_kind kind;
    struct str name;
    struct json json; /* NODE_LEAF */
    struct str text;  /* NODE_TEXT: JSON */
    struct node *first, *last, *next;
};

struct builder {
    const struct build *build;
    struct arena *arena;
    struct node *root;
    struct json target; /* {target.…} while an embed is rendered */
    struct template_source source;
};

static struct node *node_new(struct builder *b, enum node_kind kind, struct str name)
{
    struct node *n = ARENA_NEW(b->arena, struct node);
    n->kind = kind;
    n->name = name;
    return n;
}

static void node_append(struct node *parent, struct node *child)
{
    if (parent->last) {
        parent->last->next = child;
    } else {
        parent->first = child;
    }
    parent->last = child;
}

/* Turns a leaf that holds an object or array into nodes, one level deep. */
static void node_open(struct builder *b, struct node *n)
{
    if (n->kind != NODE_LEAF) {
        return;
    }
    enum json_kind kind = json_kind(n->json);
    if (kind != JSON_OBJECT && kind != JSON_ARRAY) {
        return;
    }
    n->kind = kind == JSON_OBJECT ? NODE_OBJECT : NODE_ARRAY;
    for (struct json m = json_first(n->json); json_exists(m); m = json_next(m)) {
        struct node *child =
            node_new(b, NODE_LEAF, kind == JSON_OBJECT ? json_key(m) : (struct str){0});
        child->json = m;
        node_append(n, child);
    }
}

static struct node *node_find(const struct node *parent, struct str name)
{
    for (struct node *n = parent->first; n; n = n->next) {
        if (str_eq(n->name, name)) {
            return n;
        }
    }
    return NULL;
}

static void node_drop(struct node *parent, struct str name)
{
    struct node *before = NULL;
    for (struct node *n = parent->first; n; before = n, n = n->next) {
        if (!str_eq(n->name, name)) {
            continue;
        }
        if (before) {
            before->next = n->next;
        } else {
            parent->first = n->next;
        }
        if (parent->last == n) {
            parent->last = before;
        }
        return;
    }
}

/* The member of that name, made if absent; an existing one is emptied to be overwritten. */
static struct node *node_set(struct builder *b, struct node *parent, struct str name,
                             enum node_kind kind)
{
    struct node *n = node_find(parent, name);
    if (!n) {
        n = node_new(b, kind, name);
        node_append(parent, n);
    }
    n->kind = kind;
    n->first = n->last = NULL;
    return n;
}

static void node_put(struct buf *out, const struct node *n)
{
    switch (n->kind) {
    case NODE_LEAF:
        json_put(out, n->json);
        return;
    case NODE_TEXT:
        buf_put(out, n->text);
        return;
    case NODE_OBJECT:
    case NODE_ARRAY:
        break;
    }
    bool is_object = n->kind == NODE_OBJECT;
    buf_put_char(out, is_object ? '{' : '[');
    for (const struct node *c = n->first; c; c = c->next) {
        if (c != n->first) {
            buf_put_char(out, ',');
        }
        if (is_object) {
            buf_put_json_string(out, c->name);
            buf_put_char(out, ':');
        }
        node_put(out, c);
    }
    buf_put_char(out, is_object ? '}' : ']');
}

/* The value at a dotted name inside the tree, as JSON text; false if there is none. */
static bool tree_resolve(struct builder *b, struct buf *out, struct str dotted)
{
    struct node *n = b->root;
    struct str part;
    while (dotted.s && str_cut(&dotted, '.', &part)) {
        node_open(b, n);
        if (n->kind == NODE_TEXT) {
            return false; /* a rendered value: its inside is not looked at */
        }
        n = n->kind == NODE_OBJECT ? node_find(n, part) : NULL;
        if (!n) {
            return false;
        }
    }
    node_put(out, n);
    return true;
}

static bool json_resolve(struct buf *out, struct json from, struct str dotted)
{
    struct json v = dotted.len ? json_path(from, dotted) : from;
    if (!json_exists(v)) {
        return false;
    }
    json_put(out, v);
    return true;
}

static void put_version(struct buf *out, const struct build *build)
{
    if (build->resource->is_version_text) {
        buf_put_char(out, '"');
    }
    buf_put_i64(out, build->version);
    if (build->resource->is_version_text) {
        buf_put_char(out, '"');
    }
}

static void put_id(struct buf *out, const struct build *build)
{
    const struct resource *r = build->resource;
    struct json type = {0};
    if (r->id_field && r->id_field->n == 1) {
        type = json_get(json_get(json_get(r->schema, STR("properties")), r->id_field->parts[0]),
                        STR("type"));
    }
    int64_t number = 0;
    if (json_kind(type) == JSON_STRING && str_eq(json_str(type), STR("integer")) &&
        num_parse_i64(&number, build->id, INT64_MIN, INT64_MAX)) {
        buf_put_i64(out, number);
    } else {
        buf_put_json_string(out, build->id);
    }
}

static bool resolve(struct buf *out, const struct var *var, void *ctx)
{
    struct builder *b = ctx;
    if (var->scope == VAR_ID) {
        put_id(out, b->build);
        return true;
    }
    if (var->scope == VAR_VERSION) {
        put_version(out, b->build);
        return true;
    }
    if (var->scope == VAR_ENTITY) {
        return tree_resolve(b, out, var->name.len ? var->name : (struct str){0});
    }
    if (var->scope == VAR_TARGET && json_exists(b->target)) {
        return json_resolve(out, b->target, var->name);
    }
    if (var->scope == VAR_BODY && !b->build->source) {
        return json_resolve(out, b->build->body, var->name);
    }
    const struct template_source *outer = b->build->source;
    return outer && outer->resolve(out, var, outer->ctx);
}

static bool each(struct str list, size_t i, void *ctx)
{
    const struct builder *b = ctx;
    const struct template_source *outer = b->build->source;
    return outer && outer->each && outer->each(list, i, outer->ctx);
}

/* Puts a template's members into `parent`; existing ones stay unless `overwrites`. */
static void apply(struct builder *b, struct node *parent, const struct template *t, bool overwrites)
{
    struct str name;
    const struct template *value;
    for (size_t i = 0; t && template_member(t, i, &name, &value); i++) {
        struct node *there = node_find(parent, name);
        struct str inner_name;
        const struct template *inner;
        if (template_member(value, 0, &inner_name, &inner)) {
            if (there) {
                node_open(b, there);
            }
            if (!there || (there->kind != NODE_OBJECT && overwrites)) {
                there = node_set(b, parent, name, NODE_OBJECT);
            }
            if (there->kind == NODE_OBJECT) {
                apply(b, there, value, overwrites);
            }
            continue;
        }
        if (there && !overwrites) {
            continue;
        }
        struct buf text;
        buf_init(&text, b->arena);
        if (template_put(&text, value, &b->source)) {
            node_set(b, parent, name, NODE_TEXT)->text = buf_str(&text);
        }
    }
}

static struct json schema_of(const struct resource *r, struct str member)
{
    return json_get(json_get(r->schema, STR("properties")), member);
}

static bool is_read_only(const struct resource *r, struct str member)
{
    return json_is_true(json_get(schema_of(r, member), STR("readOnly")));
}

/* True if a body may set the member. */
static bool is_taken(const struct resource *r, struct str member)
{
    if (r->id_field && r->id_field->n == 1 && str_eq(r->id_field->parts[0], member)) {
        return false; /* the id is put in by itself */
    }
    if (r->n_members == 0) {
        return true;
    }
    if (!json_exists(schema_of(r, member))) {
        struct json more = json_get(r->schema, STR("additionalProperties"));
        return json_exists(more) && !(json_kind(more) == JSON_BOOL && !json_is_true(more));
    }
    return !is_read_only(r, member);
}

/* RFC 7396 for what is inside a member. */
static void merge_into(struct builder *b, struct node *n, struct json patch)
{
    if (json_kind(patch) != JSON_OBJECT) {
        n->kind = NODE_LEAF;
        n->json = patch;
        n->first = n->last = NULL;
        return;
    }
    node_open(b, n);
    if (n->kind != NODE_OBJECT) {
        n->kind = NODE_OBJECT;
        n->first = n->last = NULL;
    }
    for (struct json m = json_first(patch); json_exists(m); m = json_next(m)) {
        if (json_kind(m) == JSON_NULL) {
            node_drop(n, json_key(m));
            continue;
        }
        struct node *there = node_find(n, json_key(m));
        if (!there) {
            there = node_set(b, n, json_key(m), NODE_OBJECT);
        }
        merge_into(b, there, m);
    }
}

static void take_body(struct builder *b)
{
    const struct build *build = b->build;
    for (struct json m = json_first(build->body); json_exists(m); m = json_next(m)) {
        struct str name = json_key(m);
        if (build->mode != BUILD_LOAD && !is_taken(build->resource, name)) {
            continue;
        }
        if (build->mode != BUILD_MERGE) {
            node_set(b, b->root, name, NODE_LEAF)->json = m;
            continue;
        }
        if (json_kind(m) == JSON_NULL) {
            node_drop(b->root, name);
            continue;
        }
        struct node *there = node_find(b->root, name);
        if (!there) {
            there = node_set(b, b->root, name, NODE_OBJECT);
        }
        merge_into(b, there, m);
    }
}

static bool template_names(const struct template *t, struct str member)
{
    struct str name;
    const struct template *value;
    for (size_t i = 0; t && template_member(t, i, &name, &value); i++) {
        if (str_eq(name, member)) {
            return true;
        }
    }
    return false;
}

static void take_previous(struct builder *b)
{
    const struct build *build = b->build;
    const struct resource *r = build->resource;
    for (struct json m = json_first(build->previous); json_exists(m); m = json_next(m)) {
        struct str name = json_key(m);
        if (build->mode == BUILD_REPLACE && !is_read_only(r, name) &&
            !template_names(r->on_create, name)) {
            continue;
        }
        node_set(b, b->root, name, NODE_LEAF)->json = m;
    }
}

/* Puts `text` at a field path without item steps, making objects on the way. */
static void put_at(struct builder *b, const struct field_path *path, struct str text,
                   bool overwrites)
{
    struct node *n = b->root;
    for (size_t i = 0; i + 1 < path->n; i++) {
        struct node *next = node_find(n, path->parts[i]);
        if (next) {
            node_open(b, next);
        }
        if (!next || next->kind != NODE_OBJECT) {
            next = node_set(b, n, path->parts[i], NODE_OBJECT);
        }
        n = next;
    }
    if (overwrites || !node_find(n, path->parts[path->n - 1])) {
        node_set(b, n, path->parts[path->n - 1], NODE_TEXT)->text = text;
    }
}

static void put_own(struct builder *b)
{
    const struct build *build = b->build;
    const struct resource *r = build->resource;
    if (r->id_field && !r->id_field->is_list) {
        struct buf text;
        buf_init(&text, b->arena);
        put_id(&text, build);
        put_at(b, r->id_field, buf_str(&text), true);
    }
    if (r->version_field && !r->version_field->is_list) {
        struct buf text;
        buf_init(&text, b->arena);
        put_version(&text, build);
        put_at(b, r->version_field, buf_str(&text), build->mode != BUILD_LOAD);
    }
}

/* The text of a node that is a JSON string or a number; s NULL if it is neither. */
static struct str node_string(struct builder *b, const struct node *n)
{
    if (n->kind == NODE_LEAF) {
        if (json_kind(n->json) == JSON_NUMBER) {
            return json_number_text(n->json);
        }
        return json_kind(n->json) == JSON_STRING ? json_str(n->json) : (struct str){0};
    }
    const struct json_doc *doc = NULL;
    struct err err = {0};
    if (n->kind == NODE_TEXT && json_parse(&doc, b->arena, STR(""), n->text, NULL, NULL, &err)) {
        struct json v = json_root(doc);
        return json_kind(v) == JSON_NUMBER ? json_number_text(v) : json_str_or(v, (struct str){0});
    }
    return (struct str){0};
}

void build_targets_done(struct build_targets *t)
{
    arena_done(&t->arena);
    *t = (struct build_targets){0};
}

static struct json parse(struct arena *a, const struct entity *e)
{
    const struct json_doc *doc = NULL;
    const struct json_limits limits = {.is_terminated = true}; /* entity_new sees to that */
    bool is_good = json_parse(&doc, a, STR(""), e->text, &limits, NULL, NULL);
    return is_good ? json_root(doc) : (struct json){0};
}

/* The entity's value; of those that share a place in the table the last one stays. */
static struct json target_value(struct builder *b, const struct entity *e)
{
    enum { TARGETS_BYTES = 1 << 20 };
    struct build_targets *t = b->build->targets;
    if (!t) {
        return parse(b->arena, e);
    }
    size_t i = (size_t)(str_hash(e->id) % BUILD_TARGETS);
    if (t->at[i].entity != e) {
        if (t->arena.used_bytes > TARGETS_BYTES) {
            build_targets_done(t);
        }
        t->at[i].entity = e;
        t->at[i].value = parse(&t->arena, e);
    }
    return t->at[i].value;
}

static void embed_here(struct builder *b, const struct reference_rule *rule, struct node *owner,
                       const struct node *leaf)
{
    struct str value = node_string(b, leaf);
    if (!value.s) {
        return;
    }
    const struct entity *target = tenant_find_by_rule(b->build->tenant, rule, value);
    b->target = target ? target_value(b, target) : (struct json){0};
    if (!json_exists(b->target)) {
        return;
    }
    apply(b, owner, rule->embed, true);
    b->target = (struct json){0};
}

static void embed(struct builder *b, const struct reference_rule *rule, struct node *n, size_t part)
{
    const struct field_path *path = rule->field;
    node_open(b, n);
    if (path->parts[part].len == 0) {
        for (struct node *item = n->kind == NODE_ARRAY ? n->first : NULL; item; item = item->next) {
            if (part + 1 < path->n) {
                embed(b, rule, item, part + 1);
            }
        }
        return;
    }
    struct node *next = n->kind == NODE_OBJECT ? node_find(n, path->parts[part]) : NULL;
    if (!next) {
        return;
    }
    if (part + 1 < path->n) {
        embed(b, rule, next, part + 1);
    } else {
        embed_here(b, rule, n, next);
    }
}

/* Takes the names of no target out of the object that `rule` speaks of. */
static void drop_unknown(struct builder *b, const struct reference_rule *rule)
{
    struct node *n = b->root;
    for (size_t i = 0; n && i < rule->field->n; i++) {
        node_open(b, n);
        n = n->kind == NODE_OBJECT ? node_find(n, rule->field->parts[i]) : NULL;
    }
    if (!n) {
        return;
    }
    node_open(b, n);
    struct node *next = NULL;
    for (struct node *m = n->kind == NODE_OBJECT ? n->first : NULL; m; m = next) {
        next = m->next;
        if (!tenant_find_by_rule(b->build->tenant, rule, m->name)) {
            node_drop(n, m->name);
        }
    }
}

/* Defaults, but for what is inside members that are there and count as wholes. */
static void apply_defaults(struct builder *b)
{
    const struct resource *r = b->build->resource;
    struct node *aside = NULL; /* members that are there, while the defaults are put in */
    for (size_t i = 0; i < r->n_whole; i++) {
        struct node *there = node_find(b->root, r->whole[i]);
        if (there) {
            node_drop(b->root, r->whole[i]);
            there->next = aside;
            aside = there;
        }
    }
    apply(b, b->root, r->defaults, false);
    while (aside) {
        struct node *next = aside->next;
        aside->next = NULL;
        node_drop(b->root, aside->name);
        node_append(b->root, aside);
        aside = next;
    }
}

void entity_build(struct buf *out, struct arena *a, const struct build *build)
{
    const struct resource *r = build->resource;
    struct builder b = {.build = build, .arena = a};
    b.root = node_new(&b, NODE_OBJECT, (struct str){0});
    b.source = (struct template_source){.resolve = resolve, .each = each, .ctx = &b};
    if (build->mode == BUILD_REPLACE || build->mode == BUILD_MERGE ||
        build->mode == BUILD_REFRESH) {
        take_previous(&b);
    }
    if (build->mode != BUILD_REFRESH) {
        take_body(&b);
        if (build->mode != BUILD_MERGE) {
            apply_defaults(&b);
        }
        if (build->mode == BUILD_CREATE || build->mode == BUILD_LOAD) {
            apply(&b, b.root, r->on_create, build->mode == BUILD_CREATE);
        }
        apply(&b, b.root, r->on_change, build->mode != BUILD_LOAD);
        put_own(&b);
    }
    for (size_t i = 0; build->tenant && i < r->n_references; i++) {
        if (r->references[i].drops_unknown && build->mode != BUILD_LOAD) {
            drop_unknown(&b, &r->references[i]);
        }
        if (r->references[i].embed) {
            embed(&b, &r->references[i], b.root, 0);
        }
    }
    apply(&b, b.root, r->derived, true);
    node_put(out, b.root);
}
