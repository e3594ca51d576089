#include "mockapi/sink.h"

#include "mockapi/coding.h"
#include "mockapi/fault.h"

#include <pthread.h>
#include <string.h>

enum { POSTS_MAX = 1000, BYTES_MAX = 16 << 20, ANSWERS_MAX = 100, DEPTH_MAX = 64 };
#define SINK_PATH STR("/__sink")

struct post {
    struct post *next;
    uint64_t number;
    int status;
    size_t bytes;
    struct arena arena; /* of the texts */
    struct str name, host, method, path, content_type, body;
    struct str findings; /* JSON */
};

struct answer {
    char *name;
    int status;
    int64_t times; /* left; -1: for ever */
};

struct sink {
    pthread_mutex_t lock;
    struct post *first, *last;
    size_t n, bytes;
    uint64_t last_number, dropped;
    struct answer answers[ANSWERS_MAX];
    size_t n_answers;
    struct sink_rules *rules; /* NULL: every sink takes everything */
    int64_t *hits;            /* by number of the route */
    atomic_bool has_rules;
};

struct sink *sink_new(void)
{
    struct sink *s = MEM_NEW(struct sink);
    (void)pthread_mutex_init(&s->lock, NULL);
    return s;
}

static void drop_first(struct sink *s)
{
    struct post *p = s->first;
    s->first = p->next;
    s->last = s->first ? s->last : NULL;
    s->n--;
    s->bytes -= p->bytes;
    arena_done(&p->arena);
    mem_free(p);
}

void sink_free(struct sink *s)
{
    if (!s) {
        return;
    }
    sink_clear(s);
    sink_rules_free(s->rules);
    mem_free(s->hits);
    (void)pthread_mutex_destroy(&s->lock);
    mem_free(s);
}

void sink_clear(struct sink *s)
{
    (void)pthread_mutex_lock(&s->lock);
    while (s->first) {
        drop_first(s);
    }
    for (size_t i = 0; i < s->n_answers; i++) {
        mem_free(s->answers[i].name);
    }
    s->n_answers = 0;
    for (size_t i = 0; s->rules && i < s->rules->n_routes; i++) {
        s->hits[i] = 0;
    }
    (void)pthread_mutex_unlock(&s->lock);
}

void sink_answer(struct sink *s, struct str name, int status, int64_t times)
{
    (void)pthread_mutex_lock(&s->lock);
    if (s->n_answers < ANSWERS_MAX) {
        char *copy = mem_alloc(name.len + 1, 1);
        memcpy(copy, name.s, name.len);
        s->answers[s->n_answers++] = (struct answer){copy, status, times > 0 ? times : -1};
    }
    (void)pthread_mutex_unlock(&s->lock);
}

void sink_set_rules(struct sink *s, struct sink_rules *rules)
{
    int64_t *hits = MEM_ARRAY(rules->n_routes + 1, int64_t);
    (void)pthread_mutex_lock(&s->lock);
    struct sink_rules *old = s->rules;
    int64_t *old_hits = s->hits;
    s->rules = rules;
    s->hits = hits;
    atomic_store(&s->has_rules, rules->n_places > 0);
    (void)pthread_mutex_unlock(&s->lock);
    sink_rules_free(old);
    mem_free(old_hits);
}

static struct sink_rules *hold_rules(struct sink *s)
{
    (void)pthread_mutex_lock(&s->lock);
    struct sink_rules *rules = sink_rules_hold(s->rules);
    (void)pthread_mutex_unlock(&s->lock);
    return rules;
}

bool sink_has_host(struct sink *s, struct str host)
{
    if (!atomic_load_explicit(&s->has_rules, memory_order_relaxed)) {
        return false;
    }
    struct sink_rules *rules = hold_rules(s);
    bool is_ours = sink_place_at(rules, host) != NULL;
    sink_rules_free(rules);
    return is_ours;
}

/* The status that this request gets: of the first answer of the name that is not used up; 0: none. */
static int status_for(struct sink *s, struct str name)
{
    for (size_t i = 0; i < s->n_answers; i++) {
        struct answer *a = &s->answers[i];
        if (a->times != 0 && str_eq(str_of(a->name), name)) {
            a->times -= a->times > 0;
            return a->status;
        }
    }
    return 0;
}

/* The answer whose turn it is: each counts its times. */
static const struct sink_answer_rule *next_answer(struct sink *s, const struct sink_rules *rules,
                                                  const struct sink_route *route)
{
    (void)pthread_mutex_lock(&s->lock);
    int64_t hit = s->rules == rules ? s->hits[route->number]++ : 0;
    (void)pthread_mutex_unlock(&s->lock);
    const struct sink_answer_rule *a = route->answers;
    for (size_t i = 0; i + 1 < route->n_answers && a->times && hit >= a->times; i++) {
        hit -= a->times;
        a++;
    }
    return a;
}

