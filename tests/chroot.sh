#!/usr/bin/env bash
# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Run a command in a minimal Debian, in a fresh clone of this checkout's commits.
# usage: tests/chroot.sh bookworm|trixie COMMAND [ARGUMENT...]
#   bookworm is Debian 12, trixie Debian 13. It takes root and mmdebstrap, and packages come from the mirror that this
#   system uses. The minimal system is kept in the user's cache, for the next time.
# Its exit status is the command's, or 77 where there is no way to run it.
set -euo pipefail
cd "$(dirname "$0")/.."

skip() {
  echo "skipped: another Debian needs $1"
  exit 77
}

suite=$1
shift
[ "$(id -u)" -eq 0 ] || skip "root"
command -v mmdebstrap >/dev/null || skip "mmdebstrap"

cache=${XDG_CACHE_HOME:-$HOME/.cache}/gbpsaliency-chroots
archive=$cache/$suite.tar
mkdir -p "$cache"
root=$(mktemp -d "$cache/root.XXXXXX")
clean_up() {
  umount --lazy "$root/proc" "$root/dev" 2>/dev/null || true
  rm -rf --one-file-system "$root"
}
trap clean_up EXIT

mirror=$(sed -n 's/^URIs: *//p; s/^deb  *\(\[[^]]*\] *\)\{0,1\}\([^ ]*\) .*/\2/p' \
  /etc/apt/sources.list /etc/apt/sources.list.d/debian.* 2>/dev/null | head -n 1) || mirror=
if [ ! -e "$archive" ]; then
  mmdebstrap --quiet --variant=minbase --include=ca-certificates,git "$suite" "$archive.part" \
    ${mirror:+"$mirror"} --format=tar || skip "a mirror that has $suite"
  mv "$archive.part" "$archive"
fi
tar -xf "$archive" -C "$root"
cp /etc/resolv.conf /etc/hosts "$root/etc"
rm -rf "$root/etc/ssl/certs" # what a proxy of this network may be known by
cp -rL /etc/ssl/certs "$root/etc/ssl/certs"
cp /etc/apt/apt.conf.d/99* "$root/etc/apt/apt.conf.d" 2>/dev/null || true # and what apt was told of it
mount -t proc proc "$root/proc" && mount --rbind /dev "$root/dev" || skip "a kernel that lets it mount"
git clone --quiet . "$root/root/gbpsaliency"

mapfile -t proxies < <(env | grep -iE '^((http|https|no|all)_proxy|SSL_CERT_(FILE|DIR)|CURL_CA_BUNDLE)=')
env -i HOME=/root TERM=dumb LANG=C.UTF-8 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
  "${proxies[@]}" chroot "$root" sh -c 'cd /root/gbpsaliency && exec "$@"' sh "$@"
