/* Programs in a seal: what they see, what they reach, how they end. Where this machine has no namespaces,
 * the reason is told and the rest is left out, aloud. */
#include "replay/dns.h"
#include "replay/seal.h"
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

extern char **environ;

static const uint16_t ports[] = {443, 80};
static const char *own_path; /* this program, which is also the client inside */

static bool is_possible(void)
{
    struct err err = {0};
    bool is = seal_probe(SEAL_USER, &err);
    if (!is) {
        ck_assert_uint_gt(strlen(err.msg), 40);
        printf("skip: %s\n", err.msg);
    }
    return is;
}

struct outcome {
    struct seal_end end;
    struct err err;
    bool has_run;
    char out[4096];
    struct seal seal;
};

/* Runs `sh -c script` in a seal with what it needs to look up names. */
static void run(struct outcome *o, const char *script, int64_t timeout_ms)
{
    char shell[] = "/bin/sh", flag[] = "-c", text[2000];
    char *argv[] = {shell, flag, text, NULL};
    int out[2], none = open("/dev/null", O_RDWR | O_CLOEXEC);
    struct dns *dns = NULL;
    memset(o, 0, sizeof *o);
    (void)snprintf(text, sizeof text, "%s", script);
    ck_assert_int_eq(pipe2(out, O_CLOEXEC), 0);
    const struct seal_options options = {.argv = argv,
                                         .env = environ,
                                         .ports = ports,
                                         .n_ports = 2,
                                         .in = none,
                                         .out = out[1],
                                         .err = out[1]};
    ck_assert_msg(seal_open(&o->seal, &options, &o->err), "%s", o->err.msg);
    ck_assert(dns_start(&dns, o->seal.dns_udp, o->seal.dns_tcp, &o->err));
    ck_assert(seal_run(&o->seal, &o->err));
    o->has_run = seal_wait(&o->seal, &options, timeout_ms, -1, &o->end, &o->err);
    (void)close(out[1]);
    ssize_t n = read(out[0], o->out, sizeof o->out - 1);
    o->out[n > 0 ? n : 0] = '\0';
    (void)close(out[0]);
    (void)close(none);
    dns_free(dns);
    o->seal.dns_udp = o->seal.dns_tcp = -1;
    seal_close_sockets(&o->seal);
    seal_close(&o->seal);
}

static const struct end_row {
    const char *script;
    int64_t timeout_ms;
    int exit_status, signal;
    size_t n_left;
    bool is_timeout;
    const char *out;
} ends[] = {
    {"exit 0", 0, 0, 0, 0, false, ""},
    {"echo hello; exit 7", 0, 7, 0, 0, false, "hello\n"},
    {"kill -9 $$", 0, -1, SIGKILL, 0, false, ""},
    {"kill -15 $$; sleep 9", 0, -1, SIGTERM, 0, false, ""},
    {"sleep 100 & sleep 100 & exit 3", 0, 3, 0, 2, false, ""},
    {"trap '' 15; sleep 100", 300, -1, SIGKILL, 0, true, ""},
    {"(sleep 100 & sleep 100 & wait) & wait", 300, -1, SIGKILL, 0, true, ""},
    {"cat", 0, 0, 0, 0, false, ""},
};

START_TEST(how_programs_end)
{
    const struct end_row *r = &ends[_i];
    struct outcome o;
    if (!is_possible()) {
        return;
    }
    run(&o, r->script, r->timeout_ms);
    ck_assert_msg(o.has_run, "%s: %s", r->script, o.err.msg);
    ck_assert_int_eq(o.end.exit_status, r->exit_status);
    ck_assert_int_eq(o.end.signal, r->signal);
    ck_assert_int_eq(o.end.is_timeout, r->is_timeout);
    ck_assert_msg(r->is_timeout || o.end.n_left == r->n_left, "%s: %zu left", r->script,
                  o.end.n_left);
    ck_assert_str_eq(o.out, r->out);
    ck_assert_int_gt(o.end.max_rss_kib, 0);
    ck_assert_int_ge(o.end.wall_us, r->timeout_ms * 1000);
}
END_TEST

