#!/bin/sh
# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The lines of the README that compile a program, as they stand there, and the programs that come of it. For a
# machine on which gbpsaliency is installed, or an environment in which it is found.
# usage: readme-lines.sh CHECKOUT FOLDER
#   FOLDER  where to compile; it is given links to the checkout's README.md and examples
set -eu

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

checkout=$1
cd "$2"
ln -sfn "$checkout/examples" examples

grep '^    cc .*pkg-config' "$checkout/README.md" >lines
[ "$(wc -l <lines)" -eq 2 ] || fail "the README compiles other programs than explain and embed"
while read -r line; do
  echo "$line"
  sh -ec "$line" </dev/null || fail "$line"
done <lines

gst-launch-1.0 -q videotestsrc num-buffers=1 ! video/x-raw,format=RGB,width=224,height=224 ! filesink location=card.rgb
./explain card.rgb card.ppm
[ "$(head -n 1 card.ppm)" = "P6 224 224 255" ] || fail "explain writes no picture"
./embed >frames || fail "embed fails"
[ "$(grep -c '^frame [0-7]: 320 x 240, mean red' frames)" -eq 8 ] || fail "embed shows no 8 frames"
gst-inspect-1.0 gbpsaliency | grep -e 'Binary package' -e 'Origin URL'
