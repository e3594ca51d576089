/* Messages of RFC 1035, section 4, as far as a stub resolver sends them:
 *
 *     0  id        2  flags: QR opcode(4) AA TC RD | RA Z(3) rcode(4)
 *     4  questions 6  answers 8 authorities 10 additional
 *    12  labels: length byte (at most 63) and that many bytes, …, 0; then type, class
 */
#include "replay/dns.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    HEADER_BYTES = 12,
    LABEL_MAX = 63,
    FLAG_ANSWER = 0x80,
    FLAG_AUTHORITY = 0x04,
    FLAG_WANTS_RECURSION = 0x01,
    FLAG_RECURSES = 0x80,
    OPCODE_BITS = 0x78,
    CODE_FORMAT = 1,
    CODE_UNKNOWN = 4,
    TYPE_A = 1,
    TYPE_ANY = 255,
    CLASS_IN = 1,
    TCP_PEERS_MAX = 16,
};

static unsigned byte_at(struct str s, size_t i)
{
    return (unsigned char)s.s[i];
}

static unsigned short_at(struct str s, size_t i)
{
    return byte_at(s, i) << 8 | byte_at(s, i + 1);
}

/* Reads the name that stands at `*at`; false where it is none, or cut off. Pointers have no place in
 * the only question of a message. */
static bool read_name(char out[DNS_NAME_BYTES], struct str m, size_t *at)
{
    size_t n = 0;
    for (;;) {
        if (*at >= m.len) {
            return false;
        }
        size_t len = byte_at(m, *at);
        *at += 1;
        if (len == 0) {
            out[n] = '\0';
            return true;
        }
        if (len > LABEL_MAX || *at + len > m.len || n + len + 2 > DNS_NAME_BYTES) {
            return false;
        }
        if (n > 0) {
            out[n++] = '.';
        }
        for (size_t i = 0; i < len; i++) {
            char c = m.s[*at + i];
            out[n++] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c == '\0' ? '?' : c;
        }
        *at += len;
    }
}

static void put_bytes(struct buf *out, const unsigned char *bytes, size_t n)
{
    buf_put(out, (struct str){(const char *)bytes, n});
}

bool dns_answer(struct buf *out, char name[DNS_NAME_BYTES], struct str message)
{
    static const unsigned char loopback[] = {
        0xC0, HEADER_BYTES, 0, TYPE_A, 0, CLASS_IN, 0, 0, 0, 1, 0, 4, 127, 0, 0, 1};
    size_t end = HEADER_BYTES;
    unsigned code = 0, type = 0, class = 0;
    name[0] = '\0';
    if (message.len < HEADER_BYTES || (byte_at(message, 2) & FLAG_ANSWER)) {
        return false;
    }
    if (byte_at(message, 2) & OPCODE_BITS) {
        code = CODE_UNKNOWN;
    } else if (short_at(message, 4) != 1 || !read_name(name, message, &end) ||
               end + 4 > message.len) {
        code = CODE_FORMAT;
        name[0] = '\0';
    } else {
        type = short_at(message, end);
        class = short_at(message, end + 2);
        end += 4;
    }
    bool is_known = !code && class == CLASS_IN && (type == TYPE_A || type == TYPE_ANY);
    unsigned char head[HEADER_BYTES] = {0};
    memcpy(head, message.s, 2);
    head[2] = (unsigned char)(FLAG_ANSWER | FLAG_AUTHORITY |
                              (byte_at(message, 2) & (OPCODE_BITS | FLAG_WANTS_RECURSION)));
    head[3] = (unsigned char)(FLAG_RECURSES | code);
    head[5] = !code;
    head[7] = is_known;
    put_bytes(out, head, sizeof head);
    if (!code) {
        buf_put(out, str_slice(message, HEADER_BYTES, end));
    }
    if (is_known) {
        put_bytes(out, loopback, sizeof loopback);
    }
    return true;
}

struct tcp_peer {
    int fd;
    size_t len; /* of what came so far: two bytes of length, then the message */
    char bytes[2 + DNS_MESSAGE_MAX];
};

struct dns {
    int udp, tcp, stop;
    pthread_t thread;
    bool has_thread;
    struct arena arena; /* the rest is the thread's until it has ended */
    struct map seen;
    struct str names[DNS_NAMES_MAX];
    size_t n_names;
    struct tcp_peer peers[TCP_PEERS_MAX];
    size_t n_peers;
    struct buf reply;
};

static void note(struct dns *d, const char *asked)
{
    struct str name = str_of(asked);
    if (name.len == 0 || d->n_names == DNS_NAMES_MAX || map_get(&d->seen, name)) {
        return;
    }
    name = str_copy(&d->arena, name);
    d->names[d->n_names++] = name;
    (void)map_put(&d->seen, name, d);
}

