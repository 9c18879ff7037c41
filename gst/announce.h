/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Tells applications which map is shown, if they ask. */
#pragma once

#include "gstgbpsaliency.h"

/* When a frame has been made: posts what is to be said of the map that it shows, and keeps what goes on its frames.
 * @is_new: whether this is the first frame with this map */
void gst_gbp_announce_map (GstGbpSaliency *self, gboolean is_new);

/* Puts the map that a frame shows on it. */
void gst_gbp_announce_on_frame (GstGbpSaliency *self, GstBuffer *frame);
