/* WebSocket frames:
 *
 *      0 1 2 3 4 5 6 7   8   9…15
 *     | F R R R opcode | M | length 7 |  length 16 or 64 where that is 126 or 127 |  mask 32 if M
 *
 * The reader collects a header byte by byte until it knows its length, then takes the payload as it
 * comes: fragments of a message into one buffer, control frames (which may come between them) into
 * a place of their own. Every rule that a peer can break is checked before a byte is kept. */
#include "mockapi/websocket.h"

#include <string.h>

enum {
    BIT_FINAL = 0x80,
    BITS_RESERVED = 0x70,
    BITS_OPCODE = 0x0F,
    BIT_MASKED = 0x80,
    BITS_LENGTH = 0x7F,
    LENGTH_16 = 126,
    LENGTH_64 = 127,
    MASK_BYTES = 4,
    CODE_BYTES = 2
};

void ws_reader_init(struct ws_reader *r, bool wants_mask, size_t message_max)
{
    *r = (struct ws_reader){.wants_mask = wants_mask, .message_max = message_max};
}

void ws_reader_done(struct ws_reader *r)
{
    buf_done(&r->message);
}

static enum ws_event break_off(struct ws_reader *r, enum ws_code code, const char *why)
{
    r->is_broken = true;
    r->code = code;
    r->why = why;
    return WS_EVENT_BROKEN;
}

static bool is_control(enum ws_opcode opcode)
{
    return opcode >= WS_CLOSE;
}

/* Codes that may stand in a close frame. */
static bool is_code(unsigned code)
{
    enum { FIRST_NAMED = 1000, LAST_NAMED = 1014, FIRST_FREE = 3000, LAST_FREE = 4999 };
    bool is_reserved = code == 1004 || code == WS_CODE_NO_STATUS || code == 1006;
    return (code >= FIRST_NAMED && code <= LAST_NAMED && !is_reserved) ||
           (code >= FIRST_FREE && code <= LAST_FREE);
}

/* Bytes that the header at hand has, as far as its first two tell. */
static size_t header_length(const struct ws_reader *r)
{
    if (r->n_header < 2) {
        return 2;
    }
    unsigned length = r->header[1] & BITS_LENGTH;
    size_t more = length == LENGTH_64 ? 8 : length == LENGTH_16 ? 2 : 0;
    return 2 + more + (r->header[1] & BIT_MASKED ? MASK_BYTES : 0);
}

/* The first two bytes: all that can be refused without the rest. NULL if they are well. */
static const char *first_fault(const struct ws_reader *r)
{
    unsigned opcode = r->header[0] & BITS_OPCODE, length = r->header[1] & BITS_LENGTH;
    bool is_final = r->header[0] & BIT_FINAL, is_masked = r->header[1] & BIT_MASKED;
    bool is_known = opcode <= WS_BINARY || (opcode >= WS_CLOSE && opcode <= WS_PONG);
    if (r->header[0] & BITS_RESERVED) {
        return "reserved bits are set";
    }
    if (!is_known) {
        return "a reserved opcode";
    }
    if (is_masked != r->wants_mask) {
        return r->wants_mask ? "a frame is not masked" : "a frame is masked";
    }
    if (is_control((enum ws_opcode)opcode)) {
        return !is_final                 ? "a control frame is fragmented"
               : length > WS_CONTROL_MAX ? "a control frame is too long"
                                         : NULL;
    }
    if (opcode == WS_CONTINUATION) {
        return r->opcode == WS_CONTINUATION ? "there is nothing to continue" : NULL;
    }
    return r->opcode != WS_CONTINUATION ? "a message begins within another" : NULL;
}

static uint64_t payload_length(const struct ws_reader *r, bool *is_shortest)
{
    enum { MAX_16 = 65535 };
    unsigned length = r->header[1] & BITS_LENGTH;
    uint64_t value = 0;
    size_t n = length == LENGTH_64 ? 8 : length == LENGTH_16 ? 2 : 0;
    for (size_t i = 0; i < n; i++) {
        value = value << 8 | r->header[2 + i];
    }
    *is_shortest = n == 0 || (n == 2 ? value >= LENGTH_16 : value > MAX_16);
    return n ? value : length;
}

