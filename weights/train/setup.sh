#!/usr/bin/env bash
# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Make ready for training: Python's packages, pinned, in a virtual environment (some gigabytes, most of them
# CUDA libraries that PyTorch's default build loads even to compute on the CPU), and the two programs of the
# build that the training uses: make_untrained, where it begins, and evaluate, where it ends.
# usage: weights/train/setup.sh [--environment]
#   --environment  Python's packages alone
# The environment is $GBP_TRAIN, by default ~/.cache/gbpsaliency/train, the build in build-test, which is the
# tests' too. Safe to repeat, and to run twice at once: one waits for the other's packages.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
folder=${GBP_TRAIN:-${XDG_CACHE_HOME:-$HOME/.cache}/gbpsaliency/train}
build=$root/build-test

case ${1-} in
  '' | --environment) ;;
  *) echo "setup.sh: unknown argument '$1': there is --environment" >&2 && exit 1 ;;
esac
mkdir -p "$folder" "$here/runs"
exec 9>"$folder/lock"
flock 9
if ! cmp -s "$here/requirements.txt" "$folder/installed.txt" || ! "$folder/venv/bin/python" -c ""; then
  echo "installing PyTorch and what else the training needs in $folder"
  python3 -m venv --clear "$folder/venv"
  # Python compiles what is imported, a small part of all
  "$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check --requirement "$here/requirements.txt"
  cp "$here/requirements.txt" "$folder/installed.txt"
fi
exec 9>&-
[ "${1-}" != --environment ] || exit 0
"$root/examples/configure-build.sh" "$build" >/dev/null
ninja -C "$build" weights/make_untrained weights/untrained.safetensors tests/weights/evaluate \
  examples/gbp-saliency gst/libgstgbpsaliency.so >"$build/build.log" ||
  { tail -n 30 "$build/build.log" >&2 && exit 1; }
"$build/weights/make_untrained" --type float32 "$here/runs/initial.safetensors"
ln -sfn "$folder" "$here/runs/environment"
echo "ready: $here/runs/environment/venv/bin/python $here/train.py"
