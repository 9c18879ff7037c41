# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh
#
# What the shell tests share. Meson gives the programs in TOOL, INSPECT, SYNC, COMPARE, EXAMPLES (a folder) and
# BUILT (a folder), and weight files in UNTRAINED and TINY, of few channels; and SANITIZED, where they are.
set -eu
# Where the tool is sanitized, words.sh looks for its leaks; not all do, for that takes time.
plain_asan_options=${ASAN_OPTIONS-}
export ASAN_OPTIONS="$plain_asan_options:detect_leaks=0"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

# expect_file FILE PATTERN: the file decodes whole to what the shell pattern says, see inspect.c
expect_file() {
  found=$("$INSPECT" "$1") || fail "$1 does not decode"
  # shellcheck disable=SC2254 # it is a pattern
  case $found in
    $2) echo "ok $1: $found" ;;
    *) fail "$1 is \"$found\", not \"$2\"" ;;
  esac
}

# turn FILE.mp4: its first track says of itself that it lies on its side, as a telephone's does
turn() {
  matrix=$(($(grep -abo tkhd "$1" | head -n 1 | cut -d: -f1) + 44))
  printf '\0\0\0\0\0\1\0\0\0\0\0\0\377\377\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\100\0\0\0' |
    dd of="$1" bs=1 seek="$matrix" conv=notrunc status=none
}

# expect_no_parts: no half file is left, neither under a hidden name nor under another
expect_no_parts() {
  [ -z "$(find . -name '.gbp-saliency-*')" ] || fail "a half file is left: $(find . -name '.gbp-saliency-*')"
}

# start ARGUMENT...: the tool as $process, until it is at work: it has written more than a header to a part. It ends with
# its terminal, though what runs the tests may not.
start() {
  env --default-signal=HUP "$TOOL" --layer block1_conv2 "$@" 2>said &
  process=$!
  while [ -z "$(find . -name '.gbp-saliency-*' -size +1000c)" ]; do
    kill -0 $process 2>/dev/null || fail "gbp-saliency $* has ended: $(cat said)"
    sleep 0.1
  done
}

# finish: sets $status to how that ended
finish() {
  status=0
  wait $process || status=$?
}

# run ARGUMENT...: the tool, which has to succeed without a word; of a layer that takes little time, unless one is named
run() {
  run_whole --layer block1_conv1 "$@"
}

# run_whole ARGUMENT...: likewise, of the layer that is shown when none is named
run_whole() {
  "$TOOL" --quiet "$@" 2>said || fail "gbp-saliency $*: $(cat said)"
  [ ! -s said ] || fail "gbp-saliency --quiet $* says: $(cat said)"
}

# launch DESCRIPTION...: a pipeline without the element, whose plugin may be sanitized where gst-launch-1.0 is
# not
launch() {
  env -u GST_PLUGIN_PATH -u LD_LIBRARY_PATH GST_REGISTRY="$GST_REGISTRY.plain" gst-launch-1.0 -q "$@"
}

# make NUMBER CAPS DESCRIPTION: frames of a test card, whose corners are 7 1 above
make() {
  # shellcheck disable=SC2086 # a description of many words
  launch videotestsrc num-buffers="$1" ! "video/x-raw,framerate=30/1,$2" ! $3
}
