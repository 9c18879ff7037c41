/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

/* FileSink: writes what it is given to a descriptor. GStreamer's own, fdsink, tells only in prose why it cannot; the
 * ERROR message of this one is the sentence for the user.
 *
 * @descriptor: which stays the caller's, and is written from where it is; muxers go back in it if it lets them
 * @name: what messages call it
 * Returns: (transfer floating) */
GstElement *file_sink_new (int descriptor, const char *name);
