#include "replay/trust.h"

#include <errno.h>
#include <gnutls/x509.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BUNDLE_BYTES_MAX = 16 << 20, HOST_NAME_BYTES = 256, FILE_MODE = 0644, FOLDER_MODE = 0755 };

/* Where distributions keep their bundle. */
static const char *const bundles[] = {
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
};
enum { BUNDLES = sizeof bundles / sizeof *bundles };

/* Daemons outside that would answer look-ups through a socket that is a file. */
static const char *const resolvers[] = {"/run/systemd/resolve", "/run/nscd", "/var/run/nscd"};
enum { RESOLVERS = sizeof resolvers / sizeof *resolvers };

/* The runtimes' variables. curl, Python requests and httpx, Node, git, pip, AWS, gRPC, Deno, cargo, Nix;
 * Go and .NET read the first two. */
static const struct str bundle_names[] = {
    STR_INIT("SSL_CERT_FILE"),
    STR_INIT("CURL_CA_BUNDLE"),
    STR_INIT("REQUESTS_CA_BUNDLE"),
    STR_INIT("GIT_SSL_CAINFO"),
    STR_INIT("PIP_CERT"),
    STR_INIT("AWS_CA_BUNDLE"),
    STR_INIT("HTTPLIB2_CA_CERTS"),
    STR_INIT("NIX_SSL_CERT_FILE"),
    STR_INIT("GRPC_DEFAULT_SSL_ROOTS_FILE_PATH"),
    STR_INIT("CARGO_HTTP_CAINFO"),
};
static const struct str authority_names[] = {STR_INIT("NODE_EXTRA_CA_CERTS"),
                                             STR_INIT("DENO_CERT")};
enum { BUNDLE_NAMES = sizeof bundle_names / sizeof *bundle_names };
enum { AUTHORITY_NAMES = sizeof authority_names / sizeof *authority_names };

/* Proxies are outside: they are not there. */
static const struct str dropped_names[] = {
    STR_INIT("HTTP_PROXY"),        STR_INIT("HTTPS_PROXY"), STR_INIT("ALL_PROXY"),
    STR_INIT("NO_PROXY"),          STR_INIT("http_proxy"),  STR_INIT("https_proxy"),
    STR_INIT("all_proxy"),         STR_INIT("no_proxy"),    STR_INIT("SSL_CERT_DIR"),
    STR_INIT("JAVA_TOOL_OPTIONS"),
};
enum { DROPPED_NAMES = sizeof dropped_names / sizeof *dropped_names };

static struct str path_of(struct arena *a, const char *folder, const char *name)
{
    struct buf path;
    buf_init(&path, a);
    buf_printf(&path, "%s/%s", folder, name);
    (void)buf_cstr(&path);
    return buf_str(&path);
}

static void lay(struct trust *t, struct str from, const char *to)
{
    t->mounts[t->n_mounts++] = (struct seal_mount){from.s, to};
}

static bool make_folder(struct str path, struct err *err)
{
    return mkdir(path.s, FOLDER_MODE) == 0 || errno == EEXIST ||
           err_sys(err, errno, "cannot make the folder %s", path.s);
}

static bool put_file(struct str path, struct str text, struct err *err)
{
    return file_write(path.s, text, FILE_MODE, err);
}

static bool make_java_store(const struct trust *t, struct str pem, struct err *err)
{
    gnutls_x509_crt_t crt = NULL;
    gnutls_datum_t der = {0};
    struct buf store = {0};
    union {
        const char *text;
        unsigned char *bytes; /* GnuTLS takes it without const, and only reads it */
    } from = {.text = pem.s};
    const gnutls_datum_t in = {from.bytes, (unsigned)pem.len};
    int code = gnutls_x509_crt_init(&crt);
    code = code == 0 ? gnutls_x509_crt_import(crt, &in, GNUTLS_X509_FMT_PEM) : code;
    code = code == 0 ? gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_DER, &der) : code;
    bool is_made =
        code == 0 ? java_store_put(&store, (struct str){(const char *)der.data, der.size}, err) &&
                        put_file(t->java_store, buf_str(&store), err)
                  : err_set(err, ERR_SYSTEM, "the authority's certificate cannot be read: %s",
                            gnutls_strerror(code));
    gnutls_free(der.data);
    if (crt) {
        gnutls_x509_crt_deinit(crt);
    }
    buf_done(&store);
    return is_made;
}

/* The system's bundle, if there is one, and the authority behind it. */
static bool make_bundle(const struct trust *t, struct arena *a, struct str pem, struct err *err)
{
    struct buf all;
    struct str system;
    buf_init(&all, a);
    for (size_t i = 0; i < BUNDLES; i++) {
        if (file_read(&system, a, bundles[i], BUNDLE_BYTES_MAX, NULL)) {
            buf_put(&all, system);
            buf_put(&all, system.len && system.s[system.len - 1] != '\n' ? STR("\n") : STR(""));
            break;
        }
    }
    buf_put(&all, pem);
    return put_file(t->bundle, buf_str(&all), err);
}

