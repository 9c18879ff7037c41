#!/bin/sh
# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Pictures of every kind as INPUT, and what becomes of them: none hangs, none is lost, none loses its shape.
# shellcheck source=tests/examples/common.sh
. "$(dirname "$0")/common.sh"

# quickly ARGUMENT...: as run, but of a layer that takes little time, and what hangs is killed
quickly() {
  timeout -s KILL 60 "$TOOL" --quiet --layer block1_conv1 "$@" 2>said || fail "gbp-saliency $* ends with $?: $(cat said)"
}

make 1 width=96,height=64,format=RGB "tee name=card card. ! queue ! pngenc ! filesink location=card.png \
  card. ! queue ! videoconvert ! video/x-raw,format=I420 ! jpegenc ! filesink location=card.jpg card. ! queue ! videoconvert ! avenc_bmp ! filesink location=card.bmp \
  card. ! queue ! videoconvert ! avenc_tiff ! filesink location=card.tiff card. ! queue ! videoconvert ! webpenc ! filesink location=card.webp"
make 1 width=96,height=64,format=RGB "filesink location=card.rgb"

# number N: as two bytes, the lower one first
number() {
  # shellcheck disable=SC2059 # octal
  printf "\\$(printf '%03o' $(($1 % 256)))\\$(printf '%03o' $(($1 / 256)))"
}

# a TGA file: 18 bytes, and rows of blue, green and red from above
{
  printf '\0\0\2\0\0\0\0\0\0\0\0\0'
  number 96
  number 64
  printf '\30\40'
} >card.tga
launch filesrc location=card.rgb blocksize=18432 ! rawvideoparse format=rgb width=96 height=64 ! videoconvert \
  ! video/x-raw,format=BGR ! filesink location=card.bgr
cat card.bgr >>card.tga

# a GIF file of one red and one blue frame, 2x1 pixels each
{
  printf 'GIF89a\2\0\1\0\200\0\0\377\0\0\0\0\377'
  printf '\041\371\4\0\12\0\0\0,\0\0\0\0\2\0\1\0\0\2\2\4\012\0'
  printf ',\0\0\0\0\2\0\1\0\0\2\2\114\012\0;'
} >still.gif

echo "# each kind is decoded, and a blend of 0 is the picture itself"
for kind in png jpg bmp tiff webp tga; do
  quickly --blend 0 card.$kind from-$kind.png
  expect_file from-$kind.png "96x64 frames 1 corners 7 1 *"
done
quickly still.gif from-gif.png
expect_file from-gif.png "2x1 frames 1 *"

# colours FILE: of its pixels, in one line: the red, green and blue of each
colours() {
  launch filesrc location="$1" ! pngdec ! videoconvert ! video/x-raw,format=RGB ! filesink location=colours.rgb
  od -An -v -tu1 colours.rgb | tr -s ' \n' ' '
}

echo "# of 16 bits: red, green and a violet"
echo iVBORw0KGgoAAAANSUhEUgAAAAMAAAABEAIAAADEEl+gAAAAFUlEQVR4nGP4/58BDEB0A4MDwwEGADtdBX3EPQaBAAAAAElFTkSuQmCC |
  base64 -d >deep.png
quickly --blend 0 deep.png from-deep.png
case "$(colours from-deep.png)" in
  " 255 0 0 0 255 0 128 64 192 "*) echo ok ;; # rows are padded
  *) fail "deep.png has the colours $(colours from-deep.png)" ;;
esac

echo "# JPEG with chroma in full resolution: stripes of red and blue, a pixel each"
rows=0
while [ $rows -lt 8 ]; do
  printf '\377\0\0\0\0\377\377\0\0\0\0\377\377\0\0\0\0\377\377\0\0\0\0\377'
  rows=$((rows + 1))
done >stripes.rgb
launch filesrc location=stripes.rgb blocksize=192 ! rawvideoparse format=rgb width=8 height=8 ! pngenc ! filesink location=stripes.png
quickly --blend 0 stripes.png stripes.jpg
quickly --blend 0 stripes.jpg from-stripes.png
colours from-stripes.png | awk '{ exit !($1 > 200 && $3 < 60 && $4 < 60 && $6 > 200) }' ||
  fail "the stripes have the colours $(colours from-stripes.png)"

echo "# by standard input, through a pipe too"
# shellcheck disable=SC2002 # a pipe is what is meant
cat card.bmp | quickly --blend 0 - piped.png
expect_file piped.png "96x64 frames 1 corners 7 1 *"
quickly --blend 0 --format png card.jpg - >out.png
expect_file out.png "96x64 frames 1 corners 7 1 *"

echo "# by a named pipe, to which nobody writes any more when the picture is done"
mkfifo pipe
cat card.png >pipe &
quickly --blend 0 pipe named.png
expect_file named.png "96x64 frames 1 corners 7 1 *"

echo "# two JPEG pictures in one file, as cameras write a gain map, are one"
cat card.jpg card.jpg >gain.jpg
quickly --raw gain.npy gain.jpg
[ "$(wc -c <gain.npy)" -eq $((128 + 224 * 224 * 3 * 4)) ] || fail "gain.npy holds more than one frame"

echo "# what is hidden by transparency is not seen"
launch videotestsrc num-buffers=1 pattern=snow foreground-color=0 ! video/x-raw,format=RGBA,width=64,height=64 ! alpha alpha=0 \
  ! videoconvert ! video/x-raw,format=RGBA ! pngenc ! filesink location=hidden.png
quickly --blend 0 hidden.png plain.jpg
launch filesrc location=plain.jpg ! jpegdec ! videoconvert ! video/x-raw,format=GRAY8 ! filesink location=plain.gray
[ "$(od -An -v -tu1 -w1 plain.gray | awk '$1 < 120 || $1 > 136' | wc -l)" -eq 0 ] || fail "hidden colours are seen"

