/* From what a schema refused to a finding. */
#ifndef REHEARSE_MODEL_ISSUE_H
#define REHEARSE_MODEL_ISSUE_H

#include "model/schema.h"

/* The finding id of what a schema refused; `is_root`: it refused the whole body. */
struct str issue_rule(const struct schema_issue *issue, bool is_root);
/* Fills message, expected and hint. The finding knows its field and value already. */
void issue_say(struct findings *fs, struct finding *f, const struct schema_issue *issue);
/* The property of an object schema that is nearest to `wrong`; "" if none is near. */
struct str issue_nearest_member(struct json schema, struct str wrong);

#endif
