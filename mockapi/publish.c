/* Pushing messages: one rendering for all who listen. */
#include "mockapi/publish.h"

#include "mockapi/stream.h"

/* What a message may speak of. */
struct message {
    struct str topic, body, request_id;
    int64_t now_us;
};

static bool put_text(struct buf *out, struct str text)
{
    buf_put_json_string(out, text);
    return true;
}

static bool resolve(struct buf *out, const struct var *var, void *ctx)
{
    const struct message *m = ctx;
    if (var->scope == VAR_RESULT && str_eq(var->name, STR("topic"))) {
        return put_text(out, m->topic);
    }
    if (var->scope == VAR_RESULT && str_eq(var->name, STR("body"))) {
        buf_put(out, m->body);
        return true;
    }
    if (var->scope == VAR_REQUEST && str_eq(var->name, STR("id")) && m->request_id.len) {
        return put_text(out, m->request_id);
    }
    if (var->scope == VAR_NOW && var->name.len == 0) {
        buf_put_char(out, '"');
        date_put(out, m->now_us, 3);
        buf_put_char(out, '"');
        return true;
    }
    return false;
}

size_t publish(struct site *site, struct str topic, struct str body, struct str request_id)
{
    struct message m = {topic, body, request_id, clock_now_us(&site->clock)};
    struct channel_view *channels = NULL;
    struct arena a;
    if (!channels_any(site->channels)) {
        return 0;
    }
    arena_init(&a, 0, 0);
    size_t n = channels_listening(site->channels, &a, topic, m.now_us, &channels), n_streams = 0;
    if (n > 0) {
        const struct template_source source = {.resolve = resolve, .ctx = &m};
        struct buf text;
        buf_init(&text, &a);
        template_put(&text, site->contract->channels->message, &source);
        for (size_t i = 0; i < n && site->streams; i++) {
            n_streams += streams_send(site->streams, site, str_of(channels[i].id), buf_str(&text));
        }
        channels_note(site->channels, topic, buf_str(&text), n, n_streams, m.now_us);
    }
    arena_done(&a);
    return n;
}

void publish_event(void *ctx, struct site *site, const struct event *event)
{
    (void)ctx;
    (void)publish(site, event->topic, event->body, event->request_id);
}
