/* Behaviour told as data: runs tests/integration/cases/NAME.case against the real program over real
 * sockets.
 *
 *     serve --profile genesys-cloud        starts a server; the one before it ends
 *     as acme-admin                        a token for that client (its secret is NAME-secret);
 *                                          `as nobody`: none
 *     POST /api/v2/x {"name": "A"}         a request: method, path, body up to the end of the line
 *     + X-Key: value                       a further header of the request above, before what must come
 *     always Accept: application/json      the same for every request from here on
 *     200                                  what must come: the status; then, indented, facts:
 *       /name "A"                          the value at a JSON Pointer
 *       /id ?                              something is there; `-`: nothing is
 *       /entities #25                      so many items
 *       empty                              no body
 *       header Retry-After: 2              a header's value; `?` any, `-` none
 *     repeat 600 GET /x                    the same request so often, each answered with 2xx; {N} in
 *                                          it counts from 0
 *     lost                                 in place of a status: the connection broke without an answer
 *     ${BASE}                              the server's own address
 *     set ID /id                           keeps a value of the last answer: ${ID} stands for it
 *     admin POST /faults {"preset": "500"} a request to the server's own interface, with its token
 *
 * Lines that begin with # are comments. A failing fact is reported with file and line, and the rest
 * goes on. */
#include "cli/peer.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VARIABLES_MAX = 32, HEADERS_MAX = 8, OPTIONS_MAX = 16, TEXT_MAX = 1 << 20 };

struct variable {
    struct str name, value;
};

struct script {
    struct arena arena;
    const char *file;
    int line;
    struct peer *peer;
    struct peer_server server;
    struct str bearer;
    struct variable variables[VARIABLES_MAX];
    size_t n_variables;
    struct str always[HEADERS_MAX];
    size_t n_always;
    struct peer_request request;
    struct str headers[HEADERS_MAX];
    bool is_pending; /* a request waits for its expectation */
    bool has_answer;
    struct peer_answer answer;
    struct str asked; /* "POST /x", for messages */
    int checks, failures;
};

static void fail(struct script *s, const char *what, struct str got)
{
    fprintf(stderr, "%s:%d: %.*s: %s; the answer was %ld %.*s\n", s->file, s->line,
            STR_ARG(s->asked), what, s->answer.status, STR_ARG(str_slice(got, 0, 600)));
    s->failures++;
}

static struct str variable(const struct script *s, struct str name)
{
    if (str_eq(name, STR("BASE"))) {
        return s->server.url;
    }
    for (size_t k = 0; k < s->n_variables; k++) {
        if (str_eq(s->variables[k].name, name)) {
            return s->variables[k].value;
        }
    }
    return (struct str){0};
}

static struct str expand(struct script *s, struct str text)
{
    struct buf out;
    buf_init(&out, &s->arena);
    for (size_t i = 0; i < text.len; i++) {
        struct str rest = str_slice(text, i, text.len);
        size_t end = str_find_char(rest, '}');
        struct str value = str_starts(rest, STR("${")) && end < rest.len
                               ? variable(s, str_slice(rest, 2, end))
                               : (struct str){0};
        if (value.s) {
            buf_put(&out, value);
            i += end;
        } else {
            buf_put_char(&out, text.s[i]);
        }
    }
    return buf_str(&out);
}

static struct str word(struct str *rest)
{
    struct str head = {0};
    *rest = str_trim(*rest);
    if (!str_cut(rest, ' ', &head)) {
        return STR("");
    }
    *rest = str_trim(*rest);
    return head;
}

static void start_server(struct script *s, struct str rest)
{
    const char *options[OPTIONS_MAX + 1] = {0};
    struct err err = {0};
    const char *program = getenv("REHEARSE");
    if (!peer_stop(&s->server)) {
        fail(s, "the server before did not end cleanly", STR(""));
    }
    for (size_t i = 0; i < OPTIONS_MAX && rest.len; i++) {
        options[i] = str_cstr(&s->arena, word(&rest));
    }
    s->bearer = STR("");
    if (!peer_start(&s->server, &s->arena, program ? program : "build/release/rehearse", options,
                    &err)) {
        fprintf(stderr, "%s:%d: %s\n", s->file, s->line, err.msg);
        s->failures++;
    }
}

