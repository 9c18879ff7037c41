/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * From the network's loading to its end, with what arrives meanwhile. */
#pragma once

#include "gstgbpsaliency.h"

/* Loads the network that the settings say, and makes it known to all threads.
 * Returns: FALSE if that failed: an ERROR message then says why, and nothing is loaded */
gboolean gst_gbp_life_start (GstGbpSaliency *self);

/* Ends it; waits for a frame that is in work. */
void gst_gbp_life_stop (GstGbpSaliency *self);

/* To be called once, before the pads are activated: lets data that arrives while the element starts wait for it. */
void gst_gbp_life_hold_early_data (GstGbpSaliency *self);
