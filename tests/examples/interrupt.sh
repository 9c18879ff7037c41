#!/bin/sh
# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Ctrl-C ends the tool with a file that plays, a second one stops it at once; so does waiting for nothing.
# shellcheck source=tests/examples/common.sh
. "$(dirname "$0")/common.sh"

launch videotestsrc num-buffers=3000 ! video/x-raw,width=64,height=48,framerate=30/1 \
  ! x264enc speed-preset=ultrafast ! h264parse ! queue ! matroskamux name=out ! filesink location=long.mkv \
  audiotestsrc num-buffers=4300 ! audio/x-raw,rate=44100 ! vorbisenc ! queue ! out.

# start NAME ARGUMENT...: the tool, until it is at work: it has written more than a header to NAME
start() {
  part=$1.part
  shift
  rm -f "$part"
  "$TOOL" --layer block1_conv2 "$@" 2>said &
  process=$!
  while [ ! -e "$part" ] || [ "$(wc -c <"$part")" -lt 1000 ]; do
    kill -0 $process || fail "gbp-saliency $* has ended: $(cat said)"
    sleep 0.1
  done
}

for name in out.mp4 out.webm out.mkv; do
  start $name long.mkv $name
  kill -INT $process
  status=0
  wait $process || status=$?
  [ $status -eq 130 ] || fail "the exit status is $status: $(cat said)"
  frames=$(sed -n "s/^wrote $name: \([0-9]*\) frames.*/\1/p" said)
  [ "$frames" -gt 0 ] && [ "$frames" -lt 3000 ] || fail "$frames frames: $(cat said)"
  expect_file $name "64x48 frames $frames *"
  # the sound ends where the pictures do, give or take a fifth of a second
  echo "$found" | awk -v frames="$frames" '{ d = $NF - frames / 30; exit !(d < 0.2 && d > -0.2) }' ||
    fail "the sound of $name ends elsewhere than its pictures: $found"
done

start out.npy --raw out.npy long.mkv
kill -TERM $process
status=0
wait $process || status=$?
[ $status -eq 143 ] || fail "the exit status is $status: $(cat said)"
frames=$(sed -n "s/^wrote out.npy: \([0-9]*\) frames.*/\1/p" said)
grep -aq "'shape': ($frames, 224, 224, 3)" out.npy || fail "out.npy does not hold $frames frames"
[ "$(wc -c <out.npy)" -eq $((128 + frames * 224 * 224 * 3 * 4)) ] || fail "out.npy has another size"
echo "ok out.npy: $frames frames"

rm -f out.*
start out.mp4 long.mkv out.mp4
kill -INT $process
kill -TERM $process
status=0
wait $process || status=$?
if [ $status -eq 0 ] || [ -n "$(find . -name '*.part')" ]; then
  fail "status $status; there are $(ls)"
fi
echo "ok stopped at once: $(tail -n 1 said)"

LD_PRELOAD=$STALL start out.npy --raw out.npy long.mkv
kill -INT $process
status=0
wait $process || status=$?
if [ $status -ne 130 ] || [ -n "$(find . -name '*.part' -o -name out.npy)" ]; then
  fail "status $status; there are $(ls)"
fi
grep -qx 'gbp-saliency: stopped; out.npy could not be finished: nothing has moved for 10 seconds' said ||
  fail "gbp-saliency says: $(cat said)"
echo "ok given up"
