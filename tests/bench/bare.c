/* The yardstick: what libmicrohttpd gives when nobody does anything with the request.
 *
 * It is handed one recorded answer (a file as `curl --include` writes it: status line, headers,
 * blank line, body) and gives these bytes to every request, whatever it asks. Its handler is the
 * correct one: nothing on the first call, so that the connection is kept; bodies are read to their
 * end and dropped; then one response object, made once, is queued. So the figures of the product
 * are compared with the best that this library can do with the same bytes on the same machine.
 *
 * Usage: bench_bare ANSWER THREADS [AUTHORITY]. Prints the port it got on one line; stops on
 * SIGTERM. With the folder of an authority it speaks TLS as the product does, with a certificate of
 * that authority. */
#include "base/base.h"
#include "mockapi/authority.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>

enum {
    ANSWER_BYTES_MAX = 1 << 20,
    THREADS_MAX = 64,
    CONNECTION_BYTES =
        16 << 10, /* HEADER_BYTES_MAX of mockapi: the library zeroes so much a request */
};

struct answer {
    unsigned status;
    bool is_tls;
    struct leaf leaf;              /* what all handshakes are shown */
    struct MHD_Response *response; /* shared by all threads; libmicrohttpd counts its users */
};

static enum MHD_Result on_request(void *ctx, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *upload,
                                  size_t *upload_size, void **con_cls)
{
    struct answer *answer = ctx;
    (void)url, (void)method, (void)version, (void)upload;
    if (*con_cls == NULL) {
        *con_cls = answer;
        return MHD_YES;
    }
    if (*upload_size != 0) {
        *upload_size = 0;
        return MHD_YES;
    }
    return MHD_queue_response(connection, answer->status, answer->response);
}

/* Headers that the library writes itself. */
static bool is_framing(struct str name)
{
    static const struct str names[] = {STR_INIT("Content-Length"), STR_INIT("Connection"),
                                       STR_INIT("Transfer-Encoding"), STR_INIT("Date")};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (str_eq_fold(name, names[i])) {
            return true;
        }
    }
    return false;
}

static struct str next_line(struct str *rest)
{
    struct str line = {NULL, 0};
    (void)str_cut(rest, '\n', &line);
    return str_ends(line, STR("\r")) ? str_slice(line, 0, line.len - 1) : line;
}

/* "HTTP/1.1 200 OK" -> 200 */
static bool parse_status(unsigned *out, struct str line)
{
    int64_t status = 0;
    struct str word;
    if (!str_starts(line, STR("HTTP/")) || !str_cut(&line, ' ', &word) ||
        !str_cut(&line, ' ', &word) || !num_parse_i64(&status, word, 200, 599)) {
        return false;
    }
    *out = (unsigned)status;
    return true;
}

/* The recorded text as an answer whose body and headers live in `a`. */
static bool parse_answer(struct answer *out, struct arena *a, struct str text, struct err *err)
{
    if (!parse_status(&out->status, next_line(&text))) {
        return err_set(err, ERR_INPUT, "the recorded answer has no status line");
    }
    struct str head = text;
    size_t blank = str_find(text, STR("\r\n\r\n"));
    if (blank == text.len) {
        return err_set(err, ERR_INPUT, "the recorded answer has no blank line");
    }
    head.len = blank;
    struct str body = str_copy(a, str_slice(text, blank + 4, text.len));
    /* Older versions want a pointer to bytes they may change; with this mode they do not. */
    void *bytes = (void *)(uintptr_t)body.s;
    out->response = MHD_create_response_from_buffer(body.len, bytes, MHD_RESPMEM_PERSISTENT);
    while (head.len > 0) {
        struct str value = next_line(&head);
        struct str name;
        (void)str_cut(&value, ':', &name);
        const char *c_name = str_cstr(a, name);
        const char *c_value = str_cstr(a, str_trim(value));
        if (!is_framing(name) &&
            (c_name == NULL || c_value == NULL ||
             MHD_add_response_header(out->response, c_name, c_value) != MHD_YES)) {
            return err_set(err, ERR_INPUT, "cannot repeat the header \"%.*s\"", STR_ARG(name));
        }
    }
    return true;
}

