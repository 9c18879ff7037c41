#!/bin/sh
# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Fetch the weights that Keras publishes (trained on ImageNet) into the user's cache directory, where
# weights=vgg19 and so on find them. Safe to repeat: what is there is kept, what is half there goes on.
# usage: weights/fetch.sh vgg19|vgg19-top|vgg16|vgg16-top
#   vgg19, vgg16          the convolutions (80 and 59 MB)
#   vgg19-top, vgg16-top  with the dense layers, to predictions (575 and 553 MB)
# Environment:
#   XDG_CACHE_HOME   the cache directory ($HOME/.cache); the file is gbpsaliency/NAME.h5 in it
#   GBP_WEIGHTS_URL  a mirror, in place of storage.googleapis.com/tensorflow/keras-applications
#   GBP_WEIGHTS_MD5  the sum to check, in place of the published file's: for tests with other content
set -eu

fail() {
  echo "fetch.sh: $1" >&2
  exit 1
}

name=${1-}
case $name in
  vgg19) md5=253f8cb515780f3b799900260a226db6 kernels=kernels_notop ;;
  vgg19-top) md5=cbe5617147190e668d6c5d5026f83318 kernels=kernels ;;
  vgg16) md5=6d6bbae143d832006294945121d1f1fc kernels=kernels_notop ;;
  vgg16-top) md5=64373286793e3c8b2b4e3219cbf3544b kernels=kernels ;;
  *) fail "there is no published network '$name': name one of vgg19, vgg19-top, vgg16, vgg16-top" ;;
esac
network=${name%-top}
url=${GBP_WEIGHTS_URL:-https://storage.googleapis.com/tensorflow/keras-applications}
url=$url/$network/${network}_weights_tf_dim_ordering_tf_$kernels.h5
md5=${GBP_WEIGHTS_MD5:-$md5}

[ -n "${XDG_CACHE_HOME:-${HOME:-}}" ] ||
  fail "there is no place for the file: set HOME or XDG_CACHE_HOME"
directory=${XDG_CACHE_HOME:-$HOME/.cache}/gbpsaliency
file=$directory/$name.h5
part=$file.part

command -v md5sum >/dev/null || fail "md5sum is missing: install coreutils"
if command -v curl >/dev/null; then
  client=curl
elif command -v wget >/dev/null; then
  client=wget
else
  fail "curl and wget are missing: install one of them"
fi

is_good() {
  [ -f "$1" ] && [ "$(md5sum <"$1" | cut -d ' ' -f 1)" = "$md5" ]
}

# The client appends to the part that is there; $refused says whether the server does not go on from its
# end. Where it only sends from the beginning, wget begins again by itself. A bar on a terminal, else only
# errors.
download() {
  refused=no status=0 code=
  if [ "$client" = curl ]; then
    if [ -t 2 ]; then set -- --progress-bar; else set -- --silent --show-error; fi
    code=$(curl "$@" --fail --location --retry 3 --continue-at - --output "$part" \
      --write-out '%{http_code}' "$url") || status=$?
    case $status,$code in
      33,* | 36,* | 22,416) refused=yes ;;
    esac
  else
    if [ -t 2 ]; then set -- --quiet --show-progress; else set -- --no-verbose; fi
    wget "$@" --tries 3 --continue --output-document "$part" "$url" || status=$?
  fi
  return $status
}

give_up() {
  fail "$url could not be downloaded: the reason is above; what has come is kept, run this again"
}

if is_good "$file"; then
  echo "$file is there already: use it with weights=$name"
  exit 0
fi
mkdir -p "$directory" 2>/dev/null || fail "$directory cannot be made"
[ -w "$directory" ] || fail "$directory cannot be written"

# A part may be whole, from another file, or on a server that only sends from the beginning.
if [ -s "$part" ] && ! is_good "$part"; then
  download || [ "$refused" = yes ] || give_up
  is_good "$part" || rm -f "$part"
fi
is_good "$part" || download || give_up
if ! is_good "$part"; then
  rm -f "$part"
  fail "$url is not the published file: its MD5 is not $md5; it was deleted, run this again or use a mirror"
fi
mv -f "$part" "$file"
echo "$file: use it with weights=$name"
