/* Plain HTTP requests in a file, as editors send them and as they are captured: a request line, headers,
 * an empty line, the body. "###" begins the next one; lines of # or // before a request are comments,
 * "@name = value" is a variable of an editor. */
#include "validator/read_traffic_int.h"

#include <string.h>

static struct span line_at(struct str text, size_t from, size_t *out_next)
{
    size_t n = str_find_char(str_slice(text, from, text.len), '\n');
    size_t to = from + n;
    *out_next = to < text.len ? to + 1 : text.len;
    if (to > from && text.s[to - 1] == '\r') {
        to--;
    }
    return (struct span){from, to};
}

static struct str line_text(const struct traffic_reader *t, struct span line)
{
    return str_slice(t->r.text, line.from, line.to);
}

static bool is_break(struct str line)
{
    return str_starts(line, STR("###"));
}

/* "POST https://host/path HTTP/1.1", or "POST /path"; then lines that begin with a blank go on with the
 * query. */
static struct traffic_request *request_line(struct traffic_reader *t, struct span line)
{
    struct str rest = line_text(t, line), method, url;
    str_cut(&rest, ' ', &method);
    rest = str_trim(rest);
    str_cut(&rest, ' ', &url);
    if (!traffic_is_method(method) || url.len == 0) {
        return NULL;
    }
    return traffic_add(t, method, url, (struct span){line.from, line.from + method.len});
}

/* Reads headers up to the empty line; gives the byte behind it. */
static size_t headers_read(struct traffic_reader *t, struct traffic_request *q, size_t at)
{
    enum { HEADERS_MAX = 256 };
    struct traffic_header *headers = ARENA_ARRAY(t->r.arena, HEADERS_MAX, struct traffic_header);
    size_t next = at;
    while (at < t->r.text.len) {
        struct str line = line_text(t, line_at(t->r.text, at, &next)), name;
        if (is_break(line)) {
            break;
        }
        at = next;
        if (str_trim(line).len == 0) {
            break;
        }
        size_t colon = str_find_char(line, ':');
        bool is_header = colon > 0 && colon < line.len && line.s[0] != ' ' && line.s[0] != '\t';
        if (is_header && q->n_headers < HEADERS_MAX) {
            name = str_slice(line, 0, colon);
            headers[q->n_headers++] = (struct traffic_header){
                str_trim(name), str_trim(str_slice(line, colon + 1, line.len))};
        }
    }
    q->headers = headers;
    return at;
}

static void body_read(struct traffic_reader *t, struct traffic_request *q, struct span at)
{
    struct str text = t->r.text;
    while (at.from < at.to && strchr(" \t\r\n", text.s[at.from]) != NULL && text.s[at.from] != 0) {
        at.from++;
    }
    while (at.to > at.from && strchr(" \t\r\n", text.s[at.to - 1]) != NULL &&
           text.s[at.to - 1] != 0) {
        at.to--;
    }
    if (at.from == at.to) {
        q->body_kind = BODY_NONE;
        return;
    }
    q->body_text = str_slice(text, at.from, at.to);
    if (!traffic_is_json(q, q->body_text)) {
        q->body_kind = BODY_OTHER;
        return;
    }
    const struct json_doc *doc = NULL;
    struct err ignored = {.code = ERR_NONE}; /* the findings say it */
    if (json_parse_part(&doc, t->r.arena, t->r.name, text, at, t->r.lines, NULL, t->r.fs,
                        &ignored)) {
        q->body_kind = BODY_JSON;
        q->body = json_root(doc);
    } else {
        q->body_kind = BODY_BAD;
    }
}

void traffic_http(struct traffic_reader *t)
{
    struct str text = t->r.text;
    size_t at = str_starts(text, STR("\xEF\xBB\xBF")) ? 3 : 0, next = at;
    while (at < text.len) {
        struct span line = line_at(text, at, &next);
        struct traffic_request *q = request_line(t, line);
        at = next;
        if (q == NULL) {
            continue;
        }
        size_t index = t->n_requests - 1;
        at = headers_read(t, q, at);
        struct span body = {at, at};
        while (at < text.len && !is_break(line_text(t, line_at(text, at, &next)))) {
            at = next;
            body.to = at;
        }
        body_read(t, &t->requests[index], body);
    }
}
