/* WebSocket frames: the examples of RFC 6455 5.7, what peers may not send, and every way of cutting
 * a stream of frames into pieces. */
#include "tests/unit/unit.h"

#include "mockapi/websocket.h"

#include <string.h>

enum { MESSAGE_MAX = 70000, SHOWN_MAX = 200 };

/* Names of events with their payloads; long ones by their length. */
static void put_event(struct buf *out, enum ws_event event, const struct ws_reader *r,
                      struct str payload)
{
    static const char *const names[] = {"none", "text",  "binary", "ping",
                                        "pong", "close", "broken"};
    buf_printf(out, "%s", names[event]);
    if (event == WS_EVENT_CLOSE || event == WS_EVENT_BROKEN) {
        buf_printf(out, ":%u", r->code);
    }
    if (event == WS_EVENT_BROKEN) {
        ck_assert(r->why && r->why[0]);
    } else if (payload.len > SHOWN_MAX) {
        buf_printf(out, "(%zu)", payload.len);
    } else {
        buf_printf(out, "(%.*s)", STR_ARG(payload));
    }
    buf_put_char(out, ' ');
}

/* Reads `bytes` in pieces of `size`, 0: all at once. */
static void read_all(struct buf *out, struct str bytes, bool wants_mask, size_t size)
{
    struct ws_reader r;
    bool is_broken = false;
    ws_reader_init(&r, wants_mask, MESSAGE_MAX);
    for (size_t at = 0; at < bytes.len && !is_broken;) {
        size_t n = size && size < bytes.len - at ? size : bytes.len - at;
        struct str piece = str_slice(bytes, at, at + n), payload;
        at += n;
        for (;;) {
            enum ws_event event = ws_read(&r, &piece, &payload);
            if (event == WS_EVENT_NONE) {
                break;
            }
            put_event(out, event, &r, payload);
            if (event == WS_EVENT_BROKEN) {
                is_broken = true;
                ck_assert(ws_read(&r, &piece, &payload) == WS_EVENT_BROKEN); /* and stays so */
                break;
            }
        }
    }
    ws_reader_done(&r);
}

