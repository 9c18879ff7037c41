#!/bin/sh
# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Another language says of a network and a picture what C says, to the last bit of the gradient.
# usage: compare.sh REFERENCE SCRIPT INTERPRETER
#   INTERPRETER  where it is missing, the test is skipped
set -eu
command -v "$3" >/dev/null || {
  echo "skipped: there is no $3"
  exit 77
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$1" >"$work/c"
"$3" "$2" >"$work/other" 2>"$work/said" || {
  cat "$work/other" "$work/said"
  exit 1
}
cat "$work/other"
diff "$work/c" "$work/other"
[ ! -s "$work/said" ] || {
  cat "$work/said"
  exit 1
}
