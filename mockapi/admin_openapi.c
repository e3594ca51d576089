/* The table of endpoints, and the OpenAPI document that is made from it. */
#include "mockapi/admin_int.h"

static const struct admin_parameter journal_query[] = {
    {"after", "integer", "only entries with a greater number"},
    {"since", "string", "only entries that are not earlier, by the site's clock"},
    {"limit", "integer", "only the newest so many"},
    {"operation", "string", "operation id"},
    {"method", "string", "HTTP method"},
    {"path", "string", "how the path begins"},
    {"client", "string", "OAuth client id"},
    {"case", "string", "error case of the profile"},
    {"status", "integer", "status of the answer"},
    {"unmatched", "boolean", "only requests that met no operation"},
    {"faults", "boolean", "only requests that a fault was dealt to"},
    {"wait", "integer", "answer once so many entries match"},
    {"timeoutMs", "integer", "how long to wait at most (default 5000, at most 60000)"},
    {"format", "string", "json, ndjson (an entry a line) or har (HTTP Archive 1.2)"},
    {0},
};
static const struct admin_parameter state_query[] = {
    {"baseline", "boolean", "reset goes back to this state from now on"},
    {0},
};

static const struct admin_parameter entities_query[] = {
    {"id", "string", "only the one with this id"},
    {"limit", "integer", "at most so many, the oldest first"},
    {0},
};
static const struct admin_parameter remove_query[] = {
    {"id", "string", "the one with this id"},
    {"all", "boolean", "all of the resource"},
    {0},
};
static const struct admin_parameter sink_query[] = {
    {"name", "string", "only what came below /__sink/NAME"},
    {"wait", "integer", "answer once so many have come"},
    {"timeoutMs", "integer", "but at most after so long, then 408 (5000)"},
    {0},
};
static const struct admin_parameter streams_query[] = {
    {"code", "integer", "code of the close frame (default 1001)"},
    {0},
};

#define FAULT_BODY                                                                                 \
    "{\"type\":\"object\",\"description\":\"a rule {when, then, times, …}, a preset {preset, "   \
    "times}, or several {faults: […]}; docs/faults-format.md\"}"
#define CLIENT_BODY                                                                                \
    "{\"type\":\"object\",\"properties\":{\"client\":{\"type\":\"string\",\"description\":"        \
    "\"OAuth "                                                                                     \
    "client id; empty or absent: all\"}}}"

#define SESSION_BODY                                                                               \
    "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{\"name\":{\"type\":"      \
    "\"string\"},\"from\":{\"type\":\"string\",\"default\":\"baseline\",\"description\":"          \
    "\"baseline, state (as it is now) or the name of a kept state\"},\"client\":{\"description\":" \
    "\"the tenant's client whose rights the session's has, or {like, id, secret}\"},\"host\":{"    \
    "\"type\":\"string\"},\"port\":{\"type\":\"integer\",\"description\":\"0: any free one\"},"    \
    "\"ttlS\":{\"type\":\"integer\",\"minimum\":0},\"idleS\":{\"type\":\"integer\",\"minimum\":0," \
    "\"default\":3600}}}"

