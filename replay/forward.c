/* Handles are kept for the next request, with their connections; each is used by one thread at a time. */
#include "replay/forward.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { GATEWAY_TIMEOUT = 504, CONNECT_MS = 10000, ANSWER_BYTES_MAX = 64 << 20, HEADERS_MAX = 200 };

struct upstream {
    struct str path; /* "" all */
    struct str base; /* without a slash at its end */
};

struct forward {
    struct arena arena;
    struct curl_lib lib;
    struct upstream routes[FORWARD_ROUTES_MAX];
    size_t n_routes;
    const char *ca_file;
    int64_t timeout_ms;
    pthread_mutex_t lock; /* guards idle */
    struct vec idle;      /* of CURL * */
};

static bool add_route(struct forward *f, const char *word, struct err *err)
{
    struct str all = str_of(word), path = {"", 0}, base = all;
    if (all.len && all.s[0] == '/') {
        path = str_slice(all, 0, str_find_char(all, '='));
        base = str_slice(all, path.len + 1, all.len);
    }
    bool is_url = str_starts(base, STR("https://")) || str_starts(base, STR("http://"));
    size_t host = str_find(base, STR("://")) + 3;
    if (!is_url || base.len <= host || str_find_char(base, '?') < base.len ||
        str_find_char(base, '@') < base.len) {
        return err_set(err, ERR_INPUT,
                       "--upstream is \"%s\"; expected a URL as https://api.example.com, or "
                       "/path=URL for what stands below that path",
                       word);
    }
    while (base.len && base.s[base.len - 1] == '/') {
        base.len--;
    }
    if (f->n_routes == FORWARD_ROUTES_MAX) {
        return err_set(err, ERR_LIMIT, "at most %d --upstream", FORWARD_ROUTES_MAX);
    }
    f->routes[f->n_routes++] =
        (struct upstream){str_copy(&f->arena, path), str_copy(&f->arena, base)};
    return true;
}

bool forward_open(struct forward **out, const char *const *upstreams, size_t n, const char *ca_file,
                  int64_t timeout_ms, struct err *err)
{
    struct forward *f = MEM_NEW(struct forward);
    bool has_all = false, is_well = true;
    arena_init(&f->arena, 0, 0);
    f->ca_file = ca_file;
    f->timeout_ms = timeout_ms;
    (void)pthread_mutex_init(&f->lock, NULL);
    for (size_t i = 0; i < n && is_well; i++) {
        is_well = add_route(f, upstreams[i], err);
        has_all = has_all || (is_well && f->routes[i].path.len == 0);
    }
    if (is_well && !has_all) {
        is_well = err_set(err, ERR_INPUT, "one --upstream has to be for all paths: a URL alone");
    }
    if (!is_well || !curl_lib_open(&f->lib, err)) {
        forward_close(f);
        return false;
    }
    *out = f;
    return true;
}

void forward_close(struct forward *f)
{
    if (!f) {
        return;
    }
    for (size_t i = 0; i < f->idle.len; i++) {
        f->lib.easy_cleanup(f->idle.at[i]);
    }
    vec_done(&f->idle);
    curl_lib_close(&f->lib);
    (void)pthread_mutex_destroy(&f->lock);
    arena_done(&f->arena);
    mem_free(f);
}

static const struct upstream *find_route(const struct forward *f, struct str uri)
{
    const struct upstream *best = NULL;
    for (size_t i = 0; i < f->n_routes; i++) {
        const struct upstream *r = &f->routes[i];
        struct str rest = str_slice(uri, r->path.len, uri.len);
        bool is_below =
            str_starts(uri, r->path) && (r->path.len == 0 || rest.len == 0 || rest.s[0] == '/' ||
                                         rest.s[0] == '?' || r->path.s[r->path.len - 1] == '/');
        if (is_below && (!best || r->path.len > best->path.len)) {
            best = r;
        }
    }
    return best;
}

static size_t take_body(char *bytes, size_t size, size_t n, void *ctx)
{
    struct relay_exchange *x = ctx;
    if (x->answer.len + size * n > ANSWER_BYTES_MAX) {
        return 0;
    }
    buf_put(&x->answer, (struct str){bytes, size * n});
    return size * n;
}

/* A status line begins the headers anew: those of 100 Continue are not the answer's. */
static size_t take_header(char *bytes, size_t size, size_t n, void *ctx)
{
    struct relay_exchange *x = ctx;
    struct str line = str_trim((struct str){bytes, size * n});
    size_t colon = str_find_char(line, ':');
    if (str_starts(line, STR("HTTP/"))) {
        x->n_answer_headers = 0;
    } else if (colon < line.len && x->n_answer_headers < HEADERS_MAX) {
        x->answer_headers[x->n_answer_headers++] = (struct relay_header){
            str_copy(x->arena, str_slice(line, 0, colon)),
            str_copy(x->arena, str_trim(str_slice(line, colon + 1, line.len)))};
    }
    return size * n;
}