#define BYTES(text) text, sizeof(text) - 1
static const struct {
    const char *bytes;
    size_t n;
    bool wants_mask;
    const char *events;
} frames[] = {
    /* RFC 6455 5.7 */
    {BYTES("\x81\x05\x48\x65\x6c\x6c\x6f"), false, "text(Hello) "},
    {BYTES("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"), true, "text(Hello) "},
    {BYTES("\x01\x03\x48\x65\x6c\x80\x02\x6c\x6f"), false, "text(Hello) "},
    {BYTES("\x89\x05\x48\x65\x6c\x6c\x6f"), false, "ping(Hello) "},
    {BYTES("\x8a\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"), true, "pong(Hello) "},
    /* a control frame between fragments; two messages in one piece; empty ones */
    {BYTES("\x01\x01"
           "a\x89\x01p\x00\x01"
           "b\x80\x01"
           "c\x82\x01z"),
     false, "ping(p) text(abc) binary(z) "},
    {BYTES("\x81\x00\x82\x00\x89\x00"), false, "text() binary() ping() "},
    {BYTES("\x01\x00\x80\x00"), false, "text() "},
    /* a character in two fragments */
    {BYTES("\x01\x01\xc3\x80\x01\xa4"), false, "text(\xc3\xa4) "},
    {BYTES("\x01\x01\xc3\x80\x01q"), false, "broken:1007"},
    {BYTES("\x81\x01\xff"), false, "broken:1007"},
    {BYTES("\x82\x01\xff"), false, "binary(\xff) "},
    /* closing */
    {BYTES("\x88\x00"), false, "close:1005() "},
    {BYTES("\x88\x02\x03\xe8"), false, "close:1000() "},
    {BYTES("\x88\x05\x03\xe9"
           "bye"),
     false, "close:1001(bye) "},
    {BYTES("\x88\x02\x0f\xa0"), false, "close:4000() "},
    {BYTES("\x88\x01\x03"), false, "broken:1002"},
    {BYTES("\x88\x02\x03\xe7"), false, "broken:1002"}, /* 999 */
    {BYTES("\x88\x02\x03\xec"), false, "broken:1002"}, /* 1004 */
    {BYTES("\x88\x02\x03\xed"), false, "broken:1002"}, /* 1005 */
    {BYTES("\x88\x02\x03\xee"), false, "broken:1002"}, /* 1006 */
    {BYTES("\x88\x02\x03\xf7"), false, "broken:1002"}, /* 1015 */
    {BYTES("\x88\x02\x0b\xb7"), false, "broken:1002"}, /* 2999 */
    {BYTES("\x88\x02\x13\x88"), false, "broken:1002"}, /* 5000 */
    {BYTES("\x88\x03\x03\xe8\xff"), false, "broken:1007"},
    /* what a peer may not send */
    {BYTES("\x81\x01"
           "a"),
     true, "broken:1002"},                                     /* a client without a mask */
    {BYTES("\x81\x81\x01\x02\x03\x04"), false, "broken:1002"}, /* a server with one */
    {BYTES("\xc1\x00"), false, "broken:1002"},
    {BYTES("\x91\x00"), false, "broken:1002"},
    {BYTES("\x83\x00"), false, "broken:1002"},
    {BYTES("\x8b\x00"), false, "broken:1002"},
    {BYTES("\x80\x00"), false, "broken:1002"}, /* nothing to continue */
    {BYTES("\x01\x00\x81\x00"), false, "broken:1002"},
    {BYTES("\x09\x00"), false, "broken:1002"},
    {BYTES("\x89\x7e\x00\x7e"), false, "broken:1002"},
    {BYTES("\x82\x7e\x00\x7d"), false, "broken:1002"}, /* 125 in two bytes */
    {BYTES("\x82\x7f\x00\x00\x00\x00\x00\x00\xff\xff"), false, "broken:1002"},
    {BYTES("\x82\x7f\x80\x00\x00\x00\x00\x00\x00\x00"), false, "broken:1002"},
    {BYTES("\x82\x7f\x7f\xff\xff\xff\xff\xff\xff\xff"), false, "broken:1009"},
    {BYTES("\x82\x7f\x00\x00\x00\x00\x00\x01\x11\x71"), false, "broken:1009"}, /* 70001 */
    /* cut short */
    {BYTES("\x81"), false, ""},
    {BYTES("\x81\x05\x48\x65"), false, ""},
    {BYTES("\x81\x85\x37\xfa"), true, ""},
};
enum { FRAMES = sizeof frames / sizeof *frames };

START_TEST(frames_are_read_however_they_are_cut)
{
    struct str bytes = {frames[_i].bytes, frames[_i].n};
    struct str want = str_of(frames[_i].events);
    for (size_t size = 0; size <= bytes.len; size++) {
        struct buf got = {0};
        read_all(&got, bytes, frames[_i].wants_mask, size);
        struct str text = str_trim(buf_str(&got));
        ck_assert_msg(str_eq(text, str_trim(want)), "in pieces of %zu: %.*s", size, STR_ARG(text));
        buf_done(&got);
    }
}
END_TEST

/* Lengths at which the header changes its form. */
static const size_t lengths[] = {0, 1, 125, 126, 127, 65535, 65536, MESSAGE_MAX};
enum { LENGTHS = sizeof lengths / sizeof *lengths };

START_TEST(what_is_written_is_read)
{
    struct buf payload = {0}, plain = {0}, masked = {0}, got = {0};
    for (size_t i = 0; i < lengths[_i]; i++) {
        buf_put_char(&payload, (char)('a' + i % 26));
    }
    ws_put_frame(&plain, WS_TEXT, buf_str(&payload));
    ws_put_masked(&masked, WS_TEXT, true, buf_str(&payload), 0x12345678);
    ck_assert_uint_eq(plain.len + 4, masked.len);
    for (int wants_mask = 0; wants_mask < 2; wants_mask++) {
        struct ws_reader r;
        struct str in = wants_mask ? buf_str(&masked) : buf_str(&plain), out;
        ws_reader_init(&r, wants_mask, MESSAGE_MAX);
        ck_assert(ws_read(&r, &in, &out) == WS_EVENT_TEXT);
        ck_assert(in.len == 0 && str_eq(out, buf_str(&payload)));
        ws_reader_done(&r);
    }
    buf_done(&payload);
    buf_done(&plain);
    buf_done(&masked);
    buf_done(&got);
}
END_TEST

