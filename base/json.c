/* Documents and cursors. A cursor walks cJSON's tree and the scanner's table of places side by
 * side: the place of a child is one after its parent's, that of a sibling follows the subtree.
 * Kinds and content come from the tree; literals, spans and what cJSON would lose from the source.
 */
#include "base/json_int.h"

#include <assert.h>
#include <cjson/cJSON.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/base.h"

static const struct json nothing;

bool json_parse(const struct json_doc **out, struct arena *a, struct str name, struct str text,
                const struct json_limits *limits, struct findings *fs, struct err *err)
{
    return json_parse_with(out, a, name, text, NULL, limits, fs, err);
}

bool json_parse_with(const struct json_doc **out, struct arena *a, struct str name, struct str text,
                     const struct json_origin *origin, const struct json_limits *limits,
                     struct findings *fs, struct err *err)
{
    struct json_scanner s;
    json_scanner_init(&s, name, text, limits);
    s.origin = origin;
    s.fs = fs;
    s.err = err;
    struct json_doc *doc = NULL;
    bool is_terminated = limits != NULL && limits->is_terminated;
    assert(!is_terminated || text.s[text.len] == 0);
    bool is_good = json_scanner_run(&s) && json_tree_build(&doc, a, &s, is_terminated, err);
    json_scanner_done(&s);
    if (is_good) {
        *out = doc;
    }
    return is_good;
}

struct json json_root(const struct json_doc *doc)
{
    return (struct json){.doc = doc, .node = doc->root, .at = 0};
}

struct str json_doc_name(const struct json_doc *doc)
{
    return doc->name;
}

struct str json_doc_text(const struct json_doc *doc)
{
    return doc->origin != NULL ? doc->origin->text : doc->text;
}

/* --- kinds --- */

static inline bool is_group(const cJSON *node)
{
    return (node->type & (cJSON_Array | cJSON_Object)) != 0;
}

enum json_kind json_kind(struct json v)
{
    if (v.doc == NULL) {
        return JSON_NONE;
    }
    switch (v.node->type & 0xFF) {
    case cJSON_NULL:
        return JSON_NULL;
    case cJSON_False:
    case cJSON_True:
        return JSON_BOOL;
    case cJSON_Number:
        return JSON_NUMBER;
    case cJSON_String:
        return JSON_STRING;
    case cJSON_Array:
        return JSON_ARRAY;
    case cJSON_Object:
        return JSON_OBJECT;
    default:
        unreachable(); /* cJSON's parser makes no other types */
    }
}

bool json_exists(struct json v)
{
    return v.doc != NULL;
}

struct str json_kind_name(enum json_kind kind)
{
    static const struct str names[] = {
        [JSON_NONE] = STR_INIT("nothing"),  [JSON_NULL] = STR_INIT("null"),
        [JSON_BOOL] = STR_INIT("boolean"),  [JSON_NUMBER] = STR_INIT("number"),
        [JSON_STRING] = STR_INIT("string"), [JSON_ARRAY] = STR_INIT("array"),
        [JSON_OBJECT] = STR_INIT("object")};
    return names[kind];
}

/* --- walking --- */

bool json_place_is_group(const struct json_doc *doc, uint32_t at)
{
    char c = doc->text.s[doc->places[at].from & ~PLACE_FLAG];
    return c == '{' || c == '[';
}

uint32_t json_place_next(const struct json_doc *doc, uint32_t at)
{
    return json_place_is_group(doc, at) ? doc->groups[doc->places[at].to].next : at + 1;
}

static inline uint32_t next_at(const struct json_doc *doc, const cJSON *node, uint32_t at)
{
    return is_group(node) ? doc->groups[doc->places[at].to].next : at + 1;
}

struct json json_first(struct json v)
{
    if (v.doc == NULL || v.node->child == NULL) {
        return nothing;
    }
    return (struct json){.doc = v.doc, .node = v.node->child, .at = v.at + 1};
}

struct json json_next(struct json v)
{
    if (v.doc == NULL || v.node->next == NULL) {
        return nothing;
    }
    return (struct json){.doc = v.doc, .node = v.node->next, .at = next_at(v.doc, v.node, v.at)};
}

