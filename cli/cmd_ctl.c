/* `rehearse ctl`: speaks to a running server's own interface. */
#include "cli/cli.h"
#include "cli/ctl_words.h"
#include "cli/peer.h"
#include "cli/runtime.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct ctl {
    const char *ready_file, *url, *token, *site, *session, *preset, *file, *out, *format;
    struct option_list where;
    uint64_t times, limit, wait, port;
    bool is_baseline;
    /* made from them */
    struct arena arena;
    struct str base, admin_token;
    struct peer *peer;
};

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
     "faults add, sink answer: so many times (default: until removed)", 1, 1000000},
    {OPTION_TEXT, 'f', "file", offsetof(struct ctl, file), "FILE",
     "faults add, state put, session new, entities, streams push: the JSON to send", 0, 0},
    {OPTION_TEXT, 'o', "output", offsetof(struct ctl, out), "FILE", "write the answer to FILE", 0,
     0},
    {OPTION_COUNT, 0, "wait", offsetof(struct ctl, wait), "N",
     "journal, unmatched, sink: answer once there are N entries (at most 5 s)", 1, 1000000},
    {OPTION_LIST, 'w', "where", offsetof(struct ctl, where), "NAME=VALUE",
     "journal, unmatched, sink, entities: only those, as status=429, operation=…, since=DATE, "
     "timeoutMs=20000; may be repeated",
     0, 0},
    {OPTION_TEXT, 0, "format", offsetof(struct ctl, format), "json|ndjson|har",
     "journal: one document, an entry a line, or an HTTP Archive", 0, 0},
    {OPTION_FLAG, 0, "baseline", offsetof(struct ctl, is_baseline), NULL,
     "state put: reset goes back to this state from now on", 0, 0},
    {OPTION_COUNT, 'n', "limit", offsetof(struct ctl, limit), "N",
     "journal, unmatched: the newest N entries (default 20)", 1, 1000000},
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

static int print_answer(const struct ctl *c, const struct peer_answer *answer, struct err *err)
{
    struct buf text = {0};
    bool is_lines = c->format && strcmp(c->format, "ndjson") == 0;
    if (json_exists(answer->json) && !is_lines) {
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
    struct ctl_call call = {0};
    const struct ctl_wish wish = {.arena = &c->arena,
                                  .preset = c->preset,
                                  .file = c->file,
                                  .format = c->format,
                                  .where = &c->where,
                                  .times = c->times,
                                  .limit = c->limit,
                                  .wait = c->wait,
                                  .is_baseline = c->is_baseline};
    struct peer_answer answer = {0};
    struct buf url = {0};
    int status = EXIT_WELL;
    if (!find_server(c, &err) || !ctl_plan(&call, &wish, words, n, &err)) {
        status = cli_fail(&err);
    } else {
        buf_put(&url, c->base);
        if (c->session && strncmp(words[0], "session", 7) != 0) {
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
    .summary = "speaks to a running server: all of its admin interface",
    .about = "health, sites, metrics, openapi\n"
             "journal [clear]              the last requests and their answers\n"
             "unmatched                    requests that met no operation, and the nearest ones\n"
             "state [put --file F]         the tenant as a snapshot; another tenant from a file\n"
             "state [kept|keep NAME|show NAME|restore NAME|forget NAME]\n"
             "entities RESOURCE [ID]       what the tenant holds of a resource\n"
             "entities [make RESOURCE --file F|remove RESOURCE ID|remove RESOURCE all]\n"
             "reset                        the tenant as it was at start\n"
             "reload [status]              the tenant and fault files again; how that went\n"
             "faults [list|presets|add PRESET|add --file F|remove ID|clear]\n"
             "clock [advance 2d|freeze|freeze DATE|resume|scale 60|reset]\n"
             "tokens [issue CLIENT|expire [CLIENT]|revoke [CLIENT]]\n"
             "session [list|new [NAME]|new --file F|show ID|drop ID]\n"
             "                             tenants of their own: --session ID speaks to one\n"
             "hooks [redeliver ID]         webhooks that were sent, and what came of them\n"
             "sink [NAME|answer NAME STATUS|clear]\n"
             "                             what clients sent to other systems\n"
             "streams [push TOPIC --file F|warn|close [CODE]]\n"
             "                             notification channels and their WebSockets",
    .examples = "  rehearse ctl faults add --preset 429-burst --times 2\n"
                "  rehearse ctl clock advance 1h --ready-file ready.json\n"
                "  rehearse ctl state --output snapshot.json\n"
                "  rehearse ctl journal --where status=429 --format har --output refused.har\n",
    .options = options,
    .arguments_min = 1,
    .arguments_max = 4,
    .defaults = defaults,
    .run = run,
    .values_size = sizeof(struct ctl),
};
