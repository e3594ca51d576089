#include "replay/proxy.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum { TUNNELS_MAX = 256, PIECE_BYTES = 16 << 10, BACKLOG = 128 };

/* One way through a tunnel: what was read and not yet written. */
struct way {
    char bytes[PIECE_BYTES];
    size_t at, len;
    bool is_ended; /* its source says no more */
};

struct tunnel {
    int fds[2];        /* the program's, the mock's; mock's -1: the head is not complete */
    struct way way[2]; /* from fds[i] to the other */
};

struct proxy {
    struct proxy_options options;
    int listener, stop;
    uint16_t port;
    bool has_thread;
    pthread_t thread;
    struct tunnel *tunnels[TUNNELS_MAX];
    size_t n_tunnels;
};

bool proxy_read_connect(struct str *out_host, struct str line)
{
    static const struct str word = STR_INIT("CONNECT ");
    if (!str_starts(line, word)) {
        return false;
    }
    struct str host = str_slice(line, word.len, line.len);
    host = str_slice(host, 0, str_find_char(host, ' '));
    size_t end =
        host.len && host.s[0] == '[' ? str_find_char(host, ']') + 1 : str_find_char(host, ':');
    *out_host = str_slice(host, 0, end);
    return out_host->len > 0;
}

/* With a reset where that is what the other side got. */
static void drop(struct proxy *p, size_t i, bool is_reset)
{
    static const struct linger at_once = {1, 0};
    struct tunnel *t = p->tunnels[i];
    for (int k = 0; k < 2; k++) {
        if (t->fds[k] >= 0 && is_reset) {
            (void)setsockopt(t->fds[k], SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        }
        fd_close(&t->fds[k]);
    }
    mem_free(t);
    p->tunnels[i] = p->tunnels[--p->n_tunnels];
}

static int dial(uint16_t port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&at, sizeof at)) {
        fd_close(&fd);
        fd = -1;
    }
    return fd;
}

/* The program's first words are complete: where they lead. False: nowhere. */
static bool connect_tunnel(struct proxy *p, struct tunnel *t, size_t head_len)
{
    static const struct str well = STR_INIT("HTTP/1.1 200 Connection established\r\n\r\n"),
                            refused = STR_INIT("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n"
                                               "Connection: close\r\n\r\n");
    struct way *w = &t->way[0];
    struct str head = {w->bytes, head_len}, line, host;
    (void)str_cut(&head, '\r', &line);
    bool is_tunnel = proxy_read_connect(&host, line);
    if (is_tunnel && !p->options.takes_host(p->options.ctx, host)) {
        (void)send(t->fds[0], refused.s, refused.len, MSG_NOSIGNAL);
        return false;
    }
    t->fds[1] = dial(is_tunnel ? p->options.https_port : p->options.http_port);
    if (t->fds[1] < 0) {
        return false;
    }
    if (is_tunnel) { /* the rest of the bytes is the tunnel's */
        w->at = head_len;
        return send(t->fds[0], well.s, well.len, MSG_NOSIGNAL) == (ssize_t)well.len;
    }
    return true;
}

/* False: it is over with the tunnel. */
static bool read_way(struct proxy *p, struct tunnel *t, int from, bool *out_is_reset)
{
    struct way *w = &t->way[from];
    if (w->at == w->len) {
        w->at = w->len = 0;
    }
    if (w->len == sizeof w->bytes) {
        return t->fds[1] >= 0; /* a head that has no end is none */
    }
    ssize_t n = recv(t->fds[from], w->bytes + w->len, sizeof w->bytes - w->len, MSG_DONTWAIT);
    if (n < 0) {
        *out_is_reset = errno == ECONNRESET;
        return errno == EAGAIN || errno == EINTR;
    }
    w->is_ended = n == 0;
    w->len += (size_t)n;
    if (t->fds[1] < 0) {
        size_t end = str_find((struct str){w->bytes, w->len}, STR("\r\n\r\n"));
        return !w->is_ended && (end == w->len || connect_tunnel(p, t, end + 4));
    }
    return true;
}

static bool write_way(struct tunnel *t, int from, bool *out_is_reset)
{
    struct way *w = &t->way[from];
    int to = t->fds[!from];
    while (w->at < w->len) {
        ssize_t n = send(to, w->bytes + w->at, w->len - w->at, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0) {
            *out_is_reset = errno == ECONNRESET;
            return errno == EAGAIN || errno == EINTR;
        }
        w->at += (size_t)n;
    }
    if (w->is_ended && to >= 0) {
        (void)shutdown(to, SHUT_WR);
    }
    return true;
}

