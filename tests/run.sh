#!/usr/bin/env bash
# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Install what is missing, build, and run every test. Safe to repeat.
# usage: tests/run.sh [--sanitize|--train] [--no-install]
#   --sanitize    run the suite under the address and undefined-behaviour sanitizers, under the thread
#                 sanitizer, and under GStreamer's leaks tracer, instead of as it is; and fuzz the readers of weights,
#                 each for a short while
#   --train       instead: the training of the built-in network, in small, and the shipped file's figures; with
#                 PyTorch, which it installs in a virtual environment, see weights/train/setup.sh
#   --no-install  take the machine as it is
# Builds in build-test, build-address and build-thread. The last line counts the checks.
set -euo pipefail
cd "$(dirname "$0")/.."

fail() {
  echo "tests/run.sh: $1" >&2
  exit 1
}

mode=plain install=yes
for argument; do
  case $argument in
    --sanitize) mode=sanitize ;;
    --train) mode=train ;;
    --no-install) install=no ;;
    *) fail "unknown argument '$argument': there are --sanitize, --train and --no-install" ;;
  esac
done

if [ "$install" = yes ]; then
  groups="build run test"
  [ "$mode" = plain ] || groups="$groups $mode"
  [ "$mode" != sanitize ] || groups="$groups fuzz"
  # shellcheck disable=SC2086 # a list of names
  examples/install-packages.sh $groups
fi
for tool in meson ninja python3; do
  command -v "$tool" >/dev/null || fail "$tool is missing: run without --no-install"
done

failed=0
summaries=()

# configure DIRECTORY OPTION...: warnings are errors; says something only if it fails
configure() {
  local directory=$1 output
  shift
  output=$(examples/configure-build.sh "$directory" --werror "$@" 2>&1) ||
    { tail -n 25 <<<"$output" && fail "configuring $directory failed: the reason is above"; }
}

# build DIRECTORY TARGET...: likewise
build() {
  local directory=$1 output
  output=$(ninja -C "$@" 2>&1) ||
    { tail -n 60 <<<"$output" && fail "building $directory failed: the reason is above"; }
}

# build_all: what only tests need is no part of "all" from Meson 1.7 on
build_all() {
  configure build-test -Ddefault_library=both
  build build-test all meson-test-prereq
}

# configure_sanitized DIRECTORY SANITIZERS LEVELS: -O1 and -g1, which names functions and lines, compile in about half
# the time of -O2 -g, what is found ends the program anyway, and headers are read once. What -O1 warns of wrongly, and
# which headers a file needs, the build as it is knows better, which has all vector levels too.
configure_sanitized() {
  configure "$1" -Doptimization=1 "-Dc_args=-g1 -Wno-maybe-uninitialized -fno-sanitize-recover=all" -Db_pch=true \
    "-Db_sanitize=$2" -Db_lundef=false "-Dvector-levels=$3"
}

# Vector levels that this machine runs: what it cannot run takes a minute to instrument, and finds nothing.
levels=avx2
! grep -qsw avx512bw /proc/cpuinfo || levels=avx2,avx512

# check TITLE DIRECTORY ARGUMENT...: build what the tests need that is not there yet, run them, and keep the list of what
# they said. Two more than there are cores, for some wait: for signals, live sources and servers.
check() {
  local title=$1 directory=$2
  shift 2
  echo "== $title"
  rm -f "$directory"/meson-logs/testlog*.json # a set-up's name is in its log's
  meson test -C "$directory" --print-errorlogs --num-processes $(($(nproc) + 2)) "$@" </dev/null || failed=1
  mv "$directory"/meson-logs/testlog*.json "$directory/$title.json" || fail "no test ran: $title"
  summaries+=("$directory/$title.json")
}

# trace DIRECTORY COMMAND...: a log for each process, of what lives on when it ends
trace() {
  local logs=$PWD/$1
  shift
  rm -rf "$logs"
  mkdir "$logs"
  CK_FORK=no GST_TRACERS=leaks GST_DEBUG=GST_TRACER:7,GST_INIT:4 GST_DEBUG_NO_COLOR=1 \
    GST_DEBUG_FILE="$logs/%p" "$@"
}

# The tests of GStreamer under its own tracer.
check_leaks() {
  trace build-test/leaky build-test/tests/common/test-common-leaky
  grep -qr 'object-alive, .*left-behind' build-test/leaky || fail "the leaks tracer finds nothing"
  # but for the sweep: what lives on does not depend on a frame's size, and formats are what gst/formats goes through
  trace build-test/leaks check leaks build-test --timeout-multiplier 3 --suite gst --no-suite sizes
  if grep -hro ':: object-alive, .*' build-test/leaks | sort | uniq -c; then
    echo "tests/run.sh: the objects above were alive when their program ended" >&2
    failed=1
  fi
  if grep -rL 'deinitializing GStreamer' build-test/leaks | grep .; then
    echo "tests/run.sh: the logs above are of programs that did not end by gst_deinit()" >&2
    failed=1
  fi
}

if [ "$mode" = plain ]; then
  build_all
  check tests build-test
elif [ "$mode" = train ]; then
  build_all
  weights/train/setup.sh || fail "the training's environment is not there: the reason is above"
  check train build-test --setup train --suite train
else
  configure_sanitized build-address address,undefined "$levels"
  build build-address meson-test-prereq # without the benchmarks and whatever else no test runs
  check address,undefined build-address --timeout-multiplier 5
  configure_sanitized build-thread thread avx2 # one is enough: who shares what does not depend on it
  check thread build-thread --timeout-multiplier 5 --no-suite alone
  build_all
  check_leaks
  # each has a core, for its time is not the work that it does but the clock's
  check fuzz build-test --timeout-multiplier 3 --num-processes "$(nproc)" --setup fuzz --suite fuzz
fi

python3 tests/common/summarize.py "${summaries[@]}" || failed=1
exit $failed
