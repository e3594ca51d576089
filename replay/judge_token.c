/* Conduct rules C101 to C104: tokens and secrets. */
#include "replay/judge_int.h"

/* What is said to live longer lives for ever. */
#define LIFETIME_MAX_S (INT64_C(1) << 32)

/* A token that was given: what it was asked for with, when, for how long. */
struct given {
    const struct exchange *x;
    struct str token;
    struct str credentials; /* Authorization of the request; with the body it tells who asked */
    int64_t lapses_us;      /* INT64_MAX: not known */
};

static size_t given_tokens(struct judge *j, struct given **out)
{
    size_t n = 0;
    *out = ARENA_ARRAY(j->a, j->e->n + 1, struct given);
    for (size_t i = 0; i < j->e->n; i++) {
        const struct exchange *x = &j->e->at[i];
        if (!judge_is_token(x) || !exchange_is_well(x)) {
            continue;
        }
        /* RFC 6749 5.1 */
        int64_t lifetime = json_i64_or(json_get(x->answer, STR("expires_in")), -1);
        (*out)[n++] = (struct given){
            .x = x,
            .token = json_str_or(json_get(x->answer, STR("access_token")), STR("")),
            .credentials = exchange_header(x->headers, x->n_headers, STR("Authorization")),
            .lapses_us = lifetime < 0 || lifetime > LIFETIME_MAX_S ? INT64_MAX
                                                                   : x->to_us + lifetime * US_PER_S,
        };
    }
    return n;
}

/* Was the token refused between the two times? */
static bool was_refused(const struct judge *j, struct str token, const struct exchange *before)
{
    for (const struct exchange *x = j->e->at; x < before; x++) {
        if (x->status == 401 && !judge_is_token(x) &&
            (!j->e->has_secrets || str_eq(x->bearer, token))) {
            return true;
        }
    }
    return false;
}

void judge_token_reuse(struct judge *j, struct verdict *v)
{
    struct given *tokens;
    size_t n = given_tokens(j, &tokens), n_calls = 0;
    for (size_t i = 0; i < j->e->n; i++) {
        n_calls += j->e->at[i].bearer.len > 0;
    }
    if (n >= 1 && n_calls >= 2) {
        judge_occasion(v);
    }
    for (size_t i = 1; i < n; i++) {
        const struct given *t = &tokens[i];
        for (size_t k = i; k > 0; k--) {
            const struct given *before = &tokens[k - 1];
            bool is_same = str_eq(t->x->site, before->x->site) &&
                           str_eq(t->credentials, before->credentials) &&
                           str_eq(t->x->body, before->x->body);
            bool was_good = t->x->from_us >= before->x->to_us &&
                            before->lapses_us - j->p.token_margin_us > t->x->from_us;
            if (is_same && was_good && !was_refused(j, before->token, t->x)) {
                judge_broken(j, v, before->x, t->x,
                             "a second token was fetched after %.1f s, while the first one was "
                             "good for another %lld s",
                             (double)(t->x->from_us - before->x->to_us) / US_PER_S,
                             (long long)((before->lapses_us - t->x->from_us) / US_PER_S));
                break;
            }
        }
    }
}

/* Was the same call refused before, with another token? Who has fetched one for it may give up. */
static bool is_second_401(const struct judge *j, const struct exchange *x)
{
    for (const struct exchange *y = j->e->at; y < x; y++) {
        bool is_same = y->signature == x->signature && str_eq(y->site, x->site);
        if (is_same && y->status == 401 && (!j->e->has_secrets || !str_eq(y->bearer, x->bearer))) {
            return true;
        }
    }
    return false;
}

/* What the client did about a dead token. */
static void judge_one_401(struct judge *j, struct verdict *v, const struct exchange *x)
{
    const struct exchange *fresh = NULL;
    size_t n_later = 0;
    for (const struct exchange *y = judge_next(j, x); y; y = judge_next(j, y)) {
        bool is_behind = y->from_us > x->to_us;
        if (judge_is_token(y) && y->from_us >= x->from_us) {
            fresh = fresh || !exchange_is_well(y) ? fresh : y;
            continue;
        }
        n_later += is_behind;
        if (is_behind && j->e->has_secrets && str_eq(y->bearer, x->bearer)) {
            judge_broken(j, v, x, y, "the token that was refused with 401 was sent again");
            return;
        }
    }
    if (!fresh && n_later == 0 && !j->e->end.is_stopped && !is_second_401(j, x)) {
        judge_broken(j, v, x, NULL, "the client gave up at the 401 without asking for a new token");
        return;
    }
    judge_occasion(v);
}

void judge_token_refresh(struct judge *j, struct verdict *v)
{
    int64_t in_a_row = 0;
    for (size_t i = 0; i < j->e->n; i++) {
        const struct exchange *x = &j->e->at[i];
        if (judge_is_token(x) || !x->op) {
            continue;
        }
        bool is_dead = x->status == 401 && x->bearer.len > 0;
        in_a_row = is_dead ? in_a_row + 1 : exchange_is_well(x) ? 0 : in_a_row;
        if (is_dead) {
            judge_one_401(j, v, x);
        }
        if (in_a_row > j->p.refreshes_max) {
            judge_broken(j, v, x, NULL,
                         "%lld answers of 401 in a row: fetching a token again does "
                         "not help here",
                         (long long)in_a_row);
            in_a_row = 0;
        }
    }
}

void judge_token_early(struct judge *j, struct verdict *v)
{
    struct given *tokens;
    size_t n = given_tokens(j, &tokens);
    for (size_t i = 0; j->e->has_secrets && i < n; i++) {
        const struct given *t = &tokens[i];
        bool is_renewed = false;
        for (const struct exchange *x = judge_next(j, t->x); x; x = judge_next(j, x)) {
            bool is_over = t->lapses_us != INT64_MAX && x->from_us > t->lapses_us;
            if (is_over && str_eq(x->bearer, t->token)) {
                judge_broken(j, v, t->x, x, "the token had lapsed %.1f s before this request",
                             (double)(x->from_us - t->lapses_us) / US_PER_S);
                is_renewed = false;
                break;
            }
            is_renewed = is_renewed || is_over;
        }
        if (is_renewed) {
            judge_occasion(v);
        }
    }
}

/* Longer than what may stand in a URL by chance. */
enum { SECRET_MIN = 8 };

static bool is_in(struct str text, struct str secret)
{
    return secret.len >= SECRET_MIN && str_find(text, secret) < text.len;
}

void judge_secret_place(struct judge *j, struct verdict *v)
{
    struct given *tokens;
    size_t n = given_tokens(j, &tokens);
    for (size_t i = 0; j->e->has_secrets && i < j->e->n; i++) {
        const struct exchange *x = &j->e->at[i];
        bool is_broken = false;
        for (size_t k = 0; k < n && !is_broken; k++) {
            is_broken = is_in(x->uri, tokens[k].token);
        }
        if (is_broken) {
            judge_broken(j, v, x, NULL, "a token stands in the URL");
        } else if (x->bearer.len) {
            judge_occasion(v);
        }
        if (!judge_is_token(x) || !x->op) {
            continue;
        }
        struct str secret_word = x->op->token.words[WORD_SECRET];
        struct str query = x->query, pair, key;
        while (query.len && str_cut(&query, '&', &pair)) {
            if (str_cut(&pair, '=', &key) && str_eq(key, secret_word) && pair.len) {
                judge_broken(j, v, x, NULL, "the client's secret stands in the URL");
            }
        }
    }
}
