#!/usr/bin/env bash
# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Compare small random networks with PyTorch: each goes through one of its exporters to ONNX, at some opset, and both compute
# the plain gradient of the strongest class of a random image, PyTorch in float64. What differs or is refused is printed, and
# how many. For who changes a reader or a kind of operation; the environment is that of networks.sh, which see.
# usage: tests/bench/random.sh [--first N] [--count N]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
folder=${GBP_NETWORKS:-${XDG_CACHE_HOME:-$HOME/.cache}/gbpsaliency/networks}

# shellcheck source=tests/bench/environment.sh
. "$here/environment.sh"
make_environment "$folder" "$here/networks/torch-requirements.txt"
"$root/examples/configure-build.sh" "$root/build-peers" --buildtype=release
ninja -C "$root/build-peers" tests/bench/bench-network
"$folder/venv/bin/python" "$here/networks/random_torch.py" --folder "$folder" \
  --peer "$root/build-peers/tests/bench/bench-network" "$@"
