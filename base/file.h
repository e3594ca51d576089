/* Whole files: read with a limit, written atomically. */
#ifndef REHEARSE_BASE_FILE_H
#define REHEARSE_BASE_FILE_H

#include "base/attr.h"
#include "base/str.h"

#include <sys/types.h>

struct arena;
struct err;

/* Reads `path` ("-" is standard input) into `a`, followed by a NUL byte. More than `max_bytes` is
 * ERR_LIMIT; a missing file ERR_NOT_FOUND; a folder ERR_INPUT. */
CHECK bool file_read(struct str *out, struct arena *a, const char *path, size_t max_bytes,
                     struct err *err);
/* Writes a temporary file beside `path`, syncs it and renames it: the old content or the new, never
 * a part. A symbolic link stays and its target is replaced; a device or pipe is written into. The
 * umask applies to `mode`. */
CHECK bool file_write(const char *path, struct str text, mode_t mode, struct err *err);
/* The same without the sync: for what means nothing once the machine has gone down. */
CHECK bool file_write_fleeting(const char *path, struct str text, mode_t mode, struct err *err);
/* For AUTO: closes *fd if >= 0. */
void fd_close(int *fd);

#endif
