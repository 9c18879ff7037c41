#!/bin/sh
# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Install the Debian packages that the project needs, and only those that are missing.
# usage: install-packages.sh build|run|test|package|sanitize|fuzz|train...
#   build     compile the library, the element and the tool
#   run       GStreamer's own plugins: decoders, encoders, windows, gst-launch-1.0
#   test      what the test suite uses beside these
#   package   what builds Debian packages, see debian/build.sh
#   sanitize  the sanitizers' runtimes
#   fuzz      clang with its fuzzer
#   train     Python's virtual environments, for the built-in network's training
# Prints what it installs and how far that is. As another user than root it goes through sudo.
set -eu

# a question mark: what not every release has, and no test fails without
packages_of() {
  case $1 in
    build) echo gcc libc6-dev meson ninja-build pkg-config libglib2.0-dev libgstreamer1.0-dev \
      libgstreamer-plugins-base1.0-dev libjansson-dev libgif-dev zlib1g-dev libopenblas-pthread-dev ;;
    run) echo gstreamer1.0-tools gstreamer1.0-plugins-base gstreamer1.0-plugins-good \
      gstreamer1.0-plugins-bad gstreamer1.0-plugins-ugly gstreamer1.0-libav gstreamer1.0-x ;;
    test) echo check libhdf5-dev g++ clang-format-14? codespell shellcheck locales xvfb xauth python3 \
      python3-gi gir1.2-gstreamer-1.0 gir1.2-gst-plugins-base-1.0 curl wget openssl \
      gobject-introspection? libgirepository1.0-dev? gjs? lua5.1? lua-lgi? gi-docgen? ;;
    package) echo build-essential debhelper meson pkg-config libglib2.0-dev libgstreamer1.0-dev \
      libgstreamer-plugins-base1.0-dev libjansson-dev libgif-dev zlib1g-dev libopenblas-dev \
      gobject-introspection libgirepository1.0-dev lintian? ;;
    sanitize) echo libasan8 libtsan2 libubsan1 ;;
    fuzz) echo clang libclang-rt-dev ;;
    train) echo python3 python3-venv ;;
    *) fail "there is no package group '$1': the groups are build, run, test, package, sanitize, fuzz and train" ;;
  esac
}

fail() {
  echo "install-packages.sh: $1" >&2
  exit 1
}

installed() {
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# show_progress LOG: of apt-get's output, how far it is, and the rest into the log. On a terminal that is one line that
# changes, elsewhere one for each quarter.
show_progress() {
  shown=
  while IFS= read -r line; do
    case $line in
      dlstatus:*) stage=fetched ;;
      pmstatus:*) stage=installed ;;
      *)
        printf '%s\n' "$line" >>"$1"
        continue
        ;;
    esac
    percent=$(expr "$line" : '[a-z]*:.*:\([0-9][0-9]*\)[.0-9]*:') || percent=0
    if [ -t 1 ]; then
      printf '\r  %s: %d %%        ' "$stage" "$percent"
      shown=yes
    elif [ "$shown" != "$stage $((percent / 25))" ]; then
      shown="$stage $((percent / 25))"
      echo "  $stage: $percent %"
    fi
  done
  [ ! -t 1 ] || [ -z "$shown" ] || printf '\r%30s\r' ''
}

# apt-get, through sudo where needed; its output is shown only if it fails
apt() {
  log=$(mktemp)
  {
    $sudo env DEBIAN_FRONTEND=noninteractive \
      apt-get -q -y -o DPkg::Lock::Timeout=300 -o APT::Status-Fd=1 "$@" 2>&1 || echo "failed: $1" >"$log.failed"
  } | show_progress "$log"
  if [ -e "$log.failed" ]; then
    tail -n 15 "$log" >&2
    rm -f "$log" "$log.failed"
    fail "apt-get $1 failed; its last lines are above"
  fi
  rm -f "$log"
}

[ $# -gt 0 ] || fail "name at least one package group: build, run, test, package, sanitize, fuzz or train"
wanted=
for group; do
  members=$(packages_of "$group")
  wanted="$wanted $members"
done

command -v dpkg-query >/dev/null && command -v apt-get >/dev/null ||
  fail "this is not Debian or a derivative; install what these packages hold:$wanted"
required=
optional=
for package in $wanted; do
  case $package in
    *\?) optional="$optional ${package%\?}" ;;
    *) installed "$package" || required="$required $package" ;;
  esac
done

# list: sets $missing to what is required and what is optional, as far as the release's lists know that
list() {
  missing=$required
  for package in $optional; do
    if ! installed "$package" && apt-cache show "$package" >/dev/null 2>&1; then missing="$missing $package"; fi
  done
}

list
if [ -z "$missing" ]; then
  echo "packages for $*: all there"
  exit
fi

sudo=
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null ||
    fail "neither root nor sudo: install these packages first:$missing"
  sudo="sudo -n"
  $sudo true 2>/dev/null || [ ! -t 0 ] || sudo=sudo
fi
apt update
list
echo "packages for $*: installing$missing"
# shellcheck disable=SC2086 # a list of names
apt install --no-install-recommends $missing
