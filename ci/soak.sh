#!/bin/sh
# Ten minutes (or $1 seconds) of mixed load with sessions, reloads, webhooks, faults and a state file: memory must
# stay flat, no acknowledged write may be lost. Not a part of `make check`: it takes what it takes.
set -eu
make --no-print-directory build/release/integration/test_together
REHEARSE_SOAK_S="${1:-600}" build/release/integration/test_together
