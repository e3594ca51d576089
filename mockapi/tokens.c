/* Tokens live in a map by their text and in a list by age. One that has ended stays, so that its
 * next use can be told from that of one never made, until TOKENS_MAX younger ones have come. What
 * clients have minted is counted by client, in windows of a minute. */
#include "mockapi/tokens.h"

#include <pthread.h>
#include <string.h>

enum {
    TOKENS_MAX = 100000,
    TEXTS_BYTES_MAX = 64 << 20, /* of all tokens together */
    MINTERS_MAX = 10000,
    TOKEN_BYTES = 32,
    HINT_LENGTH = 4
};

static const int64_t minute_us = 60 * US_PER_S;

struct token {
    struct str text, client_id, scope, audience; /* owned with the struct, one behind the other */
    enum token_kind kind;
    uint64_t chain;
    int64_t issued_us, expires_us, lifetime_s;
    bool is_revoked, is_expired; /* ended before its time */
    struct token *younger;
};

struct minter {
    struct str client_id; /* owned with the struct */
    int64_t start_us, count;
};

struct tokens {
    pthread_mutex_t lock; /* guards the fields below */
    struct rng rng;
    struct str mark;
    struct map by_text, minters;
    struct token *oldest, *youngest;
    size_t n_tokens, texts_bytes;
    uint64_t n_chains, n_made;
    void (*changed)(void *ctx, const struct token_record *row); /* NULL: nobody watches */
    void *changed_ctx;
};

struct tokens *tokens_new(uint64_t seed)
{
    struct tokens *t = MEM_NEW(struct tokens);
    (void)pthread_mutex_init(&t->lock, NULL);
    rng_init(&t->rng, seed);
    return t;
}

void tokens_mark(struct tokens *t, struct str mark)
{
    (void)pthread_mutex_lock(&t->lock);
    t->mark = mark;
    (void)pthread_mutex_unlock(&t->lock);
}

static void tell(const struct tokens *t, const struct token *k, bool is_forgotten)
{
    if (t->changed) {
        struct token_record row = {.grant = {.kind = k->kind,
                                             .chain = k->chain,
                                             .text = k->text,
                                             .client_id = k->client_id,
                                             .scope = k->scope,
                                             .audience = k->audience,
                                             .lifetime_s = k->lifetime_s},
                                   .issued_us = k->issued_us,
                                   .expires_us = k->expires_us,
                                   .is_revoked = k->is_revoked,
                                   .is_expired = k->is_expired,
                                   .is_forgotten = is_forgotten};
        t->changed(t->changed_ctx, &row);
    }
}

void tokens_watch(struct tokens *t, void (*changed)(void *ctx, const struct token_record *row),
                  void *ctx)
{
    (void)pthread_mutex_lock(&t->lock);
    t->changed = changed;
    t->changed_ctx = ctx;
    (void)pthread_mutex_unlock(&t->lock);
}

static size_t bytes_of(const struct token *k)
{
    return k->text.len + k->client_id.len + k->scope.len + k->audience.len;
}

static void forget_oldest(struct tokens *t)
{
    struct token *k = t->oldest;
    t->oldest = k->younger;
    if (!t->oldest) {
        t->youngest = NULL;
    }
    if (map_get(&t->by_text, k->text) == k) {
        (void)map_del(&t->by_text, k->text);
    }
    t->n_tokens--;
    t->texts_bytes -= bytes_of(k);
    mem_free(k);
}

static void forget_minters(struct tokens *t)
{
    size_t cursor = 0;
    struct str id;
    void *minter;
    while (map_next(&t->minters, &cursor, &id, &minter)) {
        mem_free(minter);
    }
    map_done(&t->minters);
}

static void forget_all(struct tokens *t)
{
    while (t->oldest) {
        forget_oldest(t);
    }
    forget_minters(t);
}

void tokens_clear(struct tokens *t)
{
    (void)pthread_mutex_lock(&t->lock);
    forget_all(t);
    if (t->changed) {
        t->changed(t->changed_ctx, NULL);
    }
    (void)pthread_mutex_unlock(&t->lock);
}

void tokens_free(struct tokens *t)
{
    if (t) {
        forget_all(t);
        map_done(&t->by_text);
        (void)pthread_mutex_destroy(&t->lock);
        mem_free(t);
    }
}

static struct str copy_to(char **at, struct str s)
{
    char *to = *at;
    if (s.len) {
        memcpy(to, s.s, s.len);
    }
    *at += s.len;
    return (struct str){to, s.len};
}

