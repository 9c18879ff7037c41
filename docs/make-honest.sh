#!/bin/sh
# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Measure again what docs/honest.md says, and write its tables and plots. Takes a quarter of an hour of CPU time.
# usage: make-honest.sh [BUILD_FOLDER]    default: build-test, which is made if it is not there
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
build=${1:-$root/build-test}

"$root/examples/configure-build.sh" "$build"
ninja -C "$build" tests/honest/honest
"$build/tests/honest/honest" --output "$root/docs/honest.jsonl" --picture "$root/docs/honest.pgm" \
  "$root/tests/weights/scenes.jpg"
python3 "$root/docs/honest.py"
rm "$root/docs/honest.pgm"
