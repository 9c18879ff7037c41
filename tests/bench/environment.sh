# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash

# make_environment FOLDER REQUIREMENTS: Python with the packages that a file pins, in a virtual environment FOLDER/venv.
# Safe to repeat: what is there, and was made of the same file, stays.
make_environment() {
  local folder=$1 requirements=$2
  mkdir -p "$folder"
  if ! cmp -s "$requirements" "$folder/installed.txt" || ! "$folder/venv/bin/python" -c ""; then
    echo "installing the frameworks in $folder"
    python3 -m venv --clear "$folder/venv"
    "$folder/venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$requirements"
    cp "$requirements" "$folder/installed.txt"
  fi
}

# compare_networks FOLDER FRAMEWORK OUTPUT [OPTION...]: builds this library and has networks/FRAMEWORK_networks.py compare
# it, in an environment in FOLDER. $here and $root are this folder and the checkout.
# shellcheck disable=SC2154
compare_networks() {
  local folder=$1 framework=$2 output=$3 build=$root/build-peers
  shift 3
  make_environment "$folder" "$here/networks/$framework-requirements.txt"
  "$root/examples/configure-build.sh" "$build" --buildtype=release
  ninja -C "$build" tests/bench/bench-network
  "$folder/venv/bin/python" "$here/networks/${framework}_networks.py" --folder "$folder" \
    --peer "$build/tests/bench/bench-network" --image "$root/examples/astronaut.jpg" --output "$output" "$@"
}

# compare_engines PROGRAM TABLE [OPTION...]: builds bench-PROGRAM of this library and has peers/TABLE.py compare it, which
# writes TABLE.md, in an environment that all such tables share. $here and $root as above.
# shellcheck disable=SC2154
compare_engines() {
  local program=$1 table=$2 build=$root/build-peers
  local folder=${GBP_PEERS:-${XDG_CACHE_HOME:-$HOME/.cache}/gbpsaliency/peers}/engines
  shift 2
  make_environment "$folder" "$here/peers/engines.txt"
  "$root/examples/configure-build.sh" "$build" --buildtype=release
  ninja -C "$build" "tests/bench/bench-$program"
  PYTHONDONTWRITEBYTECODE=1 "$folder/venv/bin/python" "$here/peers/$table.py" --folder "$folder" \
    --peer "$build/tests/bench/bench-$program" --output "$here/$table.md" "$@"
}
