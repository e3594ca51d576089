/* What many silent clients cost, and whether others are served beside them.
 *
 * Starts `BIN serve` as a child, lets COUNT connections make one read each and then say nothing,
 * and takes the child's VmRSS. One more client reads code after code, before the others come and
 * while they are there. At last every hundredth of the silent ones reads again: it must still be
 * connected. The limit on open files is raised here; the child raises its own.
 *
 * Usage: bench_idle BIN COUNT. Prints lines as tests/bench/run.sh does. */
#include "base/base.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    COUNT_MAX = 60000,
    FILES_BESIDE = 100,
    FILE_BYTES_MAX = 1 << 16,
    ANSWER_BYTES = 16 << 10,
    DEADLINE_MS = 10000,
    PATIENCE_S = 20,
    READS = 4000,
    SAMPLE = 100,
    MIB_MAX = 256, /* for 10,000 */
    MIB_COUNT = 10000,
};
#define CODES "/api/v2/routing/wrapupcodes"

extern char **environ;

struct bench {
    struct arena arena;
    pid_t pid;
    uint16_t port;
    struct str request; /* one page of one code, by a client that may */
    int *fds;
    size_t n;
};

static int64_t now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static struct str between(struct str text, struct str head, char end)
{
    size_t at = str_find(text, head);
    struct str rest = str_slice(text, at + head.len, text.len);
    struct str found = {NULL, 0};
    (void)str_cut(&rest, end, &found);
    return found;
}

static bool read_ready(struct bench *b, const char *path)
{
    struct str text;
    int64_t port = 0;
    struct arena_mark mark = arena_mark(&b->arena);
    bool is_read =
        file_read(&text, &b->arena, path, FILE_BYTES_MAX, NULL) &&
        num_parse_i64(&port, between(text, STR("http://127.0.0.1:"), '/'), 1, UINT16_MAX);
    arena_release(&b->arena, mark);
    b->port = (uint16_t)port;
    return is_read;
}

static bool start(struct bench *b, const char *bin, const char *ready_file, struct err *err)
{
    const char *const words[] = {bin,         "serve",
                                 "--profile", "genesys-cloud",
                                 "--port",    "0",
                                 "--policy",  "rate-limit=practically-none",
                                 "--quiet",   "--idle-timeout",
                                 "3600",      "--ready-file",
                                 ready_file,  NULL};
    char **argv = (char **)(uintptr_t)words; /* posix_spawn changes none */
    int sys = posix_spawn(&b->pid, bin, NULL, NULL, argv, environ);
    if (sys != 0) {
        b->pid = 0;
        return err_sys(err, sys, "cannot start %s", bin);
    }
    for (int waited_ms = 0; !read_ready(b, ready_file); waited_ms++) {
        if (waited_ms == DEADLINE_MS) {
            return err_set(err, ERR_SYSTEM, "%s did not become ready", bin);
        }
        usleep(1000);
    }
    return true;
}

static int dial(const struct bench *b)
{
    struct sockaddr_in to = {
        .sin_family = AF_INET,
        .sin_port = htons(b->port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    const struct timeval patience = {.tv_sec = PATIENCE_S};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) != 0 ||
        connect(fd, (struct sockaddr *)&to, sizeof to) != 0) {
        fd_close(&fd);
        return -1;
    }
    return fd;
}

/* Sends a request and reads its answer to the end; the answer is in `out`. */
static bool ask(int fd, struct str request, char *out, size_t size, struct str *answer)
{
    size_t n = 0;
    if (send(fd, request.s, request.len, MSG_NOSIGNAL) != (ssize_t)request.len) {
        return false;
    }
    for (;;) {
        ssize_t got = recv(fd, out + n, size - n, 0);
        if (got <= 0) {
            return false;
        }
        n += (size_t)got;
        *answer = (struct str){out, n};
        size_t head = str_find(*answer, STR("\r\n\r\n"));
        int64_t length = 0;
        struct str field = between(*answer, STR("Content-Length: "), '\r');
        if (head < n && num_parse_i64(&length, field, 0, (int64_t)size) &&
            n >= head + 4 + (size_t)length) {
            return str_starts(*answer, STR("HTTP/1.1 200 "));
        }
    }
}

static bool read_once(const struct bench *b, int fd)
{
    char bytes[ANSWER_BYTES];
    struct str answer;
    return ask(fd, b->request, bytes, sizeof bytes, &answer);
}

/* A token, and with it the request that all send. */
static bool prepare(struct bench *b, struct err *err)
{
    static const struct str wanted =
        STR_INIT("POST /oauth/token HTTP/1.1\r\nHost: bench\r\n"
                 "Authorization: Basic YWNtZS1hZG1pbjphY21lLWFkbWluLXNlY3JldA==\r\n"
                 "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 29\r\n\r\n"
                 "grant_type=client_credentials");
    char bytes[ANSWER_BYTES];
    struct str answer = {NULL, 0};
    AUTO(fd_close) int fd = dial(b);
    if (fd < 0 || !ask(fd, wanted, bytes, sizeof bytes, &answer)) {
        return err_set(err, ERR_SYSTEM, "no token was given");
    }
    struct str token = between(answer, STR("\"access_token\":\""), '"');
    struct buf text;
    buf_init(&text, &b->arena);
    buf_printf(&text,
               "GET " CODES "?pageSize=1 HTTP/1.1\r\nHost: bench\r\n"
               "Authorization: Bearer %.*s\r\n\r\n",
               STR_ARG(token));
    b->request = buf_str(&text);
    return true;
}

