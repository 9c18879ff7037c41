#!/usr/bin/env bash
# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The full run, from nothing to the weight file, its figures and its pictures: some hours on two cores. It goes
# on where it was stopped.
# usage: weights/train/run.sh
set -euo pipefail
cd "$(dirname "$0")"
./setup.sh
python=runs/environment/venv/bin/python
# Memory that is freed is kept for the next step, and threads that wait leave the core to others.
export MALLOC_ARENA_MAX=1 MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=2000000000 OMP_WAIT_POLICY=passive
$python train.py
$python export.py
./setup.sh # the build takes the new file in
$python evaluate.py
$python randomise.py
$python plots.py
