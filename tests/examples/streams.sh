#!/bin/sh
# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Streams that change, that break off and that others write; their sound; what is left out is named.
# shellcheck source=tests/examples/common.sh
. "$(dirname "$0")/common.sh"

# film WIDTH FRAMES MUXER FILE [SOUND]: with sound where its encoder is given
film() {
  sound=
  [ -z "${5-}" ] || sound="audiotestsrc num-buffers=$(($2 * 2)) samplesperbuffer=960 ! audio/x-raw,rate=48000,channels=${6-2} ! $5 ! queue ! out."
  # shellcheck disable=SC2086 # descriptions
  launch videotestsrc num-buffers="$2" ! video/x-raw,width="$1",height=48,framerate=25/1 ! x264enc bframes=0 key-int-max=10 \
    ! h264parse ! queue ! $3 name=out ! filesink location="$4" $sound
}

film 64 20 mpegtsmux first.ts
film 96 20 mpegtsmux second.ts
cat first.ts second.ts >joined.ts

echo "# another size in the middle, and times that begin anew: all frames, in the first size"
for name in out.mp4 out.mkv out.webm; do
  run joined.ts $name
  expect_file $name "64x48 frames 40 *"
done

echo "# joined Ogg files"
for n in 1 2; do
  make 10 width=64,height=48 "theoraenc ! oggmux ! filesink location=$n.ogv"
done
cat 1.ogv 2.ogv >joined.ogv
run joined.ogv ogg.mkv
expect_file ogg.mkv "64x48 frames 20 *"

echo "# a rate that changes: the last frames stay, and as long as they are shown"
launch concat name=both ! capssetter caps=video/x-raw,framerate=0/1 ! videoconvert ! video/x-raw,format=I420 ! x264enc bframes=0 ! h264parse ! matroskamux ! filesink location=variable.mkv \
  videotestsrc num-buffers=30 ! video/x-raw,width=64,height=48,framerate=30/1 ! identity ! both. \
  videotestsrc num-buffers=10 ! video/x-raw,width=64,height=48,framerate=5/1 ! identity ! both.
for name in variable.mp4 again.mkv variable.webm; do
  run variable.mkv $name
  expect_file $name "64x48 frames 40 *"
done

echo "# a file that breaks off: what is there is kept, and said; the exit status is 3"
film 64 50 "mp4mux faststart=true" whole.mp4 "avenc_aac ! aacparse"
head -c $(($(wc -c <whole.mp4) / 2)) whole.mp4 >broken.mp4
status=0
"$TOOL" --layer block1_conv1 broken.mp4 kept.mp4 2>said || status=$?
[ $status -eq 3 ] || fail "the exit status is $status: $(cat said)"
grep -q 'broken.mp4 ends early: it has [0-9.]* of its 2.0[0-9]* seconds; kept.mp4 has the [0-9]* frames' said || fail "$(cat said)"
frames=$(sed -n 's/.*has the \([0-9]*\) frames.*/\1/p' said)
expect_file kept.mp4 "64x48 frames $frames *"
expect_no_parts

echo "# sound that is good for the file is copied, to the byte"
# packets FILE DEMUXER: its sound as it is stored
packets() {
  launch filesrc location="$1" ! "$2" name=in in.audio_0 ! queue ! filesink location="$1.packets"
}
film 64 25 mp4mux aac.mp4 "avenc_aac ! aacparse"
film 64 25 matroskamux opus.mkv opusenc
run aac.mp4 copied.mp4
packets aac.mp4 qtdemux
packets copied.mp4 qtdemux
cmp aac.mp4.packets copied.mp4.packets || fail "the AAC is another"
run opus.mkv copied.webm
packets opus.mkv matroskademux
packets copied.webm matroskademux
cmp opus.mkv.packets copied.webm.packets || fail "the Opus is another"
run opus.mkv encoded.mov
expect_file encoded.mov "64x48 frames 25 * sound [01].[019]"
run --no-sound aac.mp4 silent.mp4
expect_file silent.mp4 "64x48 frames 25 * sound 0.0"

