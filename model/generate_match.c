/* Texts for regular expressions. Reads the expression from left to right and writes as it goes: of
 * alternatives one is written and the others are read without writing, a count is drawn and the
 * piece read that many times. What it does not know it refuses; what it writes the caller checks
 * with the real engine. */
#include "model/generate_int.h"

/* Each level of groups is read about three times, hence the depth. */
enum { DEPTH_MAX = 8, REPEAT_MAX = 1000, MORE_MAX = 3, SET_BYTES = 128, LENGTH_MAX = 4096 };

struct match {
    struct buf *out;
    struct rng *rng;
    struct str pattern;
    size_t at, start; /* in the pattern; of the text in `out` */
    bool is_bad;
};

static char peek(const struct match *m)
{
    return m->at < m->pattern.len ? m->pattern.s[m->at] : '\0';
}

static bool take(struct match *m, char c)
{
    bool is_there = m->at < m->pattern.len && m->pattern.s[m->at] == c;
    m->at += is_there;
    return is_there;
}

/* A class as the ASCII characters in it. */
struct set {
    bool has[SET_BYTES];
};

static void set_range(struct set *set, unsigned char low, unsigned char high)
{
    for (unsigned c = low; c <= high && c < SET_BYTES; c++) {
        set->has[c] = true;
    }
}

/* What follows a backslash; false if that is no plain class or character. */
static bool set_escape(struct set *set, struct match *m)
{
    char c = peek(m);
    m->at++;
    switch (c) {
    case 'd':
        set_range(set, '0', '9');
        return true;
    case 'w':
        set_range(set, '0', '9');
        set_range(set, 'a', 'z');
        set_range(set, 'A', 'Z');
        return true;
    case 's':
        set_range(set, ' ', ' ');
        return true;
    default:
        break;
    }
    bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (is_letter || c <= ' ' || c >= 127) {
        return false; /* \b, \p{…}, \1, \x41 … */
    }
    set->has[(unsigned char)c] = true;
    return true;
}

/* One end of a range inside brackets, escaped or not. */
static bool set_class_char(struct match *m, unsigned char *out)
{
    char c = peek(m);
    if (m->at >= m->pattern.len || c == '[' || (unsigned char)c >= SET_BYTES) {
        return false;
    }
    m->at++;
    if (c == '\\') {
        c = peek(m);
        m->at++;
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) {
            return false;
        }
    }
    *out = (unsigned char)c;
    return true;
}

/* Behind the "[". */
static bool set_class(struct set *set, struct match *m)
{
    bool is_negated = take(m, '^');
    while (!take(m, ']')) { /* as in ECMA-262: "[]" is the empty class */
        unsigned char low, high;
        if (m->at >= m->pattern.len) {
            return false;
        }
        char next = m->at + 1 < m->pattern.len ? m->pattern.s[m->at + 1] : '\0';
        if (peek(m) == '\\' && (next == 'd' || next == 'w' || next == 's')) {
            m->at++;
            set_escape(set, m);
            continue;
        }
        if (!set_class_char(m, &low)) {
            return false;
        }
        high = low;
        if (peek(m) == '-' && m->at + 1 < m->pattern.len && m->pattern.s[m->at + 1] != ']') {
            m->at++;
            if (!set_class_char(m, &high) || high < low) {
                return false;
            }
        }
        set_range(set, low, high);
    }
    for (size_t c = 0; is_negated && c < SET_BYTES; c++) {
        bool is_plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == ' ' || c == '-';
        set->has[c] = is_plain && !set->has[c];
    }
    return true;
}

/* Writes one of the set, a letter or digit where there is one. */
static bool set_put(const struct set *set, struct match *m, bool writes)
{
    char plain[SET_BYTES], other[SET_BYTES];
    size_t n_plain = 0, n_other = 0;
    for (int c = ' '; c < 127; c++) {
        bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (set->has[c] && is_plain) {
            plain[n_plain++] = (char)c;
        } else if (set->has[c]) {
            other[n_other++] = (char)c;
        }
    }
    if (n_plain + n_other == 0) {
        return false;
    }
    if (writes) {
        buf_put_char(m->out, n_plain ? plain[rng_below(m->rng, n_plain)]
                                     : other[rng_below(m->rng, n_other)]);
    }
    return true;
}

