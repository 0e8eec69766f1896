#!/bin/sh
# lint.sh [BUILD_FOLDER]: what a reviewer should not have to say: layers, mistakes, layout.
set -eu
cd "$(dirname "$0")/.."
bad=0
# Includes go downwards only (docs/architecture.md).
check() { # layer, forbidden layers
    if grep -rnE "#include \"($2)/" "src/$1" 2>/dev/null; then echo "src/$1 must not include from: $2" >&2; bad=1; fi
}
check base 'vision|text|roles|pipeline|cli|tensor|weights|models|web'
check weights 'vision|text|roles|pipeline|cli|tensor|models|web'
check vision 'text|roles|pipeline|cli|tensor|weights|models|web'
check tensor 'vision|text|roles|pipeline|cli|weights|models|web'
check text 'vision|roles|pipeline|cli|tensor|weights|models|web'
check models 'vision|text|roles|pipeline|cli|web'
check roles 'pipeline|cli|web'
check pipeline 'cli|web|tensor|weights|models'
check web 'cli|tensor|weights|models'
# Nothing below cli/ prints or exits.
if grep -rnE '\b(printf|puts|exit|perror|abort)\(|fprintf\((stdout|stderr)' src/base src/tensor src/weights src/models src/vision src/text src/roles src/pipeline src/web --include=*.c; then
    echo "only cli/ prints or exits" >&2; bad=1
fi
if grep -rnE '\b(TODO|FIXME|XXX)\b' src tests bench examples --include=*.[ch]; then echo "no TODO without an issue" >&2; bad=1; fi
# What a compiler does not say; needs a configured build for its flags.
build=${1:-build}
git ls-files 'src/*.c' | xargs -P "$(nproc)" -n 8 clang-tidy -p "$build" --quiet 2>/dev/null | grep -E 'error:|warning:' && bad=1
# The layout is the formatter's business.
git ls-files '*.c' '*.h' | xargs clang-format --dry-run --Werror || bad=1
exit $bad
