/* What goes out beside the tenant: notifications to other systems, audit records, the metrics. Their
 * texts are templates of the change set, over what the steps before them have come to. */
#include "replay/apply_int.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum { NOTIFY_TIMEOUT_MS = 5000 };

static void put_now(struct buf *out, struct str name)
{
    if (str_eq(name, STR("epoch"))) {
        buf_put_i64(out, client_wall_us() / US_PER_S);
        return;
    }
    buf_put_char(out, '"');
    date_put(out, client_wall_us(), str_eq(name, STR("s")) ? 0 : 3);
    buf_put_char(out, '"');
}

/* The run so far: {result.run.done} … */
static bool put_run(struct buf *out, struct apply *ap, struct str name)
{
    const struct {
        const char *name;
        int64_t value;
    } numbers[] = {
        {"total", (int64_t)ap->n_steps},
        {"done", (int64_t)(ap->result.done + ap->result.there + ap->result.before)},
        {"writes", (int64_t)ap->n_timed},
        {"failed", (int64_t)ap->result.failed},
        {"left", (int64_t)ap->result.left},
        {"violations", (int64_t)ap->options->n_violations},
        {"conflicts", (int64_t)ap->conflicts},
        {"averageLatencyMs", ap->n_timed ? ap->latency_us / (int64_t)ap->n_timed / US_PER_MS : 0},
        {"latencyMs", ap->latency_us / US_PER_MS},
    };
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        if (str_eq(name, str_of(numbers[i].name))) {
            buf_put_i64(out, numbers[i].value);
            return true;
        }
    }
    if (str_eq(name, STR("audit"))) {
        buf_put_char(out, '[');
        buf_put(out, buf_str(&ap->audit));
        buf_put_char(out, ']');
        return true;
    }
    if (!str_eq(name, STR("ids"))) {
        return false;
    }
    bool is_first = true;
    buf_put_char(out, '[');
    for (size_t i = 0; i < ap->n_steps; i++) {
        const struct step *s = &ap->steps[i];
        if (s->kind == STEP_CREATE && s->state == STATE_DONE && s->made_id.len) {
            buf_put(out, is_first ? STR("") : STR(","));
            buf_put_json_string(out, s->made_id);
            is_first = false;
        }
    }
    buf_put_char(out, ']');
    return true;
}

static bool put_result(struct buf *out, struct apply *ap, struct str name)
{
    struct str head, rest = name;
    const struct json_doc *doc = NULL;
    struct arena a;
    bool is_there = false;
    (void)str_cut(&rest, '.', &head);
    if (str_eq(head, STR("run"))) {
        return put_run(out, ap, rest);
    }
    for (size_t i = 0; i < ap->n_steps && !is_there; i++) {
        const struct step *s = &ap->steps[i];
        if (s->as.len < 2 || !str_eq(str_slice(s->as, 1, s->as.len), head) || !s->result.len) {
            continue;
        }
        arena_init(&a, 0, 0);
        if (json_parse(&doc, &a, STR("result"), s->result, NULL, NULL, NULL)) {
            struct json v = rest.len ? json_path(json_root(doc), rest) : json_root(doc);
            is_there = json_exists(v);
            if (is_there) {
                json_put(out, v);
            }
        }
        arena_done(&a);
    }
    return is_there;
}

static bool resolve(struct buf *out, const struct var *var, void *ctx)
{
    struct apply *ap = ctx;
    if (var->scope == VAR_NOW) {
        put_now(out, var->name);
        return true;
    }
    if (var->scope == VAR_RANDOM) {
        char id[37];
        uint64_t bits[2];
        random_secret(bits, sizeof bits);
        uuid_text(id, bits[0], bits[1]);
        buf_put_json_string(out, str_of(id));
        return true;
    }
    return var->scope == VAR_RESULT && put_result(out, ap, var->name);
}

static bool render(struct apply *ap, struct arena *a, struct json source, struct str *out,
                   struct err *err)
{
    const struct template *t = NULL;
    const struct template_source from = {.resolve = resolve, .ctx = ap};
    struct buf text;
    if (!template_compile(&t, a, source, err)) {
        return false;
    }
    buf_init(&text, a);
    pthread_mutex_lock(&ap->lock);
    (void)template_put(&text, t, &from);
    pthread_mutex_unlock(&ap->lock);
    *out = buf_str(&text);
    return true;
}

/* "map": {"member": {"of": T, "words": {…}, "otherwise": "unknown"}}: members put in front. */
static bool put_mapped(struct apply *ap, struct arena *a, struct json map, struct buf *out,
                       struct err *err)
{
    for (struct json m = json_first(map); json_exists(m); m = json_next(m)) {
        struct str of;
        const struct json_doc *doc = NULL;
        if (!render(ap, a, json_get(m, STR("of")), &of, err) ||
            !json_parse(&doc, a, STR("of"), of, NULL, NULL, err)) {
            return false;
        }
        struct json word =
            json_get(json_get(m, STR("words")), json_str_or(json_root(doc), STR("")));
        word = json_exists(word) ? word : json_get(m, STR("otherwise"));
        buf_put(out, out->len > 1 ? STR(",") : STR(""));
        buf_put_json_string(out, json_key(m));
        buf_put_char(out, ':');
        buf_put(out, json_exists(word) ? json_source(word) : STR("null"));
    }
    return true;
}

