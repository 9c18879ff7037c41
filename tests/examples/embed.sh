#!/bin/sh
# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The example programs do what they say, and pass on what the element refuses.
# shellcheck source=tests/examples/common.sh
. "$(dirname "$0")/common.sh"

echo "# embed: the picture fades in over a dark frame"
"$BUILT/embed" >out || fail "embed fails"
cat out
[ "$(grep -c '^frame [0-7]: 320 x 240, mean red' out)" -eq 8 ] || fail "these are not 8 frames"
if "$BUILT/embed" nope >out 2>said; then fail "embed has a layer nope"; fi
grep -q '^embed: .*nope.*block5_conv4' said || fail "embed says: $(cat said)"

echo "# explain"
launch videotestsrc num-buffers=1 ! video/x-raw,format=RGB,width=224,height=224 \
  ! filesink location=card.rgb
"$BUILT/explain" card.rgb card.ppm | tee out
grep -q '^strongest channel: [0-9]*, sum' out || fail "explain names no channel"
[ "$(head -n 1 card.ppm)" = "P6 224 224 255" ] && [ "$(wc -c <card.ppm)" -eq 150543 ] ||
  fail "card.ppm is not a picture"
if "$BUILT/explain" card.ppm out.ppm 2>said; then fail "explain takes a file of another size"; fi
cat said
if "$BUILT/explain" card.rgb out.ppm nope.h5 2>said; then fail "explain has weights nope.h5"; fi
cat said

echo "# make-clip: four seconds that move"
"$BUILT/make-clip" "$EXAMPLES/astronaut.jpg" clip.mp4
expect_file clip.mp4 "480x360 frames 120 *"
if "$BUILT/make-clip" nope.jpg out.mp4 2>said; then fail "make-clip has a photograph nope.jpg"; fi
cat said

if [ -n "${PYTHON-}" ]; then
  echo "# embed.py"
  make 2 width=33,height=21 "vp8enc ! webmmux ! filesink location=in.webm"
  "$PYTHON" "$EXAMPLES/embed.py" in.webm block3_conv1 >out || fail "embed.py fails"
  cat out
  [ "$(grep -c '^frame [01]: 33 x 21, 2079 bytes' out)" -eq 2 ] || fail "these are not 2 frames"
  "$PYTHON" "$EXAMPLES/embed.py" >out || fail "embed.py fails"
  [ "$(grep -c '^frame [0-4]: 320 x 240, 230400 bytes' out)" -eq 5 ] || fail "these are not 5 frames"
  if "$PYTHON" "$EXAMPLES/embed.py" in.webm nope 2>said; then fail "embed.py has a layer nope"; fi
  grep -q '^embed.py: .*nope.*block5_conv4' said || fail "embed.py says: $(cat said)"
  echo "a text, which every version of GStreamer knows as one" >text.txt
  if "$PYTHON" "$EXAMPLES/embed.py" text.txt 2>said; then fail "embed.py decodes text.txt"; fi
  grep -q '^embed.py: ' said || fail "embed.py says: $(cat said)"
fi
