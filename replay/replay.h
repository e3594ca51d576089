/* The floor of programs that are driven, and of the client that drives: what cli/ may use. */
#ifndef REHEARSE_REPLAY_REPLAY_H
#define REHEARSE_REPLAY_REPLAY_H

#include "replay/apply.h"
#include "replay/again.h"
#include "replay/client.h"
#include "replay/client_write.h"
#include "replay/curl_lib.h"
#include "replay/doctor.h"
#include "replay/explore.h"
#include "replay/forward.h"
#include "replay/import.h"
#include "replay/judge.h"
#include "replay/run.h"
#include "replay/run_evidence.h"
#include "replay/scenario.h"

#endif
