#!/bin/sh
# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Runs every line of examples/pipelines.md. A live test picture stands for the camera, a sink that only
# counts for a window; published weights are left out, for they are not fetched here. What receives a stream runs
# beside what sends it, and ends when it has shown ten frames.
# shellcheck source=tests/examples/common.sh
. "$(dirname "$0")/common.sh"

launch videotestsrc num-buffers=40 ! video/x-raw,width=160,height=120,framerate=20/1 \
  ! x264enc ! h264parse ! queue ! mp4mux name=out ! filesink location=in.mp4 \
  audiotestsrc num-buffers=80 ! avenc_aac ! aacparse ! queue ! out.
turn in.mp4
make 1 width=160,height=120 "jpegenc ! filesink location=photo.jpg"

# The lines, each made whole where it is continued by a backslash.
sed -n 's/^    //p' "$EXAMPLES/pipelines.md" | sed -e ':join' -e '/\\$/{N;s/\\\n *//;b join' -e '}' |
  grep '^gst-launch-1.0' >lines
[ "$(wc -l <lines)" -ge 15 ] || fail "there are only $(wc -l <lines) lines"

# It ends by itself, or when this script does.
receive() {
  timeout 60 sh -c "$(echo "$1" | sed -e 's/fakesink sync=true/fakesink num-buffers=10/')" >received 2>&1 &
  receiver=$!
  sleep 1
}

# the sender's frames, more than the receiver wants
expect_received() {
  wait $receiver || fail "nothing is received: $(cat received)"
  receiver=
  echo "ok: ten frames are received"
}

receiver=
port=$((20000 + $$ % 20000))
n_run=0
while read -r line; do
  # shellcheck disable=SC2001 # several expressions
  tested=$(echo "$line" | sed \
    -e 's/v4l2src/videotestsrc is-live=true num-buffers=6/' \
    -e 's/ videotestsrc !/ videotestsrc num-buffers=6 !/' \
    -e 's/autovideosink\|ximagesink/fakesink sync=true name=window/' \
    -e 's/weights=vgg19-top //;s/channel=281/channel=4/' \
    -e "s/port=5000/port=$port/")
  case $tested in
    *udpsrc*)
      receive "$tested"
      n_run=$((n_run + 1))
      continue
      ;;
    *udpsink*) tested=$(echo "$tested" | sed 's/num-buffers=6/num-buffers=120/') ;;
  esac
  if ! timeout 60 sh -c "$tested" >said 2>&1 || grep -q WARNING said; then
    cat said
    fail "$line"
  fi
  echo "ok $line"
  [ -z "$receiver" ] || expect_received
  n_run=$((n_run + 1))
done <lines
for file in out.mp4 out.mkv second-001.png; do
  expect_file "$file" "120x160 frames [1-9]*"
done
for file in saliency.png nearest.png both.mkv live-00000.ts; do
  expect_file "$file" "[1-9]*x* frames [1-9]*"
done

echo "# the web server gives out the list, and the segments that it names"
PYTHONUNBUFFERED=1 timeout 60 python3 -m http.server 0 --bind 127.0.0.1 >served 2>&1 &
server=$!
tries=0
until grep -q 'port [0-9]' served; do
  tries=$((tries + 1))
  [ $tries -lt 100 ] || fail "no web server: $(cat served)"
  sleep 0.1
done
address=http://127.0.0.1:$(sed -n 's/.* port \([0-9]*\).*/\1/p' served)
curl --silent --fail --noproxy '*' "$address/live.m3u8" >list || fail "there is no list: $(cat served)"
segment=$(grep '\.ts$' list | head -n 1)
curl --silent --fail --noproxy '*' "$address/$segment" >segment.ts || fail "$segment is not there: $(cat list)"
kill $server
expect_file segment.ts "320x240 frames 6 *"
echo "$n_run lines ran"
