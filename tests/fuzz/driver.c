/* Replays a corpus with any compiler: runs the fuzz target that it is linked with over the empty
 * input and over every file that the arguments name, folders with all below them.
 *
 *     driver [-v] PATH…     -v says each name before it is run: the last one is the culprit
 *
 * Status 0: all ran; 2: a path could not be read. A target that finds something aborts. */
#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { DEPTH_MAX = 16, STATUS_INPUT = 2 };

struct run {
    size_t count;
    bool is_verbose, has_failed;
};

static void complain(struct run *run, const char *path)
{
    perror(path);
    run->has_failed = true;
}

/* The input is a block of exactly its size, so that reading past its end is seen. */
static void run_file(struct run *run, const char *path, size_t size)
{
    FILE *stream = fopen(path, "rbe");
    uint8_t *data = calloc(size ? size : 1, 1);
    if (!stream || !data || fread(data, 1, size, stream) != size) {
        complain(run, path);
    } else {
        if (run->is_verbose) {
            (void)fprintf(stderr, "%s\n", path);
        }
        (void)LLVMFuzzerTestOneInput(data, size);
        run->count++;
    }
    free(data);
    if (stream) {
        (void)fclose(stream);
    }
}

static void run_path(struct run *run, const char *path, int depth);

static void run_folder(struct run *run, const char *path, int depth)
{
    struct dirent **entries = NULL;
    int n = scandir(path, &entries, NULL, alphasort);
    if (n < 0) {
        complain(run, path);
        return;
    }
    for (int i = 0; i < n; i++) {
        char *child = NULL;
        if (entries[i]->d_name[0] != '.' &&
            asprintf(&child, "%s/%s", path, entries[i]->d_name) > 0) {
            run_path(run, child, depth + 1);
            free(child);
        }
        free(entries[i]);
    }
    free(entries);
}

static void run_path(struct run *run, const char *path, int depth)
{
    struct stat st;
    if (stat(path, &st) != 0 || depth > DEPTH_MAX) {
        complain(run, path);
    } else if (S_ISDIR(st.st_mode)) {
        run_folder(run, path, depth);
    } else {
        run_file(run, path, (size_t)st.st_size);
    }
}

int main(int argc, char **argv)
{
    struct run run = {0};
    uint8_t *nothing = calloc(1, 1);
    (void)LLVMFuzzerTestOneInput(nothing, 0);
    free(nothing);
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "-v") == 0) {
            run.is_verbose = true;
        } else {
            run_path(&run, argv[i], 0);
        }
    }
    (void)printf("%s: %zu inputs\n", argv[0], run.count);
    return run.has_failed ? STATUS_INPUT : EXIT_SUCCESS;
}
