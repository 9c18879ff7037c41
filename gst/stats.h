/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the property stats says. */
#pragma once

#include "scheduler.h"
#include "timing.h"

/* @counts: of the frames that came in since the element started, those that were dropped not among them
 * @dropped: late frames that were dropped, with qos
 * @age: how much older the map was than the frame that last showed one; GST_CLOCK_TIME_NONE: not known
 * @workers, @threads: in use, @threads by each */
typedef struct {
  GstGbpCounts counts;
  guint64 dropped;
  GstClockTime age;
  guint workers;
  guint threads;
} GstGbpStats;

/* Adds @more to @counts. */
void gst_gbp_counts_add (GstGbpCounts *counts, const GstGbpCounts *more);

/* Returns: (transfer full) */
GstStructure *gst_gbp_stats_to_structure (const GstGbpStats *stats, const GstGbpTiming *timing);