static void put_answer(struct request *rq, const struct sink_answer_rule *a)
{
    struct template_source source = request_source(rq);
    rq->reply.status = a->status;
    for (size_t i = 0; i < a->n_headers; i++) {
        reply_header(rq, str_copy(rq->arena, a->headers[i].name),
                     str_copy(rq->arena, a->headers[i].value));
    }
    if (a->latency_ms) {
        struct fault_plan *late = ARENA_NEW(rq->arena, struct fault_plan);
        late->latency_ms = a->latency_ms;
        rq->fault = late;
    }
    if (a->body) {
        bool is_json = str_starts(a->content_type, STR("application/"));
        if (is_json) {
            (void)template_put(&rq->reply.body, a->body, &source);
        } else {
            template_put_text(&rq->reply.body, a->body, &source);
        }
        rq->reply.content_type = str_copy(rq->arena, a->content_type);
    }
}

static void put_plain(struct request *rq, int status, const char *message)
{
    rq->reply.status = status;
    buf_printf(&rq->reply.body, message ? "{\"message\":\"%s\"}" : "{}", message);
    rq->reply.content_type = STR("application/json");
}

/* Answers as the rules say; findings go to rq->findings. */
static void answer(struct sink *s, struct request *rq, const struct sink_rules *rules,
                   const struct sink_place *place, struct str path)
{
    struct buf allow;
    struct err err = {0};
    buf_init(&allow, rq->arena);
    const struct sink_route *route = sink_route_for(place, rq->method, path, &allow);
    if (!route) {
        put_plain(rq, allow.len ? 405 : 404,
                  allow.len ? "the sink takes other methods there" : "the sink has no such path");
        if (allow.len) {
            reply_header(rq, STR("Allow"), buf_str(&allow));
        }
        return;
    }
    if (rq->is_body_too_large || rq->body_state != BODY_WELL) {
        put_plain(rq,
                  rq->body_state == BODY_CODING_OTHER ? 415
                  : rq->body_state == BODY_CORRUPT    ? 400
                                                      : 413,
                  "the body cannot be taken");
        return;
    }
    struct json_limits limits = {.max_depth = DEPTH_MAX};
    bool is_json = rq->body_text.len && json_parse(&rq->body_doc, rq->arena, STR(""), rq->body_text,
                                                   &limits, NULL, &err);
    rq->body = rq->item = is_json ? json_root(rq->body_doc) : (struct json){0};
    sink_expect(route, rq, rq->body, &rq->findings);
    put_answer(rq, route->invalid && rq->findings.errors ? route->invalid
                                                         : next_answer(s, rules, route));
}

static void put_findings(struct buf *out, const struct findings *fs)
{
    buf_put_char(out, '[');
    for (size_t i = 0; i < fs->len; i++) {
        const struct finding *f = &fs->at[i];
        buf_put(out, i ? STR(",{\"rule\":") : STR("{\"rule\":"));
        buf_put_json_string(out, f->rule);
        buf_put(out, STR(",\"pointer\":"));
        buf_put_json_string(out, f->pointer);
        buf_put(out, STR(",\"message\":"));
        buf_put_json_string(out, f->message);
        if (f->expected.len) {
            buf_put(out, STR(",\"expected\":"));
            buf_put_json_string(out, f->expected);
        }
        buf_put_char(out, '}');
    }
    buf_put_char(out, ']');
}

static struct post *new_post(const struct request *rq, struct str name)
{
    struct post *p = MEM_NEW(struct post);
    struct str host = request_header(rq, STR("Host"));
    struct buf findings = {0};
    arena_init(&p->arena, 1024, 0);
    put_findings(&findings, &rq->findings);
    p->name = str_copy(&p->arena, name);
    p->host = str_copy(&p->arena, host.s ? host : STR(""));
    p->method = str_copy(&p->arena, rq->method);
    p->path = str_copy(&p->arena, rq->path);
    p->content_type = str_copy(&p->arena, request_header(rq, STR("Content-Type")));
    p->body = str_copy(&p->arena, rq->body_text);
    p->findings = str_copy(&p->arena, buf_str(&findings));
    p->status = rq->reply.status;
    p->bytes = sizeof *p + p->name.len + p->path.len + p->body.len + p->findings.len;
    buf_done(&findings);
    return p;
}

