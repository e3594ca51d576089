/* Comparing secrets. Private to mockapi/. */
#ifndef REHEARSE_MOCKAPI_SECRET_H
#define REHEARSE_MOCKAPI_SECRET_H

#include "base/base.h"

/* True if both are the same bytes. The time depends on the length of `given` alone, not on where
 * the two differ. */
bool secret_is_same(struct str given, struct str kept);

#endif
