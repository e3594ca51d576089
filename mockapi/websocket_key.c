/* The handshake's proof: base64 of the SHA-1 (FIPS 180-4) of the key and a fixed text. SHA-1 is no
 * protection here, only what RFC 6455 asks for. */
#include "mockapi/websocket.h"

#include <string.h>

enum { BLOCK_BYTES = 64, DIGEST_BYTES = 20, LENGTH_AT = 56, ROUNDS = 80, KEY_BYTES = 16 };
#define KEY_TEXT_BYTES 24 /* of 16 bytes in base64 */

ALLOW_WRAP static uint32_t rotate(uint32_t x, unsigned n)
{
    return x << n | x >> (32 - n);
}

/* One block of 64 bytes. */
ALLOW_WRAP static void mix(uint32_t h[5], const unsigned char *block)
{
    uint32_t w[ROUNDS], a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];
    for (size_t i = 0; i < 16; i++) {
        w[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 |
               (uint32_t)block[4 * i + 2] << 8 | block[4 * i + 3];
    }
    for (size_t i = 16; i < ROUNDS; i++) {
        w[i] = rotate(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
    }
    for (size_t i = 0; i < ROUNDS; i++) {
        uint32_t f = i < 20   ? (b & c) | (~b & d)
                     : i < 40 ? b ^ c ^ d
                     : i < 60 ? (b & c) | (b & d) | (c & d)
                              : b ^ c ^ d;
        uint32_t k = i < 20 ? 0x5A827999 : i < 40 ? 0x6ED9EBA1 : i < 60 ? 0x8F1BBCDC : 0xCA62C1D6;
        uint32_t next = rotate(a, 5) + f + e + k + w[i];
        e = d;
        d = c;
        c = rotate(b, 30);
        b = a;
        a = next;
    }
    h[0] += a;
    h[1] += b;
    h[2] += c;
    h[3] += d;
    h[4] += e;
}

/* Of a text that fits two blocks with its padding. */
static void digest(char out[DIGEST_BYTES], struct str text)
{
    uint32_t h[5] = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0};
    unsigned char blocks[2 * BLOCK_BYTES] = {0};
    size_t n = text.len < LENGTH_AT ? 1 : 2;
    uint64_t bits = (uint64_t)text.len * 8;
    memcpy(blocks, text.s, text.len);
    blocks[text.len] = 0x80;
    for (size_t i = 0; i < 8; i++) {
        blocks[n * BLOCK_BYTES - 1 - i] = (unsigned char)(bits >> (8 * i) & 0xFF);
    }
    for (size_t i = 0; i < n; i++) {
        mix(h, blocks + i * BLOCK_BYTES);
    }
    for (size_t i = 0; i < DIGEST_BYTES; i++) {
        out[i] = (char)(unsigned char)(h[i / 4] >> (24 - 8 * (i % 4)) & 0xFF);
    }
}

bool ws_put_accept(struct buf *out, struct str key)
{
    static const char fixed[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    char text[KEY_TEXT_BYTES + sizeof fixed], sum[DIGEST_BYTES];
    struct arena a;
    struct str bytes;
    if (key.len != KEY_TEXT_BYTES) {
        return false;
    }
    arena_init(&a, 0, 0);
    bool is_key = base64_decode(&bytes, &a, key) && bytes.len == KEY_BYTES;
    arena_done(&a);
    if (!is_key) {
        return false;
    }
    memcpy(text, key.s, KEY_TEXT_BYTES);
    memcpy(text + KEY_TEXT_BYTES, fixed, sizeof fixed);
    digest(sum, (struct str){text, KEY_TEXT_BYTES + sizeof fixed - 1});
    base64_put(out, (struct str){sum, DIGEST_BYTES});
    return true;
}
