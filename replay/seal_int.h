/* What the two sides of a seal say to each other. Private to replay/seal*.c. */
#ifndef REHEARSE_REPLAY_SEAL_INT_H
#define REHEARSE_REPLAY_SEAL_INT_H

#include "replay/seal.h"

enum seal_step {
    SEAL_STEP_DONE,
    SEAL_STEP_USER,     /* namespaces */
    SEAL_STEP_MAP,      /* who we are inside */
    SEAL_STEP_LOOPBACK, /* bringing it up */
    SEAL_STEP_SOCKET,   /* a port */
    SEAL_STEP_MOUNT,    /* laying files over others */
    SEAL_STEP_FORK,
    SEAL_STEP_EXECUTE,
    SEAL_STEP_ENDED, /* the program has ended: `end` says how */
};

/* One message from the inside; the sockets come with SEAL_STEP_DONE. */
struct seal_word {
    enum seal_step step;
    int sys, detail; /* errno; which port or mount */
    bool has_proc;
    struct seal_end end;
};
/* From the outside: one byte. */
enum { SEAL_GO = 'g', SEAL_STOP = 's' };

/* The keeper; never returns. Runs in a process that was forked from one with threads: no allocation, no lock. */
NORETURN void seal_keep(const struct seal_options *options, int channel);
/* Why a step was refused, and the cure, as the machine's settings tell. Always false. */
bool seal_refusal(struct err *err, const struct seal_options *options,
                  const struct seal_word *word);

#endif
