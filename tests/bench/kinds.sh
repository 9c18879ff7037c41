#!/usr/bin/env bash
# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Compare every kind of operation by itself with PyTorch, both ways, and with ncnn forward. Installs them as forward.sh
# does, builds this library, and writes the table tests/bench/kinds.md.
# usage: tests/bench/kinds.sh [--threads N] [--rounds N] [--only WORDS...] [--output FILE]
# The environment is in $GBP_PEERS/engines, by default ~/.cache/gbpsaliency/peers/engines, the build in build-peers. Safe
# to repeat.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)

# shellcheck source=tests/bench/environment.sh
. "$here/environment.sh"
compare_engines kind kinds "$@"