static bool rate(const struct bench *b, double *out_per_s, struct err *err)
{
    AUTO(fd_close) int fd = dial(b);
    int64_t began = now_us();
    for (int i = 0; i < READS; i++) {
        if (fd < 0 || !read_once(b, fd)) {
            return err_set(err, ERR_SYSTEM, "the client beside was not served");
        }
    }
    *out_per_s = READS * 1e6 / (double)(now_us() - began);
    return true;
}

static bool fall_silent(struct bench *b, size_t count, struct err *err)
{
    for (; b->n < count; b->n++) {
        b->fds[b->n] = dial(b);
        if (b->fds[b->n] < 0 || !read_once(b, b->fds[b->n])) {
            return err_set(err, ERR_SYSTEM, "connection %zu was not served", b->n + 1);
        }
    }
    return true;
}

static bool are_there(const struct bench *b, struct err *err)
{
    for (size_t i = 0; i < b->n; i += SAMPLE) {
        if (!read_once(b, b->fds[i])) {
            return err_set(err, ERR_SYSTEM, "silent connection %zu is gone", i + 1);
        }
    }
    return true;
}

static int64_t resident_kib(struct bench *b)
{
    char path[64];
    struct str text;
    int64_t kib = -1;
    (void)snprintf(path, sizeof path, "/proc/%d/status", (int)b->pid);
    if (!file_read(&text, &b->arena, path, FILE_BYTES_MAX, NULL)) {
        return -1;
    }
    struct str figure = str_trim(between(text, STR("VmRSS:"), 'k'));
    return num_parse_i64(&kib, figure, 0, INT64_MAX) ? kib : -1;
}

/* The child's status; it is killed where it outlives the deadline. */
static int stop(struct bench *b)
{
    int status = 0;
    if (b->pid > 0) {
        (void)kill(b->pid, SIGTERM);
        for (int waited_ms = 0; waitpid(b->pid, &status, WNOHANG) == 0; waited_ms++) {
            if (waited_ms == DEADLINE_MS) {
                (void)kill(b->pid, SIGKILL);
            }
            usleep(1000);
        }
    }
    for (size_t i = 0; i < b->n; i++) {
        fd_close(&b->fds[i]);
    }
    return status;
}

static bool measure(struct bench *b, const char *bin, size_t count, const char *ready_file,
                    struct err *err)
{
    double alone = 0, beside = 0;
    if (!start(b, bin, ready_file, err) || !prepare(b, err) || !rate(b, &alone, err) ||
        !rate(b, &alone, err)) { /* the first one warms up */
        return false;
    }
    int64_t before = resident_kib(b);
    if (!fall_silent(b, count, err)) {
        return false;
    }
    int64_t after = resident_kib(b);
    if (!rate(b, &beside, err) || !are_there(b, err)) {
        return false;
    }
    if (before < 0 || after < before) {
        return err_set(err, ERR_SYSTEM, "the child's memory cannot be read");
    }
    double mib = (double)after / 1024, most = (double)MIB_MAX * (double)count / MIB_COUNT;
    printf("# %zu idle connections: %.1f KiB each, %.1f MiB before them\n", count,
           (double)(after - before) / (double)count, (double)before / 1024);
    printf("# reads of one client beside them: %.0f/s, alone %.0f/s\n", beside, alone);
    printf("idle_%zu_mib: %.1f (target %.0f) %s\n", count, mib, most, mib <= most ? "ok" : "MISS");
    return true;
}

static bool may_open(size_t count)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < count + FILES_BESIDE) {
        files.rlim_cur = files.rlim_max;
        return setrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_max >= count + FILES_BESIDE;
    }
    return true;
}

int main(int argc, char **argv)
{
    char folder[] = "/tmp/bench_idle.XXXXXX";
    char ready_file[sizeof folder + 16];
    struct bench b = {.pid = 0};
    struct err err = {0};
    int64_t count = 0;
    if (argc != 3 || !num_parse_i64(&count, str_of(argv[2]), SAMPLE, COUNT_MAX)) {
        fprintf(stderr, "usage: bench_idle BIN COUNT\n");
        return 2;
    }
    if (!may_open((size_t)count)) {
        printf("# skip: %" PRId64 " files may not be open at once\n", count);
        return 0;
    }
    if (mkdtemp(folder) == NULL) {
        perror("bench_idle: cannot make a folder");
        return 3;
    }
    (void)snprintf(ready_file, sizeof ready_file, "%s/ready.json", folder);
    arena_init(&b.arena, 0, 0);
    b.fds = ARENA_ARRAY(&b.arena, (size_t)count, int);
    bool is_well = measure(&b, argv[1], (size_t)count, ready_file, &err);
    int status = stop(&b);
    if (is_well && status != 0) {
        is_well = err_set(&err, ERR_SYSTEM, "the server ended with wait status %d", status);
    }
    (void)unlink(ready_file);
    (void)rmdir(folder);
    arena_done(&b.arena);
    if (!is_well) {
        char line[640];
        err_text(line, sizeof line, &err);
        fprintf(stderr, "bench_idle: %s\n", line);
    }
    return is_well ? 0 : 3;
}
