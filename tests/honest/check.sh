#!/bin/sh
# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The experiments of docs/honest.md in small: what they find is within bounds, and is not for methods that are broken.
# usage: check.sh HONEST SCENES BOUNDS_OF_SCENES BOUNDS_OF_NETWORKS
set -eu
honest=$1 scenes=$2 bounds=$3 networks=$4
methods=guided,gradient,deconvnet,grad-cam,edges,chance # those that take no seconds a map
said=$(mktemp)
trap 'rm -f "$said"' EXIT

echo "# the methods are within the bounds"
"$honest" --scenes 2 --points 4 --methods "$methods" --layers predictions,block3_conv1,block1_conv1 \
  --bounds "$bounds" --bounds "$networks" "$scenes" >"$said" || {
  cat "$said"
  exit 1
}

# breaks FAULT QUESTION...: with the fault, these are not within the bounds
breaks() {
  fault=$1
  shift
  echo "# broken by: $fault"
  if "$honest" --scenes 2 --points 2 --methods "$methods" --scenes-alone --fault "$fault" --bounds "$bounds" \
    "$scenes" >"$said" 2>&1; then
    echo "FAILED: nobody notices" >&2
    exit 1
  fi
  grep "^FAILED" "$said"
  for question; do
    grep -q "^FAILED: $question:" "$said" || {
      echo "FAILED: $question does not notice" >&2
      exit 1
    }
  done
}

breaks edges "focus guided - ratio" "focus gradient - ratio" "edges guided - trained" "classes gradient - ssim"
breaks sign "ascent gradient - rises"
breaks class "classes gradient - ssim" "classes grad-cam - ssim"