static void send_now(struct script *s)
{
    struct err err = {0};
    s->answer = (struct peer_answer){0};
    s->has_answer = peer_send(&s->answer, &s->arena, s->peer, &s->request, &err);
    if (!s->has_answer) {
        s->answer.body = str_copy(&s->arena, str_of(err.msg));
    }
    s->is_pending = false;
}

/* `as CLIENT`; where a variable SCOPE is set it is asked for. */
static void become(struct script *s, struct str client)
{
    struct buf basic, body;
    struct str scope = variable(s, STR("SCOPE"));
    s->bearer = STR("");
    if (str_eq(client, STR("nobody"))) {
        return;
    }
    if (str_starts(client, STR("token="))) {
        s->bearer = str_slice(client, 6, client.len);
        return;
    }
    buf_init(&basic, &s->arena);
    buf_init(&body, &s->arena);
    buf_printf(&basic, "%.*s:%.*s-secret", STR_ARG(client), STR_ARG(client));
    buf_put(&body, STR("grant_type=client_credentials"));
    if (scope.len) {
        buf_put(&body, STR("&scope="));
        uri_encode(&body, scope);
    }
    s->request = (struct peer_request){.method = "POST",
                                       .url = s->server.token_url,
                                       .basic = buf_str(&basic),
                                       .body = buf_str(&body),
                                       .media_type = STR("application/x-www-form-urlencoded")};
    s->asked = STR("token");
    send_now(s);
    s->bearer = json_str_or(json_get(s->answer.json, STR("access_token")), STR(""));
    if (!s->bearer.len) {
        fail(s, "no token came", s->answer.body);
    }
}

static void prepare(struct script *s, struct str method, struct str rest, bool is_admin)
{
    struct buf url, asked;
    struct str path = word(&rest);
    buf_init(&url, &s->arena);
    buf_put(&url, is_admin ? s->server.admin_url : s->server.url);
    buf_put(&url, path);
    buf_init(&asked, &s->arena);
    buf_printf(&asked, "%.*s %.*s", STR_ARG(method), STR_ARG(path));
    s->request = (struct peer_request){.method = str_cstr(&s->arena, method),
                                       .url = buf_str(&url),
                                       .bearer = is_admin ? STR("") : s->bearer,
                                       .admin = is_admin ? s->server.admin_token : STR(""),
                                       .body = str_trim(rest),
                                       .media_type = rest.len ? STR("application/json") : STR("")};
    for (size_t i = 0; i < s->n_always && !is_admin; i++) {
        s->headers[s->request.n_headers++] = s->always[i];
        s->request.headers = s->headers;
    }
    s->asked = buf_str(&asked);
    s->is_pending = true;
}

static void add_header(struct script *s, struct str line)
{
    if (str_starts(line, STR("Content-Type:"))) {
        s->request.media_type = str_trim(str_slice(line, 13, line.len));
    } else if (s->request.n_headers < HEADERS_MAX) {
        s->headers[s->request.n_headers++] = line;
        s->request.headers = s->headers;
    }
}

static void check_status(struct script *s, struct str line)
{
    int64_t wanted = 0;
    struct buf what;
    if (s->is_pending) {
        send_now(s);
    }
    s->checks++;
    if (str_eq(line, STR("lost"))) {
        if (s->has_answer) {
            fail(s, "expected a broken connection", s->answer.body);
        }
        return;
    }
    if (!s->has_answer || !num_parse_i64(&wanted, line, 100, 599) ||
        s->answer.status != (long)wanted) {
        buf_init(&what, &s->arena);
        buf_printf(&what, "expected status %.*s", STR_ARG(line));
        fail(s, buf_cstr(&what), s->answer.body);
    }
}

