/* YAML over libyaml's events. The scalars are those of YAML 1.2's core schema; what YAML 1.1 reads
 * otherwise is told (J011). All events of a document are kept, so that an alias can be written again from
 * those of its anchor; how much aliases may write is bounded. libyaml's marks count characters. */
#include "validator/read_yaml_int.h"

#include <string.h>

/* Chains of aliases make alias_make and value_make call each other as deep as there are anchors: */
enum { ALIAS_DEPTH_MAX = 500 };
enum { CHARS_BLOCK = 256, ALIAS_VALUES_MAX = 1000000 };

/* --- characters to bytes --- */

/* For each block of characters the byte where it begins; none for a text that is all ASCII. */
static void chars_index(struct yaml_text *y)
{
    struct str text = y->r.text;
    size_t n = 0, head = str_starts(text, STR("\xEF\xBB\xBF")) ? 3 : 0;
    for (size_t i = head; i < text.len; i++) {
        n += ((unsigned char)text.s[i] & 0xC0) != 0x80;
    }
    y->head = head;
    if (n == text.len - head) {
        return;
    }
    y->blocks = ARENA_ARRAY(y->r.arena, n / CHARS_BLOCK + 1, size_t);
    y->n_chars = n;
    n = 0;
    for (size_t i = head; i < text.len; i++) {
        if (((unsigned char)text.s[i] & 0xC0) != 0x80) {
            if (n % CHARS_BLOCK == 0) {
                y->blocks[n / CHARS_BLOCK] = i;
            }
            n++;
        }
    }
}

static size_t byte_of(const struct yaml_text *y, size_t index)
{
    size_t len = y->r.text.len;
    index -= y->head > 0 && index > 0; /* the mark counts as a character */
    if (y->blocks == NULL) {
        return index < len - y->head ? index + y->head : len;
    }
    if (index >= y->n_chars) {
        return len;
    }
    size_t at = y->blocks[index / CHARS_BLOCK];
    for (size_t left = index % CHARS_BLOCK; left > 0; left--) {
        do {
            at++;
        } while (((unsigned char)y->r.text.s[at] & 0xC0) == 0x80);
    }
    return at;
}

static struct span span_of(const struct yaml_text *y, const yaml_event_t *e)
{
    struct span span = {byte_of(y, e->start_mark.index), byte_of(y, e->end_mark.index)};
    span.to = span.to >= span.from ? span.to : span.from;
    return span;
}

/* --- events --- */

static struct str text_of(struct yaml_text *y, const yaml_char_t *s)
{
    return s != NULL ? str_copy(y->r.arena, str_of((const char *)s)) : (struct str){NULL, 0};
}

static bool is_start(yaml_event_type_t kind)
{
    return kind == YAML_SEQUENCE_START_EVENT || kind == YAML_MAPPING_START_EVENT;
}

static struct yaml_event *event_add(struct yaml_text *y)
{
    if (y->n_events == y->events_cap) {
        size_t cap = y->events_cap > 0 ? y->events_cap * 2 : 64;
        struct yaml_event *at = ARENA_ARRAY(y->r.arena, cap, struct yaml_event);
        if (y->n_events > 0) {
            memcpy(at, y->events, y->n_events * sizeof *at);
        }
        y->events = at;
        y->events_cap = cap;
    }
    return &y->events[y->n_events++];
}

static void event_keep(struct yaml_text *y, const yaml_event_t *e)
{
    struct yaml_event *out = event_add(y);
    *out = (struct yaml_event){.kind = e->type, .span = span_of(y, e)};
    if (e->type == YAML_SCALAR_EVENT) {
        out->anchor = text_of(y, e->data.scalar.anchor);
        out->tag = text_of(y, e->data.scalar.tag);
        out->value = str_copy(
            y->r.arena, (struct str){(const char *)e->data.scalar.value, e->data.scalar.length});
        out->is_plain = e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    } else if (e->type == YAML_SEQUENCE_START_EVENT) {
        out->anchor = text_of(y, e->data.sequence_start.anchor);
        out->tag = text_of(y, e->data.sequence_start.tag);
    } else if (e->type == YAML_MAPPING_START_EVENT) {
        out->anchor = text_of(y, e->data.mapping_start.anchor);
        out->tag = text_of(y, e->data.mapping_start.tag);
    } else if (e->type == YAML_ALIAS_EVENT) {
        out->anchor = text_of(y, e->data.alias.anchor);
    }
}

