#!/usr/bin/env bash
# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Fuzz the readers of weights, under the address and undefined-behaviour sanitizers, with limits on memory and
# time. Builds in build-fuzz, with clang. What was learnt is kept in build-fuzz/corpus, so that a later run goes on
# from there; an input that fails is left in build-fuzz/failed.
# usage: tests/fuzz/run.sh [SECONDS] [TARGET...]
#   SECONDS   for each target, 600 unless given
#   TARGET    hdf5, keras, safetensors, classes, config or onnx; all unless given
# Prints a line for each target that counts its executions.
set -euo pipefail
cd "$(dirname "$0")/../.."

fail() {
  echo "tests/fuzz/run.sh: $1" >&2
  exit 1
}

seconds=${1:-600}
[[ $seconds =~ ^[0-9]+$ ]] || fail "expected a number of seconds, found '$seconds'"
shift || true
targets=("$@")
[ $# -gt 0 ] || targets=(hdf5 keras safetensors classes config onnx)
for target in "${targets[@]}"; do
  [ -f "tests/fuzz/$target.c" ] && grep -q LLVMFuzzerTestOneInput "tests/fuzz/$target.c" ||
    fail "there is no target '$target': there are hdf5, keras, safetensors, classes, config and onnx"
done
if ! command -v clang >/dev/null; then
  echo "skipped: there is no clang, which has the fuzzer: examples/install-packages.sh fuzz"
  exit 77
fi

# one builds, where several are run at once
exec 9<tests/fuzz/run.sh
flock 9
output=$(CC=clang examples/configure-build.sh build-fuzz -Dfuzz=true -Doptimization=1 -Dc_args=-g1 \
  -Db_sanitize=address,undefined -Db_lundef=false 2>&1) ||
  { tail -n 25 <<<"$output" && fail "configuring build-fuzz failed: the reason is above"; }
programs=()
for target in "${targets[@]}"; do
  programs+=("tests/fuzz/fuzz-$target")
done
output=$(ninja -C build-fuzz tests/fuzz/seeds.stamp "${programs[@]}" 2>&1) ||
  { tail -n 40 <<<"$output" && fail "building build-fuzz failed: the reason is above"; }
exec 9<&-

status=0
mkdir -p build-fuzz/failed
export ASAN_OPTIONS=allocator_may_return_null=1:detect_stack_use_after_return=1
export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
for target in "${targets[@]}"; do
  mkdir -p "build-fuzz/corpus/$target"
  log=build-fuzz/$target.log
  if "build-fuzz/tests/fuzz/fuzz-$target" "build-fuzz/corpus/$target" "build-fuzz/tests/fuzz/seeds/$target" \
    -max_total_time="$seconds" -max_len=65536 -rss_limit_mb=1024 -malloc_limit_mb=512 -timeout=5 \
    -artifact_prefix="build-fuzz/failed/$target-" -print_final_stats=1 >"$log" 2>&1; then
    result=passed
  else
    result=failed status=1
    tail -n 60 "$log"
  fi
  executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  echo "$result: $target: ${executions:-0} executions in $seconds s"
done
exit $status
