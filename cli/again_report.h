/* What replaying came to, told. Private to cli/. */
#ifndef REHEARSE_CLI_AGAIN_REPORT_H
#define REHEARSE_CLI_AGAIN_REPORT_H

#include "replay/replay.h"

#include <stdio.h>

/* NULL, text, json or junit. */
CHECK bool again_report_knows(const char *format, struct err *err);
void again_report(FILE *out, const char *format, const struct again_result *results, size_t n,
                  bool is_verbose);

#endif
