#!/usr/bin/env bash
# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Compare with the frameworks that people use for this: Keras, PyTorch, captum. Installs them, pinned, in a
# virtual environment of its own (some gigabytes, most of them CUDA libraries that PyTorch's default build
# loads even to compute on the CPU), builds this library, and writes the table tests/bench/peers.md.
# usage: tests/bench/peers.sh [--threads N] [--rounds N] [--starts N] [--output FILE]
# The environment is in $GBP_PEERS, by default ~/.cache/gbpsaliency/peers, the build in build-peers. Safe to repeat.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
folder=${GBP_PEERS:-${XDG_CACHE_HOME:-$HOME/.cache}/gbpsaliency/peers}
build=$root/build-peers
requirements=$here/peers/requirements.txt

# shellcheck source=tests/bench/environment.sh
. "$here/environment.sh"
make_environment "$folder" "$requirements"
"$root/examples/configure-build.sh" "$build" --buildtype=release
ninja -C "$build" tests/bench/bench-peer weights/make_untrained
"$folder/venv/bin/python" "$here/peers/compare.py" --folder "$folder" \
  --peer "$build/tests/bench/bench-peer" --maker "$build/weights/make_untrained" \
  --image "$root/examples/astronaut.jpg" --output "$here/peers.md" "$@"
