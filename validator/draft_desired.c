/* Desired states: a snapshot's shape, or a part of it. A resource that is not named is not managed, nor is
 * a member that is not given; with `prunes`, what a named resource holds beside what is named goes. */
#include "validator/draft_int.h"

/* Entities of one resource by name; several of one name: none. */
static void index_names(const struct draft *d, const struct resource *r, struct map *out,
                        struct arena *a)
{
    size_t n = deps_node_count(d->before);
    for (size_t i = 0; i < n; i++) {
        const struct deps_node *node = deps_node(d->before, (uint32_t)i);
        if (node->resource == r && node->name.len && !node->is_missing) {
            uint32_t *at = ARENA_NEW(a, uint32_t);
            const uint32_t *other = map_get(out, node->name);
            *at = other ? DEPS_NONE : (uint32_t)i;
            (void)map_put(out, node->name, at);
        }
    }
}

static void alias(struct draft *d, struct str from, struct str to)
{
    if (from.len && to.len && !str_eq(from, to)) {
        struct str *kept = ARENA_NEW(d->check.arena, struct str);
        *kept = str_copy(d->check.arena, to);
        (void)map_put(&d->aliases, from, kept);
    }
}

static void say_several(struct draft *d, struct json at, const struct resource *r)
{
    struct finding f = check_finding(&d->check, at, "R408", SEVERITY_ERROR);
    f.message = findings_text(d->check.fs, "several of the tenant's %.*ss have this name",
                              STR_ARG(r->title));
    f.hint = STR("say which by its id");
    findings_add(d->check.fs, &f);
}

/* Which entity of the tenant is meant; marks it as named. */
static uint32_t match(struct draft *d, const struct resource *r, struct json v, struct str id,
                      const struct map *names, bool *out_is_bad)
{
    uint32_t node = id.len ? deps_find(d->before, r, id) : DEPS_NONE;
    struct json name = r->name_field ? field_find(r->name_field, v) : (struct json){0};
    *out_is_bad = false;
    if (node != DEPS_NONE && !deps_node(d->before, node)->is_missing) {
        return node;
    }
    const uint32_t *found = map_get(names, json_str_or(name, STR("")));
    if (found && *found == DEPS_NONE) {
        say_several(d, name, r);
        *out_is_bad = true;
    }
    return found ? *found : DEPS_NONE;
}

static void add_entity(struct draft *d, const struct resource *r, struct json v,
                       const struct map *names, unsigned char *is_named)
{
    struct str id = r->id_field ? field_text(r->id_field, v) : STR("");
    bool is_bad = false;
    id = id.s ? id : STR("");
    uint32_t node = match(d, r, v, id, names, &is_bad);
    if (is_bad) {
        return;
    }
    bool is_new = node == DEPS_NONE;
    struct draft_intent *out =
        draft_intent(d, is_new ? INTENT_CREATE : INTENT_UPDATE, is_new ? RANK_CREATE : RANK_CHANGE);
    out->resource = r;
    out->at = out->body = v;
    if (is_new) {
        out->makes = id; /* others may name it by what the file calls it */
        return;
    }
    out->id = deps_node(d->before, node)->id;
    is_named[node] = 1;
    alias(d, id, out->id);
}

static void add_link(struct draft *d, const struct resource *r, struct json v)
{
    struct str parent = field_text(r->parent_field, v);
    struct str target = r->target_field ? field_text(r->target_field, v) : (struct str){0};
    if (!parent.s || !target.s) {
        struct finding f = check_finding(&d->check, v, "S101", SEVERITY_ERROR);
        f.message = findings_text(d->check.fs, "a %.*s names both its ends", STR_ARG(r->title));
        findings_add(d->check.fs, &f);
        return;
    }
    struct draft_intent *out = draft_intent(d, INTENT_LINK, RANK_CHANGE);
    out->resource = r;
    out->at = out->body = v;
    out->parent = parent;
    out->target = target;
}

/* What the file does not name of a resource that it names. */
static void prune(struct draft *d, const struct resource *r, struct json at,
                  const unsigned char *is_named)
{
    for (size_t i = 0; i < deps_node_count(d->before); i++) {
        const struct deps_node *node = deps_node(d->before, (uint32_t)i);
        if (node->resource == r && !node->is_missing && !is_named[i]) {
            struct draft_intent *out = draft_intent(d, INTENT_DELETE, RANK_DELETE);
            out->resource = r;
            out->at = at;
            out->id = node->id;
            out->name = node->name;
        }
    }
}

