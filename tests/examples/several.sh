#!/bin/sh
# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Several INPUTs: pictures are explained side by side, and nothing that is written or said shows it.
# shellcheck source=tests/examples/common.sh
. "$(dirname "$0")/common.sh"
export GBP_CPUS=4 # whatever the machine has

mkdir in
for n in 1 2 3 4 5 6 7 8; do
  make 1 width=$((40 + 8 * n)),height=$((80 - 4 * n)),format=RGB "videobalance hue=0.$n ! videoconvert ! pngenc ! filesink location=in/p$n.png"
done
make 1 width=96,height=64 "jpegenc ! filesink location=in/p9.jpg"
make 4 width=64,height=48 "x264enc bframes=0 ! mp4mux ! filesink location=in/p5film.mp4"
head -c 33 in/p1.png >in/p3broken.png
echo "a user's own" >mine

# whose maps are more than its input, and the least that a sanitizer can look at
layer=block2_conv1
[ -z "${SANITIZED-}" ] || layer=block1_conv1

# explain THREADS FOLDER [OPTION]...: all of them, into a new folder; sets $status; what is said goes to FOLDER.said
explain() {
  threads=$1
  folder=$2
  shift 2
  mkdir "$folder"
  cp mine "$folder/p7.png"
  status=0
  (cd "$folder" && exec "$TOOL" --layer $layer --threads "$threads" "$@" --output-dir . ../in) 2>"$folder.all" || status=$?
  # what depends on the machine is not compared: how fast it is, and what is said of work that takes long
  sed -e '/^ *[0-9]* %, /d' -e '/^[0-9]* frame/d' -e 's/, [0-9.]* frames per second$//' "$folder.all" |
    grep -av 'GStreamer-\|gbpsaliency ' >"$folder.said"
  expect_no_parts
}

set -- "--caption --class top" "--look strength --colormap inferno" "--format npy" "--samples 3 --channel -2"
if [ -n "${SANITIZED-}" ]; then
  cp "$TINY" tiny.safetensors # of which all layers take little time
  set -- "$1 --weights ../tiny.safetensors" # the others differ in what pictures.sh and files.sh go through
fi
for options; do
  echo "# as one after the other: $options"
  rm -rf alone alone.said together together.said
  # shellcheck disable=SC2086 # words
  explain 1 alone $options
  [ $status -eq 1 ] || fail "the exit status is $status, though a picture is broken: $(cat alone.said)"
  # shellcheck disable=SC2086 # words
  explain 4 together $options
  [ $status -eq 1 ] || fail "the exit status is $status, though a picture is broken: $(cat together.said)"
  diff alone.said together.said || fail "something else is said"
  for file in alone/*; do
    case $file in
      *.mp4) expect_file "together/${file#*/}" "$("$INSPECT" "$file")" ;;
      *) cmp "$file" "together/${file#*/}" ;;
    esac
  done
  [ "$(find together -type f | wc -l)" -eq "$(find alone -type f | wc -l)" ] || fail "there are $(ls together)"
  [ "$(grep -c ^network: together.said)" -eq 1 ] || fail "$(cat together.said)"
done
explain 4 refused
cmp -s mine refused/p7.png || fail "another's file is overwritten"
grep -q 'cannot write ./p7.png: it exists, and not by gbp-saliency' refused.said || fail "$(cat refused.said)"
grep -q 'cannot decode ../in/p3broken.png: ' refused.said || fail "$(cat refused.said)"
[ "$(grep -c '^wrote ' refused.said)" -eq 9 ] || fail "$(cat refused.said)"
grep -o '/p[0-9]' refused.said | sort -c || fail "they are said in another order: $(cat refused.said)"
explain 4 forced --force --quiet
cmp -s mine forced/p7.png && fail "--force overwrites nothing"
[ "$(wc -l <forced.said)" -eq 1 ] || fail "$(cat forced.said)"

echo "# several at once, as many as there are threads; a film has them alone"
# largest THREADS: how many elements have begun and not ended, at most
largest() {
  rm -rf logged*
  GST_DEBUG_NO_COLOR=1 GST_DEBUG=GST_STATES:4 explain "$1" logged
  grep -o '<gbpsaliency[0-9]*> completed state change to [PN][A-Z]*' logged.all | awk '
    $NF == "PAUSED" && !($1 in runs) { runs[$1]; if (length(runs) > most) most = length(runs) }
    $NF == "NULL" { delete runs[$1] }
    END { print most }'
}
[ "$(largest 1)" -eq 1 ] || fail "--threads 1 has $(largest 1) at once"
most=$(largest 3)
[ "$most" -ge 2 ] && [ "$most" -le 3 ] || fail "--threads 3 has $most at once"
echo "ok $most"

echo "# each under its own name, though it looks as if a number had its place there"
mkdir named numbered
cp in/p1.png named/a%d.png
cp in/p2.png named/a0.png
cp in/p9.jpg named/100%.jpg
cp in/p9.jpg "named/b %03d%d.jpg"
mkdir named.out
run --layer block1_conv1 --output-dir named.out named
[ "$(ls named)" = "$(ls named.out)" ] || fail "of $(ls named) there are $(ls named.out)"
expect_file named.out/a%d.png "48x76 *"
expect_file named.out/a0.png "56x72 *"
run --layer block1_conv1 --format png --output-dir numbered "in/p%d.png"
[ -e numbered/p0.png ] && [ ! -e numbered/p%d.png ] || fail "of numbered pictures there are $(ls numbered)"

echo "# a signal ends all of them, and leaves whole pictures alone"
mkdir many
for n in 1 2 3 4 5 6 7 8; do
  for copy in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do cp in/p$n.png many/p$n-$copy.png; done
done
set -- "INT 130" "TERM 143" "HUP 129"
[ -z "${SANITIZED-}" ] || set -- "$1" # all have one handler
for signal; do
  rm -rf stopped
  mkdir stopped
  env --default-signal=HUP "$TOOL" ${SANITIZED:+--layer block2_conv1} --threads 4 --output-dir stopped many 2>said &
  process=$!
  while [ -z "$(find stopped -name '[!.]*.png')" ]; do
    kill -0 $process || fail "the tool has ended: $(cat said)"
    sleep 0.05
  done
  kill -"${signal% *}" $process
  finish
  [ $status -eq "${signal#* }" ] || fail "the exit status is $status: $(cat said)"
  expect_no_parts
  n_written=$(find stopped -name '*.png' | wc -l)
  [ "$n_written" -lt 120 ] || fail "all $n_written are written"
  for file in stopped/*; do "$INSPECT" "$file" >/dev/null || fail "$file does not decode"; done
  echo "ok ${signal% *}: $n_written are written"
done
