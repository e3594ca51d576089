/* The servers are processes of their own, started with posix_spawn and found through their ready
 * files, just as a user's test would do it. */
#include "cli/peer.h"

#include "replay/replay.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

enum { START_TRIES = 1000, TRY_MS = 5, ANSWER_BYTES_MAX = 1 << 20, CALL_TIMEOUT_S = 10 };

static void pause_ms(long ms)
{
    struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    nanosleep(&t, NULL);
}

static bool read_ready(struct peer_server *s, struct arena *a, struct err *err)
{
    struct str text;
    const struct json_doc *doc = NULL;
    if (!file_read(&text, a, s->ready_file, ANSWER_BYTES_MAX, err) ||
        !json_parse(&doc, a, str_of(s->ready_file), text, NULL, NULL, err)) {
        return false;
    }
    struct json root = json_root(doc), listener = json_first(json_get(root, STR("listeners")));
    s->url = json_str_or(json_get(listener, STR("url")), STR(""));
    s->token_url = json_str_or(json_get(listener, STR("token_url")), STR(""));
    s->admin_url = json_str_or(json_path(root, STR("admin.url")), STR(""));
    s->https_url = json_str_or(json_get(root, STR("https_url")), STR(""));
    s->admin_token = json_str_or(json_path(root, STR("admin.token")), STR(""));
    if (!s->url.len || !s->token_url.len || !s->admin_url.len) {
        return err_set(err, ERR_SYSTEM, "the server's ready file lacks an address");
    }
    return true;
}

/* argv of the server, in `a`. Arguments are not changed by posix_spawn, though its type does not
 * say so. */
static char **server_argv(struct arena *a, const char *program, const char *ready_file,
                          const char *const *options)
{
    enum { OPTIONS_MAX = 40 };
    const char **argv = ARENA_ARRAY(a, OPTIONS_MAX + 8, const char *);
    size_t n = 0;
    argv[n++] = program;
    argv[n++] = "serve";
    argv[n++] = "--port";
    argv[n++] = "0";
    argv[n++] = "--ready-file";
    argv[n++] = str_copy(a, str_of(ready_file)).s;
    argv[n++] = "--quiet";
    for (size_t i = 0; i < OPTIONS_MAX && options[i]; i++) {
        argv[n++] = options[i];
    }
    return (char **)(uintptr_t)argv;
}

bool peer_start(struct peer_server *out, struct arena *a, const char *program,
                const char *const *options, struct err *err)
{
    struct peer_server s = {.ready_file = "/tmp/rehearse-ready-XXXXXX"};
    int fd = mkstemp(s.ready_file);
    if (fd < 0) {
        return err_sys(err, errno, "cannot make a temporary file");
    }
    close(fd);
    unlink(s.ready_file); /* it appears again when the server listens */
    char **argv = server_argv(a, program, s.ready_file, options);
    int failed = posix_spawn(&s.pid, program, NULL, NULL, argv, environ);
    if (failed) {
        return err_sys(err, failed, "cannot start %s", program);
    }
    for (int i = 0; i < START_TRIES; i++) {
        int status = 0;
        if (access(s.ready_file, R_OK) == 0) {
            bool is_read = read_ready(&s, a, err);
            unlink(s.ready_file);
            *out = s;
            return is_read;
        }
        if (waitpid(s.pid, &status, WNOHANG) == s.pid) {
            return err_set(err, ERR_SYSTEM, "the server ended before it listened");
        }
        pause_ms(TRY_MS);
    }
    *out = s;
    return err_set(err, ERR_SYSTEM, "the server did not listen within %d s",
                   START_TRIES * TRY_MS / 1000);
}