static void prune_links(struct draft *d, const struct resource *r, struct json all)
{
    struct map named = {0};
    struct buf key;
    for (struct json v = json_first(all); json_exists(v); v = json_next(v)) {
        struct str parent = field_text(r->parent_field, v);
        struct str target = r->target_field ? field_text(r->target_field, v) : STR("");
        const struct str *one = map_get(&d->aliases, parent), *two = map_get(&d->aliases, target);
        buf_init(&key, d->check.arena);
        buf_printf(&key, "%.*s\n%.*s", STR_ARG(one ? *one : parent), STR_ARG(two ? *two : target));
        (void)map_put(&named, buf_str(&key), d);
    }
    for (size_t i = 0; i < deps_edge_count(d->before); i++) {
        const struct deps_edge *e = deps_edge(d->before, i);
        struct str parent = deps_node(d->before, e->from)->id;
        struct str target = deps_node(d->before, e->to)->id;
        if (e->link != r) {
            continue;
        }
        buf_init(&key, d->check.arena);
        buf_printf(&key, "%.*s\n%.*s", STR_ARG(parent), STR_ARG(target));
        if (!map_get(&named, buf_str(&key))) {
            struct draft_intent *out = draft_intent(d, INTENT_UNLINK, RANK_UNLINK);
            out->resource = r;
            out->at = all;
            out->parent = parent;
            out->target = target;
        }
    }
    map_done(&named);
}

static void add_resource(struct draft *d, const struct resource *r, struct json all,
                         unsigned char *is_named)
{
    struct map names = {0};
    if (!r->parent) {
        index_names(d, r, &names, d->check.arena);
    }
    for (struct json v = json_first(all); json_exists(v); v = json_next(v)) {
        if (json_kind(v) != JSON_OBJECT) {
            struct finding f = check_finding(&d->check, v, "S103", SEVERITY_ERROR);
            f.message = STR("an entity is an object");
            findings_add(d->check.fs, &f);
        } else if (r->parent) {
            add_link(d, r, v);
        } else {
            add_entity(d, r, v, &names, is_named);
        }
    }
    map_done(&names);
    if (d->prunes && r->parent) {
        prune_links(d, r, all);
    } else if (d->prunes) {
        prune(d, r, all, is_named);
    }
}

static void say_bad(struct draft *d, struct json at, bool is_name, const char *message)
{
    struct finding f = is_name ? json_key_finding(d->check.fs, at, STR("S107"), SEVERITY_ERROR)
                               : check_finding(&d->check, at, "S107", SEVERITY_ERROR);
    f.message = findings_text(d->check.fs, "%s", message);
    f.hint = findings_text(d->check.fs, "rehearse profile show %.*s lists its resources",
                           STR_ARG(d->check.contract->name));
    findings_add(d->check.fs, &f);
}

void draft_desired(struct draft *d, struct json root)
{
    struct json profile = json_get(root, STR("profile"));
    struct json resources = json_get(root, STR("resources"));
    unsigned char *is_named =
        ARENA_ARRAY(d->check.arena, deps_node_count(d->before) + 1, unsigned char);
    if (json_exists(profile) && !str_eq(json_str_or(profile, STR("")), d->check.contract->name)) {
        say_bad(d, profile, false, "this desired state is for another profile");
        return;
    }
    for (int links = 0; links < 2; links++) { /* links last: ids of what they join are known then */
        for (struct json m = json_first(resources); json_exists(m); m = json_next(m)) {
            const struct resource *r = contract_resource(d->check.contract, json_key(m));
            bool is_list = json_kind(m) == JSON_ARRAY;
            if (links == 0 && (!r || !is_list)) {
                say_bad(d, m, !r,
                        r ? "the entities of a resource are an array"
                          : "the profile has no resource of this name");
            } else if (r && is_list && (r->parent != NULL) == (links == 1)) {
                add_resource(d, r, m, is_named);
            }
        }
    }
}

/* --- carried out --- */

static struct str aliased(const struct draft *d, struct str text)
{
    const struct str *to = map_get(&d->aliases, text);
    return to ? *to : text;
}

static void put_aliased(const struct draft *d, struct buf *out, struct json v)
{
    if (json_kind(v) == JSON_STRING) {
        buf_put_json_string(out, aliased(d, json_str(v)));
        return;
    }
    if (json_kind(v) != JSON_ARRAY && json_kind(v) != JSON_OBJECT) {
        json_put(out, v);
        return;
    }
    bool is_object = json_kind(v) == JSON_OBJECT, is_first = true;
    buf_put_char(out, is_object ? '{' : '[');
    for (struct json m = json_first(v); json_exists(m); m = json_next(m)) {
        buf_put(out, is_first ? STR("") : STR(","));
        is_first = false;
        if (is_object) {
            buf_put_json_string(out, aliased(d, json_key(m)));
            buf_put_char(out, ':');
        }
        put_aliased(d, out, m); /* as deep as the document */
    }
    buf_put_char(out, is_object ? '}' : ']');
}

