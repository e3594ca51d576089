/* `rehearse demo`: the main job, shown to a newcomer. Starts two tenants, takes a client through
 * the life of a wrap-up code and the refusals that it will meet, prints each exchange, and checks
 * that every answer is what it claims to show: the exit status is 0 only then. */
#include "cli/cli.h"
#include "cli/demo_explore.h"
#include "cli/peer.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

struct demo {
    struct arena arena;
    struct peer *peer;
    FILE *out;
    bool has_colour;
    struct peer_server cloud, definitions;
    struct str token, definitions_token;
    struct str code_id;
    int step, failed;
};

enum { SHOWN_BYTES_MAX = 150, PAGES_MAX = 50, WAIT_MAX_S = 5 };

#define JSON_TYPE STR("application/json")
#define FORM_TYPE STR("application/x-www-form-urlencoded")

static struct str join(struct demo *d, struct str a, const char *b)
{
    struct buf text;
    buf_init(&text, &d->arena);
    buf_put(&text, a);
    buf_put(&text, str_of(b));
    return buf_str(&text);
}

static void title(struct demo *d, const char *text)
{
    fprintf(d->out, "\n%s%d. %s%s\n", d->has_colour ? "\033[1m" : "", ++d->step, text,
            d->has_colour ? "\033[0m" : "");
}

/* The claim of a step: a mark, and what was to be seen. */
static bool claim(struct demo *d, bool is_true, const char *text)
{
    const char *colour = !d->has_colour ? "" : is_true ? "\033[32m" : "\033[31m";
    fprintf(d->out, "   %s%s%s %s\n", colour,
            is_true ? "ok" : "NOT SO:", d->has_colour ? "\033[0m" : "", text);
    d->failed += !is_true;
    return is_true;
}

static void show(struct demo *d, const struct peer_request *rq, const struct peer_answer *answer)
{
    struct str path = rq->url;
    for (int slashes = 0; path.len && slashes < 3; path.s++, path.len--) {
        slashes += *path.s == '/';
        if (slashes == 3) {
            break;
        }
    }
    fprintf(d->out, "   > %s %.*s", rq->method, STR_ARG(path));
    if (rq->body.len) {
        fprintf(d->out, "  %.*s", STR_ARG(rq->body));
    }
    fprintf(d->out, "\n   < %ld", answer->status);
    if (answer->retry_after_s >= 0) {
        fprintf(d->out, "  Retry-After: %ld", answer->retry_after_s);
    }
    struct str body = answer->body;
    if (body.len > SHOWN_BYTES_MAX) {
        size_t to = SHOWN_BYTES_MAX;
        while (to > 0 && ((unsigned char)body.s[to] & 0xC0) == 0x80) {
            to--; /* not within a character */
        }
        fprintf(d->out, "  %.*s…\n", STR_ARG(str_slice(body, 0, to)));
    } else {
        fprintf(d->out, "  %.*s\n", STR_ARG(body));
    }
}

static struct peer_answer call(struct demo *d, const struct peer_request *rq)
{
    struct peer_answer answer = {.retry_after_s = -1};
    struct err err = {0};
    if (!peer_send(&answer, &d->arena, d->peer, rq, &err)) {
        fprintf(d->out, "   %s\n", err.msg);
        d->failed++;
    } else {
        show(d, rq, &answer);
    }
    return answer;
}

static struct peer_answer call_api(struct demo *d, const char *method, const char *path,
                                   const char *body)
{
    struct peer_request rq = {.method = method,
                              .url = join(d, d->cloud.url, path),
                              .bearer = d->token,
                              .body = str_of(body),
                              .media_type = body ? JSON_TYPE : STR("")};
    return call(d, &rq);
}

/* Tells the server's own interface something; not part of the story, so not shown. */
static void direct(struct demo *d, const char *path, const char *body)
{
    struct peer_answer answer;
    struct err err = {0};
    struct peer_request rq = {.method = "POST",
                              .url = join(d, d->cloud.admin_url, path),
                              .admin = d->cloud.admin_token,
                              .body = str_of(body),
                              .media_type = JSON_TYPE};
    if (!peer_send(&answer, &d->arena, d->peer, &rq, &err) || answer.status >= 300) {
        fprintf(d->out, "   POST %s to the server's own interface failed: %s %.*s\n", path, err.msg,
                STR_ARG(answer.body));
        d->failed++;
    }
}

static struct str member(const struct peer_answer *answer, const char *name)
{
    return json_str_or(json_get(answer->json, str_of(name)), STR(""));
}

static struct str fetch_token(struct demo *d, const struct peer_server *server, const char *form)
{
    struct peer_request rq = {.method = "POST",
                              .url = server->token_url,
                              .basic = STR("acme-admin:acme-admin-secret"),
                              .body = str_of(form),
                              .media_type = FORM_TYPE};
    struct peer_answer answer = call(d, &rq);
    struct str token = member(&answer, "access_token");
    claim(d, answer.status == 200 && token.len > 0,
          "id and secret were traded for a token; the answer says how long it lives");
    return token;
}

