/* Documents by URI, and what in them can be referred to.
 *
 * When a document is added it is walked along the keywords that hold schemas; each $id on the way
 * begins a resource of its own with its own base URI, each anchor becomes an entry "URI#name". What
 * stands elsewhere (in enum, in examples, under unknown words) names nothing, as the specification
 * asks. A reference may still lead there, and a document need not be a schema at all (OpenAPI):
 * then the place is walked at that time. */
#include "model/schema_int.h"

#include <string.h>

#include "model/builtin.h"

#define META_BASE "https://json-schema.org/draft/2020-12/"

static const struct meta {
    struct str uri, file;
} metas[] = {
    {STR_INIT(META_BASE "schema"), STR_INIT("metaschema/schema.json")},
    {STR_INIT(META_BASE "meta/core"), STR_INIT("metaschema/core.json")},
    {STR_INIT(META_BASE "meta/applicator"), STR_INIT("metaschema/applicator.json")},
    {STR_INIT(META_BASE "meta/unevaluated"), STR_INIT("metaschema/unevaluated.json")},
    {STR_INIT(META_BASE "meta/validation"), STR_INIT("metaschema/validation.json")},
    {STR_INIT(META_BASE "meta/meta-data"), STR_INIT("metaschema/meta-data.json")},
    {STR_INIT(META_BASE "meta/format-annotation"), STR_INIT("metaschema/format-annotation.json")},
    {STR_INIT(META_BASE "meta/format-assertion"), STR_INIT("metaschema/format-assertion.json")},
    {STR_INIT(META_BASE "meta/content"), STR_INIT("metaschema/content.json")},
};

struct schema_set *schema_set_new(struct arena *a, bool has_format_assertion)
{
    struct schema_set *set = ARENA_NEW(a, struct schema_set);
    set->arena = a;
    set->has_format_assertion = has_format_assertion;
    return set;
}

void schema_set_free(struct schema_set *set)
{
    if (set == NULL) {
        return;
    }
    size_t cursor = 0;
    struct str key;
    void *value;
    while (map_next(&set->patterns, &cursor, &key, &value)) {
        pattern_free(value);
    }
    map_done(&set->documents);
    map_done(&set->resources);
    map_done(&set->anchors);
    map_done(&set->nodes);
    map_done(&set->patterns);
    map_done(&set->wanted);
    vec_done(&set->pending);
}

/* --- documents and resources --- */

static struct document *document_of(const struct schema_set *set, const struct json_doc *doc)
{
    struct schema_key key = {.doc = doc};
    return map_get(&set->documents, (struct str){(const char *)&key, sizeof key});
}

static struct document *document_add(struct schema_set *set, const struct json_doc *doc)
{
    struct document *d = document_of(set, doc);
    if (d == NULL) {
        d = ARENA_NEW(set->arena, struct document);
        d->key.doc = doc;
        map_put(&set->documents, (struct str){(const char *)&d->key, sizeof d->key}, d);
    }
    return d;
}

static struct resource *resource_add(struct schema_set *set, struct document *d, struct str uri,
                                     struct json root, struct resource *parent)
{
    struct resource *r = ARENA_NEW(set->arena, struct resource);
    r->uri = uri;
    r->root = root;
    r->parent = parent;
    if (d->n_resources == d->resources_cap) {
        d->resources_cap = d->resources_cap > 0 ? d->resources_cap * 2 : 4;
        struct resource **more = ARENA_ARRAY(set->arena, d->resources_cap, struct resource *);
        if (d->n_resources > 0) {
            memcpy(more, d->resources, d->n_resources * sizeof(struct resource *));
        }
        d->resources = more;
    }
    d->resources[d->n_resources++] = r;
    return r;
}

