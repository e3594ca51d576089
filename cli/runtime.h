/* Where running servers leave word for `rehearse ctl`: one ready file a port, readable by their
 * user alone. Private to cli/. */
#ifndef REHEARSE_CLI_RUNTIME_H
#define REHEARSE_CLI_RUNTIME_H

#include "base/base.h"

/* Appends the path of the ready file of `port`: below $XDG_RUNTIME_DIR, else below /tmp in a folder
 * of the user's own, which is made. False where that folder is not the user's (somebody else put it
 * there). */
CHECK bool runtime_path(struct buf *out, unsigned port, struct err *err);
/* A connection is an open file, and shells start with a low limit that may be raised. */
void runtime_allow_files(void);

#endif
