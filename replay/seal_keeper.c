/* The inside of a seal: the keeper, the first process of the process namespace, the program. All of
 * this runs between fork and exec of a program with threads: system calls alone. */
#include "replay/seal_int.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PORT_DNS = 53, BACKLOG = 128, US_A_SECOND = 1000000 };

static void say(int channel, const struct seal_word *word)
{
    (void)send(channel, word, sizeof *word, MSG_NOSIGNAL);
}

NORETURN static void give_up(int channel, enum seal_step step, int detail)
{
    struct seal_word word = {.step = step, .sys = errno, .detail = detail};
    say(channel, &word);
    _exit(1);
}

static bool write_text(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool is_written = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
    if (fd >= 0) {
        (void)close(fd);
    }
    return is_written;
}

/* "1000 1000 1": inside we are who we are outside. */
static void put_mapping(char out[32], unsigned id)
{
    char digits[12];
    size_t n = 0, at = 0;
    do {
        digits[n++] = (char)('0' + id % 10);
        id /= 10;
    } while (id);
    for (int round = 0; round < 2; round++) {
        for (size_t i = n; i > 0; i--) {
            out[at++] = digits[i - 1];
        }
        out[at++] = ' ';
    }
    out[at++] = '1';
    out[at] = '\0';
}

static void make_namespaces(const struct seal_options *o, int channel)
{
    unsigned uid = (unsigned)geteuid(), gid = (unsigned)getegid();
    char uids[32], gids[32];
    int user = o->kind == SEAL_USER ? CLONE_NEWUSER : 0;
    put_mapping(uids, uid);
    put_mapping(gids, gid);
    if (unshare(user | CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC)) {
        give_up(channel, SEAL_STEP_USER, 0);
    }
    if (user &&
        (!write_text("/proc/self/setgroups", "deny") || !write_text("/proc/self/uid_map", uids) ||
         !write_text("/proc/self/gid_map", gids))) {
        give_up(channel, SEAL_STEP_MAP, 0);
    }
}

static void raise_loopback(int channel)
{
    struct ifreq request = {.ifr_name = "lo"};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    request.ifr_flags = IFF_UP;
    if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request)) {
        give_up(channel, SEAL_STEP_LOOPBACK, 0);
    }
    (void)close(fd);
}

static int open_port(int channel, int type, uint16_t port)
{
    static const int one = 1;
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port)};
    int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) ||
        bind(fd, (struct sockaddr *)&at, sizeof at) ||
        (type == SOCK_STREAM && listen(fd, BACKLOG))) {
        give_up(channel, SEAL_STEP_SOCKET, port);
    }
    return fd;
}

/* All sockets in one message: the ports' in their order, then those of DNS. */
static void hand_out_sockets(const struct seal_options *o, int channel)
{
    enum { FDS_MAX = SEAL_PORTS_MAX + 2 };
    int fds[FDS_MAX];
    size_t n = 0;
    union {
        struct cmsghdr head;
        char bytes[CMSG_SPACE(sizeof(int) * FDS_MAX)];
    } control = {0};
    struct seal_word word = {.step = SEAL_STEP_DONE};
    struct iovec part = {&word, sizeof word};
    for (size_t i = 0; i < o->n_ports; i++) {
        fds[n++] = open_port(channel, SOCK_STREAM, o->ports[i]);
    }
    fds[n++] = open_port(channel, SOCK_DGRAM, PORT_DNS);
    fds[n++] = open_port(channel, SOCK_STREAM, PORT_DNS);
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = CMSG_SPACE(sizeof(int) * n)};
    struct cmsghdr *c = CMSG_FIRSTHDR(&message);
    if (!c) {
        _exit(1); /* there is room for it above */
    }
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof(int) * n);
    memcpy(CMSG_DATA(c), fds, sizeof(int) * n);
    if (sendmsg(channel, &message, MSG_NOSIGNAL) < 0) {
        _exit(1);
    }
    for (size_t i = 0; i < n; i++) {
        (void)close(fds[i]);
    }
}

static void lay_over(const struct seal_options *o, int channel)
{
    if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL)) {
        give_up(channel, SEAL_STEP_MOUNT, -1);
    }
    for (size_t i = 0; i < o->n_mounts; i++) {
        bool is_mounted = !mount(o->mounts[i].from, o->mounts[i].to, NULL, MS_BIND, NULL);
        if (!is_mounted && errno != ENOENT && errno != ENOTDIR) {
            give_up(channel, SEAL_STEP_MOUNT, (int)i);
        }
    }
}

/* Waits for the outside's word to begin. */
static void await_go(int channel)
{
    char word = 0;
    ssize_t n = 0;
    do {
        n = recv(channel, &word, 1, 0);
    } while (n < 0 && errno == EINTR);
    if (n != 1 || word != SEAL_GO) {
        _exit(0);
    }
}

