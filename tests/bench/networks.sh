#!/usr/bin/env bash
# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Compare the networks of torchvision with PyTorch, at full size and with random weights: each goes through ONNX, and both
# explain the same image. Installs PyTorch, pinned, in a virtual environment of its own (some gigabytes), builds this
# library, and writes the table tests/bench/networks.md.
# usage: tests/bench/networks.sh [--threads N] [--rounds N] [--only NAME...] [--output FILE]
# The environment is in $GBP_NETWORKS, by default ~/.cache/gbpsaliency/networks, the build in build-peers. Safe to repeat.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
folder=${GBP_NETWORKS:-${XDG_CACHE_HOME:-$HOME/.cache}/gbpsaliency/networks}

# shellcheck source=tests/bench/environment.sh
. "$here/environment.sh"
compare_networks "$folder" torch "$here/networks.md" "$@"