echo "# channels without places, which encoders refuse, are mixed down, and that is said"
launch videotestsrc num-buffers=15 ! video/x-raw,width=64,height=48,framerate=25/1 ! vp8enc ! queue ! matroskamux name=out \
  ! filesink location=four.mkv audiotestsrc num-buffers=30 samplesperbuffer=960 \
  ! 'audio/x-raw,rate=48000,channels=4,channel-mask=(bitmask)0' ! opusenc ! queue ! out.
for name in four.mp4 mixed.mkv; do
  "$TOOL" --layer block1_conv1 four.mkv $name 2>said || fail "$(cat said)"
  expect_file $name "64x48 frames 15 * sound 0.[56]"
done

echo "# another track is named"
launch videotestsrc num-buffers=10 ! video/x-raw,width=64,height=48,framerate=25/1 ! x264enc ! queue ! matroskamux name=out \
  ! filesink location=two.mkv audiotestsrc num-buffers=20 ! opusenc ! queue ! out. audiotestsrc num-buffers=20 ! opusenc ! queue ! out.
"$TOOL" --layer block1_conv1 two.mkv one.mkv 2>said || fail "$(cat said)"
grep -q 'left out: another sound track of two.mkv' said || fail "$(cat said)"

echo "# and that of a file whose name is not UTF-8"
odd=$(printf 'od\377d.mkv')
cp two.mkv "$odd"
"$TOOL" --layer block1_conv1 "$odd" --force one.mkv 2>said || fail "$(cat said)"
grep -q 'left out: another sound track of od' said || fail "$(cat said)"
if grep -q WARNING said; then fail "$(cat said)"; fi

echo "# what a film is turned by, and every kind of file it becomes"
for name in film.m4v film.mov film.avi; do
  run aac.mp4 $name
  expect_file $name "64x48 frames 25 *"
done

echo "# lost output is an error, and a closed stderr is written to nothing"
for format in png mkv mp4; do
  if "$TOOL" --quiet --layer block1_conv1 --format $format first.ts - >/dev/full 2>said; then fail "$format: nothing is lost"; fi
  grep -qx 'gbp-saliency: cannot write standard output: No space left on device' said || fail "$(cat said)"
done
if "$TOOL" --list-layers >/dev/full 2>said; then fail "the list is lost"; fi
"$TOOL" --layer block1_conv1 first.ts closed.mp4 2>&- || fail "a closed stderr stops the run"
expect_file closed.mp4 "64x48 frames 20 *"
"$TOOL" --quiet --layer block1_conv1 --format mp4 first.ts - | cat >streamed.mp4
expect_file streamed.mp4 "64x48 frames 20 *"

echo "# HDR: a picture of a gradient is none"
launch videotestsrc num-buffers=2 ! video/x-raw,format=I420_10LE,width=64,height=48,framerate=25/1,colorimetry=bt2100-pq \
  ! x265enc ! h265parse ! mp4mux ! filesink location=hdr.mp4
run --colormap inferno hdr.mp4 plain.mp4
launch filesrc location=plain.mp4 ! parsebin ! fakesink -v | grep -q 'colorimetry=(string)bt2100-pq' && fail "plain.mp4 is HDR"

echo "# names"
run first.ts "50%discount.png"
[ -e "50%discount.png" ] || fail "there is no 50%discount.png: $(ls)"
cp first.ts ./-first.ts
run -- -first.ts dashed.png
[ -e dashed.png ] || fail "there is no dashed.png"
HOME=$PWD "$TOOL" --quiet --raw='~/home.npy' first.ts || fail "~ is not known"
[ -e home.npy ] || fail "there is no home.npy"
run_whole first.ts gradients.npy
cmp -s gradients.npy home.npy || fail "OUTPUT and --raw differ"

echo "# which channel it was, each time"
run --layer predictions --channel -2 --csv channels.csv first.ts channels.mp4
head -n 1 channels.csv | grep -qx 'seconds,layer,channel,value,class' || fail "$(cat channels.csv)"
sed -n 2p channels.csv | grep -q '^0\.[0-9]*,predictions,[0-9]*,[-0-9.e+]*,[a-z]' || fail "$(cat channels.csv)"
"$TOOL" --layer predictions --channel -2 first.ts channels.png 2>said
grep -q '^0\.[0-9]* s: the strongest channel of predictions is ' said || fail "$(cat said)"
expect_no_parts
echo "ok"