static bool mint(struct answer *answer, const char *folder, struct err *err)
{
    static const struct str hosts[] = {STR_INIT("localhost")};
    struct authority *authority = NULL;
    answer->is_tls = authority_open(&authority, folder, err) &&
                     authority_mint(&answer->leaf, authority, hosts, 1, LEAF_GOOD, err);
    authority_free(authority);
    return answer->is_tls;
}

static void on_connection(void *ctx, struct MHD_Connection *connection, void **socket_context,
                          enum MHD_ConnectionNotificationCode code)
{
    (void)connection, (void)code;
    *socket_context = ctx; /* for the handshake, which is told no other context */
}

static int on_handshake(gnutls_session_t session, const struct gnutls_cert_retr_st *asked,
                        gnutls_pcert_st **out_chain, unsigned *out_n,
                        gnutls_ocsp_data_st **out_ocsp, unsigned *out_n_ocsp,
                        gnutls_privkey_t *out_key, unsigned *out_flags)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(
        gnutls_session_get_ptr(session), MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct answer *answer = info ? info->socket_context : NULL;
    (void)asked;
    if (answer == NULL) {
        return -1;
    }
    *out_chain = answer->leaf.chain;
    *out_n = answer->leaf.n;
    *out_key = answer->leaf.key;
    *out_ocsp = NULL;
    *out_n_ocsp = 0;
    *out_flags = 0;
    return 0;
}

static struct MHD_Daemon *start(struct answer *answer, unsigned threads)
{
    struct sockaddr_in any_port = {
        .sin_family = AF_INET,
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME; /* as mockapi */
    struct MHD_OptionItem pool[] = {{MHD_OPTION_THREAD_POOL_SIZE, (intptr_t)threads, NULL},
                                    {MHD_OPTION_END, 0, NULL}};
    struct MHD_OptionItem *shared =
        threads > 1 ? pool : pool + 1; /* the library knows no pool of one */
    if (answer->is_tls) {
        return MHD_start_daemon(
            flags | MHD_USE_TLS, 0, NULL, NULL, on_request, answer, MHD_OPTION_SOCK_ADDR, &any_port,
            MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_BYTES, MHD_OPTION_ARRAY, shared,
            MHD_OPTION_NOTIFY_CONNECTION, on_connection, answer, MHD_OPTION_HTTPS_CERT_CALLBACK2,
            on_handshake, MHD_OPTION_HTTPS_PRIORITIES, "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2",
            MHD_OPTION_END);
    }
    return MHD_start_daemon(flags, 0, NULL, NULL, on_request, answer, MHD_OPTION_SOCK_ADDR,
                            &any_port, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_BYTES,
                            MHD_OPTION_ARRAY, shared, MHD_OPTION_END);
}

int main(int argc, char **argv)
{
    struct err err = {0};
    struct arena arena;
    struct answer answer = {.status = 0};
    struct str text;
    int64_t threads = 0;
    if ((argc != 3 && argc != 4) || !num_parse_i64(&threads, str_of(argv[2]), 1, THREADS_MAX)) {
        fprintf(stderr, "usage: bench_bare ANSWER THREADS [AUTHORITY]\n");
        return 2;
    }
    sigset_t stop;
    sigemptyset(&stop);
    sigaddset(&stop, SIGTERM);
    sigaddset(&stop, SIGINT);
    pthread_sigmask(SIG_BLOCK, &stop, NULL);
    arena_init(&arena, 0, 0);
    struct MHD_Daemon *daemon = NULL;
    bool is_well = file_read(&text, &arena, argv[1], ANSWER_BYTES_MAX, &err) &&
                   parse_answer(&answer, &arena, text, &err) &&
                   (argc == 3 || mint(&answer, argv[3], &err));
    if (is_well) {
        daemon = start(&answer, (unsigned)threads);
        is_well = daemon != NULL || err_set(&err, ERR_SYSTEM, "libmicrohttpd did not start");
    }
    if (is_well) {
        printf("%" PRIu16 "\n", MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
        fflush(stdout);
        int signal_number = 0;
        sigwait(&stop, &signal_number);
        MHD_stop_daemon(daemon);
    } else {
        char line[640];
        err_text(line, sizeof line, &err);
        fprintf(stderr, "bench_bare: %s\n", line);
    }
    if (answer.response != NULL) {
        MHD_destroy_response(answer.response);
    }
    leaf_done(&answer.leaf);
    arena_done(&arena);
    return is_well ? 0 : 3;
}
