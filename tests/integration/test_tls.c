/* HTTPS with real handshakes: a client that verifies, certificates that are wrong on purpose, and several
 * profiles told apart by the host that the client asks for. */
#include "replay/curl_lib.h"
#include "cli/peer.h"
#include "mockapi/websocket.h"
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <gnutls/gnutls.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static struct arena arena;
static struct curl_lib lib;
static struct peer_server server;
static char folder[64], ca[128];
static struct str https;

static void start(const char *const *options)
{
    struct err err = {0};
    const char *program = getenv("REHEARSE");
    arena_init(&arena, 0, 0);
    ck_assert_msg(curl_lib_open(&lib, &err), "%s", err.msg);
    (void)snprintf(folder, sizeof folder, "/tmp/rehearse-tls-XXXXXX");
    ck_assert(mkdtemp(folder) != NULL);
    (void)snprintf(ca, sizeof ca, "%s/authority.pem", folder);
    const char *all[16] = {"--https-port", "0", "--authority", folder};
    for (size_t i = 0; options && options[i]; i++) {
        all[4 + i] = options[i];
    }
    ck_assert_msg(
        peer_start(&server, &arena, program ? program : "build/debug/rehearse", all, &err), "%s",
        err.msg);
    https = server.https_url;
}

static void stop(void)
{
    char key[128];
    ck_assert(peer_stop(&server));
    curl_lib_close(&lib);
    (void)snprintf(key, sizeof key, "%s/authority-key.pem", folder);
    (void)unlink(key);
    (void)unlink(ca);
    (void)rmdir(folder);
    arena_done(&arena);
}

static size_t keep(char *bytes, size_t size, size_t n, void *ctx)
{
    buf_put(ctx, (struct str){bytes, size * n});
    return size * n;
}

/* The status; 0 where no answer came, with the reason in `out_code`. `host` "" is the address itself. */
static long get(const char *host, const char *path, struct buf *out, CURLcode *out_code)
{
    CURL *curl = lib.easy_init();
    char url[300], resolve[300];
    unsigned port = 0;
    struct curl_slist *list = NULL;
    long status = 0;
    size_t colon = https.len;
    while (https.s[colon - 1] != ':') {
        colon--;
    }
    int64_t number = 0;
    ck_assert(num_parse_i64(&number, str_slice(https, colon, https.len), 1, 65535));
    port = (unsigned)number;
    (void)snprintf(url, sizeof url, "https://%s:%u%s", host[0] ? host : "127.0.0.1", port, path);
    (void)snprintf(resolve, sizeof resolve, "%s:%u:127.0.0.1", host, port);
    if (host[0]) {
        list = lib.slist_append(NULL, resolve);
        lib.easy_setopt(curl, CURLOPT_RESOLVE, list);
    }
    lib.easy_setopt(curl, CURLOPT_URL, url);
    lib.easy_setopt(curl, CURLOPT_CAINFO, ca);
    lib.easy_setopt(curl, CURLOPT_NOPROXY, "*");
    lib.easy_setopt(curl, CURLOPT_TIMEOUT, 20L);
    lib.easy_setopt(curl, CURLOPT_WRITEFUNCTION, keep);
    lib.easy_setopt(curl, CURLOPT_WRITEDATA, out);
    *out_code = lib.easy_perform(curl);
    lib.easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    lib.slist_free_all(list);
    lib.easy_cleanup(curl);
    return status;
}

static struct peer_answer ask_admin(const char *method, const char *path, const char *body)
{
    struct err err = {0};
    struct peer *peer = NULL;
    struct peer_answer answer = {0};
    ck_assert(peer_open(&peer, &err));
    struct buf url;
    buf_init(&url, &arena);
    buf_printf(&url, "%.*s%s", STR_ARG(server.admin_url), path);
    struct peer_request request = {.method = method,
                                   .url = buf_str(&url),
                                   .body = str_of(body),
                                   .media_type = body ? STR("application/json") : STR(""),
                                   .admin = server.admin_token};
    ck_assert_msg(peer_send(&answer, &arena, peer, &request, &err), "%s", err.msg);
    peer_close(peer);
    return answer;
}

static void add_fault(const char *preset)
{
    char body[100];
    (void)snprintf(body, sizeof body, "{\"preset\":\"%s\"}", preset);
    ck_assert_int_eq(ask_admin("POST", "/faults", body).status, 201);
}