size_t json_count(struct json v)
{
    if (v.doc == NULL || !is_group(v.node)) {
        return 0;
    }
    return v.doc->groups[v.doc->places[v.at].to].count;
}

/* The whole text of a name or string of which the tree holds only what comes before a NUL. NULL if
 * there is none. */
static const struct str *nul_find(const struct json_doc *doc, uint32_t code)
{
    uint32_t low = 0, high = doc->n_nuls;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (doc->nuls[middle].code < code) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < doc->n_nuls && doc->nuls[low].code == code ? &doc->nuls[low].text : NULL;
}

struct str json_name_at(const struct json_doc *doc, const struct cJSON *node, uint32_t at)
{
    if (doc->n_nuls > 0) {
        const struct str *whole = nul_find(doc, at * 2);
        if (whole != NULL) {
            return *whole;
        }
    }
    return str_of(node->string);
}

struct str json_key(struct json member)
{
    return member.doc != NULL ? json_name_at(member.doc, member.node, member.at) : STR("");
}

static struct json wide_get(struct json obj, const struct json_index *index, struct str key)
{
    uint32_t hash = (uint32_t)json_name_hash(json_seed(), key);
    for (uint32_t i = hash & index->mask;; i = (i + 1) & index->mask) {
        const struct json_slot *slot = &index->slots[i];
        if (slot->node == NULL) {
            return nothing;
        }
        if (slot->hash == hash && str_eq(json_name_at(obj.doc, slot->node, slot->at), key)) {
            return (struct json){.doc = obj.doc, .node = slot->node, .at = slot->at};
        }
    }
}

struct json json_get(struct json obj, struct str key)
{
    if (obj.doc == NULL || (obj.node->type & cJSON_Object) == 0) {
        return nothing;
    }
    const struct json_group *group = &obj.doc->groups[obj.doc->places[obj.at].to];
    if (group->index > 0) {
        return wide_get(obj, &obj.doc->indexes[group->index - 1], key);
    }
    uint32_t at = obj.at + 1;
    for (const cJSON *n = obj.node->child; n != NULL; n = n->next) {
        bool may_be = key.len == 0 || obj.doc->n_nuls > 0 || n->string[0] == key.s[0];
        if (may_be && str_eq(json_name_at(obj.doc, n, at), key)) {
            return (struct json){.doc = obj.doc, .node = n, .at = at};
        }
        at = next_at(obj.doc, n, at);
    }
    return nothing;
}

struct json json_path(struct json v, struct str dotted)
{
    struct str name;
    while (json_exists(v) && str_cut(&dotted, '.', &name)) {
        v = json_get(v, name);
    }
    return v;
}

/* --- content --- */

static inline struct str string_of(struct json v)
{
    const struct json_place *place = &v.doc->places[v.at];
    if ((place->from & PLACE_FLAG) == 0) {
        return (struct str){v.doc->text.s + place->from + 1, place->to - place->from - 2};
    }
    if (place->to & PLACE_FLAG) {
        const struct str *whole = nul_find(v.doc, v.at * 2 + 1);
        assert(whole != NULL); /* the scanner notes each string that it flags */
        return *whole;
    }
    return str_of(v.node->valuestring);
}

struct str json_str(struct json v)
{
    assert(json_kind(v) == JSON_STRING);
    return string_of(v);
}

struct str json_str_or(struct json v, struct str otherwise)
{
    return json_kind(v) == JSON_STRING ? json_str(v) : otherwise;
}

bool json_is_true(struct json v)
{
    return v.doc != NULL && (v.node->type & cJSON_True) != 0;
}

bool json_bool_or(struct json v, bool otherwise)
{
    return json_kind(v) == JSON_BOOL ? json_is_true(v) : otherwise;
}

struct str json_number_text(struct json v)
{
    assert(json_kind(v) == JSON_NUMBER);
    return json_literal(v);
}

double json_double(struct json v)
{
    assert(json_kind(v) == JSON_NUMBER);
    return v.node->valuedouble;
}

int64_t json_i64_or(struct json v, int64_t otherwise)
{
    int64_t value;
    return json_i64(v, &value) ? value : otherwise;
}

/* --- items --- */

static const unsigned char kinds[] = {JSON_BOOL,   JSON_BOOL,  JSON_NULL,  JSON_NUMBER,
                                      JSON_STRING, JSON_ARRAY, JSON_OBJECT};