/* The header is complete: the frame begins. */
static enum ws_event begin_frame(struct ws_reader *r)
{
    bool is_shortest;
    uint64_t length = payload_length(r, &is_shortest);
    if (!is_shortest || length > INT64_MAX) {
        return break_off(r, WS_CODE_PROTOCOL, "a length is not written the shortest way");
    }
    r->frame = (enum ws_opcode)(r->header[0] & BITS_OPCODE);
    r->is_final = r->header[0] & BIT_FINAL;
    if (!is_control(r->frame) && length > r->message_max - r->message.len) {
        return break_off(r, WS_CODE_TOO_LARGE, "a message is too long");
    }
    memset(r->mask, 0, sizeof r->mask);
    if (r->header[1] & BIT_MASKED) {
        memcpy(r->mask, r->header + r->n_header - MASK_BYTES, MASK_BYTES);
    }
    if (r->frame == WS_TEXT || r->frame == WS_BINARY) {
        r->opcode = r->frame;
    }
    r->length = length;
    r->taken = 0;
    r->n_header = 0;
    r->is_in_payload = true;
    return WS_EVENT_NONE;
}

static enum ws_event take_header(struct ws_reader *r, struct str *io)
{
    while (io->len && r->n_header < header_length(r)) {
        r->header[r->n_header++] = (unsigned char)io->s[0];
        *io = str_slice(*io, 1, io->len);
        const char *why = r->n_header == 2 ? first_fault(r) : NULL;
        if (why) {
            return break_off(r, WS_CODE_PROTOCOL, why);
        }
    }
    return r->n_header >= 2 && r->n_header == header_length(r) ? begin_frame(r) : WS_EVENT_NONE;
}

static void take_payload(struct ws_reader *r, struct str *io)
{
    uint64_t left = r->length - r->taken;
    size_t n = left < io->len ? (size_t)left : io->len;
    char *to;
    if (n == 0) {
        return;
    }
    if (is_control(r->frame)) {
        to = r->control + r->taken;
    } else {
        buf_reserve(&r->message, n);
        to = r->message.s + r->message.len;
        r->message.len += n;
    }
    for (size_t i = 0; i < n; i++) {
        to[i] = (char)((unsigned char)io->s[i] ^ r->mask[(r->taken + i) % MASK_BYTES]);
    }
    r->taken += n;
    *io = str_slice(*io, n, io->len);
}

static enum ws_event end_close(struct ws_reader *r, struct str *out)
{
    struct str payload = {r->control, (size_t)r->length};
    r->code = WS_CODE_NO_STATUS;
    if (payload.len == 1) {
        return break_off(r, WS_CODE_PROTOCOL, "half a close code");
    }
    if (payload.len) {
        r->code = (unsigned)(unsigned char)payload.s[0] << 8 | (unsigned char)payload.s[1];
        payload = str_slice(payload, CODE_BYTES, payload.len);
        if (!is_code(r->code)) {
            return break_off(r, WS_CODE_PROTOCOL, "a close code that must not be sent");
        }
        if (!str_is_utf8(payload, NULL)) {
            return break_off(r, WS_CODE_DATA, "a close reason that is no UTF-8");
        }
    }
    *out = payload;
    return WS_EVENT_CLOSE;
}

/* The frame's payload is complete. */
static enum ws_event end_frame(struct ws_reader *r, struct str *out)
{
    r->is_in_payload = false;
    if (r->frame == WS_CLOSE) {
        return end_close(r, out);
    }
    if (is_control(r->frame)) {
        *out = (struct str){r->control, (size_t)r->length};
        return r->frame == WS_PING ? WS_EVENT_PING : WS_EVENT_PONG;
    }
    if (!r->is_final) {
        return WS_EVENT_NONE;
    }
    bool is_text = r->opcode == WS_TEXT;
    *out = buf_str(&r->message);
    r->opcode = WS_CONTINUATION;
    if (is_text && !str_is_utf8(*out, NULL)) {
        return break_off(r, WS_CODE_DATA, "a text that is no UTF-8");
    }
    return is_text ? WS_EVENT_TEXT : WS_EVENT_BINARY;
}

