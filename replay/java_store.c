/* A Java key store of the kind JKS: the only one that every Java reads without a password and without a
 * vendor's attribute on the certificate. The layout is that of sun.security.provider.JavaKeyStore:
 *
 *     u4 magic FEEDFEED   u4 version 2   u4 entries
 *     an entry: u4 tag 2 (trusted certificate), name, u8 ms since 1970, "X.509", u4 length, DER
 *     SHA-1 over: password as UTF-16BE, "Mighty Aphrodite", all of the above
 *
 * where a text is u2 length and modified UTF-8. */
#include "replay/trust.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

enum { TAG_CERTIFICATE = 2, VERSION = 2, SHA1_BYTES = 20 };

static void put_number(struct buf *out, uint64_t v, unsigned bytes)
{
    for (; bytes > 0; bytes--) {
        buf_put_char(out, (char)(v >> (8 * (bytes - 1)) & 0xFF));
    }
}

static void put_text(struct buf *out, struct str s)
{
    put_number(out, s.len, 2);
    buf_put(out, s);
}

bool java_store_put(struct buf *out, struct str der, struct err *err)
{
    static const struct str password = STR_INIT("changeit"), salt = STR_INIT("Mighty Aphrodite");
    unsigned char digest[SHA1_BYTES];
    struct buf store = {0}, hashed = {0};
    put_number(&store, 0xFEEDFEED, 4);
    put_number(&store, VERSION, 4);
    put_number(&store, 1, 4);
    put_number(&store, TAG_CERTIFICATE, 4);
    put_text(&store, STR("rehearse"));
    put_number(&store, 0, 8);
    put_text(&store, STR("X.509"));
    put_number(&store, der.len, 4);
    buf_put(&store, der);
    for (size_t i = 0; i < password.len; i++) {
        put_number(&hashed, (unsigned char)password.s[i], 2);
    }
    buf_put(&hashed, salt);
    buf_put(&hashed, buf_str(&store));
    int code = gnutls_hash_fast(GNUTLS_DIG_SHA1, hashed.s, hashed.len, digest);
    if (code == 0) {
        buf_put(out, buf_str(&store));
        buf_put(out, (struct str){(const char *)digest, sizeof digest});
    }
    buf_done(&store);
    buf_done(&hashed);
    return code == 0 || err_set(err, ERR_SYSTEM, "the Java trust store cannot be made: %s",
                                gnutls_strerror(code));
}
