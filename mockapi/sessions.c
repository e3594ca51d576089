/* Sessions stand in a list by age and in maps by id, by host name and by the id of their client;
 * tokens begin with the session's id, so that no token has to be kept here. One thread, started
 * with the first session, ends those whose time is over and closes the ports of those that were
 * dropped: a listener cannot be stopped by a request that runs on it. */
#include "mockapi/sessions.h"

#include <errno.h>
#include <pthread.h>
#include <time.h>

enum { SECRET_BYTES = 16, PATIENCE_S = 3600 };

struct session {
    struct site *site, *parent; /* the parent is held */
    struct tenant_client client;
    struct str host;
    int64_t made_us, ends_us, idle_us; /* monotonic; 0: no end */
    atomic_int_fast64_t used_us;
    struct listener *listener; /* NULL: no port of its own; guarded by the table's lock */
    atomic_uint port;          /* 0: none of its own */
};

struct sessions {
    pthread_mutex_t lock; /* guards all below */
    pthread_cond_t changed;
    struct mock *mock;
    struct vec list; /* sites, the oldest first; each held once */
    struct map by_id, by_host, by_client;
    struct vec closing; /* held sites whose listener is to be stopped */
    uint64_t n_made;
    pthread_t thread;
    bool has_thread, is_stopping;
    atomic_size_t n;
};

struct sessions *sessions_new(struct mock *mock)
{
    struct sessions *s = MEM_NEW(struct sessions);
    pthread_condattr_t attributes;
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&s->changed, &attributes);
    (void)pthread_condattr_destroy(&attributes);
    (void)pthread_mutex_init(&s->lock, NULL);
    s->mock = mock;
    return s;
}

const struct tenant_client *session_client(const struct session *session)
{
    return &session->client;
}

const struct site *session_parent(const struct session *session)
{
    return session->parent;
}

void session_done(struct session *session)
{
    site_free(session->parent);
}

/* Takes the session out of the table; what the table held is the caller's to let go of. */
static struct site *take_out(struct sessions *s, size_t at)
{
    struct site *site = vec_remove(&s->list, at);
    (void)map_del(&s->by_id, site->name);
    (void)map_del(&s->by_host, site->session->host);
    (void)map_del(&s->by_client, site->session->client.id);
    atomic_store_explicit(&s->n, s->list.len, memory_order_release);
    return site;
}

/* Under the lock: to the thread where a port is open, else to the caller, to be let go of. */
static struct site *let_go(struct sessions *s, struct site *site)
{
    channels_clear(site->channels); /* its streams end */
    if (site->session->listener) {
        vec_push(&s->closing, site);
        (void)pthread_cond_signal(&s->changed);
        return NULL;
    }
    return site;
}

static int64_t end_of(const struct session *one)
{
    int64_t end_us = one->ends_us ? one->ends_us : INT64_MAX;
    if (one->idle_us) {
        int64_t idle_end_us =
            (int64_t)atomic_load_explicit(&one->used_us, memory_order_relaxed) + one->idle_us;
        end_us = idle_end_us < end_us ? idle_end_us : end_us;
    }
    return end_us;
}

/* One session whose time is over, out of the table; NULL if there is none. Gives when the next one
 * may be. */
static struct site *take_due(struct sessions *s, int64_t now_us, int64_t *out_next_us)
{
    *out_next_us = now_us + PATIENCE_S * US_PER_S;
    for (size_t i = 0; i < s->list.len; i++) {
        const struct site *site = s->list.at[i];
        int64_t end_us = end_of(site->session);
        if (end_us <= now_us) {
            return take_out(s, i);
        }
        *out_next_us = end_us < *out_next_us ? end_us : *out_next_us;
    }
    return NULL;
}

static void close_port(struct site *site)
{
    channels_clear(site->channels); /* its streams end */
    session_unlisten(site->session->listener);
    site->session->listener = NULL;
    site_free(site);
}

