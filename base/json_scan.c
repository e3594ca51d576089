/* The strict scanner: RFC 8259, UTF-8, limits, names. One pass, no recursion, no allocation a value
 * beyond growing tables; the shape of these is told in json_int.h. It stops at the first fault;
 * only repeated names are all reported. What is said about a fault is in json_report.c.
 *
 * Where RFC 8259 leaves a choice: a lone surrogate escape is refused (it is no text, and cJSON
 * refuses it); so are bytes that are not UTF-8, UTF-16, a byte order mark unless allowed, and more
 * than JSON_DEPTH_MAX levels; numbers of any length and size are accepted and kept as written;
 * \u0000 is accepted, and is a finding. */
#include "base/json_int.h"

#include "base/err.h"

#include <string.h>

enum { MARK_ESCAPE = 1, MARK_NUL = 2 };

/* --- tables --- */

static void places_grow(struct json_scanner *s)
{
    uint32_t cap = s->places_cap * 2;
    if (s->places == s->places_start) {
        s->places = MEM_ARRAY(cap, struct json_place);
        memcpy(s->places, s->places_start, sizeof s->places_start);
    } else {
        s->places = mem_resize(s->places, cap, sizeof *s->places);
    }
    s->places_cap = cap;
}

static void groups_grow(struct json_scanner *s)
{
    uint32_t cap = s->groups_cap * 2;
    if (s->groups == s->groups_start) {
        s->groups = MEM_ARRAY(cap, struct json_group);
        memcpy(s->groups, s->groups_start, sizeof s->groups_start);
    } else {
        s->groups = mem_resize(s->groups, cap, sizeof *s->groups);
    }
    s->groups_cap = cap;
}

static inline uint32_t offset_of(const struct json_scanner *s, const char *p)
{
    return (uint32_t)(p - s->begin);
}

static inline void place_push(struct json_scanner *s, const char *from, const char *to,
                              uint32_t marks)
{
    if (s->n_places == s->places_cap) {
        places_grow(s);
    }
    uint32_t begin = offset_of(s, from) | (marks & MARK_ESCAPE ? PLACE_FLAG : 0);
    uint32_t end = offset_of(s, to) | (marks & MARK_NUL ? PLACE_FLAG : 0);
    s->places[s->n_places++] = (struct json_place){.from = begin, .to = end};
}

/* --- characters --- */

static inline bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

static inline bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline uint64_t load8(const char *p)
{
    uint64_t x;
    memcpy(&x, p, sizeof x);
    return x;
}

static inline const char *skip_space(const char *p, const char *end)
{
    if (p < end && (unsigned char)*p > ' ') {
        return p;
    }
    /* Indented text: a new line and its blanks, eight at a time. */
    while (end - p >= 9 && load8(p + (*p == '\n')) == UINT64_C(0x2020202020202020)) {
        p += 8;
    }
    while (p < end && is_space(*p)) {
        p++;
    }
    return p;
}

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "skip_plain counts the zero bits of a little-endian load"
#endif

/* The first byte of a string that is not plain: a quote, backslash, control character or the first
 * of a UTF-8 sequence. Eight bytes at a time; a borrow can only mark bytes after one that is truly
 * marked, so the lowest mark is always right. */
ALLOW_WRAP static inline const char *skip_plain(const char *p, const char *end)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    while (end - p >= 8) {
        uint64_t x = load8(p);
        uint64_t marks =
            (x | (x - ones * 0x20) | ((x ^ ones * '"') - ones) | ((x ^ ones * '\\') - ones)) &
            ones * 0x80;
        if (marks != 0) {
            return p + (__builtin_ctzll(marks) >> 3);
        }
        p += 8;
    }
    while (p < end && *p != '"' && *p != '\\' && (signed char)*p >= ' ') {
        p++;
    }
    return p;
}

