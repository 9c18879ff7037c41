#!/usr/bin/env bash
# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Compare the forward pass with inference engines: ncnn, MNN, OpenVINO, ONNX Runtime, and PyTorch. Installs them, pinned,
# in a virtual environment of its own (some gigabytes, most of them PyTorch's), builds this library, and writes the
# table tests/bench/forward.md.
# usage: tests/bench/forward.sh [--threads N] [--rounds N] [--only NAME...] [--output FILE]
# The environment is in $GBP_PEERS/engines, by default ~/.cache/gbpsaliency/peers/engines, the build in build-peers. Safe
# to repeat.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
folder=${GBP_PEERS:-${XDG_CACHE_HOME:-$HOME/.cache}/gbpsaliency/peers}/engines
build=$root/build-peers
requirements=$here/peers/engines.txt

# shellcheck source=tests/bench/environment.sh
. "$here/environment.sh"
make_environment "$folder" "$requirements"
"$root/examples/configure-build.sh" "$build" --buildtype=release
ninja -C "$build" tests/bench/bench-forward
"$folder/venv/bin/python" "$here/peers/forward.py" --folder "$folder" --peer "$build/tests/bench/bench-forward" \
  --image "$root/examples/astronaut.jpg" --output "$here/forward.md" "$@"