static void *watch(void *ctx)
{
    struct sessions *s = ctx;
    (void)pthread_mutex_lock(&s->lock);
    while (!s->is_stopping) {
        int64_t next_us = 0;
        struct site *due =
            s->closing.len ? vec_pop(&s->closing) : take_due(s, clock_monotonic_us(), &next_us);
        if (!due) {
            struct timespec until = {.tv_sec = next_us / US_PER_S,
                                     .tv_nsec = next_us % US_PER_S * 1000};
            (void)pthread_cond_timedwait(&s->changed, &s->lock, &until);
            continue;
        }
        (void)pthread_mutex_unlock(&s->lock);
        close_port(due);
        (void)pthread_mutex_lock(&s->lock);
    }
    (void)pthread_mutex_unlock(&s->lock);
    return NULL;
}

void sessions_stop(struct sessions *s)
{
    (void)pthread_mutex_lock(&s->lock);
    s->is_stopping = true;
    bool has_thread = s->has_thread;
    s->has_thread = false;
    (void)pthread_cond_signal(&s->changed);
    (void)pthread_mutex_unlock(&s->lock);
    if (has_thread) {
        (void)pthread_join(s->thread, NULL);
    }
    (void)pthread_mutex_lock(&s->lock);
    for (size_t i = s->list.len; i > 0; i--) {
        if (((struct site *)s->list.at[i - 1])->session->listener) {
            vec_push(&s->closing, take_out(s, i - 1));
        }
    }
    while (s->closing.len) {
        struct site *one = vec_pop(&s->closing);
        (void)pthread_mutex_unlock(&s->lock); /* requests on that port may want it */
        close_port(one);
        (void)pthread_mutex_lock(&s->lock);
    }
    (void)pthread_mutex_unlock(&s->lock);
}

void sessions_free(struct sessions *s)
{
    if (!s) {
        return;
    }
    sessions_stop(s);
    while (s->list.len) {
        site_free(take_out(s, s->list.len - 1));
    }
    vec_done(&s->list);
    vec_done(&s->closing);
    map_done(&s->by_id);
    map_done(&s->by_host);
    map_done(&s->by_client);
    (void)pthread_cond_destroy(&s->changed);
    (void)pthread_mutex_destroy(&s->lock);
    mem_free(s);
}

static struct str made_secret(struct arena *a)
{
    char bytes[SECRET_BYTES];
    struct buf text;
    buf_init(&text, a);
    random_secret(bytes, sizeof bytes);
    base64url_put(&text, (struct str){bytes, sizeof bytes});
    return buf_str(&text);
}

static struct str made_uuid(struct arena *a)
{
    uint64_t halves[2];
    char text[37];
    random_secret(halves, sizeof halves);
    uuid_text(text, halves[0], halves[1]);
    return str_copy(a, str_of(text));
}

static const struct str *copy_words(struct arena *a, const struct str *words, size_t n)
{
    struct str *copy = ARENA_ARRAY(a, n + 1, struct str);
    for (size_t i = 0; i < n; i++) {
        copy[i] = str_copy(a, words[i]);
    }
    return copy;
}

/* The JSON of the client that it is like, with its own id and secret. */
static struct str client_text(struct arena *a, const struct tenant_client *like,
                              const struct tenant_client *own)
{
    const struct json_doc *doc = NULL;
    struct buf text;
    bool is_first = true;
    buf_init(&text, a);
    buf_put_char(&text, '{');
    if (json_parse(&doc, a, STR(""), like->text, NULL, NULL, NULL)) {
        struct json root = json_root(doc);
        for (struct json m = json_first(root); json_exists(m); m = json_next(m)) {
            buf_put(&text, is_first ? STR("") : STR(","));
            buf_put_json_string(&text, json_key(m));
            buf_put_char(&text, ':');
            if (str_eq(json_key(m), STR("id"))) {
                buf_put_json_string(&text, own->id);
            } else if (str_eq(json_key(m), STR("secret"))) {
                buf_put_json_string(&text, own->secret);
            } else {
                json_put(&text, m);
            }
            is_first = false;
        }
    }
    buf_put_char(&text, '}');
    return buf_str(&text);
}