static void keep(struct sink *s, struct post *p)
{
    (void)pthread_mutex_lock(&s->lock);
    p->number = ++s->last_number;
    *(s->last ? &s->last->next : &s->first) = p;
    s->last = p;
    s->n++;
    s->bytes += p->bytes;
    while (s->n > 1 && (s->n > POSTS_MAX || s->bytes > BYTES_MAX)) {
        drop_first(s);
        s->dropped++;
    }
    (void)pthread_mutex_unlock(&s->lock);
}

/* What HTTP itself refuses, whatever stands there; 0: nothing. */
static int refusal_of(const struct request *rq)
{
    return rq->framing_status                    ? rq->framing_status
           : rq->is_body_too_large               ? 413
           : rq->body_state == BODY_CODING_OTHER ? 415
           : rq->body_state == BODY_CORRUPT      ? 400
           : rq->body_state == BODY_TOO_LARGE    ? 413
                                                 : 0;
}

void sink_take(struct sink *s, struct request *rq, int64_t now_us)
{
    struct sink_rules *rules = hold_rules(s);
    const struct sink_place *place = NULL;
    struct str name = {0}, rest = rq->path;
    if (str_starts(rest, SINK_PATH)) {
        rest = str_slice(rest, SINK_PATH.len, rest.len);
        rest = rest.len ? str_slice(rest, 1, rest.len) : rest;
        size_t end = str_find_char(rest, '/');
        name = str_slice(rest, 0, end);
        rest = end < rest.len ? str_slice(rest, end, rest.len) : STR("/");
        place = sink_place_named(rules, name);
    } else {
        place = sink_place_at(rules, request_header(rq, STR("Host")));
        name = place ? place->name : STR("");
    }
    rq->now_us = now_us;
    buf_init(&rq->reply.body, rq->arena);
    findings_init(&rq->findings, rq->arena);
    if (refusal_of(rq)) {
        put_plain(rq, refusal_of(rq), NULL);
        sink_rules_free(rules);
        return;
    }
    (void)pthread_mutex_lock(&s->lock);
    int told = status_for(s, name);
    uint64_t seed = s->last_number + 1;
    (void)pthread_mutex_unlock(&s->lock);
    rq->random_state = seed;
    uint64_t high = splitmix64(&seed), low = splitmix64(&seed);
    uuid_text(rq->id, high, low);
    if (told || !place) {
        put_plain(rq, told ? told : 200, NULL);
    } else {
        answer(s, rq, rules, place, rest);
    }
    keep(s, new_post(rq, name));
    sink_rules_free(rules);
}

size_t sink_count(struct sink *s, struct str name)
{
    size_t n = 0;
    (void)pthread_mutex_lock(&s->lock);
    for (const struct post *p = s->first; p; p = p->next) {
        n += name.len == 0 || str_eq(p->name, name);
    }
    (void)pthread_mutex_unlock(&s->lock);
    return n;
}

static void put_member(struct buf *out, const char *name, struct str value)
{
    buf_printf(out, ",\"%s\":", name);
    buf_put_json_string(out, value);
}

/* A body that is JSON as such, anything else as a text. */
static void put_body(struct buf *out, struct str body)
{
    struct arena a;
    struct err err = {0};
    arena_init(&a, 0, 0);
    bool is_json = body.len && json_scan(&a, STR(""), body, NULL, NULL, &err);
    arena_done(&a);
    buf_put(out, STR(",\"body\":"));
    if (is_json) {
        buf_put(out, body);
    } else {
        buf_put_json_string(out, body);
    }
}

void sink_put(struct buf *out, struct sink *s, struct str name)
{
    bool is_first = true;
    buf_put(out, STR("{\"posts\":["));
    (void)pthread_mutex_lock(&s->lock);
    for (const struct post *p = s->first; p; p = p->next) {
        if (name.len && !str_eq(p->name, name)) {
            continue;
        }
        buf_printf(out, "%s{\"number\":%llu", is_first ? "" : ",", (unsigned long long)p->number);
        is_first = false;
        put_member(out, "name", p->name);
        put_member(out, "host", p->host);
        put_member(out, "method", p->method);
        put_member(out, "path", p->path);
        put_member(out, "contentType", p->content_type);
        buf_printf(out, ",\"status\":%d,\"findings\":", p->status);
        buf_put(out, p->findings);
        put_body(out, p->body);
        buf_put_char(out, '}');
    }
    buf_printf(out, "],\"dropped\":%llu}", (unsigned long long)s->dropped);
    (void)pthread_mutex_unlock(&s->lock);
}
