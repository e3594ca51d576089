/* What the reports of a draft share. Private to validator/. */
#ifndef REHEARSE_VALIDATOR_DRAFT_REPORT_H
#define REHEARSE_VALIDATOR_DRAFT_REPORT_H

#include "validator/draft.h"

const char *draft_sign(enum plan_verb verb); /* "+" */
/* "wrap-up code "Won"": what a step is about; of a link both its ends. */
void draft_put_what(struct buf *out, const struct draft_step *s);
/* "deleting wrap-up code "Won" touches 3 things, 2 of them silently". */
void draft_put_cause(struct buf *out, const struct draft_break *b);
/* "flow "Inbound" → uses.wrapupCodes[0].id, through …". */
void draft_put_hit(struct buf *out, const struct draft_break *b, const struct deps_hit *hit);
void draft_put_help(struct buf *out, const struct draft_break *b);
void draft_put_pace(struct buf *out, const struct draft *d);
void draft_put_duration(struct buf *out, uint64_t us);
/* "2 to create, 1 to delete, 1 refused". */
void draft_put_counts(struct buf *out, const struct draft *d);
/* A JSON text, cut where it is long. */
void draft_put_value(struct buf *out, struct str json);
/* False for findings that the breaks tell already. */
bool draft_is_told(const struct draft *d, const struct finding *f);

#endif
