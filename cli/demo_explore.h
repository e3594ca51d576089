/* The demo's second half: real clients, driven sealed off through every fault. Private to cli/. */
#ifndef REHEARSE_CLI_DEMO_EXPLORE_H
#define REHEARSE_CLI_DEMO_EXPLORE_H

#include "base/base.h"

enum demo_outcome { DEMO_AS_CLAIMED, DEMO_OTHERWISE, DEMO_NOT_POSSIBLE };

/* Runs `program explore` on the built-in client, then on a careless one, and prints what came of it. */
enum demo_outcome demo_explore(const char *program);
/* The careless client itself: makes a wrap-up code, sends it again without a look when no answer comes, and says
 * that all is well. The exit status. */
int demo_careless(void);

#endif