/* A message of many fragments counts as one towards the limit. */
START_TEST(fragments_do_not_pass_the_limit)
{
    struct buf bytes = {0}, got = {0}, piece = {0};
    for (size_t i = 0; i < 1000; i++) {
        buf_put_char(&piece, 'x');
    }
    for (size_t i = 0; i <= MESSAGE_MAX / 1000; i++) {
        ws_put_masked(&bytes, i ? WS_CONTINUATION : WS_TEXT, false, buf_str(&piece), 7);
    }
    read_all(&got, buf_str(&bytes), true, 0);
    ck_assert_str_eq(buf_cstr(&got), "broken:1009 ");
    buf_done(&bytes);
    buf_done(&piece);
    buf_done(&got);
}
END_TEST

START_TEST(close_frames_fit_and_end_on_a_character)
{
    struct buf bytes = {0}, got = {0}, reason = {0};
    ws_put_close(&bytes, WS_CODE_NO_STATUS, STR("unsaid"));
    for (size_t i = 0; i < 100; i++) {
        buf_put(&reason, STR("\xc3\xa4"));
    }
    ws_put_close(&bytes, WS_CODE_POLICY, buf_str(&reason));
    ck_assert_uint_eq(bytes.len, 2 + 2 + 124);
    read_all(&got, buf_str(&bytes), false, 0);
    ck_assert(str_starts(buf_str(&got), STR("close:1005() close:1008(\xc3\xa4")));
    buf_done(&bytes);
    buf_done(&got);
    buf_done(&reason);
}
END_TEST

static const struct {
    const char *key, *accept; /* NULL: no key */
} keys[] = {
    {"dGhlIHNhbXBsZSBub25jZQ==", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="}, /* RFC 6455 1.3 */
    {"x3JJHMbDL1EzLkh9GBhXDw==", "HSmrc0sMlYUkAGmm5OPpG2HaGWk="},
    {"AAAAAAAAAAAAAAAAAAAAAA==", "ICX+Yqv66kxgM0FcWaLWlFLwTAI="},
    {"", NULL},
    {"dGhlIHNhbXBsZSBub25jZQ=", NULL},
    {"dGhlIHNhbXBsZSBub25jZQ===", NULL},
    {"dGhlIHNhbXBsZSBub25jZSEh", NULL}, /* 18 bytes */
    {"dGhlIHNhbXBsZSBub25j!Q==", NULL},
};
enum { KEYS = sizeof keys / sizeof *keys };

START_TEST(keys_are_answered)
{
    struct buf out = {0};
    bool is_key = ws_put_accept(&out, str_of(keys[_i].key));
    ck_assert(is_key == (keys[_i].accept != NULL));
    ck_assert(str_eq(buf_str(&out), str_of(keys[_i].accept)));
    buf_done(&out);
}
END_TEST

START_TEST(tokens_stand_between_commas)
{
    ck_assert(ws_has_token(STR("keep-alive, Upgrade"), STR("upgrade")));
    ck_assert(ws_has_token(STR("websocket"), STR("websocket")));
    ck_assert(!ws_has_token(STR("websockets"), STR("websocket")));
    ck_assert(!ws_has_token(STR(""), STR("websocket")));
    ck_assert(!ws_has_token(STR("a,,b"), STR("websocket")));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("websocket");
    TCase *tcase = tcase_create("websocket");
    tcase_add_loop_test(tcase, frames_are_read_however_they_are_cut, 0, FRAMES);
    tcase_add_loop_test(tcase, what_is_written_is_read, 0, LENGTHS);
    tcase_add_test(tcase, fragments_do_not_pass_the_limit);
    tcase_add_test(tcase, close_frames_fit_and_end_on_a_character);
    tcase_add_loop_test(tcase, keys_are_answered, 0, KEYS);
    tcase_add_test(tcase, tokens_stand_between_commas);
    suite_add_tcase(suite, tcase);
    return unit_run(suite);
}