static struct token *token_new(const struct token_grant *g)
{
    size_t bytes = g->text.len + g->client_id.len + g->scope.len + g->audience.len;
    struct token *k = mem_alloc(1, sizeof *k + bytes);
    char *at = (char *)(k + 1);
    k->text = copy_to(&at, g->text);
    k->client_id = copy_to(&at, g->client_id);
    k->scope = copy_to(&at, g->scope);
    k->audience = copy_to(&at, g->audience);
    k->kind = g->kind;
    k->chain = g->chain;
    return k;
}

int64_t tokens_end_us(int64_t now_us, int64_t lifetime_s)
{
    int64_t us;
    return __builtin_mul_overflow(lifetime_s, US_PER_S, &us) ||
                   __builtin_add_overflow(now_us, us, &us)
               ? INT64_MAX
               : us;
}

static struct str next_text(struct tokens *t, struct arena *a)
{
    struct buf text;
    char bytes[TOKEN_BYTES];
    for (size_t i = 0; i < sizeof bytes; i += sizeof(uint64_t)) {
        uint64_t r = rng_u64(&t->rng);
        memcpy(bytes + i, &r, sizeof r);
    }
    buf_init(&text, a);
    buf_put(&text, t->mark);
    base64url_put(&text, (struct str){bytes, sizeof bytes});
    return buf_str(&text);
}

/* The next text of the seeded stream that is free: some of it may have been put back. */
static struct str make_text(struct tokens *t, struct arena *a)
{
    struct str text;
    do {
        text = next_text(t, a);
    } while (map_get(&t->by_text, text));
    return text;
}

/* Appends; the oldest make room. A younger token of the same text hides an older one. */
static void append(struct tokens *t, struct token *k)
{
    (void)map_put(&t->by_text, k->text, k);
    *(t->youngest ? &t->youngest->younger : &t->oldest) = k;
    t->youngest = k;
    t->n_tokens++;
    t->texts_bytes += bytes_of(k);
    while (t->n_tokens > TOKENS_MAX || (t->texts_bytes > TEXTS_BYTES_MAX && t->n_tokens > 1)) {
        if (map_get(&t->by_text, t->oldest->text) == t->oldest) {
            tell(t, t->oldest, true);
        }
        forget_oldest(t);
    }
}

/* Locked by the caller. */
static void keep(struct tokens *t, const struct token_grant *grant, int64_t now_us)
{
    struct token *k = token_new(grant);
    k->issued_us = now_us;
    k->lifetime_s = grant->lifetime_s;
    k->expires_us = tokens_end_us(now_us, grant->lifetime_s);
    append(t, k);
    t->n_made++;
    tell(t, k, false);
}

void tokens_put_back(struct tokens *t, const struct token_record *row)
{
    struct token *k = token_new(&row->grant);
    k->issued_us = row->issued_us;
    k->expires_us = row->expires_us;
    k->lifetime_s = row->grant.lifetime_s;
    k->is_revoked = row->is_revoked;
    k->is_expired = row->is_expired;
    (void)pthread_mutex_lock(&t->lock);
    t->n_chains = k->chain > t->n_chains ? k->chain : t->n_chains;
    append(t, k);
    (void)pthread_mutex_unlock(&t->lock);
}

struct str tokens_issue(struct tokens *t, struct arena *a, struct str client_id, struct str scope,
                        int64_t lifetime_s, int64_t now_us)
{
    (void)pthread_mutex_lock(&t->lock);
    struct token_grant grant = {.text = make_text(t, a),
                                .client_id = client_id,
                                .scope = scope,
                                .audience = STR(""),
                                .lifetime_s = lifetime_s};
    keep(t, &grant, now_us);
    (void)pthread_mutex_unlock(&t->lock);
    return grant.text;
}

struct str tokens_draw(struct tokens *t, struct arena *a)
{
    (void)pthread_mutex_lock(&t->lock);
    struct str text = make_text(t, a);
    (void)pthread_mutex_unlock(&t->lock);
    return text;
}

uint64_t tokens_chain(struct tokens *t)
{
    (void)pthread_mutex_lock(&t->lock);
    uint64_t chain = ++t->n_chains;
    (void)pthread_mutex_unlock(&t->lock);
    return chain;
}

void tokens_keep(struct tokens *t, const struct token_grant *grant, int64_t now_us)
{
    (void)pthread_mutex_lock(&t->lock);
    keep(t, grant, now_us);
    (void)pthread_mutex_unlock(&t->lock);
}

