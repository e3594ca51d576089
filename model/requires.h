/* What must hold of an entity: before others may refer to it, before it may be worked on. */
#ifndef REHEARSE_MODEL_REQUIRES_H
#define REHEARSE_MODEL_REQUIRES_H

#include "model/tenant.h"

/* The first requirement that the entity does not meet; NULL: it meets all. */
const struct requirement *requires_broken(struct arena *a, const struct requirement *all, size_t n,
                                          const struct entity *of);
/* Fills in what the finding says of it: rule, name, value, message, case. */
void requires_say(struct findings *fs, struct finding *f, const struct requirement *r,
                  const struct resource *of_resource, struct str of_id);

#endif
