/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What happens to each frame, on the streaming thread. While no network is loaded, nothing does. */
#pragma once

#include "gstgbpsaliency.h"

/* Before anything else of a frame: copies the settings that it is computed and shown with. What is held
 * goes out before a frame that does not continue it. */
void gst_gbp_process_begin (GstGbpSaliency *self, const GstBuffer *buffer);

/* Takes a frame: decides whether it is computed, and holds it.
 * @buffer: (transfer full) */
GstFlowReturn gst_gbp_process_submit (GstGbpSaliency *self, GstBuffer *buffer);

/* Waits for the oldest frame, if it is due.
 * @frame: (out) (transfer full): it; NULL: none goes out now. How it is shown is then settled */
GstFlowReturn gst_gbp_process_take (GstGbpSaliency *self, GstBuffer **frame);

/* Makes the frame that goes out: @output may be @input, to work in place.
 * Returns: GST_FLOW_ERROR with an ERROR message if there is no memory */
GstFlowReturn gst_gbp_process_show (
    GstGbpSaliency *self, const GstVideoFrame *input, GstVideoFrame *output);

/* The frame is made, or will not be. */
void gst_gbp_process_end (GstGbpSaliency *self);

/* A late frame was dropped, as asked. */
void gst_gbp_process_count_dropped (GstGbpSaliency *self);

/* Drops all frames that are held, and every map. */
void gst_gbp_process_discard (GstGbpSaliency *self);

/* Lets frames pass through untouched where they come out as they came in. */
void gst_gbp_process_choose_passthrough (GstGbpSaliency *self);

/* Copies the per-frame settings of a frame that comes in; with the object lock held. */
void gst_gbp_process_copy_settings (GstGbpSaliency *self);
