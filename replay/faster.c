/* Which programs take a preloaded library is read from the file: the dynamic linker must be the C library's own, and
 * the runtime must ask that library for the time, which Go does not. */
#include "replay/faster.h"

#include "model/model.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SCRIPTS_MAX = 5, HEAD_BYTES = 4096, SECTIONS_MAX = 4096, NAMES_MAX = 1 << 20 };

/* --- finding it --- */

static bool is_program(const char *path)
{
    struct stat s;
    return stat(path, &s) == 0 && S_ISREG(s.st_mode) && access(path, X_OK) == 0;
}

static bool find_program(struct str *out, struct arena *a, struct str name, struct err *err)
{
    const char *path = getenv("PATH");
    struct str rest = str_of(path ? path : "/usr/local/bin:/usr/bin:/bin"), folder;
    if (str_find_char(name, '/') < name.len) {
        *out = str_copy(a, name);
        return is_program(str_cstr(a, *out)) ||
               err_set(err, ERR_INPUT, "%.*s is no program", STR_ARG(name));
    }
    while (str_cut(&rest, ':', &folder)) {
        struct buf whole;
        buf_init(&whole, a);
        buf_printf(&whole, "%.*s/%.*s", STR_ARG(folder.len ? folder : STR(".")), STR_ARG(name));
        if (is_program(buf_cstr(&whole))) {
            *out = buf_str(&whole);
            return true;
        }
    }
    return err_set(err, ERR_INPUT, "%.*s is not found in PATH", STR_ARG(name));
}

/* --- what it is --- */

struct image {
    struct str path;
    int fd;
    struct err *err;
};

static bool read_at(const struct image *i, void *out, size_t len, uint64_t at)
{
    return at <= INT64_MAX && pread(i->fd, out, len, (off_t)at) == (ssize_t)len;
}

static bool refuse(const struct image *i, const char *why)
{
    return err_set(i->err, ERR_INPUT, "--speedup cannot be had for %.*s: %s", STR_ARG(i->path),
                   why);
}

/* The path of its dynamic linker; empty: none. */
static bool read_linker(const struct image *i, const Elf64_Ehdr *head, char *out, size_t max)
{
    out[0] = '\0';
    for (unsigned n = 0; n < head->e_phnum; n++) {
        Elf64_Phdr part;
        if (head->e_phentsize != sizeof part ||
            !read_at(i, &part, sizeof part, head->e_phoff + n * sizeof part)) {
            return refuse(i, "its headers cannot be read");
        }
        if (part.p_type == PT_INTERP && part.p_filesz > 0 && part.p_filesz < max) {
            bool is_read = read_at(i, out, part.p_filesz, part.p_offset);
            out[is_read ? part.p_filesz : 0] = '\0';
        }
    }
    return true;
}

static bool has_section(const struct image *i, const Elf64_Ehdr *head, struct arena *a,
                        const char *wanted)
{
    Elf64_Shdr names, section;
    if (head->e_shentsize != sizeof section || head->e_shnum > SECTIONS_MAX ||
        !read_at(i, &names, sizeof names, head->e_shoff + head->e_shstrndx * sizeof section) ||
        names.sh_size == 0 || names.sh_size > NAMES_MAX) {
        return false;
    }
    char *text = arena_bytes(a, names.sh_size);
    if (!read_at(i, text, names.sh_size, names.sh_offset)) {
        return false;
    }
    text[names.sh_size - 1] = '\0';
    for (unsigned n = 0; n < head->e_shnum; n++) {
        if (read_at(i, &section, sizeof section, head->e_shoff + n * sizeof section) &&
            section.sh_name < names.sh_size && strcmp(text + section.sh_name, wanted) == 0) {
            return true;
        }
    }
    return false;
}

/* This program itself is of the machine and class that ours can be preloaded into. */
static bool is_of_this_machine(const Elf64_Ehdr *head)
{
    Elf64_Ehdr own;
    int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    bool is_read = fd >= 0 && pread(fd, &own, sizeof own, 0) == (ssize_t)sizeof own;
    fd_close(&fd);
    return !is_read ||
           (own.e_machine == head->e_machine && own.e_ident[EI_CLASS] == head->e_ident[EI_CLASS]);
}

