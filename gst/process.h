/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What happens to each frame, on the streaming thread. */
#pragma once

#include "gstgbpsaliency.h"

/* Before anything else of a frame: copies the settings that it is computed with. Does nothing while no network is
 * loaded. */
void gst_gbp_process_begin (GstGbpSaliency *self, const GstBuffer *buffer);

/* Whether the settings ask for the network's answer. */
gboolean gst_gbp_process_needs_picture (const GstGbpSaliency *self);

/* Lets frames pass through untouched where they come out as they came in. */
void gst_gbp_process_choose_passthrough (GstGbpSaliency *self);

/* @output: may be @input, to work in place; is not touched where the video is to stay untouched */
void gst_gbp_process_frame (
    GstGbpSaliency *self, const GstVideoFrame *input, GstVideoFrame *output);

/* After a break in the stream nothing of the time before it counts. Breaks come at any time: where no network is
 * loaded there is nothing to forget. */
void gst_gbp_process_forget (GstGbpSaliency *self);
