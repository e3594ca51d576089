/* `rehearse ctl`: speaks to a running server's own interface. */
#include "cli/cli.h"
#include "cli/peer.h"
#include "cli/runtime.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct ctl {
    const char *ready_file, *url, *token, *site, *session, *preset, *file, *out;
    uint64_t times, limit, wait, port;
    /* made from them */
    struct arena arena;
    struct str base, admin_token;
    struct peer *peer;
};

enum { FILE_BYTES_MAX = 256 << 20 };

static const struct option options[] = {
    {OPTION_COUNT, 'P', "port", offsetof(struct ctl, port), "PORT",
     "the server of yours that listens on PORT (default 8080)", 1, 65535},
    {OPTION_TEXT, 'r', "ready-file", offsetof(struct ctl, ready_file), "FILE",
     "the server's ready file: where it is and its token (or $REHEARSE_READY_FILE)", 0, 0},
    {OPTION_TEXT, 'u', "url", offsetof(struct ctl, url), "URL",
     "the admin address that `serve` printed (or $REHEARSE_URL; default "
     "http://127.0.0.1:8080/__rehearse)",
     0, 0},
    {OPTION_TEXT, 0, "token", offsetof(struct ctl, token), "TOKEN",
     "its admin token (or $REHEARSE_TOKEN)", 0, 0},
    {OPTION_TEXT, 0, "site", offsetof(struct ctl, site), "PROFILE",
     "which profile, where the server has several (default: the first)", 0, 0},
    {OPTION_TEXT, 0, "session", offsetof(struct ctl, session), "ID",
     "speak to that session instead of the profile's own tenant", 0, 0},
    {OPTION_TEXT, 0, "preset", offsetof(struct ctl, preset), "NAME", "faults add: this preset", 0,
     0},
    {OPTION_COUNT, 0, "times", offsetof(struct ctl, times), "N",
     "faults add: so many times (default: until removed)", 1, 1000000},
    {OPTION_TEXT, 'f', "file", offsetof(struct ctl, file), "FILE",
     "faults add, state put, session new, entities: the JSON to send", 0, 0},
    {OPTION_TEXT, 'o', "output", offsetof(struct ctl, out), "FILE", "write the answer to FILE", 0,
     0},
    {OPTION_COUNT, 0, "wait", offsetof(struct ctl, wait), "N",
     "journal: answer once there are N entries (at most 5 s)", 1, 1000000},
    {OPTION_COUNT, 'n', "limit", offsetof(struct ctl, limit), "N",
     "journal: the newest N entries (default 20)", 1, 1000000},
    {.kind = OPTION_END},
};

static bool find_server(struct ctl *c, struct err *err)
{
    const char *ready = c->ready_file ? c->ready_file : getenv("REHEARSE_READY_FILE");
    const char *url = c->url ? c->url : getenv("REHEARSE_URL");
    const char *token = c->token ? c->token : getenv("REHEARSE_TOKEN");
    struct str text;
    const struct json_doc *doc = NULL;
    struct buf runtime;
    buf_init(&runtime, &c->arena);
    c->base = str_of(url);
    c->admin_token = str_of(token);
    if (url) {
        return true;
    }
    if (!ready && !runtime_path(&runtime, (unsigned)c->port, err)) {
        return false;
    }
    ready = ready ? ready : buf_cstr(&runtime);
    if (access(ready, R_OK) != 0 && runtime.len) {
        return err_set(err, ERR_NOT_FOUND,
                       "no server of yours listens on port %u; start one with `rehearse serve`, "
                       "or say --port, --ready-file or --url",
                       (unsigned)c->port);
    }
    if (!file_read(&text, &c->arena, ready, 1 << 20, err) ||
        !json_parse(&doc, &c->arena, str_of(ready), text, NULL, NULL, err)) {
        return false;
    }
    c->base = json_str_or(json_path(json_root(doc), STR("admin.url")), STR(""));
    c->admin_token = json_str_or(json_path(json_root(doc), STR("admin.token")), STR(""));
    return c->base.len > 0 || err_set(err, ERR_INPUT, "%s is no ready file of rehearse", ready);
}

/* What a word of the command line asks for. */
struct call {
    const char *method;
    struct buf path, body;
};