echo "# pixels that are no squares: the shape is kept"
make 1 width=96,height=64,pixel-aspect-ratio=2/1 "x264enc ! mp4mux ! filesink location=wide.mp4"
quickly wide.mp4 wide.png
expect_file wide.png "192x64 frames 1 *"

echo "# a JPEG file is ordinary: JFIF, then what every reader knows"
quickly card.png ordinary.jpg
[ "$(od -An -tx1 -N4 ordinary.jpg)" = " ff d8 ff e0" ] || fail "ordinary.jpg has no JFIF"
if grep -aq Adobe ordinary.jpg; then fail "ordinary.jpg is of unusual colours"; fi

echo "# a picture as a video: for five seconds, or as long as is asked for"
for kind in mp4 mkv webm mov avi; do
  quickly card.png long.$kind
  expect_file long.$kind "96x64 frames 1 *"
done
gst-launch-1.0 -v filesrc location=long.mp4 ! qtdemux ! fakesink silent=false | grep -q "duration: 0:00:05" ||
  fail "long.mp4 is not shown for five seconds"
quickly --duration 2 card.png long.mp4
expect_file long.mp4 "96x64 frames 50 *"

echo "# a duration is left out where it means nothing, and that is said"
# leaves_out REASON ARGUMENT...
leaves_out() {
  reason=$1
  shift
  "$TOOL" --layer block1_conv1 --duration 2 "$@" 2>said || fail "gbp-saliency $* ends with $?: $(cat said)"
  grep -qx -- "--duration is left out: $reason" said || fail "$(cat said)"
}
leaves_out "what is written is a picture" card.png picture.png
leaves_out "what is written is a picture" wide.mp4 picture.png
leaves_out "it is of a still picture, and wide.mp4 is none" wide.mp4 film.mp4
expect_file film.mp4 "96x64 frames 1 *"
quickly --duration 2 --raw long.npy card.png
[ "$(wc -c <long.npy)" -eq $((128 + 50 * 224 * 224 * 3 * 4)) ] || fail "long.npy does not hold fifty maps"

echo "# numbered pictures in their order, and a folder"
mkdir many
for number in 1 2 10; do cp card.png many/p$number.png; done
cp still.gif many/p3.gif
quickly many/p%d.png numbered.mp4
expect_file numbered.mp4 "96x64 frames 3 *"
leaves_out "it is of one picture, and these are several" many folder.mp4
quickly many folder.mp4
expect_file folder.mp4 "96x64 frames 4 *"
mkdir all
quickly --output-dir all many card.jpg
[ "$(cd all && echo *)" = "card.jpg p1.png p10.png p2.png p3.png" ] || fail "there are $(ls all)"
if "$TOOL" --output-dir all card.png card.bmp card.tga 2>said; then fail "two pictures become one"; fi
grep -q 'card.png and card.bmp would both become all/card.png' said || fail "$(cat said)"

echo "# two photographs by a shell pattern: the second one stays"
cp card.png second.png
if "$TOOL" many/p1.png second.png 2>said; then fail "second.png is overwritten"; fi
cmp -s card.png second.png || fail "second.png is overwritten"
grep -q 'second.png: it exists, and not by gbp-saliency; --force overwrites it' said || fail "$(cat said)"
quickly --force many/p1.png second.png
quickly many/p2.png second.png
expect_no_parts
echo "ok"

echo "# a picture that breaks off is shown as far as it goes, and that is said"
make 1 width=200,height=160 "jpegenc ! filesink location=long.jpg"
make 1 width=200,height=160 "pngenc ! filesink location=long.png"
for name in long.jpg long.png; do
  head -c $(($(wc -c <$name) * 6 / 10)) $name >half-$name
  status=0
  "$TOOL" --quiet --layer block1_conv1 half-$name part-$name.png 2>said || status=$?
  [ $status -eq 3 ] || fail "the exit status of half of $name is $status: $(cat said)"
  grep -qx "gbp-saliency: half-$name breaks off before its picture ends; part-$name.png has what there is of it" said ||
    fail "$(cat said)"
  expect_file part-$name.png "200x160 frames 1*"
  status=0
  cat half-$name | "$TOOL" --quiet --layer block1_conv1 - piped-$name.png 2>said || status=$?
  [ $status -eq 3 ] || fail "the exit status of half of $name from a pipe is $status: $(cat said)"
  grep -qx "gbp-saliency: standard input breaks off before its picture ends; piped-$name.png has what there is of it" said ||
    fail "$(cat said)"
  run - --force piped-$name.png <$name
  run $name whole-$name.png
  cat $name half-$name >both-$name
  run both-$name both-$name.png
done
expect_no_parts
echo "ok"

if [ -z "${SANITIZED-}" ]; then
  echo "# a picture that comes through a pipe while the pipeline still starts"
  # shellcheck disable=SC2002 # a pipe is what is meant
  cat long.jpg | LD_PRELOAD=$LINGER run - lingering.png
  expect_file lingering.png "200x160 frames 1*"
fi

echo "# what no decoder takes is said in one sentence, and nothing waits"
printf '\0\0\0\030ftypheic\0\0\0\0mif1heic' >photo.heic
head -c 33 card.png >cut.png
for name in photo.heic cut.png; do
  timeout -s KILL 60 "$TOOL" $name none.png 2>said && fail "$name is a picture"
  [ "$(wc -l <said)" -eq 1 ] || fail "$(cat said)"
  grep -q "^gbp-saliency: cannot decode $name: " said || fail "$(cat said)"
done
expect_no_parts
echo "ok"
