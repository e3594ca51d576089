/* The client's face: asking threads hand a call to the engine's thread and wait until it is done. */
#include "replay/client_int.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    ROUND_MS = 1000,
    PARALLEL = 4,
    TIMEOUT_MS = 30000,
    DEADLINE_MS = 300000,
    WAIT_MAX_MS = 120000
};

static void fail_waiting(struct client *c, int64_t now_us)
{
    for (struct call *call = c->calls; call; call = call->next) {
        bool is_late = call->deadline_us <= now_us;
        if (call->state == CALL_WAITS && (c->is_stopping || is_late)) {
            if (is_late && call->err.code == ERR_NONE) {
                err_set(&call->err, ERR_SYSTEM, "its time is up");
            }
            client_call_fail(call, CLIENT_FAILED);
        }
        if (call->state == CALL_WAITS && call->needs_token && c->token_err.code != ERR_NONE) {
            call->err = c->token_err;
            client_call_fail(call, CLIENT_FAILED);
        }
    }
}

static struct call *new_token_call(struct client *c, int64_t now_us)
{
    struct call *call = MEM_NEW(struct call);
    struct buf url = {0};
    buf_put(&url, c->token_base);
    buf_put(&url, c->token_request.path);
    call->url = (char *)(uintptr_t)buf_cstr(&url);
    call->request = &c->token_request;
    call->body = c->token_request.body;
    call->is_token = true;
    call->may_repeat = true;
    call->method = c->token_request.method;
    call->tries_max = c->contract->client.tries;
    call->begun_us = now_us;
    call->deadline_us = now_us + c->options.deadline_ms * US_PER_MS;
    return call;
}

static void free_call(struct call *call)
{
    mem_free(call->url);
    buf_done(&call->answer);
    buf_done(&call->etag);
    buf_done(&call->content_type);
    buf_done(&call->retry_after);
    buf_done(&call->date);
    mem_free(call);
}

/* A token is wanted, there is none, and nobody is fetching one. */
static void want_token(struct client *c, int64_t now_us)
{
    bool is_wanted = false;
    for (struct call *call = c->calls; call && !is_wanted; call = call->next) {
        is_wanted = call->state == CALL_WAITS && call->needs_token && call->due_us <= now_us;
    }
    if (is_wanted && !c->token.is_fetching && !client_has_token(c, now_us)) {
        struct call *call = new_token_call(c, now_us);
        call->next = c->calls;
        c->calls = call;
        c->token.is_fetching = true;
        c->token_err = (struct err){0};
    }
}

/* The token's call is done: everybody waiting has a token, or the reason. */
static void end_token(struct client *c, struct call *call)
{
    c->token.is_fetching = false;
    if (call->end != CLIENT_ANSWERED) {
        c->token_err = call->err;
    } else if (call->status < 200 || call->status > 299) {
        err_set(&c->token_err, ERR_INPUT,
                "no token is to be had: %d from %.*s (are the client's id and secret right?)",
                call->status, STR_ARG(c->token_op->path));
    } else if (!client_take_token(c, buf_str(&call->answer), &c->token_err)) {
        return;
    }
}

/* Starts what is due; gives when the next one is, INT64_MAX: none. */
static int64_t start_due(struct client *c, int64_t now_us)
{
    int64_t next_us = INT64_MAX;
    for (struct call *call = c->calls; call; call = call->next) {
        int64_t again_us = 0;
        if (call->state != CALL_WAITS) {
            continue;
        }
        bool is_held = call->request->op && c->not_before_us > call->due_us;
        int64_t due_us = is_held ? c->not_before_us : call->due_us;
        int64_t wake_us = due_us < call->deadline_us ? due_us : call->deadline_us;
        if (due_us > now_us) {
            next_us = wake_us < next_us ? wake_us : next_us;
            continue;
        }
        if ((call->needs_token && !client_has_token(c, now_us)) ||
            (c->n_sent >= c->options.parallel && !call->is_token)) {
            continue;
        }
        if (!client_rate_take(c, call, now_us, &again_us)) {
            next_us = again_us && again_us < next_us ? again_us : next_us;
            continue;
        }
        if (client_try_start(c, call)) {
            c->n_sent++;
        } else {
            client_rate_give(call, now_us);
        }
    }
    return next_us;
}

static void take_ended(struct client *c)
{
    CURLMsg *message = NULL;
    int left = 0;
    while ((message = c->lib.multi_info_read(c->multi, &left)) != NULL) {
        struct call *call = c->calls;
        CURL *curl = message->easy_handle;
        CURLcode code = message->data.result;
        if (message->msg != CURLMSG_DONE) {
            continue;
        }
        while (call && call->curl != curl) {
            call = call->next;
        }
        c->lib.multi_remove_handle(c->multi, curl);
        c->n_sent--;
        if (call) {
            int64_t now_us = clock_monotonic_us();
            client_rate_give(call, now_us);
            client_try_end(c, call, code, now_us);
        }
    }
}

