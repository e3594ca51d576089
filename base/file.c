/* Whole files. Reading goes through one growing buffer, because a size that the system reports may
 * be wrong (pipes, /proc, a file that grows). Writing puts a temporary file into the same folder,
 * which alone makes the rename atomic. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/rng.h"

void fd_close(int *fd)
{
    if (*fd >= 0) {
        (void)close(*fd);
        *fd = -1;
    }
}

/* Error about `path`: message without it, place with it. */
static bool fail(struct err *err, const char *path, int sys, const char *what)
{
    (void)err_sys(err, sys, "%s", what);
    if (err && (sys == ENOENT || sys == ENOTDIR)) {
        err->code = ERR_NOT_FOUND;
    } else if (err && (sys == EISDIR || sys == ENAMETOOLONG || sys == ELOOP)) {
        err->code = ERR_INPUT;
    }
    return err_at(err, str_of(path), 0, 0);
}

/* Opens for reading and says how much to expect, 0 if unknown. */
static bool open_input(int *out_fd, size_t *out_expected, const char *path, struct err *err)
{
    bool is_stdin = strcmp(path, "-") == 0;
    int fd = is_stdin ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return fail(err, path, errno, "cannot open the file");
    }
    struct stat st;
    if (fstat(fd, &st) != 0 || S_ISDIR(st.st_mode)) {
        int sys = S_ISDIR(st.st_mode) ? EISDIR : errno;
        fd_close(&fd);
        return fail(err, path, sys, "cannot read the file");
    }
    *out_expected = S_ISREG(st.st_mode) && st.st_size > 0 ? (size_t)st.st_size : 0;
    *out_fd = fd;
    return true;
}

bool file_read(struct str *out, struct arena *a, const char *path, size_t max_bytes,
               struct err *err)
{
    AUTO(fd_close) int fd = -1;
    size_t expected = 0;
    if (!open_input(&fd, &expected, path, err)) {
        return false;
    }
    struct buf b;
    buf_init(&b, a);
    buf_reserve(&b, (expected < max_bytes ? expected : max_bytes) + 1); /* one more shows the end */
    for (;;) {
        size_t room = b.cap - b.len - 1;
        if (room == 0) {
            buf_reserve(&b, 1);
            continue;
        }
        ssize_t n = read(fd, b.s + b.len, room);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return fail(err, path, errno, "cannot read the file");
        }
        if (n == 0) {
            break;
        }
        b.len += (size_t)n;
        if (b.len > max_bytes) {
            (void)err_set(err, ERR_LIMIT, "the file is larger than %zu bytes", max_bytes);
            return err_at(err, str_of(path), 0, 0);
        }
    }
    *out = (struct str){buf_cstr(&b), b.len};
    return true;
}

static bool write_all(int fd, struct str text)
{
    while (text.len > 0) {
        ssize_t n = write(fd, text.s, text.len);
        if (n < 0 && errno != EINTR) {
            return false;
        }
        text = str_slice(text, n > 0 ? (size_t)n : 0, text.len);
    }
    return true;
}

/* File systems without fsync say EINVAL: nothing more can be done there. */
static bool sync_fd(int fd)
{
    return fsync(fd) == 0 || errno == EINVAL || errno == EROFS;
}

/* A new file in `folder` (with its '/'), its name in `name`; -1 with errno if there is none. */
static int make_temporary(struct buf *name, struct str folder, mode_t mode)
{
    int fd = -1;
    for (int tries = 0; fd < 0 && tries < 8; tries++) {
        uint64_t random;
        random_secret(&random, sizeof random);
        buf_clear(name);
        buf_put(name, folder);
        buf_put(name, STR(".rehearse-"));
        buf_put_u64(name, random);
        fd = open(buf_cstr(name), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
        if (fd < 0 && errno != EEXIST) {
            break;
        }
    }
    return fd;
}

/* Renaming replaces a name in the folder: ask for that to be on disk too. */
static void sync_folder(struct str folder)
{
    struct buf name = {0};
    buf_put(&name, folder.len ? folder : STR("."));
    AUTO(fd_close) int fd = open(buf_cstr(&name), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        (void)sync_fd(fd); /* the file is whole in any case */
    }
    buf_done(&name);
}

static bool replace_file(const char *path, struct str text, mode_t mode, bool is_durable,
                         struct err *err)
{
    const char *slash = strrchr(path, '/');
    struct str folder = {path, slash ? (size_t)(slash - path) + 1 : 0};
    struct buf name = {0};
    AUTO(fd_close) int fd = make_temporary(&name, folder, mode);
    bool is_good = false;
    if (fd < 0) {
        (void)fail(err, path, errno, "cannot create a file in its folder");
        goto out;
    }
    if (!write_all(fd, text) || (is_durable && !sync_fd(fd)) ||
        rename(buf_cstr(&name), path) != 0) {
        (void)fail(err, path, errno, "cannot write the file");
        (void)unlink(buf_cstr(&name));
        goto out;
    }
    if (is_durable) {
        sync_folder(folder);
    }
    is_good = true;
out:
    buf_done(&name);
    return is_good;
}

/* A device or pipe ("/dev/stdout") is written into, not replaced. */
static bool write_into(const char *path, struct str text, struct err *err)
{
    AUTO(fd_close) int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0 || !write_all(fd, text)) {
        return fail(err, path, errno, "cannot write the file");
    }
    return true;
}

static bool put_file(const char *path, struct str text, mode_t mode, bool is_durable,
                     struct err *err)
{
    struct stat st;
    if (stat(path, &st) != 0) {
        return replace_file(path, text, mode, is_durable, err);
    }
    if (S_ISDIR(st.st_mode)) {
        return fail(err, path, EISDIR, "cannot write the file");
    }
    if (!S_ISREG(st.st_mode)) {
        return write_into(path, text, err);
    }
    char *target = realpath(path, NULL); /* a link stays one: its target is replaced */
    if (!target) {
        return fail(err, path, errno, "cannot write the file");
    }
    bool is_good = replace_file(target, text, mode, is_durable, err);
    free(target);
    return is_good;
}

bool file_write(const char *path, struct str text, mode_t mode, struct err *err)
{
    return put_file(path, text, mode, true, err);
}

bool file_write_fleeting(const char *path, struct str text, mode_t mode, struct err *err)
{
    return put_file(path, text, mode, false, err);
}
