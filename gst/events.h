/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What else than frames goes through the element: events, and the answers to queries. */
#pragma once

#include "gstgbpsaliency.h"

/* Before an event is passed on: what is held goes out before one that keeps its place among the frames, and is
 * dropped with a flush. */
void gst_gbp_events_before (GstGbpSaliency *self, GstEvent *event);

/* Lets nobody wait for a map, from any thread, until it is called with FALSE. */
void gst_gbp_events_set_flushing (GstGbpSaliency *self, gboolean is_flushing);

/* Before frames of other caps, when those of before have gone out: where maps of these do not lie on the video any
 * more, they are dropped, else only what colours were steadied by.
 * @before, @input: the frames that came in until now, and those that come now */
void gst_gbp_events_change_input (
    GstGbpSaliency *self, const GstVideoInfo *before, const GstVideoInfo *input);

/* Answers a POSITION query by the frame that last went out, if one has. */
void gst_gbp_events_answer_position (GstGbpSaliency *self, GstQuery *query);

/* Adds to the answer that upstream gave to a LATENCY query. */
void gst_gbp_events_answer_latency (GstGbpSaliency *self, GstQuery *query);

/* Adds the frames that are held to the answer to an ALLOCATION query. */
void gst_gbp_events_count_held_buffers (GstGbpSaliency *self, GstQuery *query);

/* Leaves out of the answer to an ALLOCATION query that downstream cuts frames out of larger ones: where frames go
 * through in place it is what GstBaseTransform passes on, and then upstream leaves the cutting to downstream. */
void gst_gbp_events_offer_no_crops (GstQuery *query);