static bool answer(struct dns *d, struct str message)
{
    char name[DNS_NAME_BYTES];
    buf_clear(&d->reply);
    if (!dns_answer(&d->reply, name, message)) {
        return false;
    }
    note(d, name);
    return true;
}

static void serve_udp(struct dns *d)
{
    char bytes[DNS_MESSAGE_MAX];
    struct sockaddr_storage from;
    socklen_t from_len = sizeof from;
    ssize_t n =
        recvfrom(d->udp, bytes, sizeof bytes, MSG_DONTWAIT, (struct sockaddr *)&from, &from_len);
    if (n > 0 && answer(d, (struct str){bytes, (size_t)n})) {
        (void)sendto(d->udp, d->reply.s, d->reply.len, MSG_NOSIGNAL, (struct sockaddr *)&from,
                     from_len);
    }
}

static void drop_peer(struct dns *d, size_t i)
{
    (void)close(d->peers[i].fd);
    d->peers[i] = d->peers[--d->n_peers];
}

static void accept_peer(struct dns *d)
{
    int fd = accept4(d->tcp, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) {
        return;
    }
    if (d->n_peers == TCP_PEERS_MAX) {
        drop_peer(d, 0);
    }
    d->peers[d->n_peers++] = (struct tcp_peer){.fd = fd};
}

/* False: it is over with this peer. */
static bool serve_peer(struct dns *d, struct tcp_peer *p)
{
    ssize_t n = recv(p->fd, p->bytes + p->len, sizeof p->bytes - p->len, 0);
    if (n <= 0) {
        return n < 0 && (errno == EAGAIN || errno == EINTR);
    }
    p->len += (size_t)n;
    struct str got = {p->bytes, p->len};
    if (got.len < 2 || got.len < 2 + (size_t)short_at(got, 0)) {
        return p->len < sizeof p->bytes;
    }
    if (answer(d, str_slice(got, 2, 2 + (size_t)short_at(got, 0)))) {
        char head[2] = {(char)(d->reply.len >> 8), (char)(d->reply.len & 0xFF)};
        (void)send(p->fd, head, sizeof head, MSG_NOSIGNAL | MSG_MORE);
        (void)send(p->fd, d->reply.s, d->reply.len, MSG_NOSIGNAL);
    }
    return false;
}

static void *serve(void *ctx)
{
    struct dns *d = ctx;
    for (;;) {
        struct pollfd fds[3 + TCP_PEERS_MAX] = {{.fd = d->stop, .events = POLLIN},
                                                {.fd = d->udp, .events = POLLIN},
                                                {.fd = d->tcp, .events = POLLIN}};
        size_t n_peers = d->n_peers;
        for (size_t i = 0; i < n_peers; i++) {
            fds[3 + i] = (struct pollfd){.fd = d->peers[i].fd, .events = POLLIN};
        }
        if (poll(fds, 3 + n_peers, -1) < 0 && errno != EINTR) {
            return NULL;
        }
        if (fds[0].revents) {
            return NULL;
        }
        for (size_t i = n_peers; i > 0; i--) { /* from the end: dropping one moves the last */
            if (fds[2 + i].revents && !serve_peer(d, &d->peers[i - 1])) {
                drop_peer(d, i - 1);
            }
        }
        if (fds[1].revents) {
            serve_udp(d);
        }
        if (fds[2].revents) {
            accept_peer(d);
        }
    }
}

bool dns_start(struct dns **out, int udp, int tcp, struct err *err)
{
    struct dns *d = MEM_NEW(struct dns);
    d->udp = udp;
    d->tcp = tcp;
    arena_init(&d->arena, 0, 0);
    d->stop = eventfd(0, EFD_CLOEXEC);
    d->has_thread = d->stop >= 0 && pthread_create(&d->thread, NULL, serve, d) == 0;
    if (!d->has_thread) {
        dns_free(d);
        return err_set(err, ERR_SYSTEM, "no thread is to be had to answer look-ups of names");
    }
    *out = d;
    return true;
}

void dns_stop(struct dns *d)
{
    static const uint64_t one = 1;
    if (!d) {
        return;
    }
    if (d->has_thread) {
        (void)!write(d->stop, &one, sizeof one);
        (void)pthread_join(d->thread, NULL);
        d->has_thread = false;
    }
    while (d->n_peers) {
        drop_peer(d, 0);
    }
    fd_close(&d->udp);
    fd_close(&d->tcp);
    fd_close(&d->stop);
    d->udp = d->tcp = d->stop = -1;
}

void dns_free(struct dns *d)
{
    dns_stop(d);
    if (d) {
        map_done(&d->seen);
        buf_done(&d->reply);
        arena_done(&d->arena);
        mem_free(d);
    }
}

size_t dns_name_count(const struct dns *d)
{
    return d->n_names;
}

struct str dns_name_at(const struct dns *d, size_t i)
{
    return d->names[i];
}
