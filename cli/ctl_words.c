/* From words to requests. A row is found by its first two words; where no row has the second one as
 * its verb, the row without a verb takes it as a value. */
#include "cli/ctl_words.h"

#include <string.h>

enum { FILE_BYTES_MAX = 256 << 20, NAMES_MAX = 40 };

static bool put_file(struct ctl_call *call, const struct ctl_wish *wish, struct err *err)
{
    struct str text;
    if (!file_read(&text, wish->arena, wish->file, FILE_BYTES_MAX, err)) {
        return false;
    }
    buf_put(&call->body, text);
    return true;
}

static void put_query(struct ctl_call *call, const char *name, struct str value)
{
    struct str path = buf_str(&call->path);
    buf_put_char(&call->path, str_find_char(path, '?') < path.len ? '&' : '?');
    buf_put(&call->path, str_of(name));
    buf_put_char(&call->path, '=');
    uri_encode(&call->path, value);
}

static void put_count(struct ctl_call *call, const char *name, uint64_t n)
{
    struct buf text = {0};
    if (n) {
        buf_put_u64(&text, n);
        put_query(call, name, buf_str(&text));
    }
    buf_done(&text);
}

/* --where NAME=VALUE, as often as it was said. */
static bool put_where(struct ctl_call *call, const struct ctl_wish *wish, struct err *err)
{
    for (size_t i = 0; wish->where && i < wish->where->n; i++) {
        struct str all = str_of(wish->where->at[i]);
        size_t sign = str_find_char(all, '=');
        if (sign == 0 || sign == all.len) {
            return err_set(err, ERR_INPUT, "--where %s: it is NAME=VALUE, as status=429",
                           wish->where->at[i]);
        }
        put_query(call, str_cstr(wish->arena, str_slice(all, 0, sign)),
                  str_slice(all, sign + 1, all.len));
    }
    return true;
}

static bool plan_entries(struct ctl_call *call, const struct ctl_wish *wish, char **values,
                         size_t n, struct err *err)
{
    (void)values;
    (void)n;
    put_count(call, "limit", wish->limit);
    put_count(call, "wait", wish->wait);
    if (wish->format) {
        put_query(call, "format", str_of(wish->format));
    }
    return put_where(call, wish, err);
}

static bool plan_sink(struct ctl_call *call, const struct ctl_wish *wish, char **values, size_t n,
                      struct err *err)
{
    put_count(call, "wait", wish->wait);
    if (n) {
        put_query(call, "name", str_of(values[0]));
    }
    return put_where(call, wish, err);
}

static bool plan_sink_answer(struct ctl_call *call, const struct ctl_wish *wish, char **values,
                             size_t n, struct err *err)
{
    uint64_t status = 0;
    if (n < 2 || !num_parse_u64(&status, str_of(values[1]), 100, 599)) {
        return err_set(err, ERR_INPUT, "sink answer NAME STATUS: which status? as 503");
    }
    buf_put(&call->body, STR("{\"name\":"));
    buf_put_json_string(&call->body, str_of(values[0]));
    buf_printf(&call->body, ",\"status\":%llu,\"times\":%llu}", (unsigned long long)status,
               (unsigned long long)wish->times);
    return true;
}

static bool plan_faults_add(struct ctl_call *call, const struct ctl_wish *wish, char **values,
                            size_t n, struct err *err)
{
    if (wish->file) {
        return put_file(call, wish, err);
    }
    const char *preset = wish->preset ? wish->preset : n ? values[0] : NULL;
    if (!preset) {
        return err_set(err, ERR_INPUT, "faults add: which? --preset NAME or --file FILE");
    }
    buf_put(&call->body, STR("{\"preset\":"));
    buf_put_json_string(&call->body, str_of(preset));
    if (wish->times) {
        buf_printf(&call->body, ",\"times\":%llu", (unsigned long long)wish->times);
    }
    buf_put(&call->body, STR("}"));
    return true;
}

static bool plan_state_put(struct ctl_call *call, const struct ctl_wish *wish, char **values,
                           size_t n, struct err *err)
{
    (void)values;
    (void)n;
    if (wish->is_baseline) {
        put_query(call, "baseline", STR("true"));
    }
    return wish->file ? put_file(call, wish, err)
                      : err_set(err, ERR_INPUT, "state put: which file? --file SNAPSHOT");
}

