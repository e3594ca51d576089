/* Pushing messages: one rendering for all who listen. */
#include "mockapi/publish.h"

#include "mockapi/stream.h"

static struct json parse(struct arena *a, const struct buf *text)
{
    const struct json_doc *doc = NULL;
    bool is_ours = json_parse(&doc, a, STR(""), buf_str(text), NULL, NULL, NULL);
    if (!is_ours) {
        unreachable(); /* our own writer wrote it */
    }
    return json_root(doc);
}

size_t publish(struct request *rq, struct site *site, struct str topic, struct json body)
{
    struct channel_view *channels = NULL;
    struct buf result, message;
    if (!site->channels) {
        return 0;
    }
    int64_t now_us = clock_now_us(&site->clock);
    size_t n = channels_listening(site->channels, rq->arena, topic, now_us, &channels);
    if (n == 0) {
        return 0;
    }
    buf_init(&result, rq->arena);
    buf_init(&message, rq->arena);
    buf_put(&result, STR("{\"topic\":"));
    buf_put_json_string(&result, topic);
    buf_put(&result, STR(",\"body\":"));
    json_put(&result, body);
    buf_put_char(&result, '}');
    struct json before = rq->result;
    const struct contract *contract = rq->contract;
    rq->result = parse(rq->arena, &result);
    rq->contract = site->contract;
    struct template_source source = request_source(rq);
    template_put(&message, site->contract->channels->message, &source);
    rq->result = before;
    rq->contract = contract;
    size_t n_streams = 0;
    for (size_t i = 0; i < n && site->streams; i++) {
        n_streams +=
            streams_send(site->streams, site, str_of(channels[i].id), buf_str(&message));
    }
    channels_note(site->channels, topic, buf_str(&message), n, n_streams, now_us);
    return n;
}