/* Inside there is loopback and nothing else, and we are who we were. */
START_TEST(what_they_see)
{
    struct outcome o;
    char want[100];
    if (!is_possible()) {
        return;
    }
    run(&o,
        "ls /sys/class/net 2>/dev/null | grep -v '^lo$' | grep -c . >/dev/null; "
        "tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' '; id -u; id -g; ls -d /proc/[0-9]* | "
        "grep -c .",
        5000);
    (void)snprintf(want, sizeof want, "lo\n%u\n%u\n", (unsigned)geteuid(), (unsigned)getegid());
    ck_assert_msg(strncmp(o.out, want, strlen(want)) == 0, "%s", o.out);
    if (o.seal.has_proc) {
        ck_assert_int_lt(atoi(o.out + strlen(want)), 10); /* only those of the seal */
    }
}
END_TEST

START_TEST(what_cannot_be_executed)
{
    char name[] = "/no/such/program";
    char *argv[] = {name, NULL};
    struct err err = {0};
    struct seal s;
    struct seal_end end;
    if (!is_possible()) {
        return;
    }
    const struct seal_options options = {.argv = argv, .env = environ, .in = 0, .out = 1, .err = 2};
    ck_assert_msg(seal_open(&s, &options, &err), "%s", err.msg);
    ck_assert(seal_run(&s, &err));
    ck_assert(!seal_wait(&s, &options, 5000, -1, &end, &err));
    ck_assert_str_eq(err.msg, "/no/such/program cannot be executed: No such file or directory");
    seal_close_sockets(&s);
    seal_close(&s);
}
END_TEST

/* The client inside: looks up a name, says something to its port, prints what comes back; then tries an
 * address outside. */
static int be_client(const char *host)
{
    const struct addrinfo want = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *at = NULL;
    struct sockaddr_in outside = {.sin_family = AF_INET, .sin_port = htons(443)};
    char got[64] = "";
    int code = getaddrinfo(host, "443", &want, &at);
    if (code) {
        printf("%s\n", gai_strerror(code));
        return 2;
    }
    int fd = socket(at->ai_family, SOCK_STREAM, 0);
    if (fd < 0 || connect(fd, at->ai_addr, at->ai_addrlen) || write(fd, "ping", 4) != 4) {
        perror("connect");
        return 2;
    }
    ssize_t n = read(fd, got, sizeof got - 1);
    printf("%.*s ", n > 0 ? (int)n : 0, got);
    (void)close(fd);
    freeaddrinfo(at);
    (void)inet_pton(AF_INET, "192.0.2.1", &outside.sin_addr);
    fd = socket(AF_INET, SOCK_STREAM, 0);
    code = connect(fd, (struct sockaddr *)&outside, sizeof outside);
    printf("%s\n", code ? errno == ENETUNREACH ? "unreachable" : strerror(errno) : "connected");
    (void)close(fd);
    return 0;
}

