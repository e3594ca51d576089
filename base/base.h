/* The ground floor: what every other floor stands on. Other folders include this header only. */
#ifndef REHEARSE_BASE_BASE_H
#define REHEARSE_BASE_BASE_H

#include "base/arena.h"
#include "base/attr.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "base/finding.h"
#include "base/json.h"
#include "base/json_origin.h"
#include "base/log.h"
#include "base/map.h"
#include "base/rng.h"
#include "base/signer.h"
#include "base/str.h"
#include "base/uri.h"
#include "base/vec.h"

/* A bug: prints where and aborts, in every build. */
#define unreachable() unreachable_at(__FILE__, __LINE__)
NORETURN void unreachable_at(const char *file, int line);

#endif