static bool plan_entities(struct ctl_call *call, const struct ctl_wish *wish, char **values,
                          size_t n, struct err *err)
{
    if (wish->file) {
        call->method = "POST";
        return put_file(call, wish, err);
    }
    if (n > 1) {
        put_query(call, "id", str_of(values[1]));
    }
    return put_where(call, wish, err);
}

static bool plan_entities_make(struct ctl_call *call, const struct ctl_wish *wish, char **values,
                               size_t n, struct err *err)
{
    (void)values;
    (void)n;
    return wish->file ? put_file(call, wish, err)
                      : err_set(err, ERR_INPUT, "entities make: which file? --file ENTITIES");
}

static bool plan_entities_remove(struct ctl_call *call, const struct ctl_wish *wish, char **values,
                                 size_t n, struct err *err)
{
    (void)wish;
    if (n < 2) {
        return err_set(err, ERR_INPUT, "entities remove RESOURCE ID: which? an id, or all");
    }
    bool is_all = strcmp(values[1], "all") == 0;
    put_query(call, is_all ? "all" : "id", is_all ? STR("true") : str_of(values[1]));
    return true;
}

static bool plan_client(struct ctl_call *call, const struct ctl_wish *wish, char **values, size_t n,
                        struct err *err)
{
    (void)wish;
    (void)err;
    buf_put(&call->body, STR("{\"client\":"));
    buf_put_json_string(&call->body, str_of(n ? values[0] : ""));
    buf_put(&call->body, STR("}"));
    return true;
}

static bool plan_session_new(struct ctl_call *call, const struct ctl_wish *wish, char **values,
                             size_t n, struct err *err)
{
    if (wish->file) {
        return put_file(call, wish, err);
    }
    buf_put(&call->body, STR("{"));
    if (n) {
        buf_put(&call->body, STR("\"name\":"));
        buf_put_json_string(&call->body, str_of(values[0]));
    }
    buf_put(&call->body, STR("}"));
    return true;
}

/* {"advance": "2h"}: the first value is the member's name. */
static bool plan_clock(struct ctl_call *call, const struct ctl_wish *wish, char **values, size_t n,
                       struct err *err)
{
    double scale = 0;
    (void)wish;
    if (n == 0) {
        return err_set(err, ERR_INPUT, "clock: what? advance 2h, freeze, resume, scale 60, reset");
    }
    buf_put(&call->body, STR("{"));
    buf_put_json_string(&call->body, str_of(values[0]));
    buf_put(&call->body, STR(":"));
    if (n > 1 && strcmp(values[0], "scale") == 0 && num_parse_double(&scale, str_of(values[1]))) {
        buf_put(&call->body, str_of(values[1]));
    } else if (n > 1) {
        buf_put_json_string(&call->body, str_of(values[1]));
    } else {
        buf_put(&call->body, STR("true"));
    }
    buf_put(&call->body, STR("}"));
    return true;
}

static bool plan_push(struct ctl_call *call, const struct ctl_wish *wish, char **values, size_t n,
                      struct err *err)
{
    if (!wish->file || n == 0) {
        return err_set(err, ERR_INPUT,
                       "streams push TOPIC --file BODY: the message's body as JSON");
    }
    buf_put(&call->body, STR("{\"topic\":"));
    buf_put_json_string(&call->body, str_of(values[0]));
    buf_put(&call->body, STR(",\"body\":"));
    if (!put_file(call, wish, err)) {
        return false;
    }
    buf_put(&call->body, STR("}"));
    return true;
}

static bool plan_close(struct ctl_call *call, const struct ctl_wish *wish, char **values, size_t n,
                       struct err *err)
{
    (void)wish;
    (void)err;
    if (n) {
        put_query(call, "code", str_of(values[0]));
    }
    return true;
}

