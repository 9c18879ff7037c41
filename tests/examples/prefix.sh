#!/bin/sh
# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What is installed, in a folder of its own and with the environment that the README names: programs are compiled by
# the README's lines and run, the element says where it is from, the tool has its manual page and completion.
# shellcheck source=tests/examples/common.sh
. "$(dirname "$0")/common.sh"

meson install -C "$BUILD" --no-rebuild --destdir "$work/root" >said 2>&1 || fail "installing: $(cat said)"
pc=$(find root -name gbp.pc)
library=$work/${pc%/pkgconfig/gbp.pc}
prefix=$(sed -n 's/^prefix=//p' "$pc")
# pkg-config moves the prefix to where the file is
sed -i "s|^prefix=.*|prefix=$work/root$prefix|" "$pc"
export PKG_CONFIG_PATH="$library/pkgconfig" LD_LIBRARY_PATH="$library" PATH="$work/root$prefix/bin:$PATH"
GST_PLUGIN_PATH=$(dirname "$(find "$work/root" -name libgstgbpsaliency.so)")
export GST_PLUGIN_PATH
export GST_REGISTRY="$work/registry.bin"

mkdir programs
"$(dirname "$0")/readme-lines.sh" "$EXAMPLES/.." programs >out || fail "the README's lines: $(cat out)"
cat out
grep -q 'Binary package  *gbpsaliency' out || fail "the plugin does not say which package it is of"
! grep -q 'Unknown' out || fail "the plugin does not say where it is from"

echo "# the manual pages list each option of --help"
for program in gbp-saliency gbp-saliency-viewer; do
  page=$(find root -name "$program.1")
  "$program" --help | sed -n '/^Application/,/^$/s/^  \(-., \)*\(--[a-z-]*\).*/\2/p' >listed
  [ -s listed ] || fail "$program --help lists no options"
  while read -r option; do
    sed 's/\\//g' "$page" | grep -q -e "^fB.*$option" || fail "$program.1 says nothing of $option"
  done <listed
  echo "ok $program: $(wc -l <listed) options"
done
gbp-saliency-fetch --help | grep -q '^usage: .*gbp-saliency-fetch vgg19' || fail "gbp-saliency-fetch has no help"
[ -s "$(find root -name gbp-saliency-fetch.1)" ] || fail "gbp-saliency-fetch has no manual page"

for argument in -h --help; do
  "$EXAMPLES/quickstart.sh" $argument | grep -q '^usage: examples/quickstart.sh' || fail "quickstart.sh has no $argument"
done

command -v bash >/dev/null || exit 0
echo "# what bash completes"
# get_completions WORD...: the completions of the last one
get_completions() {
  bash -c '. "$0" && COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) && _gbp_saliency && echo "${COMPREPLY[@]}"' \
    "$(find root -path '*completions/gbp-saliency')" gbp-saliency "$@"
}
# expect_words WANTED WORD...
expect_words() {
  wanted=$1
  shift
  found=$(get_completions "$@")
  [ "$found" = "$wanted" ] || fail "gbp-saliency $* completes to \"$found\", not to \"$wanted\""
  echo "ok gbp-saliency $*: $found"
}
expect_words "block4_conv1 block4_conv2 block4_conv3 block4_conv4 block4_pool" --layer block4
expect_words "block1_pool" --layer = block1_p
expect_words "inferno" -C inf
expect_words "deconvnet" --method dec
expect_words "integrated-gradients" --method integ
expect_words "antialias nearest" --resample ""
expect_words "max-abs sum-abs positive negative" --reduce ""
expect_words "percentile" --normalize perc
expect_words "--list-layers --list-classes" --list
expect_words "" in.mp4 ""
