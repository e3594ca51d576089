/* The floor as a profile tells it: which resources are agents, queues, codes and skills, what links
 * them, and what must hold before an agent can use a code (docs/profile-format.md, "The floor"). */
#ifndef REHEARSE_MODEL_FLOOR_H
#define REHEARSE_MODEL_FLOOR_H

#include "model/contract.h"

/* What must hold of one entity. */
struct floor_condition {
    const struct field_path *field;
    const struct str
        *is; /* JSON texts, one of which stands there; n_is 0: anything that is there */
    size_t n_is;
    bool holds_absent; /* where the field is absent or null */
    struct str says;   /* for people, where it does not hold: "it is inactive" */
};

struct floor_conditions {
    const struct floor_condition *at;
    size_t n;
};

/* A time in a field, counted in units of so many microseconds. */
struct floor_time {
    const struct field_path *field; /* NULL: there is none */
    int64_t unit_us;
    int64_t min, max; /* in the field's unit; max 0: none is known */
};

/* What after-call work is like on a queue. */
enum floor_mode {
    FLOOR_NO_ACW,
    FLOOR_OPTIONAL,
    FLOOR_MANDATORY, /* until a code is chosen */
    FLOOR_TIMEOUT,   /* until a code is chosen, or the limit */
    FLOOR_FORCED,    /* the whole limit */
    FLOOR_REQUESTED, /* only if the agent asked for it */
    FLOOR_MODE_COUNT
};

struct floor_mode_rule {
    enum floor_mode mode;
    struct floor_conditions when; /* all of them */
};

struct floor_side {
    const struct resource *resource; /* NULL: the profile knows none */
    struct floor_conditions requires;
    const struct field_path *division, *channels; /* NULL: none */
};

/* What each entity of a resource links: the cross product of what its two fields name. */
struct floor_link {
    const struct resource *resource;
    const struct field_path *from, *to;
    const struct field_path *level; /* of a skill: held or wanted; NULL: none */
    struct floor_conditions requires;
    struct floor_conditions required, exit; /* of a code on a queue: it must be chosen; the agent
                                                can leave without it. n 0: never, always */
};

struct floor_links {
    const struct floor_link *at;
    size_t n;
};

struct floor_channel {
    struct str name;
    const struct str *also; /* other names of it */
    size_t n_also;
};

struct floor_rule {
    struct floor_side agents, queues, codes, skills;
    struct floor_links members, assigned, holds, queue_needs, code_needs;
    bool is_low_best; /* level 1 is better than 20 */
    const struct floor_mode_rule *modes;
    size_t n_modes;
    enum floor_mode otherwise;
    struct floor_time limit;               /* of a queue's after-call work */
    int64_t codes_max;                     /* of a queue; 0: none is known */
    bool needs_channels;                   /* a queue that names none takes no code */
    const struct field_path *from, *until; /* validity of a code; NULL: none */
    struct floor_time duration;            /* of a code */
    struct floor_conditions mandatory;     /* a code that must be chosen; n 0: never */
    const struct field_path *identifier;   /* which a mandatory code must have; NULL: none */
    const struct floor_channel *channels;
    size_t n_channels;
    const struct resource *channel_resource; /* channels are its entities; NULL: the list */
    bool compares_queue, compares_agent;     /* the code's division with the queue's, the agent's */
    const struct str *all_divisions;         /* values that stand for every division */
    size_t n_all_divisions;
    const struct str *permissions; /* all of which an agent needs */
    size_t n_permissions;
    struct str client_agent; /* member of a tenant's client that names the agent */
    const struct str *assumptions;
    size_t n_assumptions;
};

/* "mandatory", "timeout", … */
struct str floor_mode_name(enum floor_mode mode);

#endif
