/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

/* Where Debian has what GStreamer may lack. */
#define PARTS_PACKAGES                                                                             \
  "Debian has such in gstreamer1.0-plugins-good, -bad and -ugly and in gstreamer1.0-libav"

/* Makes an element.
 * Returns: (transfer floating): NULL with @error set, which names what is missing */
GstElement *make_element (const char *factory, GError **error);

/* Makes a bin from a description as gst-launch-1.0 takes it, with its open ends as pads.
 * Returns: (transfer floating) */
GstElement *make_bin (const char *description, GError **error);

/* Whether GStreamer has all elements of a description. */
gboolean parts_are_there (const char *description);
