/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Which engine suits the stream: chosen when the element starts, and again when caps come. */
#pragma once

#include "gstgbpsaliency.h"

/* gst_gbp_setup_choose:
 * @frame_interval: from one frame to the next; 0: not known
 *
 * Makes the element's engine, or another one if it does not suit any more, and measures where frames may have to wait
 * for their maps, so that the latency can be answered before the first of them. Frames may not be held. Under the
 * stream lock.
 *
 * Returns: FALSE with @error set if there is no memory for one */
gboolean gst_gbp_setup_choose (GstGbpSaliency *self, GstClockTime frame_interval, GError **error);

/* The same for frames that are to come in. Where some are held, the output alone is negotiated again, and what suits
 * them stays.
 * Returns: FALSE with an ERROR message if there is no memory */
gboolean gst_gbp_setup_suit (GstGbpSaliency *self, const GstVideoInfo *input);

/* Frees the engine. */
void gst_gbp_setup_clear (GstGbpSaliency *self);

/* Takes the times' new latency: if it is another one by a quarter, a live pipeline is told. */
void gst_gbp_setup_update_latency (GstGbpSaliency *self);
