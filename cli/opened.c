#include "cli/opened.h"

#include "cli/peer.h"
#include "cli/runtime.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { STATE_BYTES_MAX = 1 << 30, PORT_MAX = 65535 };

bool opened_document(struct opened *o, struct json *out, struct str *out_text, const char *path,
                     struct err *err)
{
    const struct json_limits limits = {.allow_bom = true};
    const struct json_doc *doc = NULL;
    if (!file_read(out_text, o->arena, path, STATE_BYTES_MAX, err) ||
        !json_parse(&doc, o->arena, str_of(path), *out_text, &limits, NULL, err)) {
        return false;
    }
    *out = json_root(doc);
    return true;
}

static bool open_contract(struct opened *o, struct str otherwise, struct err *err)
{
    struct buf name;
    if (o->contract) {
        return true;
    }
    for (size_t i = 0; o->policies && i < o->policies->n; i++) {
        struct str all = str_of(o->policies->at[i]);
        size_t sign = str_find_char(all, '=');
        o->choices[o->n_choices++] =
            (struct policy_choice){str_slice(all, 0, sign), str_slice(all, sign + 1, all.len)};
    }
    buf_init(&name, o->arena);
    buf_put(&name, o->profile      ? str_of(o->profile)
                   : o->said.len   ? o->said
                   : otherwise.len ? otherwise
                                   : STR("genesys-cloud"));
    return contract_open(&o->contract, buf_cstr(&name), o->choices, o->n_choices, o->findings, err);
}

static bool is_url(struct str s)
{
    return str_starts(s, STR("http://")) || str_starts(s, STR("https://"));
}

/* Only this machine: a tenant of somebody else's is no place for a try. */
static bool port_of(struct str url, uint64_t *out_port, struct err *err)
{
    static const struct str hosts[] = {STR_INIT("127.0.0.1"), STR_INIT("localhost"),
                                       STR_INIT("[::1]")};
    struct str rest = str_slice(url, str_find(url, STR("://")) + 3, url.len);
    rest = str_slice(rest, 0, str_find_char(rest, '/'));
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
        struct str port = str_slice(rest, hosts[i].len + 1, rest.len);
        if (str_starts(rest, hosts[i]) && rest.len > hosts[i].len && rest.s[hosts[i].len] == ':' &&
            num_parse_u64(out_port, port, 1, PORT_MAX)) {
            return true;
        }
    }
    return err_set(err, ERR_INPUT,
                   "%.*s is no mock on this machine: http://127.0.0.1:PORT; of another tenant take "
                   "a snapshot",
                   STR_ARG(url));
}

/* The admin token: $REHEARSE_TOKEN, else what the server left in its ready file. */
static struct str token_for(struct opened *o, uint64_t port)
{
    const char *token = getenv("REHEARSE_TOKEN"), *ready = getenv("REHEARSE_READY_FILE");
    struct buf path = {0};
    struct str text, found = STR("");
    const struct json_doc *doc = NULL;
    struct err ignored = {0};
    if (token) {
        return str_of(token);
    }
    if (!ready && runtime_path(&path, (unsigned)port, &ignored)) {
        ready = buf_cstr(&path);
    }
    if (ready && access(ready, R_OK) == 0 && file_read(&text, o->arena, ready, 1 << 20, &ignored) &&
        json_parse(&doc, o->arena, STR("ready file"), text, NULL, NULL, NULL)) {
        found = json_str_or(json_path(json_root(doc), STR("admin.token")), STR(""));
    }
    buf_done(&path);
    return found;
}

static bool fetch(struct opened *o, struct json *out, struct str url, struct err *err)
{
    struct peer *peer = NULL;
    struct peer_answer answer = {0};
    struct buf path;
    uint64_t port = 0;
    if (!port_of(url, &port, err) || !peer_open(&peer, err)) {
        return false;
    }
    buf_init(&path, o->arena);
    buf_put(&path, str_ends(url, STR("/")) ? str_slice(url, 0, url.len - 1) : url);
    buf_put(&path, STR("/__rehearse/state"));
    const struct peer_request request = {
        .method = "GET", .url = buf_str(&path), .admin = token_for(o, port)};
    bool is_read = peer_send(&answer, o->arena, peer, &request, err);
    peer_close(peer);
    if (is_read && answer.status == 401) {
        return err_set(err, ERR_INPUT,
                       "the mock at %.*s wants its admin token: $REHEARSE_TOKEN, or "
                       "$REHEARSE_READY_FILE",
                       STR_ARG(url));
    }
    if (is_read && (answer.status != 200 || !json_exists(answer.json))) {
        return err_set(err, ERR_INPUT, "%.*s answers %ld: no mock of rehearse?", STR_ARG(url),
                       answer.status);
    }
    *out = answer.json;
    return is_read;
}

bool opened_tenant(struct opened *o, struct tenant **out, const char *name_path_or_url,
                   struct err *err)
{
    struct json snapshot = {0};
    struct str text, said = STR("");
    struct buf which;
    buf_init(&which, o->arena);
    bool is_remote = name_path_or_url && is_url(str_of(name_path_or_url));
    bool is_file = name_path_or_url && !is_remote && access(name_path_or_url, R_OK) == 0;
    if ((is_remote && !fetch(o, &snapshot, str_of(name_path_or_url), err)) ||
        (is_file && !opened_document(o, &snapshot, &text, name_path_or_url, err))) {
        return false;
    }
    said = json_str_or(json_get(snapshot, STR("profile")), said);
    if (!open_contract(o, said, err)) {
        return false;
    }
    if (json_exists(snapshot)) {
        return tenant_load(out, o->contract, snapshot, o->findings, err);
    }
    buf_put(&which, name_path_or_url ? str_of(name_path_or_url) : o->contract->default_tenant);
    return tenant_open(out, o->contract, buf_cstr(&which), o->findings, err);
}