static void put_clock(struct call *call, const char *verb, const char *value)
{
    call->method = "POST";
    buf_put(&call->path, STR("/clock"));
    buf_put(&call->body, STR("{"));
    buf_put_json_string(&call->body, str_of(verb));
    buf_put(&call->body, STR(":"));
    bool is_number = strcmp(verb, "scale") == 0 && value;
    if (is_number) {
        buf_put(&call->body, str_of(value));
    } else if (value) {
        buf_put_json_string(&call->body, str_of(value));
    } else {
        buf_put(&call->body, STR("true"));
    }
    buf_put(&call->body, STR("}"));
}

static bool put_file(struct ctl *c, struct call *call, struct err *err)
{
    struct str text;
    if (!file_read(&text, &c->arena, c->file, FILE_BYTES_MAX, err)) {
        return false;
    }
    buf_put(&call->body, text);
    return true;
}

static bool plan_faults(struct ctl *c, struct call *call, const char *verb, const char *value,
                        struct err *err)
{
    buf_put(&call->path, STR("/faults"));
    if (!verb || strcmp(verb, "list") == 0) {
        return true;
    }
    if (strcmp(verb, "presets") == 0) {
        buf_put(&call->path, STR("/presets"));
        return true;
    }
    if (strcmp(verb, "clear") == 0) {
        call->method = "DELETE";
        return true;
    }
    if (strcmp(verb, "remove") == 0 && value) {
        call->method = "DELETE";
        buf_put(&call->path, STR("/"));
        uri_encode(&call->path, str_of(value));
        return true;
    }
    if (strcmp(verb, "add") != 0) {
        return err_set(err, ERR_INPUT, "faults %s: it is list, presets, add, remove ID or clear",
                       verb);
    }
    call->method = "POST";
    if (c->file) {
        return put_file(c, call, err);
    }
    const char *preset = c->preset ? c->preset : value;
    if (!preset) {
        return err_set(err, ERR_INPUT, "faults add: which? --preset NAME or --file FILE");
    }
    buf_put(&call->body, STR("{\"preset\":"));
    buf_put_json_string(&call->body, str_of(preset));
    if (c->times) {
        buf_printf(&call->body, ",\"times\":%llu", (unsigned long long)c->times);
    }
    buf_put(&call->body, STR("}"));
    return true;
}

static bool is_word(const char *verb, const char *word)
{
    return verb && strcmp(verb, word) == 0;
}

static bool plan_journal(const struct ctl *c, struct call *call, const char *verb)
{
    buf_put(&call->path, STR("/journal"));
    if (is_word(verb, "clear")) {
        call->method = "DELETE";
        return true;
    }
    buf_printf(&call->path, "?limit=%llu", (unsigned long long)c->limit);
    if (c->wait) {
        buf_printf(&call->path, "&wait=%llu", (unsigned long long)c->wait);
    }
    return true;
}

static bool plan_state(struct ctl *c, struct call *call, const char *verb, const char *value,
                       struct err *err)
{
    if (!verb) {
        buf_put(&call->path, STR("/state"));
        return true;
    }
    if (is_word(verb, "put")) {
        call->method = "PUT";
        buf_put(&call->path, STR("/state"));
        return c->file ? put_file(c, call, err)
                       : err_set(err, ERR_INPUT, "state put: which file? --file SNAPSHOT");
    }
    buf_put(&call->path, STR("/snapshots"));
    if (is_word(verb, "kept")) {
        return true;
    }
    bool is_keep = is_word(verb, "keep"), is_restore = is_word(verb, "restore");
    if (!value || !(is_keep || is_restore || is_word(verb, "forget"))) {
        return err_set(err, ERR_INPUT,
                       "state %s: it is put --file F, keep NAME, restore NAME, kept or forget NAME",
                       verb);
    }
    call->method = is_keep ? "PUT" : is_restore ? "POST" : "DELETE";
    buf_put(&call->path, STR("/"));
    uri_encode(&call->path, str_of(value));
    buf_put(&call->path, is_restore ? STR("/restore") : STR(""));
    return true;
}

