/* The second floor: contracts (compiled profiles), the JSON Schema engine, tenants. Other folders
 * include this only. */
#ifndef REHEARSE_MODEL_MODEL_H
#define REHEARSE_MODEL_MODEL_H

#include "model/build.h"
#include "model/builtin.h"
#include "model/contract.h"
#include "model/floor.h"
#include "model/graph.h"
#include "model/issue.h"
#include "model/requires.h"
#include "model/schema.h"
#include "model/search.h"
#include "model/template.h"
#include "model/tenant.h"

#endif