static bool check_image(const struct image *i, struct arena *a)
{
    enum { PATH_BYTES = 256 };
    Elf64_Ehdr head;
    struct stat s;
    char linker[PATH_BYTES];
    if (!read_at(i, &head, sizeof head, 0) || memcmp(head.e_ident, ELFMAG, SELFMAG) != 0) {
        return refuse(i, "it is neither a program nor a script");
    }
    if (!is_of_this_machine(&head)) {
        return refuse(i, "it is made for another processor than rehearse");
    }
    if (fstat(i->fd, &s) == 0 && (s.st_mode & (S_ISUID | S_ISGID))) {
        return refuse(i,
                      "it changes its user or group, and nothing is preloaded into such programs");
    }
    if (!read_linker(i, &head, linker, sizeof linker)) {
        return false;
    }
    if (!linker[0]) {
        return refuse(i,
                      "it is linked statically, so that its clock cannot be replaced from outside");
    }
    if (strstr(linker, "musl")) {
        return refuse(i, "it uses another C library (musl) than rehearse");
    }
    if (has_section(i, &head, a, ".go.buildinfo")) {
        return refuse(i,
                      "it is a Go program, and Go asks the kernel for the time, not the C library");
    }
    return true;
}

/* The interpreter of "#!", or what env is told to run; empty where the text names none. */
static struct str interpreter_of(struct arena *a, struct str line)
{
    struct str rest = str_trim(str_slice(line, 2, str_find_char(line, '\n'))), word;
    if (!str_cut(&rest, ' ', &word)) {
        return STR("");
    }
    bool is_env = str_ends(word, STR("/env"));
    struct str name = word;
    while (is_env && str_cut(&rest, ' ', &word)) {
        if (word.len && word.s[0] != '-' && str_find_char(word, '=') == word.len) {
            name = word;
            break;
        }
    }
    return str_copy(a, name);
}

bool faster_can(struct arena *a, const char *program, struct err *err)
{
    struct str name = str_of(program);
    for (unsigned depth = 0; depth < SCRIPTS_MAX; depth++) {
        struct image i = {.fd = -1, .err = err};
        char head[HEAD_BYTES];
        if (!find_program(&i.path, a, name, err)) {
            return false;
        }
        i.fd = open(str_cstr(a, i.path), O_RDONLY | O_CLOEXEC);
        if (i.fd < 0) {
            return err_sys(err, errno, "%.*s cannot be read", STR_ARG(i.path));
        }
        ssize_t n = pread(i.fd, head, sizeof head, 0);
        struct str text = {head, n > 0 ? (size_t)n : 0};
        if (!str_starts(text, STR("#!"))) {
            bool can = check_image(&i, a);
            fd_close(&i.fd);
            return can;
        }
        fd_close(&i.fd);
        name = interpreter_of(a, text);
    }
    return err_set(err, ERR_INPUT, "%s: scripts that are run by scripts that are run by scripts",
                   program);
}

/* --- what is preloaded --- */

bool faster_write(struct str *out_path, struct arena *a, const char *folder, struct err *err)
{
    struct buf path;
    buf_init(&path, a);
    buf_printf(&path, "%s/faster.so", folder);
    *out_path = buf_str(&path);
    return file_write_fleeting(buf_cstr(&path), builtin_find(STR("faster.so")), 0600, err);
}

static const char *value_in(char *const *list, struct str name)
{
    for (size_t i = 0; list && list[i]; i++) {
        struct str s = str_of(list[i]);
        if (str_starts(s, name) && s.len > name.len && s.s[name.len] == '=') {
            return s.s + name.len + 1;
        }
    }
    return NULL;
}

char *const *faster_environment(struct arena *a, char *const *base, char *const *extra,
                                struct str preload, struct pace pace, struct str mark)
{
    const struct str name = STR("LD_PRELOAD");
    struct buf both, line;
    size_t n = 0, kept = 0;
    while (extra && extra[n]) {
        n++;
    }
    const char *theirs = value_in(extra, name) ? value_in(extra, name) : value_in(base, name);
    char **out = ARENA_ARRAY(a, n + 3, char *);
    for (size_t i = 0; i < n; i++) {
        char *const one[] = {extra[i], NULL};
        if (!value_in(one, name)) {
            out[kept++] = extra[i];
        }
    }
    buf_init(&both, a);
    buf_printf(&both, "LD_PRELOAD=%.*s%s%s", STR_ARG(preload), theirs && *theirs ? ":" : "",
               theirs ? theirs : "");
    buf_init(&line, a);
    buf_printf(&line, "REHEARSE_SPEEDUP=%lld:%lld:%.*s", (long long)pace.times,
               (long long)pace.from_us, STR_ARG(mark));
    out[kept++] = (char *)(uintptr_t)buf_cstr(&both);
    out[kept] = (char *)(uintptr_t)buf_cstr(&line);
    return out;
}
