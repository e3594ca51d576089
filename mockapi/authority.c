#include "mockapi/authority.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum { PATH_BYTES = 4096, PEM_BYTES_MAX = 1 << 20, SERIAL_BYTES = 16, DAY_S = 86400 };
static const char maker[] = "rehearse local authority";

struct authority {
    gnutls_x509_crt_t cert;
    gnutls_x509_privkey_t key;
};

/* The first failure is the one that is told. */
static bool is_well(int code, const char *what, struct err *err)
{
    return code >= 0 || err_set(err, ERR_SYSTEM, "%s: %s", what, gnutls_strerror(code));
}

static bool new_key(gnutls_x509_privkey_t *out, struct err *err)
{
    return is_well(gnutls_x509_privkey_init(out), "a key", err) &&
           is_well(gnutls_x509_privkey_generate(
                       *out, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0),
                   "a key cannot be made", err);
}

static bool begin(gnutls_x509_crt_t *out, gnutls_x509_privkey_t key, const char *name, time_t from,
                  time_t to, struct err *err)
{
    unsigned char serial[SERIAL_BYTES];
    random_secret(serial, sizeof serial);
    serial[0] &= 0x7f;
    return is_well(gnutls_x509_crt_init(out), "a certificate", err) &&
           is_well(gnutls_x509_crt_set_version(*out, 3), "version", err) &&
           is_well(gnutls_x509_crt_set_serial(*out, serial, sizeof serial), "serial", err) &&
           is_well(gnutls_x509_crt_set_activation_time(*out, from), "dates", err) &&
           is_well(gnutls_x509_crt_set_expiration_time(*out, to), "dates", err) &&
           is_well(gnutls_x509_crt_set_key(*out, key), "key", err) &&
           is_well(gnutls_x509_crt_set_dn_by_oid(*out, GNUTLS_OID_X520_COMMON_NAME, 0, name,
                                                 (unsigned)strlen(name)),
                   "name", err);
}

static bool make(struct authority *a, struct err *err)
{
    time_t now = time(NULL);
    return new_key(&a->key, err) &&
           begin(&a->cert, a->key, maker, now - DAY_S, now + (time_t)3650 * DAY_S, err) &&
           is_well(gnutls_x509_crt_set_basic_constraints(a->cert, 1, 0), "constraints", err) &&
           is_well(gnutls_x509_crt_set_key_usage(a->cert,
                                                 GNUTLS_KEY_KEY_CERT_SIGN | GNUTLS_KEY_CRL_SIGN),
                   "usage", err) &&
           is_well(gnutls_x509_crt_sign2(a->cert, a->cert, a->key, GNUTLS_DIG_SHA256, 0), "signing",
                   err);
}

static bool save(const struct authority *a, const char *cert_path, const char *key_path,
                 struct err *err)
{
    gnutls_datum_t cert = {0}, key = {0};
    bool is_saved =
        is_well(gnutls_x509_privkey_export2(a->key, GNUTLS_X509_FMT_PEM, &key), "export", err) &&
        is_well(gnutls_x509_crt_export2(a->cert, GNUTLS_X509_FMT_PEM, &cert), "export", err) &&
        file_write(key_path, (struct str){(char *)key.data, key.size}, 0600, err) &&
        file_write(cert_path, (struct str){(char *)cert.data, cert.size}, 0644, err);
    gnutls_free(cert.data);
    gnutls_free(key.data);
    return is_saved;
}

static bool load(struct authority *a, const char *cert_path, const char *key_path, struct err *err)
{
    struct arena scratch;
    struct str cert = {0}, key = {0};
    arena_init(&scratch, 0, 0);
    bool is_read = file_read(&cert, &scratch, cert_path, PEM_BYTES_MAX, err) &&
                   file_read(&key, &scratch, key_path, PEM_BYTES_MAX, err);
    if (is_read) {
        gnutls_datum_t cert_pem = {(unsigned char *)(uintptr_t)cert.s, (unsigned)cert.len},
                       key_pem = {(unsigned char *)(uintptr_t)key.s, (unsigned)key.len};
        is_read = is_well(gnutls_x509_crt_init(&a->cert), "a certificate", err) &&
                  is_well(gnutls_x509_crt_import(a->cert, &cert_pem, GNUTLS_X509_FMT_PEM),
                          cert_path, err) &&
                  is_well(gnutls_x509_privkey_init(&a->key), "a key", err) &&
                  is_well(gnutls_x509_privkey_import(a->key, &key_pem, GNUTLS_X509_FMT_PEM),
                          key_path, err);
    }
    arena_done(&scratch);
    return is_read;
}