static bool make_names(struct trust *t, struct arena *a, const char *folder, struct err *err)
{
    char host[HOST_NAME_BYTES] = "";
    struct buf hosts;
    struct str file = path_of(a, folder, "hosts"), empty = path_of(a, folder, "empty");
    (void)gethostname(host, sizeof host - 1);
    buf_init(&hosts, a);
    buf_printf(&hosts, "127.0.0.1 localhost %s\n", host);
    if (!make_folder(empty, err) || !put_file(file, buf_str(&hosts), err)) {
        return false;
    }
    for (size_t i = 0; i < RESOLVERS; i++) {
        lay(t, empty, resolvers[i]);
    }
    lay(t, file, "/etc/hosts");
    file = path_of(a, folder, "resolv.conf");
    if (!put_file(file, STR("nameserver 127.0.0.1\noptions timeout:1 attempts:2\n"), err)) {
        return false;
    }
    lay(t, file, "/etc/resolv.conf");
    file = path_of(a, folder, "nsswitch.conf");
    if (!put_file(file, STR("passwd: files\ngroup: files\nhosts: files dns\n"), err)) {
        return false;
    }
    lay(t, file, "/etc/nsswitch.conf");
    return true;
}

bool trust_make(struct trust *out, struct arena *a, const char *folder, const char *authority_pem,
                struct err *err)
{
    struct str pem;
    *out = (struct trust){.folder = str_copy(a, str_of(folder)),
                          .bundle = path_of(a, folder, "bundle.pem"),
                          .certificates = path_of(a, folder, "certificates"),
                          .authority = path_of(a, folder, "certificates/rehearse.pem"),
                          .java_store = path_of(a, folder, "trust.jks")};
    if (!file_read(&pem, a, authority_pem, BUNDLE_BYTES_MAX, err) ||
        !make_folder(out->certificates, err) || !put_file(out->authority, pem, err) ||
        !make_bundle(out, a, pem, err) || !make_java_store(out, pem, err) ||
        !make_names(out, a, folder, err)) {
        return false;
    }
    for (size_t i = 0; i < BUNDLES; i++) {
        lay(out, out->bundle, bundles[i]);
    }
    return true;
}

static bool is_among(struct str name, const struct str *names, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (str_eq(names[i], name)) {
            return true;
        }
    }
    return false;
}

struct environment {
    struct arena *arena;
    char **at;
    size_t n;
};

static void put_variable(struct environment *e, struct str name, struct str value)
{
    char *text = arena_bytes(e->arena, name.len + value.len + 2);
    memcpy(text, name.s, name.len);
    text[name.len] = '=';
    memcpy(text + name.len + 1, value.s, value.len);
    text[name.len + 1 + value.len] = '\0';
    e->at[e->n++] = text;
}

static struct str name_of(const char *variable)
{
    struct str s = str_of(variable);
    return str_slice(s, 0, str_find_char(s, '='));
}

static bool is_set_by(char *const *list, struct str name)
{
    for (size_t i = 0; list && list[i]; i++) {
        if (str_eq(name_of(list[i]), name)) {
            return true;
        }
    }
    return false;
}

static bool is_ours(struct str name)
{
    return is_among(name, bundle_names, BUNDLE_NAMES) ||
           is_among(name, authority_names, AUTHORITY_NAMES) ||
           is_among(name, dropped_names, DROPPED_NAMES);
}

static void put_ours(struct environment *e, char *const *extra, struct str name, struct str value)
{
    if (!is_set_by(extra, name)) {
        put_variable(e, name, value);
    }
}

char **trust_environment(struct arena *a, const struct trust *t, char *const *base,
                         char *const *extra)
{
    size_t n_base = 0, n_extra = 0;
    while (base[n_base]) {
        n_base++;
    }
    while (extra && extra[n_extra]) {
        n_extra++;
    }
    struct environment e = {
        a, ARENA_ARRAY(a, n_base + n_extra + BUNDLE_NAMES + AUTHORITY_NAMES + 3, char *), 0};
    for (size_t i = 0; i < n_base; i++) {
        struct str name = name_of(base[i]);
        if (!is_ours(name) && !is_set_by(extra, name)) {
            e.at[e.n++] = base[i];
        }
    }
    for (size_t i = 0; i < BUNDLE_NAMES; i++) {
        put_ours(&e, extra, bundle_names[i], t->bundle);
    }
    for (size_t i = 0; i < AUTHORITY_NAMES; i++) {
        put_ours(&e, extra, authority_names[i], t->authority);
    }
    put_ours(&e, extra, STR("SSL_CERT_DIR"), t->certificates);
    struct buf java;
    buf_init(&java, a);
    buf_printf(&java, "-Djavax.net.ssl.trustStore=%s -Djavax.net.ssl.trustStorePassword=changeit",
               t->java_store.s);
    put_ours(&e, extra, STR("JAVA_TOOL_OPTIONS"), buf_str(&java));
    for (size_t i = 0; i < n_extra; i++) {
        e.at[e.n++] = extra[i];
    }
    return e.at;
}