/* cJSON's types are bits 0 to 6 in the order of `kinds`; its parser sets no others. */
static inline bool item_fill(struct json_item *out, struct json v)
{
    out->v = v;
    out->kind = (enum json_kind)kinds[__builtin_ctz((unsigned)v.node->type)];
    out->key = v.node->string != NULL ? json_name_at(v.doc, v.node, v.at) : STR("");
    if (out->kind == JSON_STRING) {
        out->text = string_of(v);
    } else if (out->kind == JSON_NUMBER) {
        const struct json_place *place = &v.doc->places[v.at];
        out->text = (struct str){v.doc->text.s + place->from, place->to - place->from};
    } else {
        out->text = STR("");
    }
    return true;
}

bool json_item_first(struct json_item *out, struct json parent)
{
    struct json v = json_first(parent);
    return v.doc != NULL && item_fill(out, v);
}

bool json_item_next(struct json_item *io)
{
    struct json v = json_next(io->v);
    return v.doc != NULL && item_fill(io, v);
}

/* --- places --- */

struct span json_made_span(struct json v)
{
    if (v.doc == NULL) {
        return (struct span){0, 0};
    }
    const struct json_place *place = &v.doc->places[v.at];
    size_t from = place->from & ~PLACE_FLAG;
    if (json_place_is_group(v.doc, v.at)) {
        return (struct span){from, v.doc->groups[place->to].to};
    }
    return (struct span){from, place->to & ~PLACE_FLAG};
}

struct span json_span(struct json v)
{
    struct span made = json_made_span(v);
    return v.doc != NULL && v.doc->origin != NULL ? json_origin_span(v.doc->origin, made) : made;
}

struct str json_source(struct json v)
{
    struct span span = json_span(v);
    return v.doc != NULL ? str_slice(json_doc_text(v.doc), span.from, span.to) : STR("");
}

static size_t skip_space_back(const char *text, size_t to)
{
    while (to > 0 && (text[to - 1] == ' ' || text[to - 1] == '\n' || text[to - 1] == '\t' ||
                      text[to - 1] == '\r')) {
        to--;
    }
    return to;
}

struct span json_made_key_span(struct json member)
{
    struct span none = json_made_span(member);
    none.to = none.from;
    if (member.doc == NULL) {
        return none;
    }
    const char *text = member.doc->text.s;
    size_t to = skip_space_back(text, none.from);
    if (to == 0 || text[to - 1] != ':') {
        return none; /* an element or the root */
    }
    to = skip_space_back(text, to - 1);
    size_t from = to - 1;
    do {
        from--; /* a quote within the name has a backslash before it, the first one has not */
    } while (text[from] != '"' || text[from - 1] == '\\');
    return (struct span){from, to};
}

struct span json_key_span(struct json member)
{
    struct span made = json_made_key_span(member);
    if (member.doc == NULL || member.doc->origin == NULL) {
        return made;
    }
    struct span span = json_origin_span(member.doc->origin, made);
    if (made.to == made.from) { /* no name */
        span.to = span.from;
    }
    return span;
}

void json_line_column(const struct json_doc *doc, size_t offset, uint32_t *out_line,
                      uint32_t *out_column)
{
    json_lines_find(&doc->lines, offset, out_line, out_column);
}

bool json_err(struct err *err, struct json v, const char *format, ...)
{
    char msg[sizeof err->msg];
    va_list args;
    va_start(args, format);
    vsnprintf(msg, sizeof msg, format, args);
    va_end(args);
    err_set(err, ERR_INPUT, "%s", msg);
    if (v.doc == NULL) {
        return false;
    }
    uint32_t line, column;
    json_line_column(v.doc, json_span(v).from, &line, &column);
    return err_at(err, v.doc->name, line, column);
}

const char *json_library_version(void)
{
    return cJSON_Version();
}

const char *json_library_built(void)
{
#define AS_TEXT(x) #x
#define TEXT_OF(x) AS_TEXT(x)
    return TEXT_OF(CJSON_VERSION_MAJOR) "." TEXT_OF(CJSON_VERSION_MINOR) "." TEXT_OF(
        CJSON_VERSION_PATCH);
#undef TEXT_OF
#undef AS_TEXT
}