static inline bool is_tail(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

/* RFC 3629: no overlong forms, no surrogates, nothing beyond U+10FFFF. */
size_t json_utf8_length(const char *p, const char *end)
{
    unsigned char first = (unsigned char)p[0];
    unsigned char second = end - p > 1 ? (unsigned char)p[1] : 0;
    if (first >= 0xC2 && first <= 0xDF) {
        return is_tail((char)second) ? 2 : 0;
    }
    if (first >= 0xE0 && first <= 0xEF && end - p >= 3) {
        unsigned char low = first == 0xE0 ? 0xA0 : 0x80;
        unsigned char high = first == 0xED ? 0x9F : 0xBF;
        return second >= low && second <= high && is_tail(p[2]) ? 3 : 0;
    }
    if (first >= 0xF0 && first <= 0xF4 && end - p >= 4) {
        unsigned char low = first == 0xF0 ? 0x90 : 0x80;
        unsigned char high = first == 0xF4 ? 0x8F : 0xBF;
        return second >= low && second <= high && is_tail(p[2]) && is_tail(p[3]) ? 4 : 0;
    }
    return 0;
}

/* --- scalars --- */

static bool hex4(uint32_t *out, const char *p, const char *end)
{
    if (end - p < 4) {
        return false;
    }
    uint32_t value = 0;
    for (int i = 0; i < 4; i++) {
        char c = p[i];
        uint32_t digit;
        if (is_digit(c)) {
            digit = (uint32_t)(c - '0');
        } else if ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')) {
            digit = (uint32_t)((c | 0x20) - 'a' + 10);
        } else {
            return false;
        }
        value = value << 4 | digit;
    }
    *out = value;
    return true;
}

/* p at a backslash; gives what follows the escape. */
static const char *scan_escape(struct json_scanner *s, const char *p, uint32_t *marks)
{
    *marks |= MARK_ESCAPE;
    char c = s->end - p > 1 ? p[1] : 0;
    if (c != 'u') {
        bool is_known = c != 0 && strchr("\"\\/bfnrt", c) != NULL;
        return is_known ? p + 2 : json_scan_escape_fault(s, p);
    }
    uint32_t unit, low;
    if (!hex4(&unit, p + 2, s->end)) {
        return json_scan_escape_fault(s, p);
    }
    if (unit < 0xD800 || unit > 0xDFFF) {
        *marks |= unit == 0 ? MARK_NUL : 0;
        return p + 6;
    }
    bool is_pair = unit <= 0xDBFF && s->end - p >= 12 && p[6] == '\\' && p[7] == 'u' &&
                   hex4(&low, p + 8, s->end) && low >= 0xDC00 && low <= 0xDFFF;
    return is_pair ? p + 12 : json_scan_escape_fault(s, p);
}

/* p after the opening quote; gives what follows the closing one. */
static inline const char *scan_string(struct json_scanner *s, const char *p, uint32_t *marks)
{
    const char *from = p;
    for (;;) {
        p = skip_plain(p, s->end);
        if (p < s->end && *p == '"') {
            return p + 1;
        }
        if (p < s->end && *p == '\\') {
            p = scan_escape(s, p, marks);
            if (p == NULL) {
                return NULL;
            }
            continue;
        }
        if (p == s->end || (unsigned char)*p < 0x20) {
            return json_scan_string_fault(s, from, p);
        }
        do {
            size_t n = json_utf8_length(p, s->end);
            if (n == 0) {
                return json_scan_string_fault(s, from, p);
            }
            p += n;
        } while (p < s->end && (unsigned char)*p >= 0x80);
    }
}

static inline const char *skip_digits(const char *p, const char *end)
{
    while (p < end && is_digit(*p)) {
        p++;
    }
    return p;
}

/* p at a minus or digit; gives what follows the number. */
static inline const char *scan_number(struct json_scanner *s, const char *from)
{
    const char *end = s->end, *p = from + (*from == '-');
    const char *digits = p;
    p = skip_digits(p, end);
    if (p == digits || (*digits == '0' && p > digits + 1)) {
        return json_scan_number_fault(s, from, p);
    }
    bool is_integer = true;
    if (p < end && *p == '.') {
        is_integer = false;
        const char *part = ++p;
        p = skip_digits(p, end);
        if (p == part) {
            return json_scan_number_fault(s, from, p);
        }
    }
    if (p < end && (*p == 'e' || *p == 'E')) {
        is_integer = false;
        p++;
        p += p < end && (*p == '+' || *p == '-');
        const char *part = p;
        p = skip_digits(p, end);
        if (p == part) {
            return json_scan_number_fault(s, from, p);
        }
    }
    if (s->fs != NULL && (p - from > 15 || !is_integer)) {
        json_scan_number_check(s, from, p, is_integer);
    }
    return p;
}

static inline const char *scan_word(struct json_scanner *s, const char *p)
{
    struct str word = *p == 't' ? STR("true") : *p == 'f' ? STR("false") : STR("null");
    if ((size_t)(s->end - p) < word.len || memcmp(p, word.s, word.len) != 0) {
        return json_scan_syntax(s, p, "a value");
    }
    return p + word.len;
}

/* --- arrays and objects --- */