static struct str find_header(struct script *s, struct str name)
{
    struct str rest = s->answer.headers, line, head;
    while (str_cut(&rest, '\n', &line)) {
        struct str value = line;
        if (str_cut(&value, ':', &head) && str_eq_fold(head, name)) {
            return str_trim(value);
        }
    }
    return (struct str){0};
}

static void check_header(struct script *s, struct str rest)
{
    struct str name;
    if (!str_cut(&rest, ':', &name)) {
        fail(s, "a header fact needs a name", STR(""));
        return;
    }
    struct str wanted = str_trim(rest), got = find_header(s, name);
    bool is_right = str_eq(wanted, STR("?"))   ? got.s != NULL
                    : str_eq(wanted, STR("-")) ? got.s == NULL
                                               : got.s && str_eq(got, wanted);
    if (!is_right) {
        struct buf what;
        buf_init(&what, &s->arena);
        buf_printf(&what, "header %.*s is \"%.*s\", expected %.*s", STR_ARG(name), STR_ARG(got),
                   STR_ARG(wanted));
        fail(s, buf_cstr(&what), s->answer.headers);
    }
}

static bool is_value(struct script *s, struct json got, struct str wanted)
{
    uint64_t count = 0;
    const struct json_doc *doc = NULL;
    struct err err = {0};
    if (str_eq(wanted, STR("?")) || str_eq(wanted, STR("-"))) {
        return json_exists(got) == str_eq(wanted, STR("?"));
    }
    if (str_starts(wanted, STR("#")) &&
        num_parse_u64(&count, str_slice(wanted, 1, wanted.len), 0, UINT32_MAX)) {
        return json_kind(got) == JSON_ARRAY && json_count(got) == count;
    }
    return json_parse(&doc, &s->arena, STR("expected"), wanted, NULL, NULL, &err) &&
           json_eq(got, json_root(doc));
}

static void check_fact(struct script *s, struct str line)
{
    struct str rest = line, pointer = word(&rest);
    s->checks++;
    if (str_eq(pointer, STR("header"))) {
        check_header(s, rest);
        return;
    }
    if (str_eq(pointer, STR("empty"))) {
        if (s->answer.body.len) {
            fail(s, "expected an empty body", s->answer.body);
        }
        return;
    }
    struct str at = str_eq(pointer, STR("/")) ? STR("") : pointer;
    if (!is_value(s, json_pointer_find(s->answer.json, at), rest)) {
        struct buf what;
        buf_init(&what, &s->arena);
        buf_printf(&what, "expected %.*s", STR_ARG(line));
        fail(s, buf_cstr(&what), s->answer.body);
    }
}

/* `set NAME /pointer` keeps a value of the answer; `set NAME = text` a text. */
static void keep(struct script *s, struct str rest)
{
    struct str name = word(&rest);
    bool is_text = str_starts(rest, STR("="));
    struct json v = is_text ? (struct json){0} : json_pointer_find(s->answer.json, rest);
    struct str value = is_text                       ? str_trim(str_slice(rest, 1, rest.len))
                       : json_kind(v) == JSON_STRING ? json_str(v)
                       : json_exists(v)              ? json_source(v)
                                                     : STR("");
    if (!is_text && !json_exists(v)) {
        fail(s, "nothing to keep at this pointer", s->answer.body);
    }
    for (size_t i = 0; i < s->n_variables; i++) {
        if (str_eq(s->variables[i].name, name)) {
            s->variables[i].value = str_copy(&s->arena, value);
            return;
        }
    }
    if (s->n_variables == VARIABLES_MAX) {
        fail(s, "too many variables", STR(""));
        return;
    }
    s->variables[s->n_variables++] =
        (struct variable){str_copy(&s->arena, name), str_copy(&s->arena, value)};
}

