/* Who can use which code: agents × queues × channels × codes, without chance.
 *
 * A tenant is read once into tables of bits: for each queue the codes it has, for each agent the
 * queues it serves and the skills it holds. What an agent can use on a queue is then the
 * intersection of a few rows; sim_assign_why says the same of one combination, with all reasons. */
#ifndef REHEARSE_SIM_ASSIGN_H
#define REHEARSE_SIM_ASSIGN_H

#include "model/model.h"

/* Why not. A set of them is a mask of bits 1 << reason. */
#define ASSIGN_REASONS(X)                                                                          \
    X(ASSIGN_AGENT_OFF, "agent-inactive")                                                          \
    X(ASSIGN_PERMISSION, "permission-missing")                                                     \
    X(ASSIGN_NOT_MEMBER, "queue-not-joined")                                                       \
    X(ASSIGN_MEMBER_OFF, "membership-inactive")                                                    \
    X(ASSIGN_QUEUE_OFF, "queue-inactive")                                                          \
    X(ASSIGN_QUEUE_SKILL, "queue-skill-missing")                                                   \
    X(ASSIGN_QUEUE_LEVEL, "queue-skill-too-low")                                                   \
    X(ASSIGN_QUEUE_CHANNEL, "channel-not-of-queue")                                                \
    X(ASSIGN_AGENT_CHANNEL, "channel-not-of-agent")                                                \
    X(ASSIGN_CODE_CHANNEL, "channel-not-of-code")                                                  \
    X(ASSIGN_NOT_ASSIGNED, "code-not-on-queue")                                                    \
    X(ASSIGN_ASSIGNED_OFF, "code-off-on-queue")                                                    \
    X(ASSIGN_CODE_OFF, "code-inactive")                                                            \
    X(ASSIGN_NOT_YET, "code-not-valid-yet")                                                        \
    X(ASSIGN_OVER, "code-no-longer-valid")                                                         \
    X(ASSIGN_QUEUE_DIVISION, "code-of-another-division-than-queue")                                \
    X(ASSIGN_AGENT_DIVISION, "code-of-another-division-than-agent")                                \
    X(ASSIGN_CODE_SKILL, "code-skill-missing")                                                     \
    X(ASSIGN_CODE_LEVEL, "code-skill-too-low")                                                     \
    X(ASSIGN_DURATION, "duration-out-of-range")                                                    \
    X(ASSIGN_IDENTIFIER, "mandatory-without-identifier")

enum assign_reason {
#define X(name, text) name,
    ASSIGN_REASONS(X)
#undef X
        ASSIGN_REASON_COUNT
};

enum { ASSIGN_CHANNELS_MAX = 64, ASSIGN_SKILLS_MAX = 100000 };
#define ASSIGN_CELLS_MAX ((size_t)1 << 26) /* agents × queues, queues × codes, agents × skills */

/* What agents, queues and codes have in common. */
struct assign_thing {
    struct str id, name;
    size_t item;       /* place in its resource, as a snapshot lists it */
    uint32_t reasons;  /* of its own */
    uint32_t division; /* number of it; 0: of all */
    uint64_t channels; /* bits over channels */
    struct str says;   /* the condition that does not hold */
    uint64_t *needs;   /* bits over needs: queues and codes; of agents: what they satisfy */
};

struct assign_agent {
    struct assign_thing is;
    uint64_t *serves, *away; /* over queues; away: a member whose conditions do not hold */
    uint64_t *knows;         /* over skills, at any level */
};

struct assign_queue {
    struct assign_thing is;
    uint64_t *codes, *off; /* over codes; off: assigned, but its conditions do not hold */
    uint64_t *required, *no_exit;
    enum floor_mode mode;
    bool has_limit;
    int64_t limit;  /* in the unit of the profile's field */
    size_t n_codes; /* all that are assigned */
    size_t n_channels_named;
};

struct assign_code {
    struct assign_thing is;
    bool is_mandatory, has_duration, is_on_queue;
    int64_t duration;
};

struct assign_skill {
    struct str id, name;
    size_t item, index;
    bool is_entity, is_off, is_held, is_needed;
    struct assign_need *needs;
};

struct assign_need {
    const struct assign_skill *skill;
    int64_t level; /* in thousandths; INT64_MIN: any */
    size_t index;
    struct assign_need *next; /* of the same skill */
};

struct assign_floor {
    const struct floor_rule *rule;
    struct arena *arena;
    struct str tenant, profile;
    int64_t now_us;
    struct assign_agent *agents;
    struct assign_queue *queues;
    struct assign_code *codes;
    struct assign_skill **skills;
    struct assign_need **needs;
    size_t n_agents, n_queues, n_codes, n_skills, n_needs;
    struct str channels[ASSIGN_CHANNELS_MAX];
    size_t n_channels;
    bool has_agents, has_queues, has_channels; /* false: one made up, which stands for any */
    size_t queue_words, code_words, need_words, skill_words;
};

