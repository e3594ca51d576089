/* Labels of host names in all scripts.
 *
 * An A-label, "xn--…", must be Punycode (RFC 3492) of a U-label, and that must be one that RFC 5891
 * 5.4 lets be looked up: of permitted characters (RFC 5892), not beginning with a mark, and with
 * the characters that need a context in that context. The Unicode data for that is PCRE2's: which
 * characters are permitted is said by general categories and a list of exceptions, so letters that
 * only normalisation rules out are refused by block. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "model/schema_int.h"

#include <pcre2.h>
#include <pthread.h>
#include <string.h>

enum { LABEL_MAX = 63 };

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* --- Punycode --- */

enum {
    BASE = 36,
    T_MIN = 1,
    T_MAX = 26,
    SKEW = 38,
    DAMP = 700,
    INITIAL_BIAS = 72,
    INITIAL_N = 128
};

static uint32_t adapt(uint32_t delta, uint32_t n_points, bool is_first)
{
    delta = is_first ? delta / DAMP : delta / 2;
    delta += delta / n_points;
    uint32_t k = 0;
    for (; delta > (BASE - T_MIN) * T_MAX / 2; k += BASE) {
        delta /= BASE - T_MIN;
    }
    return k + (BASE - T_MIN + 1) * delta / (delta + SKEW);
}

static uint32_t digit_value(char c)
{
    char low = (char)(c | 0x20);
    if (is_digit(c)) {
        return (uint32_t)(c - '0') + 26;
    }
    return low >= 'a' && low <= 'z' ? (uint32_t)(low - 'a') : BASE;
}

/* One delta at *io_at (RFC 3492 6.2). */
static bool read_delta(struct str text, size_t *io_at, uint32_t bias, uint32_t *io_i)
{
    uint32_t w = 1;
    for (uint32_t k = BASE;; k += BASE) {
        if (*io_at == text.len) {
            return false;
        }
        uint32_t digit = digit_value(text.s[(*io_at)++]), product;
        if (digit == BASE || __builtin_mul_overflow(digit, w, &product) ||
            __builtin_add_overflow(*io_i, product, io_i)) {
            return false;
        }
        uint32_t t = k <= bias ? T_MIN : k >= bias + T_MAX ? T_MAX : k - bias;
        if (digit < t) {
            return true;
        }
        if (__builtin_mul_overflow(w, BASE - t, &w)) {
            return false;
        }
    }
}

/* The label's code points into `out` of LABEL_MAX; false if it is no Punycode. */
static bool decode(uint32_t *out, size_t *out_n, struct str text)
{
    size_t n = 0, at = 0;
    for (size_t i = text.len; i > 0; i--) {
        if (text.s[i - 1] == '-') {
            for (size_t k = 0; k + 1 < i; k++) {
                out[n++] = (uint32_t)(unsigned char)text.s[k];
            }
            at = i;
            break;
        }
    }
    uint32_t point = INITIAL_N, bias = INITIAL_BIAS, i = 0;
    while (at < text.len) {
        uint32_t before = i, n_points = (uint32_t)n + 1;
        if (n == LABEL_MAX || !read_delta(text, &at, bias, &i)) {
            return false;
        }
        bias = adapt(i - before, n_points, before == 0);
        point += i / n_points;
        i %= n_points;
        if (point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) {
            return false;
        }
        memmove(out + i + 1, out + i, (n - i) * sizeof *out);
        out[i++] = point;
        n++;
    }
    *out_n = n;
    return true;
}

static size_t put_utf8(char *out, uint32_t c)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = n - 1; i > 0; i--) {
        out[i] = (char)(0x80 | (c & 63));
        c >>= 6;
    }
    out[0] = (char)((0xF0 << (4 - n) & 0xFF) | c);
    return n;
}

/* The digits of a delta (RFC 3492 6.3): how many there are. */
static size_t delta_length(uint32_t delta, uint32_t bias)
{
    size_t n = 1;
    for (uint32_t k = BASE;; k += BASE) {
        uint32_t t = k <= bias ? T_MIN : k >= bias + T_MAX ? T_MAX : k - bias;
        if (delta < t) {
            return n;
        }
        delta = (delta - t) / (BASE - t);
        n++;
    }
}

static uint32_t next_point(const char **io_p)
{
    unsigned char c = (unsigned char)*(*io_p)++;
    unsigned more = c >= 0xF0 ? 3 : c >= 0xE0 ? 2 : c >= 0xC0 ? 1 : 0;
    uint32_t value = more == 3 ? c & 7U : more == 2 ? c & 15U : more == 1 ? c & 31U : c;
    for (; more > 0; more--) {
        value = value << 6 | ((unsigned char)*(*io_p)++ & 63U);
    }
    return value;
}

