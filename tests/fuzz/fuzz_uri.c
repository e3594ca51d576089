/* Fuzz target for the small texts that clients send: URIs, queries, percent encoding, base64,
 * dates, durations, numbers. What parses must print to a text that parses to the same. */
#include <stdlib.h>

#include "base/base.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Not assert: it must hold in every build, and `what` names the property. */
static void must(bool holds, const char *what)
{
    if (!holds) {
        (void)fprintf(stderr, "property broken: %s\n", what);
        abort();
    }
}

static bool same(struct str a, struct str b)
{
    return !a.s == !b.s && str_eq(a, b);
}

static struct str encode(struct arena *a, struct str s)
{
    struct buf b;
    buf_init(&b, a);
    uri_encode(&b, s);
    return buf_str(&b);
}

static void try_encoding(struct arena *a, struct str s)
{
    struct str out, again;
    bool is_text = str_is_utf8(s, NULL) && str_find_char(s, '\0') == s.len;
    must(uri_decode(&out, a, encode(a, s), NULL) == is_text, "encoded text decodes");
    must(!is_text || str_eq(out, s), "decode(encode(x)) is x");
    if (uri_decode(&out, a, s, NULL)) {
        struct str encoded = encode(a, out);
        must(uri_decode(&again, a, encoded, NULL) && str_eq(again, out), "decoded text stays");
        must(str_eq(encode(a, again), encoded), "encode(decode(x)) is a fixed point");
    }
}

static void try_query(struct arena *a, struct str s)
{
    struct query q, again;
    struct buf b;
    if (!query_parse(&q, a, s, NULL)) {
        return;
    }
    must(q.n <= QUERY_PAIRS_MAX, "pairs are limited");
    buf_init(&b, a);
    for (size_t i = 0; i < q.n; i++) {
        uri_encode(&b, q.pairs[i].name);
        buf_put(&b, q.pairs[i].value.s || q.pairs[i].name.len == 0 ? STR("=") : STR(""));
        uri_encode(&b, q.pairs[i].value);
        buf_put_char(&b, '&');
    }
    must(query_parse(&again, a, buf_str(&b), NULL) && again.n == q.n, "printed query parses");
    for (size_t i = 0; i < q.n; i++) {
        must(str_eq(again.pairs[i].name, q.pairs[i].name), "name stays");
        must(same(again.pairs[i].value, q.pairs[i].value), "value stays");
    }
}

/* RFC 3986, 5.3. */
static struct str print_uri(struct arena *a, const struct uri *u)
{
    struct buf b;
    buf_init(&b, a);
    buf_put(&b, u->scheme);
    buf_put(&b, u->scheme.s ? STR(":") : STR(""));
    buf_put(&b, u->host.s ? STR("//") : STR(""));
    buf_put(&b, u->user_info);
    buf_put(&b, u->user_info.s ? STR("@") : STR(""));
    buf_put(&b, u->host);
    if (u->port) {
        buf_printf(&b, ":%d", u->port);
    }
    buf_put(&b, u->path);
    buf_put(&b, u->query.s ? STR("?") : STR(""));
    buf_put(&b, u->query);
    buf_put(&b, u->fragment.s ? STR("#") : STR(""));
    buf_put(&b, u->fragment);
    return buf_str(&b);
}

static void try_uri(struct arena *a, struct str s)
{
    struct uri u, again;
    if (!uri_parse(&u, s, NULL)) {
        return;
    }
    struct str printed = print_uri(a, &u);
    must(uri_parse(&again, printed, NULL), "printed URI parses");
    must(same(u.scheme, again.scheme) && same(u.user_info, again.user_info) &&
             same(u.host, again.host) && same(u.path, again.path) && same(u.query, again.query) &&
             same(u.fragment, again.fragment) && u.port == again.port,
         "parts of a URI stay");
    must(str_eq(print_uri(a, &again), printed), "print(parse(x)) is a fixed point");
}

static void try_times(struct arena *a, struct str s)
{
    int64_t us, again;
    struct buf b;
    buf_init(&b, a);
    if (date_parse(&us, s)) {
        date_put(&b, us, 6);
        bool is_common = b.s[0] != '-' && b.s[0] != '+'; /* an offset can lead out of year 0…9999 */
        must(date_parse(&again, buf_str(&b)) == is_common, "printed date parses");
        must(!is_common || us == again, "date stays");
    }
    buf_clear(&b);
    if (duration_parse(&us, s)) {
        duration_put(&b, us);
        must(us >= 0 && duration_parse(&again, buf_str(&b)) && us == again, "duration stays");
    }
}

static void try_others(struct arena *a, struct str s)
{
    struct str out;
    struct buf b;
    int64_t number;
    double real;
    buf_init(&b, a);
    if (base64_decode(&out, a, s)) {
        base64_put(&b, out);
        must(str_eq(buf_str(&b), s), "base64 has one text for each");
    }
    buf_clear(&b);
    if (base64url_decode(&out, a, s)) {
        base64url_put(&b, out);
        must(str_eq(buf_str(&b), s), "base64url has one text for each");
    }
    if (num_parse_i64(&number, s, INT64_MIN, INT64_MAX)) {
        must(num_parse_double(&real, s), "an integer is a number");
    }
    buf_clear(&b);
    buf_put_quoted(&b, s);
    must(str_is_utf8(buf_str(&b), NULL), "quoted text is UTF-8");
    must(b.len <= 80 * 6 + 8, "quoted text is short");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a;
    struct str s = {(const char *)data, size};
    arena_init(&a, 0, 0);
    try_encoding(&a, s);
    try_query(&a, s);
    try_uri(&a, s);
    try_times(&a, s);
    try_others(&a, s);
    arena_done(&a);
    return 0;
}
