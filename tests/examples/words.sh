#!/bin/sh
# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What the tool says: progress, the network, layers, classes, and one sentence for each mistake.
# shellcheck source=tests/examples/common.sh
. "$(dirname "$0")/common.sh"

make 1 width=32,height=24,format=RGB "pngenc ! filesink location=in.png"
make 3 width=32,height=24 "x264enc ! mp4mux ! filesink location=in.mp4"

# Plugins of others leak when they are looked at for the first time, which is here, and only whole stacks
# tell GLib's own leaks from the tool's.
"$TOOL" --version >/dev/null
ASAN_OPTIONS="$plain_asan_options:fast_unwind_on_malloc=0"

echo "# the network and the frames, on stderr alone"
"$TOOL" in.mp4 out.mp4 >stdout 2>said || fail "$(cat said)"
[ ! -s stdout ] || fail "stdout has: $(cat stdout)"
for words in "network: VGG19.* trained on synthetic scenes" \
  "wrote out.mp4: 3 frames, [0-9]*\.[0-9] frames per second\$"; do
  grep -q "$words" said || fail "\"$words\" is not said in: $(cat said)"
done
if grep "note:" said; then fail "there is a note where there is nothing to note"; fi
cat said

echo "# what untrained means"
"$TOOL" --weights "$UNTRAINED" in.png out.png 2>said || fail "$(cat said)"
grep -q "network: VGG19.* untrained" said || fail "untrained is not said in: $(cat said)"
grep -q "note: an untrained network" said || fail "there is no note in: $(cat said)"

echo "# a bar on a terminal"
make 40 width=32,height=24 "x264enc ! mp4mux ! filesink location=longer.mp4"
script -qec "$TOOL --layer block3_conv1 longer.mp4 out.mp4" /dev/null >said 2>&1 </dev/null || fail "$(cat said)"
grep -q '\[=* *\] *[0-9]* %, [0-9]* frames.* left' said || fail "there is no bar in: $(cat said)"
for width in 20 37 60; do
  script -qec "stty cols $width; $TOOL --layer block3_conv1 longer.mp4 out.mp4" /dev/null >said 2>&1 </dev/null || fail "$(cat said)"
  grep -v -e '^network' -e '^note' said | tr '\r' '\n' | sed 's/.\[K//' | grep ' %, ' >bars || fail "$(cat said)"
  awk -v width=$width 'length >= width' bars | grep . && fail "the bars above are wider than $width columns"
done
echo "ok"

echo "# both files are named; one frame is one; a number has a point in every language"
"$TOOL" --raw both.npy in.png both.png 2>said || fail "$(cat said)"
grep -qx 'wrote both.png and both.npy: 1 frame' said || fail "$(cat said)"
if localedef --no-archive -i de_DE -f UTF-8 ./comma 2>said; then
  LOCPATH=$PWD LC_ALL=comma "$TOOL" in.mp4 out.mp4 2>said
  grep -q '[0-9]\.[0-9] frames per second$' said || fail "$(cat said)"
  LOCPATH=$PWD LC_ALL=comma "$TOOL" --scores - --blend 0.5 in.png >scores 2>said || fail "$(cat said)"
  LOCPATH=$PWD LC_ALL=comma "$TOOL" --top 1 in.png out.png 2>said || fail "$(cat said)"
  grep -q '^0\.000 s: [a-z]* 0\.[0-9]*$' said || fail "$(cat said)"
  if LOCPATH=$PWD LC_ALL=comma "$TOOL" --blend 1.5 in.png out.png 2>said; then fail "a blend of 1.5"; fi
  grep -qx 'gbp-saliency: blend 1\.5 is not between 0 and 1' said || fail "$(cat said)"
  echo "ok"
else
  echo "skipped: a language with a decimal comma: $(tail -n 1 said)"
