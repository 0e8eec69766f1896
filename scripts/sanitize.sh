#!/bin/sh
# sanitize.sh [SUITE...]: build with sanitizers and run the tests: address with undefined behaviour, then threads. Optimised
# a little only: at the usual level the compiler needs minutes for a kernel with all its checks.
set -eu
cd "$(dirname "$0")/.."
status=0
for kind in address,undefined thread; do
    build=build-$(echo "$kind" | cut -d, -f1)
    test -f "$build/build.ninja" ||
        meson setup "$build" --buildtype=debugoptimized -Doptimization=1 -Db_sanitize="$kind" -Db_lundef=false >/dev/null
    ninja -C "$build" --quiet
    echo "== $kind"
    UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 TSAN_OPTIONS=halt_on_error=1 \
        scripts/test.sh "$build" --timeout-multiplier 10 "$@" || status=1
done
exit $status
