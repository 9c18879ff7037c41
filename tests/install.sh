#!/usr/bin/env bash
# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What a newcomer does, on a fresh Debian that may be thrown away afterwards, such as a chroot or a container: the
# quickstart, the README's lines for programs, its removal, then the Debian packages: built, installed, tried, removed
# without a file left.
# usage: tests/install.sh --disposable [quickstart|packages]
#   --disposable  yes, this system may be changed
# Ends with one line.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD

fail() {
  echo "tests/install.sh: $1" >&2
  exit 1
}

[ "${1-}" = --disposable ] || fail "this installs and removes packages: it needs --disposable, and root"
[ "$(id -u)" -eq 0 ] || fail "it needs root"
parts=${2:-quickstart packages}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export XDG_CACHE_HOME=$work/cache

# list_files: everything that a package may own, but for what other packages write when something changes
list_files() {
  find /usr /etc /opt /srv /var/lib -xdev \
    -not -path '/var/lib/dpkg/*' -not -path '/var/lib/apt/*' -not -path '*/ld.so.cache' -not -path '/var/lib/systemd/*' |
    sort
}

try_quickstart() {
  examples/quickstart.sh "$work/results"
  [ -s "$work/results/saliency.mp4" ] && [ -s "$work/results/overlay.mp4" ] || fail "the quickstart has no results"
  mkdir -p "$work/programs"
  tests/examples/readme-lines.sh "$root" "$work/programs"
  command -v gbp-saliency-fetch gbp-saliency-viewer
  ninja -C build uninstall >/dev/null
  ldconfig
  if find /usr/local -name '*gbp*' -not -type d | grep .; then fail "the files above are left by ninja uninstall"; fi
  if gst-inspect-1.0 --exists gbpsaliency; then fail "the plugin is still there"; fi
  echo "ok quickstart"
}

packages='libgbp0 libgbp-gobject0 gir1.2-gbp-0 libgbp-dev gstreamer1.0-gbpsaliency gbp-saliency'

# with_packages COMMAND...: dpkg installs them, the command runs, dpkg purges them
with_packages() {
  DEBIAN_FRONTEND=noninteractive apt-get -qq -y install --no-install-recommends "$work"/packages/*.deb >"$work/log" 2>&1 ||
    { tail -n 20 "$work/log" && fail "the packages are not installed"; }
  "$@"
  # shellcheck disable=SC2086 # a list of names
  dpkg --purge $packages >"$work/log" 2>&1 || { cat "$work/log" && fail "the packages are not removed"; }
}

# Each of debian/tests with what it asks for, in a folder of its own.
run_package_tests() {
  local name names
  mapfile -t names < <(sed -n 's/^Tests: //p' debian/tests/control)
  DEBIAN_FRONTEND=noninteractive apt-get -qq -y install --no-install-recommends gcc libc6-dev pkgconf python3-gi libgstreamer-plugins-base1.0-dev \
    gstreamer1.0-{tools,libav} gstreamer1.0-plugins-{bad,ugly} >"$work/log" 2>&1 || fail "what the tests need is not installed"
  for name in "${names[@]}"; do
    mkdir -p "$work/$name"
    AUTOPKGTEST_TMP=$work/$name "debian/tests/$name" || fail "debian/tests/$name fails"
    echo "ok debian/tests/$name"
  done
}

try_packages() {
  local package
  examples/install-packages.sh package
  debian/build.sh "$work/packages"
  for package in $packages; do
    [ -e "$(echo "$work/packages/${package}"_*.deb)" ] || fail "there is no package $package"
  done
  dpkg-deb --field "$work"/packages/gstreamer1.0-gbpsaliency_*.deb Gstreamer-Elements | grep -x gbpsaliency ||
    fail "the plugin's package does not say which element it has"
  with_packages run_package_tests # which brings what they depend on
  list_files >"$work/before"
  with_packages gst-inspect-1.0 --exists gbpsaliency
  list_files >"$work/after"
  diff "$work/before" "$work/after" || fail "the files above are not as they were before the packages came and went"
  echo "ok packages"
}

for part in $parts; do
  case $part in
    quickstart) try_quickstart ;;
    packages) try_packages ;;
    *) fail "there is no part '$part': there are quickstart and packages" ;;
  esac
done
echo "installed, tried and removed on $(. /etc/os-release && echo "$PRETTY_NAME"): $parts"
