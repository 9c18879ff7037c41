#!/bin/sh
# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The tool on pictures and videos: sizes, formats, sound, rotation.
# shellcheck source=tests/examples/common.sh
. "$(dirname "$0")/common.sh"

echo "# pictures keep their size and format; a blend of 0 is the picture itself"
make 1 width=97,height=61,format=RGB "pngenc ! filesink location=card.png"
make 1 width=97,height=61 "jpegenc ! filesink location=card.jpg"
run card.png a.png
expect_file a.png "97x61 frames 1 *"
run card.jpg a.jpeg
expect_file a.jpeg "97x61 frames 1 *"
run --blend 0 card.png same.png
expect_file same.png "97x61 frames 1 corners 7 1 *"
run --blend 0 card.jpg same.JPG
expect_file same.JPG "97x61 frames 1 corners 7 1 *"

echo "# a saliency picture is another one than the input, and its method and layer show"
run --layer block2_conv2 card.png guided.png
run --layer block2_conv2 --method gradient card.png gradient.png
run --layer block3_conv1 card.png deeper.png
for picture in same.png gradient.png deeper.png; do
  cmp -s guided.png "$picture" && fail "guided.png and $picture are the same"
done
echo "ok"

echo "# videos keep frames and sound, in every container"
launch videotestsrc num-buffers=20 ! video/x-raw,width=160,height=90,framerate=20/1 \
  ! x264enc ! h264parse ! queue ! mp4mux name=out ! filesink location=in.mp4 \
  audiotestsrc num-buffers=43 ! audio/x-raw,rate=44100,channels=2 ! avenc_aac ! aacparse ! queue ! out.
for name in out.mp4 out.webm out.mkv; do
  run --blend 0.2 in.mp4 $name
  expect_file $name "160x90 frames 20 corners ? 1 * sound [01].[091]"
done
run --blend 0 "file://$PWD/in.mp4" uri.mkv
expect_file uri.mkv "160x90 frames 20 *"

echo "# an animated GIF: every frame for its time, without end and without sound, in the picture's own colours"
# list_times FILE: of its frames, in hundredths of a second
list_times() {
  od -An -v -tx1 "$1" | tr -d ' \n' | grep -o '21f904........00' | cut -c 9-12 | tr '\n' ' '
}
"$TOOL" --layer block1_conv1 --look strength in.mp4 out.gif 2>said || fail "$(cat said)"
grep -q "the sound is left out: .gif files have none" said || fail "the sound's end is not told: $(cat said)"
[ "$(head -c 10 out.gif | od -An -v -tx1 | tr -d ' \n')" = 474946383961a0005a00 ] || fail "out.gif is no GIF of 160x90"
grep -aq NETSCAPE2.0 out.gif || fail "out.gif ends"
[ "$(list_times out.gif)" = "$(printf '0500 %.0s' 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20)" ] ||
  fail "20 frames of 50 ms last $(list_times out.gif)"
run out.gif --force again.png
expect_file again.png "160x90 frames 1 *"
run --blend 0 card.png card.gif
[ "$(list_times card.gif)" = "f401 " ] || fail "a still picture is shown for $(list_times card.gif)"
run --blend 0 card.gif --force card-again.png
expect_file card-again.png "97x61 frames 1 corners 7 1 *"
launch videotestsrc num-buffers=6 pattern=red ! video/x-raw,format=I420,width=64,height=48,framerate=30/1 ! avimux \
  ! filesink location=still.avi
run --blend 0 still.avi still.gif
[ "$(list_times still.gif)" = "1400 " ] || fail "six frames that are the same last $(list_times still.gif)"
"$TOOL" --quiet --blend 0 in.mp4 - --format gif | head -c 6 | grep -q GIF89a || fail "no GIF at standard output"
run --blend 0 in.mp4 out.gif

echo "# a silent video, a film's first frame, and all of them"
make 3 width=64,height=48 "x264enc ! mp4mux ! filesink location=silent.mp4"
run --blend 0 silent.mp4 silent.webm
expect_file silent.webm "64x48 frames 3 * sound 0.0"
run --blend 0 in.mp4 first.png
expect_file first.png "160x90 frames 1 *"
run --blend 0 silent.mp4 all-%03d.png
expect_file all-002.png "64x48 frames 1 *"
[ "$(echo all-*)" = "all-000.png all-001.png all-002.png" ] || fail "there are $(echo all-*)"

echo "# odd sizes: H.264 leaves out the last column and row, VP8 keeps them"
make 2 width=65,height=49 "vp8enc ! webmmux ! filesink location=odd.webm"
run --blend 0 odd.webm odd.mp4
expect_file odd.mp4 "64x48 frames 2 corners 7 1 *"
run --blend 0 odd.webm again.webm
expect_file again.webm "65x49 frames 2 corners 7 1 *"

echo "# a telephone's video and photograph come out upright: the right upper corner is now below it"
cp in.mp4 turned.mp4
turn turned.mp4
run --blend 0 turned.mp4 upright.mp4
expect_file upright.mp4 "90x160 frames 20 corners ? 7 ? 1 sound [01].[091]"
{
  head -c 2 card.jpg
  printf '\377\341\0\042Exif\0\0MM\0*\0\0\0\010\0\001\001\022\0\003\0\0\0\001\0\006\0\0\0\0\0\0'
  tail -c +3 card.jpg
} >turned.jpg
run --blend 0 turned.jpg upright.png
expect_file upright.png "61x97 frames 1 corners ? 7 ? 1 *"

expect_no_parts
