/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

/* Makes an element; if it is missing, the error names the Debian package that holds it.
 * Returns: (transfer floating) */
GstElement *make_element (const char *factory, GError **error);

/* Makes a bin from a description as gst-launch-1.0 takes it, with its open ends as pads.
 * Returns: (transfer floating) */
GstElement *make_bin (const char *description, GError **error);

/* Whether anything in @bin is at work: a pad's streaming task runs. */
gboolean bin_is_at_work (GstBin *bin);
