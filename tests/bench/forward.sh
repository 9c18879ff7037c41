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

# shellcheck source=tests/bench/environment.sh
. "$here/environment.sh"
compare_engines forward forward --image "$root/examples/astronaut.jpg" "$@"
