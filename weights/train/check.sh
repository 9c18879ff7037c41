#!/usr/bin/env bash
# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What CI runs of the training, after setup.sh: a smoke run, and the shipped file's figures on a fresh sample of
# held-out scenes.
# usage: weights/train/check.sh smoke|figures
set -euo pipefail
cd "$(dirname "$0")"
python=runs/environment/venv/bin/python
[ -x "$python" ] || { echo "check.sh: run weights/train/setup.sh first" >&2 && exit 1; }
case ${1-} in
  smoke) exec "$python" smoke.py ;;
  figures) exec "$python" evaluate.py --scenes 120 --check --output runs/check.md ;;
  *) echo "usage: weights/train/check.sh smoke|figures" >&2 && exit 1 ;;
esac
