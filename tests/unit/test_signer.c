/* Signed tokens: the keys that are shown verify them, and the same seed makes the same ones. */
#include "tests/unit/unit.h"

#include "base/base.h"

#include <gnutls/abstract.h>
#include <string.h>

static struct arena arena;

static void set_up(void)
{
    arena_init(&arena, 0, 0);
}

static void tear_down(void)
{
    arena_done(&arena);
}

static struct str sign(struct signer *s, const char *claims)
{
    struct buf out;
    buf_init(&out, &arena);
    signer_put_token(&out, s, str_of(claims));
    return buf_str(&out);
}

static struct json first_key(struct signer *s)
{
    const struct json_doc *doc = NULL;
    struct err err = {0};
    struct buf keys;
    buf_init(&keys, &arena);
    signer_put_keys(&keys, s);
    ck_assert_msg(json_parse(&doc, &arena, STR("keys"), buf_str(&keys), NULL, NULL, &err), "%s",
                  err.msg);
    ck_assert_uint_eq(json_count(json_root(doc)), 1);
    return json_first(json_root(doc));
}

static gnutls_datum_t bytes_of(struct str text)
{
    struct str bytes = {0};
    ck_assert(base64url_decode(&bytes, &arena, text));
    return (gnutls_datum_t){(unsigned char *)(uintptr_t)bytes.s, (unsigned)bytes.len};
}

/* With the modulus and exponent that the set of keys shows, and nothing else. */
static bool verifies(struct json key, struct str token)
{
    gnutls_datum_t n = bytes_of(json_str(json_get(key, STR("n"))));
    gnutls_datum_t e = bytes_of(json_str(json_get(key, STR("e"))));
    size_t dot = token.len;
    while (dot > 0 && token.s[dot - 1] != '.') {
        dot--;
    }
    ck_assert_uint_gt(dot, 1);
    gnutls_datum_t text = {(unsigned char *)(uintptr_t)token.s, (unsigned)(dot - 1)};
    gnutls_datum_t signature = bytes_of(str_slice(token, dot, token.len));
    gnutls_pubkey_t public_key;
    ck_assert_int_eq(gnutls_pubkey_init(&public_key), 0);
    ck_assert_int_eq(gnutls_pubkey_import_rsa_raw(public_key, &n, &e), 0);
    int status =
        gnutls_pubkey_verify_data2(public_key, GNUTLS_SIGN_RSA_SHA256, 0, &text, &signature);
    gnutls_pubkey_deinit(public_key);
    return status >= 0;
}

START_TEST(the_shown_key_verifies)
{
    struct signer *s = signer_new(1);
    struct str token = sign(s, "{\"sub\":\"ada\"}"), rest = token, head, claims;
    struct json key = first_key(s);
    ck_assert(verifies(key, token));
    ck_assert(str_cut(&rest, '.', &head) && str_cut(&rest, '.', &claims));
    gnutls_datum_t first = bytes_of(head), second = bytes_of(claims);
    ck_assert(str_eq((struct str){(char *)second.data, second.size}, STR("{\"sub\":\"ada\"}")));
    /* the head names the key */
    struct str text = {(char *)first.data, first.size};
    ck_assert_uint_lt(str_find(text, json_str(json_get(key, STR("kid")))), text.len);
    char *changed = (char *)(uintptr_t)str_copy(&arena, token).s;
    changed[head.len + 2] ^= 1;
    ck_assert(!verifies(key, (struct str){changed, token.len}));
    signer_free(s);
}
END_TEST

START_TEST(the_same_seed_signs_the_same)
{
    struct signer *one = signer_new(7), *same = signer_new(7), *other = signer_new(8);
    struct str token = sign(one, "{}");
    ck_assert(str_eq(token, sign(same, "{}")));
    ck_assert(str_eq(token, sign(one, "{}")));
    ck_assert(!str_eq(token, sign(other, "{}")));
    ck_assert(!verifies(first_key(other), token));
    signer_free(one);
    signer_free(same);
    signer_free(other);
}
END_TEST

START_TEST(a_signer_that_never_signed_has_no_key)
{
    struct signer *s = signer_new(1);
    signer_free(s);
    signer_free(NULL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("signer");
    TCase *t = tcase_create("signer");
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_set_timeout(t, 60);
    tcase_add_test(t, the_shown_key_verifies);
    tcase_add_test(t, the_same_seed_signs_the_same);
    tcase_add_test(t, a_signer_that_never_signed_has_no_key);
    suite_add_tcase(suite, t);
    return unit_run(suite);
}
