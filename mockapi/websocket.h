/* WebSocket frames (RFC 6455) over bytes at hand: no socket, no thread, no clock. Private to
 * mockapi/. */
#ifndef REHEARSE_MOCKAPI_WEBSOCKET_H
#define REHEARSE_MOCKAPI_WEBSOCKET_H

#include "base/base.h"

enum ws_opcode {
    WS_CONTINUATION = 0x0,
    WS_TEXT = 0x1,
    WS_BINARY = 0x2,
    WS_CLOSE = 0x8,
    WS_PING = 0x9,
    WS_PONG = 0xA
};

/* Close codes, RFC 6455 7.4.1. */
enum ws_code {
    WS_CODE_NORMAL = 1000,
    WS_CODE_AWAY = 1001,
    WS_CODE_PROTOCOL = 1002,
    WS_CODE_NO_STATUS = 1005, /* never sent: a close frame without a code */
    WS_CODE_DATA = 1007,      /* text that is no UTF-8 */
    WS_CODE_POLICY = 1008,
    WS_CODE_TOO_LARGE = 1009
};

enum ws_event {
    WS_EVENT_NONE, /* more bytes are needed */
    WS_EVENT_TEXT,
    WS_EVENT_BINARY,
    WS_EVENT_PING,
    WS_EVENT_PONG,
    WS_EVENT_CLOSE, /* `code` says which, the payload is the reason */
    WS_EVENT_BROKEN /* `code` and `why`: close with that; nothing more is read */
};

enum { WS_HEADER_MAX = 14, WS_CONTROL_MAX = 125 };

/* Reads frames from one peer as its bytes come. All is the caller's to see. */
struct ws_reader {
    bool wants_mask;    /* the peer is a client: its frames must be masked; else they must not */
    size_t message_max; /* bytes of one message; a longer one breaks the stream */
    struct buf message; /* its fragments so far; memory of its own */
    char control[WS_CONTROL_MAX];
    enum ws_opcode opcode; /* of the message under way; WS_CONTINUATION: none is */
    unsigned char header[WS_HEADER_MAX];
    size_t n_header; /* bytes of the frame's header that came */
    bool is_in_payload, is_final;
    enum ws_opcode frame;   /* of the frame under way */
    uint64_t length, taken; /* of its payload */
    unsigned char mask[4];
    unsigned code;
    const char *why;
    bool is_broken;
};

void ws_reader_init(struct ws_reader *r, bool wants_mask, size_t message_max);
void ws_reader_done(struct ws_reader *r);
/* Takes bytes off the front of `io` until something is complete, or all are taken. The payload in
 * `out` lives until the next call. */
enum ws_event ws_read(struct ws_reader *r, struct str *io, struct str *out);

/* Appends a whole frame as a server sends it: final, not masked. */
void ws_put_frame(struct buf *out, enum ws_opcode opcode, struct str payload);
/* The same as a client sends it. */
void ws_put_masked(struct buf *out, enum ws_opcode opcode, bool is_final, struct str payload,
                   uint32_t mask);
/* A close frame: a code and a reason, which is cut to what fits. */
void ws_put_close(struct buf *out, unsigned code, struct str reason);

/* What Sec-WebSocket-Accept says to a Sec-WebSocket-Key; false if that is not 16 bytes in base64.
 */
CHECK bool ws_put_accept(struct buf *out, struct str key);
/* True if a comma-separated header value has the token, whatever its letters' case. */
bool ws_has_token(struct str value, struct str token);

#endif
