/* Programs that run faster than real time (rehearse run --speedup): which can, and what makes them. Private to
 * replay/. */
#ifndef REHEARSE_REPLAY_FASTER_H
#define REHEARSE_REPLAY_FASTER_H

#include "base/base.h"

/* Can the clock of `program` (looked for in PATH) be replaced from outside? Follows "#!" and env. False with the
 * reason: linked statically, Go, another C library or processor, set-user-ID. What it starts itself is not known
 * here. */
CHECK bool faster_can(struct arena *a, const char *program, struct err *err);
/* Writes what is preloaded into `folder`; the path lives in `a`. */
CHECK bool faster_write(struct str *out_path, struct arena *a, const char *folder, struct err *err);
/* `extra` ("NAME=value", ends with NULL; may be NULL) with what makes the program run at `pace`, and leave the
 * file `mark` once it does. `preload` comes before what LD_PRELOAD is in `extra` or `base`. In `a`. */
char *const *faster_environment(struct arena *a, char *const *base, char *const *extra,
                                struct str preload, struct pace pace, struct str mark);

#endif