static bool body_of(struct apply *ap, struct arena *a, struct json v, struct str *out,
                    struct err *err)
{
    struct buf text;
    struct str body;
    buf_init(&text, a);
    buf_put_char(&text, '{');
    if (!render(ap, a, json_get(v, STR("body")), &body, err) ||
        !put_mapped(ap, a, json_get(v, STR("map")), &text, err)) {
        return false;
    }
    if (!str_starts(body, STR("{")) || text.len == 1) {
        *out = body;
        return true;
    }
    buf_put(&text, body.len > 2 ? STR(",") : STR(""));
    buf_put(&text, str_slice(body, 1, body.len));
    *out = buf_str(&text);
    return true;
}

bool apply_notify(struct apply *ap, struct step *s, struct arena *a, struct err *err)
{
    struct json v = s->source, headers = json_get(v, STR("headers"));
    struct client_answer answer;
    struct buf lines;
    struct err why = {0};
    bool is_needed = json_is_true(json_get(v, STR("required")));
    struct client_request rq = {.method = "POST",
                                .url = json_str_or(json_get(v, STR("url")), STR("")),
                                .takes_any = true,
                                .may_repeat = true,
                                .tries = (unsigned)json_i64_or(json_get(v, STR("tries")), 3),
                                .timeout_ms =
                                    json_i64_or(json_get(v, STR("timeoutMs")), NOTIFY_TIMEOUT_MS)};
    buf_init(&lines, a);
    for (struct json h = json_first(headers); json_exists(h); h = json_next(h)) {
        buf_printf(&lines, "%.*s: %.*s\n", STR_ARG(json_key(h)), STR_ARG(json_str_or(h, STR(""))));
    }
    rq.headers = buf_str(&lines);
    if (!body_of(ap, a, v, &rq.body, err)) {
        return false;
    }
    bool is_well = client_send(&answer, a, ap->client, &rq, &why);
    if (is_well && !client_is_well(&answer)) {
        is_well = err_set(&why, ERR_SYSTEM, "%.*s: %d", STR_ARG(rq.url), answer.status);
    }
    if (!is_well && is_needed) {
        *err = why;
        return false;
    }
    if (!is_well) { /* told, and no reason to stop */
        pthread_mutex_lock(&ap->lock);
        s->why = str_copy(ap->a, str_of(why.msg));
        pthread_mutex_unlock(&ap->lock);
    }
    return true;
}

bool apply_audit(struct apply *ap, struct step *s, struct arena *a, struct err *err)
{
    struct str record;
    if (!render(ap, a, json_get(s->source, STR("audit")), &record, err)) {
        return false;
    }
    pthread_mutex_lock(&ap->lock);
    buf_put(&ap->audit, ap->audit.len ? STR(",") : STR(""));
    buf_put(&ap->audit, record);
    bool is_well = true;
    if (ap->audit_fd >= 0) {
        struct buf line;
        buf_init(&line, a);
        buf_put(&line, record);
        buf_put_char(&line, '\n');
        is_well = write(ap->audit_fd, line.s, line.len) == (ssize_t)line.len ||
                  err_sys(err, errno, "cannot write the audit file %s", ap->options->audit);
    }
    pthread_mutex_unlock(&ap->lock);
    return is_well;
}

bool apply_metrics(struct apply *ap, struct err *err)
{
    static const char usual[] =
        "{\"total\":\"{result.run.total}\",\"done\":\"{result.run.done}\","
        "\"failed\":\"{result.run.failed}\",\"left\":\"{result.run.left}\","
        "\"violations\":\"{result.run.violations}\",\"conflicts\":\"{result.run.conflicts}\","
        "\"averageLatencyMs\":\"{result.run.averageLatencyMs}\",\"auditTrail\":"
        "\"{result.run.audit}\"}";
    struct json source = json_get(ap->root, STR("metrics"));
    const struct json_doc *doc = NULL;
    struct arena a;
    struct str text;
    struct buf out = {0};
    if (!ap->options->metrics) {
        return true;
    }
    arena_init(&a, 0, 0);
    bool is_well =
        json_exists(source) || json_parse(&doc, &a, STR("metrics"), str_of(usual), NULL, NULL, err);
    source = json_exists(source) || !is_well ? source : json_root(doc);
    is_well = is_well && render(ap, &a, source, &text, err) &&
              json_parse(&doc, &a, STR("metrics"), text, NULL, NULL, err);
    if (is_well) {
        json_put_pretty(&out, json_root(doc));
        buf_put_char(&out, '\n');
        is_well = file_write(ap->options->metrics, buf_str(&out), 0666, err);
    }
    buf_done(&out);
    arena_done(&a);
    return is_well;
}
