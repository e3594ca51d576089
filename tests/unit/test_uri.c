/* URIs, query strings, percent encoding, base64. */
#include "unit.h"

#include "base/base.h"

#define N(rows) (int)(sizeof(rows) / sizeof((rows)[0]))
#define S(lit) STR_INIT(lit)
#define NONE                                                                                       \
    {                                                                                              \
        NULL, 0                                                                                    \
    }

static const struct uri_row {
    struct str in, scheme, user_info, host, path, query, fragment;
    int port; /* -1: refused */
} uri_rows[] = {
    /* RFC 3986, 1.1.2 */
    {S("ftp://ftp.is.co.za/rfc/rfc1808.txt"), S("ftp"), NONE, S("ftp.is.co.za"),
     S("/rfc/rfc1808.txt"), NONE, NONE, 0},
    {S("ldap://[2001:db8::7]/c=GB?objectClass?one"), S("ldap"), NONE, S("[2001:db8::7]"),
     S("/c=GB"), S("objectClass?one"), NONE, 0},
    {S("mailto:John.Doe@example.com"), S("mailto"), NONE, NONE, S("John.Doe@example.com"), NONE,
     NONE, 0},
    {S("tel:+1-816-555-1212"), S("tel"), NONE, NONE, S("+1-816-555-1212"), NONE, NONE, 0},
    {S("telnet://192.0.2.16:80/"), S("telnet"), NONE, S("192.0.2.16"), S("/"), NONE, NONE, 80},
    {S("urn:oasis:names:specification:docbook:dtd:xml:4.1.2"), S("urn"), NONE, NONE,
     S("oasis:names:specification:docbook:dtd:xml:4.1.2"), NONE, NONE, 0},
    {S("https://u:p%20w@h.example:8443/a/%7Bb%7D?x=1&y#top"), S("https"), S("u:p%20w"),
     S("h.example"), S("/a/%7Bb%7D"), S("x=1&y"), S("top"), 8443},
    {S("http://h"), S("http"), NONE, S("h"), S(""), NONE, NONE, 0},
    {S("http://h?"), S("http"), NONE, S("h"), S(""), S(""), NONE, 0},
    {S("http://h:"), S("http"), NONE, S("h"), S(""), NONE, NONE, 0},
    {S("http://@h#"), S("http"), S(""), S("h"), S(""), NONE, S(""), 0},
    {S("file:///etc/x"), S("file"), NONE, S(""), S("/etc/x"), NONE, NONE, 0},
    {S("http://[v7.a:b]:1/"), S("http"), NONE, S("[v7.a:b]"), S("/"), NONE, NONE, 1},
    {S("//h/p"), NONE, NONE, S("h"), S("/p"), NONE, NONE, 0},
    {S("/p//q"), NONE, NONE, NONE, S("/p//q"), NONE, NONE, 0},
    {S("p/q:r"), NONE, NONE, NONE, S("p/q:r"), NONE, NONE, 0},
    {S("?q#f?/g"), NONE, NONE, NONE, S(""), S("q"), S("f?/g"), 0},
    {S("#f"), NONE, NONE, NONE, S(""), NONE, S("f"), 0},
    {S(""), NONE, NONE, NONE, S(""), NONE, NONE, 0},
    {NONE, NONE, NONE, NONE, S(""), NONE, NONE, 0},
    {S("a+b-c.1:x"), S("a+b-c.1"), NONE, NONE, S("x"), NONE, NONE, 0},
    {S("http://h:65535"), S("http"), NONE, S("h"), S(""), NONE, NONE, 65535},
    {.in = S("http://h:65536"), .port = -1},
    {.in = S("http://h:-1"), .port = -1},
    {.in = S("http://h:8x"), .port = -1},
    {.in = S("http://h:1:2"), .port = -1},
    {.in = S("http://a@b@c"), .port = -1},
    {.in = S("http://[::1"), .port = -1},
    {.in = S("http://[]"), .port = -1},
    {.in = S("http://[::1]x"), .port = -1},
    {.in = S("http://[::g]"), .port = -1},
    {.in = S("http://[::1\0]"), .port = -1},
    {.in = S("http://[1.2.3.4]"), .port = -1},
    {.in = S("http://[v.a]"), .port = -1},
    {.in = S("http://[vg.a]"), .port = -1},
    {.in = S("http://[v1.]"), .port = -1},
    {.in = S("http://2001:0db8:85a3::7334"), .port = -1},
    {.in = S("://x"), .port = -1},
    {.in = S("1a:b"), .port = -1},
    {.in = S("a_b:c"), .port = -1},
    {.in = S("bar,baz:foo"), .port = -1},
    {.in = S("http://a b"), .port = -1},
    {.in = S("http:// a"), .port = -1},
    {.in = S("/a b"), .port = -1},
    {.in = S("/a\nb"), .port = -1},
    {.in = S("/a\0b"), .port = -1},
    {.in = S("/{id}"), .port = -1},
    {.in = S("/\xc3\xa4"), .port = -1},
    {.in = S("\\\\host\\share"), .port = -1},
    {.in = S("/%"), .port = -1},
    {.in = S("/%4"), .port = -1},
    {.in = S("/%4g"), .port = -1},
    {.in = S("/?%zz"), .port = -1},
    {.in = S("/#a#b"), .port = -1},
    {.in = S("/?a\"b"), .port = -1},
    {.in = S("/[x]"), .port = -1},
};