/* Calls that are done leave the list; those who asked are told. */
static void hand_back(struct client *c)
{
    struct call **at = &c->calls;
    while (*at) {
        struct call *call = *at;
        if (call->state != CALL_DONE) {
            at = &call->next;
            continue;
        }
        *at = call->next;
        if (call->is_token) {
            end_token(c, call);
            free_call(call);
            continue;
        }
        call->next = call; /* its own end: the mark that the asking thread waits for */
        pthread_cond_broadcast(&c->done);
    }
}

static void *engine(void *ctx)
{
    struct client *c = ctx;
    bool is_over = false;
    pthread_mutex_lock(&c->lock);
    while (!is_over) {
        int running = 0;
        while (c->inbox) {
            struct call *call = c->inbox;
            c->inbox = call->next;
            call->next = c->calls;
            c->calls = call;
        }
        int64_t now_us = clock_monotonic_us();
        fail_waiting(c, now_us);
        want_token(c, now_us);
        hand_back(c);
        int64_t next_us = start_due(c, now_us);
        is_over = c->is_stopping && !c->calls;
        pthread_mutex_unlock(&c->lock);
        int64_t wait_ms = next_us == INT64_MAX ? ROUND_MS : (next_us - now_us) / US_PER_MS + 1;
        wait_ms = wait_ms < 0 ? 0 : wait_ms > ROUND_MS ? ROUND_MS : wait_ms;
        c->lib.multi_perform(c->multi, &running);
        bool is_some_ended = running < (int)c->n_sent; /* it was answered in no time */
        if (!is_over && !is_some_ended) {
            c->lib.multi_poll(c->multi, NULL, 0, (int)wait_ms, NULL);
            c->lib.multi_perform(c->multi, &running);
        }
        pthread_mutex_lock(&c->lock);
        take_ended(c);
        hand_back(c);
        if (c->token_err.code != ERR_NONE && !c->token.is_fetching) {
            fail_waiting(c, clock_monotonic_us());
            hand_back(c);
            c->token_err = (struct err){0};
        }
    }
    pthread_mutex_unlock(&c->lock);
    return NULL;
}

static bool is_url(struct str url, struct err *err)
{
    struct uri u;
    static const struct str here[] = {STR_INIT("127.0.0.1"), STR_INIT("localhost"),
                                      STR_INIT("[::1]")};
    if (!uri_parse(&u, url, err)) {
        return false;
    }
    if (!u.host.len || (!str_eq(u.scheme, STR("https")) && !str_eq(u.scheme, STR("http")))) {
        return err_set(err, ERR_INPUT, "\"%.*s\" is no address that begins with https://",
                       STR_ARG(url));
    }
    if (u.user_info.s || u.query.s) {
        return err_set(err, ERR_INPUT, "credentials and queries have no place in an address");
    }
    for (size_t i = 0; i < sizeof here / sizeof *here; i++) {
        if (str_eq(u.host, here[i])) {
            return true;
        }
    }
    return str_eq(u.scheme, STR("https")) ||
           err_set(err, ERR_INPUT, "secrets go over https:// only, but to this machine itself");
}

static struct str no_slash(struct arena *a, struct str url)
{
    while (url.len && url.s[url.len - 1] == '/') {
        url.len--;
    }
    return str_copy(a, url);
}

static void set_defaults(struct client *c, const struct client_options *options)
{
    const char *file = getenv("CURL_CA_BUNDLE");
    file = options->cacert ? options->cacert : file ? file : getenv("SSL_CERT_FILE");
    c->options = *options;
    c->options.url = no_slash(&c->arena, options->url);
    c->ca_file = file && *file ? str_copy(&c->arena, str_of(file)) : STR("");
    c->options.parallel = options->parallel ? options->parallel : PARALLEL;
    c->options.timeout_ms = options->timeout_ms ? options->timeout_ms : TIMEOUT_MS;
    c->options.deadline_ms = options->deadline_ms ? options->deadline_ms : DEADLINE_MS;
    c->options.wait_max_ms = options->wait_max_ms ? options->wait_max_ms : WAIT_MAX_MS;
    rng_init(&c->rng, options->seed);
}

bool client_open(struct client **out, const struct contract *contract,
                 const struct client_options *options, struct err *err)
{
    struct client *c = MEM_NEW(struct client);
    c->contract = contract;
    arena_init(&c->arena, 0, 0);
    pthread_mutex_init(&c->lock, NULL);
    pthread_cond_init(&c->done, NULL);
    set_defaults(c, options);
    bool is_well = is_url(c->options.url, err) && client_choose_token(c, err) &&
                   is_url(c->token_base, err) && curl_lib_open(&c->lib, err);
    if (is_well) {
        c->multi = c->lib.multi_init();
        is_well = c->multi || err_set(err, ERR_SYSTEM, "libcurl gives no handle");
    }
    if (is_well) {
        c->lib.multi_setopt(c->multi, CURLMOPT_MAXCONNECTS, (long)c->options.parallel + 2);
        int failed = pthread_create(&c->thread, NULL, engine, c);
        c->is_running = failed == 0;
        is_well = c->is_running || err_sys(err, failed, "cannot start a thread");
    }
    if (!is_well) {
        client_close(c);
        return false;
    }
    *out = c;
    return true;
}