const struct ctl_word ctl_words[] = {
    {"health", "", "", "GET", "/health", NULL, "is it there, since when, how many requests"},
    {"sites", "", "", "GET", "/sites", NULL, "the profiles that are served"},
    {"journal", "", "", "GET", "/journal", plan_entries, "the last requests and their answers"},
    {"journal", "clear", "", "DELETE", "/journal", NULL, "forgets them"},
    {"unmatched", "", "", "GET", "/unmatched", plan_entries,
     "requests that met no operation, and the nearest ones"},
    {"state", "", "", "GET", "/state", NULL, "the tenant as a snapshot"},
    {"state", "put", "", "PUT", "/state", plan_state_put,
     "another tenant from --file F; --baseline: reset goes back to it"},
    {"state", "kept", "", "GET", "/snapshots", NULL, "the names of the states that were kept"},
    {"state", "keep", "NAME", "PUT", "/snapshots/{name}", NULL, "keeps the state"},
    {"state", "show", "NAME", "GET", "/snapshots/{name}", NULL, "one that was kept"},
    {"state", "restore", "NAME", "POST", "/snapshots/{name}/restore", NULL, "goes back to it"},
    {"state", "forget", "NAME", "DELETE", "/snapshots/{name}", NULL, "forgets it"},
    {"entities", "", "RESOURCE [ID]", "GET", "/entities/{resource}", plan_entities,
     "what the tenant holds of a resource; --file F makes some"},
    {"entities", "make", "RESOURCE", "POST", "/entities/{resource}", plan_entities_make,
     "makes those of --file F"},
    {"entities", "remove", "RESOURCE ID|all", "DELETE", "/entities/{resource}",
     plan_entities_remove, "takes one away, or all"},
    {"reset", "", "", "POST", "/reset", NULL, "the tenant as it was at start"},
    {"reload", "", "", "POST", "/reload", NULL, "reads the tenant and fault files again"},
    {"reload", "status", "", "GET", "/reload", NULL, "how the last time went"},
    {"faults", "", "", "GET", "/faults", NULL, "the rules, with their hits"},
    {"faults", "list", "", "GET", "/faults", NULL, "the same"},
    {"faults", "presets", "", "GET", "/faults/presets", NULL, "the presets, and which apply"},
    {"faults", "add", "[PRESET]", "POST", "/faults", plan_faults_add,
     "adds a preset, or the rules of --file F"},
    {"faults", "remove", "ID", "DELETE", "/faults/{id}", NULL, "removes one"},
    {"faults", "clear", "", "DELETE", "/faults", NULL, "removes all"},
    {"clock", "", "", "GET", "/clock", NULL, "what time it is"},
    {"clock", "set", "advance 2d|freeze [DATE]|resume|scale 60|reset", "POST", "/clock", plan_clock,
     "changes it; \"set\" may be left out"},
    {"tokens", "", "", "GET", "/tokens", NULL, "the access tokens, without their texts"},
    {"tokens", "issue", "CLIENT", "POST", "/tokens/issue", plan_client, "makes one"},
    {"tokens", "expire", "[CLIENT]", "POST", "/tokens/expire", plan_client, "lets them expire"},
    {"tokens", "revoke", "[CLIENT]", "POST", "/tokens/revoke", plan_client, "revokes them"},
    {"session", "", "", "GET", "/sessions", NULL, "tenants of their own"},
    {"session", "list", "", "GET", "/sessions", NULL, "the same"},
    {"session", "new", "[NAME]", "POST", "/sessions", plan_session_new,
     "makes one, as --file F says"},
    {"session", "show", "ID", "GET", "/sessions/{id}", NULL, "one of them"},
    {"session", "drop", "ID", "DELETE", "/sessions/{id}", NULL, "drops it"},
    {"hooks", "", "", "GET", "/hooks", NULL, "webhooks that were sent, and what came of them"},
    {"hooks", "redeliver", "ID", "POST", "/hooks/{id}/redeliver", NULL, "sends one once more"},
    {"sink", "", "[NAME]", "GET", "/sink", plan_sink, "what came in below /__sink"},
    {"sink", "answer", "NAME STATUS", "POST", "/sink", plan_sink_answer,
     "what it answers, --times N times"},
    {"sink", "clear", "", "DELETE", "/sink", NULL, "forgets both"},
    {"streams", "", "", "GET", "/streams", NULL,
     "notification channels, their streams, what was pushed"},
    {"streams", "push", "TOPIC", "POST", "/streams", plan_push,
     "pushes the message of --file F to those who listen"},
    {"streams", "warn", "", "POST", "/streams/warn", NULL, "warns that they will be closed"},
    {"streams", "close", "[CODE]", "DELETE", "/streams", plan_close, "closes them"},
    {"channels", "", "", "GET", "/streams", NULL, "the same as streams"},
    {"metrics", "", "", "GET", "/metrics", NULL, "counters for Prometheus"},
    {"openapi", "", "", "GET", "/openapi", NULL, "the OpenAPI document of this interface"},
};
const size_t ctl_n_words = sizeof ctl_words / sizeof *ctl_words;

