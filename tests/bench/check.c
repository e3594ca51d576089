/* What does `rehearse check` cost? A change set of 10 kB from start to exit; and 70 MB of bodies of 150,000
 * codes (shape, uniqueness, limits, references), against cJSON_Parse with malloc on the same text, in
 * processor time, and its memory against the text. Best of the rounds.
 * Usage: bench_check BIN [CODES] [ROUNDS]. */
#include "base/base.h"

#include <cjson/cJSON.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

struct cost {
    double wall_ms, cpu_ms, kib;
};

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static double cpu_ms(const struct rusage *r)
{
    return (double)(r->ru_utime.tv_sec + r->ru_stime.tv_sec) * 1e3 +
           (double)(r->ru_utime.tv_usec + r->ru_stime.tv_usec) / 1e3;
}

static double own_cpu_ms(void)
{
    struct rusage r;
    (void)getrusage(RUSAGE_SELF, &r);
    return cpu_ms(&r);
}

static void die(const char *what)
{
    (void)fprintf(stderr, "bench_check: %s\n", what);
    exit(EXIT_FAILURE);
}

/* One run that must find nothing. */
static struct cost run(char *program, char *path)
{
    char check[] = "check", quiet[] = "--quiet", lone[] = "--no-config";
    char *const args[] = {program, check, quiet, lone, path, NULL};
    posix_spawn_file_actions_t actions;
    struct rusage used;
    int status = 0;
    pid_t pid = 0;
    (void)posix_spawn_file_actions_init(&actions);
    (void)posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    double from = now_ms();
    if (posix_spawn(&pid, program, &actions, NULL, args, environ) != 0 ||
        wait4(pid, &status, 0, &used) != pid) {
        die("the program did not run");
    }
    double wall = now_ms() - from;
    (void)posix_spawn_file_actions_destroy(&actions);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        die("the texts made here were refused");
    }
    return (struct cost){wall, cpu_ms(&used), (double)used.ru_maxrss};
}

static struct cost best_run(char *program, char *path, unsigned rounds)
{
    struct cost best = run(program, path);
    for (unsigned i = 1; i < rounds; i++) {
        struct cost c = run(program, path);
        best.wall_ms = c.wall_ms < best.wall_ms ? c.wall_ms : best.wall_ms;
        best.cpu_ms = c.cpu_ms < best.cpu_ms ? c.cpu_ms : best.cpu_ms;
        best.kib = c.kib < best.kib ? c.kib : best.kib;
    }
    return best;
}

static double best_cjson(const char *text, unsigned rounds)
{
    double best = 1e300;
    for (unsigned i = 0; i < rounds; i++) {
        double from = own_cpu_ms();
        cJSON *root = cJSON_Parse(text);
        double took = own_cpu_ms() - from;
        if (!root) {
            die("cJSON refused the text");
        }
        cJSON_Delete(root);
        best = took < best ? took : best;
    }
    return best;
}

static void put_changes(struct buf *b)
{
    buf_put(b, STR("{\"format\":1,\"profile\":\"genesys-cloud\",\"changes\":["));
    for (unsigned i = 0; b->len < 10000; i++) {
        buf_printf(b, "%s\n{\"create\":\"wrapupCode\",\"body\":{\"name\":\"Bench code %u\"}}",
                   i ? "," : "", i);
    }
    buf_put(b, STR("]}\n"));
}

static void put_bodies(struct buf *b, size_t n)
{
    static const char words[] = "agreed with the customer; the case stays open until then. ";
    for (size_t i = 0; i < n; i++) {
        buf_printf(b, "%s{\"name\":\"Bench code %06zu\",\"description\":\"", i ? ",\n" : "[", i);
        for (int k = 0; k < 7; k++) {
            buf_put(b, (struct str){words, sizeof words - 1});
        }
        buf_printf(b, "%zu\"}", i * 7919 % 100000);
    }
    buf_put(b, STR("]\n"));
}

static void save(const char *path, struct str text)
{
    struct err err = {0};
    if (!file_write(path, text, 0600, &err)) {
        die(err.msg);
    }
}

static void tell(const char *name, double value, double target)
{
    (void)printf("%s: %.2f (target %.1f) %s\n", name, value, target,
                 value <= target ? "ok" : "MISS");
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        die("usage: bench_check BIN [CODES] [ROUNDS]");
    }
    size_t n = argc > 2 ? strtoul(argv[2], NULL, 10) : 150000;
    unsigned rounds = argc > 3 ? (unsigned)strtoul(argv[3], NULL, 10) : 3;
    char folder[] = "/tmp/rehearse-bench-XXXXXX", path[64];
    struct buf changes = {0}, bodies = {0};
    if (!mkdtemp(folder)) {
        die("no folder could be made");
    }
    (void)snprintf(path, sizeof path, "%s/in.json", folder);
    put_changes(&changes);
    save(path, buf_str(&changes));
    struct cost small = best_run(argv[1], path, 10 * rounds);
    put_bodies(&bodies, n);
    save(path, buf_str(&bodies));
    double lone = best_cjson(buf_cstr(&bodies), rounds);
    struct cost large = best_run(argv[1], path, rounds);
    (void)unlink(path);
    (void)rmdir(folder);
    double bytes = (double)bodies.len;
    tell("check_10kb_cold_ms", small.wall_ms, 5);
    (void)printf("# %zu bodies, %.1f MB: check %.0f ms, cJSON_Parse %.0f ms of processor time\n", n,
                 bytes / 1e6, large.cpu_ms, lone);
    tell("check_vs_cjson_parse", large.cpu_ms / lone, 2.2);
    tell("check_memory_vs_text", large.kib * 1024 / bytes, 6);
    buf_done(&changes);
    buf_done(&bodies);
    return EXIT_SUCCESS;
}
