#include "mockapi/coding.h"

#define ZLIB_CONST /* zlib does not change what it reads */
#include <limits.h>
#include <string.h>
#include <zlib.h>

enum {
    GZIP_WINDOW = MAX_WBITS + 16, /* zlib's way to say: with gzip's header and sum */
    MEMORY_LEVEL = 8,
    PIECE_BYTES = 16 << 10,
};

static bool is_gzip(struct str name)
{
    return str_eq_fold(name, STR("gzip")) || str_eq_fold(name, STR("x-gzip"));
}

static enum body_state gunzip(struct str *text, struct arena *a, size_t max)
{
    z_stream z = {0};
    struct buf out;
    char piece[PIECE_BYTES];
    int code = Z_OK;
    if (text->len > UINT_MAX || inflateInit2(&z, GZIP_WINDOW) != Z_OK) {
        return BODY_CORRUPT;
    }
    buf_init(&out, a);
    z.next_in = (const Bytef *)text->s;
    z.avail_in = (uInt)text->len;
    while (code == Z_OK && out.len <= max) {
        z.next_out = (Bytef *)piece;
        z.avail_out = sizeof piece;
        code = inflate(&z, Z_NO_FLUSH);
        buf_put(&out, (struct str){piece, sizeof piece - z.avail_out});
        if (code == Z_STREAM_END && z.avail_in) {
            code = inflateReset(&z); /* members may follow each other: RFC 1952, 2.2 */
        }
    }
    (void)inflateEnd(&z);
    *text = buf_str(&out);
    return out.len > max ? BODY_TOO_LARGE : code == Z_STREAM_END ? BODY_WELL : BODY_CORRUPT;
}

enum body_state coding_undo(struct str *text, struct arena *a, struct str header, size_t max)
{
    enum { CODINGS_MAX = 4 };
    struct str name;
    size_t n = 0;
    while (header.len && str_cut(&header, ',', &name)) {
        name = str_trim(name);
        if (name.len == 0 || str_eq_fold(name, STR("identity"))) {
            continue;
        }
        if (!is_gzip(name) || n == CODINGS_MAX) {
            return BODY_CODING_OTHER;
        }
        n++;
    }
    enum body_state state = BODY_WELL;
    if (text->len == 0) {
        return BODY_WELL; /* nothing is packed */
    }
    for (; n > 0 && state == BODY_WELL; n--) {
        state = gunzip(text, a, max);
    }
    return state;
}

/* From 0, which means never, to 1, also where none is said. */
static double weight_of(struct str parameters)
{
    struct str part;
    while (parameters.len && str_cut(&parameters, ';', &part)) {
        double weight = 1;
        part = str_trim(part);
        if (part.len > 2 && str_eq_fold(str_slice(part, 0, 2), STR("q=")) &&
            num_parse_double(&weight, str_slice(part, 2, part.len))) {
            return weight < 0 ? 0 : weight > 1 ? 1 : weight;
        }
    }
    return 1;
}

bool coding_takes_gzip(struct str header)
{
    struct str part;
    double gzip = -1, any = 0, plain = 0;
    while (header.len && str_cut(&header, ',', &part)) {
        size_t end = str_find_char(part, ';');
        struct str name = str_trim(str_slice(part, 0, end));
        double weight = weight_of(str_slice(part, end + 1, part.len));
        if (is_gzip(name)) {
            gzip = weight > gzip ? weight : gzip;
        } else if (str_eq(name, STR("*"))) {
            any = weight;
        } else if (str_eq_fold(name, STR("identity"))) {
            plain = weight;
        }
    }
    gzip = gzip < 0 ? any : gzip;
    return gzip > 0 && gzip >= plain;
}

struct str coding_gzip(struct arena *a, struct str text)
{
    z_stream z = {0};
    if (text.len > UINT_MAX / 2 || deflateInit2(&z, Z_BEST_SPEED, Z_DEFLATED, GZIP_WINDOW,
                                                MEMORY_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK) {
        return (struct str){0};
    }
    char *out = arena_bytes(a, text.len);
    z.next_in = (const Bytef *)text.s;
    z.avail_in = (uInt)text.len;
    z.next_out = (Bytef *)out;
    z.avail_out = (uInt)text.len;
    int code = deflate(&z, Z_FINISH);
    size_t n = text.len - z.avail_out;
    (void)deflateEnd(&z);
    return code == Z_STREAM_END ? (struct str){out, n} : (struct str){0};
}