fi
echo "# classes"
"$TOOL" --list-classes >classes 2>said
[ "$(wc -l <classes)" -ge 48 ] && [ ! -s said ] || fail "$(cat classes said)"
grep -qx "  0  triangle" classes && grep -qx " [0-9]*  letter A" classes || fail "$(cat classes)"

echo "# layers and version"
"$TOOL" --list-layers >layers 2>said
grep -qx "block5_conv4  14 x 14 x 128" layers || fail "block5_conv4 is not in: $(cat layers)"
[ "$(wc -l <layers)" -ge 21 ] && [ ! -s said ] || fail "$(cat layers said)"
for list in layers classes; do
  GST_PLUGIN_PATH=$PWD GST_REGISTRY=$PWD/without.bin "$TOOL" --list-$list >without 2>said || fail "the element is missed: $(cat said)"
  cmp $list without || fail "--list-$list needs the element"
done
if GST_PLUGIN_PATH=$PWD GST_PLUGIN_SYSTEM_PATH=$PWD GST_REGISTRY=$PWD/without.bin "$TOOL" in.png out.png 2>said; then fail "no element is missed"; fi
grep -q '^gbp-saliency: GStreamer does not find the element gbpsaliency; ' said || fail "$(cat said)"
"$TOOL" --version | grep -qx "gbp-saliency [0-9.]*" || fail "$("$TOOL" --version)"

# refuse SENTENCE ARGUMENT...: it fails with this one line, as a pattern, and leaves no output
refuse() {
  sentence="gbp-saliency: $1"
  shift
  rm -f out.*
  if "$TOOL" "$@" >stdout 2>said; then fail "gbp-saliency $* succeeds"; fi
  # shellcheck disable=SC2254 # it is a pattern
  case $(cat said) in
    $sentence) ;;
    *) fail "gbp-saliency $* says \"$(cat said)\", not \"$sentence\"" ;;
  esac
  [ "$(wc -l <said)" -eq 1 ] && [ ! -s stdout ] || fail "gbp-saliency $*: $(cat said stdout)"
  [ -z "$(find . -name 'out.*')" ] || fail "gbp-saliency $* leaves $(echo out.*)"
  expect_no_parts
  echo "ok $(cat said)"
}

echo "# what is asked of the network"
refuse '*"blk"*block1_conv1*block5_conv4*predictions*' --layer blk in.png out.png
refuse '*"x"; valid are guided, gradient, deconvnet*' --method x in.png out.png
refuse '*"x"; valid are rgb, gray, viridis, inferno, turbo, magma, diverging*' --colormap x in.png out.png
refuse '*"x"; valid are over, strength, spotlight, screen, side-by-side' --look x in.png out.png
refuse '*"x"; valid are max-abs, sum-abs, positive, negative' --reduce x in.png out.png
refuse '*"x"; valid are auto, frame, zero-centred, percentile, fixed' --normalize x in.png out.png
refuse '*"x"; valid are stretch, letterbox, crop' --fit x in.png out.png
refuse '*"x"; valid are antialias, nearest' --resample x in.png out.png
refuse '*"x"; valid are auto, none, unit, tf, caffe, torch' --preprocess x in.png out.png
refuse '*"x"; valid are auto, none, softmax, sigmoid' --scoring x in.png out.png
refuse '*input-size "64" is not WIDTHxHEIGHT in pixels, such as 320x240' --input-size 64 in.png out.png
refuse '*input-size "4294967520x0224" is not WIDTHxHEIGHT*' --input-size 4294967520x0224 in.png out.png
refuse '*"none.txt"*' --class-names none.txt in.png out.png
refuse '*channel 128*0 to 127*' --channel 128 in.png out.png
refuse '*channel -3*0 to 127*' --channel -3 in.png out.png
refuse '*unit 14,0*0 to 13*' --unit 14,0 in.png out.png
refuse '*does not name its classes*untrained*' --list-classes --weights "$UNTRAINED"
refuse '*unit 3 is not a column and a row*' --unit 3 in.png out.png
refuse '*unit 1,2,3 is not*' --unit 1,2,3 in.png out.png
refuse '*blend 1.5 is not between 0 and 1' --blend 1.5 in.png out.png
refuse '*blend nan is not between 0 and 1' --blend nan in.png out.png
refuse '*clip 0.5 is not between 1 and 100' --clip 0.5 in.png out.png
refuse '*range 0 is not between 1e-30 and *' --range 0 in.png out.png
refuse '*softness 21 is not between -1 and 20' --softness 21 in.png out.png
refuse '*smoothing -1 is not between 0 and 60000' --smoothing -1 in.png out.png
refuse '*smoothing nan is not between 0 and 60000' --smoothing nan in.png out.png
refuse '*threads -1 is not between 1 and 256*' --threads -1 in.png out.png
refuse '*threads 99999 is not between 1 and 256*' --threads 99999 in.png out.png
refuse '*integer*abc*--channel*' --channel abc in.png out.png
refuse '*"nope.h5": no such file*vgg19*' --weights nope.h5 in.png out.png
refuse '*in.mp4*Keras*safetensors*' --weights in.mp4 in.png out.png

