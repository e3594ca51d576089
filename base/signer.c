/* The key comes from FIPS 186-4's construction of primes from a seed, which GnuTLS offers: the same
 * seed, the same key. PKCS #1 v1.5 signatures (RS256) hold nothing random either. */
#include "base/signer.h"

#include "base/arena.h"
#include "base/fatal_int.h"
#include "base/rng.h"
#include "base/uri.h"

#include <gnutls/abstract.h>
#include <pthread.h>
#include <string.h>

enum { KEY_BITS = 2048, SEED_BYTES = 32, KEY_ID_BYTES = 8 };

struct signer {
    pthread_mutex_t lock; /* guards the fields below */
    uint64_t seed;
    struct str mark;
    gnutls_privkey_t key;                   /* NULL before the first use */
    struct buf modulus, exponent, id, head; /* base64url; head: the tokens' first part */
};

struct signer *signer_new(uint64_t seed)
{
    struct signer *s = MEM_NEW(struct signer);
    (void)pthread_mutex_init(&s->lock, NULL);
    s->seed = seed;
    return s;
}

void signer_free(struct signer *s)
{
    if (!s) {
        return;
    }
    if (s->key) {
        gnutls_privkey_deinit(s->key);
    }
    buf_done(&s->modulus);
    buf_done(&s->exponent);
    buf_done(&s->id);
    buf_done(&s->head);
    (void)pthread_mutex_destroy(&s->lock);
    mem_free(s);
}

void signer_mark(struct signer *s, struct str mark)
{
    (void)pthread_mutex_lock(&s->lock);
    s->mark = mark;
    (void)pthread_mutex_unlock(&s->lock);
}

#define HEAD_START "{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\""

struct str signer_key_id(struct arena *a, struct str token)
{
    static const struct str start = STR_INIT(HEAD_START);
    struct str head = str_slice(token, 0, str_find_char(token, '.')), text;
    if (head.len == token.len || !base64url_decode(&text, a, head) || !str_starts(text, start)) {
        return (struct str){0};
    }
    text = str_slice(text, start.len, text.len);
    return str_slice(text, 0, str_find_char(text, '"'));
}

/* Nothing of a request goes into these calls: one that fails is the system's failure. */
static void must(int status)
{
    if (status < 0) {
        fatal(gnutls_strerror(status));
    }
}

/* A number as RFC 7518 6.3.1 wants it: no leading zeros. */
static void put_number(struct buf *out, const gnutls_datum_t *n)
{
    unsigned from = 0;
    while (from + 1 < n->size && n->data[from] == 0) {
        from++;
    }
    base64url_put(out, (struct str){(const char *)n->data + from, n->size - from});
}

static void make_key(struct signer *s)
{
    unsigned char seed[SEED_BYTES];
    uint64_t state = s->seed;
    for (size_t i = 0; i < sizeof seed; i += sizeof state) {
        uint64_t r = splitmix64(&state);
        memcpy(seed + i, &r, sizeof r);
    }
    const gnutls_keygen_data_st from = {
        .type = GNUTLS_KEYGEN_SEED, .data = seed, .size = sizeof seed};
    gnutls_datum_t modulus = {0}, exponent = {0};
    must(gnutls_privkey_init(&s->key));
    must(gnutls_privkey_generate2(s->key, GNUTLS_PK_RSA, KEY_BITS, GNUTLS_PRIVKEY_FLAG_PROVABLE,
                                  &from, 1));
    must(gnutls_privkey_export_rsa_raw(s->key, &modulus, &exponent, NULL, NULL, NULL, NULL, NULL,
                                       NULL));
    put_number(&s->modulus, &modulus);
    put_number(&s->exponent, &exponent);
    buf_put_json_escaped(&s->id, s->mark);
    base64url_put(&s->id, (struct str){(const char *)modulus.data + modulus.size - KEY_ID_BYTES,
                                       KEY_ID_BYTES});
    gnutls_free(modulus.data);
    gnutls_free(exponent.data);
    struct buf head = {0};
    buf_printf(&head, HEAD_START "%s\"}", buf_cstr(&s->id));
    base64url_put(&s->head, buf_str(&head));
    buf_done(&head);
}

static void lock(struct signer *s)
{
    (void)pthread_mutex_lock(&s->lock);
    if (!s->key) {
        make_key(s);
    }
}

void signer_put_token(struct buf *out, struct signer *s, struct str claims)
{
    size_t from = out->len;
    gnutls_datum_t signature = {0};
    lock(s);
    buf_put(out, buf_str(&s->head));
    buf_put_char(out, '.');
    base64url_put(out, claims);
    struct buf text = {0};
    buf_put(&text, str_slice(buf_str(out), from, out->len));
    const gnutls_datum_t data = {(unsigned char *)text.s, (unsigned)text.len};
    must(gnutls_privkey_sign_data2(s->key, GNUTLS_SIGN_RSA_SHA256, 0, &data, &signature));
    (void)pthread_mutex_unlock(&s->lock);
    buf_put_char(out, '.');
    base64url_put(out, (struct str){(const char *)signature.data, signature.size});
    gnutls_free(signature.data);
    buf_done(&text);
}

void signer_put_keys(struct buf *out, struct signer *s)
{
    lock(s);
    buf_put(out, STR("[{\"kty\":\"RSA\",\"use\":\"sig\",\"alg\":\"RS256\",\"kid\":\""));
    buf_put(out, buf_str(&s->id));
    buf_put(out, STR("\",\"n\":\""));
    buf_put(out, buf_str(&s->modulus));
    buf_put(out, STR("\",\"e\":\""));
    buf_put(out, buf_str(&s->exponent));
    buf_put(out, STR("\"}]"));
    (void)pthread_mutex_unlock(&s->lock);
}