static inline bool group_open(struct json_scanner *s, const char *p, bool is_object)
{
    if (s->depth >= s->max_depth) {
        struct json_fault f = {.rule = "J005",
                               .from = p,
                               .to = p + 1,
                               .expected = STR("fewer levels"),
                               .is_limit = true};
        json_scan_fail(s, &f, "nested deeper than %u levels", s->max_depth);
        return false;
    }
    struct json_frame *frame = &s->frames[s->depth++];
    frame->bloom = 0;
    frame->slots = NULL;
    frame->place = s->n_places;
    frame->count = 0;
    frame->key_base = s->n_keys;
    frame->key_from = UINT32_MAX;
    frame->is_object = is_object;
    place_push(s, p, p, 0);
    return true;
}

/* `to` is what follows the closing bracket. */
static inline void group_close(struct json_scanner *s, const char *to)
{
    if (s->n_groups == s->groups_cap) {
        groups_grow(s);
    }
    struct json_frame *frame = &s->frames[--s->depth];
    s->places[frame->place].to = s->n_groups;
    s->groups[s->n_groups++] = (struct json_group){
        .to = offset_of(s, to), .next = s->n_places, .count = frame->count, .index = 0};
    s->n_keys = frame->key_base;
    if (frame->slots != NULL) {
        json_u32s_push(&s->wide, frame->place);
        mem_free(frame->slots);
        frame->slots = NULL;
    }
}

/* p at the first byte of a name; gives the first byte of the value. */
static inline const char *scan_name(struct json_scanner *s, const char *p)
{
    struct json_frame *frame = &s->frames[s->depth - 1];
    frame->key_from = UINT32_MAX;
    if (p == s->end || *p != '"') {
        return json_scan_syntax(s, p, frame->count ? "the name of a member" : "a name or '}'");
    }
    uint32_t marks = 0;
    const char *after = scan_string(s, p + 1, &marks);
    if (after == NULL) {
        return NULL;
    }
    frame->key_from = offset_of(s, p);
    if (marks & MARK_NUL) {
        json_u32s_push(&s->nuls, s->n_places * 2);
        struct json_fault f = {.rule = "J008", .from = p, .to = after};
        json_scan_note(s, &f, SEVERITY_ERROR, "name of a member holds a NUL character");
    }
    json_keys_add(s, p + 1, after - 1, (marks & MARK_ESCAPE) != 0);
    frame->count++;
    p = skip_space(after, s->end);
    if (p == s->end || *p != ':') {
        return json_scan_syntax(s, p, "':' after the name");
    }
    return skip_space(p + 1, s->end);
}

static inline const char *scan_scalar(struct json_scanner *s, const char *p)
{
    uint32_t marks = 0;
    const char *to;
    if (*p == '"') {
        to = scan_string(s, p + 1, &marks);
        s->n_strings++;
    } else if (*p == '-' || is_digit(*p)) {
        to = scan_number(s, p);
    } else if (*p == 't' || *p == 'f' || *p == 'n') {
        to = scan_word(s, p);
    } else {
        to = json_scan_syntax(s, p, "a value");
    }
    if (to == NULL) {
        return NULL;
    }
    if (marks & MARK_NUL) {
        json_u32s_push(&s->nuls, s->n_places * 2 + 1);
        struct json_fault f = {.rule = "J008", .from = p, .to = to};
        json_scan_note(s, &f, SEVERITY_ERROR, "string holds a NUL character");
    }
    place_push(s, p, to, marks);
    return to;
}

/* p after a value: closes what ends here and eats the comma. Gives the first byte of the next
 * value, or with depth 0 what follows the last one. */
static inline const char *scan_after(struct json_scanner *s, const char *p)
{
    while (s->depth > 0) {
        struct json_frame *frame = &s->frames[s->depth - 1];
        p = skip_space(p, s->end);
        char c = p < s->end ? *p : 0;
        if (c == ',') {
            p = skip_space(p + 1, s->end);
            if (frame->is_object) {
                return scan_name(s, p);
            }
            frame->count++;
            return p;
        }
        if (c != (frame->is_object ? '}' : ']')) {
            return json_scan_syntax(s, p, frame->is_object ? "',' or '}'" : "',' or ']'");
        }
        group_close(s, ++p);
    }
    return p;
}