bool peer_stop(struct peer_server *server)
{
    int status = 0;
    if (server->pid <= 0) {
        return true;
    }
    kill(server->pid, SIGTERM);
    bool is_gone = waitpid(server->pid, &status, 0) == server->pid;
    server->pid = 0;
    return is_gone && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

struct peer {
    struct curl_lib lib;
    CURL *curl;
};

bool peer_open(struct peer **out, struct err *err)
{
    struct curl_lib lib;
    if (!curl_lib_open(&lib, err)) {
        return false;
    }
    struct peer *p = MEM_NEW(struct peer);
    p->lib = lib;
    p->curl = lib.easy_init();
    *out = p;
    return p->curl != NULL || err_set(err, ERR_SYSTEM, "libcurl gives no handle");
}

void peer_close(struct peer *p)
{
    if (p) {
        if (p->curl) {
            p->lib.easy_cleanup(p->curl);
        }
        curl_lib_close(&p->lib);
        mem_free(p);
    }
}

static size_t take_body(char *at, size_t size, size_t n, void *ctx)
{
    struct buf *body = ctx;
    size_t bytes = size * n;
    if (body->len + bytes > ANSWER_BYTES_MAX) {
        return 0;
    }
    buf_put(body, (struct str){at, bytes});
    return bytes;
}

struct taken {
    struct peer_answer *answer;
    struct buf headers;
};

static size_t take_header(char *at, size_t size, size_t n, void *ctx)
{
    struct taken *taken = ctx;
    struct str line = {at, size * n}, name;
    int64_t seconds = 0;
    struct str rest = line;
    buf_put(&taken->headers, line);
    if (str_cut(&rest, ':', &name) && str_eq_fold(name, STR("Retry-After")) &&
        num_parse_i64(&seconds, str_trim(rest), 0, 86400)) {
        taken->answer->retry_after_s = (long)seconds;
    }
    return line.len;
}

static struct curl_slist *add_header(const struct curl_lib *lib, struct curl_slist *list,
                                     struct arena *a, const char *head, struct str value)
{
    struct buf line;
    buf_init(&line, a);
    buf_printf(&line, "%s%.*s", head, STR_ARG(value));
    return lib->slist_append(list, buf_cstr(&line));
}

bool peer_send(struct peer_answer *out, struct arena *a, struct peer *peer,
               const struct peer_request *request, struct err *err)
{
    const struct curl_lib *lib = &peer->lib;
    CURL *curl = peer->curl;
    struct peer_answer answer = {.retry_after_s = -1};
    struct buf body;
    struct taken taken = {.answer = &answer};
    struct curl_slist *headers = NULL;
    buf_init(&body, a);
    buf_init(&taken.headers, a);
    lib->easy_reset(curl);
    if (request->bearer.len) {
        headers = add_header(lib, headers, a, "Authorization: Bearer ", request->bearer);
    }
    if (request->admin.len) {
        headers = add_header(lib, headers, a, "X-Rehearse-Token: ", request->admin);
    }
    if (request->media_type.len) {
        headers = add_header(lib, headers, a, "Content-Type: ", request->media_type);
    }
    for (size_t i = 0; i < request->n_headers; i++) {
        headers = add_header(lib, headers, a, "", request->headers[i]);
    }
    lib->easy_setopt(curl, CURLOPT_URL, str_cstr(a, request->url));
    lib->easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request->method);
    lib->easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    lib->easy_setopt(curl, CURLOPT_TIMEOUT, (long)CALL_TIMEOUT_S);
    /* libcurl sends a request again by itself when a kept connection breaks under it: a lost answer
     * would go unseen */
    lib->easy_setopt(curl, CURLOPT_FRESH_CONNECT, 1L);
    lib->easy_setopt(curl, CURLOPT_NOPROXY, "*");
    lib->easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    lib->easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    lib->easy_setopt(curl, CURLOPT_WRITEDATA, &body);
    lib->easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
    lib->easy_setopt(curl, CURLOPT_HEADERDATA, &taken);
    if (request->basic.len) {
        lib->easy_setopt(curl, CURLOPT_USERPWD, str_cstr(a, request->basic));
    }
    if (str_eq(str_of(request->method), STR("HEAD"))) {
        lib->easy_setopt(curl, CURLOPT_NOBODY, 1L);
    }
    if (request->body.len) {
        lib->easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)request->body.len);
        lib->easy_setopt(curl, CURLOPT_POSTFIELDS, request->body.s);
    }
    CURLcode code = lib->easy_perform(curl);
    lib->easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer.status);
    lib->slist_free_all(headers);
    if (code != CURLE_OK) {
        return err_set(err, ERR_SYSTEM, "%s %.*s: %s", request->method, STR_ARG(request->url),
                       lib->easy_strerror(code));
    }
    const struct json_doc *doc = NULL;
    struct err not_json = {0};
    answer.body = buf_str(&body);
    answer.headers = buf_str(&taken.headers);
    if (answer.body.len && json_parse(&doc, a, STR("answer"), answer.body, NULL, NULL, &not_json)) {
        answer.json = json_root(doc);
    }
    *out = answer;
    return true;
}