/* The handshake that was spoilt is in the journal and the metrics, and in no archive. */
static void must_be_written_down(const char *preset)
{
    struct json root = ask_admin("GET", "/journal?faults=true", NULL).json;
    struct json entry = json_first(json_get(root, STR("entries")));
    ck_assert_uint_eq(json_count(json_get(root, STR("entries"))), 1);
    ck_assert(json_is_true(json_get(entry, STR("handshake"))));
    ck_assert(str_eq(json_str(json_path(entry, STR("fault.name"))), str_of(preset)));
    ck_assert(!json_exists(json_get(entry, STR("nearest"))));
    root = ask_admin("GET", "/journal?format=har&faults=true", NULL).json;
    ck_assert_uint_eq(json_count(json_path(root, STR("log.entries"))), 0);
    struct str text = ask_admin("GET", "/metrics", NULL).body;
    ck_assert_uint_lt(str_find(text, STR("rehearse_tls_faults_total 1\n")), text.len);
}

START_TEST(a_client_that_verifies_is_served)
{
    struct buf out = {0};
    CURLcode code;
    struct stat st;
    char key[128];
    start(NULL);
    (void)snprintf(key, sizeof key, "%s/authority-key.pem", folder);
    ck_assert_int_eq(stat(key, &st), 0);
    ck_assert_int_eq(st.st_mode & 0777, 0600);
    ck_assert_int_eq(get("", "/api/v2/tokens/me", &out, &code), 401);
    ck_assert_int_eq(get("localhost", "/api/v2/tokens/me", &out, &code), 401);
    ck_assert_int_eq(get("api.mypurecloud.com", "/api/v2/tokens/me", &out, &code), 401);
    /* minted for whatever name the client asks for: sinks are reached by hosts of any kind */
    ck_assert_int_eq(get("bi.example.com", "/api/v2/tokens/me", &out, &code), 401);
    ck_assert_int_eq(get("bi.example.com", "/api/v2/tokens/me", &out, &code), 401);
    (void)snprintf(ca, sizeof ca, "/etc/ssl/certs/ca-certificates.crt");
    ck_assert_int_eq(get("", "/api/v2/tokens/me", &out, &code), 0); /* nobody else trusts it */
    (void)snprintf(ca, sizeof ca, "%s/authority.pem", folder);
    buf_done(&out);
    stop();
}
END_TEST

static const char *const wrong[] = {"tls-expired", "tls-wrong-host", "tls-self-signed"};

START_TEST(wrong_certificates_are_refused_once)
{
    struct buf out = {0};
    CURLcode code;
    start(NULL);
    add_fault(wrong[_i]);
    ck_assert_int_eq(get("", "/api/v2/tokens/me", &out, &code), 0);
    ck_assert_int_eq(code, CURLE_PEER_FAILED_VERIFICATION);
    ck_assert_int_eq(get("", "/api/v2/tokens/me", &out, &code), 401);
    must_be_written_down(wrong[_i]);
    buf_done(&out);
    stop();
}
END_TEST

START_TEST(profiles_by_host)
{
    static const char *const options[] = {"--profile", "genesys-cloud", "--profile",
                                          "cxone-interaction-config", NULL};
    struct buf out = {0};
    CURLcode code;
    start(options);
    ck_assert_int_eq(get("api.mypurecloud.com", "/api/v2/tokens/me", &out, &code), 401);
    ck_assert(str_find(buf_str(&out), STR("authentication.required")) < out.len);
    buf_clear(&out);
    ck_assert_int_eq(get("acme.api.cxone.com",
                         "/api/v2/contact-center/interaction-config/wrap-up-codes", &out, &code),
                     401);
    ck_assert(str_find(buf_str(&out), STR("authentication.required")) == out.len);
    buf_done(&out);
    stop();
}
END_TEST

static struct str post(struct peer *peer, const struct peer_request *request, const char *member)
{
    struct err err = {0};
    struct peer_answer answer = {0};
    ck_assert_msg(peer_send(&answer, &arena, peer, request, &err), "%s", err.msg);
    ck_assert_int_eq(answer.status, 200);
    return json_str_or(json_get(answer.json, str_of(member)), STR(""));
}

