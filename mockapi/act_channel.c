/* Operations on notification channels: open, list, the topics of one; and the handshake that makes
 * a request a stream. */
#include "mockapi/act.h"
#include "mockapi/sessions.h"
#include "mockapi/websocket.h"

enum { TOPIC_PART_MAX = 256 };

struct channel_call {
    struct request *rq;
    const struct channel_rule *rule;
    struct channels *channels;
    struct channel_view view;
};

/* A part of a topic's id: the same text, or any where the pattern says so. */
static bool is_part(struct str pattern, struct str part)
{
    bool is_any = pattern.len > 1 && pattern.s[0] == '{' && str_ends(pattern, STR("}"));
    return is_any ? part.len > 0 && part.len <= TOPIC_PART_MAX : str_eq(pattern, part);
}

static bool is_topic(struct str pattern, struct str id)
{
    struct str a, b;
    while (str_cut(&pattern, '.', &a)) {
        if (!str_cut(&id, '.', &b) || !is_part(a, b)) {
            return false;
        }
    }
    return !str_cut(&id, '.', &b);
}

static const struct topic_rule *find_topic(const struct request *rq, struct str id)
{
    const struct channel_rules *rules = rq->contract->channels;
    for (size_t i = 0; i < rules->n_topics; i++) {
        if (is_topic(rules->topics[i].id, id)) {
            return &rules->topics[i];
        }
    }
    return NULL;
}

static bool may_listen(const struct request *rq, const struct topic_rule *topic)
{
    size_t held = 0;
    for (size_t i = 0; i < topic->n_permissions; i++) {
        held += request_may(rq, topic->permissions[i]);
    }
    return topic->needs_all ? held == topic->n_permissions : held > 0 || topic->n_permissions == 0;
}

static struct str owner_of(const struct request *rq)
{
    return rq->bearer.client ? rq->bearer.client->id : STR("");
}

/* One object by the operation's template over {result.…}. */
static void put_item(struct buf *out, struct channel_call *c, struct str result)
{
    struct request *rq = c->rq;
    rq->result = act_parse(rq, result);
    struct template_source source = request_source(rq);
    if (!c->rule->item || !template_put(out, c->rule->item, &source)) {
        buf_put(out, result);
    }
    rq->result = (struct json){0};
}

static void put_channel(struct buf *out, struct channel_call *c, const struct channel_view *view)
{
    struct buf text;
    buf_init(&text, c->rq->arena);
    buf_printf(&text, "{\"id\":\"%s\",\"topics\":%zu,\"streams\":%u,\"expires\":\"", view->id,
               view->n_topics, view->n_streams);
    date_put(&text, view->expires_us, 3);
    buf_put(&text, STR("\"}"));
    put_item(out, c, buf_str(&text));
}

/* {items} is complete: the reply. */
static bool reply_items(struct request *rq)
{
    buf_put_char(&rq->items, ']');
    return reply_success(rq, buf_str(&rq->items));
}

static void begin_items(struct request *rq)
{
    buf_init(&rq->items, rq->arena);
    buf_put_char(&rq->items, '[');
}

static void separate(struct request *rq)
{
    if (rq->items.len > 1) {
        buf_put_char(&rq->items, ',');
    }
}

static bool open_channel(struct channel_call *c)
{
    struct request *rq = c->rq;
    char uuid[37];
    struct buf id, text;
    uint64_t high = tenant_random(rq->tenant), low = tenant_random(rq->tenant);
    uuid_text(uuid, high, low);
    buf_init(&id, rq->arena);
    if (rq->site->session) {
        buf_put(&id, rq->site->name);
        buf_put_char(&id, SESSION_MARK);
    }
    buf_put(&id, str_of(uuid));
    c->view = channels_open(c->channels, buf_str(&id), owner_of(rq), rq->now_us);
    buf_init(&text, rq->arena);
    put_channel(&text, c, &c->view);
    return reply_success(rq, buf_str(&text));
}

static bool list_channels(struct channel_call *c)
{
    struct request *rq = c->rq;
    struct channel_view *at = NULL;
    size_t n = channels_list(c->channels, rq->arena, owner_of(rq), rq->now_us, &at);
    begin_items(rq);
    for (size_t i = 0; i < n; i++) {
        separate(rq);
        put_channel(&rq->items, c, &at[i]);
    }
    return reply_items(rq);
}

