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
folder=${GBP_PEERS:-${XDG_CACHE_HOME:-$HOME/.cache}/gbpsaliency/peers}/engines
build=$root/build-peers
requirements=$here/peers/engines.txt

# shellcheck source=tests/bench/environment.sh
. "$here/environment.sh"
make_environment "$folder" "$requirements"
"$root/examples/configure-build.sh" "$build" --buildtype=release
ninja -C "$build" tests/bench/bench-kind
PYTHONDONTWRITEBYTECODE=1 "$folder/venv/bin/python" "$here/peers/kinds.py" --folder "$folder" \
  --peer "$build/tests/bench/bench-kind" --output "$here/kinds.md" "$@"