/* Absent and empty differ. */
static void check_part(struct str got, struct str want, const char *name)
{
    ck_assert_msg(!got.s == !want.s, "%s: absent or not", name);
    ck_assert_msg(str_eq(got, want), "%s: '%.*s'", name, STR_ARG(got));
}

START_TEST(uris)
{
    const struct uri_row *r = &uri_rows[_i];
    struct uri u = {.port = 42};
    struct err e = {0};
    if (r->port < 0) {
        ck_assert(!uri_parse(&u, r->in, &e));
        ck_assert_int_eq(e.code, ERR_INPUT);
        ck_assert_uint_eq(u.port, 42);
        return;
    }
    ck_assert_msg(uri_parse(&u, r->in, &e), "%s", e.msg);
    check_part(u.scheme, r->scheme, "scheme");
    check_part(u.user_info, r->user_info, "user_info");
    check_part(u.host, r->host, "host");
    check_part(u.path, r->path, "path");
    check_part(u.query, r->query, "query");
    check_part(u.fragment, r->fragment, "fragment");
    ck_assert_int_eq(u.port, r->port);
    ck_assert_int_eq(e.code, ERR_NONE);
}
END_TEST

static const struct query_row {
    struct str in;
    const char *want; /* "name=value;name;": no '=' where there was none; NULL: refused */
} query_rows[] = {
    {S(""), ""},
    {NONE, ""},
    {S("a=b&c=d"), "a=b;c=d;"},
    {S("a&b="), "a;b=;"},
    {S("&&a=1&&"), "a=1;"},
    {S("="), "=;"},
    {S("=x"), "=x;"},
    {S("a=b=c"), "a=b=c;"},
    {S("a+b=c+d"), "a b=c d;"},
    {S("a%20b=%2B%26%3d"), "a b=+&=;"},
    {S("a=1&a=2"), "a=1;a=2;"},
    {S("n=%C3%A4%e2%82%ac"), "n=ä€;"},
    {S("n=ä"), "n=ä;"},
    {S("a?/:@=[x]"), "a?/:@=[x];"},
    {S("a=%"), NULL},
    {S("a=%4"), NULL},
    {S("a=%g0"), NULL},
    {S("%=1"), NULL},
    {S("a=%00"), NULL},
    {S("a=\0"), NULL},
    {S("a=%ff"), NULL},
    {S("a=\xff"), NULL},
    {S("a=%ed%a0%80"), NULL},
    {S("%C3=%A4"), NULL},
};

