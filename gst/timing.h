/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * How long computations and frames take, and what a live pipeline has to know of it. Holds no clock: times
 * are measured elsewhere and come in. */
#pragma once

#include <gst/gst.h>

#define GST_GBP_TIMING_WINDOW 64 /* computations that are remembered */

/* Zeroed: nothing is measured yet.
 * @spent: by the last computations, the newest at (@n_spent − 1) % GST_GBP_TIMING_WINDOW
 * @n_spent: how many there were
 * @outside: running average of the time that a frame takes beside the network
 * @reported: the latency that is answered */
typedef struct {
  GstClockTime spent[GST_GBP_TIMING_WINDOW];
  guint64 n_spent;
  GstClockTime outside;
  GstClockTime reported;
} GstGbpTiming;

/* Counts a computation, or the time that a frame took beside it. */
void gst_gbp_timing_add (GstGbpTiming *timing, GstClockTime spent);
void gst_gbp_timing_add_outside (GstGbpTiming *timing, GstClockTime spent);

/* Begins new averages; what is reported stays until they say otherwise. */
void gst_gbp_timing_reset (GstGbpTiming *timing);

/* Of the computations that are remembered; 0: there are none. */
GstClockTime gst_gbp_timing_get_last (const GstGbpTiming *timing);
GstClockTime gst_gbp_timing_get_mean (const GstGbpTiming *timing);

/* @percent: 1 … 100: so many of them took at most what is returned */
GstClockTime gst_gbp_timing_get_percentile (const GstGbpTiming *timing, guint percent);

/* The time from a frame's coming in to its going out, with a quarter more as headroom; what is reported now, as long
 * as nothing is measured.
 * @is_immediate: whether a frame goes out at once, whatever is being computed; else when its map is there */
GstClockTime gst_gbp_timing_get_latency (const GstGbpTiming *timing, gboolean is_immediate);

/* Reports the latency anew if it is another one by more than a quarter.
 * Returns: TRUE if so: time for a LATENCY message */
gboolean gst_gbp_timing_update (GstGbpTiming *timing, gboolean is_immediate);

/* Whether a live frame would come too late if it were computed.
 * @upstream: the latency that upstream answered
 * @age: how long after its running time it is now, or GST_CLOCK_TIME_NONE
 * @since: how much later its running time is than the last computed frame's
 * @n_workers: computations at once */
gboolean gst_gbp_timing_is_late (const GstGbpTiming *timing, GstClockTime upstream,
    GstClockTime age, GstClockTimeDiff since, guint n_workers);
