/* Sending recorded traffic again. */
#include "replay/again_int.h"

#include <string.h>
#include <time.h>

enum { VALUE_MIN = 6, WAIT_MAX_S = 3600 };

void again_learn(struct again_values *v, struct str recorded, struct str live)
{
    if (recorded.len < VALUE_MIN || str_eq(recorded, live) || str_eq(recorded, STR("[left out]"))) {
        return; /* too short to be told from other texts */
    }
    struct str *kept = ARENA_NEW(v->a, struct str);
    *kept = str_copy(v->a, live);
    (void)map_put(&v->by_recorded, str_copy(v->a, recorded), kept);
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.' || c == '~' || c == '+' || c == ':';
}

struct str again_put_live(const struct again_values *v, struct arena *a, struct str text)
{
    struct buf out;
    size_t from = 0;
    buf_init(&out, a);
    while (from < text.len) {
        size_t to = from;
        while (to < text.len && is_word(text.s[to])) {
            to++;
        }
        const struct str *live =
            to - from >= VALUE_MIN ? map_get(&v->by_recorded, str_slice(text, from, to)) : NULL;
        buf_put(&out, live ? *live : str_slice(text, from, to));
        if (to < text.len) {
            buf_put_char(&out, text.s[to++]);
        }
        from = to;
    }
    return buf_str(&out);
}

/* Headers that mean something to the server, beside those that a connection or we ourselves make. */
static bool is_sent(const struct operation *op, struct str name)
{
    static const struct str sent[] = {STR_INIT("Accept"), STR_INIT("Accept-Language"),
                                      STR_INIT("If-Match"), STR_INIT("If-None-Match"),
                                      STR_INIT("Prefer")};
    for (size_t i = 0; i < sizeof sent / sizeof *sent; i++) {
        if (str_eq_fold(name, sent[i])) {
            return true;
        }
    }
    return op && op->idempotency.header.len && str_eq_fold(name, op->idempotency.header);
}

static struct str header_of(const struct traffic_request *q, struct str name)
{
    for (size_t i = 0; i < q->n_headers; i++) {
        if (str_eq_fold(q->headers[i].name, name)) {
            return q->headers[i].value;
        }
    }
    return STR("");
}

/* Path and query of the recorded URL. */
static struct str target_of(struct str url)
{
    size_t scheme = str_find(url, STR("://"));
    if (scheme < url.len) {
        url = str_slice(url, scheme + 3, url.len);
        url = str_slice(url, str_find_char(url, '/'), url.len);
    } else if (str_starts(url, STR("{{"))) {
        url = str_slice(url, str_find(url, STR("}}")) + 2, url.len);
    }
    url = str_slice(url, 0, str_find_char(url, '#'));
    return url.len ? url : STR("/");
}

static struct again_request request_of(const struct again_values *v, struct arena *a,
                                       const struct traffic_request *q)
{
    const struct operation *op = q->route.op;
    struct traffic_header *headers = ARENA_ARRAY(a, q->n_headers + 1, struct traffic_header);
    struct str authorization = header_of(q, STR("Authorization"));
    bool is_token = op && op->action == ACTION_TOKEN;
    struct again_request rq = {.method = q->method,
                               .target = again_put_live(v, a, target_of(q->url)),
                               .body = again_put_live(v, a, q->body_text),
                               .media_type = header_of(q, STR("Content-Type")),
                               .wants_basic = is_token,
                               .headers = headers};
    for (size_t i = 0; i < q->n_headers; i++) {
        if (is_sent(op, q->headers[i].name)) {
            headers[rq.n_headers++] = (struct traffic_header){
                q->headers[i].name, again_put_live(v, a, q->headers[i].value)};
        }
    }
    bool has_bearer = str_starts(authorization, STR("Bearer "));
    if (!is_token && (has_bearer || (op && op->needs_token && authorization.len))) {
        struct str was = str_slice(authorization, 7, authorization.len);
        const struct str *live = map_get(&v->by_recorded, was);
        rq.bearer = live ? *live : v->bearer;
    }
    return rq;
}

static void wait_as_then(const struct again_spec *spec, const struct traffic_request *before,
                         const struct traffic_request *q)
{
    double us = (double)(q->at_us - before->at_us) / (spec->speed > 0 ? spec->speed : 1);
    if (!spec->keeps_times || q->at_us == 0 || before->at_us == 0 || us <= 0) {
        return;
    }
    us = us > (double)WAIT_MAX_S * US_PER_S ? (double)WAIT_MAX_S * US_PER_S : us;
    const struct timespec pause = {.tv_sec = (time_t)(us / US_PER_S),
                                   .tv_nsec = (long)((int64_t)us % US_PER_S) * 1000};
    (void)nanosleep(&pause, NULL);
}

static struct json parse(struct arena *a, struct str text)
{
    const struct json_doc *doc = NULL;
    struct json none = {0};
    return text.len && json_parse(&doc, a, STR("answer"), text, NULL, NULL, NULL) ? json_root(doc)
                                                                                  : none;
}

static void compare(struct again_result *out, struct again_compare *c,
                    const struct again_answer *answer)
{
    const struct traffic_answer *then = &out->recorded->answer;
    struct json was = parse(c->a, then->is_cut || then->is_encoded ? STR("") : then->body);
    struct json is = parse(c->a, answer->body);
    out->is_compared = then->status != 0;
    if (out->is_compared && then->status != answer->status) {
        struct again_difference *d = ARENA_NEW(c->a, struct again_difference);
        struct buf text;
        buf_init(&text, c->a);
        buf_printf(&text, "%d", then->status);
        d->recorded = buf_str(&text);
        buf_init(&text, c->a);
        buf_printf(&text, "%d", answer->status);
        d->live = buf_str(&text);
        d->pointer = STR("");
        out->differences = d;
        out->n_differences = 1;
        return; /* two answers of different kinds are not laid side by side */
    }
    if (json_exists(was) && out->is_compared) {
        out->is_body_compared = true;
        again_compare(c, was, is);
        out->differences = c->at;
        out->n_differences = c->n;
    }
}

size_t again_run(struct again_result *out, struct arena *a, const struct again_spec *spec,
                 const struct recording *recording, struct str bearer)
{
    struct again_values values = {.a = a, .bearer = bearer};
    size_t n_bad = 0;
    for (size_t i = 0; i < recording->n_requests; i++) {
        const struct traffic_request *q = &recording->requests[i];
        struct again_answer answer = {.status = 0};
        struct err err = {.code = ERR_NONE};
        if (i) {
            wait_as_then(spec, q - 1, q);
        }
        struct again_request rq = request_of(&values, a, q);
        out[i] = (struct again_result){.recorded = q, .target = rq.target, .failed = STR("")};
        if (!spec->send(spec->ctx, a, &rq, &answer, &err)) {
            out[i].failed = str_copy(a, str_of(err.msg));
            n_bad++;
            continue;
        }
        out[i].status = answer.status;
        struct again_compare c = {.spec = spec, .op = q->route.op, .values = &values, .a = a};
        buf_init(&c.pointer, a);
        compare(&out[i], &c, &answer);
        if (rq.wants_basic && answer.status / 100 == 2) {
            struct str token =
                json_str_or(json_get(parse(a, answer.body), STR("access_token")), STR(""));
            values.bearer = token.len ? token : values.bearer;
        }
        n_bad += out[i].n_differences > 0;
    }
    map_done(&values.by_recorded);
    return n_bad;
}
