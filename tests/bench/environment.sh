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
