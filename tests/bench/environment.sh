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
