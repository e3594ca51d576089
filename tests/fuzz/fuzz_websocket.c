/* Fuzz target for WebSocket frames from a hostile peer. The first byte says whether frames must be
 * masked and in what pieces they come; the rest are frames. However they are cut, the same events
 * come; no message passes the limit; what was read can be written and read again. */
#include <stdlib.h>

#include "mockapi/websocket.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MESSAGE_MAX = 1000 };

static void must(bool holds, const char *what)
{
    if (!holds) {
        (void)fprintf(stderr, "property broken: %s\n", what);
        abort();
    }
}

/* The same event through a writer and another reader. */
static void try_again(enum ws_event event, const struct ws_reader *from, struct str payload)
{
    static const enum ws_opcode opcodes[] = {[WS_EVENT_TEXT] = WS_TEXT,
                                             [WS_EVENT_BINARY] = WS_BINARY,
                                             [WS_EVENT_PING] = WS_PING,
                                             [WS_EVENT_PONG] = WS_PONG,
                                             [WS_EVENT_CLOSE] = WS_CLOSE};
    struct buf bytes = {0};
    struct ws_reader r;
    struct str out;
    if (event == WS_EVENT_CLOSE) {
        ws_put_close(&bytes, from->code, payload);
    } else {
        ws_put_frame(&bytes, opcodes[event], payload);
    }
    struct str in = buf_str(&bytes);
    ws_reader_init(&r, false, MESSAGE_MAX);
    must(ws_read(&r, &in, &out) == event, "what was read can be written");
    must(str_eq(out, payload) && in.len == 0, "and comes back the same");
    must(event != WS_EVENT_CLOSE || r.code == from->code, "with its code");
    ws_reader_done(&r);
    buf_done(&bytes);
}

static void read_all(struct buf *events, struct str bytes, bool wants_mask, size_t piece_size)
{
    struct ws_reader r;
    enum ws_event event = WS_EVENT_NONE;
    ws_reader_init(&r, wants_mask, MESSAGE_MAX);
    for (size_t at = 0; at < bytes.len && event != WS_EVENT_BROKEN; at += piece_size) {
        struct str piece = str_slice(bytes, at, at + piece_size), payload;
        while (event != WS_EVENT_BROKEN &&
               (event = ws_read(&r, &piece, &payload)) != WS_EVENT_NONE) {
            must(payload.len <= MESSAGE_MAX, "messages are limited");
            must(event != WS_EVENT_TEXT || str_is_utf8(payload, NULL), "texts are UTF-8");
            buf_printf(events, "%d.%u.%zu:", (int)event, r.code, payload.len);
            buf_put(events, payload);
            if (event != WS_EVENT_BROKEN) {
                try_again(event, &r, payload);
            }
        }
        must(event == WS_EVENT_BROKEN || piece.len == 0, "all bytes are taken");
    }
    must(r.message.len <= MESSAGE_MAX, "what is kept is limited");
    ws_reader_done(&r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf whole = {0}, cut = {0}, accept = {0};
    struct str bytes = {(const char *)data, size};
    if (size == 0) {
        return 0;
    }
    bool wants_mask = data[0] & 1;
    size_t piece_size = (size_t)(data[0] >> 1) + 1;
    bytes = str_slice(bytes, 1, size);
    read_all(&whole, bytes, wants_mask, bytes.len + 1);
    read_all(&cut, bytes, wants_mask, piece_size);
    must(str_eq(buf_str(&whole), buf_str(&cut)), "the same events however the bytes are cut");
    if (ws_put_accept(&accept, bytes)) {
        must(accept.len == 28, "an accept is 28 digits");
    }
    (void)ws_has_token(bytes, STR("upgrade"));
    buf_done(&whole);
    buf_done(&cut);
    buf_done(&accept);
    return 0;
}
