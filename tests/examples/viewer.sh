#!/bin/sh
# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The viewer in a real window on a virtual display: what is in it, what keys and clicks change, and how it ends.
if [ -z "${GBP_ON_DISPLAY-}" ]; then
  # without -noreset the server begins anew when autovideosink has tried a window, and refuses the next one
  GBP_ON_DISPLAY=yes exec xvfb-run -a -s "-screen 0 400x300x24 -noreset" "$0"
fi
# shellcheck source=tests/examples/common.sh
. "$(dirname "$0")/common.sh"
VIEWER=$BUILT/gbp-saliency-viewer
WINDOW=$EXAMPLES/../tests/examples/window.py
WIDTH=320
mkfifo keys

# view ARGUMENT...: the viewer, with a terminal whose keys are what is written to descriptor 3
view() {
  script -qec "$VIEWER $*" /dev/null <keys >said 2>&1 &
  process=$!
  exec 3>keys
  wait_for "block5_conv4  guided"
}

# wait_for WORDS: until the viewer has said them
wait_for() {
  tries=0
  until grep -q -e "$1" said; do
    tries=$((tries + 1))
    if [ $tries -gt 300 ] || ! kill -0 $process 2>/dev/null; then fail "\"$1\" is not in: $(cat said)"; fi
    sleep 0.1
  done
}

# expect_end: it ends with success and without a complaint
expect_end() {
  exec 3>&-
  tries=0
  while kill -0 $process 2>/dev/null; do
    tries=$((tries + 1))
    [ $tries -le 300 ] || fail "it does not end: $(cat said)"
    sleep 0.1
  done
  wait $process || fail "it ends with $?: $(cat said)"
  if grep gbp-saliency-viewer: said; then fail "it complains"; fi
  echo "ok: $1 ends it"
}

# look NAME: NAME.rgb is what the window shows
look() {
  launch ximagesrc num-buffers=1 show-pointer=false ! videocrop right=80 bottom=60 ! videoconvert \
    ! video/x-raw,format=RGB ! filesink location="$1.rgb"
}

# mean NAME FIRST_ROW N_ROWS: of the bytes
mean() {
  tail -c +$((3 * WIDTH * $2 + 1)) "$1.rgb" | head -c $((3 * WIDTH * $3)) | od -An -v -tu1 -w3 |
    awk '{sum += $1 + $2 + $3} END {printf "%d\n", sum / NR / 3}'
}

# count_white NAME FIRST_ROW N_ROWS: bright pixels of no colour, as letters have
count_white() {
  tail -c +$((3 * WIDTH * $2 + 1)) "$1.rgb" | head -c $((3 * WIDTH * $3)) | od -An -v -tu1 -w3 |
    awk '$1 > 130 && $2 > 130 && $3 > 130 {n++} END {print n + 0}'
}

has_picture_and_line() {
  [ "$(mean "$1" 0 200)" -gt 20 ] && [ "$(count_white "$1" 200 40)" -gt 50 ]
}

is_half_as_bright() {
  [ "$(mean "$1" 0 200)" -lt $(($(mean first 0 200) / 2)) ]
}

has_no_line() {
  [ "$(count_white "$1" 200 40)" -eq 0 ]
}

# look_until NAME CONDITION: looks anew until that holds
look_until() {
  tries=0
  look "$1"
  until "$2" "$1"; do
    tries=$((tries + 1))
    [ $tries -le 60 ] || fail "the window never has $2: mean $(mean "$1" 0 200), $(count_white "$1" 200 40) white"
    sleep 0.5
    look "$1"
  done
  echo "ok: $2"
}

# a ball over a plain ground, which has nothing white
launch videotestsrc num-buffers=1 pattern=ball background-color=0xff307050 foreground-color=0xffc04020 \
  ! video/x-raw,width=320,height=240,format=RGB ! pngenc ! filesink location=ball.png

echo "# the window shows the picture, with the line below"
view ball.png look=strength colormap=gray blend=0.9
look_until first has_picture_and_line
[ "$(count_white first 0 180)" -eq 0 ] || fail "there are letters on the picture"

echo "# keys of the terminal: a look, the line, a channel, layers, and more of them at once"
printf o >&3
wait_for "spotlight  gray"
look_until spot is_half_as_bright
printf i >&3
look_until bare has_no_line
printf 'imkc' >&3
wait_for "block5_conv4  gradient  channel 0"
printf 'C\033[A' >&3
wait_for "block5_conv3  gradient  spotlight"
printf "l-ft" >&3
wait_for "block5_conv4  gradient  spotlight.*letterbox  80 %  100 ms"
printf h >&3
wait_for "Keys, in the window or here"

echo "# keys and clicks in the window"
printf ffLl >&3
wait_for "block5_conv4  gradient  spotlight"
"$WINDOW" click 160 60
wait_for "unit 7,3"
"$WINDOW" key a
"$WINDOW" key m
wait_for "block5_conv4  deconvnet"
printf p >&3
wait_for "block5_conv4  deconvnet  [a-zA-Z ]* [01]\.[0-9][0-9]  spotlight"
printf p >&3
wait_for "block5_conv4  deconvnet  spotlight"
printf m >&3
wait_for "block5_conv4  grad-cam  [a-zA-Z ]* [01]\.[0-9][0-9]  spotlight"
printf q >&3
expect_end "q"

echo "# a click in a letterboxed frame and in one of two halves means the place that is seen"
view ball.png fit=crop look=side-by-side
look_until halves has_picture_and_line
"$WINDOW" click 240 120
wait_for "unit 7,7"
"$WINDOW" click 100 62
wait_for "unit 9,0"
"$WINDOW" close
expect_end "closing the window"

echo "# the end of a file, and Ctrl-C"
make 30 width=320,height=240 "x264enc ! mp4mux ! filesink location=in.mp4"
view in.mp4
expect_end "the file's end"
view --loop in.mp4
sleep 2
printf '\003' >&3
expect_end "Ctrl-C"

echo "# bad arguments, in one sentence"
refuse() {
  sentence=$1
  shift
  if "$VIEWER" "$@" >stdout 2>said </dev/null; then fail "$* is taken"; fi
  grep -q "^gbp-saliency-viewer: .*$sentence" said && [ "$(wc -l <said)" -eq 1 ] || fail "$*: $(cat said)"
  echo "ok: $(cat said)"
}
refuse 'look does not take "x"' test look=x
refuse 'blend does not take "2"' test blend=2
refuse 'one INPUT is taken' test nope=1
refuse 'no such file' test weights=nope.h5
refuse 'cannot show nope.mp4: ' nope.mp4
echo "just a text" >text.txt
refuse 'cannot show text.txt: ' text.txt
launch audiotestsrc num-buffers=9 ! vorbisenc ! oggmux ! filesink location=song.ogg
refuse 'cannot show song.ogg: .*no video' song.ogg
(
  unset DISPLAY WAYLAND_DISPLAY
  refuse 'there is no display' test
)
[ -e /dev/video0 ] || refuse 'there is no camera' camera
refuse 'layer.*nope.*block5_conv4' test layer=nope
