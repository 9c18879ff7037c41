#!/bin/sh
# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Sound stays with its pictures, to 5 ms, copied or encoded, whichever of both begins first.
# shellcheck source=tests/examples/common.sh
. "$(dirname "$0")/common.sh"

# beat FILE MUXER ENCODER VIDEO_BEGIN SOUND_BEGIN: black and silent, and from 1 s on bright and loud; begins are in ms
beat() {
  any="queue max-size-buffers=0 max-size-bytes=0 max-size-time=0"
  launch matroskamux name=out ! filesink location=beat.raw concat name=pictures ! video/x-raw ! queue ! out. concat name=sounds ! audio/x-raw ! queue ! out. \
    videotestsrc num-buffers=25 pattern=black timestamp-offset=$(($4 * 1000000)) ! video/x-raw,format=I420,width=64,height=48,framerate=25/1 ! pictures. \
    videotestsrc num-buffers=10 pattern=white ! video/x-raw,format=I420,width=64,height=48,framerate=25/1 ! pictures. \
    audiotestsrc num-buffers=100 samplesperbuffer=480 wave=silence timestamp-offset=$(($5 * 1000000)) ! audio/x-raw,format=S16LE,rate=48000,channels=2 ! sounds. \
    audiotestsrc num-buffers=40 samplesperbuffer=480 wave=square ! audio/x-raw,format=S16LE,rate=48000,channels=2 ! sounds.
  # shellcheck disable=SC2086 # descriptions
  launch filesrc location=beat.raw ! matroskademux name=in $2 name=out ! filesink location="$1" \
    in.video_0 ! $any ! x264enc bframes=0 key-int-max=5 ! h264parse ! queue ! out. in.audio_0 ! $any ! $3 ! queue ! out.
}
beat aac-beat.mp4 mp4mux "audioconvert ! avenc_aac ! aacparse" 0 0
beat opus-beat.mkv matroskamux opusenc 0 137
beat late-beat.mkv matroskamux "audioconvert ! avenc_aac ! aacparse" 57 0
beat plain-beat.mov qtmux identity 0 0
for input in aac-beat.mp4 opus-beat.mkv late-beat.mkv plain-beat.mov; do
  before=$("$SYNC" $input) || fail "$input has no beat"
  for output in mp4 mov mkv webm avi; do
    run --layer block1_conv1 --blend 0 $input beat.$output
    after=$("$SYNC" beat.$output) || fail "$input loses its beat in beat.$output"
    # AVI has no times: half a frame is as near as it comes
    most=$([ $output = avi ] && echo 20 || echo 5)
    echo "$before $after $most" | awk '{ d = $2 - $1; exit !(d <= $3 && d >= -$3) }' ||
      fail "$input: the sound is $before ms late, in beat.$output $after ms"
  done
  echo "ok $input"
done
expect_no_parts
