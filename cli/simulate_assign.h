/* `rehearse simulate assignment`. Private to cli/. */
#ifndef REHEARSE_CLI_SIMULATE_ASSIGN_H
#define REHEARSE_CLI_SIMULATE_ASSIGN_H

/* What was asked on the command line; NULL where it was not. */
struct simulate_assign {
    const char *profile, *tenant, *candidate, *change, *format, *out, *at;
    const char *agent, *queue, *code, *channel, *duration;
};

/* Proves who can use which code and reports it; gives the exit status. */
int simulate_assign(const struct simulate_assign *how);

#endif
