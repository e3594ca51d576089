/* What this machine gives to sealed runs, what is in the way, and the cure. */
#ifndef REHEARSE_REPLAY_DOCTOR_H
#define REHEARSE_REPLAY_DOCTOR_H

#include "base/base.h"

enum doctor_state { DOCTOR_WELL, DOCTOR_NOTE, DOCTOR_MISSING };

struct doctor_line {
    struct str part, name, text, cure; /* part: "seals", "kernel", "libraries", "runtimes" */
    enum doctor_state state;
};

enum { DOCTOR_LINES_MAX = 64 };
struct doctor {
    struct arena *arena;
    struct doctor_line lines[DOCTOR_LINES_MAX];
    size_t n;
    struct str seal; /* that `run` would choose */
    bool is_sealed;  /* that one keeps programs from the network */
};

/* Tries and reads; changes nothing. Texts in `a`. */
void doctor_look(struct doctor *out, struct arena *a);
const char *doctor_state_name(enum doctor_state state);

#endif
