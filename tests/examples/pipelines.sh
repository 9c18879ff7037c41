#!/bin/sh
# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Runs every line of examples/pipelines.md. A live test picture stands for the camera, a sink that only
# counts for a window; published weights are left out, for they are not fetched here.
# shellcheck source=tests/examples/common.sh
. "$(dirname "$0")/common.sh"

launch videotestsrc num-buffers=40 ! video/x-raw,width=160,height=120,framerate=20/1 \
  ! x264enc ! h264parse ! queue ! mp4mux name=out ! filesink location=in.mp4 \
  audiotestsrc num-buffers=80 ! avenc_aac ! aacparse ! queue ! out.
make 1 width=160,height=120 "jpegenc ! filesink location=photo.jpg"

# The lines, each made whole where it is continued by a backslash.
sed -n 's/^    //p' "$EXAMPLES/pipelines.md" | sed -e ':join' -e '/\\$/{N;s/\\\n *//;b join' -e '}' |
  grep '^gst-launch-1.0' >lines
[ "$(wc -l <lines)" -ge 15 ] || fail "there are only $(wc -l <lines) lines"

n_run=0
while read -r line; do
  # shellcheck disable=SC2001 # several expressions
  tested=$(echo "$line" | sed \
    -e 's/v4l2src/videotestsrc is-live=true num-buffers=6/' \
    -e 's/ videotestsrc !/ videotestsrc num-buffers=6 !/' \
    -e 's/autovideosink\|ximagesink/fakesink sync=true name=window/' \
    -e 's/weights=vgg19-top //;s/channel=281/channel=4/')
  if ! timeout 60 sh -c "$tested" >said 2>&1 || grep -q WARNING said; then
    cat said
    fail "$line"
  fi
  echo "ok $line"
  n_run=$((n_run + 1))
done <lines
for file in out.mp4 out.mkv saliency.png second-001.png both.mkv live-00000.ts; do
  expect_file "$file" "[1-9]*x* frames [1-9]*"
done
echo "$n_run lines ran"