/* Bytes of the A-label of a label that is not all ASCII, "xn--" included; more than LABEL_MAX if it
 * is too long. The label is well-formed UTF-8. */
static size_t encoded_length(struct str label)
{
    uint32_t points[LABEL_MAX], n = 0, n_basic = 0;
    for (const char *p = label.s; p < label.s + label.len;) {
        if (n == LABEL_MAX) {
            return SIZE_MAX;
        }
        points[n] = next_point(&p);
        n_basic += points[n++] < INITIAL_N;
    }
    size_t length = 4 + n_basic + (n_basic > 0);
    uint32_t point = INITIAL_N, delta = 0, bias = INITIAL_BIAS;
    for (uint32_t done = n_basic; done < n; delta++, point++) {
        uint32_t next = UINT32_MAX;
        for (uint32_t i = 0; i < n; i++) {
            next = points[i] >= point && points[i] < next ? points[i] : next;
        }
        delta += (next - point) * (done + 1); /* at most 0x10FFFF × 63 */
        point = next;
        for (uint32_t i = 0; i < n; i++) {
            delta += points[i] < point;
            if (points[i] == point) {
                length += delta_length(delta, bias);
                bias = adapt(delta, done + 1, done == n_basic);
                delta = 0;
                done++;
            }
        }
    }
    return length;
}

/* --- what may stand in a label --- */

/* PVALID, CONTEXTJ and CONTEXTO of RFC 5892 2: lower case letters, other letters, marks, decimal
 * digits, hyphen and exceptions, without blocks of compatibility forms, old Hangul and ignorables.
 */
static const char permitted[] =
    "\\A(?:(?![\\x{2b0}-\\x{2b8}\\x{2e0}-\\x{2e4}\\x{1100}-\\x{11ff}\\x{1d2c}-\\x{1d6a}"
    "\\x{2070}-\\x{209f}\\x{2100}-\\x{2182}\\x{2e80}-\\x{2fdf}\\x{3130}-\\x{318f}"
    "\\x{a960}-\\x{a97f}\\x{d7b0}-\\x{d7ff}\\x{f900}-\\x{fa0d}\\x{fa30}-\\x{faff}"
    "\\x{fb00}-\\x{fb1d}\\x{fb1f}-\\x{fdff}\\x{fe00}-\\x{fe0f}\\x{fe70}-\\x{ffef}"
    "\\x{1d165}-\\x{1d1ff}\\x{1d400}-\\x{1d7ff}\\x{1ee00}-\\x{1eeff}\\x{2f800}-\\x{2fa1f}"
    "\\x{345}\\x{34f}\\x{640}\\x{7fa}\\x{115f}\\x{1160}\\x{17b4}\\x{17b5}\\x{180b}-\\x{180f}"
    "\\x{302e}\\x{302f}\\x{3031}-\\x{3035}\\x{303b}\\x{3164}\\x{e0100}-\\x{e01ef}])"
    "[\\p{Ll}\\p{Lo}\\p{Lm}\\p{Mn}\\p{Mc}\\p{Nd}-]|"
    "[\\x{b7}\\x{375}\\x{5f3}\\x{5f4}\\x{6fd}\\x{6fe}\\x{f0b}\\x{3007}\\x{30fb}"
    "\\x{200c}\\x{200d}])+\\z";

/* Canonical combining class 9. */
#define VIRAMAS                                                                                    \
    "\\x{94d}\\x{9cd}\\x{a4d}\\x{acd}\\x{b4d}\\x{bcd}\\x{c4d}\\x{ccd}\\x{d3b}\\x{d3c}\\x{d4d}"     \
    "\\x{dca}\\x{e3a}\\x{eba}\\x{f84}\\x{1039}\\x{103a}\\x{1714}\\x{1715}\\x{1734}\\x{17d2}"       \
    "\\x{1a60}\\x{1b44}\\x{1baa}\\x{1bab}\\x{1bf2}\\x{1bf3}\\x{2d7f}\\x{a806}\\x{a82c}\\x{a8c4}"   \
    "\\x{a953}\\x{a9c0}\\x{aaf6}\\x{abed}\\x{10a3f}\\x{11046}\\x{11070}\\x{1107f}\\x{110b9}"       \
    "\\x{11133}\\x{11134}\\x{111c0}\\x{11235}\\x{112ea}\\x{1134d}\\x{11442}\\x{114c2}\\x{115bf}"   \
    "\\x{1163f}\\x{116b6}\\x{1172b}\\x{11839}\\x{1193d}\\x{1193e}\\x{119e0}\\x{11a34}\\x{11a47}"   \
    "\\x{11a99}\\x{11c3f}\\x{11d44}\\x{11d45}\\x{11d97}"