static void read_choice(struct match *m, bool writes, int depth);

/* One character, class or group. */
static void read_atom(struct match *m, bool writes, int depth)
{
    struct set set = {{false}};
    char c = peek(m);
    m->at++;
    if (c == '(') {
        if (take(m, '?') && !take(m, ':')) {
            m->is_bad = true; /* assertions, flags, names */
            return;
        }
        read_choice(m, writes, depth + 1);
        m->is_bad |= !take(m, ')');
        return;
    }
    bool is_known = true;
    if (c == '[') {
        is_known = set_class(&set, m);
    } else if (c == '\\') {
        is_known = set_escape(&set, m);
    } else if (c == '.') {
        set_range(&set, 'a', 'z');
    } else if (c == '*' || c == '+' || c == '?' || c == '{' || (unsigned char)c >= SET_BYTES) {
        is_known = false;
    } else {
        set_range(&set, (unsigned char)c, (unsigned char)c);
    }
    m->is_bad |= !is_known || !set_put(&set, m, writes);
}

static size_t read_number(struct match *m)
{
    size_t n = 0;
    while (peek(m) >= '0' && peek(m) <= '9' && n <= REPEAT_MAX) {
        n = n * 10 + (size_t)(peek(m) - '0');
        m->at++;
    }
    return n;
}

/* What follows an atom: how often at least and at most. */
static void read_count(struct match *m, size_t *low, size_t *high)
{
    *low = *high = 1;
    if (take(m, '?')) {
        *low = 0;
    } else if (take(m, '*')) {
        *low = 0;
        *high = MORE_MAX;
    } else if (take(m, '+')) {
        *high = 1 + MORE_MAX;
    } else if (take(m, '{')) {
        *low = *high = read_number(m);
        if (take(m, ',')) {
            *high = peek(m) == '}' ? *low + MORE_MAX : read_number(m);
        }
        m->is_bad |= !take(m, '}') || *high < *low || *high > REPEAT_MAX;
    } else {
        return;
    }
    (void)(take(m, '?') || take(m, '+')); /* lazy, possessive: the same texts */
}

static void read_sequence(struct match *m, bool writes, int depth)
{
    while (!m->is_bad && m->at < m->pattern.len && peek(m) != '|' && peek(m) != ')') {
        if (take(m, '^') || take(m, '$')) {
            continue;
        }
        size_t start = m->at, low, high;
        read_atom(m, false, depth);
        size_t after_atom = m->at;
        read_count(m, &low, &high);
        size_t end = m->at;
        if (!writes || m->is_bad) {
            continue;
        }
        for (size_t n = low + (size_t)rng_below(m->rng, high - low + 1); n > 0 && !m->is_bad; n--) {
            m->at = start;
            read_atom(m, true, depth);
            m->is_bad |= m->at != after_atom || m->out->len - m->start > LENGTH_MAX;
        }
        m->at = end;
    }
}

static void read_choice(struct match *m, bool writes, int depth)
{
    size_t start = m->at, n = 1;
    if (depth > DEPTH_MAX) {
        m->is_bad = true;
        return;
    }
    for (read_sequence(m, false, depth); !m->is_bad && take(m, '|'); n++) {
        read_sequence(m, false, depth);
    }
    if (!writes || m->is_bad) {
        return;
    }
    size_t end = m->at, chosen = (size_t)rng_below(m->rng, n);
    m->at = start;
    for (size_t i = 0; i < n && !m->is_bad; i++) {
        read_sequence(m, i == chosen, depth);
        take(m, '|');
    }
    m->at = end;
}

bool generate_match(struct buf *out, struct rng *rng, struct str pattern)
{
    struct match m = {.out = out, .rng = rng, .pattern = pattern, .start = out->len};
    size_t mark = out->len;
    read_choice(&m, true, 0);
    if (m.is_bad || m.at != pattern.len) {
        out->len = mark;
        return false;
    }
    return true;
}
