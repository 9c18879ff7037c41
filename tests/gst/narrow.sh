#!/bin/bash
# gbpsaliency: guided backpropagation on video
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# With little address space the plugin is inspected, or there is an error; it does not hang.
#
# usage: narrow.sh GST_INSPECT
set -u

unset GST_TRACERS GST_DEBUG GST_DEBUG_FILE # gst-inspect-1.0 does not end GStreamer, as a tracer wants it

inspect=$1
shown=0
for kilobytes in 100000 200000 400000; do
  output=$(ulimit -v "$kilobytes" && timeout 60 "$inspect" gbpsaliency 2>&1)
  status=$?
  if [ "$status" -eq 124 ]; then
    echo "with $kilobytes kB it did not end" >&2
    exit 1
  fi
  if [ "$status" -ne 0 ] && [ -z "$output" ]; then
    echo "with $kilobytes kB it failed without a word" >&2
    exit 1
  fi
  case $output in *block5_conv4*) shown=$((shown + 1)) ;; esac
done
if [ "$shown" -eq 0 ]; then
  echo "400000 kB should be enough to be inspected" >&2
  exit 1
fi
echo "inspected with $shown of 3 sizes"