/* What a topic shows, as far as the query asks for it. */
static void put_shown(struct buf *out, const struct channel_call *c, struct json shows)
{
    const struct query *q = &c->rq->query;
    bool is_first = true;
    buf_put_char(out, '{');
    for (struct json m = json_first(shows); json_exists(m); m = json_next(m)) {
        bool is_wanted = c->rule->expand.len == 0;
        for (size_t i = 0; i < q->n && !is_wanted; i++) {
            struct str rest = q->pairs[i].value, one;
            while (str_eq(q->pairs[i].name, c->rule->expand) && str_cut(&rest, ',', &one)) {
                is_wanted = is_wanted || str_eq(one, json_key(m));
            }
        }
        if (is_wanted) {
            buf_put(out, is_first ? STR("") : STR(","));
            buf_put_json_string(out, json_key(m));
            buf_put_char(out, ':');
            json_put(out, m);
            is_first = false;
        }
    }
    buf_put_char(out, '}');
}

static void put_words(struct buf *out, const struct str *words, size_t n)
{
    buf_put_char(out, '[');
    for (size_t i = 0; i < n; i++) {
        buf_put(out, i ? STR(",") : STR(""));
        buf_put_json_string(out, words[i]);
    }
    buf_put_char(out, ']');
}

static bool list_topics(struct channel_call *c)
{
    struct request *rq = c->rq;
    const struct channel_rules *rules = rq->contract->channels;
    begin_items(rq);
    for (size_t i = 0; i < rules->n_topics; i++) {
        struct buf text;
        buf_init(&text, rq->arena);
        buf_put(&text, STR("{\"id\":"));
        buf_put_json_string(&text, rules->topics[i].id);
        buf_put(&text, STR(",\"permissions\":"));
        put_words(&text, rules->topics[i].permissions, rules->topics[i].n_permissions);
        buf_put(&text, STR(",\"shows\":"));
        put_shown(&text, c, rules->topics[i].shows);
        buf_put_char(&text, '}');
        separate(rq);
        put_item(&rq->items, c, buf_str(&text));
    }
    return reply_items(rq);
}

/* One subscription as it is told: `topic` NULL: no such one; `is_rejected` for want of permission
 * too. */
static void put_subscription(struct channel_call *c, struct str id, const struct topic_rule *topic,
                             bool is_rejected)
{
    struct request *rq = c->rq;
    struct str *missing = ARENA_ARRAY(rq->arena, topic ? topic->n_permissions + 1 : 1, struct str);
    size_t n = 0;
    for (size_t i = 0; topic && is_rejected && i < topic->n_permissions; i++) {
        if (!request_may(rq, topic->permissions[i])) {
            missing[n++] = topic->permissions[i];
        }
    }
    struct buf text;
    buf_init(&text, rq->arena);
    buf_put(&text, STR("{\"id\":"));
    buf_put_json_string(&text, id);
    buf_printf(&text, ",\"channel\":\"%s\",\"rejected\":%s,\"known\":%s", c->view.id,
               is_rejected ? "true" : "false", topic ? "true" : "false");
    if (n) {
        buf_put(&text, STR(",\"missing\":"));
        put_words(&text, missing, n);
    }
    buf_put_char(&text, '}');
    separate(rq);
    put_item(&rq->items, c, buf_str(&text));
}

static bool list_subscriptions(struct channel_call *c)
{
    struct request *rq = c->rq;
    struct str *topics = NULL;
    size_t n = channels_topics(c->channels, rq->arena, str_of(c->view.id), &topics);
    begin_items(rq);
    for (size_t i = 0; i < n; i++) {
        put_subscription(c, topics[i], find_topic(rq, topics[i]), false);
    }
    return reply_items(rq);
}

static bool refuse(struct request *rq, struct json at, struct str topic, const char *message,
                   const char *case_name)
{
    struct finding f = json_finding(&rq->findings, at, STR("S106"), SEVERITY_ERROR);
    f.value = topic;
    f.message = findings_text(&rq->findings, "\"%.*s\" %s", STR_ARG(topic), message);
    rq->finding = findings_add(&rq->findings, &f);
    return reply_case(rq, str_of(case_name));
}

/* Takes the body's topics: those that may be listened to into `out`; all are told in {items}.
 * SIZE_MAX: one is refused, replied. */
