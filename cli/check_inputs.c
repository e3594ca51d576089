/* What `rehearse check` reads: files, folders, standard input. */
#include "cli/check.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { DEPTH_MAX = 16 };

struct walk {
    struct check_inputs *in;
    const struct check_options *o;
    struct err *err;
};

void check_inputs_init(struct check_inputs *in)
{
    *in = (struct check_inputs){0};
    arena_init(&in->arena, 1 << 16, 0);
    in->at = MEM_ARRAY(CHECK_FILES_MAX, struct check_input);
}

void check_inputs_done(struct check_inputs *in)
{
    arena_done(&in->arena);
    mem_free(in->at);
}

static bool is_readable_kind(struct str name)
{
    static const struct str ends[] = {STR_INIT(".json"), STR_INIT(".csv"),   STR_INIT(".tsv"),
                                      STR_INIT(".yaml"), STR_INIT(".yml"),   STR_INIT(".har"),
                                      STR_INIT(".http"), STR_INIT(".ndjson")};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        if (str_ends(name, ends[i])) {
            return true;
        }
    }
    return false;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool add_path(struct walk *w, const char *path, int depth, bool is_named);

/* What is in a folder, in the order of names, hidden files left out. */
static bool walk(struct walk *w, const char *path, int depth)
{
    enum { NAMES_FIRST = 64 };
    size_t n = 0, cap = NAMES_FIRST;
    const char **names = ARENA_ARRAY(&w->in->arena, cap, const char *);
    DIR *folder = opendir(path);
    if (!folder) {
        return err_set(w->err, ERR_INPUT, "the folder %s cannot be read", path);
    }
    for (struct dirent *e = readdir(folder); e; e = readdir(folder)) {
        if (e->d_name[0] == '.') {
            continue;
        }
        if (n == cap) {
            const char **more = ARENA_ARRAY(&w->in->arena, 2 * cap, const char *);
            memcpy(more, names, n * sizeof *names);
            names = more;
            cap *= 2;
        }
        struct buf child;
        buf_init(&child, &w->in->arena);
        buf_printf(&child, "%s/%s", path, e->d_name);
        names[n++] = buf_cstr(&child);
    }
    (void)closedir(folder);
    qsort(names, n, sizeof *names, by_name);
    for (size_t i = 0; i < n; i++) {
        if (!add_path(w, names[i], depth + 1, false)) {
            return false;
        }
    }
    return true;
}

/* A folder stands for the files below it that could be meant; what is named is taken as it is. */
static bool add_path(struct walk *w, const char *path, int depth, bool is_named)
{
    struct stat st;
    bool is_stdin = strcmp(path, "-") == 0;
    if (!is_stdin && stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
        return depth > DEPTH_MAX || walk(w, path, depth);
    }
    if (!is_named && (!is_readable_kind(str_of(path)) || stat(path, &st) != 0 ||
                      !S_ISREG(st.st_mode))) {
        return true; /* a pipe would wait for somebody to write */
    }
    if (w->in->n == CHECK_FILES_MAX) {
        return err_set(w->err, ERR_LIMIT, "there are more than %d files", CHECK_FILES_MAX);
    }
    w->in->at[w->in->n++] = (struct check_input){
        .path = path,
        .name = is_stdin && w->o->stdin_name ? str_of(w->o->stdin_name) : str_of(path)};
    return true;
}

bool check_inputs_add(struct check_inputs *in, const struct check_options *o, const char *path,
                      struct err *err)
{
    struct walk w = {in, o, err};
    size_t n = in->n;
    return add_path(&w, path, 0, true) &&
           (in->n > n ||
            err_set(err, ERR_INPUT,
                    "%s: no file to check is below this folder (.json, .csv, .tsv, .yaml, .yml, .har, "
                    ".http, .ndjson; hidden ones are left out)",
                    path));
}