/* Arabic letters that join on both sides, and all that join to the right (RFC 5892 A.1). */
#define JOINS_BOTH                                                                                 \
    "\\x{620}\\x{626}\\x{628}\\x{62a}-\\x{62e}\\x{633}-\\x{63f}\\x{641}-\\x{647}\\x{649}\\x{64a}"  \
    "\\x{66e}\\x{66f}\\x{678}-\\x{687}\\x{69a}-\\x{6bf}\\x{6c1}\\x{6c2}\\x{6cc}\\x{6ce}\\x{6d0}"   \
    "\\x{6d1}\\x{6fa}-\\x{6fc}\\x{6ff}"
#define JOINS_RIGHT                                                                                \
    "\\x{622}-\\x{625}\\x{627}\\x{629}\\x{62f}-\\x{632}\\x{648}\\x{671}-\\x{673}\\x{675}-\\x{677}" \
    "\\x{688}-\\x{699}\\x{6c0}\\x{6c3}-\\x{6cb}\\x{6cd}\\x{6cf}\\x{6d2}\\x{6d3}\\x{6d5}\\x{6ee}"   \
    "\\x{6ef}"

/* RFC 5891 4.2.3 and the contextual rules of RFC 5892 appendix A, each turned into what breaks it.
 */
static const char broken[] =
    "\\A\\p{M}|\\A..--|\\A-|-\\z|"           /* beginning and end */
    "(?<!l)\\x{b7}|\\x{b7}(?!l)|"            /* middle dot: l·l */
    "\\x{375}(?!\\p{sc:Greek})|"             /* keraia */
    "(?<!\\p{sc:Hebrew})[\\x{5f3}\\x{5f4}]|" /* geresh, gershayim */
    "\\A[^\\p{sc:Hiragana}\\p{sc:Katakana}\\p{sc:Han}]*\\x{30fb}"
    "[^\\p{sc:Hiragana}\\p{sc:Katakana}\\p{sc:Han}]*\\z|" /* katakana middle dot */
    "[\\x{660}-\\x{669}].*[\\x{6f0}-\\x{6f9}]|[\\x{6f0}-\\x{6f9}].*[\\x{660}-\\x{669}]|"
    "(?<![" VIRAMAS "])\\x{200d}|"            /* joiner */
    "(?<![" VIRAMAS JOINS_BOTH "])\\x{200c}|" /* non-joiner */
    "(?<![" VIRAMAS "])\\x{200c}(?!\\p{Mn}*[" JOINS_BOTH JOINS_RIGHT "])";

/* Compiled at the first A-label; never freed, like all that lives as long as the process. */
static pcre2_code *permitted_code, *broken_code;
static pthread_once_t codes_state = PTHREAD_ONCE_INIT;

static pcre2_code *compile(const char *text)
{
    int error;
    PCRE2_SIZE offset;
    return pcre2_compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED, PCRE2_UTF | PCRE2_DOTALL, &error,
                         &offset, NULL);
}

static void codes_once(void)
{
    permitted_code = compile(permitted);
    broken_code = compile(broken);
}

/* A PCRE2 that does not know a script name leaves the code NULL: then nothing is permitted. */
static bool matches(const pcre2_code *code, const char *text, size_t len)
{
    pcre2_match_data *data = pcre2_match_data_create(1, NULL);
    int result = code != NULL && data != NULL
                     ? pcre2_match(code, (PCRE2_SPTR)text, len, 0, 0, data, NULL)
                     : PCRE2_ERROR_NOMATCH;
    pcre2_match_data_free(data);
    return result >= 0;
}

bool format_idna_u_label(struct str label)
{
    pthread_once(&codes_state, codes_once);
    return encoded_length(label) <= LABEL_MAX && matches(permitted_code, label.s, label.len) &&
           !matches(broken_code, label.s, label.len);
}

bool format_idna_a_label(struct str punycode)
{
    uint32_t points[LABEL_MAX + 1];
    char utf8[sizeof points];
    size_t n, len = 0;
    bool is_ascii = true;
    if (!decode(points, &n, punycode)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        is_ascii &= points[i] < 0x80;
        len += put_utf8(utf8 + len, points[i]);
    }
    return !is_ascii && format_idna_u_label((struct str){utf8, len});
}
