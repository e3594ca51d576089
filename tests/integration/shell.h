/* What tests share that run the program as its users do: a folder of their own, files in it, a shell. */
#ifndef REHEARSE_TESTS_SHELL_H
#define REHEARSE_TESTS_SHELL_H

#include "base/base.h"
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

struct shell {
    char folder[40];
    struct arena arena;
};

static inline void shell_open(struct shell *s)
{
    arena_init(&s->arena, 0, 0);
    (void)snprintf(s->folder, sizeof s->folder, "/tmp/rehearse-shell-XXXXXX");
    ck_assert(mkdtemp(s->folder) != NULL);
}

static inline void shell_close(struct shell *s)
{
    struct buf command = {0};
    buf_printf(&command, "rm -r %s", s->folder);
    ck_assert_int_eq(system(buf_cstr(&command)), 0);
    buf_done(&command);
    arena_done(&s->arena);
}

static inline const char *shell_file(struct shell *s, const char *name, struct str text)
{
    struct err err = {0};
    struct buf path;
    buf_init(&path, &s->arena);
    buf_printf(&path, "%s/%s", s->folder, name);
    ck_assert_msg(file_write(buf_cstr(&path), text, 0644, &err), "%s", err.msg);
    return buf_cstr(&path);
}

/* Runs "$R …" in the folder, $R being the program; gives the exit status, appends what is printed. */
static inline int shell_run(struct shell *s, struct buf *out, const char *line)
{
    const char *program = getenv("REHEARSE");
    char bytes[4096], path[4096];
    size_t n = 0;
    struct buf command = {0};
    const char *whole = program ? realpath(program, path) : "rehearse";
    buf_printf(&command, "cd %s && export R=%s && { %s; } 2>&1", s->folder, whole, line);
    FILE *pipe = popen(buf_cstr(&command), "r");
    ck_assert(pipe != NULL);
    while ((n = fread(bytes, 1, sizeof bytes, pipe)) > 0) {
        buf_put(out, (struct str){bytes, n});
    }
    int status = pclose(pipe);
    buf_done(&command);
    ck_assert(WIFEXITED(status));
    return WEXITSTATUS(status);
}

#endif
