/* Files are watched by their folders: what replaces a file has another inode, and the folder tells
 * of both. */
#include "cli/watch.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum { WATCHED_MAX = 256, QUIET_MS = 50 };

struct watched {
    int folder; /* inotify's number */
    struct str name;
};

struct watch {
    struct arena arena;
    int signals, files, wishes;
    struct watched at[WATCHED_MAX];
    size_t n;
};

bool watch_open(struct watch **out, int wish_fd, struct err *err)
{
    struct watch *w = MEM_NEW(struct watch);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    arena_init(&w->arena, 1024, 0);
    w->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    w->files = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    w->wishes = wish_fd;
    if (w->signals < 0 || w->files < 0) {
        int sys = errno;
        watch_close(w);
        return err_sys(err, sys, "signals and files cannot be waited for");
    }
    *out = w;
    return true;
}

void watch_close(struct watch *w)
{
    if (w) {
        if (w->signals >= 0) {
            (void)close(w->signals);
        }
        if (w->files >= 0) {
            (void)close(w->files);
        }
        arena_done(&w->arena);
        mem_free(w);
    }
}

bool watch_file(struct watch *w, const char *path, struct err *err)
{
    struct str all = str_of(path);
    size_t slash = all.len;
    while (slash > 0 && all.s[slash - 1] != '/') {
        slash--;
    }
    struct str folder = slash > 0 ? str_slice(all, 0, slash) : STR("./");
    if (w->n >= WATCHED_MAX) {
        return err_set(err, ERR_LIMIT, "--watch: more than %d files", WATCHED_MAX);
    }
    int number = inotify_add_watch(w->files, str_cstr(&w->arena, folder),
                                   IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE);
    if (number < 0) {
        return err_sys(err, errno, "--watch %s", path);
    }
    w->at[w->n++] = (struct watched){number, str_copy(&w->arena, str_slice(all, slash, all.len))};
    return true;
}

static bool is_watched(const struct watch *w, const struct inotify_event *e)
{
    for (size_t i = 0; i < w->n; i++) {
        if (w->at[i].folder == e->wd && e->len > 0 && str_eq(w->at[i].name, str_of(e->name))) {
            return true;
        }
    }
    return (e->mask & IN_Q_OVERFLOW) != 0; /* something was missed: it may have been one of ours */
}

/* Reads what has happened; true if it was to a file of ours. */
static bool read_files(struct watch *w)
{
    _Alignas(struct inotify_event) char bytes[4096];
    ssize_t n;
    bool is_ours = false;
    while ((n = read(w->files, bytes, sizeof bytes)) > 0) {
        for (ssize_t at = 0; at < n;) {
            const struct inotify_event *e =
                (const struct inotify_event *)(const void *)(bytes + at);
            is_ours = is_ours || is_watched(w, e);
            at += (ssize_t)(sizeof *e + e->len);
        }
    }
    return is_ours;
}

enum watch_event watch_next(struct watch *w)
{
    bool has_changed = false;
    for (;;) {
        struct pollfd fds[] = {{.fd = w->signals, .events = POLLIN},
                               {.fd = w->files, .events = POLLIN},
                               {.fd = w->wishes, .events = POLLIN}};
        int n = poll(fds, sizeof fds / sizeof *fds, has_changed ? QUIET_MS : -1);
        if (n == 0 && has_changed) {
            return WATCH_FILE;
        }
        struct signalfd_siginfo info;
        if (read(w->signals, &info, sizeof info) == (ssize_t)sizeof info) {
            return info.ssi_signo == SIGHUP ? WATCH_SIGNAL : WATCH_END;
        }
        if (n > 0 && fds[2].revents) {
            return WATCH_WISH;
        }
        if (n > 0 && fds[1].revents) {
            has_changed = read_files(w) || has_changed;
        }
    }
}
