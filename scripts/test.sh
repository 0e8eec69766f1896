#!/bin/sh
# test.sh BUILD_FOLDER [SUITE...]: run the tests and close with one line that counts them.
set -u
build=$1
shift
meson test -C "$build" --no-rebuild --print-errorlogs "$@"
status=$?
awk '/^Ok:/ { ok = $2 } /^(Fail|Unexpected Pass|Timeout):/ { bad += $NF } /^Skipped:/ { skipped = $2 }
     END { printf "%d passed, %d failed, %d skipped\n", ok, bad, skipped }' "$build/meson-logs/testlog.txt"
exit $status