/* Reads the floor of a tenant as it is at `now_us` into `a`; its texts are copied. The caller holds the tenant's
 * read lock. False, with `err`: the profile tells of no floor, or it is too large. */
CHECK bool sim_assign_read(struct assign_floor **out, struct arena *a, const struct tenant *t,
                           int64_t now_us, struct err *err);

/* All reasons why agent, queue, channel and code (places in the tables) do not go together; 0: they do. */
uint32_t sim_assign_why(const struct assign_floor *f, size_t agent, size_t queue, size_t channel,
                        size_t code);
/* The same with the time that the agent asks for, in the unit of the profile's field. */
uint32_t sim_assign_duration(const struct assign_floor *f, int64_t duration);

/* The proof: what all agents can use. */
struct assign_proof {
    const struct assign_floor *floor;
    uint32_t *usable; /* [agent × n_queues + queue]: codes that it can use there, on any channel */
    uint64_t *used;   /* [queue × code_words]: codes that some agent can use there */
    uint64_t *used_any;     /* [code_words] */
    uint64_t *open;         /* [queue × code_words]: codes that it has, for whoever may use them */
    uint64_t *of;           /* [channel × code_words]: codes for that channel */
    bool has_code_channels; /* not every code is for every channel */
    uint32_t *class_of;     /* [agent]: agents of a class see the same codes */
    uint64_t *classes;      /* [class × code_words] */
    size_t n_classes;
    uint64_t n_usable;   /* combinations of agent, queue, channel and code */
    uint64_t n_possible; /* all of them */
};
/* O(agents × queues they serve × codes / 64) at worst; agents alike in what they hold are worked out once. */
struct assign_proof *sim_assign_prove(struct arena *a, const struct assign_floor *f);
/* The codes that `agent` can use on `queue` over `channel`, into `out` (code_words). */
void sim_assign_row(uint64_t *out, const struct assign_proof *p, size_t agent, size_t queue,
                    size_t channel);

/* Agents of a queue (members, joined or not) that are alike there: the same codes, for the same reasons. */
struct assign_group {
    size_t *agents;
    size_t n;
    uint64_t *rows;       /* [channel × code_words] */
    size_t n_usable;      /* codes usable on some channel */
    bool channels_differ; /* the rows do */
    struct assign_group *next;
};
/* Into `a`, in the order of their first agents. O(members × channels × codes / 64). */
struct assign_group *sim_assign_groups(struct arena *a, const struct assign_proof *p, size_t queue);

/* Reports: what people read, one object, a table, a page. `fs` may be NULL. */
void sim_assign_text(struct buf *out, const struct assign_proof *p);
void sim_assign_json(struct buf *out, const struct assign_proof *p, const struct findings *fs);
void sim_assign_csv(struct buf *out, const struct assign_proof *p);
/* A page that opens from disk and asks for nothing else. */
void sim_assign_html(struct buf *out, const struct assign_proof *p, const struct findings *fs);
/* What is wrong with the floor; pointers lead into a snapshot. */
void sim_assign_findings(struct findings *fs, const struct assign_proof *p);

/* What a change does, for people: which codes become usable or unusable, on which queue, for whom, and why. */
struct assign_delta {
    uint64_t gained, lost; /* combinations */
};
enum assign_delta_format {
    ASSIGN_DELTA_TEXT,
    ASSIGN_DELTA_JSON,
    ASSIGN_DELTA_CSV,  /* a line for each queue, channel, code and agent */
    ASSIGN_DELTA_HTML, /* a page that opens from disk */
    ASSIGN_DELTA_FORMAT_COUNT
};
struct str sim_assign_delta_format(enum assign_delta_format format); /* its name */
/* `fs`: what is wrong with the candidate, told in the page; may be NULL. */
struct assign_delta sim_assign_diff(struct buf *out, const struct assign_proof *baseline,
                                    const struct assign_proof *candidate,
                                    enum assign_delta_format format, const struct findings *fs);

struct str sim_assign_reason_name(enum assign_reason reason);
/* One reason for people: "agent \"Ada\" does not hold \"Spanish\"". */
void sim_assign_reason_put(struct buf *out, const struct assign_floor *f, enum assign_reason reason,
                           size_t agent, size_t queue, size_t channel, size_t code);

static inline bool assign_bit(const uint64_t *bits, size_t i)
{
    return bits[i / 64] >> (i % 64) & 1;
}

static inline size_t assign_words(size_t n)
{
    return (n + 63) / 64;
}

#endif
