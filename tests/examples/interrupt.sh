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

for name in out.mp4 out.webm out.mkv; do
  start long.mkv $name
  kill -INT $process
  finish
  [ $status -eq 130 ] || fail "the exit status is $status: $(cat said)"
  frames=$(sed -n "s/^wrote $name: \([0-9]*\) frames.*/\1/p" said)
  [ "$frames" -gt 0 ] && [ "$frames" -lt 3000 ] || fail "$frames frames: $(cat said)"
  expect_file $name "64x48 frames $frames *"
  # the sound ends where the pictures do, give or take a fifth of a second
  echo "$found" | awk -v frames="$frames" '{ d = $NF - frames / 30; exit !(d < 0.2 && d > -0.2) }' ||
    fail "the sound of $name ends elsewhere than its pictures: $found"
done

start --raw out.npy long.mkv
kill -TERM $process
finish
[ $status -eq 143 ] || fail "the exit status is $status: $(cat said)"
frames=$(sed -n "s/^wrote out.npy: \([0-9]*\) frames.*/\1/p" said)
grep -aq "'shape': ($frames, 224, 224, 3)" out.npy || fail "out.npy does not hold $frames frames"
[ "$(wc -c <out.npy)" -eq $((128 + frames * 224 * 224 * 3 * 4)) ] || fail "out.npy has another size"
echo "ok out.npy: $frames frames"

# The rest of what ends a process: what was done is kept, or nothing is; never a half file under any name.
for signal in "TERM 143" "HUP 129"; do
  for output in out.mkv out-%d.png; do
    rm -f out*
    start long.mkv $output
    kill -"${signal% *}" $process
    finish
    [ $status -eq "${signal#* }" ] || fail "the exit status is $status: $(cat said)"
    expect_no_parts
    frames=$(sed -n "s/^wrote $output: \([0-9]*\) frames.*/\1/p" said)
    [ "$frames" -gt 0 ] && [ "$frames" -lt 3000 ] || fail "$frames frames: $(cat said)"
    for name in out*; do "$INSPECT" "$name" >/dev/null || fail "$name does not decode"; done
    echo "ok ${signal% *} $output"
  done
done
start long.mkv out-%d.png
kill -HUP $process
kill -TERM $process
finish
expect_no_parts

echo "# a camera, for which GStreamer's live test picture stands: no end is known, none is waited for"
start "testbin://video,is-live=true" live.mp4
kill -INT $process
finish
[ $status -eq 130 ] || fail "the exit status is $status: $(cat said)"
grep -q ' %, ' said && fail "a share of what has no end: $(cat said)"
frames=$(sed -n 's/^wrote live.mp4: \([0-9]*\) frame.*/\1/p' said)
expect_file live.mp4 "*x* frames $frames *"

echo "# where the terminal is to be survived, and where nobody reads what is said"
launch filesrc location=long.mkv ! matroskademux ! h264parse ! identity eos-after=60 ! mp4mux \
  ! filesink location=short.mp4
(trap '' HUP && exec "$TOOL" --layer block1_conv2 short.mp4 nohup.mp4 2>said) &
process=$!
while [ -z "$(find . -name '.gbp-saliency-*' -size +10c)" ]; do
  kill -0 $process || fail "the tool has ended: $(cat said)"
  sleep 0.05
done
kill -HUP $process
finish
[ $status -eq 0 ] || fail "the exit status is $status: $(cat said)"
expect_file nohup.mp4 "64x48 frames 59 *"
{ "$TOOL" --layer block1_conv2 short.mp4 unread.mp4 2>&1 && echo ended >status; } | true
[ -e status ] || fail "the tool ends when nobody reads what it says"
expect_file unread.mp4 "64x48 frames 59 *"
expect_no_parts

rm -f out*
start long.mkv out.mp4
kill -INT $process
kill -TERM $process
finish
expect_no_parts
if [ $status -eq 0 ] || [ -e out.mp4 ]; then fail "status $status; there are $(ls)"; fi
echo "ok stopped at once: $(tail -n 1 said)"

LD_PRELOAD=$STALL start --raw out.npy long.mkv
kill -INT $process
finish
expect_no_parts
if [ $status -ne 130 ] || [ -e out.npy ]; then fail "status $status; there are $(ls)"; fi
grep -qx 'gbp-saliency: stopped; out.npy could not be finished: nothing has moved for 10 seconds' said ||
  fail "gbp-saliency says: $(cat said)"
echo "ok given up"

# hang SIZE VARIABLE=VALUE: the tool, with two files and a GStreamer that does not return, and signals once both files have
# so many bytes: before anything is written, the first signal is enough to end it
hang() {
  size=$1
  shift
  env LD_PRELOAD="$HANG" "$@" "$TOOL" --layer block1_conv2 --raw out.npy long.mkv out.mkv 2>said &
  process=$!
  while [ "$(find . -name '.gbp-saliency-*' ! -size "-${size}c" | wc -l)" -lt 2 ]; do
    kill -0 $process 2>/dev/null || fail "the tool has ended: $(cat said)"
    sleep 0.1
  done
  sleep 0.5
  kill -TERM $process
  kill -INT $process # not one that waits for the files' ends
  finish
  expect_no_parts
  if { [ $status -ne 143 ] && [ $status -ne 130 ]; } || [ -e out.npy ]; then fail "status $status; there are $(ls)"; fi
  grep -q 'stopped; what was not finished is not written: GStreamer has not answered for 10 seconds$' said ||
    fail "gbp-saliency says: $(cat said)"
  echo "ok ended without GStreamer $*"
}
hang 0 HANG_AT_BEGINNING=1
hang 1000 HANG_AT_END=1
