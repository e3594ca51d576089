/* What a program prints. */
#include "replay/run_int.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { PIECE_BYTES = 64 << 10 };

static void show(int fd, const char *bytes, size_t n)
{
    while (n > 0) {
        ssize_t done = write(fd, bytes, n);
        if (done < 0 && errno != EINTR) {
            return; /* nobody looks any more */
        }
        bytes += done > 0 ? done : 0;
        n -= done > 0 ? (size_t)done : 0;
    }
}

/* False: nothing more is to come. */
static bool take(struct capture *c, int which)
{
    char piece[PIECE_BYTES];
    ssize_t n = read(c->read[which], piece, sizeof piece);
    if (n <= 0) {
        return n < 0 && errno == EINTR;
    }
    size_t room = RUN_OUTPUT_MAX - c->text[which].len;
    buf_put(&c->text[which], (struct str){piece, (size_t)n < room ? (size_t)n : room});
    c->bytes[which] += (uint64_t)n;
    if (c->is_shown) {
        show(which ? STDERR_FILENO : STDOUT_FILENO, piece, (size_t)n);
    }
    return true;
}

static void *listen_to(void *ctx)
{
    struct capture *c = ctx;
    bool is_open[2] = {true, true}, is_over = false;
    while (!is_over) {
        struct pollfd fds[] = {{.fd = is_open[0] ? c->read[0] : -1, .events = POLLIN},
                               {.fd = is_open[1] ? c->read[1] : -1, .events = POLLIN},
                               {.fd = c->stop, .events = POLLIN}};
        if (poll(fds, 3, -1) < 0 && errno != EINTR) {
            return NULL;
        }
        for (int i = 0; i < 2; i++) {
            is_open[i] = is_open[i] && (!fds[i].revents || take(c, i));
        }
        is_over = fds[2].revents != 0;
    }
    for (int i = 0; i < 2; i++) { /* what was written before the end; they do not wait now */
        (void)fcntl(c->read[i], F_SETFL, O_NONBLOCK);
        while (is_open[i] && take(c, i)) {
        }
    }
    return NULL;
}

bool capture_start(struct capture *c, bool is_shown, struct err *err)
{
    int out[2] = {-1, -1}, error[2] = {-1, -1};
    bool is_made = !pipe2(out, O_CLOEXEC) && !pipe2(error, O_CLOEXEC);
    *c = (struct capture){.read = {out[0], error[0]},
                          .write = {out[1], error[1]},
                          .stop = is_made ? eventfd(0, EFD_CLOEXEC) : -1,
                          .is_shown = is_shown};
    c->has_thread = c->stop >= 0 && pthread_create(&c->thread, NULL, listen_to, c) == 0;
    if (!c->has_thread) {
        int sys = errno;
        capture_done(c);
        return err_sys(err, sys, "the program's output cannot be taken");
    }
    return true;
}

void capture_stop(struct capture *c)
{
    for (int i = 0; i < 2; i++) {
        fd_close(&c->write[i]);
        c->write[i] = -1;
    }
    if (c->has_thread) {
        (void)eventfd_write(c->stop, 1);
        (void)pthread_join(c->thread, NULL);
        c->has_thread = false;
    }
}

void capture_done(struct capture *c)
{
    capture_stop(c);
    fd_close(&c->read[0]);
    fd_close(&c->read[1]);
    fd_close(&c->stop);
    buf_done(&c->text[0]);
    buf_done(&c->text[1]);
}
