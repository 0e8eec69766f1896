#!/bin/sh
# browser.sh FILE.test.mjs: run a test of the pages with node; skipped (77) where what it needs is missing.
set -u
cd "$(dirname "$0")"
missing() {
    echo "skipped: $1 (.ci/run installs it)"
    exit 77
}
command -v node >/dev/null || missing "node is not installed"
[ "$(node -p 'parseInt(process.versions.node)')" -ge 18 ] || missing "node is older than version 18"
[ -x "${FACET_CHROMIUM:-/usr/bin/chromium}" ] || missing "Chromium is not installed"
[ -d node_modules/playwright-core ] || missing "playwright-core is not in tests/web/node_modules"
exec node --test "$1"
