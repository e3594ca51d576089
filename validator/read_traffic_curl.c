/* curl's command lines, as browsers' developer tools copy them and as people keep them in notes: words as a POSIX
 * shell takes them ('…', "…", $'…', \, lines that go on), and of curl's options those that make the request. What a
 * shell would put in itself ($NAME, $(…)) stays as it is written. */
#include "validator/read_traffic_int.h"

#include <string.h>

enum { WORD_BYTES_MAX = 1 << 20, HEADERS_MAX = 256 };

struct word {
    struct str text; /* as the shell gives it */
    struct span at;  /* in the file, quotes included */
    bool is_plain;   /* the text stands in the file as it is, but for quotes around all of it */
};

struct line_reader {
    struct traffic_reader *t;
    struct str text;
    size_t at;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* A line that goes on: a backslash before the end. */
static size_t joint_at(struct str s, size_t at)
{
    bool is_joint = at + 1 < s.len && s.s[at] == '\\' && s.s[at + 1] == '\n';
    bool is_crlf = at + 2 < s.len && s.s[at] == '\\' && s.s[at + 1] == '\r' && s.s[at + 2] == '\n';
    return is_joint ? 2 : is_crlf ? 3 : 0;
}

static unsigned hex_digits(struct str s, size_t from, size_t most, size_t *out_n)
{
    unsigned value = 0;
    size_t n = 0;
    while (n < most && from + n < s.len) {
        char c = s.s[from + n];
        bool is_digit = c >= '0' && c <= '9';
        bool is_letter = (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        if (!is_digit && !is_letter) {
            break;
        }
        value = value * 16 + (unsigned)(is_digit ? c - '0' : (c | 0x20) - 'a' + 10);
        n++;
    }
    *out_n = n;
    return value;
}

/* An escape of $'…' behind its backslash; gives the byte behind it. */
static size_t put_escape(struct buf *out, struct str s, size_t at)
{
    static const char from[] = "nrtabfve\\'\"?", to[] = "\n\r\t\a\b\f\v\x1b\\'\"?";
    char c = s.s[at];
    const char *simple = strchr(from, c);
    size_t n = 0;
    if (simple != NULL && c != '\0') {
        buf_put_char(out, to[simple - from]);
        return at + 1;
    }
    if (c == 'x' || c == 'u' || c == 'U') {
        unsigned code = hex_digits(s, at + 1, c == 'x' ? 2 : c == 'u' ? 4 : 8, &n);
        if (n == 0 || code == 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
            buf_put_char(out, '\\');
            return at;
        }
        if (c == 'x') {
            buf_put_char(out, (char)code);
        } else {
            buf_put_utf8(out, code);
        }
        return at + 1 + n;
    }
    buf_put_char(out, '\\');
    buf_put_char(out, c);
    return at + 1;
}

/* The part of a word that begins with a quote, up to behind its other one (or the end of the text). */
static size_t put_quoted(struct buf *out, struct str s, size_t at)
{
    bool is_dollar = s.s[at] == '$';
    at += is_dollar;
    char quote = s.s[at++];
    while (at < s.len && s.s[at] != quote) {
        bool is_escape = s.s[at] == '\\' && at + 1 < s.len && (is_dollar || quote == '"');
        if (!is_escape) {
            buf_put_char(out, s.s[at++]);
        } else if (is_dollar) {
            at = put_escape(out, s, at + 1);
        } else if (joint_at(s, at)) {
            at += joint_at(s, at);
        } else {
            bool is_known = strchr("\"\\$`", s.s[at + 1]) != NULL;
            at += is_known ? 1 : 0;
            buf_put_char(out, s.s[at++]);
        }
    }
    return at < s.len ? at + 1 : at;
}

/* The next word of the command; false at its end, which a line's end, ; | & or a comment make. */
static bool next_word(struct line_reader *l, struct word *out)
{
    struct str s = l->text;
    size_t joint = 0;
    while (l->at < s.len && (is_blank(s.s[l->at]) || (joint = joint_at(s, l->at)) > 0)) {
        l->at += is_blank(s.s[l->at]) ? 1 : joint;
    }
    if (l->at >= s.len || strchr("\n;|&#", s.s[l->at]) != NULL) {
        return false;
    }
    struct buf text;
    size_t from = l->at, at = from, n_parts = 0;
    bool is_escaped = false;
    buf_init(&text, l->t->r.arena);
    while (at < s.len && !is_blank(s.s[at]) && strchr("\n;|&", s.s[at]) == NULL &&
           joint_at(s, at) == 0) {
        bool is_dollar = s.s[at] == '$' && at + 1 < s.len && s.s[at + 1] == '\'';
        n_parts++;
        if (is_dollar || s.s[at] == '\'' || s.s[at] == '"') {
            at = put_quoted(&text, s, at);
            continue;
        }
        is_escaped = is_escaped || s.s[at] == '\\';
        at += s.s[at] == '\\' && at + 1 < s.len ? 1 : 0;
        buf_put_char(&text, s.s[at++]);
    }
    l->at = at;
    struct str raw = str_slice(s, from, at);
    out->text = buf_str(&text);
    bool is_bare = str_eq(raw, out->text);
    bool is_wrapped = n_parts == 1 && raw.len == out->text.len + 2;
    out->is_plain = !is_escaped && (is_bare || is_wrapped);
    out->at = is_wrapped ? (struct span){from + 1, at - 1} : (struct span){from, at};
    return true;
}

/* --- curl's options --- */

enum take {
    TAKE_FLAG,
    TAKE_SKIP,
    TAKE_METHOD,
    TAKE_HEADER,
    TAKE_DATA,
    TAKE_JSON,
    TAKE_URLENCODE,
    TAKE_URL,
    TAKE_GET,
    TAKE_HEAD,
    TAKE_USER,
    TAKE_FORM
};

static const struct {
    const char *name;
    char letter; /* 0: none */
    enum take take;
} options[] = {
    {"--request", 'X', TAKE_METHOD},
    {"--header", 'H', TAKE_HEADER},
    {"--data", 'd', TAKE_DATA},
    {"--data-raw", 0, TAKE_DATA},
    {"--data-binary", 0, TAKE_DATA},
    {"--data-ascii", 0, TAKE_DATA},
    {"--data-urlencode", 0, TAKE_URLENCODE},
    {"--json", 0, TAKE_JSON},
    {"--url", 0, TAKE_URL},
    {"--get", 'G', TAKE_GET},
    {"--head", 'I', TAKE_HEAD},
    {"--user", 'u', TAKE_USER},
    {"--form", 'F', TAKE_FORM},
    {"--cookie", 'b', TAKE_SKIP},
    {"--user-agent", 'A', TAKE_SKIP},
    {"--referer", 'e', TAKE_SKIP},
    {"--output", 'o', TAKE_SKIP},
    {"--write-out", 'w', TAKE_SKIP},
    {"--max-time", 'm', TAKE_SKIP},
    {"--connect-timeout", 0, TAKE_SKIP},
    {"--retry", 0, TAKE_SKIP},
    {"--retry-delay", 0, TAKE_SKIP},
    {"--retry-max-time", 0, TAKE_SKIP},
    {"--cacert", 0, TAKE_SKIP},
    {"--cert", 'E', TAKE_SKIP},
    {"--key", 0, TAKE_SKIP},
    {"--proxy", 'x', TAKE_SKIP},
    {"--resolve", 0, TAKE_SKIP},
    {"--connect-to", 0, TAKE_SKIP},
    {"--cookie-jar", 'c', TAKE_SKIP},
    {"--dump-header", 'D', TAKE_SKIP},
    {"--range", 'r', TAKE_SKIP},
    {"--upload-file", 'T', TAKE_FORM},
};

struct command {
    struct line_reader *l;
    struct str method, url;
    struct span at; /* of the word "curl" */
    struct traffic_header *headers;
    size_t n_headers;
    struct buf data;
    struct word one; /* the data, where it is of one word */
    size_t n_data;
    bool is_get, is_head, is_json, has_upload;
};

static void put_header(struct command *c, struct str line)
{
    size_t colon = str_find_char(line, ':');
    if (colon < line.len && c->n_headers < HEADERS_MAX) {
        c->headers[c->n_headers++] = (struct traffic_header){
            str_trim(str_slice(line, 0, colon)), str_trim(str_slice(line, colon + 1, line.len))};
    }
}

static void put_data(struct command *c, const struct word *w, bool is_encoded)
{
    struct str text = w->text;
    if (c->n_data++ > 0) {
        buf_put_char(&c->data, '&');
    }
    if (!is_encoded) {
        buf_put(&c->data, text);
        c->one = *w;
        return;
    }
    size_t equals = str_find_char(text, '=');
    size_t from = equals < text.len ? equals + 1 : 0;
    c->one.is_plain = false;
    buf_put(&c->data, str_slice(text, 0, from));
    uri_put_escaped(&c->data, str_slice(text, from, text.len));
}

static void put_user(struct command *c, struct str pair)
{
    struct buf line;
    buf_init(&line, c->l->t->r.arena);
    buf_put(&line, STR("Authorization: Basic "));
    base64_put(&line, pair);
    put_header(c, buf_str(&line));
}

static void take(struct command *c, enum take what, const struct word *w)
{
    switch (what) {
    case TAKE_METHOD:
        c->method = w->text;
        break;
    case TAKE_HEADER:
        put_header(c, w->text);
        break;
    case TAKE_JSON:
        c->is_json = true;
        put_data(c, w, false);
        break;
    case TAKE_DATA:
        put_data(c, w, false);
        break;
    case TAKE_URLENCODE:
        put_data(c, w, true);
        break;
    case TAKE_URL:
        c->url = w->text;
        break;
    case TAKE_USER:
        put_user(c, w->text);
        break;
    case TAKE_FORM:
        c->has_upload = true;
        break;
    case TAKE_GET:
        c->is_get = true;
        break;
    case TAKE_HEAD:
        c->is_head = true;
        break;
    case TAKE_FLAG:
    case TAKE_SKIP:
        break;
    }
}

static bool wants_word(enum take what)
{
    return what != TAKE_FLAG && what != TAKE_GET && what != TAKE_HEAD;
}

/* "--data=x", "--data x"; unknown long options are taken for flags. */
static void long_option(struct command *c, const struct word *w)
{
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        struct word value = {.at = w->at};
        if (!str_eq(w->text, str_of(options[i].name))) {
            continue;
        }
        if (!wants_word(options[i].take) || next_word(c->l, &value)) {
            take(c, options[i].take, &value);
        }
        return;
    }
}

/* "-sSX POST", "-XPOST", "-H 'a: b'". */
static void short_options(struct command *c, const struct word *w)
{
    for (size_t at = 1; at < w->text.len; at++) {
        enum take what = TAKE_FLAG;
        for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
            what = options[i].letter == w->text.s[at] ? options[i].take : what;
        }
        struct word value = {.text = str_slice(w->text, at + 1, w->text.len), .at = w->at};
        if (!wants_word(what)) {
            take(c, what, &value);
            continue;
        }
        if (value.text.len > 0 || next_word(c->l, &value)) {
            take(c, what, &value);
        }
        return;
    }
}

