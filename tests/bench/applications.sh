#!/usr/bin/env bash
# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Compare the networks of keras.applications with Keras, at full size and with random weights: each is written as .keras
# and as .h5, and both explain the same image. Installs Keras and TensorFlow, pinned, in a virtual environment of its own (a
# gigabyte), builds this library, and writes the table tests/bench/applications.md.
# usage: tests/bench/applications.sh [--threads N] [--rounds N] [--only NAME...] [--output FILE]
# The environment is in $GBP_APPLICATIONS, by default ~/.cache/gbpsaliency/applications, the build in build-peers. Safe to repeat.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
folder=${GBP_APPLICATIONS:-${XDG_CACHE_HOME:-$HOME/.cache}/gbpsaliency/applications}

# shellcheck source=tests/bench/environment.sh
. "$here/environment.sh"
compare_networks "$folder" keras "$here/applications.md" "$@"