void client_close(struct client *c)
{
    if (!c) {
        return;
    }
    if (c->is_running) {
        pthread_mutex_lock(&c->lock);
        c->is_stopping = true;
        pthread_mutex_unlock(&c->lock);
        c->lib.multi_wakeup(c->multi);
        pthread_join(c->thread, NULL);
    }
    if (c->multi) {
        c->lib.multi_cleanup(c->multi);
    }
    curl_lib_close(&c->lib);
    client_rate_done(c);
    if (c->token.value.s) {
        explicit_bzero(c->token.value.s, c->token.value.len);
    }
    buf_done(&c->token.value);
    pthread_cond_destroy(&c->done);
    pthread_mutex_destroy(&c->lock);
    arena_done(&c->arena);
    mem_free(c);
}

static void give_answer(struct client_answer *out, struct arena *a, const struct call *call)
{
    const struct json_doc *doc = NULL;
    *out = (struct client_answer){.end = call->end, .status = call->status, .tries = call->tries};
    out->body = str_copy(a, buf_str(&call->answer));
    out->etag = str_copy(a, str_trim(buf_str(&call->etag)));
    out->content_type = str_copy(a, str_trim(buf_str(&call->content_type)));
    out->latency_us = clock_monotonic_us() - call->begun_us;
    if (out->body.len && json_parse(&doc, a, STR("answer"), out->body, NULL, NULL, NULL)) {
        out->json = json_root(doc);
    }
}

static struct call *new_call(struct client *c, struct arena *a, const struct client_request *rq)
{
    struct call *call = MEM_NEW(struct call);
    struct buf url = {0};
    buf_put(&url, rq->op ? c->options.url : rq->url);
    buf_put(&url, rq->op ? rq->path : STR(""));
    call->url = url.s ? (char *)(uintptr_t)buf_cstr(&url) : NULL;
    call->request = rq;
    call->method = rq->op ? str_cstr(a, rq->op->method) : rq->method;
    call->body = rq->body;
    call->needs_token = rq->op && rq->op->needs_token;
    call->may_repeat = rq->may_repeat;
    call->tries_max = rq->tries ? rq->tries : c->contract->client.tries;
    call->begun_us = clock_monotonic_us();
    call->deadline_us = call->begun_us + c->options.deadline_ms * US_PER_MS;
    return call;
}

bool client_send(struct client_answer *out, struct arena *a, struct client *c,
                 const struct client_request *request, struct err *err)
{
    struct call *call = new_call(c, a, request);
    pthread_mutex_lock(&c->lock);
    if (c->is_stopping) {
        call->end = CLIENT_FAILED;
        err_set(&call->err, ERR_SYSTEM, "the client was stopped");
    } else {
        call->next = c->inbox;
        c->inbox = call;
        c->lib.multi_wakeup(c->multi);
        while (call->next != call) {
            pthread_cond_wait(&c->done, &c->lock);
        }
    }
    pthread_mutex_unlock(&c->lock);
    give_answer(out, a, call);
    if (call->end != CLIENT_ANSWERED && err) {
        *err = call->err;
        err_wrap(err, "%s %.*s", call->method, STR_ARG(request->op ? request->path : request->url));
    }
    bool is_answered = call->end == CLIENT_ANSWERED;
    free_call(call);
    return is_answered;
}

bool client_is_well(const struct client_answer *answer)
{
    return answer->end == CLIENT_ANSWERED && answer->status >= 200 && answer->status < 300;
}

bool client_refused(struct err *err, const struct client_request *request,
                    const struct client_answer *answer)
{
    enum { SHOWN = 160 };
    struct str said = str_slice(answer->body, 0, SHOWN);
    return err_set(err, ERR_INPUT, "%.*s %.*s: %d %.*s", STR_ARG(request->op->method),
                   STR_ARG(request->path), answer->status, STR_ARG(said));
}

void client_pause(struct client *c, int64_t ms)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    int64_t ns = until.tv_nsec + ms % 1000 * 1000000;
    until.tv_sec += ms / 1000 + ns / 1000000000;
    until.tv_nsec = ns % 1000000000;
    pthread_mutex_lock(&c->lock);
    while (!c->is_stopping && pthread_cond_timedwait(&c->done, &c->lock, &until) != ETIMEDOUT) {
    }
    c->counts.waits_ms += (uint64_t)ms;
    pthread_mutex_unlock(&c->lock);
}

struct client_counts client_counts(struct client *c)
{
    pthread_mutex_lock(&c->lock);
    struct client_counts counts = c->counts;
    pthread_mutex_unlock(&c->lock);
    return counts;
}

void client_count_conflict(struct client *c)
{
    pthread_mutex_lock(&c->lock);
    c->counts.conflicts++;
    pthread_mutex_unlock(&c->lock);
}

const struct contract *client_contract(const struct client *c)
{
    return c->contract;
}

struct str client_url(const struct client *c)
{
    return c->options.url;
}

int64_t client_wall_us(void)
{
    return client_real_us();
}
