/* Private to base/: the end of the program where nothing can be returned. */
#ifndef REHEARSE_BASE_FATAL_INT_H
#define REHEARSE_BASE_FATAL_INT_H

#include "base/attr.h"

/* Says "rehearse: what" on standard error and ends the program with status 3, without running
 * atexit functions: memory is short and other threads may hold locks. */
NORETURN void fatal(const char *what);

#endif
