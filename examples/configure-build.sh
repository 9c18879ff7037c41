#!/bin/sh
# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Configure a build folder of this checkout, unless it is configured. One that belongs to another place, because
# the checkout was moved or copied, is made anew: Meson would look for the sources where they were.
# usage: configure-build.sh FOLDER [MESON OPTION...]
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
folder=$1
shift

if [ -e "$folder/build.ninja" ]; then
  ! grep -qsF "\"source\": \"$root\"" "$folder/meson-info/meson-info.json" || exit 0
  echo "$folder belongs to another place: configuring it anew"
  rm -rf "$folder"
fi

# Debian's folder for libraries, in which pkg-config and the loader look. Meson knows it only from a program of
# dpkg-dev, which a compiler does not need.
libdir=
multiarch=$(${CC:-cc} -print-multiarch 2>/dev/null) || multiarch=
[ -z "$multiarch" ] || [ ! -d "/usr/lib/$multiarch" ] || libdir=--libdir=lib/$multiarch
# shellcheck disable=SC2086 # an option or none
exec meson setup $libdir "$folder" "$root" "$@"
