/* Notification channels and their streams: what there is, a push by hand, an end. */
#include "mockapi/admin_int.h"
#include "mockapi/publish.h"
#include "mockapi/stream.h"
#include "mockapi/websocket.h"

enum { CODE_MAX = 4999, CODE_FIRST_FREE = 3000 };

/* False, refused, where the profile has no channels. */
static bool has_channels(struct admin_call *call)
{
    if (!call->site->channels || !call->site->streams) {
        admin_refuse(call, 409, "this profile has no notification channels");
        return false;
    }
    return true;
}

static void put_topics(struct buf *out, struct admin_call *call, const struct channel_view *view)
{
    struct str *topics = NULL;
    size_t n = channels_topics(call->site->channels, call->rq->arena, str_of(view->id), &topics);
    admin_put_name(out, STR("topics"));
    buf_put_char(out, '[');
    for (size_t i = 0; i < n; i++) {
        buf_put(out, i ? STR(",") : STR(""));
        buf_put_json_string(out, topics[i]);
    }
    buf_put_char(out, ']');
}

void admin_list_streams(struct admin_call *call)
{
    struct site *s = call->site;
    struct channel_view *channels = NULL;
    if (!has_channels(call)) {
        return;
    }
    size_t n = channels_list(s->channels, call->rq->arena, (struct str){0}, clock_now_us(&s->clock),
                             &channels);
    struct buf *out = admin_reply(call, 200);
    buf_put(out, STR("{\"channels\":["));
    for (size_t i = 0; i < n; i++) {
        buf_put(out, i ? STR(",{") : STR("{"));
        admin_put_text(out, STR("id"), str_of(channels[i].id));
        admin_put_date(out, STR("expires"), channels[i].expires_us);
        admin_put_number(out, STR("streams"), (int64_t)channels[i].n_streams);
        put_topics(out, call, &channels[i]);
        buf_put_char(out, '}');
    }
    buf_put(out, STR("],\"streams\":"));
    streams_put(out, s->streams, s);
    buf_put(out, STR(",\"messages\":"));
    channels_put_notes(out, s->channels);
    buf_put_char(out, '}');
}

static void reply_count(struct admin_call *call, struct str name, size_t n)
{
    struct buf *out = admin_reply(call, 200);
    buf_put_char(out, '{');
    admin_put_number(out, name, (int64_t)n);
    buf_put_char(out, '}');
}

void admin_publish(struct admin_call *call)
{
    struct json topic = json_get(call->body, STR("topic")),
                body = json_get(call->body, STR("body"));
    if (!has_channels(call)) {
        return;
    }
    if (json_kind(topic) != JSON_STRING || !json_exists(body)) {
        admin_refuse(call, 422, "\"topic\" (a text) and \"body\" are to be given");
        return;
    }
    struct buf text;
    buf_init(&text, call->rq->arena);
    json_put(&text, body);
    size_t n = publish(call->site, json_str(topic), buf_str(&text), STR(""));
    reply_count(call, STR("channels"), n);
}

void admin_warn_streams(struct admin_call *call)
{
    if (!has_channels(call)) {
        return;
    }
    if (call->site->contract->channels->warning.len == 0) {
        admin_refuse(call, 409, "the profile knows no warning");
        return;
    }
    size_t n = streams_close(call->site->streams, call->site, (struct str){0}, 0, STR(""));
    reply_count(call, STR("streams"), n);
}

void admin_close_streams(struct admin_call *call)
{
    int64_t code = WS_CODE_AWAY;
    if (!has_channels(call) || !admin_number(call, STR("code"), CODE_MAX, &code)) {
        return;
    }
    bool is_sent = code >= WS_CODE_NORMAL && code <= WS_CODE_TOO_LARGE + 5 && code != 1004 &&
                   code != WS_CODE_NO_STATUS && code != 1006;
    if (!is_sent && code < CODE_FIRST_FREE) {
        admin_refuse(call, 422,
                     "%lld is no code that a close frame may carry: 1000 to 1003, 1007 "
                     "to 1014, 3000 to 4999",
                     (long long)code);
        return;
    }
    size_t n = streams_close(call->site->streams, call->site, (struct str){0}, (unsigned)code,
                             STR("closed by hand"));
    reply_count(call, STR("streams"), n);
}
