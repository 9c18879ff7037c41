#!/bin/sh
# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Runs every pipeline and every use of the tool that the README shows. A live test picture stands for the camera, a
# sink that only counts for a window; published weights are left out, for they are not fetched here, and small ones of
# VGG's stand for the user's own networks. That its C is an example's, and its lines that compile one, other tests look at.
# shellcheck source=tests/examples/common.sh
. "$(dirname "$0")/common.sh"

launch videotestsrc num-buffers=10 ! video/x-raw,width=160,height=120,framerate=20/1 \
  ! x264enc ! h264parse ! queue ! mp4mux name=out ! filesink location=in.mp4 \
  audiotestsrc num-buffers=20 ! avenc_aac ! aacparse ! queue ! out.
launch videotestsrc num-buffers=3 ! video/x-raw,width=64,height=48 ! x264enc ! matroskamux ! filesink location=video.mkv
make 1 width=160,height=120 "jpegenc ! filesink location=photo.jpg"
mkdir explained
cp "$UNTRAINED" mine.onnx # a file is known by what is in it
cp "$UNTRAINED" mine.keras
"$TOOL" --weights mine.onnx --list-layers | sed -n 's/^predictions .*x *\([0-9]*\).*/\1/p' | xargs seq >names.txt

# The lines, each made whole where it is continued by a backslash, without the comment behind it.
sed -n 's/^    //p' "$EXAMPLES/../README.md" | sed -e ':join' -e '/\\$/{N;s/\\\n *//;b join' -e '}' |
  sed -n 's/ *#.*//;/^gst-launch-1.0 /p;/^gbp-saliency /p' >lines
[ "$(grep -c '^gst-launch' lines)" -ge 4 ] && [ "$(grep -c '^gbp-saliency' lines)" -ge 6 ] ||
  fail "the README shows few lines: $(cat lines)"
while read -r line; do
  tested=$(echo "$line" | sed \
    -e 's/v4l2src/videotestsrc is-live=true num-buffers=6/' \
    -e 's/ videotestsrc !/ videotestsrc num-buffers=6 !/' \
    -e 's/autovideosink\|ximagesink/fakesink/' \
    -e 's/weights=vgg19 //' \
    -e "s|^gbp-saliency|\"\$TOOL\"|")
  rm -f out.mp4 # another line's, which the tool would not overwrite
  if ! timeout 60 sh -c "$tested" >said 2>&1 || grep -q WARNING said; then
    cat said
    fail "$line"
  fi
  echo "ok $line"
done <lines
for file in key.mp4 saliency.png explained/photo.jpg; do
  expect_file "$file" "[1-9]*x* frames [1-9]*"
done
