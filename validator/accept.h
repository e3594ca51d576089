/* What a team has accepted: suppressions with their reasons, and a baseline of old findings. Both go by
 * what a finding is about, never by its line; comments in YAML stand where they count. */
#ifndef REHEARSE_VALIDATOR_ACCEPT_H
#define REHEARSE_VALIDATOR_ACCEPT_H

#include "validator/read.h"
#include "validator/report.h"

struct suppression {
    struct str rules;      /* "S106,D": ids and families */
    struct str type, name; /* of the entity, with * and ?; "" any */
    struct str reason;
    struct str file;      /* comments: where it counts; else "" */
    uint32_t line;        /* and on which line; else 0 */
    struct finding place; /* of the suppression itself: file, span, lines, pointer */
    bool has_ended, is_used;
};

struct accept {
    struct arena *arena;
    struct suppression *at;
    size_t n, cap;
};

void accept_add(struct accept *a, const struct suppression *rule);
/* The comments of a YAML file; one without a reason, or about a rule that cannot be suppressed, is a finding
 * (K902), one that names no rule K901. */
void accept_comments(struct accept *a, struct str file, const struct yaml_result *yaml,
                     struct findings *fs);
/* The suppression that covers the item, marked as used; NULL: none does. */
struct suppression *accept_find(struct accept *a, const struct report_item *item);
/* K902 for those that nothing was suppressed by, K903 for those that have ended. */
void accept_tell(const struct accept *a, struct findings *fs);

/* True if `rules` ("S106,D") covers the rule. */
bool rules_cover(struct str rules, struct str rule);

/* True if `head` is a rule's id or begins some: a family. */
bool rules_have(struct str head);

/* Of a finding: rule, profile, whose it is, pointer without list positions, value; 16 digits. In `a`. */
struct str accept_fingerprint(struct arena *a, struct str profile, const struct report_item *item);

struct baseline_entry;
struct baseline_slot {
    struct baseline_entry *entry;
};
struct baseline {
    struct arena *arena;
    struct map counts; /* fingerprint → struct baseline_entry * */
    struct baseline_slot *order;
    size_t n, cap;
};
struct baseline_entry {
    struct str fingerprint, rule, message;
    size_t count, left;
    struct finding place; /* where it was read */
};

void baseline_init(struct baseline *b, struct arena *a);
void baseline_done(struct baseline *b);
/* Counts one more of a finding. */
void baseline_add(struct baseline *b, struct str fingerprint, const struct finding *f);
/* Reads a baseline file. Borrows the text. */
CHECK bool baseline_read(struct baseline *b, struct str name, struct str text, struct err *err);
/* The file's text. */
void baseline_write(struct buf *out, const struct baseline *b);
/* True if the finding is among those not met yet; it is then. */
bool baseline_meet(struct baseline *b, struct str fingerprint);
/* K904 for what was not met. */
void baseline_tell(const struct baseline *b, enum severity severity, struct findings *fs);

#endif
