/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Tells applications which map is shown, if they ask. */
#pragma once

#include "gstgbpsaliency.h"

/* When a frame has been made: posts what is to be said of the map that it shows, once for each target that noise left
 * nothing of it, and keeps what goes on its frames.
 * @is_new: whether this is the first frame with this map */
void gst_gbp_announce_map (GstGbpSaliency *self, gboolean is_new);

/* Puts the map that a frame shows, and the scores beside it, on the frame.
 * @frame: (inout): may be another one then, around the same memory */
void gst_gbp_announce_on_frame (GstGbpSaliency *self, GstBuffer **frame);

/* Whether applications are told of what is found in the frame that comes in, whatever is seen of it. */
gboolean gst_gbp_announce_wants_map (const GstGbpSaliency *self);

/* Tells what the map that @frame shows says beside its picture: the class or channel where it is another one, the
 * scores, and once for each target that there is nothing to see. */
void gst_gbp_announce_result (GstGbpSaliency *self, const GstBuffer *frame);