enum ws_event ws_read(struct ws_reader *r, struct str *io, struct str *out)
{
    enum ws_event event = WS_EVENT_NONE;
    *out = STR("");
    if (r->is_broken) {
        *io = STR("");
        return WS_EVENT_BROKEN;
    }
    if (r->opcode == WS_CONTINUATION && !r->is_in_payload && r->message.len) {
        buf_clear(&r->message); /* the caller is done with it */
    }
    while (event == WS_EVENT_NONE) {
        if (!r->is_in_payload && io->len == 0) {
            return WS_EVENT_NONE;
        }
        if (!r->is_in_payload) {
            event = take_header(r, io);
        }
        if (event == WS_EVENT_NONE && r->is_in_payload) {
            take_payload(r, io);
            if (r->taken < r->length) {
                return WS_EVENT_NONE;
            }
            event = end_frame(r, out);
        }
    }
    return event;
}

static void put_length(struct buf *out, unsigned char mask_bit, size_t n)
{
    enum { MAX_16 = 65535 };
    size_t bytes = n < LENGTH_16 ? 0 : n <= MAX_16 ? 2 : 8;
    buf_put_char(out, (char)(mask_bit | (bytes == 0   ? (unsigned char)n
                                         : bytes == 2 ? LENGTH_16
                                                      : LENGTH_64)));
    for (size_t i = bytes; i > 0; i--) {
        buf_put_char(out, (char)((uint64_t)n >> (8 * (i - 1)) & 0xFF));
    }
}

void ws_put_frame(struct buf *out, enum ws_opcode opcode, struct str payload)
{
    buf_put_char(out, (char)(BIT_FINAL | opcode));
    put_length(out, 0, payload.len);
    buf_put(out, payload);
}

void ws_put_masked(struct buf *out, enum ws_opcode opcode, bool is_final, struct str payload,
                   uint32_t mask)
{
    unsigned char bytes[MASK_BYTES];
    buf_put_char(out, (char)((is_final ? BIT_FINAL : 0) | opcode));
    put_length(out, BIT_MASKED, payload.len);
    for (size_t i = 0; i < MASK_BYTES; i++) {
        bytes[i] = (unsigned char)(mask >> (8 * (MASK_BYTES - 1 - i)) & 0xFF);
        buf_put_char(out, (char)bytes[i]);
    }
    for (size_t i = 0; i < payload.len; i++) {
        buf_put_char(out, (char)((unsigned char)payload.s[i] ^ bytes[i % MASK_BYTES]));
    }
}

void ws_put_close(struct buf *out, unsigned code, struct str reason)
{
    char payload[WS_CONTROL_MAX];
    size_t n = reason.len < WS_CONTROL_MAX - CODE_BYTES ? reason.len : WS_CONTROL_MAX - CODE_BYTES;
    while (n > 0 && !str_is_utf8(str_slice(reason, 0, n), NULL)) {
        n--; /* not within a character */
    }
    if (code == WS_CODE_NO_STATUS) {
        ws_put_frame(out, WS_CLOSE, STR(""));
        return;
    }
    payload[0] = (char)(code >> 8 & 0xFF);
    payload[1] = (char)(code & 0xFF);
    if (n) {
        memcpy(payload + CODE_BYTES, reason.s, n);
    }
    ws_put_frame(out, WS_CLOSE, (struct str){payload, CODE_BYTES + n});
}

bool ws_has_token(struct str value, struct str token)
{
    struct str part;
    while (value.len && str_cut(&value, ',', &part)) {
        if (str_eq_fold(str_trim(part), token)) {
            return true;
        }
    }
    return false;
}