/* "600 GET /x": the same request so often, each well answered. */
/* "{N}" in a line that is repeated: which time it is. */
static struct str numbered(struct script *s, struct str line, int64_t number)
{
    struct str sign = STR("{N}");
    struct buf out;
    buf_init(&out, &s->arena);
    for (size_t at = str_find(line, sign); at < line.len; at = str_find(line, sign)) {
        buf_put(&out, str_slice(line, 0, at));
        buf_put_i64(&out, number);
        line = str_slice(line, at + sign.len, line.len);
    }
    buf_put(&out, line);
    return buf_str(&out);
}

static void repeat(struct script *s, struct str rest)
{
    int64_t n = 0;
    bool is_count = num_parse_i64(&n, word(&rest), 1, 100000);
    struct str method = word(&rest);
    s->checks++;
    for (int64_t i = 0; i < n; i++) {
        prepare(s, method, numbered(s, rest, i), false);
        send_now(s);
        if (!s->has_answer || s->answer.status / 100 != 2) {
            fail(s, "one of the repeated was not well answered", s->answer.body);
            return;
        }
    }
    if (!is_count) {
        fail(s, "repeat N METHOD PATH", STR(""));
    }
}

static void run_line(struct script *s, struct str raw)
{
    bool is_fact = raw.len && raw.s[0] == ' ';
    struct str line = expand(s, str_trim(raw)), rest = line;
    if (line.len == 0 || line.s[0] == '#') {
        return;
    }
    if (is_fact) {
        check_fact(s, line);
        return;
    }
    struct str head = word(&rest);
    if (str_eq(head, STR("serve"))) {
        start_server(s, rest);
    } else if (str_eq(head, STR("as"))) {
        become(s, rest);
    } else if (str_eq(head, STR("admin"))) {
        struct str method = word(&rest);
        prepare(s, method, rest, true);
    } else if (str_eq(head, STR("repeat"))) {
        repeat(s, rest);
    } else if (str_eq(head, STR("set"))) {
        keep(s, rest);
    } else if (str_eq(head, STR("always")) && s->n_always < HEADERS_MAX) {
        s->always[s->n_always++] = str_copy(&s->arena, rest);
    } else if (str_eq(head, STR("+"))) {
        add_header(s, rest);
    } else if (head.s[0] >= 'A' && head.s[0] <= 'Z') {
        prepare(s, head, rest, false);
    } else {
        check_status(s, line);
    }
}

static void run_file(const char *path, int *checks, int *failures)
{
    struct script s = {.file = path};
    struct str text, line;
    struct err err = {0};
    arena_init(&s.arena, 0, 0);
    if (!peer_open(&s.peer, &err) || !file_read(&text, &s.arena, path, TEXT_MAX, &err)) {
        fprintf(stderr, "%s: %s\n", path, err.msg);
        s.failures++;
    } else {
        while (str_cut(&text, '\n', &line)) {
            s.line++;
            run_line(&s, line);
        }
    }
    if (!peer_stop(&s.server)) {
        fail(&s, "the server did not end cleanly", STR(""));
    }
    peer_close(s.peer);
    arena_done(&s.arena);
    *checks += s.checks;
    *failures += s.failures;
}

static int is_case(const struct dirent *entry)
{
    return str_ends(str_of(entry->d_name), STR(".case"));
}

int main(int argc, char **argv)
{
    struct dirent **entries = NULL;
    int checks = 0, failures = 0;
    int n = argc > 1 ? 0 : scandir("tests/integration/cases", &entries, is_case, alphasort);
    for (int i = 1; i < argc; i++) {
        run_file(argv[i], &checks, &failures);
    }
    for (int i = 0; i < n; i++) {
        struct buf path = {0};
        buf_printf(&path, "tests/integration/cases/%s", entries[i]->d_name);
        run_file(buf_cstr(&path), &checks, &failures);
        buf_done(&path);
        free(entries[i]);
    }
    free(entries);
    if (checks == 0) {
        failures++;
        fprintf(stderr, "no case was run\n");
    }
    printf("%d%%: Checks: %d, Failures: %d, Errors: 0\n", failures ? 0 : 100, checks, failures);
    return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
