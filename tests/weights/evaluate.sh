#!/bin/sh
# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The built-in network on a small sample of held-out scenes: it reaches a little less than weights/README.md
# says of all of them, and the untrained network misses every one of these marks.
# usage: evaluate.sh EVALUATE SCENES UNTRAINED
set -eu
evaluate=$1 scenes=$2 untrained=$3
said=$(mktemp)
trap 'rm -f "$said"' EXIT
set -- accuracy=0.8 guided=2.8 gradient=3.8 gradient-points=0.5 block5-guided=2.8

# measure WEIGHTS MARK...: evaluates a weight file, or the built-in network, against the marks
measure() {
  weights=$1
  shift
  for mark; do
    shift
    set -- "$@" --at-least "$mark"
  done
  "$evaluate" ${weights:+--weights "$weights"} "$@" "$scenes"
}

echo "# the built-in network reaches them"
measure "" "$@" || exit 1

echo "# the untrained network reaches none"
if measure "$untrained" "$@" >"$said" 2>&1; then
  echo "FAILED: the untrained network reaches them" >&2
  exit 1
fi
cat "$said"
for mark; do
  grep -qx "FAILED: $mark is wanted" "$said" || {
    echo "FAILED: the untrained network reaches $mark" >&2
    exit 1
  }
done
