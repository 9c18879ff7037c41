#!/usr/bin/env bash
# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Make the README's pictures beside this script: looks.jpg, what the built-in network's maps of a photograph can look
# like; viewer.jpg, the viewer's window; and stream.jpg, a frame that came over the network. Run examples/quickstart.sh before, for the tools that it installs, and
# examples/install-packages.sh test, for a virtual display.
# usage: examples/readme-picture.sh
set -euo pipefail
cd "$(dirname "$0")"

fail() {
  echo "readme-picture.sh: $1" >&2
  exit 1
}

for tool in gbp-saliency gbp-saliency-viewer xvfb-run; do
  command -v "$tool" >/dev/null || fail "there is no $tool: run examples/quickstart.sh and install-packages.sh test first"
done

SIZE=336   # of a tile's picture, in pixels
CAPTION=32 # height of what stands below it
GAP=8
COLUMNS=3

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
n_tiles=0
pads=()
sources=()

# The commas are those of GStreamer's formats.
# shellcheck disable=SC2054
# put FILE CAPTION: the next tile, its caption below the picture
put() {
  local column=$((n_tiles % COLUMNS)) row=$((n_tiles / COLUMNS))
  pads+=("sink_$n_tiles::xpos=$((column * (SIZE + GAP)))" "sink_$n_tiles::ypos=$((row * (SIZE + CAPTION)))")
  sources+=(filesrc "location=$1" ! decodebin ! videoconvert ! videoscale method=lanczos
    ! "video/x-raw,format=RGB,width=$SIZE,height=$SIZE,pixel-aspect-ratio=1/1"
    ! videobox "bottom=-$CAPTION" fill=white
    ! textoverlay "text=$2" "font-desc=Sans 15px" auto-resize=false color=0xff202020 draw-shadow=false draw-outline=false
    valignment=bottom halignment=center ypad=8 ! video/x-raw,format=RGB ! "sheet.sink_$n_tiles")
  n_tiles=$((n_tiles + 1))
}

# show CAPTION OPTION...: what the tool makes of the photograph
show() {
  local file=$work/$n_tiles.png
  gbp-saliency --quiet "${@:2}" astronaut.jpg "$file"
  put "$file" "$1"
}

make_sheet() {
  put astronaut.jpg "a frame"
  show "look=strength colormap=inferno" --look strength --colormap inferno
  show "look=spotlight" --look spotlight
  show "look=screen colormap=magma" --look screen --colormap magma
  show "colormap=inferno" --colormap inferno
  show "colormap=rgb normalize=percentile" --normalize percentile
  gst-launch-1.0 -q compositor name=sheet background=white "${pads[@]}" \
    ! video/x-raw,format=RGB ! videoconvert ! jpegenc quality=85 ! filesink location=looks.jpg "${sources[@]}"
}

# The window of a photograph, after a while in which the line has found its text.
make_viewer() {
  # shellcheck disable=SC2016 # it is expanded in there
  xvfb-run -a -s "-screen 0 512x512x24 -noreset" sh -c '
    gbp-saliency-viewer astronaut.jpg look=strength colormap=inferno channel=-2 </dev/null >/dev/null &
    sleep 5
    gst-launch-1.0 -q ximagesrc num-buffers=1 show-pointer=false ! videoconvert ! jpegenc quality=90 \
      ! filesink location=viewer.jpg
    kill $!
    wait $!'
}

# The last of the pictures that the receiver of pipelines.md took out of RTP, from its sender on this machine.
make_stream() {
  local receiver port=5004
  gst-launch-1.0 -q udpsrc port=$port caps="application/x-rtp,media=video,encoding-name=H264,clock-rate=90000" \
    ! rtpjitterbuffer latency=100 ! rtph264depay ! h264parse ! avdec_h264 ! videoconvert ! jpegenc quality=85 \
    ! multifilesink max-files=1 "location=$work/stream-%03d.jpg" &
  receiver=$!
  gst-launch-1.0 -q filesrc location=astronaut.jpg ! jpegdec ! imagefreeze is-live=true num-buffers=150 \
    ! video/x-raw,framerate=30/1 ! gbpsaliency look=spotlight ! video/x-raw,format=I420 \
    ! x264enc tune=zerolatency speed-preset=veryfast bitrate=4000 key-int-max=30 ! video/x-h264,profile=main \
    ! rtph264pay config-interval=1 ! udpsink host=127.0.0.1 port=$port
  kill "$receiver"
  wait "$receiver" || true
  mv "$work"/stream-*.jpg stream.jpg
}

make_sheet
make_viewer
make_stream
ls -l looks.jpg viewer.jpg stream.jpg