static enum token_state state_of(const struct token *k, int64_t now_us)
{
    if (k->is_revoked) {
        return TOKEN_REVOKED;
    }
    return k->is_expired || now_us >= k->expires_us ? TOKEN_EXPIRED : TOKEN_GOOD;
}

/* The words of `scope` as an array in `a`; the words borrow it. */
static const struct str *split_scope(size_t *out_n, struct arena *a, struct str scope)
{
    size_t blanks = 0, n = 0;
    for (size_t i = 0; i < scope.len; i++) {
        blanks += scope.s[i] == ' ';
    }
    struct str *words = ARENA_ARRAY(a, blanks + 1, struct str), word;
    while (scope.len && str_cut(&scope, ' ', &word)) {
        if (word.len) {
            words[n++] = word;
        }
    }
    *out_n = n;
    return words;
}

enum token_state tokens_find(struct tokens *t, struct bearer *out, struct str *out_client_id,
                             struct arena *a, struct str text, int64_t now_us)
{
    enum token_state state = TOKEN_UNKNOWN;
    struct str all, scope;
    (void)pthread_mutex_lock(&t->lock);
    const struct token *k = map_get(&t->by_text, text);
    if (!k || k->kind != TOKEN_ACCESS) {
        (void)pthread_mutex_unlock(&t->lock);
        return state;
    }
    state = state_of(k, now_us);
    size_t client_at = k->text.len, scope_at = client_at + k->client_id.len;
    size_t audience_at = scope_at + k->scope.len;
    /* the texts lie one behind the other */
    all = str_copy(a, (struct str){k->text.s, bytes_of(k)});
    out->chain = k->chain;
    out->issued_us = k->issued_us;
    out->expires_us = k->expires_us;
    out->lifetime_s = k->lifetime_s;
    (void)pthread_mutex_unlock(&t->lock);
    out->value = str_slice(all, 0, client_at);
    *out_client_id = str_slice(all, client_at, scope_at);
    scope = str_slice(all, scope_at, audience_at);
    out->audience = str_slice(all, audience_at, all.len);
    out->scopes = split_scope(&out->n_scopes, a, scope);
    return state;
}

enum token_state tokens_look_up(struct tokens *t, struct token_grant *out, struct arena *a,
                                enum token_kind kind, struct str text, bool ends, int64_t now_us)
{
    enum token_state state = TOKEN_UNKNOWN;
    (void)pthread_mutex_lock(&t->lock);
    struct token *k = map_get(&t->by_text, text);
    if (k && k->kind == kind) {
        state = state_of(k, now_us);
        if (ends && state == TOKEN_GOOD) {
            k->is_revoked = true;
            tell(t, k, false);
        }
        *out = (struct token_grant){
            .kind = kind,
            .chain = k->chain,
            .text = text,
            .client_id = str_copy(a, k->client_id),
            .scope = str_copy(a, k->scope),
            .audience = str_copy(a, k->audience),
            .lifetime_s = k->lifetime_s,
        };
    }
    (void)pthread_mutex_unlock(&t->lock);
    return state;
}

void tokens_revoke_chain(struct tokens *t, uint64_t chain)
{
    (void)pthread_mutex_lock(&t->lock);
    for (struct token *k = t->oldest; k && chain; k = k->younger) {
        if (k->chain == chain && !k->is_revoked) {
            k->is_revoked = true;
            tell(t, k, false);
        }
    }
    (void)pthread_mutex_unlock(&t->lock);
}

static void expire(struct token *k, int64_t now_us)
{
    k->is_expired = true;
    k->expires_us = k->expires_us < now_us ? k->expires_us : now_us;
}

bool tokens_revoke(struct tokens *t, struct str text)
{
    (void)pthread_mutex_lock(&t->lock);
    struct token *k = map_get(&t->by_text, text);
    if (k) {
        k->is_revoked = true;
        tell(t, k, false);
    }
    (void)pthread_mutex_unlock(&t->lock);
    return k != NULL;
}

bool tokens_expire(struct tokens *t, struct str text, int64_t now_us)
{
    (void)pthread_mutex_lock(&t->lock);
    struct token *k = map_get(&t->by_text, text);
    if (k) {
        expire(k, now_us);
        tell(t, k, false);
    }
    (void)pthread_mutex_unlock(&t->lock);
    return k != NULL;
}

static bool is_of(const struct token *k, struct str client_id)
{
    return client_id.len == 0 || str_eq(k->client_id, client_id);
}

