#!/bin/sh
# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The tool's raw gradients, against the library's and against Keras'.
# shellcheck source=tests/examples/common.sh
. "$(dirname "$0")/common.sh"

# compare FILE.npy ARGUMENT...: see compare.c
compare() {
  "$COMPARE" "$@" || fail "compare $*"
  echo "ok $*"
}

echo "# frames of 224x224 go in as they are, and the file holds what the library computes, byte for byte"
launch videotestsrc num-buffers=3 pattern=snow \
  ! video/x-raw,format=RGB,width=224,height=224,framerate=30/1 ! tee name=frames \
  frames. ! queue ! filesink location=frames.rgb \
  frames. ! queue ! pngenc ! qtmux ! filesink location=frames.mov
run_whole --raw frames.npy frames.mov
compare frames.npy library frames.rgb
run_whole --raw layer.npy --layer block3_conv2 --channel 7 --threads 2 frames.mov
compare layer.npy library frames.rgb block3_conv2 7

echo "# a picture, and the gradients beside another output, which do not change each other"
head -c 150528 frames.rgb >first.rgb
launch filesrc location=first.rgb blocksize=150528 \
  ! rawvideoparse format=rgb width=224 height=224 ! pngenc ! filesink location=first.png
run_whole --raw first.npy first.png first-saliency.jpg
compare first.npy library first.rgb
expect_file first-saliency.jpg "224x224 frames 1 *"
run_whole --raw both.npy frames.mov both.png
compare both.npy library frames.rgb
expect_file both.png "224x224 frames 1 *"
run_whole first.png alone.jpg
cmp alone.jpg first-saliency.jpg || fail "--raw changes the picture"

echo "# beside a video, whose encoder looks ahead further than any queue holds"
make 70 width=64,height=48 "x264enc ! mp4mux ! filesink location=long.mp4"
for name in beside.mp4 beside.mkv beside.webm; do
  timeout -s KILL 60 "$TOOL" --quiet --layer block1_conv1 --raw beside.npy long.mp4 $name 2>said ||
    fail "gbp-saliency --raw beside.npy long.mp4 $name ends with $?: $(cat said)"
  expect_file $name "64x48 frames 70 *"
  [ "$(wc -c <beside.npy)" -eq $((128 + 70 * 224 * 224 * 3 * 4)) ] || fail "beside.npy has another size"
done

echo "# another size is stretched: three frames again"
make 3 width=320,height=100 "pngenc ! qtmux ! filesink location=wide.mov"
run_whole --raw wide.npy wide.mov
[ "$(wc -c <wide.npy)" -eq $((128 + 3 * 224 * 224 * 3 * 4)) ] || fail "wide.npy has another size"
echo "ok wide.npy"

echo "# what goes in is what the element sees: its picture is the gradients', scaled"
for input in 'format=RGB,width=300,height=200 pngenc' 'format=I420,width=300,height=200 jpegenc' \
  'format=I420,width=224,height=224 jpegenc' 'format=GRAY8,width=160,height=180 pngenc'; do
  make 1 "${input% *}" "${input#* } ! filesink location=any"
  run_whole --raw any.npy any element.png
  compare any.npy render picture.rgb
  launch filesrc location=element.png ! pngdec ! filesink location=element.rgb
  size=$(echo "$input" | grep -o 'width=[0-9]*,height=[0-9]*')
  launch filesrc location=picture.rgb blocksize=150528 \
    ! rawvideoparse format=rgb width=224 height=224 ! videoscale method=bilinear2 add-borders=false \
    ! "video/x-raw,$size,pixel-aspect-ratio=1/1" ! filesink location=scaled.rgb
  # rounding may differ in a few of some hundred thousand bytes
  differ=$(cmp -l element.rgb scaled.rgb | wc -l)
  [ "$differ" -lt 100 ] || fail "$input: the picture is another in $differ bytes"
done

echo "# fit and resample are the element's: a frame that it crops, or scales by the nearest pixel, is known before"
launch videotestsrc num-buffers=1 pattern=snow ! video/x-raw,format=RGB,width=448,height=224 ! tee name=card \
  card. ! queue ! pngenc ! filesink location=twice.png \
  card. ! queue ! videocrop left=112 right=112 ! filesink location=middle.rgb
run_whole --fit crop --raw crop.npy twice.png
compare crop.npy library middle.rgb
launch filesrc location=first.png ! pngdec ! videoscale method=nearest-neighbour \
  ! video/x-raw,width=672,height=672 ! pngenc ! filesink location=thrice.png
run_whole --resample nearest --raw nearest.npy thrice.png
compare nearest.npy library first.rgb
run_whole --raw antialias.npy thrice.png
"$COMPARE" antialias.npy library first.rgb >said 2>&1 && fail "antialias takes the nearest pixels"
launch videotestsrc num-buffers=1 pattern=snow ! video/x-raw,format=RGB,width=224,height=112 ! tee name=card \
  card. ! queue ! pngenc ! filesink location=half.png card. ! queue ! filesink location=half.rgb
head -c $((224 * 56 * 3)) /dev/zero | tr '\0' '\200' >bar.rgb
cat bar.rgb half.rgb bar.rgb >boxed.rgb
run_whole --fit letterbox --raw letterbox.npy half.png
compare letterbox.npy library boxed.rgb

golden=${GBP_GOLDEN_DIR:-$GOLDEN}
if [ ! -e "$golden/cases.json" ]; then
  echo "# skipped: the cases that Keras computed, for there is no $golden"
  exit
fi
echo "# the cases that Keras computed"
launch filesrc location="$golden/astronaut.rgb" blocksize=150528 \
  ! rawvideoparse format=rgb width=224 height=224 ! pngenc ! filesink location=astronaut.png
run_whole --weights "$golden/vgg19-w8.h5" --raw golden.npy astronaut.png
compare golden.npy golden "$golden/astronaut-00.f32"
run_whole --weights "$golden/vgg19-w8.h5" --layer block4_conv3 --channel 21 --unit 20,9 --raw unit.npy astronaut.png
compare unit.npy golden "$golden/astronaut-08.f32"
run_whole --weights "$golden/vgg19-w8.h5" --method deconvnet --raw deconvnet.npy astronaut.png
compare deconvnet.npy golden "$golden/astronaut-02.f32"
