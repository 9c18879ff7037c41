/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Frames that are held go out without another that comes in. */
#pragma once

#include "gstgbpsaliency.h"

/* Lets all frames that are held go out, and waits for their maps. Under the stream lock. */
GstFlowReturn gst_gbp_drain_all (GstGbpSaliency *self);

/* Lets those go out that need not wait, in a thread that holds no lock; @data is the element. */
void gst_gbp_drain_ready (gpointer data);