static void show_pages(struct demo *d)
{
    title(d, "The list, over its pages");
    const char *path = "/api/v2/routing/wrapupcodes?pageSize=10";
    size_t seen = 0, pages = 0;
    int64_t total = -1, count = -1;
    for (int i = 0; path && i < PAGES_MAX; i++) {
        struct peer_answer page = call_api(d, "GET", path, NULL);
        struct json next = json_get(page.json, STR("nextUri"));
        seen += json_count(json_get(page.json, STR("entities")));
        total = json_i64_or(json_get(page.json, STR("total")), -1);
        count = json_i64_or(json_get(page.json, STR("pageCount")), -1);
        pages++;
        path = json_kind(next) == JSON_STRING ? str_cstr(&d->arena, json_str(next)) : NULL;
    }
    claim(d, pages > 1 && (int64_t)seen == total && (int64_t)pages == count,
          "nextUri led through all pages, and they hold as many codes as `total` says");
}

static void show_create(struct demo *d)
{
    static const char body[] =
        "{\"name\":\"Callback agreed\",\"description\":\"made by the demo\"}";
    title(d, "A new wrap-up code");
    struct peer_answer made = call_api(d, "POST", "/api/v2/routing/wrapupcodes", body);
    d->code_id = member(&made, "id");
    claim(d, made.status == 200 && d->code_id.len == 36,
          "created: the vendor answers 200, not 201, and sets id, dates and selfUri");

    title(d, "The same once more");
    struct peer_answer again = call_api(d, "POST", "/api/v2/routing/wrapupcodes", body);
    claim(d, again.status >= 400 && str_eq(member(&again, "code"), STR("duplicate.name")),
          "refused: names are unique, and the error is in the vendor's own envelope");
}

static void show_stale_version(struct demo *d)
{
    title(d, "A stale version (the dialect with optimistic locking)");
    fprintf(d->out, "   on %.*s\n", STR_ARG(d->definitions.url));
    d->definitions_token =
        fetch_token(d, &d->definitions,
                    "grant_type=client_credentials&scope=routing%3Awrapupcode%3Aread+"
                    "routing%3Awrapupcode%3Awrite");
    struct peer_request rq = {
        .method = "GET",
        .url = join(d, d->definitions.url, "/api/v2/routing/wrapupcodes?pageSize=1"),
        .bearer = d->definitions_token};
    struct peer_answer list = call(d, &rq);
    struct json first = json_first(json_get(list.json, STR("entities")));
    int64_t version = json_i64_or(json_get(first, STR("version")), 0);
    struct buf path;
    buf_init(&path, &d->arena);
    buf_printf(&path, "%.*s/api/v2/routing/wrapupcodes/%.*s?version=", STR_ARG(d->definitions.url),
               STR_ARG(json_str_or(json_get(first, STR("id")), STR(""))));
    struct str url = buf_str(&path);
    struct buf stale, current;
    buf_init(&stale, &d->arena);
    buf_init(&current, &d->arena);
    buf_printf(&stale, "%.*s%lld", STR_ARG(url), (long long)version - 1);
    buf_printf(&current, "%.*s%lld", STR_ARG(url), (long long)version);
    rq = (struct peer_request){.method = "PATCH",
                               .url = buf_str(&stale),
                               .bearer = d->definitions_token,
                               .body = STR("{\"description\":\"changed by the demo\"}"),
                               .media_type = JSON_TYPE};
    struct peer_answer refused = call(d, &rq);
    claim(d, refused.status == 409, "an old version is refused with 409: somebody was faster");
    rq.url = buf_str(&current);
    struct peer_answer changed = call(d, &rq);
    claim(d,
          changed.status == 200 &&
              json_i64_or(json_get(changed.json, STR("version")), 0) == version + 1,
          "with the current version the change goes through, and the version moves on");
}

static void show_rate_limit(struct demo *d)
{
    title(d, "Too many requests");
    direct(d, "/faults", "{\"preset\":\"429-burst\",\"times\":1,\"retryAfter\":1}");
    struct peer_answer refused = call_api(d, "GET", "/api/v2/routing/wrapupcodes?pageSize=1", NULL);
    claim(d, refused.status == 429 && refused.retry_after_s > 0,
          "429: the answer says in Retry-After how many seconds to wait");
    if (refused.retry_after_s < 1 || refused.retry_after_s > WAIT_MAX_S) {
        claim(d, false, "the wait should be short here");
        return;
    }
    fprintf(d->out, "   … waiting %ld s, as asked\n", refused.retry_after_s);
    fflush(d->out);
    nanosleep(&(struct timespec){.tv_sec = refused.retry_after_s, .tv_nsec = 1000000}, NULL);
    struct peer_answer retried = call_api(d, "GET", "/api/v2/routing/wrapupcodes?pageSize=1", NULL);
    claim(d, retried.status == 200, "after the wait the same request goes through");
}

