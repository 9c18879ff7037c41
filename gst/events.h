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

/* Adds to the answer that upstream gave to a LATENCY query. */
void gst_gbp_events_answer_latency (GstGbpSaliency *self, GstQuery *query);

/* Adds the frames that are held to the answer to an ALLOCATION query. */
void gst_gbp_events_count_held_buffers (GstGbpSaliency *self, GstQuery *query);