static CURL *take_handle(struct forward *f)
{
    CURL *curl = NULL;
    (void)pthread_mutex_lock(&f->lock);
    if (f->idle.len) {
        curl = vec_pop(&f->idle);
    }
    (void)pthread_mutex_unlock(&f->lock);
    return curl ? curl : f->lib.easy_init();
}

static void give_back(struct forward *f, CURL *curl)
{
    f->lib.easy_reset(curl);
    (void)pthread_mutex_lock(&f->lock);
    vec_push(&f->idle, curl);
    (void)pthread_mutex_unlock(&f->lock);
}

static struct curl_slist *list_headers(const struct forward *f, const struct relay_exchange *x)
{
    struct curl_slist *list = f->lib.slist_append(NULL, "Expect:");
    bool has_type = false, has_accept = false, has_agent = false;
    for (size_t i = 0; i < x->n_headers; i++) {
        const struct relay_header *h = &x->headers[i];
        struct buf line;
        buf_init(&line, x->arena);
        /* libcurl sends an empty header only where a semicolon ends its name */
        buf_printf(&line, h->value.len ? "%.*s: %.*s" : "%.*s;%.*s", STR_ARG(h->name),
                   STR_ARG(h->value));
        list = f->lib.slist_append(list, buf_cstr(&line));
        has_type = has_type || str_eq_fold(h->name, STR("Content-Type"));
        has_accept = has_accept || str_eq_fold(h->name, STR("Accept"));
        has_agent = has_agent || str_eq_fold(h->name, STR("User-Agent"));
    }
    /* what libcurl would say of its own accord, and the client did not */
    list = has_type ? list : f->lib.slist_append(list, "Content-Type:");
    list = has_accept ? list : f->lib.slist_append(list, "Accept:");
    return has_agent ? list : f->lib.slist_append(list, "User-Agent:");
}

static bool fail(struct relay_exchange *x, CURLcode code, const char *why, struct str base,
                 struct err *err)
{
    x->status = code == CURLE_OPERATION_TIMEDOUT ? GATEWAY_TIMEOUT : 0;
    return err_set(err, ERR_SYSTEM, "no answer of the upstream %.*s: %s", STR_ARG(base), why);
}

bool forward_send(void *ctx, struct relay_exchange *x, struct err *err)
{
    struct forward *f = ctx;
    const struct curl_lib *lib = &f->lib;
    const struct upstream *to = find_route(f, x->uri);
    char why[CURL_ERROR_SIZE] = "";
    struct buf url;
    CURL *curl = take_handle(f);
    if (!curl) {
        return err_set(err, ERR_SYSTEM, "libcurl gives no handle");
    }
    buf_init(&url, x->arena);
    buf_printf(&url, "%.*s%.*s", STR_ARG(to->base), STR_ARG(x->uri));
    x->answer_headers = ARENA_ARRAY(x->arena, HEADERS_MAX, struct relay_header);
    struct curl_slist *headers = list_headers(f, x);
    lib->easy_setopt(curl, CURLOPT_URL, buf_cstr(&url));
    lib->easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
    lib->easy_setopt(curl, CURLOPT_CUSTOMREQUEST, str_cstr(x->arena, x->method));
    if (x->body.len || str_eq(x->method, STR("POST")) || str_eq(x->method, STR("PUT"))) {
        lib->easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)x->body.len);
        lib->easy_setopt(curl, CURLOPT_POSTFIELDS, x->body.len ? x->body.s : "");
        lib->easy_setopt(curl, CURLOPT_CUSTOMREQUEST, str_cstr(x->arena, x->method));
    }
    lib->easy_setopt(curl, CURLOPT_NOBODY, str_eq(x->method, STR("HEAD")) ? 1L : 0L);
    lib->easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    lib->easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    lib->easy_setopt(curl, CURLOPT_WRITEDATA, x);
    lib->easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
    lib->easy_setopt(curl, CURLOPT_HEADERDATA, x);
    lib->easy_setopt(curl, CURLOPT_ERRORBUFFER, why);
    lib->easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    lib->easy_setopt(curl, CURLOPT_NOPROXY, "*");
    lib->easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    lib->easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    lib->easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)f->timeout_ms);
    lib->easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
    if (f->ca_file) {
        lib->easy_setopt(curl, CURLOPT_CAINFO, f->ca_file);
    }
    CURLcode done = lib->easy_perform(curl);
    long status = 0;
    lib->easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    lib->slist_free_all(headers);
    give_back(f, curl);
    x->status = (int)status;
    return (done == CURLE_OK && status) ||
           fail(x, done, why[0] ? why : lib->easy_strerror(done), to->base, err);
}