const struct admin_endpoint admin_endpoints[] = {
    {"GET", "/health", "is it there", admin_health, NULL, NULL, false, true},
    {"GET", "/sites", "the profiles that are served", admin_list_sites, NULL, NULL, false, false},
    {"GET", "/sessions", "the sessions: tenants of their own", admin_list_sessions, NULL, NULL,
     false, false},
    {"POST", "/sessions", "make a session", admin_make_session, NULL, SESSION_BODY, true, false},
    {"GET", "/sessions/{id}", "one session", admin_get_session, NULL, NULL, false, false},
    {"DELETE", "/sessions/{id}", "drop a session", admin_drop_session, NULL, NULL, false, false},
    {"GET", "/journal", "the last requests and their answers", admin_list_journal, journal_query,
     NULL, false, false},
    {"DELETE", "/journal", "forget the journal", admin_clear_journal, NULL, NULL, false, false},
    {"GET", "/unmatched", "requests that met no operation, and the nearest ones",
     admin_list_unmatched, journal_query, NULL, false, false},
    {"GET", "/state", "the tenant as a snapshot that serve --tenant reads", admin_get_state, NULL,
     NULL, false, false},
    {"PUT", "/state", "another tenant from a snapshot", admin_put_state, state_query,
     "{\"type\":\"object\",\"description\":\"a tenant: docs/profile-format.md\"}", false, false},
    {"GET", "/entities/{resource}", "the entities of a resource, as stored", admin_list_entities,
     entities_query, NULL, false, false},
    {"POST", "/entities/{resource}", "make entities, all or none", admin_make_entities, NULL,
     "{\"type\":[\"object\",\"array\"],\"description\":\"an entity as a tenant's file has it, or "
     "an "
     "array of them\"}",
     false, false},
    {"DELETE", "/entities/{resource}", "remove one entity, or all", admin_remove_entities,
     remove_query, NULL, false, false},
    {"POST", "/reset", "the tenant as it was at start", admin_reset, NULL, NULL, false, false},
    {"GET", "/reload", "how the last reading of the fixtures went", admin_get_reload, NULL, NULL,
     false, false},
    {"POST", "/reload", "read the tenant and fault files again", admin_reload, NULL, NULL, false,
     false},
    {"GET", "/snapshots", "names of the states that were kept", admin_list_snapshots, NULL, NULL,
     false, false},
    {"GET", "/snapshots/{name}", "a kept state", admin_get_snapshot, NULL, NULL, false, false},
    {"PUT", "/snapshots/{name}", "keep the state under a name", admin_keep_snapshot, NULL, NULL,
     false, false},
    {"DELETE", "/snapshots/{name}", "forget a kept state", admin_drop_snapshot, NULL, NULL, false,
     false},
    {"POST", "/snapshots/{name}/restore", "go back to a kept state", admin_restore_snapshot, NULL,
     NULL, false, false},
    {"GET", "/faults", "the fault rules, with what they have hit", admin_list_faults, NULL, NULL,
     false, false},
    {"POST", "/faults", "add a rule, a preset, or several", admin_add_faults, NULL, FAULT_BODY,
     false, false},
    {"DELETE", "/faults", "remove all fault rules", admin_clear_faults, NULL, NULL, false, false},
    {"GET", "/faults/presets", "the presets, and which apply to the profile", admin_list_presets,
     NULL, NULL, false, false},
    {"DELETE", "/faults/{id}", "remove one fault rule", admin_remove_fault, NULL, NULL, false,
     false},
    {"GET", "/clock", "what time it is for the site", admin_get_clock, NULL, NULL, false, false},
    {"POST", "/clock", "change the clock", admin_set_clock, NULL,
     "{\"type\":\"object\",\"properties\":{\"freeze\":{\"description\":\"true, or an ISO 8601 date "
     "to stand at\"},\"advance\":{\"type\":\"string\",\"description\":\"duration: 90s, 2h, P1D; "
     "may be negative\"},\"scale\":{\"type\":\"number\",\"exclusiveMinimum\":0},\"resume\":{"
     "\"const\":true},\"reset\":{\"const\":true}},\"minProperties\":1,\"maxProperties\":1}",
     false, false},
    {"GET", "/tokens", "the access tokens, without their texts", admin_list_tokens, NULL, NULL,
     false, false},
    {"POST", "/tokens/issue", "make an access token", admin_issue_token, NULL,
     "{\"type\":\"object\",\"required\":[\"client\"],\"properties\":{\"client\":{\"type\":"
     "\"string\"},\"scope\":{\"type\":\"string\"},\"lifetimeS\":{\"type\":\"integer\",\"minimum\":"
     "0}}}",
     false, false},
    {"POST", "/tokens/expire", "let tokens expire now", admin_expire_tokens, NULL, CLIENT_BODY,
     true, false},
    {"POST", "/tokens/revoke", "revoke tokens", admin_revoke_tokens, NULL, CLIENT_BODY, true,
     false},
    {"GET", "/hooks", "webhooks that were sent, and what came of them", admin_list_hooks, NULL,
     NULL, false, false},
    {"POST", "/hooks/{id}/redeliver", "send a webhook once more", admin_redeliver_hook, NULL, NULL,
     false, false},
    {"GET", "/sink", "what came in below /__sink", admin_list_sink, sink_query, NULL, false, false},
    {"POST", "/sink", "what the sink answers under a name", admin_answer_sink, NULL,
     "{\"type\":\"object\",\"required\":[\"name\",\"status\"],\"properties\":{\"name\":{\"type\":"
     "\"string\"},\"status\":{\"type\":\"integer\"},\"times\":{\"type\":\"integer\"}}}",
     false, false},
    {"DELETE", "/sink", "forget it, and what is to be answered", admin_clear_sink, NULL, NULL,
     false, false},
    {"GET", "/streams", "notification channels, their streams, what was pushed", admin_list_streams,
     NULL, NULL, false, false},
    {"POST", "/streams", "push a message to the channels that listen", admin_publish, NULL,
     "{\"type\":\"object\",\"required\":[\"topic\",\"body\"],\"properties\":{\"topic\":{\"type\":"
     "\"string\"},\"body\":{}}}",
     false, false},
    {"DELETE", "/streams", "close every stream", admin_close_streams, streams_query, NULL, false,
     false},
    {"POST", "/streams/warn", "send every stream the warning that it will be closed",
     admin_warn_streams, NULL, NULL, false, false},
    {"GET", "/metrics", "counters for Prometheus", admin_metrics, NULL, NULL, false, false},
    {"GET", "/openapi", "this document", admin_openapi, NULL, NULL, false, false},
};
const size_t admin_n_endpoints = sizeof admin_endpoints / sizeof *admin_endpoints;