static void show_expiry(struct demo *d)
{
    title(d, "A token that has expired");
    fprintf(d->out, "   … the server's clock is moved on by two days\n");
    direct(d, "/clock", "{\"advance\":\"2d\"}");
    struct peer_answer refused = call_api(d, "GET", "/api/v2/routing/wrapupcodes?pageSize=1", NULL);
    claim(d, refused.status == 401, "401: the token is past its time");
    d->token = fetch_token(d, &d->cloud, "grant_type=client_credentials");
    struct peer_answer again = call_api(d, "GET", "/api/v2/routing/wrapupcodes?pageSize=1", NULL);
    claim(d, again.status == 200, "the fresh token is good");
}

static void show_delete(struct demo *d)
{
    title(d, "The code goes");
    struct buf path;
    buf_init(&path, &d->arena);
    buf_printf(&path, "/api/v2/routing/wrapupcodes/%.*s", STR_ARG(d->code_id));
    struct peer_answer gone = call_api(d, "DELETE", buf_cstr(&path), NULL);
    claim(d, gone.status == 200, "deleted: 200 and an empty body");
    struct peer_answer read = call_api(d, "GET", buf_cstr(&path), NULL);
    claim(d, read.status == 404, "and nothing is there any more: 404");
}

static void tell(struct demo *d)
{
    fprintf(d->out, "rehearse demo: a client meets a tenant, and everything that can go wrong.\n");
    fprintf(d->out, "The tenant \"acme\" of genesys-cloud listens on %.*s.\n",
            STR_ARG(d->cloud.url));
    title(d, "A token");
    d->token = fetch_token(d, &d->cloud, "grant_type=client_credentials");
    show_pages(d);
    show_create(d);
    show_stale_version(d);
    show_rate_limit(d);
    show_expiry(d);
    show_delete(d);
}

static void close_up(struct demo *d, const char *program)
{
    if (d->failed) {
        fprintf(d->out, "\n%d answer%s not what this demo claims to show.\n", d->failed,
                d->failed == 1 ? " was" : "s were");
        return;
    }
    fprintf(d->out,
            "\nEvery answer was as claimed. To go on by yourself:\n\n"
            "    %s serve --profile genesys-cloud --port 8080\n"
            "    curl -u acme-admin:acme-admin-secret -d grant_type=client_credentials "
            "http://127.0.0.1:8080/oauth/token\n\n"
            "`%s help` lists the commands, README.md has a five-minute tour.\n",
            program, program);
}

struct demo_options {
    bool is_careless;
};

static const struct option options[] = {
    {OPTION_FLAG, 0, "careless", offsetof(struct demo_options, is_careless), NULL,
     "be the careless client that the demo drives: for use under `rehearse run`", 0, 0},
    {.kind = OPTION_END},
};

static int run(const struct command *command, void *values, char **arguments, size_t n_arguments)
{
    struct demo d = {.out = stdout, .has_colour = colour_wanted(stdout)};
    static const char *const cloud[] = {"--profile", "genesys-cloud", NULL};
    static const char *const definitions[] = {"--profile", "genesys-definitions", NULL};
    struct err err = {0};
    int status = EXIT_WELL;
    char program[4096];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    (void)command;
    (void)arguments;
    (void)n_arguments;
    if (((const struct demo_options *)values)->is_careless) {
        return demo_careless();
    }
    if (length <= 0) {
        fprintf(stderr, "rehearse: cannot find my own program file\n");
        return EXIT_SYSTEM;
    }
    program[length] = '\0';
    arena_init(&d.arena, 0, 0);
    if (!peer_open(&d.peer, &err) || !peer_start(&d.cloud, &d.arena, program, cloud, &err) ||
        !peer_start(&d.definitions, &d.arena, program, definitions, &err)) {
        fprintf(stderr, "rehearse: %s\n", err.msg);
        status = EXIT_SYSTEM;
    } else {
        tell(&d);
    }
    bool has_stopped = peer_stop(&d.cloud);
    has_stopped = peer_stop(&d.definitions) && has_stopped;
    if (status == EXIT_WELL) {
        claim(&d, has_stopped, "both servers ended cleanly on SIGTERM");
        title(&d,
              "Clients with the vendor's hosts in them, sealed off: each fault at each request");
        enum demo_outcome outcome = demo_explore(program);
        if (outcome != DEMO_NOT_POSSIBLE) {
            claim(&d, outcome == DEMO_AS_CLAIMED,
                  "the careful client keeps every rule of conduct, the careless one is found out");
        }
        close_up(&d, "rehearse");
        status = d.failed ? EXIT_FINDINGS : EXIT_WELL;
    }
    peer_close(d.peer);
    arena_done(&d.arena);
    return status;
}

const struct command command_demo = {
    .name = "demo",
    .usage = "[OPTION…]",
    .summary = "the main job, shown: a client meets a tenant",
    .about = "Starts two tenants on free ports and takes a client through the life of a wrap-up "
             "code: token, list "
             "over\npages, create, duplicate, stale version, rate limit, expired token, delete. "
             "Then drives two real "
             "clients, sealed\noff, through faults at each of their requests. "
             "Prints each exchange. "
             "Exits 0\nonly if every answer was what it claims to show.",
    .options = options,
    .run = run,
    .values_size = sizeof(struct demo_options),
};
