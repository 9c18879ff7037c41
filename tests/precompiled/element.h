/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * As core.h, for what stands on GStreamer. */
#include <gio/gio.h>
#include <gst/gst.h>
#include <gst/video/video.h>
#include <string.h>
