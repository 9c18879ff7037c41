#!/bin/sh
# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The tool's files while they are half written: nothing of others is followed or overwritten, two runs do not meet,
# and what takes an old file's place can be read by whom the old one could.
# shellcheck source=tests/examples/common.sh
. "$(dirname "$0")/common.sh"

make 1 width=32,height=24,format=RGB "pngenc ! filesink location=in.png"
make 3 width=32,height=24 "x264enc ! mp4mux ! filesink location=in.mp4"
echo "a user's own" >mine

# fill_in NAME: the first file's name, where it is a pattern
fill_in() {
  echo "$1" | sed s/%d/0/
}

# output NAME: sets $arguments to the command line that writes it
output() {
  case $1 in
    *.npy) arguments="--layer block1_conv2 --raw $1 in.png" ;;
    *.mp4) arguments="--layer block1_conv2 in.mp4 $1" ;;
    *) arguments="--layer block1_conv2 in.png $1" ;;
  esac
}

# write NAME [OPTION]
write() {
  output "$1"
  # shellcheck disable=SC2086 # words
  run ${2-} $arguments
  expect_no_parts
}

echo "# names that can be foreseen are not used"
for name in out.png out.mp4 out.npy out-%d.png; do
  real=$(fill_in $name)
  cp mine victim
  ln -s victim "$real.part"
  ln -s victim ".$real"
  write $name
  cmp -s mine victim || fail "$name: what $real.part leads to is overwritten"
  [ -L "$real.part" ] || fail "$name: the link $real.part is gone"
  rm "$real.part" ".$real" "$real"
  cp mine "$real.part"
  write $name
  cmp -s mine "$real.part" || fail "$name: the user's own $real.part is overwritten"
  rm "$real.part" "$real"
done
echo "ok"

if [ -n "${GUESS-}" ]; then
  echo "# one who guesses the name gains nothing"
  guessed=.gbp-saliency-0000000700000007
  for name in out.png out.npy out-%d.png; do
    for plant in "cp mine" "ln -s victim" "ln -s nowhere"; do
      $plant $guessed
      output $name
      # shellcheck disable=SC2086 # words
      if LD_PRELOAD=$GUESS "$TOOL" $arguments 2>said; then fail "$name is written through what \"$plant\" made"; fi
      grep -q "cannot write $(fill_in $name): File exists" said || fail "$(cat said)"
      cmp -s mine victim && [ ! -e nowhere ] && [ ! -e "$(fill_in $name)" ] || fail "$name, $plant: $(ls -l)"
      [ -L $guessed ] || cmp -s mine $guessed || fail "$name: another's file is overwritten"
      rm $guessed
    done
  done
  echo "ok"
fi

echo "# two runs at once"
for name in out.mp4 out.npy out-%d.png; do
  output $name
  # shellcheck disable=SC2086 # words
  "$TOOL" --quiet $arguments &
  first=$!
  # shellcheck disable=SC2086 # words
  "$TOOL" --quiet $arguments || fail "the second run of $name fails"
  wait $first || fail "the first run of $name fails"
  expect_no_parts
done
expect_file out.mp4 "32x24 frames 3 *"
expect_file out-0.png "32x24 frames 1 *"
[ "$(wc -c <out.npy)" -eq $((128 + 224 * 224 * 3 * 4)) ] || fail "out.npy has another size"

# expect_mode FILE MODE
expect_mode() {
  [ "$(stat -c %a "$1")" = "$2" ] || fail "$1 has the mode $(stat -c %a "$1"), not $2"
}

echo "# an old file's mode is kept, a new file's is the umask's"
for name in out.png out.mp4 out.npy out-%d.png; do
  real=$(fill_in $name)
  for mode in 600 444; do
    cp mine "$real"
    chmod $mode "$real"
    write $name --force
    cmp -s mine "$real" && fail "$real is not overwritten"
    expect_mode "$real" $mode
    rm -f "$real"
  done
  (umask 027 && write $name)
  expect_mode "$real" 640
  (umask 077 && write $name)
  expect_mode "$real" 640
  rm "$real"
done
if [ "$(id -u)" -eq 0 ]; then
  cp mine out.png
  chown 1234:5678 out.png
  write out.png --force
  [ "$(stat -c %u:%g out.png)" = 1234:5678 ] || fail "out.png has another owner: $(stat -c %u:%g out.png)"
fi
echo "ok"

echo "# behind a link too, which stays"
mkdir elsewhere
cp mine elsewhere/real.png
chmod 600 elsewhere/real.png
ln -s elsewhere/real.png link.png
write link.png --force
[ -L link.png ] || fail "the link is overwritten"
expect_mode elsewhere/real.png 600
expect_file elsewhere/real.png "32x24 frames 1 *"

echo "# names as long as a folder takes them, and longer ones"
long=$(printf '%0247d' 0)
for name in "$long.png" "$long.mp4" "$long.npy"; do
  write "0000$name"
  [ -s "0000$name" ] || fail "there is no $name"
  output "00000$name"
  # shellcheck disable=SC2086 # words
  if "$TOOL" $arguments 2>said; then fail "a name of 256 bytes is written"; fi
  grep -q "cannot write 00000$name: the name is too long" said || fail "$(cat said)"
done
write "000%d$long.png"
[ -s "0000$long.png" ] || fail "there is no numbered $long.png"
echo "ok"

if [ "$(id -u)" -ne 0 ] || [ "$(cat /proc/sys/fs/protected_symlinks)" != 1 ]; then
  echo "skipped: another user's link in a folder that all may write, which takes root and fs.protected_symlinks"
  exit
fi
echo "# another user's link in a folder that all may write"
mkdir -m 1777 public
cp mine victim
ln -s "$PWD/victim" public/out.png
chown -h 1234 public/out.png
if "$TOOL" in.png public/out.png 2>said; then fail "another's link is followed"; fi
grep -q 'cannot write public/out.png: .*Permission denied' said || fail "$(cat said)"
cmp -s mine victim || fail "what another's link leads to is overwritten"
echo "ok"