/* p at the first byte of the outermost value; gives what follows it. */
static const char *scan_document(struct json_scanner *s, const char *p)
{
    do {
        if (p == s->end) {
            return json_scan_syntax(s, p, "a value");
        }
        if (*p == '{' || *p == '[') {
            bool is_object = *p == '{';
            if (!group_open(s, p, is_object)) {
                return NULL;
            }
            p = skip_space(p + 1, s->end);
            if (p == s->end || *p != (is_object ? '}' : ']')) {
                if (is_object) {
                    p = scan_name(s, p);
                } else {
                    s->frames[s->depth - 1].count = 1;
                }
                continue;
            }
        } else {
            p = scan_scalar(s, p);
            if (p == NULL) {
                return NULL;
            }
        }
        p = scan_after(s, p);
    } while (p != NULL && s->depth > 0);
    return p;
}

/* --- the whole text --- */

void json_scanner_init(struct json_scanner *s, struct str name, struct str text,
                       const struct json_limits *limits)
{
    static const struct json_limits none;
    const struct json_limits *l = limits != NULL ? limits : &none;
    /* Not zeroed as a whole: frames and tables are written before they are read. */
    memset(s, 0, offsetof(struct json_scanner, frames));
    s->name = name;
    s->text = text.s != NULL ? text : STR("");
    s->begin = s->text.s;
    s->end = s->begin + s->text.len;
    s->max_bytes =
        l->max_bytes > 0 && l->max_bytes < JSON_BYTES_MAX ? l->max_bytes : JSON_BYTES_MAX;
    s->max_depth =
        l->max_depth > 0 && l->max_depth < JSON_DEPTH_MAX ? l->max_depth : JSON_DEPTH_MAX;
    s->allow_duplicate_keys = l->allow_duplicate_keys;
    s->allow_bom = l->allow_bom;
    s->seed = json_seed();
    s->places = s->places_start;
    s->places_cap = SCAN_PLACES_START;
    s->groups = s->groups_start;
    s->groups_cap = SCAN_GROUPS_START;
    s->keys = s->keys_start;
    s->keys_cap = SCAN_KEYS_START;
}

void json_scanner_done(struct json_scanner *s)
{
    for (uint32_t i = 0; i < s->depth; i++) {
        mem_free(s->frames[i].slots);
    }
    if (s->places != s->places_start) {
        mem_free(s->places);
    }
    if (s->groups != s->groups_start) {
        mem_free(s->groups);
    }
    if (s->keys != s->keys_start) {
        mem_free(s->keys);
    }
    mem_free(s->wide.at);
    mem_free(s->nuls.at);
    arena_done(&s->scratch);
}

/* The byte order mark, if there is one; gives what follows it, NULL where it is not allowed. */
static const char *scan_mark(struct json_scanner *s)
{
    const char *p = s->begin;
    if (s->end - p < 3 || memcmp(p, "\xEF\xBB\xBF", 3) != 0) {
        return p;
    }
    struct json_fault f = {.rule = "J009",
                           .from = p,
                           .to = p + 3,
                           .expected = STR("text without a byte order mark"),
                           .hint = STR("save the file as UTF-8 without a byte order mark")};
    if (!s->allow_bom) {
        return json_scan_fail(s, &f, "text begins with a byte order mark");
    }
    json_scan_note(s, &f, SEVERITY_NOTE, "text begins with a byte order mark");
    return p + 3;
}

bool json_scanner_run(struct json_scanner *s)
{
    arena_init(&s->scratch, 0, 0);
    if (s->text.len > s->max_bytes) {
        err_set(s->err, ERR_LIMIT, "text of %zu bytes is over the limit of %zu", s->text.len,
                s->max_bytes);
        return err_at(s->err, s->name, 0, 0);
    }
    const char *p = scan_mark(s);
    if (p == NULL) {
        return false;
    }
    p = skip_space(p, s->end);
    if (p == s->end) {
        struct json_fault f = {
            .rule = "J014", .from = s->begin, .to = s->begin, .expected = STR("a JSON value")};
        json_scan_fail(s, &f, "text is empty");
        return false;
    }
    p = scan_document(s, p);
    if (p == NULL) {
        return false;
    }
    p = skip_space(p, s->end);
    if (p < s->end) {
        json_scan_syntax(s, p, "the end of the text");
        return false;
    }
    return !s->has_failed;
}

bool json_scan(struct arena *a, struct str name, struct str text, const struct json_limits *limits,
               struct findings *fs, struct err *err)
{
    (void)a;
    struct json_scanner s;
    json_scanner_init(&s, name, text, limits);
    s.fs = fs;
    s.err = err;
    bool is_good = json_scanner_run(&s);
    json_scanner_done(&s);
    return is_good;
}
