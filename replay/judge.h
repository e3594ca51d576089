/* The judge: conduct rules over evidence. Each looks at what was exchanged and how it ended, none knows the client.
 *
 *     held           there was an occasion, and the client did as it should
 *     broken         with the requests that show it
 *     not exercised  there was no occasion
 */
#ifndef REHEARSE_REPLAY_JUDGE_H
#define REHEARSE_REPLAY_JUDGE_H

#include "replay/evidence.h"

enum judged { JUDGED_NOT_EXERCISED, JUDGED_HELD, JUDGED_BROKEN, JUDGED_OFF };
enum { BREACHES_MAX = 5, SHOWN_MAX = 3, CONDUCT_RULES = 25 };

struct judge;
struct verdict;

struct conduct_rule {
    struct str id, name; /* "C201", "retry-after" */
    struct str text;     /* what is asked */
    struct str why, how; /* for `explain` */
    void (*judge)(struct judge *j, struct verdict *v);
};

/* What shows it: a sentence and the exchanges that it speaks of. */
struct breach {
    struct str text;
    const struct exchange *at[SHOWN_MAX];
    size_t n_at;
};

struct verdict {
    const struct conduct_rule *rule;
    enum judged judged;
    size_t n_occasions, n_broken;
    struct breach breaches[BREACHES_MAX]; /* the first ones */
    struct str off_reason;
};

/* What a scenario may set. Zero: the default that is named. */
struct judge_params {
    int64_t token_margin_us; /* a token may be renewed that long before it lapses: 5 min */
    int64_t slack_us;        /* a wait may be that much shorter than asked: 50 ms */
    int64_t retries_max;     /* tries of one call: 10 */
    int64_t conflicts_max;   /* conflicts on one entity: 10 */
    int64_t refreshes_max;   /* in a row: 3 */
    int64_t
        same_page_max; /* the same page read with success: 20, as who waits for a new entity may */
    bool accepts_failure; /* C702, C703: a program that says that it failed may leave less behind */
    const struct str *off, *off_reasons; /* rules that do not count, and why */
    size_t n_off;
};

struct judgement {
    struct verdict verdicts[CONDUCT_RULES];
    size_t n_held, n_broken, n_not_exercised, n_off;
    bool
        is_well; /* nothing broken, every fault met, the program known to have ended well or not known */
};

/* `evidence` must live as long as the judgement; texts in `a`. O(requests²) at worst per rule, usually linear. */
void judge_run(struct judgement *out, struct arena *a, const struct evidence *evidence,
               const struct judge_params *params);

const struct conduct_rule *conduct_rule_at(size_t i); /* NULL behind the last; ordered by id */
const struct conduct_rule *conduct_rule_find(struct str id);
const char *judged_name(enum judged judged); /* "held" */
/* How `other` differs from `one`, two snapshots, as people would say it: entities by their names; ids, versions and
 * times that the server made do not count. "" the same. */
struct str state_difference(struct arena *a, const struct contract *c, struct json one,
                            struct json other);

/* "#4 2026-… GET /api/… → 200 (fault 429-burst)" */
void exchange_put(struct buf *out, const struct exchange *x);
/* Reports of one judgement. */
void judgement_put_text(struct buf *out, const struct judgement *j, const struct evidence *e,
                        bool has_colour, bool is_verbose);
void judgement_put_json(struct buf *out, const struct judgement *j, const struct evidence *e);
void judgement_put_junit(struct buf *out, const struct judgement *j, const struct evidence *e);
void judgement_put_markdown(struct buf *out, const struct judgement *j, const struct evidence *e);
void judgement_put_html(struct buf *out, const struct judgement *j, const struct evidence *e);

#endif