/* What there is to wait for at one side of a tunnel. */
static struct pollfd wish(const struct tunnel *t, int side)
{
    const struct way *in = &t->way[side], *out = &t->way[!side];
    bool has_room = !in->is_ended && (in->at == in->len || (side == 0 && t->fds[1] < 0));
    short events = (short)((has_room ? POLLIN : 0) | (out->at < out->len ? POLLOUT : 0));
    return (struct pollfd){.fd = events ? t->fds[side] : -1, .events = events};
}

static bool serve_tunnel(struct proxy *p, struct tunnel *t, const struct pollfd fds[2],
                         bool *out_is_reset)
{
    for (int side = 0; side < 2; side++) {
        if ((fds[side].revents & (POLLIN | POLLHUP | POLLERR)) && (fds[side].events & POLLIN) &&
            !read_way(p, t, side, out_is_reset)) {
            return false;
        }
    }
    for (int side = 0; side < 2 && t->fds[1] >= 0; side++) {
        if (!write_way(t, side, out_is_reset)) {
            return false;
        }
    }
    bool is_over = true; /* both have said all, and it was passed on */
    for (int side = 0; side < 2; side++) {
        is_over = is_over && t->way[side].is_ended && t->way[side].at == t->way[side].len;
    }
    return !is_over;
}

static void accept_tunnel(struct proxy *p)
{
    int fd = accept4(p->listener, NULL, NULL, SOCK_CLOEXEC);
    if (fd < 0) {
        return;
    }
    if (p->n_tunnels == TUNNELS_MAX) {
        drop(p, 0, true);
    }
    struct tunnel *t = MEM_NEW(struct tunnel);
    t->fds[0] = fd;
    t->fds[1] = -1;
    p->tunnels[p->n_tunnels++] = t;
}

static void *serve(void *ctx)
{
    struct proxy *p = ctx;
    for (;;) {
        struct pollfd fds[2 + 2 * TUNNELS_MAX] = {{.fd = p->stop, .events = POLLIN},
                                                  {.fd = p->listener, .events = POLLIN}};
        size_t n = p->n_tunnels;
        for (size_t i = 0; i < n; i++) {
            fds[2 + 2 * i] = wish(p->tunnels[i], 0);
            fds[3 + 2 * i] = wish(p->tunnels[i], 1);
        }
        if ((poll(fds, 2 + 2 * n, -1) < 0 && errno != EINTR) || fds[0].revents) {
            return NULL;
        }
        for (size_t i = n; i > 0; i--) { /* from the end: dropping one moves the last */
            bool is_reset = false;
            if (!serve_tunnel(p, p->tunnels[i - 1], &fds[2 * i], &is_reset)) {
                drop(p, i - 1, is_reset);
            }
        }
        if (fds[1].revents) {
            accept_tunnel(p);
        }
    }
}

bool proxy_start(struct proxy **out, const struct proxy_options *options, struct err *err)
{
    struct proxy *p = MEM_NEW(struct proxy);
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t len = sizeof at;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    p->options = *options;
    p->stop = eventfd(0, EFD_CLOEXEC);
    p->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    p->has_thread =
        p->stop >= 0 && p->listener >= 0 && !bind(p->listener, (struct sockaddr *)&at, sizeof at) &&
        !listen(p->listener, BACKLOG) && !getsockname(p->listener, (struct sockaddr *)&at, &len) &&
        pthread_create(&p->thread, NULL, serve, p) == 0;
    p->port = ntohs(at.sin_port);
    if (!p->has_thread) {
        int sys = errno;
        proxy_free(p);
        return err_sys(err, sys, "no proxy can be had on this machine");
    }
    *out = p;
    return true;
}

uint16_t proxy_port(const struct proxy *p)
{
    return p->port;
}

void proxy_free(struct proxy *p)
{
    if (!p) {
        return;
    }
    if (p->has_thread) {
        (void)eventfd_write(p->stop, 1);
        (void)pthread_join(p->thread, NULL);
    }
    while (p->n_tunnels) {
        drop(p, 0, false);
    }
    fd_close(&p->listener);
    fd_close(&p->stop);
    mem_free(p);
}
