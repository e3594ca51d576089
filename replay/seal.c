/* The outside of a seal: starts the keeper, takes the sockets, waits, ends. */
#include "replay/seal_int.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* The next message from the inside, with sockets if there are some. False: nobody is there. */
static bool hear(const struct seal *s, struct seal_word *word, int *fds, size_t *n_fds)
{
    union {
        struct cmsghdr head;
        char bytes[CMSG_SPACE(sizeof(int) * (SEAL_PORTS_MAX + 2))];
    } control = {0};
    struct iovec part = {word, sizeof *word};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof control.bytes};
    ssize_t n = 0;
    do {
        n = recvmsg(s->channel, &message, MSG_CMSG_CLOEXEC);
    } while (n < 0 && errno == EINTR);
    const struct cmsghdr *c = n == (ssize_t)sizeof *word ? CMSG_FIRSTHDR(&message) : NULL;
    *n_fds = 0;
    if (c && c->cmsg_type == SCM_RIGHTS) {
        *n_fds = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        memcpy(fds, CMSG_DATA(c), *n_fds * sizeof(int));
    }
    return n == (ssize_t)sizeof *word;
}

static bool has_gone(struct err *err)
{
    return err_set(err, ERR_SYSTEM, "the process that was to keep the sealed program is gone");
}

bool seal_open(struct seal *out, const struct seal_options *options, struct err *err)
{
    int channel[2], fds[SEAL_PORTS_MAX + 2];
    size_t n = 0, n_wanted = options->kind == SEAL_NONE ? 0 : options->n_ports + 2;
    struct seal_word word = {0};
    *out = (struct seal){.channel = -1, .dns_udp = -1, .dns_tcp = -1};
    if (options->n_ports > SEAL_PORTS_MAX) {
        return err_set(err, ERR_LIMIT, "a sealed program has at most %d ports", SEAL_PORTS_MAX);
    }
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, channel)) {
        return err_sys(err, errno, "a sealed program cannot be started");
    }
    pid_t keeper = fork();
    if (keeper == 0) {
        (void)close(channel[0]);
        seal_keep(options, channel[1]);
    }
    (void)close(channel[1]);
    *out = (struct seal){
        .keeper = keeper > 0 ? keeper : 0, .channel = channel[0], .dns_udp = -1, .dns_tcp = -1};
    if (keeper < 0) {
        seal_close(out);
        return err_sys(err, errno, "a sealed program cannot be started");
    }
    if (!hear(out, &word, fds, &n) || word.step != SEAL_STEP_DONE || n != n_wanted) {
        seal_close(out);
        return word.step ? seal_refusal(err, options, &word) : has_gone(err);
    }
    if (n == 0) {
        return true;
    }
    out->n_sockets = options->n_ports;
    memcpy(out->sockets, fds, options->n_ports * sizeof(int));
    out->dns_udp = fds[n - 2];
    out->dns_tcp = fds[n - 1];
    return true;
}

bool seal_run(struct seal *s, struct err *err)
{
    static const char go = SEAL_GO;
    return send(s->channel, &go, 1, MSG_NOSIGNAL) == 1 || has_gone(err);
}

/* Milliseconds left, -1 for ever. */
static int left_ms(int64_t end_us)
{
    int64_t left = (end_us - clock_monotonic_us()) / 1000;
    return end_us == 0 ? -1 : left < 0 ? 0 : left > 1000000 ? 1000000 : (int)left + 1;
}

bool seal_wait(struct seal *s, const struct seal_options *options, int64_t timeout_ms, int stop,
               struct seal_end *out, struct err *err)
{
    static const char word_stop = SEAL_STOP;
    int64_t started_us = clock_monotonic_us(),
            end_us = timeout_ms ? started_us + timeout_ms * 1000 : 0;
    struct seal_word word = {0};
    bool is_stopped = false, is_timeout = false;
    int none[SEAL_PORTS_MAX + 2];
    size_t n = 0;
    for (;;) {
        struct pollfd fds[] = {{.fd = s->channel, .events = POLLIN},
                               {.fd = is_stopped ? -1 : stop, .events = POLLIN}};
        int n_ready = poll(fds, 2, is_stopped ? -1 : left_ms(end_us));
        if (n_ready < 0 && errno != EINTR) {
            return err_sys(err, errno, "waiting for the sealed program failed");
        }
        if (fds[0].revents) {
            break;
        }
        bool is_over = end_us && clock_monotonic_us() >= end_us;
        if (!is_stopped && (fds[1].revents || is_over)) {
            is_stopped = true;
            is_timeout = is_over;
            (void)send(s->channel, &word_stop, 1, MSG_NOSIGNAL);
        }
    }
    if (!hear(s, &word, none, &n)) {
        return has_gone(err);
    }
    if (word.step != SEAL_STEP_ENDED) {
        return seal_refusal(err, options, &word);
    }
    *out = word.end;
    out->is_timeout = is_timeout;
    out->is_stopped = is_stopped && !is_timeout;
    out->wall_us = clock_monotonic_us() - started_us;
    s->has_proc = word.has_proc;
    return true;
}

void seal_close(struct seal *s)
{
    if (s->keeper) {
        int status = 0;
        (void)kill(s->keeper,
                   SIGKILL); /* the first process dies with it, and all others with that one */
        while (waitpid(s->keeper, &status, 0) < 0 && errno == EINTR) {
        }
        s->keeper = 0;
    }
    if (s->channel >= 0) {
        fd_close(&s->channel);
        s->channel = -1;
    }
}

void seal_close_sockets(struct seal *s)
{
    for (size_t i = 0; i < s->n_sockets; i++) {
        fd_close(&s->sockets[i]);
    }
    s->n_sockets = 0;
    fd_close(&s->dns_udp);
    fd_close(&s->dns_tcp);
    s->dns_udp = s->dns_tcp = -1;
}

bool seal_probe(enum seal_kind kind, struct err *err)
{
    static const uint16_t ports[] = {443};
    const struct seal_options options = {
        .ports = ports, .n_ports = 1, .kind = kind, .in = 0, .out = 1, .err = 2};
    struct seal s;
    bool is_open = seal_open(&s, &options, err);
    if (is_open) {
        seal_close_sockets(&s);
        seal_close(&s);
    }
    return is_open;
}
