#!/bin/sh
# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Build the Debian packages of this checkout: install what that needs, build, look at them with lintian where that is
# installed.
# usage: debian/build.sh [FOLDER]
#   FOLDER  where the packages go; default: debian/out
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)

case ${1-} in
  -h | --help)
    sed -n '5,/^set -/s/^# \{0,1\}//p' "$0"
    exit
    ;;
esac
mkdir -p "${1:-$root/debian/out}"
output=$(cd "${1:-$root/debian/out}" && pwd)

"$root/examples/install-packages.sh" package

# dpkg-buildpackage puts what it makes beside the sources, so it gets a copy of those.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/gbpsaliency"
(cd "$root" && tar --exclude='./build*' --exclude=./.git --exclude=./debian/out --exclude=./examples/output \
  --exclude=./weights/train/runs -cf - .) | tar -xf - -C "$work/gbpsaliency"
# without the packages of debugging symbols, which "*.deb" would install too
(cd "$work/gbpsaliency" && DEB_BUILD_OPTIONS="noautodbgsym ${DEB_BUILD_OPTIONS-}" dpkg-buildpackage --no-sign --build=full)

if command -v lintian >/dev/null; then
  lintian --fail-on error,warning --tag-display-limit 0 "$work"/*.changes
fi
mv "$work"/*.deb "$work"/*.dsc "$work"/*.tar.* "$work"/*.changes "$work"/*.buildinfo "$output"
echo "the packages are in $output; install them with: apt install $output/*.deb"