START_TEST(queries)
{
    const struct query_row *r = &query_rows[_i];
    struct arena a;
    struct query q = {.n = 42};
    struct err e = {0};
    struct buf b = {0};
    arena_init(&a, 0, 0);
    ck_assert(query_parse(&q, &a, r->in, &e) == (r->want != NULL));
    if (r->want) {
        for (size_t i = 0; i < q.n; i++) {
            buf_put(&b, q.pairs[i].name);
            buf_put(&b, q.pairs[i].value.s ? STR("=") : STR(""));
            buf_put(&b, q.pairs[i].value);
            buf_put_char(&b, ';');
        }
        ck_assert_str_eq(buf_cstr(&b), r->want);
    } else {
        ck_assert_uint_eq(q.n, 42);
        ck_assert_int_eq(e.code, ERR_INPUT);
    }
    buf_done(&b);
    arena_done(&a);
}
END_TEST

START_TEST(query_values)
{
    struct arena a;
    struct query q;
    struct err e = {0};
    arena_init(&a, 0, 0);
    ck_assert(query_parse(&q, &a, STR("x=1&y&x=2&z="), &e));
    ck_assert(str_eq(query_get(&q, STR("x")), STR("1")));
    check_part(query_get(&q, STR("y")), (struct str){0}, "y");
    check_part(query_get(&q, STR("z")), STR(""), "z");
    check_part(query_get(&q, STR("X")), (struct str){0}, "X");
    arena_done(&a);
}
END_TEST

/* What is not encoded is borrowed. */
START_TEST(plain_text_is_not_copied)
{
    struct arena a;
    struct query q;
    struct err e = {0};
    struct str in = STR("plain=text&en%63oded=1"), out;
    arena_init(&a, 0, 0);
    ck_assert(query_parse(&q, &a, in, &e));
    ck_assert_ptr_eq(q.pairs[0].name.s, in.s);
    ck_assert_ptr_eq(q.pairs[0].value.s, in.s + 6);
    ck_assert_ptr_eq(q.pairs[1].value.s, in.s + in.len - 1);
    ck_assert(str_eq(q.pairs[1].name, STR("encoded")));
    ck_assert(uri_decode(&out, &a, in, &e) && out.s != in.s);
    ck_assert(uri_decode(&out, &a, STR("a+b"), &e) && str_eq(out, STR("a+b")));
    arena_done(&a);
}
END_TEST

/* _i: how many pairs more than there may be. Empty ones do not count. */
START_TEST(pairs_are_limited)
{
    struct arena a;
    struct query q;
    struct err e = {0};
    struct buf b = {0};
    arena_init(&a, 0, 0);
    for (int i = 0; i < QUERY_PAIRS_MAX + _i; i++) {
        buf_put(&b, STR("&a&"));
    }
    ck_assert(query_parse(&q, &a, buf_str(&b), &e) == (_i <= 0));
    ck_assert_int_eq(e.code, _i <= 0 ? ERR_NONE : ERR_INPUT);
    for (int i = 0; i < 100000; i++) {
        buf_put_char(&b, '&');
    }
    ck_assert(query_parse(&q, &a, buf_str(&b), &e) == (_i <= 0));
    buf_done(&b);
    arena_done(&a);
}
END_TEST

START_TEST(every_byte_is_encoded_and_back)
{
    struct arena a;
    struct err e = {0};
    struct buf b = {0};
    struct str out;
    arena_init(&a, 0, 0);
    uri_encode(&b, STR("AZaz09-._~ /?#[]@!$&'()*+,;=%\"<>\\^`{|}\x01\x7f\xc3\xa4"));
    ck_assert_str_eq(buf_cstr(&b), "AZaz09-._~%20%2F%3F%23%5B%5D%40%21%24%26%27%28%29%2A%2B%2C%3B"
                                   "%3D%25%22%3C%3E%5C%5E%60%7B%7C%7D%01%7F%C3%A4");
    ck_assert(uri_decode(&out, &a, buf_str(&b), &e));
    ck_assert(str_eq(out, STR("AZaz09-._~ /?#[]@!$&'()*+,;=%\"<>\\^`{|}\x01\x7f\xc3\xa4")));
    buf_done(&b);
    arena_done(&a);
}
END_TEST