static bool parser_fail(struct yaml_text *y)
{
    const yaml_parser_t *p = &y->parser;
    bool has_mark = p->error != YAML_READER_ERROR;
    size_t at = has_mark ? byte_of(y, p->problem_mark.index) : p->problem_offset;
    at = at < y->r.text.len ? at : y->r.text.len;
    struct buf b;
    buf_init(&b, y->r.arena);
    buf_printf(&b, "%s", p->problem != NULL ? p->problem : "not YAML");
    if (p->context != NULL) {
        buf_printf(&b, " %s", p->context);
    }
    bool is_tab = at < y->r.text.len && y->r.text.s[at] == '\t';
    return read_fail(&y->r, "J002", (struct span){at, at + (at < y->r.text.len)}, buf_cstr(&b),
                     is_tab ? "indent with blanks, not with tabs" : "");
}

/* An alias is settled where it stands: a later anchor of the same name is another one. */
static void anchor_settle(struct yaml_text *y, size_t at)
{
    struct yaml_event *e = &y->events[at];
    const size_t *known = e->anchor.s != NULL ? map_get(&y->anchors, e->anchor) : NULL;
    if (e->kind == YAML_ALIAS_EVENT) {
        e->target = known != NULL ? *known : SIZE_MAX;
    } else if (e->anchor.s != NULL) {
        size_t *place = ARENA_NEW(y->r.arena, size_t);
        *place = at;
        map_put(&y->anchors, e->anchor, place);
    }
}

/* Keeps the event; `depth` of what is open. The last byte of a block is that of the last thing in it: its
 * end event stands behind blanks and comments. */
static bool event_take(struct yaml_text *y, const yaml_event_t *e, size_t *depth)
{
    event_keep(y, e);
    size_t at = y->n_events - 1;
    struct span span = y->events[at].span;
    if (e->type == YAML_DOCUMENT_START_EVENT) {
        map_done(&y->anchors);
        y->n_documents++;
    } else if (is_start(e->type)) {
        if (*depth == JSON_DEPTH_MAX) {
            return read_fail(&y->r, "J005", span, "nested too deep",
                             "at most 500 lists and mappings within each other");
        }
        y->open[(*depth)++] = at;
        y->last_byte = span.to;
    } else if (e->type == YAML_SEQUENCE_END_EVENT || e->type == YAML_MAPPING_END_EVENT) {
        y->last_byte = span.to > span.from ? span.to : y->last_byte;
        y->events[y->open[--*depth]].end = at;
        y->events[y->open[*depth]].span.to = y->last_byte;
    } else if (e->type == YAML_SCALAR_EVENT || e->type == YAML_ALIAS_EVENT) {
        y->last_byte = span.to;
    }
    anchor_settle(y, at);
    return true;
}

static bool events_read(struct yaml_text *y)
{
    size_t depth = 0;
    for (;;) {
        yaml_event_t e;
        if (yaml_parser_parse(&y->parser, &e) == 0) {
            return parser_fail(y);
        }
        yaml_event_type_t type = e.type;
        bool is_good = event_take(y, &e, &depth);
        yaml_event_delete(&e);
        if (!is_good) {
            return false;
        }
        if (type == YAML_STREAM_END_EVENT) {
            return true;
        }
    }
}

/* --- values --- */

static bool value_make(struct yaml_text *y, size_t *at, size_t depth);

static bool is_core_tag(struct str tag, const char *name)
{
    return str_starts(tag, STR("tag:yaml.org,2002:")) &&
           str_eq(str_slice(tag, 18, tag.len), str_of(name));
}

static bool tag_fail(struct yaml_text *y, const struct yaml_event *e)
{
    struct buf b;
    buf_init(&b, y->r.arena);
    buf_put(&b, STR("tag "));
    buf_put_quoted(&b, e->tag);
    buf_put(&b, STR(" does not fit this value"));
    return read_fail(&y->r, "J002", e->span, buf_cstr(&b), "leave the tag out");
}