/* We, outside, answer on a socket that was made inside. */
START_TEST(names_and_sockets)
{
    char client[] = "client", host[] = "login.mypurecloud.example", program[4096], got[16] = "",
         text[64] = "";
    char *argv[] = {program, client, host, NULL};
    struct err err = {0};
    struct seal s;
    struct seal_end end;
    struct dns *dns = NULL;
    int out[2];
    char folder[] = "/tmp/rehearse-seal-XXXXXX", resolv[64], nss[64];
    if (!is_possible()) {
        return;
    }
    (void)snprintf(program, sizeof program, "%s", own_path);
    ck_assert(mkdtemp(folder) != NULL);
    (void)snprintf(resolv, sizeof resolv, "%s/resolv.conf", folder);
    (void)snprintf(nss, sizeof nss, "%s/nsswitch.conf", folder);
    ck_assert(file_write(resolv, STR("nameserver 127.0.0.1\n"), 0644, &err));
    ck_assert(file_write(nss, STR("hosts: files dns\n"), 0644, &err));
    const struct seal_mount mounts[] = {
        {resolv, "/etc/resolv.conf"}, {nss, "/etc/nsswitch.conf"}, {nss, "/no/such/place"}};
    ck_assert_int_eq(pipe2(out, O_CLOEXEC), 0);
    const struct seal_options options = {.argv = argv,
                                         .env = environ,
                                         .ports = ports,
                                         .n_ports = 2,
                                         .mounts = mounts,
                                         .n_mounts = 3,
                                         .in = 0,
                                         .out = out[1],
                                         .err = out[1]};
    ck_assert_msg(seal_open(&s, &options, &err), "%s", err.msg);
    ck_assert(dns_start(&dns, s.dns_udp, s.dns_tcp, &err));
    ck_assert(seal_run(&s, &err));
    struct pollfd wait = {.fd = s.sockets[0], .events = POLLIN};
    ck_assert_int_eq(poll(&wait, 1, 5000), 1);
    int fd = accept4(s.sockets[0], NULL, NULL, SOCK_CLOEXEC);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(read(fd, got, sizeof got), 4);
    ck_assert_int_eq(write(fd, "pong", 4), 4);
    (void)close(fd);
    ck_assert_msg(seal_wait(&s, &options, 5000, -1, &end, &err), "%s", err.msg);
    (void)close(out[1]);
    ck_assert_int_gt(read(out[0], text, sizeof text - 1), 0);
    (void)close(out[0]);
    ck_assert_str_eq(text, "pong unreachable\n");
    ck_assert_int_eq(end.exit_status, 0);
    dns_stop(dns);
    ck_assert_uint_eq(dns_name_count(dns), 1);
    ck_assert(str_eq(dns_name_at(dns, 0), str_of(host)));
    dns_free(dns);
    s.dns_udp = s.dns_tcp = -1;
    seal_close_sockets(&s);
    seal_close(&s);
    (void)unlink(resolv);
    (void)unlink(nss);
    (void)rmdir(folder);
}
END_TEST

/* A descriptor that becomes readable ends the program. */
START_TEST(stopped_from_outside)
{
    char program[] = "/bin/sleep", time[] = "100";
    char *argv[] = {program, time, NULL};
    struct err err = {0};
    struct seal s;
    struct seal_end end;
    int stop[2];
    if (!is_possible()) {
        return;
    }
    ck_assert_int_eq(pipe2(stop, O_CLOEXEC), 0);
    const struct seal_options options = {.argv = argv, .env = environ, .in = 0, .out = 1, .err = 2};
    ck_assert_msg(seal_open(&s, &options, &err), "%s", err.msg);
    ck_assert(seal_run(&s, &err));
    ck_assert_int_eq(write(stop[1], "x", 1), 1);
    ck_assert_msg(seal_wait(&s, &options, 0, stop[0], &end, &err), "%s", err.msg);
    ck_assert_int_eq(end.signal, SIGKILL);
    ck_assert(!end.is_timeout);
    seal_close_sockets(&s);
    seal_close(&s);
    (void)close(stop[0]);
    (void)close(stop[1]);
}
END_TEST

int main(int argc, char **argv)
{
    static char path[4096];
    if (argc == 3 && strcmp(argv[1], "client") == 0) {
        return be_client(argv[2]);
    }
    own_path = realpath(argv[0], path);
    Suite *suite = suite_create("seal");
    TCase *t = tcase_create("all");
    tcase_add_loop_test(t, how_programs_end, 0, sizeof ends / sizeof *ends);
    tcase_add_test(t, what_they_see);
    tcase_add_test(t, what_cannot_be_executed);
    tcase_add_test(t, names_and_sockets);
    tcase_add_test(t, stopped_from_outside);
    suite_add_tcase(suite, t);
    return unit_run(suite);
}