static size_t take_topics(struct channel_call *c, struct str *out)
{
    struct request *rq = c->rq;
    bool is_lenient =
        c->rule->lenient.len && str_eq(request_query_value(rq, c->rule->lenient), STR("true"));
    size_t n = 0;
    for (struct json v = json_first(rq->body); json_exists(v); v = json_next(v)) {
        struct str id = json_str_or(field_find(c->rule->topic, v), STR(""));
        const struct topic_rule *topic = find_topic(rq, id);
        bool is_permitted = topic && may_listen(rq, topic);
        if (!topic && !is_lenient) {
            refuse(rq, v, id, "is no topic", "channel.topic");
            return SIZE_MAX;
        }
        if (!is_permitted && !is_lenient) {
            refuse(rq, v, id, "needs a permission that this client lacks", "channel.permission");
            return SIZE_MAX;
        }
        if (is_permitted) {
            out[n++] = id;
        }
        put_subscription(c, id, topic, !is_permitted);
    }
    return n;
}

static bool subscribe(struct channel_call *c, bool replaces)
{
    struct request *rq = c->rq;
    if (!act_check_shape(rq)) {
        return false;
    }
    struct str *topics = ARENA_ARRAY(rq->arena, json_count(rq->body) + 1, struct str);
    begin_items(rq);
    size_t n = take_topics(c, topics);
    if (n == SIZE_MAX) {
        return false;
    }
    if (!channels_subscribe(c->channels, str_of(c->view.id), topics, n, replaces, rq->now_us)) {
        return refuse(rq, rq->body, STR(""), "are too many topics", "channel.full");
    }
    return reply_items(rq);
}

/* RFC 6455 4.2.1; the 101 goes out with what the key asks for, and the connection is a stream. */
static bool shake_hands(struct channel_call *c)
{
    struct request *rq = c->rq;
    struct buf accept;
    buf_init(&accept, rq->arena);
    if (rq->is_head || !ws_has_token(request_header(rq, STR("Upgrade")), STR("websocket")) ||
        !ws_has_token(request_header(rq, STR("Connection")), STR("upgrade"))) {
        reply_case(rq, STR("channel.upgrade"));
        reply_header(rq, STR("Upgrade"), STR("websocket"));
        return false;
    }
    if (!str_eq(str_trim(request_header(rq, STR("Sec-WebSocket-Version"))), STR("13"))) {
        reply_case(rq, STR("channel.upgrade"));
        reply_header(rq, STR("Sec-WebSocket-Version"), STR("13"));
        return false;
    }
    if (!ws_put_accept(&accept, str_trim(request_header(rq, STR("Sec-WebSocket-Key"))))) {
        return reply_case(rq, STR("channel.handshake"));
    }
    reply_success(rq, STR(""));
    rq->reply.status = STATUS_SWITCHING;
    rq->reply.content_type = STR("");
    buf_clear(&rq->reply.body);
    reply_header(rq, STR("Upgrade"), STR("websocket"));
    reply_header(rq, STR("Sec-WebSocket-Accept"), buf_str(&accept));
    rq->stream = str_copy(rq->arena, str_of(c->view.id));
    return false;
}

static bool act_on(struct channel_call *c)
{
    struct request *rq = c->rq;
    switch (c->rule->does) {
    case CHANNEL_LISTING:
        return list_subscriptions(c);
    case CHANNEL_ADD:
        return subscribe(c, false);
    case CHANNEL_REPLACE:
        return subscribe(c, true);
    case CHANNEL_CLEAR:
        if (!channels_subscribe(c->channels, str_of(c->view.id), NULL, 0, true, rq->now_us)) {
            unreachable(); /* none are never too many */
        }
        return reply_success(rq, STR(""));
    case CHANNEL_STREAM:
        return shake_hands(c);
    case CHANNEL_READ:
    case CHANNEL_OPEN:
    case CHANNEL_LIST:
    case CHANNEL_TOPICS:
        break;
    }
    struct buf text;
    buf_init(&text, rq->arena);
    put_channel(&text, c, &c->view);
    return reply_success(rq, buf_str(&text));
}

bool act_channel(struct request *rq)
{
    struct channel_call c = {
        .rq = rq, .rule = rq->op->channel, .channels = site_channels(rq->site)};
    if (c.rule->does == CHANNEL_OPEN) {
        return open_channel(&c);
    }
    if (c.rule->does == CHANNEL_LIST) {
        return list_channels(&c);
    }
    if (c.rule->does == CHANNEL_TOPICS) {
        return list_topics(&c);
    }
    struct str id = request_path_value(rq, rq->op->key_param);
    struct str owner = rq->op->needs_token ? owner_of(rq) : (struct str){0};
    if (!channels_find(c.channels, id, owner, rq->now_us, &c.view)) {
        return reply_case(rq, rq->op->gone_case.len ? rq->op->gone_case : STR("not_found"));
    }
    return act_on(&c);
}