static void body_parse(struct traffic_reader *t, struct traffic_request *q, const struct word *w)
{
    const struct json_doc *doc = NULL, *outer = NULL;
    struct err ignored = {.code = ERR_NONE}; /* the findings say it */
    bool is_good = false;
    if (w->is_plain) {
        is_good = json_parse_part(&doc, t->r.arena, t->r.name, t->r.text, w->at, t->r.lines, NULL,
                                  t->r.fs, &ignored);
    } else {
        struct json_maker maker;
        json_maker_init(&maker, t->r.arena, t->r.name, t->r.text);
        json_make_string(&maker, q->body_text, w->at);
        is_good = json_make_done(&outer, &maker, NULL, t->r.fs, &ignored) &&
                  json_parse_inner(&doc, t->r.arena, json_root(outer), NULL, t->r.fs, &ignored);
    }
    q->body_kind = is_good ? BODY_JSON : BODY_BAD;
    q->body = is_good ? json_root(doc) : q->body;
}

/* -G puts the data into the query. */
static struct str with_query(struct command *c)
{
    struct buf url;
    buf_init(&url, c->l->t->r.arena);
    buf_put(&url, c->url);
    buf_put_char(&url, str_find_char(c->url, '?') < c->url.len ? '&' : '?');
    buf_put(&url, buf_str(&c->data));
    return buf_str(&url);
}