/* Members that a client writes with this operation; of a change only those that differ from `there`. */
static struct json writable(struct draft *d, const struct resource *r, const struct operation *op,
                            struct json v, struct json there)
{
    const struct contract *c = d->check.contract;
    bool is_inner = op->action == ACTION_BATCH || op->wrap.len;
    struct json schema = is_inner ? r->schema : op->body_schema_source;
    const struct json_doc *doc = NULL, *one = NULL;
    struct buf out, value;
    bool is_first = true;
    buf_init(&out, d->check.arena);
    buf_put_char(&out, '{');
    for (struct json m = json_first(v); json_exists(m); m = json_next(m)) {
        struct member_look look = {0}, own = {0};
        bool is_id = r->id_field && str_eq(r->id_field->text, json_key(m));
        bool is_version = r->version_field && str_eq(r->version_field->text, json_key(m));
        if (json_exists(schema)) {
            look = contract_member(c, schema, json_key(m));
        }
        own = contract_member(c, r->schema, json_key(m));
        bool is_unknown = look.has_names && !look.n && !look.is_open;
        bool is_kept =
            is_id ? !json_exists(there) && (r->id_given == ID_GIVEN_TAKEN || r->id_make == ID_GIVEN)
                  : !is_version && !is_unknown && !(look.n && look.is_read_only) &&
                        !(own.n && own.is_read_only);
        buf_init(&value, d->check.arena);
        put_aliased(d, &value, m);
        bool is_read =
            is_kept && json_parse(&one, d->check.arena, STR(""), buf_str(&value), NULL, NULL, NULL);
        if (!is_read ||
            (json_exists(there) && draft_holds(json_get(there, json_key(m)), json_root(one)))) {
            continue;
        }
        buf_put(&out, is_first ? STR("") : STR(","));
        is_first = false;
        buf_put_json_string(&out, json_key(m));
        buf_put_char(&out, ':');
        buf_put(&out, buf_str(&value));
    }
    buf_put_char(&out, '}');
    bool is_made = json_parse(&doc, d->check.arena, STR(""), buf_str(&out), NULL, NULL, NULL);
    return is_made ? json_root(doc) : (struct json){0};
}

static void create(struct draft *d, const struct draft_intent *intent)
{
    const struct resource *r = intent->resource;
    const struct operation *op = check_operation(d->check.contract, r, ACTION_CREATE);
    op = op ? op : check_operation(d->check.contract, r, ACTION_BATCH);
    struct str id = STR("");
    struct json body = op ? writable(d, r, op, intent->body, (struct json){0}) : intent->body;
    (void)check_create_as(&d->check, r, intent->at, body, intent->body, &id);
    alias(d, intent->makes, id);
}

static void update(struct draft *d, const struct draft_intent *intent)
{
    const struct resource *r = intent->resource;
    const struct operation *op = check_operation(d->check.contract, r, ACTION_MERGE);
    op = op ? op : check_operation(d->check.contract, r, ACTION_REPLACE);
    struct json there = draft_entity(d, r, intent->id);
    if (!op) { /* what cannot be changed may be named, as long as it is so */
        struct json same = intent->body;
        bool is_so = draft_holds(there, same);
        if (is_so) {
            draft_noop(d, r, intent->id, r->name_field ? field_text(r->name_field, there) : STR(""),
                       "it is so already");
        } else {
            (void)check_update(&d->check, r, intent->at, intent->id, intent->body);
        }
        return;
    }
    struct json set = writable(d, r, op, intent->body, there);
    if (!json_count(set)) {
        struct str name = r->name_field ? field_text(r->name_field, there) : STR("");
        draft_noop(d, r, intent->id, name, "it is so already");
        return;
    }
    (void)check_update_as(&d->check, r, intent->at, intent->id, set, intent->body);
}

void draft_run_desired(struct draft *d, const struct draft_intent *intent)
{
    if (intent->kind == INTENT_CREATE) {
        create(d, intent);
    } else if (intent->kind == INTENT_UPDATE) {
        update(d, intent);
    } else if (intent->kind == INTENT_DELETE) {
        (void)check_delete(&d->check, intent->resource, intent->at, intent->id);
    } else if (intent->kind == INTENT_LINK) {
        (void)draft_link(d, intent->resource, intent->at, aliased(d, intent->parent),
                         aliased(d, intent->target), intent->body);
    } else {
        (void)draft_unlink(d, intent->resource, intent->at, intent->parent, intent->target);
    }
}
