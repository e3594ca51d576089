/* Conduct rules C201 to C206, C301, C302: what is sent again, when, and how often. */
#include "replay/judge_int.h"

enum { FEW_MS = 50, ASKED_MAX_S = 3600 };

/* What a refusal asks to wait, in microseconds from its end: seconds or an HTTP date; -1: it does not say, or nothing
 * that can be meant (RFC 9110 10.2.3). */
static int64_t asked_wait(const struct exchange *x)
{
    struct str text = exchange_header(x->reply_headers, x->n_reply_headers, STR("Retry-After"));
    int64_t seconds = 0, at_us = 0;
    if (!text.s) {
        return -1;
    }
    text = str_trim(text);
    if (num_parse_i64(&seconds, text, 0, ASKED_MAX_S)) {
        return seconds * US_PER_S;
    }
    if (date_parse_http(&at_us, text) && at_us > x->at_us &&
        at_us - x->at_us <= ASKED_MAX_S * US_PER_S) {
        return at_us - x->at_us;
    }
    return -1;
}

/* Does the limit that `x` met count `y` too? A 429 speaks of the token (or client), a 503 of the operation. */
static bool is_under_same_limit(const struct judge *j, const struct exchange *x,
                                const struct exchange *y)
{
    if (judge_is_token(x) || judge_is_token(y)) {
        return judge_is_token(x) && judge_is_token(y);
    }
    if (x->status == 503) {
        return x->op == y->op;
    }
    return j->e->has_secrets ? str_eq(x->bearer, y->bearer) : str_eq(x->client, y->client);
}

void judge_retry_after(struct judge *j, struct verdict *v)
{
    for (size_t i = 0; i < j->e->n; i++) {
        const struct exchange *x = &j->e->at[i];
        int64_t asked = x->status == 429 || x->status == 503 ? asked_wait(x) : -1;
        if (asked < 0 || x->is_lost) {
            continue;
        }
        const struct exchange *early = NULL, *next = NULL;
        for (const struct exchange *y = judge_next(j, x); y && !next; y = judge_next(j, y)) {
            bool was_in_flight = y->from_us <= x->to_us;
            if (!was_in_flight && is_under_same_limit(j, x, y)) {
                next = y;
                early = y->from_us - x->to_us + j->p.slack_us < asked ? y : NULL;
            }
        }
        if (early) {
            judge_broken(j, v, x, early, "%d asked for %.1f s, the next request came after %.2f s",
                         x->status, (double)asked / US_PER_S,
                         (double)(early->from_us - x->to_us) / US_PER_S);
        } else if (next) {
            judge_occasion(v);
        }
    }
}

void judge_retry_429(struct judge *j, struct verdict *v)
{
    for (size_t i = 0; i < j->e->n; i++) {
        const struct exchange *x = &j->e->at[i];
        if (x->status != 429 || x->is_lost) {
            continue;
        }
        const struct exchange *again =
            judge_is_token(x) || !x->path.len ? judge_on_path(j, x, x->method) : judge_again(j, x);
        again = again ? again : judge_on_path(j, x, x->method);
        size_t tries = 1;
        for (const struct exchange *y = j->e->at; y < x; y++) {
            tries += y->signature == x->signature;
        }
        if (!again && tries < 3 && !j->e->end.is_stopped) {
            judge_broken(j, v, x, NULL, "the call was refused with 429 and never tried again");
        } else {
            judge_occasion(v);
        }
    }
}

static bool is_failure(const struct exchange *x)
{
    return x && (judge_is_transient(x) || x->status == 500 || x->status == 429);
}

/* The failures of one call in a row from `x` on, which do not say how long to wait. */
static size_t failures(const struct judge *j, const struct exchange *x, const struct exchange **out,
                       size_t max)
{
    size_t n = 0;
    for (const struct exchange *y = x; y && is_failure(y) && n < max; y = judge_again(j, y)) {
        if (asked_wait(y) >= 0) {
            return 0;
        }
        out[n++] = y;
    }
    return n;
}

static bool is_behind_failure(const struct judge *j, const struct exchange *x)
{
    for (const struct exchange *y = j->e->at; y < x; y++) {
        if (y->signature == x->signature && is_failure(y) && str_eq(y->site, x->site)) {
            return true;
        }
    }
    return false;
}

void judge_backoff(struct judge *j, struct verdict *v)
{
    enum { MAX = 16 };
    for (size_t i = 0; i < j->e->n; i++) {
        const struct exchange *x = &j->e->at[i], *chain[MAX + 1];
        if (!is_failure(x) || is_behind_failure(j, x)) {
            continue;
        }
        size_t n = failures(j, x, chain, MAX);
        const struct exchange *last = n ? judge_again(j, chain[n - 1]) : NULL;
        if (last) {
            chain[n++] = last;
        }
        int64_t least = INT64_MAX, most = 0;
        for (size_t k = 1; k < n; k++) {
            int64_t wait = chain[k]->from_us - chain[k - 1]->to_us;
            least = wait < least ? wait : least;
            most = wait > most ? wait : most;
        }
        if (n < 3) {
            continue;
        }
        if (most < FEW_MS * US_PER_MS) {
            judge_broken(j, v, x, chain[n - 1], "%zu tries within %lld ms: no wait between them", n,
                         (long long)((chain[n - 1]->from_us - x->to_us) / US_PER_MS));
        } else if (n >= 4 && most - least < most / 10) {
            judge_broken(j, v, x, chain[n - 1],
                         "%zu tries, each %lld ms after the other: waits do not grow, and clients "
                         "that failed together try again together",
                         n, (long long)(most / US_PER_MS));
        } else {
            judge_occasion(v);
        }
    }
}

