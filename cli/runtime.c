/* The folder is made with mode 0700 and looked at again without following links: in /tmp anybody
 * can be first. */
#include "cli/runtime.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

bool runtime_path(struct buf *out, unsigned port, struct err *err)
{
    const char *base = getenv("XDG_RUNTIME_DIR");
    struct buf folder = {0};
    struct stat st;
    if (base && base[0] == '/') {
        buf_printf(&folder, "%s/rehearse", base);
    } else {
        buf_printf(&folder, "/tmp/rehearse-%u", (unsigned)getuid());
    }
    bool is_made = mkdir(buf_cstr(&folder), 0700) == 0 || errno == EEXIST;
    bool is_ours = is_made && lstat(buf_cstr(&folder), &st) == 0 && S_ISDIR(st.st_mode) &&
                   st.st_uid == getuid() && (st.st_mode & 077) == 0;
    if (is_ours) {
        buf_printf(out, "%s/%u.json", buf_cstr(&folder), port);
    } else {
        err_set(err, ERR_SYSTEM, "%s is not a folder that only you can use", buf_cstr(&folder));
    }
    buf_done(&folder);
    return is_ours;
}

void runtime_allow_files(void)
{
    enum { FILES_WANTED = 8192 };
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < FILES_WANTED) {
        files.rlim_cur = files.rlim_max < FILES_WANTED ? files.rlim_max : FILES_WANTED;
        (void)setrlimit(RLIMIT_NOFILE, &files);
    }
}
