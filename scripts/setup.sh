#!/bin/sh
# setup.sh: install the Debian packages that building and testing need and this machine misses.
# Prints nothing where all are there. Works on Debian 12 and Ubuntu 22.04 and 24.04.
set -eu
packages="gcc libc6-dev make meson ninja-build pkg-config
libjpeg-dev libpng-dev libdeflate-dev libwebp-dev libtiff-dev
libjansson-dev libfyaml-dev libcurl4-openssl-dev libmicrohttpd-dev libpcre2-dev libutf8proc-dev libcmocka-dev libdnnl-dev"
[ $# -gt 0 ] && packages="$packages $*"

missing=""
for p in $packages; do
    # A virtual package (libjpeg-dev on Debian, say) is installed under another name: ask what provides it.
    dpkg-query -W -f='${Status} ' "$p" 2>/dev/null | grep -q 'install ok installed' && continue
    dpkg-query -W -f='${db:Status-Status} ${Provides}\n' 2>/dev/null | grep '^installed ' | grep -Eq "[ ,]$p([ ,]|\$)" && continue
    missing="$missing $p"
done
[ -z "$missing" ] && exit 0

command -v apt-get >/dev/null || { echo "facet needs these Debian packages or their like:$missing" >&2; exit 1; }
sudo=""
if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || { echo "not root and no sudo here; as root run: apt-get install$missing" >&2; exit 1; }
    sudo=sudo
fi
echo "Installing Debian packages:$missing"
export DEBIAN_FRONTEND=noninteractive
$sudo apt-get update -qq
# shellcheck disable=SC2086
$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
