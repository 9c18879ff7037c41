#!/bin/sh
# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# A build folder outlives a move of the checkout, and one that another checkout made is not taken over. pkg-config
# finds what is installed from it, whether or not Meson finds dpkg-architecture.
# shellcheck source=tests/examples/common.sh
. "$(dirname "$0")/common.sh"

mkdir -p first/examples
cp "$EXAMPLES/configure-build.sh" first/examples
echo "project('moved')" >first/meson.build

# configure CHECKOUT WORD: it says the word, or nothing where that is empty, and the build knows its sources
configure() {
  "$1/examples/configure-build.sh" "$1/build" >said 2>&1 || fail "configuring $1: $(cat said)"
  if [ -n "$2" ]; then
    grep -q "$2" said || fail "configuring $1 says nothing of '$2': $(cat said)"
  else
    [ ! -s said ] || fail "configuring $1 says: $(cat said)"
  fi
  touch "$1/meson.build" # which makes ninja configure again
  ninja -C "$1/build" >said 2>&1 || fail "building $1: $(cat said)"
  echo "ok $1: configured, then built"
}

configure first "Source dir"
configure first ""
mv first second
configure second "belongs to another place"
configure second ""

multiarch=$(${CC:-cc} -print-multiarch)
if [ ! -d "/usr/lib/$multiarch" ] || [ -z "$multiarch" ]; then
  echo "skipped: this system has one folder for libraries"
  exit
fi
mkdir poor
printf '#!/bin/sh\nexit 1\n' >poor/dpkg-architecture
chmod +x poor/dpkg-architecture
for path in "$PATH" "$PWD/poor:$PATH"; do
  rm -rf second/build
  PATH=$path configure second "Source dir"
  libdir=$(meson introspect second/build --buildoptions |
    python3 -c 'import json, sys; print(*(o["value"] for o in json.load(sys.stdin) if o["name"] == "libdir"))')
  pkg-config --variable pc_path pkg-config | tr : '\n' | grep -qx "/usr/local/$libdir/pkgconfig" ||
    fail "pkg-config does not look in /usr/local/$libdir/pkgconfig"
  echo "ok $libdir"
done
