/* Many of a kind in one request. Which of them were made is not taken from the answer's order, which
 * vendors tell in different ways: each is looked for. What was not made is told, item by item. */
#include "replay/apply_int.h"

enum { BATCH_TRIES_MAX = 4, LOOK_MS = 500, SHOWN = 200 };

struct batch {
    struct json bodies; /* an array */
    size_t n;
    struct str *ids; /* of each; s NULL: not there */
};

/* Looks for those that are still missing; gives how many are. */
static bool look_up(struct apply *ap, struct arena *a, struct step *s, struct batch *b,
                    size_t *out_missing, struct err *err)
{
    size_t i = 0;
    *out_missing = 0;
    for (struct json v = json_first(b->bodies); json_exists(v); v = json_next(v), i++) {
        struct client_found found = {0};
        if (b->ids[i].s) {
            continue;
        }
        if (!client_find(ap->client, a, s->plan.resource, v, &found, err)) {
            return false;
        }
        for (size_t k = 0; k < found.n && !b->ids[i].s; k++) {
            bool is_known = map_get(&s->known, found.ids[k]) != NULL;
            b->ids[i] = is_known ? b->ids[i] : found.ids[k];
        }
        *out_missing += !b->ids[i].s;
    }
    return true;
}

/* Of what was made some may be seen later than the rest; what was refused is never seen. */
static bool look_patiently(struct apply *ap, struct arena *a, struct step *s, struct batch *b,
                           bool is_patient, size_t *out_missing, struct err *err)
{
    int64_t patience_ms = ap->contract->client.settle_ms + s->plan.resource->visible_after_ms;
    int64_t until_us = clock_monotonic_us() + patience_ms * US_PER_MS;
    for (;;) {
        if (!look_up(ap, a, s, b, out_missing, err)) {
            return false;
        }
        if (!*out_missing || !is_patient || clock_monotonic_us() >= until_us) {
            return true;
        }
        client_pause(ap->client, LOOK_MS);
    }
}

static struct str body_of(struct arena *a, const struct operation *op, const struct batch *b)
{
    struct buf out;
    size_t i = 0;
    bool is_first = true;
    buf_init(&out, a);
    if (op->wrap.len) {
        buf_put_char(&out, '{');
        buf_put_json_string(&out, op->wrap);
        buf_put_char(&out, ':');
    }
    buf_put_char(&out, '[');
    for (struct json v = json_first(b->bodies); json_exists(v); v = json_next(v), i++) {
        if (!b->ids[i].s) {
            buf_put(&out, is_first ? STR("") : STR(","));
            json_put(&out, v);
            is_first = false;
        }
    }
    buf_put(&out, op->wrap.len ? STR("]}") : STR("]"));
    return buf_str(&out);
}

/* {"ids": […], "successes": N, "failures": N, "answer": …} */
static void tell(struct apply *ap, struct step *s, const struct batch *b, size_t missing,
                 const struct client_answer *answer)
{
    struct buf out;
    bool is_first = true;
    pthread_mutex_lock(&ap->lock);
    buf_init(&out, ap->a);
    buf_printf(&out,
               "{\"size\":%zu,\"successes\":%zu,\"failures\":%zu,\"status\":%d,"
               "\"latencyMs\":%lld,\"key\":",
               b->n, b->n - missing, missing, answer->status,
               (long long)(answer->latency_us / US_PER_MS));
    buf_put_json_string(&out, s->key);
    buf_put(&out, STR(",\"ids\":["));
    for (size_t i = 0; i < b->n; i++) {
        if (b->ids[i].s) {
            buf_put(&out, is_first ? STR("") : STR(","));
            buf_put_json_string(&out, b->ids[i]);
            is_first = false;
        }
    }
    buf_put_char(&out, ']');
    if (json_exists(answer->json)) {
        buf_put(&out, STR(",\"answer\":"));
        json_put(&out, answer->json);
    }
    buf_put_char(&out, '}');
    s->result = buf_str(&out);
    pthread_mutex_unlock(&ap->lock);
}

static bool end_batch(struct batch *b, size_t missing, const struct client_answer *answer,
                      struct arena *a, struct err *err)
{
    struct buf which;
    buf_init(&which, a);
    if (missing == 0) {
        return true;
    }
    for (size_t i = 0; i < b->n; i++) {
        if (!b->ids[i].s) {
            buf_printf(&which, "%s%zu", which.len ? ", " : "", i);
        }
    }
    return err_set(err, ERR_INPUT, "%zu of %zu were not made (%.*s): %d %.*s", missing, b->n,
                   STR_ARG(str_slice(buf_str(&which), 0, 60)), answer->status,
                   STR_ARG(str_slice(answer->body, 0, SHOWN)));
}

static bool read_bodies(struct apply *ap, struct arena *a, const struct step *s, struct batch *b,
                        struct err *err)
{
    const struct json_doc *doc = NULL;
    if (!json_parse(&doc, a, STR("bodies"), apply_resolve(ap, a, s->plan.body), NULL, NULL, err)) {
        return false;
    }
    b->bodies = json_root(doc);
    b->n = json_count(b->bodies);
    b->ids = ARENA_ARRAY(a, b->n + 1, struct str);
    return true;
}

bool apply_batch(struct apply *ap, struct step *s, struct arena *a, struct err *err)
{
    struct batch b = {0};
    struct client_answer answer = {0};
    bool looks = s->was_begun, has_key = s->plan.op->idempotency.header.len > 0;
    size_t missing = 0;
    if (!read_bodies(ap, a, s, &b, err) || !apply_journal_begun(ap, s, err)) {
        return false;
    }
    missing = b.n;
    for (unsigned i = 0; i < BATCH_TRIES_MAX && missing; i++) {
        if (looks && !look_up(ap, a, s, &b, &missing, err)) {
            return false;
        }
        if (looks && missing == b.n) { /* reads may lag behind a write that we know nothing of */
            client_pause(ap->client, ap->contract->client.settle_ms);
            if (!look_up(ap, a, s, &b, &missing, err)) {
                return false;
            }
        }
        if (!missing) {
            break;
        }
        const struct client_request rq = {.op = s->plan.op,
                                          .path = client_path(a, s->plan.op, NULL, 0),
                                          .body = body_of(a, s->plan.op, &b),
                                          .key = missing == b.n ? s->key : STR(""),
                                          .may_repeat = has_key && missing == b.n};
        bool is_answered = client_send(&answer, a, ap->client, &rq, err);
        looks = true;
        if (!is_answered && answer.end == CLIENT_FAILED && !rq.may_repeat) {
            return false;
        }
        if (!is_answered) {
            continue;
        }
        if (!look_patiently(ap, a, s, &b, client_is_well(&answer), &missing, err)) {
            return false;
        }
        break;
    }
    tell(ap, s, &b, missing, &answer);
    return end_batch(&b, missing, &answer, a, err);
}