static void command_end(struct command *c)
{
    struct traffic_reader *t = c->l->t;
    bool has_body = c->n_data > 0 && !c->is_get;
    if (c->is_json) {
        put_header(c, STR("Content-Type: application/json"));
    }
    struct str method = c->method.len ? c->method
                        : has_body    ? STR("POST")
                        : c->is_head  ? STR("HEAD")
                                      : STR("GET");
    struct traffic_request *q =
        traffic_add(t, method, c->n_data > 0 && c->is_get ? with_query(c) : c->url, c->at);
    q->headers = c->headers;
    q->n_headers = c->n_headers;
    q->body_kind = c->has_upload ? BODY_OTHER : BODY_NONE;
    if (!has_body) {
        return;
    }
    q->body_text = buf_str(&c->data);
    bool is_file = str_starts(q->body_text, STR("@"));
    if (is_file || !traffic_is_json(q, q->body_text)) {
        q->body_kind = BODY_OTHER; /* a form; what stands in another file */
        q->body_text = is_file ? STR("") : q->body_text;
        return;
    }
    c->one.is_plain = c->one.is_plain && c->n_data == 1;
    body_parse(t, q, &c->one);
}

static void command(struct line_reader *l, struct span at)
{
    struct word w;
    struct command c = {.l = l, .at = at};
    c.headers = ARENA_ARRAY(l->t->r.arena, HEADERS_MAX, struct traffic_header);
    buf_init(&c.data, l->t->r.arena);
    while (next_word(l, &w)) {
        bool is_option = w.text.len > 1 && w.text.s[0] == '-';
        if (is_option && w.text.s[1] == '-') {
            long_option(&c, &w);
        } else if (is_option) {
            short_options(&c, &w);
        } else if (c.url.len == 0) {
            c.url = w.text;
        }
    }
    if (c.url.len > 0) {
        command_end(&c);
    }
}