static void put_parameters(struct buf *out, const struct admin_endpoint *e)
{
    struct str path = str_of(e->path);
    size_t open = str_find_char(path, '{');
    admin_put_name(out, STR("parameters"));
    buf_put_char(out, '[');
    if (open < path.len) {
        buf_put(out, STR("{\"in\":\"path\""));
        admin_put_text(out, STR("name"), str_slice(path, open + 1, str_find_char(path, '}')));
        buf_put(out, STR(",\"required\":true,\"schema\":{\"type\":\"string\"}}"));
    }
    for (const struct admin_parameter *p = e->query; p && p->name; p++) {
        buf_put(out, p > e->query || open < path.len ? STR(",") : STR(""));
        buf_put(out, STR("{\"in\":\"query\""));
        admin_put_text(out, STR("name"), str_of(p->name));
        admin_put_text(out, STR("description"), str_of(p->help));
        buf_put(out, STR(",\"schema\":{"));
        admin_put_text(out, STR("type"), str_of(p->type));
        buf_put(out, STR("}}"));
    }
    buf_put_char(out, ']');
}

/* "getSnapshotsByName": method and path in one word, unique. */
static void put_id(struct buf *out, const struct admin_endpoint *e, struct arena *a)
{
    bool is_start = false;
    admin_put_name(out, STR("operationId"));
    buf_put_char(out, '"');
    buf_put(out, str_lower(a, str_of(e->method)));
    for (const char *c = e->path; *c; c++) {
        if (*c == '{') {
            buf_put(out, STR("By"));
        }
        if (*c == '/' || *c == '{' || *c == '}') {
            is_start = true;
            continue;
        }
        buf_put_char(out, is_start ? (char)(*c - 'a' + 'A') : *c);
        is_start = false;
    }
    buf_put_char(out, '"');
}

/* What comes where all is well. */
static void put_done(struct buf *out, const struct admin_endpoint *e)
{
    bool is_text = str_eq(str_of(e->path), STR("/metrics"));
    bool has_formats = e->query && str_eq(str_of(e->query[0].name), STR("after"));
    buf_put(out, STR("\"2XX\":{\"description\":\"done\",\"content\":{"));
    buf_put(out, is_text ? STR("\"text/plain\":{\"schema\":{\"type\":\"string\"}}")
                         : STR("\"application/json\":{\"schema\":{\"type\":\"object\"}}"));
    buf_put(out, has_formats ? STR(",\"application/x-ndjson\":{\"schema\":{\"type\":\"string\"}}")
                             : STR(""));
    buf_put(out, STR("}}"));
}

static void put_endpoint(struct buf *out, const struct admin_endpoint *e, struct arena *a)
{
    admin_put_name(out, str_lower(a, str_of(e->method)));
    buf_put_char(out, '{');
    put_id(out, e, a);
    admin_put_text(out, STR("summary"), str_of(e->summary));
    put_parameters(out, e);
    if (e->is_free) {
        buf_put(out, STR(",\"security\":[]"));
    }
    if (e->body_schema) {
        buf_put(out, STR(",\"requestBody\":{\"required\":"));
        buf_put(out, e->is_body_optional ? STR("false") : STR("true"));
        buf_put(out, STR(",\"content\":{\"application/json\":{\"schema\":"));
        buf_put(out, str_of(e->body_schema));
        buf_put(out, STR("}}}"));
    }
    buf_put(out, STR(",\"responses\":{"));
    put_done(out, e);
    buf_put(out, STR(",\"4XX\":{\"$ref\":\"#/components/responses/refused\"}}}"));
}

void admin_openapi(struct admin_call *call)
{
    struct buf *out = admin_reply(call, 200);
    buf_put(out, STR("{\"openapi\":\"3.1.0\",\"info\":{\"title\":\"rehearse: the server's own "
                     "interface\",\"version\":\"" REHEARSE_VERSION
                     "\",\"description\":\"With several sites, /sites/NAME in front of a path "
                     "speaks to one of them, /sessions/ID to a "
                     "session.\"},\"servers\":[{\"url\":\"/__rehearse\"}],"
                     "\"security\":[{\"token\":[]},{\"bearer\":[]}],\"paths\":{"));
    for (size_t i = 0; i < admin_n_endpoints; i++) {
        const struct admin_endpoint *e = &admin_endpoints[i];
        bool is_same = i > 0 && str_eq(str_of(e->path), str_of(admin_endpoints[i - 1].path));
        if (!is_same) {
            buf_put(out, i ? STR("},") : STR(""));
            buf_put_json_string(out, str_of(e->path));
            buf_put(out, STR(":{"));
        }
        put_endpoint(out, e, call->rq->arena);
    }
    buf_put(
        out,
        STR("}},\"components\":{\"securitySchemes\":{\"token\":{\"type\":\"apiKey\",\"in\":"
            "\"header\",\"name\":\"X-Rehearse-Token\"},\"bearer\":{\"type\":\"http\","
            "\"scheme\":\"bearer\"}},\"responses\":{\"refused\":{\"description\":\"what is "
            "wrong\",\"content\":{\"application/json\":{\"schema\":{\"type\":\"object\","
            "\"required\":[\"error\"],\"properties\":{\"error\":{\"type\":\"object\","
            "\"required\":[\"status\",\"message\"]},\"findings\":{\"type\":\"array\"}}}}}}}}}"));
}