/* A channel of the tenant's administrator. */
static struct str open_channel(void)
{
    struct err err = {0};
    struct peer *peer = NULL;
    struct buf url;
    ck_assert(peer_open(&peer, &err));
    struct peer_request request = {.method = "POST",
                                   .url = server.token_url,
                                   .basic = STR("acme-admin:acme-admin-secret"),
                                   .body = STR("grant_type=client_credentials"),
                                   .media_type = STR("application/x-www-form-urlencoded")};
    struct str token = post(peer, &request, "access_token");
    buf_init(&url, &arena);
    buf_printf(&url, "%.*s/api/v2/notifications/channels", STR_ARG(server.url));
    request = (struct peer_request){.method = "POST", .url = buf_str(&url), .bearer = token};
    struct str id = post(peer, &request, "id");
    peer_close(peer);
    return id;
}

static int dial(struct str url)
{
    struct uri uri;
    struct err err = {0};
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    ck_assert(uri_parse(&uri, url, &err));
    to.sin_port = htons(uri.port);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    return fd;
}

/* wss: the stream of a channel over TLS; a ping comes back. */
START_TEST(streams)
{
    gnutls_session_t tls = NULL;
    gnutls_certificate_credentials_t trust = NULL;
    struct buf out = {0}, got = {0};
    char bytes[2000];
    start(NULL);
    struct str id = open_channel();
    int fd = dial(https);
    ck_assert_int_eq(gnutls_init(&tls, GNUTLS_CLIENT), 0);
    ck_assert_int_eq(gnutls_certificate_allocate_credentials(&trust), 0);
    ck_assert_int_eq(gnutls_certificate_set_x509_trust_file(trust, ca, GNUTLS_X509_FMT_PEM), 1);
    ck_assert_int_eq(gnutls_set_default_priority(tls), 0);
    ck_assert_int_eq(gnutls_credentials_set(tls, GNUTLS_CRD_CERTIFICATE, trust), 0);
    ck_assert_int_eq(gnutls_server_name_set(tls, GNUTLS_NAME_DNS, "streaming.mypurecloud.com", 25),
                     0);
    gnutls_session_set_verify_cert(tls, "streaming.mypurecloud.com", 0);
    gnutls_transport_set_int(tls, fd);
    gnutls_handshake_set_timeout(tls, 20000);
    int code = gnutls_handshake(tls);
    ck_assert_msg(code == 0, "%s", gnutls_strerror(code));
    buf_printf(&out,
               "GET /channels/%.*s HTTP/1.1\r\nHost: streaming.mypurecloud.com\r\n"
               "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
               "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
               STR_ARG(id));
    ck_assert_int_eq(gnutls_record_send(tls, out.s, out.len), (ssize_t)out.len);
    gnutls_record_set_timeout(tls, 20000);
    while (str_find(buf_str(&got), STR("\r\n\r\n")) == got.len) {
        ssize_t n = gnutls_record_recv(tls, bytes, sizeof bytes);
        ck_assert_msg(n > 0, "%zd after %.*s", n, STR_ARG(buf_str(&got)));
        buf_put(&got, (struct str){bytes, (size_t)n});
    }
    ck_assert_msg(str_starts(buf_str(&got), STR("HTTP/1.1 101")), "%.*s", STR_ARG(buf_str(&got)));
    buf_clear(&out);
    ws_put_masked(&out, WS_PING, true, STR("over TLS"), 0xA1B2C3D4);
    ck_assert_int_eq(gnutls_record_send(tls, out.s, out.len), (ssize_t)out.len);
    while (str_find(buf_str(&got), STR("\x8A\x08over TLS")) == got.len) {
        ssize_t n = gnutls_record_recv(tls, bytes, sizeof bytes);
        ck_assert_msg(n > 0, "%zd", n);
        buf_put(&got, (struct str){bytes, (size_t)n});
    }
    gnutls_deinit(tls);
    gnutls_certificate_free_credentials(trust);
    (void)close(fd);
    buf_done(&out);
    buf_done(&got);
    stop();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tls");
    TCase *tcase = tcase_create("all");
    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, a_client_that_verifies_is_served);
    tcase_add_loop_test(tcase, wrong_certificates_are_refused_once, 0, 3);
    tcase_add_test(tcase, profiles_by_host);
    tcase_add_test(tcase, streams);
    return unit_run(suite);
}