bool traffic_is_curl(struct str text)
{
    struct str line;
    for (size_t i = 0; i < 64 && str_cut(&text, '\n', &line); i++) {
        line = str_trim(line);
        if (str_starts(line, STR("$ "))) {
            line = str_trim(str_slice(line, 2, line.len));
        }
        if (line.len > 0 && line.s[0] != '#') {
            return str_starts(line, STR("curl ")) || str_starts(line, STR("curl\t")) ||
                   str_eq(line, STR("curl \\")) || str_eq(line, STR("curl\\"));
        }
    }
    return false;
}

void traffic_curl(struct traffic_reader *t)
{
    struct line_reader l = {.t = t, .text = t->r.text};
    l.at = str_starts(l.text, STR("\xEF\xBB\xBF")) ? 3 : 0;
    while (l.at < l.text.len) {
        struct word w;
        bool is_command = next_word(&l, &w);
        if (is_command && str_eq(w.text, STR("$"))) { /* a prompt, copied along */
            is_command = next_word(&l, &w);
        }
        if (is_command && str_eq(w.text, STR("curl"))) {
            command(&l, w.at);
        } else if (is_command) {
            while (next_word(&l, &w)) {
            }
        }
        if (l.at < l.text.len && l.text.s[l.at] == '#') {
            l.at += str_find_char(str_slice(l.text, l.at, l.text.len), '\n');
        }
        l.at += l.at < l.text.len ? 1 : 0; /* what ended the command */
    }
}