/* The one of the shortest text that holds the place. */
struct resource *schema_resource_of(const struct schema_set *set, struct json at)
{
    const struct document *d = document_of(set, at.doc);
    struct resource *best = d->resources[0];
    size_t best_len = SIZE_MAX;
    struct span place = json_span(at);
    for (size_t i = 0; i < d->n_resources; i++) {
        struct span around = json_span(d->resources[i]->root);
        bool is_within = place.from >= around.from && place.to <= around.to;
        if (is_within && around.to - around.from < best_len) {
            best = d->resources[i];
            best_len = around.to - around.from;
        }
    }
    return best;
}

/* --- the walk --- */

struct walker {
    struct schema_set *set;
    struct document *document;
    struct err *err;
};

enum shape { ONE, LIST, MAP };

static const struct holder {
    struct str name;
    enum shape shape;
} holders[] = {
    {STR_INIT("$defs"), MAP},
    {STR_INIT("definitions"), MAP},
    {STR_INIT("properties"), MAP},
    {STR_INIT("patternProperties"), MAP},
    {STR_INIT("additionalProperties"), ONE},
    {STR_INIT("propertyNames"), ONE},
    {STR_INIT("prefixItems"), LIST},
    {STR_INIT("items"), LIST}, /* of one: see walk_holder */
    {STR_INIT("additionalItems"), ONE},
    {STR_INIT("contains"), ONE},
    {STR_INIT("allOf"), LIST},
    {STR_INIT("anyOf"), LIST},
    {STR_INIT("oneOf"), LIST},
    {STR_INIT("not"), ONE},
    {STR_INIT("if"), ONE},
    {STR_INIT("then"), ONE},
    {STR_INIT("else"), ONE},
    {STR_INIT("dependentSchemas"), MAP},
    {STR_INIT("dependencies"), MAP},
    {STR_INIT("unevaluatedItems"), ONE},
    {STR_INIT("unevaluatedProperties"), ONE},
    {STR_INIT("contentSchema"), ONE},
};

/* True if the place was not known before. */
static bool note_walked(struct walker *w, uint32_t at)
{
    struct document *d = w->document;
    size_t word = at / 64;
    if (word >= d->walked_cap) {
        size_t cap = word * 2 + 8;
        uint64_t *more = ARENA_ARRAY(w->set->arena, cap, uint64_t);
        if (d->walked_cap > 0) {
            memcpy(more, d->walked, d->walked_cap * sizeof *more);
        }
        d->walked = more;
        d->walked_cap = cap;
    }
    uint64_t bit = (uint64_t)1 << (at % 64);
    bool is_new = (d->walked[word] & bit) == 0;
    d->walked[word] |= bit;
    return is_new;
}

static bool is_anchor_name(struct str name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.s[i];
        bool is_first = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
        if (!is_first && (i == 0 || ((c < '0' || c > '9') && c != '-' && c != '.'))) {
            return false;
        }
    }
    return name.len > 0;
}

static bool anchor_add(struct walker *w, struct resource *in, struct json schema, struct str word,
                       bool is_dynamic)
{
    struct json value = json_get(schema, word);
    if (!json_exists(value)) {
        return true;
    }
    struct str name = json_str_or(value, STR(""));
    if (!is_anchor_name(name)) {
        return json_err(w->err, value,
                        "%.*s must be a name of letters, digits, '-', '_' and '.' that begins with "
                        "a letter or '_'",
                        STR_ARG(word));
    }
    struct buf key;
    buf_init(&key, w->set->arena);
    buf_put(&key, in->uri);
    buf_put_char(&key, '#');
    buf_put(&key, name);
    if (map_get(&w->set->anchors, buf_str(&key)) != NULL) {
        return json_err(w->err, value, "the anchor \"%.*s\" is there twice in one schema resource",
                        STR_ARG(name));
    }
    struct anchor *anchor = ARENA_NEW(w->set->arena, struct anchor);
    *anchor = (struct anchor){.resource = in, .at = schema, .is_dynamic = is_dynamic};
    map_put(&w->set->anchors, buf_str(&key), anchor);
    if (is_dynamic) {
        struct dynamic *d = ARENA_NEW(w->set->arena, struct dynamic);
        *d = (struct dynamic){.next = in->dynamics, .name = name, .at = schema};
        in->dynamics = d;
    }
    return true;
}