static const struct base64_row {
    struct str bytes, standard, url; /* bytes NONE: refused */
} base64_rows[] = {
    {S(""), S(""), S("")}, /* RFC 4648, section 10 */
    {S("f"), S("Zg=="), S("Zg")},
    {S("fo"), S("Zm8="), S("Zm8")},
    {S("foo"), S("Zm9v"), S("Zm9v")},
    {S("foob"), S("Zm9vYg=="), S("Zm9vYg")},
    {S("fooba"), S("Zm9vYmE="), S("Zm9vYmE")},
    {S("foobar"), S("Zm9vYmFy"), S("Zm9vYmFy")},
    {S("\xfb\xff\xbf"), S("+/+/"), S("-_-_")},
    {S("\0\0"), S("AAA="), S("AAA")},
    {NONE, S("Z"), S("Z")},
    {NONE, S("Zg="), S("Zg=")},
    {NONE, S("Zg"), S("Zg==")},
    {NONE, S("Zh=="), S("Zh")}, /* spare bits */
    {NONE, S("Zm9="), S("Zm9")},
    {NONE, S("===="), S("====")},
    {NONE, S("Z==="), S("Z===")},
    {NONE, S("Zg==Zg=="), S("Zg==Zg==")},
    {NONE, S("Z*=="), S("Z*")},
    {NONE, S("Zg==\n"), S("Zg\n")},
    {NONE, S("-_-_"), S("+/+/")},
    {NONE, S("Zm9\0"), S("Zm9\0")},
    {NONE, S("Zm\xc3\xa4"), S("Zm\xc3\xa4")},
};

START_TEST(base64)
{
    const struct base64_row *r = &base64_rows[_i];
    struct arena a;
    struct str out = STR("untouched");
    arena_init(&a, 0, 0);
    ck_assert(base64_decode(&out, &a, r->standard) == (r->bytes.s != NULL));
    ck_assert(str_eq(out, r->bytes.s ? r->bytes : STR("untouched")));
    ck_assert(base64url_decode(&out, &a, r->url) == (r->bytes.s != NULL));
    ck_assert(str_eq(out, r->bytes.s ? r->bytes : STR("untouched")));
    if (r->bytes.s) {
        struct buf b = {0};
        base64_put(&b, r->bytes);
        ck_assert(str_eq(buf_str(&b), r->standard));
        buf_clear(&b);
        base64url_put(&b, r->bytes);
        ck_assert(str_eq(buf_str(&b), r->url));
        buf_done(&b);
    }
    arena_done(&a);
}
END_TEST

START_TEST(base64_of_random_bytes)
{
    struct arena a;
    struct rng r;
    arena_init(&a, 0, 0);
    rng_init(&r, 11);
    for (size_t len = 0; len < 200; len++) {
        char bytes[200];
        struct str out;
        struct buf b;
        for (size_t i = 0; i < len; i++) {
            bytes[i] = (char)(unsigned char)rng_below(&r, 256);
        }
        buf_init(&b, &a);
        base64_put(&b, (struct str){bytes, len});
        ck_assert_uint_eq(b.len, (len + 2) / 3 * 4);
        ck_assert(base64_decode(&out, &a, buf_str(&b)));
        ck_assert(str_eq(out, (struct str){bytes, len}));
    }
    arena_done(&a);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("uri");
    TCase *c = tcase_create("uri");
    suite_add_tcase(suite, c);
    tcase_add_loop_test(c, uris, 0, N(uri_rows));
    tcase_add_loop_test(c, queries, 0, N(query_rows));
    tcase_add_test(c, query_values);
    tcase_add_test(c, plain_text_is_not_copied);
    tcase_add_loop_test(c, pairs_are_limited, -1, 2);
    tcase_add_test(c, every_byte_is_encoded_and_back);
    tcase_add_loop_test(c, base64, 0, N(base64_rows));
    tcase_add_test(c, base64_of_random_bytes);
    return unit_run(suite);
}
