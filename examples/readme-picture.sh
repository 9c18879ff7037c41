#!/usr/bin/env bash
# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Make the README's picture, examples/contact-sheet.jpg, of the quickstart's contact sheet: smaller, and as
# JPEG. Run examples/quickstart.sh before.
# usage: examples/readme-picture.sh [FOLDER_OF_THE_SHEET]
set -euo pipefail
cd "$(dirname "$0")"
sheet=${1:-output}/contact-sheet.png
[ -e "$sheet" ] || {
  echo "readme-picture.sh: there is no $sheet: run examples/quickstart.sh first" >&2
  exit 1
}
gst-launch-1.0 -q filesrc location="$sheet" ! pngdec ! videoconvert ! videoscale \
  ! video/x-raw,width=900,pixel-aspect-ratio=1/1 ! jpegenc quality=88 \
  ! filesink location=contact-sheet.jpg
