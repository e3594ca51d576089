/* How long from the start of the program to its first answer, and what it then holds in memory.
 *
 * Starts `BIN serve … --ready-file FILE` as a child, waits for the file, asks the admin API's
 * health on the port it names, and takes the time from just before the start to the first byte of a
 * 200. Then reads VmRSS, stops the child with SIGTERM and wants status 0. Does so RUNS times.
 *
 * Usage: bench_start BIN RUNS. Prints "start_ms MEDIAN" and "rss_kib MEDIAN". */
#include "base/base.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { RUNS_MAX = 1000, FILE_BYTES_MAX = 1 << 16, DEADLINE_MS = 10000, POLL_US = 50 };

extern char **environ;

struct run {
    int64_t start_us, rss_kib;
};

static int64_t now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* The text between `head` and the next `end`, or an empty one. */
static struct str between(struct str text, struct str head, char end)
{
    size_t at = str_find(text, head);
    struct str rest = str_slice(text, at + head.len, text.len);
    struct str found = {NULL, 0};
    (void)str_cut(&rest, end, &found);
    return found;
}

/* Port and token of the admin API; false while the file is not there or not whole. */
static bool read_ready(uint16_t *out_port, struct str *out_token, struct arena *a, const char *path)
{
    struct str text;
    int64_t port = 0;
    if (!file_read(&text, a, path, FILE_BYTES_MAX, NULL)) {
        return false;
    }
    struct str admin = str_slice(text, str_find(text, STR("\"admin\"")), text.len);
    struct str authority = between(admin, STR("http://"), '/');
    *out_token =
        between(str_slice(admin, str_find(admin, STR("\"token\"")) + 7, admin.len), STR("\""), '"');
    size_t colon = str_find_char(authority, ':');
    if (!num_parse_i64(&port, str_slice(authority, colon + 1, authority.len), 1, UINT16_MAX)) {
        return false;
    }
    *out_port = (uint16_t)port;
    return out_token->len > 0;
}

/* True once the first bytes of a 200 have come. */
static bool ask_health(uint16_t port, struct str token)
{
    struct sockaddr_in to = {
        .sin_family = AF_INET,
        .sin_port = htons(port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    char text[512];
    int length = snprintf(text, sizeof text,
                          "GET /__rehearse/health HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                          "X-Rehearse-Token: %.*s\r\nConnection: close\r\n\r\n",
                          STR_ARG(token));
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool is_sent = fd >= 0 && length > 0 && (size_t)length < sizeof text &&
                   connect(fd, (struct sockaddr *)&to, sizeof to) == 0 &&
                   send(fd, text, (size_t)length, MSG_NOSIGNAL) == length;
    ssize_t got = is_sent ? recv(fd, text, sizeof text, 0) : 0;
    fd_close(&fd);
    return got > 0 && str_starts((struct str){text, (size_t)got}, STR("HTTP/1.1 200"));
}

static int64_t resident_kib(struct arena *a, pid_t pid)
{
    char path[64];
    struct str text;
    int64_t kib = -1;
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    if (!file_read(&text, a, path, FILE_BYTES_MAX, NULL)) {
        return -1;
    }
    struct str figure = str_trim(between(text, STR("VmRSS:"), 'k'));
    return num_parse_i64(&kib, figure, 0, INT64_MAX) ? kib : -1;
}

/* Waits for the child, killing it if it outlives the deadline; its status. */
static int stop(pid_t pid)
{
    int status = -1;
    kill(pid, SIGTERM);
    for (int waited_ms = 0; waitpid(pid, &status, WNOHANG) == 0; waited_ms++) {
        if (waited_ms == DEADLINE_MS) {
            kill(pid, SIGKILL);
        }
        usleep(1000);
    }
    return status;
}

static bool run_once(struct run *out, const char *bin, const char *ready_file, struct err *err)
{
    char serve[] = "serve", profile[] = "--profile", name[] = "genesys-cloud",
         port_flag[] = "--port", zero[] = "0", ready[] = "--ready-file", quiet[] = "--quiet";
    char *argv[] = {
        (char *)(uintptr_t)bin,        serve, profile, name, port_flag, zero, quiet, ready,
        (char *)(uintptr_t)ready_file, NULL};
    struct arena arena;
    struct str token;
    uint16_t port = 0;
    pid_t pid;
    bool is_answered = false;
    (void)unlink(ready_file);
    arena_init(&arena, 0, 0);
    int64_t began = now_us();
    int sys = posix_spawn(&pid, bin, NULL, NULL, argv, environ);
    if (sys != 0) {
        arena_done(&arena);
        return err_sys(err, sys, "cannot start %s", bin);
    }
    while (!is_answered && now_us() - began < (int64_t)DEADLINE_MS * 1000) {
        struct arena_mark mark = arena_mark(&arena);
        is_answered = read_ready(&port, &token, &arena, ready_file) && ask_health(port, token);
        out->start_us = now_us() - began;
        arena_release(&arena, mark);
        if (!is_answered) {
            usleep(POLL_US);
        }
    }
    out->rss_kib = resident_kib(&arena, pid);
    arena_done(&arena);
    int status = stop(pid);
    if (!is_answered) {
        return err_set(err, ERR_SYSTEM, "no answer from %s within %d ms", bin, DEADLINE_MS);
    }
    if (status != 0) {
        return err_set(err, ERR_SYSTEM, "%s ended with wait status %d on SIGTERM", bin, status);
    }
    return true;
}

static int by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static int64_t median(int64_t *figures, size_t n)
{
    qsort(figures, n, sizeof *figures, by_size);
    return figures[n / 2];
}

int main(int argc, char **argv)
{
    char folder[] = "/tmp/bench_start.XXXXXX";
    char ready_file[sizeof folder + 16];
    int64_t start_us[RUNS_MAX], rss_kib[RUNS_MAX], runs = 0;
    struct err err = {0};
    if (argc != 3 || !num_parse_i64(&runs, str_of(argv[2]), 1, RUNS_MAX)) {
        fprintf(stderr, "usage: bench_start BIN RUNS\n");
        return 2;
    }
    if (mkdtemp(folder) == NULL) {
        perror("bench_start: cannot make a folder");
        return 3;
    }
    snprintf(ready_file, sizeof ready_file, "%s/ready.json", folder);
    bool is_well = true;
    for (size_t i = 0; is_well && i < (size_t)runs; i++) {
        struct run run = {0, 0};
        is_well = run_once(&run, argv[1], ready_file, &err);
        start_us[i] = run.start_us;
        rss_kib[i] = run.rss_kib;
    }
    (void)unlink(ready_file);
    (void)rmdir(folder);
    if (!is_well) {
        char line[640];
        err_text(line, sizeof line, &err);
        fprintf(stderr, "bench_start: %s\n", line);
        return 3;
    }
    printf("start_ms %.2f\n", (double)median(start_us, (size_t)runs) / 1000.0);
    printf("rss_kib %" PRId64 "\n", median(rss_kib, (size_t)runs));
    return 0;
}