static struct tenant_client make_client(struct arena *a, const struct session_wish *wish)
{
    const struct tenant_client *like = wish->like;
    struct arena scratch;
    struct tenant_client own = {
        .id = wish->client_id.len ? str_copy(a, wish->client_id) : made_uuid(a),
        .secret = wish->client_secret.len ? str_copy(a, wish->client_secret) : made_secret(a),
        .name = str_copy(a, like->name),
        .permissions = copy_words(a, like->permissions, like->n_permissions),
        .n_permissions = like->n_permissions,
        .scopes = copy_words(a, like->scopes, like->n_scopes),
        .n_scopes = like->n_scopes,
        .lifetime_s = like->lifetime_s,
        .kind = str_copy(a, like->kind),
    };
    arena_init(&scratch, 0, 0);
    own.text = str_copy(a, client_text(&scratch, like, &own));
    arena_done(&scratch);
    return own;
}

static struct str joined(struct arena *a, struct str head, struct str tail)
{
    struct buf text;
    buf_init(&text, a);
    buf_put(&text, head);
    buf_put(&text, tail);
    return buf_str(&text);
}

/* Its clock shows what its parent's does. */
static void copy_clock(struct clock *to, struct clock *from)
{
    struct clock_state state = clock_state(from);
    clock_freeze(to, state.now_us);
    clock_set_scale(to, state.scale);
    if (!state.is_frozen) {
        clock_resume(to);
    }
}

static struct site *make(struct site *parent, const struct session_wish *wish)
{
    struct site *site =
        site_new(contract_hold(parent->contract), wish->tenant, parent->prefix, parent->seed, 1);
    site->aliases = parent->aliases; /* the parent is held as long */
    site->n_aliases = parent->n_aliases;
    struct session *one = ARENA_NEW(&site->arena, struct session);
    site->streams = parent->streams;
    site->on_topic = parent->on_topic;
    site->on_hook = parent->on_hook;
    site->takes_fault_header = parent->takes_fault_header;
    journal_share_files(site->journal, parent->journal);
    metrics_free(site->metrics);
    site->metrics = parent->metrics;
    one->site = site;
    one->parent = site_hold(parent);
    one->client = make_client(&site->arena, wish);
    one->made_us = clock_monotonic_us();
    one->ends_us = wish->ttl_s ? one->made_us + wish->ttl_s * US_PER_S : 0;
    one->idle_us = wish->idle_s * US_PER_S;
    atomic_init(&one->used_us, one->made_us);
    copy_clock(&site->clock, &parent->clock);
    site->session = one;
    return site;
}

/* Under the lock: the name that was asked for, or the next of "s1", "s2" … that is free. */
static void give_name(struct sessions *s, struct site *site, const struct session_wish *wish)
{
    struct arena *a = &site->arena;
    site->name = str_copy(a, wish->name);
    while (wish->name.len == 0) {
        struct buf name;
        buf_init(&name, a);
        buf_printf(&name, "s%llu", (unsigned long long)++s->n_made);
        site->name = buf_str(&name);
        if (!map_get(&s->by_id, site->name)) {
            break;
        }
    }
    site->session->host = wish->host.len ? str_lower(a, wish->host)
                                         : joined(a, str_lower(a, site->name), STR(".localhost"));
    struct str mark = joined(a, site->name, STR("~"));
    tokens_mark(site->tokens, mark);
    signer_mark(site->signer, mark);
}

static enum session_result put_in(struct sessions *s, struct site *site,
                                  const struct session_wish *wish)
{
    if (s->is_stopping || s->list.len >= SESSIONS_MAX) {
        return SESSION_FULL;
    }
    give_name(s, site, wish);
    if (map_get(&s->by_id, site->name) || map_get(&s->by_host, site->session->host) ||
        map_get(&s->by_client, site->session->client.id)) {
        return SESSION_TAKEN;
    }
    vec_push(&s->list, site);
    (void)map_put(&s->by_id, site->name, site);
    (void)map_put(&s->by_host, site->session->host, site);
    (void)map_put(&s->by_client, site->session->client.id, site);
    atomic_store_explicit(&s->n, s->list.len, memory_order_release);
    if (!s->has_thread) {
        s->has_thread = pthread_create(&s->thread, NULL, watch, s) == 0;
    }
    (void)pthread_cond_signal(&s->changed);
    return SESSION_MADE;
}