static bool collection_make(struct yaml_text *y, size_t *at, size_t depth)
{
    const struct yaml_event *e = &y->events[*at];
    bool is_map = e->kind == YAML_MAPPING_START_EVENT;
    if (e->tag.len > 0 && !is_core_tag(e->tag, is_map ? "map" : "seq")) {
        return tag_fail(y, e);
    }
    json_make_open(&y->maker, is_map ? JSON_OBJECT : JSON_ARRAY, e->span.from);
    size_t end = e->end;
    for (++*at; *at < end;) {
        const struct yaml_event *key = &y->events[*at];
        if (is_map && key->kind != YAML_SCALAR_EVENT) {
            return read_fail(&y->r, "J002", key->span, "a name must be a text",
                             "lists, mappings and aliases cannot be names here");
        }
        if (is_map) {
            yaml_key_make(y, key);
            ++*at;
        }
        if (!value_make(y, at, depth + 1)) {
            return false;
        }
    }
    json_make_close(&y->maker, e->span.to);
    *at = end + 1;
    return true;
}

static bool alias_make(struct yaml_text *y, const struct yaml_event *e, size_t at, size_t depth)
{
    if (e->target == SIZE_MAX) {
        return read_fail(&y->r, "J002", e->span, "alias of no anchor before it", "");
    }
    if (y->events[e->target].end > at) {
        return read_fail(&y->r, "J002", e->span, "alias stands within its own anchor", "");
    }
    size_t target = e->target;
    y->n_aliases++;
    bool is_good = value_make(y, &target, depth);
    y->n_aliases--;
    return is_good;
}

static bool value_make(struct yaml_text *y, size_t *at, size_t depth)
{
    const struct yaml_event *e = &y->events[*at];
    if (y->n_aliases > 0 && ++y->n_alias_values > ALIAS_VALUES_MAX) {
        return read_fail(&y->r, "J005", e->span, "aliases stand for more than 1000000 values",
                         "write out what is meant");
    }
    if (depth > JSON_DEPTH_MAX || y->n_aliases > ALIAS_DEPTH_MAX) {
        return read_fail(&y->r, "J005", e->span, "nested too deep", "");
    }
    if (is_start(e->kind)) {
        return collection_make(y, at, depth);
    }
    ++*at;
    if (e->kind == YAML_ALIAS_EVENT) {
        return alias_make(y, e, *at - 1, depth);
    }
    return yaml_scalar_make(y, e) || tag_fail(y, e);
}

/* All documents: one as it stands, several as an array. */
static bool documents_make(struct yaml_text *y)
{
    if (y->n_documents == 0) {
        return read_fail(&y->r, "J014", (struct span){0, 0}, "the text is empty", "");
    }
    if (y->n_documents > 1) {
        json_make_open(&y->maker, JSON_ARRAY, y->head);
    }
    for (size_t at = 0; at < y->n_events;) {
        yaml_event_type_t kind = y->events[at].kind;
        bool is_value = kind == YAML_SCALAR_EVENT || kind == YAML_ALIAS_EVENT || is_start(kind);
        if (!is_value) {
            at++;
        } else if (!value_make(y, &at, 0)) {
            return false;
        }
    }
    if (y->n_documents > 1) {
        json_make_close(&y->maker, y->r.text.len);
    }
    return true;
}

bool read_yaml(struct yaml_result *out, struct arena *a, struct str name, struct str text,
               struct findings *fs, struct err *err)
{
    struct yaml_text *y = ARENA_NEW(a, struct yaml_text);
    read_init(&y->r, a, name, text, fs, err);
    if (!read_text_check(&y->r)) {
        return false;
    }
    chars_index(y);
    json_maker_init(&y->maker, a, name, text);
    if (yaml_parser_initialize(&y->parser) == 0) {
        return err_set(err, ERR_SYSTEM, "not enough memory for YAML");
    }
    yaml_parser_set_encoding(&y->parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&y->parser, (const unsigned char *)text.s, text.len);
    bool is_good = events_read(y) && documents_make(y);
    yaml_parser_delete(&y->parser);
    map_done(&y->anchors);
    if (!is_good || !json_make_done(&out->doc, &y->maker, NULL, fs, err)) {
        return false;
    }
    out->n_documents = y->n_documents;
    yaml_ignores_find(out, y);
    return true;
}