/* The URI that `schema` gives itself, seen from `base`; s NULL if it gives none. */
static bool read_id(struct str *out, struct walker *w, struct str base, struct json schema)
{
    struct json id = json_get(schema, STR("$id"));
    *out = (struct str){0};
    if (!json_exists(id)) {
        return true;
    }
    if (json_kind(id) != JSON_STRING) {
        return json_err(w->err, id, "$id must be a text, a URI reference");
    }
    struct str fragment;
    struct str head = schema_uri_head(json_str(id), &fragment);
    if (fragment.len > 0) {
        return json_err(w->err, id, "$id may have no fragment: use $anchor to name a place");
    }
    *out = schema_uri_resolve(w->set->arena, base, head);
    return true;
}

/* Enters `schema` with its $id: *io_in becomes the resource that begins there. */
static bool enter_resource(struct walker *w, struct json schema, struct resource **io_in)
{
    struct str uri;
    if (!read_id(&uri, w, (*io_in)->uri, schema)) {
        return false;
    }
    if (uri.s == NULL || schema.at == w->document->resources[0]->root.at) {
        return true; /* the root's was read when the document was added */
    }
    if (map_get(&w->set->resources, uri) != NULL) {
        return json_err(w->err, json_get(schema, STR("$id")), "two schemas have the $id \"%.*s\"",
                        STR_ARG(uri));
    }
    *io_in = resource_add(w->set, w->document, uri, schema, *io_in);
    map_put(&w->set->resources, uri, *io_in);
    return true;
}

static bool walk(struct walker *w, struct json schema, struct resource *in);

static bool walk_holder(struct walker *w, struct json value, enum shape shape, struct resource *in)
{
    enum json_kind kind = json_kind(value);
    bool is_one = shape == ONE || (shape == LIST && kind == JSON_OBJECT);
    if (is_one) {
        return walk(w, value, in);
    }
    if (kind != (shape == LIST ? JSON_ARRAY : JSON_OBJECT)) {
        return true; /* wrong, which compiling will tell */
    }
    for (struct json v = json_first(value); json_exists(v); v = json_next(v)) {
        if (!walk(w, v, in)) {
            return false;
        }
    }
    return true;
}

/* Recursion as deep as the document, which its reader has bounded. */
static bool walk(struct walker *w, struct json schema, struct resource *in)
{
    enum json_kind kind = json_kind(schema);
    if ((kind != JSON_OBJECT && kind != JSON_BOOL) || !note_walked(w, schema.at)) {
        return true;
    }
    if (!enter_resource(w, schema, &in) || !anchor_add(w, in, schema, STR("$anchor"), false) ||
        !anchor_add(w, in, schema, STR("$dynamicAnchor"), true)) {
        return false;
    }
    if (schema.at == in->root.at && json_is_true(json_get(schema, STR("$recursiveAnchor")))) {
        struct dynamic *d = ARENA_NEW(w->set->arena, struct dynamic);
        *d = (struct dynamic){.next = in->dynamics, .name = STR(""), .at = schema};
        in->dynamics = d;
    }
    for (size_t i = 0; i < sizeof holders / sizeof *holders; i++) {
        struct json value = json_get(schema, holders[i].name);
        if (json_exists(value) && !walk_holder(w, value, holders[i].shape, in)) {
            return false;
        }
    }
    return true;
}

bool schema_walk(struct schema_set *set, struct json at, struct err *err)
{
    struct walker w = {.set = set, .document = document_of(set, at.doc), .err = err};
    return walk(&w, at, schema_resource_of(set, at));
}

