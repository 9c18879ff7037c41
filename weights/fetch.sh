#!/bin/sh
# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Fetch the weights that Keras publishes (trained on ImageNet) into the user's cache directory, where
# weights=vgg19 and so on find them. Safe to repeat: what is there is kept, what is half there goes on.
# Installed, it is called gbp-saliency-fetch.
# usage: weights/fetch.sh vgg19|vgg19-top|vgg16|vgg16-top
#   vgg19, vgg16          the convolutions (80 and 59 MB)
#   vgg19-top, vgg16-top  with the dense layers, to predictions (575 and 553 MB)
# Environment:
#   XDG_CACHE_HOME   the cache directory ($HOME/.cache); the file is gbpsaliency/NAME.h5 in it
#   GBP_WEIGHTS_URL  a mirror, https:// or a folder as file://, in place of
#                    https://storage.googleapis.com/tensorflow/keras-applications
#   GBP_WEIGHTS_SECONDS  how long one run may take (3600); the next one goes on where it ended
#   GBP_WEIGHTS_MD5, GBP_WEIGHTS_SHA256, GBP_WEIGHTS_LIMIT
#                    the sums to check and the most bytes, in place of the published file's: for tests with other
#                    content
set -eu

fail() {
  echo "${0##*/}: $1" >&2
  exit 1
}

# help: the comment above, under the name by which this was called
help() {
  sed -n "5,/^set -eu/{s|weights/fetch.sh|$0|;s/^# \{0,1\}//p}" "$0"
}

# Of each file the MD5 that Keras publishes, the most bytes, and a SHA-256 where one is known: an MD5 tells a
# damaged file, but two files can be made to have the same.
name=${1-}
sha256=
case $name in
  -h | --help)
    help
    exit
    ;;
  vgg19) md5=253f8cb515780f3b799900260a226db6 limit=81000000 kernels=kernels_notop ;;
  vgg19-top) md5=cbe5617147190e668d6c5d5026f83318 limit=575000000 kernels=kernels ;;
  vgg16) md5=6d6bbae143d832006294945121d1f1fc limit=59000000 kernels=kernels_notop ;;
  vgg16-top) md5=64373286793e3c8b2b4e3219cbf3544b limit=554000000 kernels=kernels ;;
  '') fail "name one of vgg19, vgg19-top, vgg16, vgg16-top; --help says more" ;;
  *) fail "there is no published network '$name': name one of vgg19, vgg19-top, vgg16, vgg16-top" ;;
esac
network=${name%-top}
url=${GBP_WEIGHTS_URL:-https://storage.googleapis.com/tensorflow/keras-applications}
case $url in
  https://*) protocol=https ;;
  file://*) protocol="file" ;;
  *) fail "weights are not fetched from $url: it has to begin with https:// (or file://)" ;;
esac
url=$url/$network/${network}_weights_tf_dim_ordering_tf_$kernels.h5
md5=${GBP_WEIGHTS_MD5:-$md5}
sha256=${GBP_WEIGHTS_SHA256:-$sha256}
limit=${GBP_WEIGHTS_LIMIT:-$limit}
seconds=${GBP_WEIGHTS_SECONDS:-3600}

[ -n "${XDG_CACHE_HOME:-${HOME:-}}" ] ||
  fail "there is no place for the file: set HOME or XDG_CACHE_HOME"
directory=${XDG_CACHE_HOME:-$HOME/.cache}/gbpsaliency
file=$directory/$name.h5
part=$file.part

for tool in md5sum sha256sum timeout; do
  command -v $tool >/dev/null || fail "$tool is missing: install coreutils"
done
if command -v curl >/dev/null; then
  client=curl
elif command -v wget >/dev/null; then
  client=wget
else
  fail "curl and wget are missing: install one of them"
fi

# has_sum TOOL FILE SUM: where there is a sum to check
has_sum() {
  [ -z "$3" ] || [ "$($1 <"$2" | cut -d ' ' -f 1)" = "$3" ]
}

is_good() {
  [ -f "$1" ] && has_sum md5sum "$1" "$md5" && has_sum sha256sum "$1" "$sha256"
}

# A link would be followed when it is written, and a folder would be moved into.
check_plain() {
  [ ! -L "$1" ] || fail "$1 is a link: remove it, for weights are not written through links"
  [ ! -e "$1" ] || [ -f "$1" ] || fail "$1 is there and not a file: remove it"
}

is_too_large() {
  [ -f "$part" ] && [ "$(wc -c <"$part")" -gt "$limit" ]
}

# bounded COMMAND...: it may write files up to the limit, whatever the server says of their size, and takes no
# longer than it may
bounded() {
  (
    ulimit -f $((limit / 512 + 1)) # blocks of 512 bytes
    exec timeout --foreground "$seconds" "$@"
  )
}

# The client appends to the part that is there; $refused says whether the server does not go on from its
# end, $exceeded whether more would have come than may: newer versions of curl then keep what fits. Where it only sends from the beginning, wget begins again by itself. A bar on a terminal, else only
# errors. Redirections lead to https alone; wget, which cannot be told so, follows none.
download() {
  refused=no exceeded=no status=0 code=
  if [ "$client" = curl ]; then
    if [ -t 2 ]; then set -- --progress-bar; else set -- --silent --show-error; fi
    code=$(bounded curl "$@" --fail --location --proto "=$protocol" --proto-redir =https --max-redirs 5 \
      --connect-timeout 60 --speed-limit 1000 --speed-time 60 --max-filesize "$limit" --retry 3 \
      --continue-at - --output "$part" --write-out '%{http_code}' "$url") || status=$?
    case $status,$code in
      33,* | 36,* | 22,416) refused=yes ;;
      63,*) exceeded=yes ;;
    esac
  else
    if [ -t 2 ]; then set -- --quiet --show-progress; else set -- --no-verbose; fi
    bounded wget "$@" --max-redirect 0 --timeout 60 --tries 3 --continue --output-document "$part" "$url" ||
      status=$?
  fi
  return $status
}

give_up() {
  if [ "$exceeded" = yes ] || is_too_large; then
    rm -f "$part"
    fail "$url is not the published file: it has more than $limit bytes; what had come was deleted"
  fi
  [ "$status" -ne 124 ] ||
    fail "$url did not come within $seconds seconds; what has come is kept, run this again"
  fail "$url could not be downloaded: the reason is above; what has come is kept, run this again"
}

check_plain "$file"
check_plain "$part"
if is_good "$file"; then
  echo "$file is there already: use it with weights=$name"
  exit 0
fi
mkdir -p "$directory" 2>/dev/null || fail "$directory cannot be made"
[ -w "$directory" ] || fail "$directory cannot be written"
! is_too_large || rm -f "$part"

# A part may be whole, from another file, or on a server that only sends from the beginning.
if [ -s "$part" ] && ! is_good "$part"; then
  download || [ "$refused" = yes ] || give_up
  is_good "$part" || rm -f "$part"
fi
is_good "$part" || download || give_up
if ! is_good "$part"; then
  rm -f "$part"
  fail "$url is not the published file: its MD5 is not $md5${sha256:+, or its SHA-256 not $sha256}; it was deleted, run this again or use a mirror"
fi
mv -f -T "$part" "$file"
echo "$file: use it with weights=$name"
