/* Keys live in a map and in a queue by age, so that dropping what is past its window costs what is
 * dropped. A key counts for one operation and one OAuth client. At most KEYS_MAX are kept: the
 * oldest go first. */
#include "mockapi/idempotency.h"

enum { KEYS_MAX = 100000 };

struct used_key {
    struct str key; /* owned with the struct */
    uint64_t body_hash;
    int64_t until_us;
    int status;
    struct str content_type, body;
    struct used_key *next; /* younger */
};

struct idempotency {
    struct map by_key;
    struct used_key *oldest, *youngest;
};

struct idempotency *idempotency_new(void)
{
    return MEM_NEW(struct idempotency);
}

static void drop_oldest(struct idempotency *keys)
{
    struct used_key *k = keys->oldest;
    keys->oldest = k->next;
    if (!keys->oldest) {
        keys->youngest = NULL;
    }
    if (map_get(&keys->by_key, k->key) == k) {
        map_del(&keys->by_key, k->key);
    }
    mem_free(k);
}

void idempotency_clear(struct idempotency *keys)
{
    while (keys->oldest) {
        drop_oldest(keys);
    }
}

void idempotency_free(struct idempotency *keys)
{
    if (keys) {
        idempotency_clear(keys);
        map_done(&keys->by_key);
        mem_free(keys);
    }
}

static struct str given_key(const struct request *rq)
{
    const struct idempotency_rule *rule = &rq->op->idempotency;
    return rule->header.len ? str_trim(request_header(rq, rule->header)) : (struct str){0};
}

bool idempotency_is_given(struct request *rq)
{
    const struct idempotency_rule *rule = &rq->op->idempotency;
    struct str key = given_key(rq);
    if (rule->header.len == 0) {
        return true;
    }
    if (key.len == 0) {
        return !rule->is_required || reply_case(rq, STR("idempotency.missing"));
    }
    if (key.len < rule->length_min || (rule->length_max && key.len > rule->length_max)) {
        return reply_case(rq, STR("idempotency.syntax"));
    }
    return true;
}

/* "operation NUL client NUL key" */
static struct str full_key(struct request *rq)
{
    struct buf key;
    buf_init(&key, rq->arena);
    buf_put(&key, rq->op->id);
    buf_put_char(&key, '\0');
    if (rq->bearer.client) {
        buf_put(&key, rq->bearer.client->id);
    }
    buf_put_char(&key, '\0');
    buf_put(&key, given_key(rq));
    return buf_str(&key);
}

bool idempotency_begin(struct request *rq)
{
    struct idempotency *keys = site_idempotency(rq->site);
    if (given_key(rq).len == 0) {
        return true;
    }
    while (keys->oldest && keys->oldest->until_us <= rq->now_us) {
        drop_oldest(keys);
    }
    const struct used_key *used = map_get(&keys->by_key, full_key(rq));
    if (!used || used->until_us <= rq->now_us) {
        return true;
    }
    if (rq->op->idempotency.replays && used->body_hash == json_hash(rq->body)) {
        reply_success(rq, STR(""));
        buf_clear(&rq->reply.body);
        buf_put(&rq->reply.body, used->body);
        rq->reply.status = used->status;
        rq->reply.content_type = str_copy(rq->arena, used->content_type);
        return false;
    }
    return reply_case(rq, STR("idempotency.reused"));
}

static struct str copy_to(char **at, struct str s)
{
    char *to = *at;
    for (size_t i = 0; i < s.len; i++) {
        to[i] = s.s[i];
    }
    *at += s.len;
    return (struct str){to, s.len};
}

void idempotency_end(struct request *rq)
{
    struct idempotency *keys = site_idempotency(rq->site);
    if (given_key(rq).len == 0) {
        return;
    }
    struct str key = full_key(rq);
    struct str body = rq->op->idempotency.replays ? buf_str(&rq->reply.body) : STR("");
    struct str type = rq->reply.content_type;
    struct used_key *k = mem_alloc(1, sizeof *k + key.len + body.len + type.len);
    char *at = (char *)(k + 1);
    k->key = copy_to(&at, key);
    k->body = copy_to(&at, body);
    k->content_type = copy_to(&at, type);
    k->body_hash = json_hash(rq->body);
    k->status = rq->reply.status;
    k->until_us = rq->now_us + rq->op->idempotency.window_us;
    map_put(&keys->by_key, k->key, k);
    if (keys->youngest) {
        keys->youngest->next = k;
    } else {
        keys->oldest = k;
    }
    keys->youngest = k;
    while (keys->by_key.count > KEYS_MAX) {
        drop_oldest(keys);
    }
}
