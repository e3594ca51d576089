/* One stream: what its peer says, what it is sent. The socket never blocks. */
#include "mockapi/stream_int.h"

#include <errno.h>
#include <sys/socket.h>

enum { READ_BYTES = 16 << 10, CHOKE_BYTES = 64 << 10, DEPTH_MAX = 16 };
#define BYE_US (2 * US_PER_S)   /* for the peer's own close frame */
#define CHECK_US (US_PER_S / 4) /* between looks at the channel */

/* It may be tried again. (On this system EWOULDBLOCK is EAGAIN.) */
static bool is_passing(int sys)
{
    return sys == EAGAIN || sys == EINTR;
}

bool stream_has_output(const struct stream *s)
{
    return s->out_at < s->out.len;
}

bool stream_is_choked(const struct stream *s)
{
    return s->out.len - s->out_at > CHOKE_BYTES;
}

void stream_bye(struct stream *s, unsigned code, struct str reason, int64_t now_us)
{
    if (!s->has_said_bye) {
        ws_put_close(&s->out, code, reason);
        s->has_said_bye = true;
        s->deadline_us = now_us + BYE_US;
    }
}

static void say(struct stream *s, struct str text)
{
    if (!s->has_said_bye && text.len) {
        ws_put_frame(&s->out, WS_TEXT, text);
        (void)atomic_fetch_add_explicit(&s->n_sent, 1, memory_order_relaxed);
    }
}

/* A text of the peer: the profile knows what is answered, and to what. */
static void answer(struct stream *s, struct str text)
{
    const struct channel_rules *rules = s->site->contract->channels;
    const struct json_limits limits = {.max_depth = DEPTH_MAX};
    const struct json_doc *doc = NULL;
    struct arena a;
    arena_init(&a, 0, 0);
    if (json_parse(&doc, &a, STR("message"), text, &limits, NULL, NULL)) {
        for (size_t i = 0; i < rules->n_answers; i++) {
            struct json v = field_find(rules->answers[i].field, json_root(doc));
            if (json_kind(v) == JSON_STRING && str_eq(json_str(v), rules->answers[i].is)) {
                say(s, rules->answers[i].send);
            }
        }
    }
    arena_done(&a);
}

static void take_event(struct stream *s, enum ws_event event, struct str payload)
{
    switch (event) {
    case WS_EVENT_TEXT:
        (void)atomic_fetch_add_explicit(&s->n_received, 1, memory_order_relaxed);
        answer(s, payload);
        break;
    case WS_EVENT_BINARY:
        (void)atomic_fetch_add_explicit(&s->n_received, 1, memory_order_relaxed);
        break;
    case WS_EVENT_PING:
        if (!s->has_said_bye) {
            ws_put_frame(&s->out, WS_PONG, payload);
        }
        break;
    case WS_EVENT_CLOSE: /* answered with its own code; then there is nothing more to say */
        stream_bye(s, s->reader.code, STR(""), clock_monotonic_us());
        break;
    case WS_EVENT_BROKEN:
        stream_bye(s, s->reader.code, str_of(s->reader.why), clock_monotonic_us());
        break;
    case WS_EVENT_PONG:
    case WS_EVENT_NONE:
        break;
    }
}

void stream_take(struct stream *s, struct str bytes)
{
    enum ws_event event = WS_EVENT_NONE;
    struct str payload;
    do {
        event = ws_read(&s->reader, &bytes, &payload);
        take_event(s, event, payload);
    } while (event != WS_EVENT_NONE && event != WS_EVENT_BROKEN && event != WS_EVENT_CLOSE);
    if (event == WS_EVENT_CLOSE) {
        s->reader.is_broken = true; /* what comes behind a close frame is not read */
    }
}

void stream_read(struct stream *s)
{
    char bytes[READ_BYTES];
    ssize_t n = recv(s->fd, bytes, sizeof bytes, MSG_DONTWAIT);
    if (n > 0) {
        stream_take(s, (struct str){bytes, (size_t)n});
    } else if (n == 0 || !is_passing(errno)) {
        s->is_over = true;
    }
}

void stream_write(struct stream *s)
{
    while (stream_has_output(s)) {
        ssize_t n =
            send(s->fd, s->out.s + s->out_at, s->out.len - s->out_at, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            s->is_over = !is_passing(errno);
            return;
        }
        s->out_at += (size_t)n;
    }
    buf_clear(&s->out);
    s->out_at = 0;
    if (s->has_said_bye && !s->has_shut) {
        s->has_shut = true;
        (void)shutdown(s->fd, SHUT_WR); /* the peer reads all, then the end */
    }
}

void stream_tick(struct stream *s, int64_t now_us)
{
    const struct channel_rules *rules = s->site->contract->channels;
    if (s->has_said_bye) {
        s->is_over = s->is_over || now_us >= s->deadline_us;
        return;
    }
    if (now_us >= s->heartbeat_us) {
        s->is_over = s->is_over || stream_has_output(s); /* it has not read since the last one */
        say(s, rules->heartbeat);
        s->heartbeat_us = now_us + rules->heartbeat_us;
    }
    if (now_us >= s->next_check_us) {
        s->next_check_us = now_us + CHECK_US;
        if (!channels_find(s->site->channels, str_of(s->channel), (struct str){0},
                           clock_now_us(&s->site->clock), NULL)) {
            stream_bye(s, WS_CODE_AWAY, STR("the channel is over"), now_us);
        }
    }
}
