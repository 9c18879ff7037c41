#!/usr/bin/env bash
# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Compare with the frameworks that people use for this: Keras, PyTorch, captum. Installs them, pinned, in a
# virtual environment of its own (some gigabytes, most of them CUDA libraries that PyTorch's default build
# loads even to compute on the CPU), builds this library, and writes the table tests/bench/peers.md.
# usage: tests/bench/peers.sh [--threads N] [--rounds N] [--starts N] [--output FILE]
# Everything it makes goes to $GBP_PEERS, by default ~/.cache/gbpsaliency/peers. Safe to repeat.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
folder=${GBP_PEERS:-${XDG_CACHE_HOME:-$HOME/.cache}/gbpsaliency/peers}
requirements=$here/peers/requirements.txt

mkdir -p "$folder"
if ! cmp -s "$requirements" "$folder/installed.txt"; then
  echo "installing the frameworks in $folder"
  python3 -m venv --clear "$folder/venv"
  "$folder/venv/bin/pip" install --quiet --requirement "$requirements"
  cp "$requirements" "$folder/installed.txt"
fi
[ -e "$folder/build/build.ninja" ] || meson setup "$folder/build" "$root" --buildtype=release
ninja -C "$folder/build" tests/bench/bench-peer weights/make_untrained
"$folder/venv/bin/python" "$here/peers/compare.py" --folder "$folder" \
  --peer "$folder/build/tests/bench/bench-peer" --maker "$folder/build/weights/make_untrained" \
  --image "$root/examples/astronaut.jpg" --output "$here/peers.md" "$@"