void judge_retry_bound(struct judge *j, struct verdict *v)
{
    for (size_t i = 0; i < j->e->n; i++) {
        const struct exchange *x = &j->e->at[i], *last = x;
        int64_t n = 0;
        if (!is_failure(x) || is_behind_failure(j, x)) {
            continue;
        }
        for (const struct exchange *y = x; y && is_failure(y); y = judge_again(j, y)) {
            n++;
            last = y;
        }
        if (n > j->p.retries_max) {
            judge_broken(j, v, x, last, "%lld tries of one call, all failed; the bound is %lld",
                         (long long)n, (long long)j->p.retries_max);
        } else {
            judge_occasion(v);
        }
    }
}

/* A write whose answer was lost, and a look afterwards at what became of it: as good as sending it again. */
static bool looks_after(const struct judge *j, const struct exchange *x)
{
    for (const struct exchange *y = judge_next(j, x); y && !exchange_is_safe(x);
         y = judge_next(j, y)) {
        bool is_look = exchange_is_safe(y) && exchange_is_well(y) && y->op &&
                       y->op->resource == x->op->resource && y->from_us >= x->from_us;
        if (is_look) {
            return true;
        }
    }
    return false;
}

void judge_retry_5xx(struct judge *j, struct verdict *v)
{
    for (size_t i = 0; i < j->e->n; i++) {
        const struct exchange *x = &j->e->at[i];
        if (!judge_is_transient(x) || !exchange_is_idempotent(x) || is_behind_failure(j, x) ||
            x->is_handshake) {
            continue;
        }
        const struct exchange *again = judge_again(j, x);
        again = again || !judge_is_token(x) ? again : judge_on_path(j, x, x->method);
        if (again || looks_after(j, x) || j->e->end.is_stopped) {
            judge_occasion(v);
        } else {
            judge_broken(j, v, x, NULL, "%s was given up at its first failure (%s)",
                         judge_is_token(x) ? "the token request" : "a call that is safe to repeat",
                         x->is_lost ? "the answer was lost" : "a 5xx of a gateway");
        }
    }
}

void judge_no_retry(struct judge *j, struct verdict *v)
{
    for (size_t i = 0; i < j->e->n; i++) {
        const struct exchange *x = &j->e->at[i];
        bool is_refusal =
            x->status == 400 || x->status == 403 || x->status == 404 || x->status == 422;
        if (!is_refusal || x->is_lost || judge_is_token(x)) {
            continue;
        }
        const struct exchange *again = judge_again(j, x);
        /* what the client is waiting for may appear: C403 */
        bool is_waiting = x->status == 404 && exchange_is_safe(x);
        if (again && !is_waiting) {
            bool is_changed = false;
            for (const struct exchange *y = judge_next(j, x); y && y < again;
                 y = judge_next(j, y)) {
                is_changed = is_changed || (!exchange_is_safe(y) && exchange_is_well(y));
            }
            if (!is_changed) {
                judge_broken(j, v, x, again, "refused with %d, the same request was sent again",
                             x->status);
                continue;
            }
        }
        judge_occasion(v);
    }
}

/* It may or may not have been carried out. */
static bool is_ambiguous(const struct exchange *x)
{
    return x->is_lost || x->status == 500 || x->status == 502 || x->status == 504;
}

void judge_unsafe_retry(struct judge *j, struct verdict *v)
{
    for (size_t i = 0; i < j->e->n; i++) {
        const struct exchange *x = &j->e->at[i];
        bool is_post = str_eq(x->method, STR("POST"));
        if (!is_post || !x->op || exchange_is_idempotent(x) || !is_ambiguous(x)) {
            continue;
        }
        const struct exchange *again = judge_again(j, x);
        bool has_read = false;
        for (const struct exchange *y = judge_next(j, x); y && again && y < again;
             y = judge_next(j, y)) {
            has_read =
                has_read || (exchange_is_safe(y) && !judge_is_token(y) &&
                             (!x->op->resource || !y->op || y->op->resource == x->op->resource));
        }
        if (again && !has_read) {
            judge_broken(j, v, x, again,
                         "the answer was %s, the same POST was sent again without a look whether "
                         "the first one had been carried out",
                         x->is_lost ? "lost" : "a 5xx");
        } else {
            judge_occasion(v);
        }
    }
}

void judge_idempotency_key(struct judge *j, struct verdict *v)
{
    for (size_t i = 0; i < j->e->n; i++) {
        const struct exchange *x = &j->e->at[i];
        if (!x->op || !x->op->idempotency.header.len) {
            continue;
        }
        struct str header = x->op->idempotency.header;
        struct str key = exchange_header(x->headers, x->n_headers, header);
        bool is_broken = false;
        for (const struct exchange *y = judge_next(j, x); y && !is_broken; y = judge_next(j, y)) {
            struct str other = exchange_header(y->headers, y->n_headers, header);
            bool is_same_body = str_eq(x->body, y->body), is_same_key = str_eq(key, other);
            if (y->op != x->op || !key.s) {
                continue;
            }
            if (is_same_key && !is_same_body) {
                judge_broken(j, v, x, y, "one key was used for two bodies");
                is_broken = true;
            } else if (!is_same_key && is_same_body && is_failure(x)) {
                judge_broken(j, v, x, y, "the retry carries another key: it may be done twice");
                is_broken = true;
            }
        }
        if (!is_broken && key.s) {
            judge_occasion(v);
        }
    }
}