bool schema_set_add(struct schema_set *set, struct str uri, struct json document, struct err *err)
{
    struct str fragment, id;
    uri = schema_uri_resolve(set->arena, STR(""), schema_uri_head(uri, &fragment));
    if (map_get(&set->resources, uri) != NULL) {
        return json_err(err, document, "there is a schema \"%.*s\" already", STR_ARG(uri));
    }
    struct walker w = {.set = set, .document = document_add(set, document.doc), .err = err};
    struct resource *r = resource_add(set, w.document, uri, document, NULL);
    map_put(&set->resources, uri, r);
    if (!read_id(&id, &w, uri, document)) {
        return false;
    }
    if (id.s != NULL && !str_eq(id, uri)) {
        if (map_get(&set->resources, id) != NULL) {
            return json_err(err, json_get(document, STR("$id")),
                            "two schemas have the $id \"%.*s\"", STR_ARG(id));
        }
        r->uri = id;
        map_put(&set->resources, id, r);
    }
    return walk(&w, document, r);
}

/* --- finding --- */

/* Adds the built-in meta-schema of that URI, if there is one. */
static bool meta_add(struct schema_set *set, struct str uri, struct err *err)
{
    for (size_t i = 0; i < sizeof metas / sizeof *metas; i++) {
        if (str_eq(metas[i].uri, uri)) {
            const struct json_doc *doc;
            struct str text = builtin_find(metas[i].file);
            return text.s != NULL &&
                   json_parse(&doc, set->arena, metas[i].file, text, NULL, NULL, err) &&
                   schema_set_add(set, uri, json_root(doc), err);
        }
    }
    return false;
}

struct resource *schema_resource_find(struct schema_set *set, struct str uri, struct err *err)
{
    struct resource *r = map_get(&set->resources, uri);
    if (r == NULL && meta_add(set, uri, err)) {
        r = map_get(&set->resources, uri);
    }
    return r;
}

/* A fragment that is a JSON Pointer: the place, and the resource that it belongs to. */
static bool find_pointer(struct target *out, struct schema_set *set, struct resource *r,
                         struct str pointer, struct err *err)
{
    struct json at = json_pointer_find(r->root, pointer);
    if (!json_exists(at)) {
        return err_set(err, ERR_NOT_FOUND, "nothing at '%.*s' in the schema \"%.*s\"",
                       STR_ARG(pointer), STR_ARG(r->uri));
    }
    if (!schema_walk(set, at, err)) {
        return false;
    }
    *out = (struct target){.resource = schema_resource_of(set, at), .at = at};
    return true;
}

static bool find_anchor(struct target *out, const struct schema_set *set, const struct resource *r,
                        struct str name, struct err *err)
{
    struct buf key;
    buf_init(&key, set->arena);
    buf_put(&key, r->uri);
    buf_put_char(&key, '#');
    buf_put(&key, name);
    const struct anchor *anchor = map_get(&set->anchors, buf_str(&key));
    if (anchor == NULL) {
        return err_set(err, ERR_NOT_FOUND, "no anchor \"%.*s\" in the schema \"%.*s\"",
                       STR_ARG(name), STR_ARG(r->uri));
    }
    *out = (struct target){.resource = anchor->resource,
                           .at = anchor->at,
                           .anchor = name,
                           .is_dynamic = anchor->is_dynamic};
    return true;
}

bool schema_find(struct target *out, struct schema_set *set, struct str base, struct str reference,
                 struct err *err)
{
    struct str fragment;
    struct str uri = schema_uri_resolve(set->arena, base, reference);
    struct str head = schema_uri_head(uri, &fragment);
    struct err why = {.code = ERR_NONE};
    struct resource *r = schema_resource_find(set, head, &why);
    if (r == NULL) {
        return why.code != ERR_NONE
                   ? err_set(err, why.code, "%s", why.msg)
                   : err_set(err, ERR_NOT_FOUND, "no schema \"%.*s\"", STR_ARG(head));
    }
    if (fragment.len == 0) {
        *out = (struct target){.resource = r, .at = r->root};
        return true;
    }
    if (!uri_decode(&fragment, set->arena, fragment, err)) {
        return false;
    }
    return fragment.s[0] == '/' ? find_pointer(out, set, r, fragment, err)
                                : find_anchor(out, set, r, fragment, err);
}