echo "# the help has all the values that are valid, in 80 columns"
"$TOOL" --help >help 2>said || fail "$(cat said)"
awk 'length > 80' help | grep . && fail "the lines above are wider than 80 columns"
for option in method preprocess scoring fit resample look colormap reduce normalize; do
  "$TOOL" --$option x in.png out.png 2>said && fail "--$option x is taken"
  values=$(sed -e 's/.*valid are //' -e 's/,//g' said)
  for value in $values; do
    sed -n "/^  --$option  /,/^  --/p" help | grep -qw -e "$value" || fail "--help has no --$option $value"
  done
done
echo "ok"

echo "# each option reaches the picture"
make 1 width=48,height=32,format=RGB "pngenc ! filesink location=card.png"
differs() {
  run "$@" card.png out.png
  launch filesrc location=out.png ! pngdec ! videoconvert ! video/x-raw,format=RGB ! filesink location=other.rgb
  cmp -s same.rgb other.rgb && fail "$* changes nothing"
  echo "ok $*"
}
: >same.rgb
differs --colormap inferno
mv other.rgb same.rgb
for options in '--look side-by-side' '--look strength' '--reduce positive' '--normalize frame' '--clip 50' \
  '--normalize fixed --range 0.001' '--softness 5' '--fit letterbox' '--resample nearest' '--colormap magma'; do
  # shellcheck disable=SC2086 # a list of words
  differs --colormap inferno $options
done
# what smoothing does, the second frame shows
launch videotestsrc num-buffers=2 pattern=ball ! video/x-raw,width=160,height=120,framerate=30/1 \
  ! pngenc ! qtmux ! filesink location=ball.mov
for options in '' '--smoothing 1000' '--smoothing 1000 --smooth-map'; do
  # shellcheck disable=SC2086 # a list of words
  run --colormap gray --normalize frame $options ball.mov smooth-%d.png
  cksum <smooth-1.png
done | sort | uniq >sums
[ "$(wc -l <sums)" -eq 3 ] || fail "smoothing changes nothing"
echo "ok smoothing"

echo "# the input"
refuse 'there is no file nope.png*' nope.png out.png
ln -s loop.png loop.png
refuse 'cannot open loop.png: *' loop.png out.png
refuse 'INPUT is empty*' '' out.png
refuse '*no *protocol*' nope://nope out.png
mkdir hollow
refuse 'hollow is a folder without pictures*' hollow out.png
echo "just a text" >text.txt
refuse 'cannot decode text.txt: *' text.txt out.png
: >empty.mp4
refuse '*empty.mp4*' empty.mp4 out.mp4
head -c 400 in.mp4 >cut.mp4
refuse 'cannot decode cut.mp4: *' cut.mp4 out.mp4
launch audiotestsrc num-buffers=9 ! vorbisenc ! oggmux ! filesink location=song.ogg
refuse 'cannot decode song.ogg: there is no video and no picture in it' song.ogg out.mp4
refuse 'cannot decode song.ogg: there is no video and no picture in it' --raw out.npy song.ogg