/* mkdir -p, the last part readable by its owner alone. */
static bool make_folder(const char *folder, struct err *err)
{
    char path[PATH_BYTES];
    size_t n = strlen(folder);
    if (n >= sizeof path) {
        return err_set(err, ERR_INPUT, "the folder's name is too long");
    }
    for (size_t i = 1; i <= n; i++) {
        if (folder[i] == '/' || folder[i] == 0) {
            memcpy(path, folder, i);
            path[i] = 0;
            (void)mkdir(path, 0700); /* what could not be made shows when the files are written */
        }
    }
    return true;
}

bool authority_open(struct authority **out, const char *folder, struct err *err)
{
    char cert_path[PATH_BYTES + 32], key_path[PATH_BYTES + 32];
    struct stat st;
    struct authority *a = MEM_NEW(struct authority);
    if (strlen(folder) >= PATH_BYTES) {
        mem_free(a);
        return err_set(err, ERR_INPUT, "the folder's name is too long");
    }
    (void)snprintf(cert_path, sizeof cert_path, "%s/authority.pem", folder);
    (void)snprintf(key_path, sizeof key_path, "%s/authority-key.pem", folder);
    bool has_cert = stat(cert_path, &st) == 0, has_key = stat(key_path, &st) == 0;
    bool is_open =
        has_cert != has_key
            ? err_set(
                  err, ERR_INPUT,
                  "%s is there and %s is not: put it back, or remove both to get a new authority",
                  has_cert ? cert_path : key_path, has_cert ? key_path : cert_path)
        : has_cert ? load(a, cert_path, key_path, err)
                   : make_folder(folder, err) && make(a, err) && save(a, cert_path, key_path, err);
    if (!is_open) {
        authority_free(a);
        return false;
    }
    *out = a;
    return true;
}

void authority_free(struct authority *a)
{
    if (a) {
        gnutls_x509_crt_deinit(a->cert);
        gnutls_x509_privkey_deinit(a->key);
        mem_free(a);
    }
}

static bool add_hosts(gnutls_x509_crt_t cert, const struct str *hosts, size_t n, struct err *err)
{
    for (size_t i = 0; i < n; i++) {
        char text[256];
        unsigned char address[16];
        if (hosts[i].len >= sizeof text) {
            continue;
        }
        memcpy(text, hosts[i].s, hosts[i].len);
        text[hosts[i].len] = 0;
        bool is_v4 = inet_pton(AF_INET, text, address) == 1,
             is_v6 = !is_v4 && inet_pton(AF_INET6, text, address) == 1;
        int code =
            is_v4 || is_v6
                ? gnutls_x509_crt_set_subject_alt_name(cert, GNUTLS_SAN_IPADDRESS, address,
                                                       is_v4 ? 4 : 16, GNUTLS_FSAN_APPEND)
                : gnutls_x509_crt_set_subject_alt_name(cert, GNUTLS_SAN_DNSNAME, text,
                                                       (unsigned)strlen(text), GNUTLS_FSAN_APPEND);
        if (!is_well(code, text, err)) {
            return false;
        }
    }
    return true;
}

static bool take(struct leaf *out, gnutls_x509_crt_t cert, gnutls_x509_crt_t issuer,
                 gnutls_x509_privkey_t key, struct err *err)
{
    bool is_taken = is_well(gnutls_privkey_init(&out->key), "key", err) &&
                    is_well(gnutls_privkey_import_x509(out->key, key, GNUTLS_PRIVKEY_IMPORT_COPY),
                            "key", err) &&
                    is_well(gnutls_pcert_import_x509(&out->chain[0], cert, 0), "certificate", err);
    out->n = is_taken ? 1 : 0;
    if (is_taken && issuer) {
        is_taken = is_well(gnutls_pcert_import_x509(&out->chain[1], issuer, 0), "certificate", err);
        out->n += is_taken;
    }
    return is_taken;
}

