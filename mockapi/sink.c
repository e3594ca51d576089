#include "mockapi/sink.h"

#include <pthread.h>
#include <string.h>

enum { POSTS_MAX = 1000, BYTES_MAX = 16 << 20, ANSWERS_MAX = 100 };

struct post {
    struct post *next;
    uint64_t number;
    int status;
    size_t bytes;
    struct arena arena; /* of the texts */
    struct str name, method, path, content_type, body;
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

/* The status that this request gets: of the first answer of the name that is not used up. */
static int status_for(struct sink *s, struct str name)
{
    for (size_t i = 0; i < s->n_answers; i++) {
        struct answer *a = &s->answers[i];
        if (a->times != 0 && str_eq(str_of(a->name), name)) {
            a->times -= a->times > 0;
            return a->status;
        }
    }
    return 200;
}

void sink_take(struct sink *s, struct request *rq)
{
    struct str rest = str_slice(rq->path, STR("/__sink").len, rq->path.len), name = {0};
    rest = rest.len ? str_slice(rest, 1, rest.len) : rest;
    (void)str_cut(&rest, '/', &name);
    struct post *p = MEM_NEW(struct post);
    arena_init(&p->arena, 1024, 0);
    p->name = str_copy(&p->arena, name);
    p->method = str_copy(&p->arena, rq->method);
    p->path = str_copy(&p->arena, rq->path);
    p->content_type = str_copy(&p->arena, request_header(rq, STR("Content-Type")));
    p->body = str_copy(&p->arena, rq->body_text);
    p->bytes = sizeof *p + p->name.len + p->path.len + p->body.len;
    (void)pthread_mutex_lock(&s->lock);
    p->number = ++s->last_number;
    p->status = rq->reply.status = status_for(s, name);
    *(s->last ? &s->last->next : &s->first) = p;
    s->last = p;
    s->n++;
    s->bytes += p->bytes;
    while (s->n > 1 && (s->n > POSTS_MAX || s->bytes > BYTES_MAX)) {
        drop_first(s);
        s->dropped++;
    }
    (void)pthread_mutex_unlock(&s->lock);
    buf_init(&rq->reply.body, rq->arena);
    buf_put(&rq->reply.body, STR("{}"));
    rq->reply.content_type = STR("application/json");
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
        put_member(out, "method", p->method);
        put_member(out, "path", p->path);
        put_member(out, "contentType", p->content_type);
        buf_printf(out, ",\"status\":%d", p->status);
        put_body(out, p->body);
        buf_put_char(out, '}');
    }
    buf_printf(out, "],\"dropped\":%llu}", (unsigned long long)s->dropped);
    (void)pthread_mutex_unlock(&s->lock);
}
