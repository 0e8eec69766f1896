#!/bin/sh
# bench.sh BUILD_FOLDER [NAME...]: run the programs of bench/, all or the named ones. bench/README.md explains the figures.
set -eu
build=$1
shift
[ $# -gt 0 ] || set -- $(cd "$build/bench" && ls | sed -n 's/^bench_\([a-z0-9_]*\)$/\1/p')
for name in "$@"; do
    echo "== $name"
    "$build/bench/bench_$name"
    echo
done