static bool is(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

/* How many values the row needs, and may have. */
static void count_values(const struct ctl_word *w, size_t *out_min, size_t *out_max)
{
    struct str rest = str_of(w->values), value;
    *out_min = *out_max = 0;
    while (rest.len && str_cut(&rest, ' ', &value)) {
        *out_min += value.s[0] != '[';
        ++*out_max;
    }
    if (w->plan == plan_clock) {
        *out_min = 1;
        *out_max = 2;
    }
}

/* The row of `what` and `verb`; the one without a verb where there is no such verb. */
static const struct ctl_word *find(const char *what, const char *verb)
{
    const struct ctl_word *plain = NULL;
    for (size_t i = 0; i < ctl_n_words; i++) {
        const struct ctl_word *w = &ctl_words[i];
        if (is(w->what, what) && is(w->verb, verb)) {
            return w;
        }
        plain = is(w->what, what) && !w->verb[0] ? w : plain;
    }
    return plain;
}

static bool refuse_what(const char *what, struct err *err)
{
    struct str names[NAMES_MAX];
    size_t n = 0;
    for (size_t i = 0; i < ctl_n_words && n < NAMES_MAX; i++) {
        if (i == 0 || !is(ctl_words[i].what, ctl_words[i - 1].what)) {
            names[n++] = str_of(ctl_words[i].what);
        }
    }
    size_t near = str_nearest(str_of(what), names, n);
    return near < n ? err_set(err, ERR_INPUT,
                              "ctl has no \"%s\"; did you mean %.*s? see rehearse ctl --help", what,
                              STR_ARG(names[near]))
                    : err_set(err, ERR_INPUT, "ctl has no \"%s\"; see rehearse ctl --help", what);
}

/* "faults clean: it is list, presets, add [PRESET], remove ID or clear" */
static bool refuse_verb(const char *what, const char *verb, struct err *err)
{
    struct buf text = {0};
    for (size_t i = 0; i < ctl_n_words; i++) {
        const struct ctl_word *w = &ctl_words[i];
        if (is(w->what, what) && (w->verb[0] || w->values[0])) {
            buf_put(&text, text.len ? STR(", ") : STR(""));
            buf_put(&text, str_of(w->verb));
            buf_put(&text, w->verb[0] && w->values[0] ? STR(" ") : STR(""));
            buf_put(&text, str_of(w->values));
        }
    }
    bool has_any = text.len > 0;
    (void)err_set(err, ERR_INPUT, has_any ? "%s %s: it is %s" : "%s takes no \"%s\"%s", what, verb,
                  has_any ? buf_cstr(&text) : "");
    buf_done(&text);
    return false;
}

/* The row's path, the first value in the place of {…}. */
static void put_path(struct ctl_call *call, const struct ctl_word *w, char **values, size_t n)
{
    struct str path = str_of(w->path);
    size_t open = str_find_char(path, '{');
    buf_put(&call->path, str_slice(path, 0, open));
    if (open < path.len && n) {
        uri_encode(&call->path, str_of(values[0]));
        buf_put(&call->path, str_slice(path, str_find_char(path, '}') + 1, path.len));
    }
}

bool ctl_plan(struct ctl_call *call, const struct ctl_wish *wish, char **words, size_t n,
              struct err *err)
{
    const char *what = is(words[0], "sessions") ? "session" : words[0];
    const char *verb = n > 1 ? words[1] : "";
    const struct ctl_word *w = find(what, verb);
    size_t min = 0, max = 0;
    if (!w) {
        return refuse_what(words[0], err);
    }
    if (is(what, "clock") && verb[0] && !w->verb[0]) {
        w = find(what, "set"); /* clock advance 2h */
    }
    size_t used = n > 1 && w->verb[0] && is(w->verb, verb) ? 2 : 1;
    count_values(w, &min, &max);
    if (n - used < min || n - used > max) {
        return refuse_verb(what, verb, err);
    }
    call->method = w->method;
    put_path(call, w, words + used, n - used);
    return !w->plan || w->plan(call, wish, words + used, n - used, err);
}