static bool plan_tokens(struct call *call, const char *verb, const char *value, struct err *err)
{
    buf_put(&call->path, STR("/tokens"));
    if (!verb) {
        return true;
    }
    bool is_issue = is_word(verb, "issue");
    if ((is_issue && !value) || !(is_issue || is_word(verb, "expire") || is_word(verb, "revoke"))) {
        return err_set(err, ERR_INPUT,
                       "tokens %s: it is issue CLIENT, expire [CLIENT] or revoke [CLIENT]", verb);
    }
    call->method = "POST";
    buf_printf(&call->path, "/%s", verb);
    buf_put(&call->body, STR("{\"client\":"));
    buf_put_json_string(&call->body, str_of(value ? value : ""));
    buf_put(&call->body, STR("}"));
    return true;
}

static bool plan_entities(struct ctl *c, struct call *call, const char *verb, const char *value,
                          struct err *err)
{
    if (!verb) {
        return err_set(err, ERR_INPUT,
                       "entities: of which resource? entities RESOURCE [ID], with --file F to make "
                       "some");
    }
    buf_put(&call->path, STR("/entities/"));
    uri_encode(&call->path, str_of(verb));
    if (c->file) {
        call->method = "POST";
        return put_file(c, call, err);
    }
    if (value) {
        buf_put(&call->path, STR("?id="));
        uri_encode(&call->path, str_of(value));
    }
    return true;
}

static bool plan_session(struct ctl *c, struct call *call, const char *verb, const char *value,
                         struct err *err)
{
    buf_put(&call->path, STR("/sessions"));
    if (!verb || is_word(verb, "list")) {
        return true;
    }
    if (is_word(verb, "new")) {
        call->method = "POST";
        if (c->file) {
            return put_file(c, call, err);
        }
        buf_put(&call->body, STR("{"));
        if (value) {
            buf_put(&call->body, STR("\"name\":"));
            buf_put_json_string(&call->body, str_of(value));
        }
        buf_put(&call->body, STR("}"));
        return true;
    }
    if (!is_word(verb, "drop") || !value) {
        return err_set(err, ERR_INPUT,
                       "session %s: it is new [NAME], new --file F, list or drop ID", verb);
    }
    call->method = "DELETE";
    buf_put(&call->path, STR("/"));
    uri_encode(&call->path, str_of(value));
    return true;
}

static bool plan(struct ctl *c, struct call *call, char **words, size_t n, struct err *err)
{
    const char *what = words[0], *verb = n > 1 ? words[1] : NULL, *value = n > 2 ? words[2] : NULL;
    call->method = "GET";
    if (strcmp(what, "faults") == 0) {
        return plan_faults(c, call, verb, value, err);
    }
    if (strcmp(what, "clock") == 0 && verb) {
        put_clock(call, verb, value);
        return true;
    }
    if (strcmp(what, "journal") == 0) {
        return plan_journal(c, call, verb);
    }
    if (strcmp(what, "state") == 0) {
        return plan_state(c, call, verb, value, err);
    }
    if (strcmp(what, "tokens") == 0) {
        return plan_tokens(call, verb, value, err);
    }
    if (strcmp(what, "session") == 0) {
        return plan_session(c, call, verb, value, err);
    }
    if (strcmp(what, "entities") == 0) {
        return plan_entities(c, call, verb, value, err);
    }
    if (strcmp(what, "reset") == 0) {
        call->method = "POST";
    }
    static const struct str plain[] = {
        STR_INIT("health"),  STR_INIT("journal"), STR_INIT("unmatched"), STR_INIT("state"),
        STR_INIT("reset"),   STR_INIT("faults"),  STR_INIT("clock"),     STR_INIT("tokens"),
        STR_INIT("metrics"), STR_INIT("openapi"), STR_INIT("sites"),     STR_INIT("session"),
        STR_INIT("entities")};
    enum { PLAIN = sizeof plain / sizeof *plain };
    for (size_t i = 0; i < PLAIN; i++) {
        if (str_eq(plain[i], str_of(what))) {
            buf_printf(&call->path, "/%s", what);
            return true;
        }
    }
    size_t near = str_nearest(str_of(what), plain, PLAIN);
    return err_set(err, ERR_INPUT, "ctl has no \"%s\"; did you mean %.*s? see rehearse ctl --help",
                   what, STR_ARG(plain[near < PLAIN ? near : 0]));
}