size_t tokens_expire_client(struct tokens *t, struct str client_id, int64_t now_us)
{
    size_t n = 0;
    (void)pthread_mutex_lock(&t->lock);
    for (struct token *k = t->oldest; k; k = k->younger) {
        if (is_of(k, client_id) && k->kind == TOKEN_ACCESS && state_of(k, now_us) == TOKEN_GOOD) {
            expire(k, now_us);
            tell(t, k, false);
            n++;
        }
    }
    (void)pthread_mutex_unlock(&t->lock);
    return n;
}

size_t tokens_revoke_client(struct tokens *t, struct str client_id)
{
    size_t n = 0;
    (void)pthread_mutex_lock(&t->lock);
    for (struct token *k = t->oldest; k; k = k->younger) {
        if (is_of(k, client_id) && !k->is_revoked) {
            k->is_revoked = true;
            tell(t, k, false);
            n++;
        }
    }
    (void)pthread_mutex_unlock(&t->lock);
    return n;
}

static struct minter *minter_of(struct tokens *t, struct str client_id)
{
    struct minter *m = map_get(&t->minters, client_id);
    if (!m) {
        if (t->minters.count >= MINTERS_MAX) {
            forget_minters(t);
        }
        m = mem_alloc(1, sizeof *m + client_id.len);
        char *at = (char *)(m + 1);
        m->client_id = copy_to(&at, client_id);
        m->start_us = INT64_MIN;
        (void)map_put(&t->minters, m->client_id, m);
    }
    return m;
}

bool tokens_mint(struct tokens *t, struct str client_id, int64_t max, int64_t now_us)
{
    (void)pthread_mutex_lock(&t->lock);
    struct minter *m = minter_of(t, client_id);
    bool is_open =
        m->start_us != INT64_MIN && now_us >= m->start_us && now_us - m->start_us < minute_us;
    if (!is_open) {
        m->start_us = now_us;
        m->count = 0;
    }
    bool is_free = m->count < max;
    m->count += is_free;
    (void)pthread_mutex_unlock(&t->lock);
    return is_free;
}

static void put_member(struct buf *out, struct str name, struct str value)
{
    buf_put(out, STR(",\""));
    buf_put(out, name);
    buf_put(out, STR("\":"));
    buf_put_json_string(out, value);
}

static void put_date(struct buf *out, struct str name, int64_t at_us)
{
    buf_put(out, STR(",\""));
    buf_put(out, name);
    buf_put(out, STR("\":\""));
    date_put(out, at_us, 3);
    buf_put_char(out, '"');
}

static void put_token(struct buf *out, const struct token *k, int64_t now_us)
{
    static const struct str words[] = {
        [TOKEN_UNKNOWN] = STR_INIT("unknown"),
        [TOKEN_GOOD] = STR_INIT("good"),
        [TOKEN_EXPIRED] = STR_INIT("expired"),
        [TOKEN_REVOKED] = STR_INIT("revoked"),
    };
    buf_put(out, STR("{\"client\":"));
    buf_put_json_string(out, k->client_id);
    put_date(out, STR("issued"), k->issued_us);
    put_date(out, STR("expires"), k->expires_us);
    put_member(out, STR("state"), words[state_of(k, now_us)]);
    put_member(out, STR("scope"), k->scope);
    if (k->kind != TOKEN_ACCESS) {
        put_member(out, STR("kind"), k->kind == TOKEN_REFRESH ? STR("refresh") : STR("identity"));
    }
    put_member(out, STR("hint"), str_slice(k->text, k->text.len - HINT_LENGTH, k->text.len));
    buf_put_char(out, '}');
}

struct token_counts tokens_count(struct tokens *t, int64_t now_us)
{
    struct token_counts n = {0};
    (void)pthread_mutex_lock(&t->lock);
    n.made = t->n_made;
    for (const struct token *k = t->oldest; k; k = k->younger) {
        enum token_state state = state_of(k, now_us);
        n.good += state == TOKEN_GOOD;
        n.expired += state == TOKEN_EXPIRED;
        n.revoked += state == TOKEN_REVOKED;
    }
    (void)pthread_mutex_unlock(&t->lock);
    return n;
}

void tokens_put(struct buf *out, struct tokens *t, int64_t now_us)
{
    buf_put_char(out, '[');
    (void)pthread_mutex_lock(&t->lock);
    for (const struct token *k = t->oldest; k; k = k->younger) {
        if (k != t->oldest) {
            buf_put_char(out, ',');
        }
        put_token(out, k, now_us);
    }
    (void)pthread_mutex_unlock(&t->lock);
    buf_put_char(out, ']');
}
