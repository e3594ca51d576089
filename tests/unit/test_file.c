/* Whole files: limits, kinds of path, and that a failed write leaves the old content and no litter.
 * Each test has a folder of its own. */
#include "unit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base.h"

static struct arena arena;
static char folder[64];

static void set_up(void)
{
    arena_init(&arena, 0, 0);
    memcpy(folder, "/tmp/test_file.XXXXXX", 22);
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(chdir(folder), 0);
}

static size_t count_entries(bool remove_them)
{
    size_t n = 0;
    DIR *d = opendir(".");
    ck_assert_ptr_nonnull(d);
    for (struct dirent *e = readdir(d); e; e = readdir(d)) {
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0) {
            n++;
            if (remove_them) {
                (void)remove(e->d_name);
            }
        }
    }
    (void)closedir(d);
    return n;
}

static void tear_down(void)
{
    (void)count_entries(true);
    ck_assert_int_eq(chdir("/"), 0);
    (void)rmdir(folder);
    arena_done(&arena);
}

static struct str read_back(const char *path)
{
    struct str text = {0};
    struct err e = {0};
    ck_assert_msg(file_read(&text, &arena, path, SIZE_MAX / 4, &e), "%s", e.msg);
    ck_assert_int_eq(text.s[text.len], '\0');
    return text;
}

static void must_write(const char *path, struct str text)
{
    struct err e = {0};
    ck_assert_msg(file_write(path, text, 0644, &e), "%s", e.msg);
}

static const size_t sizes[] = {0, 1, 63, 64, 65, 4095, 4096, 16383, 16384, 100000, 3000000};

START_TEST(written_and_read_back)
{
    size_t size = sizes[_i];
    char *bytes = ARENA_ARRAY(&arena, size, char);
    for (size_t i = 0; i < size; i++) {
        bytes[i] = (char)(unsigned char)(i * 31 & 0xff);
    }
    must_write("f", (struct str){bytes, size});
    ck_assert(str_eq(read_back("f"), (struct str){bytes, size}));
    ck_assert_uint_eq(count_entries(false), 1);
    struct str text = STR("untouched");
    struct err e = {0};
    ck_assert(file_read(&text, &arena, "f", size, &e));
    if (size > 0) {
        text = STR("untouched");
        ck_assert(!file_read(&text, &arena, "f", size - 1, &e));
        ck_assert_int_eq(e.code, ERR_LIMIT);
        ck_assert_str_eq(e.file, "f");
        ck_assert(str_eq(text, STR("untouched")));
    }
}
END_TEST

START_TEST(unreadable_paths)
{
    static const struct row {
        const char *path;
        enum err_code code;
    } rows[] = {
        {"absent", ERR_NOT_FOUND}, {"absent/x", ERR_NOT_FOUND},
        {"", ERR_NOT_FOUND},       {"f/x", ERR_NOT_FOUND},
        {".", ERR_INPUT},          {"loop", ERR_INPUT},
    };
    must_write("f", STR("x"));
    ck_assert_int_eq(symlink("loop", "loop"), 0);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct str text = STR("untouched");
        struct err e = {0};
        ck_assert(!file_read(&text, &arena, rows[i].path, 100, &e));
        ck_assert_msg(e.code == rows[i].code, "%s: %s", rows[i].path, e.msg);
        ck_assert(e.sys != 0);
        ck_assert(str_eq(text, STR("untouched")));
    }
}
END_TEST

/* Files whose size the system does not know. */
START_TEST(sizes_that_lie)
{
    struct str text;
    struct err e = {0};
    ck_assert_uint_gt(read_back("/proc/self/status").len, 100);
    ck_assert(!file_read(&text, &arena, "/dev/zero", 100000, &e));
    ck_assert_int_eq(e.code, ERR_LIMIT);
}
END_TEST