static int print_answer(const struct ctl *c, const struct peer_answer *answer, struct err *err)
{
    struct buf text = {0};
    if (json_exists(answer->json)) {
        json_put_pretty(&text, answer->json);
        buf_put_char(&text, '\n');
    } else {
        buf_put(&text, answer->body);
    }
    bool is_well = answer->status < 300;
    bool is_written = true;
    if (c->out && is_well) {
        is_written = file_write(c->out, buf_str(&text), 0644, err);
    } else {
        fwrite(text.s, 1, text.len, is_well ? stdout : stderr);
    }
    buf_done(&text);
    return !is_written ? cli_fail(err) : is_well ? EXIT_WELL : EXIT_FINDINGS;
}

static int send_call(struct ctl *c, char **words, size_t n)
{
    struct err err = {0};
    struct call call = {0};
    struct peer_answer answer = {0};
    struct buf url = {0};
    int status = EXIT_WELL;
    if (!find_server(c, &err) || !plan(c, &call, words, n, &err)) {
        status = cli_fail(&err);
    } else {
        buf_put(&url, c->base);
        if (c->session && strcmp(words[0], "session") != 0) {
            buf_put(&url, STR("/sessions/"));
            uri_encode(&url, str_of(c->session));
        } else if (c->site && strcmp(words[0], "sites") != 0) {
            buf_put(&url, STR("/sites/"));
            uri_encode(&url, str_of(c->site));
        }
        buf_put(&url, buf_str(&call.path));
        struct peer_request request = {.method = call.method,
                                       .url = buf_str(&url),
                                       .admin = c->admin_token,
                                       .body = buf_str(&call.body),
                                       .media_type = STR("application/json")};
        status = peer_send(&answer, &c->arena, c->peer, &request, &err)
                     ? print_answer(c, &answer, &err)
                     : cli_fail(&err);
    }
    buf_done(&call.path);
    buf_done(&call.body);
    buf_done(&url);
    return status;
}

static int run(const struct command *command, void *values, char **arguments, size_t n_arguments)
{
    struct ctl *c = values;
    struct err err = {0};
    (void)command;
    arena_init(&c->arena, 0, 0);
    int status = peer_open(&c->peer, &err) ? send_call(c, arguments, n_arguments) : cli_fail(&err);
    peer_close(c->peer);
    arena_done(&c->arena);
    return status;
}

static void defaults(void *values)
{
    ((struct ctl *)values)->limit = 20;
    ((struct ctl *)values)->port = PORT_DEFAULT;
}

const struct command command_ctl = {
    .name = "ctl",
    .usage = "WHAT [VERB [VALUE]] [OPTION…]",
    .summary = "speaks to a running server: faults, clock, journal, state, tokens",
    .about = "health                       is it there, since when, how many requests\n"
             "journal [clear]              the last requests and their answers\n"
             "unmatched                    requests that met no operation, and the nearest ones\n"
             "state [put --file F]         the tenant as a snapshot; another tenant from a file\n"
             "state [keep NAME|restore NAME|kept|forget NAME]\n"
             "entities RESOURCE [ID]       what the tenant holds of a resource; --file F makes some\n"
             "reset                        the tenant as it was at start\n"
             "faults [list|presets|add --preset P|add --file F|remove ID|clear]\n"
             "clock [advance 2d|freeze|freeze DATE|resume|scale 60|reset]\n"
             "tokens [issue CLIENT|expire [CLIENT]|revoke [CLIENT]]\n"
             "session [list|new [NAME]|new --file F|drop ID]\n"
             "                             tenants of their own: --session ID speaks to one\n"
             "metrics, openapi, sites",
    .examples = "  rehearse ctl faults add --preset 429-burst --times 2\n"
                "  rehearse ctl clock advance 1h --ready-file ready.json\n"
                "  rehearse ctl state --output snapshot.json\n",
    .options = options,
    .arguments_min = 1,
    .arguments_max = 3,
    .defaults = defaults,
    .run = run,
    .values_size = sizeof(struct ctl),
};