refuse 'there is no device /dev/video-none' /dev/video-none out.png
refuse 'cannot decode /dev/null: *' /dev/null out.png
refuse 'cannot decode /dev/zero: *' /dev/zero out.png
refuse 'cannot read v4l2:///dev/video-none: *' v4l2:///dev/video-none out.png
refuse 'cannot read http://127.0.0.1:1/film.mp4: *' http://127.0.0.1:1/film.mp4 out.png
# a camera that is not there, by whatever name: the kernel's number for it says that it is one
if mknod camera c 81 250 2>/dev/null && ln -s camera by-id; then
  for name in camera by-id; do
    refuse "cannot read $name: No such device*" $name out.png
  done
  if [ "$(id -u)" -eq 0 ]; then
    chmod 660 camera
    chgrp daemon camera
    chmod 711 .
    if setpriv --reuid 65534 --clear-groups "$TOOL" "$PWD/camera" out.png 2>said; then fail "a camera of others is read"; fi
    grep -q "^gbp-saliency: the device $PWD/camera is not readable; who is in the group daemon may read it" said || fail "$(cat said)"
  fi
else
  echo "skipped: no devices can be made here"
fi

echo "# names and words that would do something to a terminal"
bell=$(printf 'b\033[31m\a\302\233mel\nl')
cp in.png "$bell.png"
refuse 'cannot tell what to write from the name b?[[]31m???mel l.xyz; *' in.png "$bell.xyz"
refuse 'no layer "b?[[]31m???mel l"; valid layers are *' --layer "$bell" in.png out.png
"$TOOL" "$bell.png" "$bell.jpg" 2>said || fail "$(cat said)"
grep -qx 'wrote b?\[31m???mel l.jpg: 1 frame' said || fail "$(cat said)"
[ -e "$bell.jpg" ] || fail "there are $(ls)"
cp in.png grün.png # what is no control character stays
"$TOOL" grün.png grün.jpg 2>said || fail "$(cat said)"
grep -qx 'wrote grün.jpg: 1 frame' said || fail "$(cat said)"

echo "# the output"
refuse 'OUTPUT is empty; name a file that ends with .png, *' in.png ''
refuse '* the name out.txt of --scores; it has to end with .csv or .jsonl' --scores out.txt in.png out.png
refuse '--csv keeps the strongest channels, which --channel -2 finds*' --csv out.csv in.png out.png
refuse '--list-layers and --list-classes take --weights and no INPUT; in.png is left over' --list-layers in.png
refuse '*out.xyz; it has to end with .png, .jpg, .jpeg, .webp, .gif, .mp4, .m4v, .mov, .webm, .mkv or .avi, or with .npy *' in.png out.xyz
refuse '--output-dir is empty; *' --output-dir '' in.png
refuse '*nowhere/out.png: there is no folder nowhere' in.png nowhere/out.png
refuse '*nowhere/out.npy: there is no folder nowhere' --raw nowhere/out.npy in.png
make 1 width=3,height=5,format=RGB "pngenc ! filesink location=small.png"
refuse 'cannot write out.mp4: *from 16 x 16 pixels on, not 3 x 5*' small.png out.mp4
refuse 'cannot write out.webm: *from 16 x 16 pixels on, not 3 x 5*' small.png out.webm
make 1 width=1,height=1,format=RGB "pngenc ! filesink location=small.png"
refuse 'cannot write out.mkv: *from 2 x 2 pixels on, not 1 x 1*' small.png out.mkv
mkdir folder.png
refuse '*folder.png: it is a folder' in.png folder.png
refuse '*in.png: it is the input*' in.png in.png
refuse '*./in.png: it is the input*' in.png ./in.png
ln -s in.png link.png
refuse '*link.png: it is the input*' in.png link.png
refuse '*in.png: it is the input*' --raw in.png in.png
refuse '*in.png: it is the input*' "file://$PWD/in.png" in.png
refuse '*in.png: it is the input*' --raw in.png "file://$PWD/in.png"
cp in.png "a 7.png"
refuse '*a %d.png: a 7.png is the input*' "a 7.png" "a %d.png"
refuse '*a%2d.png: a 7.png is the input*' "file://$PWD/a%207.png" "a%2d.png"
mkfifo pipe.png pipe.npy pipe-3.png
refuse '*pipe.png: it is a device, a pipe or a socket, not a file' in.png pipe.png
refuse '*pipe.npy: it is a device, a pipe or a socket, not a file' --raw pipe.npy in.png
refuse '*pipe-%d.png: pipe-3.png is there and not a file' in.png pipe-%d.png
ln -s pipe.npy to-pipe.npy
refuse '*to-pipe.npy: it is a device, a pipe or a socket, not a file' --raw to-pipe.npy in.png
if mknod null.npy c 1 3 2>/dev/null; then
  refuse '*null.npy: it is a device, a pipe or a socket, not a file' --raw null.npy in.png
  [ -c null.npy ] || fail "null.npy is no device any more"