size_t sessions_count(struct sessions *s)
{
    return atomic_load_explicit(&s->n, memory_order_relaxed);
}

bool sessions_drop(struct sessions *s, struct str id)
{
    struct site *gone = NULL;
    (void)pthread_mutex_lock(&s->lock);
    const struct site *site = map_get(&s->by_id, id);
    for (size_t i = 0; site && i < s->list.len; i++) {
        if (s->list.at[i] == site) {
            gone = let_go(s, take_out(s, i));
            break;
        }
    }
    (void)pthread_mutex_unlock(&s->lock);
    site_free(gone);
    return site != NULL;
}

/* The port opens once the session is whole: somebody may be knocking at it already. */
static bool open_port(struct sessions *s, struct site *site, uint16_t port, struct err *err)
{
    struct listener *l = s->mock ? session_listen(s->mock, site, port, err) : NULL;
    (void)pthread_mutex_lock(&s->lock);
    bool is_there = l && map_get(&s->by_id, site->name) == site;
    if (is_there) {
        site->session->listener = l;
        atomic_store_explicit(&site->session->port, session_port(l), memory_order_relaxed);
    }
    (void)pthread_mutex_unlock(&s->lock);
    if (l && !is_there) {
        session_unlisten(l); /* it was dropped meanwhile */
    }
    return is_there;
}

enum session_result sessions_add(struct sessions *s, struct site **out, struct site *parent,
                                 const struct session_wish *wish, struct err *err)
{
    struct site *site = make(parent, wish);
    (void)pthread_mutex_lock(&s->lock);
    enum session_result result = put_in(s, site, wish);
    if (result == SESSION_MADE) {
        *out = site_hold(site);
    }
    (void)pthread_mutex_unlock(&s->lock);
    if (result != SESSION_MADE) {
        site_free(site);
        return result;
    }
    if (wish->has_port && !open_port(s, site, wish->port, err)) {
        (void)sessions_drop(s, site->name);
        site_free(site);
        *out = NULL;
        return SESSION_NO_PORT;
    }
    return SESSION_MADE;
}

static struct site *find(struct sessions *s, const struct map *by, struct str key,
                         const struct site *parent)
{
    (void)pthread_mutex_lock(&s->lock);
    struct site *site = map_get(by, key);
    bool is_right = site && (!parent || site->session->parent == parent);
    if (is_right) {
        site_hold(site);
        atomic_store_explicit(&site->session->used_us, clock_monotonic_us(), memory_order_relaxed);
    }
    (void)pthread_mutex_unlock(&s->lock);
    return is_right ? site : NULL;
}

static const struct str scheme = STR_INIT("Bearer ");

static bool carries_token(const struct request *rq)
{
    struct str header = request_header(rq, STR("Authorization"));
    return str_eq_fold(str_slice(header, 0, scheme.len), scheme);
}

static bool is_empty(const struct sessions *s)
{
    return !s || atomic_load_explicit(&s->n, memory_order_acquire) == 0;
}

struct site *sessions_find(struct sessions *s, struct str id)
{
    return is_empty(s) ? NULL : find(s, &s->by_id, id, NULL);
}

struct site *sessions_by_host(struct sessions *s, const struct request *rq)
{
    if (is_empty(s)) {
        return NULL;
    }
    struct str host = str_trim(request_header(rq, STR("Host")));
    size_t end = host.len;
    while (end > 0 && host.s[end - 1] >= '0' && host.s[end - 1] <= '9') {
        end--;
    }
    if (end > 0 && host.s[end - 1] == ':') {
        host = str_slice(host, 0, end - 1);
    }
    return find(s, &s->by_host, str_lower(rq->arena, host), NULL);
}

