/* Notification channels: topics that can be listened to, what is said over a stream, and the
 * operations on channels. */
#include "model/contract_int.h"

static struct str text_of(struct loader *l, struct json v)
{
    struct buf text;
    buf_init(&text, l->a);
    if (json_exists(v)) {
        json_put(&text, v);
    }
    return buf_str(&text);
}

/* "v2.queues.{id}.users": the parts between dots; "{…}" stands for any one. */
static void load_topic(struct loader *l, struct topic_rule *topic, struct json m)
{
    struct json permissions = json_get(m, STR("permissions")),
                all = json_get(permissions, STR("all"));
    topic->id = load_str(m, "id", "");
    topic->shows = json_get(m, STR("shows"));
    topic->needs_all = json_exists(all);
    topic->n_permissions = load_words(l, &topic->permissions,
                                      json_exists(all) ? all : json_get(permissions, STR("any")));
}

static void load_topics(struct loader *l, struct channel_rules *rules, struct json all)
{
    struct topic_rule *at = ARENA_ARRAY(l->a, json_count(all) + 1, struct topic_rule);
    for (struct json m = json_first(all); json_exists(m); m = json_next(m)) {
        load_topic(l, &at[rules->n_topics], m);
        for (size_t i = 0; i < rules->n_topics; i++) {
            if (str_eq(at[i].id, at[rules->n_topics].id)) {
                load_bad(l, json_get(m, STR("id")), "there is a topic \"%.*s\" already",
                         STR_ARG(at[i].id));
            }
        }
        rules->n_topics++;
    }
    rules->topics = at;
}

void load_channels(struct loader *l)
{
    enum { MAX_DEFAULT = 20, TOPICS_DEFAULT = 1000, LIFETIME_DEFAULT_S = 86400 };
    struct json source = json_get(l->ext, STR("channels")),
                heartbeat = json_get(source, STR("heartbeat")),
                answers = json_get(source, STR("answers"));
    if (!json_exists(source)) {
        return;
    }
    struct channel_rules *rules = ARENA_NEW(l->a, struct channel_rules);
    struct stream_answer *at = ARENA_ARRAY(l->a, json_count(answers) + 1, struct stream_answer);
    rules->max = (size_t)json_i64_or(json_get(source, STR("max")), MAX_DEFAULT);
    rules->topics_max = (size_t)json_i64_or(json_get(source, STR("topicsMax")), TOPICS_DEFAULT);
    rules->lifetime_us =
        json_i64_or(json_get(source, STR("lifetimeS")), LIFETIME_DEFAULT_S) * US_PER_S;
    rules->heartbeat_us = json_i64_or(json_get(heartbeat, STR("everyS")), 0) * US_PER_S;
    rules->heartbeat = text_of(l, json_get(heartbeat, STR("send")));
    rules->warning = text_of(l, json_get(source, STR("warning")));
    for (struct json m = json_first(answers); json_exists(m); m = json_next(m)) {
        at[rules->n_answers++] =
            (struct stream_answer){load_field(l, json_get(m, STR("field"))), load_str(m, "is", ""),
                                   text_of(l, json_get(m, STR("send")))};
    }
    rules->answers = at;
    load_template(l, &rules->message, json_get(source, STR("message")));
    load_topics(l, rules, json_get(source, STR("topics")));
    l->c->channels = rules;
}

static enum channel_do do_of(struct str word)
{
    static const struct str words[] = {
        STR_INIT("open"),    STR_INIT("list"),    STR_INIT("read"),
        STR_INIT("topics"),  STR_INIT("listing"), STR_INIT("add"),
        STR_INIT("replace"), STR_INIT("clear"),   STR_INIT("stream")};
    size_t i = 0;
    while (i + 1 < sizeof words / sizeof *words && !str_eq(words[i], word)) {
        i++;
    }
    return (enum channel_do)i; /* the format's schema lets no other word through */
}

void load_channel(struct loader *l, struct operation *op, struct json x)
{
    struct json source = json_get(x, STR("channel"));
    if (op->action != ACTION_CHANNEL) {
        return;
    }
    struct channel_rule *rule = ARENA_NEW(l->a, struct channel_rule);
    rule->does = do_of(load_str(source, "do", ""));
    rule->topic = load_field(l, json_get(source, STR("topic")));
    rule->lenient = load_str(source, "lenient", "");
    rule->expand = load_str(source, "expand", "");
    load_template(l, &rule->item, json_get(source, STR("item")));
    bool takes_topics = rule->does == CHANNEL_ADD || rule->does == CHANNEL_REPLACE;
    if (!l->c->channels) {
        load_bad(l, x, "the profile says nothing of \"channels\", and this works on them");
    }
    if (takes_topics && (!rule->topic || !op->is_body_array)) {
        load_bad(l, source,
                 "topics come in a body that is an array, and \"topic\" says where an "
                 "item names its own");
    }
    if (rule->does != CHANNEL_OPEN && rule->does != CHANNEL_LIST && rule->does != CHANNEL_TOPICS &&
        op->key_param.len == 0) {
        load_bad(l, source, "nothing says which channel is meant: a path parameter");
    }
    op->channel = rule;
}