START_TEST(standard_input)
{
    int ends[2];
    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_int_eq(write(ends[1], "piped", 5), 5);
    (void)close(ends[1]);
    ck_assert_int_eq(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
    (void)close(ends[0]);
    ck_assert(str_eq(read_back("-"), STR("piped")));
    ck_assert(str_eq(read_back("-"), STR(""))); /* still open, at its end */
}
END_TEST

START_TEST(replaces_whole)
{
    struct stat before, after;
    must_write("f", STR("a long old content"));
    ck_assert_int_eq(stat("f", &before), 0);
    int reader = open("f", O_RDONLY | O_CLOEXEC);
    must_write("f", STR("new"));
    ck_assert_int_eq(stat("f", &after), 0);
    ck_assert(before.st_ino != after.st_ino);
    char seen[64] = "";
    ck_assert_int_eq(read(reader, seen, sizeof seen), 18); /* who had it open keeps the old one */
    ck_assert_str_eq(seen, "a long old content");
    fd_close(&reader);
    ck_assert_int_eq(reader, -1);
    fd_close(&reader);
    ck_assert(str_eq(read_back("f"), STR("new")));
}
END_TEST

START_TEST(mode_is_as_asked)
{
    struct err e = {0};
    struct stat st;
    (void)umask(022);
    ck_assert(file_write("secret", STR("x"), 0600, &e));
    ck_assert(file_write("plain", STR("x"), 0666, &e));
    ck_assert_int_eq(stat("secret", &st), 0);
    ck_assert_uint_eq(st.st_mode & 0777, 0600);
    ck_assert_int_eq(stat("plain", &st), 0);
    ck_assert_uint_eq(st.st_mode & 0777, 0644);
}
END_TEST

START_TEST(links_stay)
{
    struct stat st;
    must_write("target", STR("old"));
    ck_assert_int_eq(symlink("target", "link"), 0);
    must_write("link", STR("new"));
    ck_assert_int_eq(lstat("link", &st), 0);
    ck_assert(S_ISLNK(st.st_mode));
    ck_assert(str_eq(read_back("target"), STR("new")));
    ck_assert_uint_eq(count_entries(false), 2);
}
END_TEST

START_TEST(pipes_are_written_into)
{
    struct stat st;
    char seen[8] = "";
    ck_assert_int_eq(mkfifo("pipe", 0600), 0);
    AUTO(fd_close) int fd = open("pipe", O_RDWR | O_CLOEXEC);
    must_write("pipe", STR("hello"));
    ck_assert_int_eq(read(fd, seen, sizeof seen), 5);
    ck_assert_str_eq(seen, "hello");
    ck_assert_int_eq(stat("pipe", &st), 0);
    ck_assert(S_ISFIFO(st.st_mode));
}
END_TEST

START_TEST(unwritable_paths)
{
    static const char *const paths[] = {".", "", "absent/f", "f/x", "/proc/nothing"};
    must_write("f", STR("x"));
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        struct err e = {0};
        ck_assert(!file_write(paths[i], STR("y"), 0644, &e));
        ck_assert_msg(e.code != ERR_NONE && e.sys != 0, "%s: %s", paths[i], e.msg);
    }
    ck_assert_uint_eq(count_entries(false), 1);
}
END_TEST

/* A disk that fills up on the way: a limit of the file size stands for it. */
START_TEST(failed_write_keeps_the_old_content)
{
    struct err e = {0};
    static char large[100000];
    struct rlimit limit;
    must_write("f", STR("old"));
    ck_assert(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
    rlim_t whole = limit.rlim_cur;
    limit.rlim_cur = 5000;
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    bool is_good = file_write("f", (struct str){large, sizeof large}, 0644, &e);
    limit.rlim_cur = whole;
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    ck_assert(!is_good);
    ck_assert_int_eq(e.sys, EFBIG);
    ck_assert_int_eq(e.code, ERR_SYSTEM);
    ck_assert(str_eq(read_back("f"), STR("old")));
    ck_assert_uint_eq(count_entries(false), 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("file");
    TCase *c = tcase_create("file");
    suite_add_tcase(suite, c);
    tcase_add_checked_fixture(c, set_up, tear_down);
    tcase_add_loop_test(c, written_and_read_back, 0, (int)(sizeof sizes / sizeof sizes[0]));
    tcase_add_test(c, unreadable_paths);
    tcase_add_test(c, sizes_that_lie);
    tcase_add_test(c, standard_input);
    tcase_add_test(c, replaces_whole);
    tcase_add_test(c, mode_is_as_asked);
    tcase_add_test(c, links_stay);
    tcase_add_test(c, pipes_are_written_into);
    tcase_add_test(c, unwritable_paths);
    tcase_add_test(c, failed_write_keeps_the_old_content);
    return unit_run(suite);
}
