#!/usr/bin/env bash
# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# From a fresh Debian 12 or 13, or a release of Ubuntu with GStreamer 1.22 or later, to saliency pictures: install what
# is needed, build, install, run on a clip.
# usage: examples/quickstart.sh [--camera] [FOLDER]
#   --camera  run on a few seconds of the camera, if one is there
#   FOLDER    where the results go; default: examples/output
# Safe to repeat. It asks nothing; as another user than root it goes through sudo.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=${here%/*}

fail() {
  echo "quickstart.sh: $1" >&2
  exit 1
}

# step TITLE COMMAND...: run quietly; if it fails, show how it ended
step() {
  local title=$1 log
  shift
  echo "$title"
  log=$(mktemp)
  if ! "$@" >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    rm -f "$log"
    fail "$title failed; its last lines are above"
  fi
  rm -f "$log"
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

camera=no output=$here/output
for argument; do
  case $argument in
    -h | --help)
      sed -n '5,/^set -/s/^# \{0,1\}//p' "$0"
      exit
      ;;
    --camera) camera=yes ;;
    -*) fail "unknown argument '$argument': there are --camera, --help and a folder for the results" ;;
    *) output=$argument ;;
  esac
done
mkdir -p "$output" 2>/dev/null || fail "cannot make the folder $output"
[ -w "$output" ] || fail "the folder $output is not writable"

build_and_install() {
  local build=$root/build
  "$here/install-packages.sh" build run
  step "configuring" "$here/configure-build.sh" "$build" --buildtype=release -Dtests=false
  step "building" ninja -C "$build"
  step "installing" as_root meson install -C "$build" --no-rebuild
  as_root ldconfig
  export PATH=/usr/local/bin:$PATH
  gst-inspect-1.0 gbpsaliency >/dev/null 2>&1 || fail "gst-launch-1.0 does not find the plugin"
}

make_clip() {
  if [ "$camera" = yes ] && [ -e /dev/video0 ]; then
    step "recording four seconds of the camera" gst-launch-1.0 -q v4l2src num-buffers=120 \
      ! videoconvert ! x264enc tune=zerolatency ! mp4mux ! filesink location="$output/input.mp4"
    return
  fi
  [ "$camera" = no ] || echo "there is no camera at /dev/video0: a clip is used instead"
  step "making a clip from a photograph" \
    "$root/build/examples/make-clip" "$here/astronaut.jpg" "$output/input.mp4"
}

# take_moments VIDEO CAPTION PAD: add to the pipeline a frame of the video for each second of it
take_moments() {
  pipeline+=(filesrc "location=$1" ! decodebin
    ! videorate drop-only=true ! "video/x-raw,framerate=1/1"
    ! videoconvert ! videoscale ! "video/x-raw,width=320,height=240,pixel-aspect-ratio=1/1"
    ! textoverlay "text=$2" shaded-background=true "font-desc=Sans 24" ! "$3")
}

# A row for each of four moments: input, saliency, overlay.
make_rows() {
  local pipeline=(compositor name=row background=white sink_1::xpos=324 sink_2::xpos=648
    ! videoconvert ! pngenc ! multifilesink "location=$1/%d.png")
  take_moments "$output/input.mp4" input row.sink_0
  take_moments "$output/saliency.mp4" saliency row.sink_1
  take_moments "$output/overlay.mp4" overlay row.sink_2
  gst-launch-1.0 -q "${pipeline[@]}"
}

# The rows below each other.
stack_rows() {
  local i pipeline=(compositor name=sheet background=white sink_1::ypos=244 sink_2::ypos=488 sink_3::ypos=732
    ! videoconvert ! pngenc ! filesink "location=$output/contact-sheet.png")
  for i in 0 1 2 3; do
    pipeline+=(filesrc "location=$1/$i.png" ! pngdec ! videoconvert ! "sheet.sink_$i")
  done
  gst-launch-1.0 -q "${pipeline[@]}"
}

make_contact_sheet() {
  local rows done=yes
  rows=$(mktemp -d)
  make_rows "$rows" && stack_rows "$rows" || done=no
  rm -r "$rows"
  [ "$done" = yes ]
}

build_and_install
make_clip
echo "saliency: what block5_conv4 responds to"
said=$(mktemp)
trap 'rm -f "$said"' EXIT
gbp-saliency "$output/input.mp4" "$output/saliency.mp4" 2> >(tee "$said" >&2) ||
  fail "gbp-saliency failed; its reason is above"
echo "overlay: the same over the video, where it is strong"
gbp-saliency --quiet --look strength --colormap inferno "$output/input.mp4" "$output/overlay.mp4" ||
  fail "gbp-saliency failed; its reason is above"
step "putting a contact sheet together" make_contact_sheet

cat <<END

The results:
  $output/saliency.mp4
  $output/overlay.mp4
  $output/contact-sheet.png
$(grep -e '^network:' -e '^note:' "$said")
speed: $(grep -o '[0-9.]* frames per second$' "$said" | tail -n 1)
To see it live: gbp-saliency-viewer (the camera, or a test picture); gbp-saliency-viewer --loop $output/input.mp4
In a pipeline:  gst-launch-1.0 v4l2src ! gbpsaliency layer=block5_conv4 ! autovideosink
END