fi
ln -s nowhere/out.png dangling.png
refuse '*dangling.png: it is a link that leads to no file: *' in.png dangling.png
refuse '*cannot both be ./out.png' --raw ./out.png in.png out.png

echo "# the command line"
refuse 'name an INPUT and an OUTPUT*'
refuse 'name an INPUT and an OUTPUT*' in.png
refuse '*not also c' in.png out.png c
refuse '*--nope' --nope in.png out.png

echo "# a run that fails leaves what was there before"
run in.png old.mp4
cp old.mp4 kept.mp4
"$TOOL" song.ogg old.mp4 2>said && fail "text.txt is a video"
cmp kept.mp4 old.mp4 || fail "old.mp4 is overwritten"
echo "ok"
cp in.png old-000.png
cp in.png old-001.png
make 2 width=32,height=24 "pngenc ! qtmux ! filesink location=two.mov"
refuse '*old-%03d.png: old-00?.png exists, and not by gbp-saliency; --force overwrites it' two.mov old-%03d.png
"$TOOL" --quiet --force two.mov old-%03d.png || fail "two.mov is no video"
cmp -s in.png old-000.png && fail "old-000.png is not overwritten"
cp old-000.png kept.png
(
  ulimit -f 1
  if "$TOOL" --weights "$UNTRAINED" two.mov old-%03d.png 2>said; then fail "a file that is too large is written"; fi
  grep -q 'cannot write old-%03d.png: ' said || fail "$(cat said)"
  if "$TOOL" in.mp4 out.mkv 2>said; then fail "a file that is too large is written"; fi
  grep -q 'cannot write out.mkv: File too large' said || fail "$(cat said)"
  if "$TOOL" --raw out.npy in.mp4 2>said; then fail "a file that is too large is written"; fi
  grep -q 'cannot write out.npy: File too large' said || fail "$(cat said)"
)
cmp kept.png old-000.png || fail "old-000.png is not what it was"
expect_no_parts
echo "ok"

echo "# what a link leads to is written, and the link stays"
mkdir elsewhere
cp in.png elsewhere/real.png
ln -s elsewhere/real.png there.png
refuse '*there.png: it exists, and not by gbp-saliency; --force overwrites it' in.png there.png
"$TOOL" --quiet --force in.png there.png || fail "a link is not written"
[ -L there.png ] || fail "the link is overwritten"
cmp -s in.png elsewhere/real.png && fail "what the link leads to is not written"
echo "ok"
