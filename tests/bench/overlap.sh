#!/usr/bin/env bash
# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Do decoding, computing and encoding overlap in the tool? Times each of the three alone, and the tool, which does all,
# on a clip of 1280×720 with sound. Where the three together keep all processors busy, no overlap can make the whole as
# fast as the slowest: so the whole is compared with what the processors allow, too.
# usage: tests/bench/overlap.sh [BUILD] [ROUNDS] [WEIGHTS]
#   BUILD   a build's folder, build-test unless given
#   ROUNDS  of all four, in turn, 3 unless given; the fastest of each counts
#   WEIGHTS a weight file, without blanks in its name; the built-in network unless given
set -euo pipefail
cd "$(dirname "$0")/../.."
build=${1:-build-test} rounds=${2:-3} weights=${3:+$(realpath "$3")}
frames=120 size=1280x720
look="layer=block5_conv4 colormap=turbo look=strength blend=0.8${weights:+ weights=$weights}"
encoder="x264enc pass=qual quantizer=20 speed-preset=veryfast"
export GST_PLUGIN_PATH=$PWD/$build/gst LC_ALL=C

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
launch() { gst-launch-1.0 -q "$@" >"$folder/log" 2>&1 || { cat "$folder/log" >&2 && exit 1; }; }

# shellcheck disable=SC2086 # properties are words of their own
raw() { launch filesrc location="$1" blocksize=$((1280 * 720 * 3 / 2)) ! rawvideoparse format=i420 width=1280 \
  height=720 framerate=30/1 ! $2 ! fakesink sync=false; }
decode() { launch uridecodebin uri="file://$folder/clip.mp4" name=clip clip. ! queue ! "video/x-raw" ! fakesink sync=false \
  clip. ! queue ! "audio/x-raw" ! fakesink sync=false; }
compute() { raw "$folder/clip.raw" "gbpsaliency schedule=every-frame $look"; }
encode() { raw "$folder/overlay.raw" "$encoder"; }
whole() {
  rm -f "$folder/out.mp4"
  "$build/examples/gbp-saliency" --quiet ${weights:+--weights "$weights"} --layer block5_conv4 --colormap turbo \
    --look strength --blend 0.8 "$folder/clip.mp4" "$folder/out.mp4"
}

# What there is to work on: the clip, its pictures and the overlay's, unpacked.
"$build/examples/make-clip" examples/astronaut.jpg "$folder/small.mp4"
launch filesrc location="$folder/small.mp4" ! decodebin ! videoscale ! videoconvert ! video/x-raw,format=I420,width=1280,height=720 \
  ! x264enc pass=qual quantizer=20 ! h264parse ! mp4mux name=mux ! filesink location="$folder/clip.mp4" \
  audiotestsrc num-buffers=172 wave=pink-noise ! audio/x-raw,rate=44100,channels=2 ! avenc_aac ! mux.
launch uridecodebin uri="file://$folder/clip.mp4" name=clip clip. ! queue ! videoconvert ! video/x-raw,format=I420 \
  ! filesink location="$folder/clip.raw" clip. ! queue ! audio/x-raw ! fakesink sync=false
# shellcheck disable=SC2086
launch filesrc location="$folder/clip.raw" blocksize=$((1280 * 720 * 3 / 2)) ! rawvideoparse format=i420 width=1280 \
  height=720 framerate=30/1 ! gbpsaliency $look ! video/x-raw,format=I420 ! filesink location="$folder/overlay.raw"

declare -A fastest processor
TIMEFORMAT='%R %U %S'
for ((round = 0; round < rounds; round++)); do
  for step in decode compute encode whole; do
    read -r wall user system < <({ time "$step" 2>"$folder/errors"; } 2>&1 || cat "$folder/errors" >&2)
    if [ -z "${fastest[$step]-}" ] || awk "BEGIN { exit !($wall < ${fastest[$step]}) }"; then
      fastest[$step]=$wall
      processor[$step]=$(awk "BEGIN { print $user + $system }")
    fi
  done
done
echo "$size, $frames frames, $(nproc) processors, the fastest of $rounds rounds"
for step in decode compute encode whole; do
  awk -v step="$step" -v n="$frames" -v wall="${fastest[$step]}" -v used="${processor[$step]}" 'BEGIN {
    printf "%-8s %6.1f frames/s, %5.2f s of processor time\n", step, n / wall, used }'
done
awk -v n="$(nproc)" -v whole="${fastest[whole]}" -v d="${fastest[decode]}" -v c="${fastest[compute]}" -v e="${fastest[encode]}" \
  -v used="$(awk "BEGIN { print ${processor[decode]} + ${processor[compute]} + ${processor[encode]} }")" 'BEGIN {
    slowest = d > c ? d : c; slowest = slowest > e ? slowest : e; bound = slowest > used / n ? slowest : used / n
    printf "the tool ÷ the slowest of the three alone: %.2f\n", slowest / whole
    printf "the tool ÷ what %d processors allow for the work of all three: %.2f\n", n, bound / whole }'