static void drop_rights(void)
{
    for (int i = 0; i <= CAP_LAST_CAP; i++) {
        (void)prctl(PR_CAPBSET_DROP, i, 0, 0, 0);
    }
    (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

NORETURN static void execute(const struct seal_options *o, int channel)
{
    sigset_t none;
    int fds[] = {o->in, o->out, o->err};
    for (int i = 0; i < 3; i++) { /* out of the way first: they may be 0, 1 or 2 in another order */
        fds[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, 10);
    }
    for (int i = 0; i < 3; i++) {
        if (fds[i] < 0 || dup2(fds[i], i) < 0) {
            give_up(channel, SEAL_STEP_FORK, 0);
        }
    }
    if (!o->is_interactive) {
        (void)setsid();
    }
    for (int i = 1; i < NSIG; i++) {
        (void)signal(i, SIG_DFL);
    }
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    drop_rights();
    (void)execvpe(o->argv[0], o->argv, o->env);
    give_up(channel, SEAL_STEP_EXECUTE, 0);
}

static int64_t to_us(struct timeval t)
{
    return (int64_t)t.tv_sec * US_A_SECOND + t.tv_usec;
}

/* Takes up who has ended; true once that is the program. */
static bool reap(pid_t program, struct seal_end *end, bool *has_ended)
{
    int status = 0;
    struct rusage used;
    pid_t pid = 0;
    while ((pid = wait4(-1, &status, WNOHANG, &used)) > 0) {
        if (pid != program) {
            end->n_left += *has_ended;
            continue;
        }
        *has_ended = true;
        end->exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
        end->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
        end->user_us = to_us(used.ru_utime);
        end->system_us = to_us(used.ru_stime);
        end->max_rss_kib = used.ru_maxrss;
    }
    return *has_ended;
}

/* Our own children, as the kernel lists them. */
static void end_children(void)
{
    char path[64] = "/proc/self/task/", text[4096];
    char digits[12];
    size_t n = 0, at = strlen(path);
    for (unsigned id = (unsigned)getpid(); id; id /= 10) {
        digits[n++] = (char)('0' + id % 10);
    }
    while (n > 0) {
        path[at++] = digits[--n];
    }
    memcpy(path + at, "/children", sizeof "/children");
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t len = fd >= 0 ? read(fd, text, sizeof text) : 0;
    pid_t pid = 0;
    for (ssize_t i = 0; i < len; i++) {
        if (text[i] >= '0' && text[i] <= '9') {
            pid = pid * 10 + (text[i] - '0');
        } else if (pid > 0) {
            (void)kill(pid, SIGKILL);
            pid = 0;
        }
    }
    if (fd >= 0) {
        (void)close(fd);
    }
}

/* All but ourselves: the namespace's, or without one the program's group and what came to us of it. */
static void end_all(const struct seal_options *o, pid_t program)
{
    if (o->kind != SEAL_NONE) {
        (void)kill(-1, SIGKILL);
        return;
    }
    if (!o->is_interactive) {
        (void)kill(-program, SIGKILL);
    }
    end_children();
}

/* The first process of the namespace: runs the program, takes up orphans, ends them all. */
NORETURN static void be_first(const struct seal_options *o, int channel)
{
    struct seal_word word = {.step = SEAL_STEP_ENDED};
    sigset_t child;
    bool has_ended = false;
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (o->kind == SEAL_NONE) { /* orphans come to us all the same */
        (void)prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    } else {
        word.has_proc = !mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
    }
    (void)sigemptyset(&child);
    (void)sigaddset(&child, SIGCHLD);
    (void)sigprocmask(SIG_SETMASK, &child, NULL);
    int ended = signalfd(-1, &child, SFD_CLOEXEC);
    pid_t program = fork();
    if (program < 0 || ended < 0) {
        give_up(channel, SEAL_STEP_FORK, 0);
    }
    if (program == 0) {
        execute(o, channel);
    }
    while (!reap(program, &word.end, &has_ended)) {
        struct pollfd fds[] = {{.fd = ended, .events = POLLIN}, {.fd = channel, .events = POLLIN}};
        struct signalfd_siginfo info;
        (void)poll(fds, 2, -1);
        if (fds[1].revents) { /* we are to stop, or nobody is there any more */
            char why =
                0; /* taken, because unread words would reset the channel before ours is heard */
            (void)!recv(channel, &why, 1, MSG_DONTWAIT);
            end_all(o, program);
            while (!reap(program, &word.end, &has_ended)) {
                (void)!read(ended, &info, sizeof info);
                end_all(o, program);
            }
        } else if (fds[0].revents) {
            (void)!read(ended, &info, sizeof info);
        }
    }
    int status = 0;
    end_all(o, program);
    while (wait4(-1, &status, 0, NULL) > 0) {
        word.end.n_left++;
        end_all(o, program); /* what a process leaves behind is ours now */
    }
    say(channel, &word);
    _exit(0);
}

/* Other runs' connections and pipes, which were open when we were forked: held here, a connection that is
 * reset there would stay open. Linux before 5.9 cannot; then it holds them for a while. */
static void close_others(const struct seal_options *o, int channel)
{
    unsigned kept[] = {(unsigned)o->in, (unsigned)o->out, (unsigned)o->err, (unsigned)channel};
    unsigned from = STDERR_FILENO + 1;
    for (;;) {
        unsigned next = UINT_MAX; /* the first one from there that is kept */
        for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
            next = kept[i] >= from && kept[i] < next ? kept[i] : next;
        }
        if (next > from) {
            (void)syscall(SYS_close_range, from, next == UINT_MAX ? next : next - 1, 0);
        }
        if (next == UINT_MAX) {
            return;
        }
        from = next + 1;
    }
}

void seal_keep(const struct seal_options *o, int channel)
{
    int status = 0;
    close_others(o, channel);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (!o->is_interactive) {
        (void)setsid();
    } else {
        (void)signal(SIGINT, SIG_IGN);
        (void)signal(SIGQUIT, SIG_IGN);
    }
    if (o->kind == SEAL_NONE) {
        struct seal_word word = {.step = SEAL_STEP_DONE};
        say(channel, &word);
    } else {
        make_namespaces(o, channel);
        raise_loopback(channel);
        lay_over(o, channel);
        hand_out_sockets(o, channel);
    }
    await_go(channel);
    pid_t first = fork();
    if (first < 0) {
        give_up(channel, SEAL_STEP_FORK, 0);
    }
    if (first == 0) {
        be_first(o, channel);
    }
    (void)close(channel);
    while (waitpid(first, &status, 0) < 0 && errno == EINTR) {
    }
    _exit(0);
}