/* The session whose token, renewed or not, or whose channel the text is. Nothing is believed here:
 * what the session does not know it refuses. */
static struct site *by_text(struct sessions *s, const struct site *parent, struct arena *a,
                            struct str text)
{
    size_t mark = str_find_char(text, SESSION_MARK);
    if (mark == text.len) { /* a signed one says it in the id of its key */
        text = signer_key_id(a, text);
        mark = str_find_char(text, SESSION_MARK);
    }
    return mark < text.len ? find(s, &s->by_id, str_slice(text, 0, mark), parent) : NULL;
}

struct site *sessions_by_token(struct sessions *s, const struct site *parent,
                               const struct request *rq)
{
    if (is_empty(s)) {
        return NULL;
    }
    struct str header = request_header(rq, STR("Authorization"));
    struct str token = str_trim(str_slice(header, scheme.len, header.len));
    if (request_header(rq, STR("Upgrade")).s) {
        token = rq->path; /* a stream has no token, but its channel at the end of the path */
        for (size_t at = token.len; at > 0 && token.len == rq->path.len; at--) {
            token = rq->path.s[at - 1] == '/' ? str_slice(rq->path, at, rq->path.len) : token;
        }
    } else if (!carries_token(rq)) {
        return NULL;
    }
    return by_text(s, parent, rq->arena, token);
}

struct site *sessions_by_client(struct sessions *s, const struct site *parent, struct request *rq)
{
    enum { NAMED_MAX = 16 };
    struct str named[NAMED_MAX];
    struct site *found = NULL;
    if (is_empty(s) || carries_token(rq) || !str_eq(rq->method, STR("POST"))) {
        return NULL;
    }
    size_t n = oauth_named(rq, named, NAMED_MAX);
    for (size_t i = 0; !found && i < n; i++) {
        found = find(s, &s->by_client, named[i], parent);
        found = found ? found : by_text(s, parent, rq->arena, named[i]);
    }
    return found;
}

static void put_seconds(struct buf *out, const char *name, int64_t us)
{
    buf_printf(out, ",\"%s\":%lld", name, (long long)((us + US_PER_S - 1) / US_PER_S));
}

void session_put(struct buf *out, struct site *site, bool with_secret)
{
    const struct session *one = site->session;
    int64_t now_us = clock_monotonic_us(), end_us = end_of(one);
    buf_put(out, STR("{\"id\":"));
    buf_put_json_string(out, site->name);
    buf_put(out, STR(",\"site\":"));
    buf_put_json_string(out, one->parent->name);
    buf_put(out, STR(",\"host\":"));
    buf_put_json_string(out, one->host);
    unsigned port = atomic_load_explicit(&one->port, memory_order_relaxed);
    if (port) {
        buf_printf(out, ",\"port\":%u", port);
    }
    buf_put(out, STR(",\"client\":{\"id\":"));
    buf_put_json_string(out, one->client.id);
    if (with_secret) {
        buf_put(out, STR(",\"secret\":"));
        buf_put_json_string(out, one->client.secret);
    }
    buf_put_char(out, '}');
    put_seconds(out, "ageS", now_us - one->made_us);
    if (end_us != INT64_MAX) {
        put_seconds(out, "endsInS", end_us > now_us ? end_us - now_us : 0);
    }
    buf_printf(out, ",\"requests\":%llu}",
               (unsigned long long)atomic_load_explicit(&site->n_requests, memory_order_relaxed));
}

void sessions_put(struct buf *out, struct sessions *s)
{
    struct vec held = {0};
    (void)pthread_mutex_lock(&s->lock);
    for (size_t i = 0; i < s->list.len; i++) {
        vec_push(&held, site_hold(s->list.at[i]));
    }
    (void)pthread_mutex_unlock(&s->lock);
    buf_put_char(out, '[');
    for (size_t i = 0; i < held.len; i++) {
        buf_put(out, i ? STR(",") : STR(""));
        session_put(out, held.at[i], false);
        site_free(held.at[i]);
    }
    buf_put_char(out, ']');
    vec_done(&held);
}