bool authority_mint(struct leaf *out, const struct authority *a, const struct str *hosts,
                    size_t n_hosts, enum leaf_fault fault, struct err *err)
{
    static const struct str elsewhere[] = {STR_INIT("wrong-host.invalid")};
    time_t now = time(NULL), from = now - DAY_S, to = now + (time_t)365 * DAY_S;
    gnutls_x509_crt_t cert = NULL;
    gnutls_x509_privkey_t key = NULL;
    *out = (struct leaf){0};
    if (fault == LEAF_EXPIRED) {
        from = now - (time_t)30 * DAY_S;
        to = now - DAY_S;
    }
    bool is_wrong = fault == LEAF_WRONG_HOST, is_self = fault == LEAF_SELF_SIGNED;
    bool is_made =
        new_key(&key, err) && begin(&cert, key, "rehearse", from, to, err) &&
        add_hosts(cert, is_wrong ? elsewhere : hosts, is_wrong ? 1 : n_hosts, err) &&
        is_well(gnutls_x509_crt_set_basic_constraints(cert, 0, -1), "constraints", err) &&
        is_well(gnutls_x509_crt_set_key_usage(cert, GNUTLS_KEY_DIGITAL_SIGNATURE), "usage", err) &&
        is_well(gnutls_x509_crt_set_key_purpose_oid(cert, GNUTLS_KP_TLS_WWW_SERVER, 0), "purpose",
                err) &&
        is_well(gnutls_x509_crt_sign2(cert, is_self ? cert : a->cert, is_self ? key : a->key,
                                      GNUTLS_DIG_SHA256, 0),
                "signing", err) &&
        take(out, cert, is_self ? NULL : a->cert, key, err);
    gnutls_x509_crt_deinit(cert);
    gnutls_x509_privkey_deinit(key);
    if (!is_made) {
        leaf_done(out);
    }
    return is_made;
}

bool leaf_read(struct leaf *out, const char *cert_file, const char *key_file, struct err *err)
{
    struct arena scratch;
    struct str cert = {0}, key = {0};
    gnutls_x509_crt_t certs[2] = {NULL, NULL};
    gnutls_x509_privkey_t x509_key = NULL;
    unsigned n = 2;
    *out = (struct leaf){0};
    arena_init(&scratch, 0, 0);
    bool is_read = file_read(&cert, &scratch, cert_file, PEM_BYTES_MAX, err) &&
                   file_read(&key, &scratch, key_file, PEM_BYTES_MAX, err);
    if (is_read) {
        gnutls_datum_t cert_pem = {(unsigned char *)(uintptr_t)cert.s, (unsigned)cert.len},
                       key_pem = {(unsigned char *)(uintptr_t)key.s, (unsigned)key.len};
        is_read = is_well(gnutls_x509_crt_list_import(certs, &n, &cert_pem, GNUTLS_X509_FMT_PEM, 0),
                          cert_file, err) &&
                  is_well(gnutls_x509_privkey_init(&x509_key), "key", err) &&
                  is_well(gnutls_x509_privkey_import(x509_key, &key_pem, GNUTLS_X509_FMT_PEM),
                          key_file, err) &&
                  take(out, certs[0], certs[1], x509_key, err);
    }
    gnutls_x509_crt_deinit(certs[0]);
    gnutls_x509_crt_deinit(certs[1]);
    gnutls_x509_privkey_deinit(x509_key);
    arena_done(&scratch);
    return is_read;
}

void leaf_done(struct leaf *l)
{
    for (unsigned i = 0; i < l->n; i++) {
        gnutls_pcert_deinit(&l->chain[i]);
    }
    if (l->key) {
        gnutls_privkey_deinit(l->key);
    }
    *l = (struct leaf){0};
}
