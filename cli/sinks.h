/* The sink files that --sink names. */
#ifndef REHEARSE_CLI_SINKS_H
#define REHEARSE_CLI_SINKS_H

#include "cli/options.h"
#include "mockapi/mockapi.h"

/* The text of one, unchecked, in `a`. */
CHECK bool sinks_read_one(struct mock_sink *out, struct arena *a, const char *name,
                          struct err *err);
/* Reads them: built-in ones by name, others by path. NULL in *out where there are none. */
CHECK bool sinks_read(struct sink_rules **out, const struct option_list *names, struct findings *fs,
                      struct err *err);

#endif
