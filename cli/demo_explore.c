#include "cli/demo_explore.h"

#include "cli/cli.h"
#include "cli/peer.h"
#include "model/model.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOGIN "https://login.mypurecloud.com/oauth/token"
#define CODES "https://api.mypurecloud.com/api/v2/routing/wrapupcodes"

int demo_careless(void)
{
    struct arena a;
    struct err err = {.code = ERR_NONE};
    struct peer *peer = NULL;
    struct peer_answer answer = {.status = 0};
    arena_init(&a, 0, 0);
    if (peer_open(&peer, &err)) {
        const struct peer_request sign_in = {.method = "POST",
                                             .url = STR(LOGIN),
                                             .basic = STR("acme-admin:acme-admin-secret"),
                                             .body = STR("grant_type=client_credentials"),
                                             .media_type =
                                                 STR("application/x-www-form-urlencoded")};
        bool is_in = peer_send(&answer, &a, peer, &sign_in, &err);
        struct str token =
            is_in ? json_str_or(json_get(answer.json, STR("access_token")), STR("")) : STR("");
        const struct peer_request make = {.method = "POST",
                                          .url = STR(CODES),
                                          .bearer = token,
                                          .body = STR("{\"name\":\"Careless\"}"),
                                          .media_type = STR("application/json")};
        bool is_made = false;
        for (int i = 0; i < 2 && !is_made; i++) {
            is_made = peer_send(&answer, &a, peer, &make, &err) && answer.status < 500;
        }
    }
    peer_close(peer);
    arena_done(&a);
    return EXIT_WELL;
}

/* Runs a program of words that we made; what it prints on standard output is appended. The exit status, -1: none. */
static int run_words(char *const *words, bool is_silent, struct buf *out)
{
    int ends[2];
    char piece[4096];
    int status = -1;
    if (!words[0] || pipe2(ends, O_CLOEXEC) != 0) {
        return -1;
    }
    (void)fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        int nowhere = is_silent ? open("/dev/null", O_WRONLY) : -1;
        (void)dup2(ends[1], STDOUT_FILENO);
        if (nowhere >= 0) {
            (void)dup2(nowhere, STDERR_FILENO);
        }
        (void)close(ends[0]);
        (void)close(ends[1]);
        (void)execv(words[0], words);
        _exit(127);
    }
    (void)close(ends[1]);
    ssize_t n = 0;
    while (child > 0 && (n = read(ends[0], piece, sizeof piece)) > 0) {
        buf_put(out, (struct str){piece, (size_t)n});
    }
    (void)close(ends[0]);
    bool is_over = child > 0 && waitpid(child, &status, 0) == child;
    return is_over && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

enum { WORDS_MAX = 40 };

struct words {
    char *at[WORDS_MAX];
    size_t n;
};

static void add(struct words *w, const char *const *words)
{
    for (size_t i = 0; words[i] && w->n + 1 < WORDS_MAX; i++) {
        w->at[w->n++] = (char *)(uintptr_t)words[i];
    }
    w->at[w->n] = NULL;
}

static int explore(const char *program, const char *const *client, struct buf *out)
{
    const char *const head[] = {program,
                                "explore",
                                "--quiet",
                                "--isolation=user",
                                "--only=401-revoked",
                                "--only=429-burst",
                                "--only=reset-after-commit",
                                "--env=REHEARSE_CLIENT_ID=acme-admin",
                                "--env=REHEARSE_CLIENT_SECRET=acme-admin-secret",
                                "--",
                                NULL};
    struct words words = {.n = 0};
    add(&words, head);
    add(&words, client);
    return run_words(words.at, false, out);
}

static void print_indented(struct str text)
{
    struct str line;
    while (text.len && str_cut(&text, '\n', &line)) {
        printf("   %.*s\n", STR_ARG(line));
    }
}

/* The change set that comes with the program, in a file that `apply` can read. */
static bool put_changes(char *path)
{
    struct err err = {.code = ERR_NONE};
    struct str text = builtin_find(STR("changesets/genesys-cloud.rollout.json"));
    int fd = mkstemp(path);
    if (fd < 0) {
        return false;
    }
    (void)close(fd);
    return text.s && file_write_fleeting(path, text, 0600, &err);
}

enum demo_outcome demo_explore(const char *program)
{
    char path[] = "/tmp/rehearse-demo-XXXXXX";
    const char *const probe[] = {program, "run", "--isolation=user", "--", "/bin/true", NULL};
    const char *const good[] = {program,     "apply",
                                "--url",     "https://api.mypurecloud.com",
                                "--yes",     "--no-journal",
                                "--profile", "genesys-cloud",
                                path,        NULL};
    const char *const careless[] = {program, "demo", "--careless", NULL};
    struct words words = {.n = 0};
    struct buf out = {0};
    add(&words, probe);
    if (run_words(words.at, true, &out) != EXIT_WELL || !put_changes(path)) {
        printf("   this machine lets nobody make namespaces: `rehearse doctor` says what is in the "
               "way\n");
        buf_done(&out);
        return DEMO_NOT_POSSIBLE;
    }
    buf_clear(&out);
    printf("   the built-in client, `rehearse apply`, carries out a roll-out:\n\n");
    int well = explore(program, good, &out);
    print_indented(buf_str(&out));
    buf_clear(&out);
    printf("\n   a careless client makes one wrap-up code:\n\n");
    int broken = explore(program, careless, &out);
    print_indented(buf_str(&out));
    bool is_named = str_find(buf_str(&out), STR("C301")) < out.len;
    (void)unlink(path);
    buf_done(&out);
    return well == EXIT_WELL && broken == EXIT_FINDINGS && is_named ? DEMO_AS_CLAIMED
                                                                    : DEMO_OTHERWISE;
}
