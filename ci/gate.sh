#!/bin/sh
# The gate: `rehearse check` as build services want it. All of them call this one line:
#
#   sh ci/gate.sh --profile genesys-cloud changes/ codes.csv
#
# Arguments go to `rehearse check` as they stand. Where a service is recognised, its own reports are written too:
# GitHub annotations, SARIF and the job's summary; GitLab code quality and JUnit; Azure and Jenkins JUnit and checkstyle.
# Status: that of the check. 0 well, 1 findings, 2 the check could not run as asked, 3 a fault of the program or system.
#
# REHEARSE: the program (rehearse). REHEARSE_REPORTS: folder of the reports (the present one).
set -u
rehearse=${REHEARSE:-rehearse}
reports=${REHEARSE_REPORTS:-.}
summary=''

if ! command -v "$rehearse" >/dev/null 2>&1; then
    echo "gate: $rehearse is not installed: set REHEARSE to the program" >&2
    exit 2
fi
mkdir -p "$reports" || exit 3

if [ "${GITHUB_ACTIONS:-}" = true ]; then
    summary=$reports/rehearse.md
    set -- --format github --output "sarif=$reports/rehearse.sarif" --output "markdown=$summary" "$@"
elif [ -n "${GITLAB_CI:-}" ]; then
    set -- --format gcc --output "gitlab=$reports/gl-code-quality-report.json" \
        --output "junit=$reports/rehearse-junit.xml" "$@"
elif [ -n "${TF_BUILD:-}" ] || [ -n "${JENKINS_URL:-}" ]; then
    set -- --format gcc --output "junit=$reports/rehearse-junit.xml" \
        --output "checkstyle=$reports/rehearse-checkstyle.xml" "$@"
fi

"$rehearse" check "$@"
status=$?

if [ -n "$summary" ] && [ -s "$summary" ] && [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then
    cat "$summary" >>"$GITHUB_STEP_SUMMARY" # other steps may have written there before
fi
if [ "$status" -gt 1 ]; then # no verdict on the files: never to be taken for one
    [ "${GITHUB_ACTIONS:-}" = true ] && echo "::error title=rehearse::the check could not run (status $status)"
    echo "gate: the check could not run (status $status)" >&2
fi
exit "$status"
