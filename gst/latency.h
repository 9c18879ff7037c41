/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * How long a frame takes, as a live pipeline has to know it. */
#pragma once

#include <gst/gst.h>

/* A running average with headroom. Zeroed: nothing is measured yet.
 * @is_live, @upstream: what upstream said of itself when it was last asked
 * @average: of the time that a computed frame takes
 * @reported: what the LATENCY query is answered with; a quarter more than the average was when it was
 *     last reported */
typedef struct {
  gboolean is_live;
  GstClockTime upstream;
  GstClockTime average;
  GstClockTime reported;
} GstGbpLatency;

/* Counts a computed frame that took @spent.
 * Returns: TRUE if what is to be reported changed by more than a quarter: time for a LATENCY message */
gboolean gst_gbp_latency_add (GstGbpLatency *latency, GstClockTime spent);

/* Begins a new average; what is reported stays until that says otherwise. */
void gst_gbp_latency_forget (GstGbpLatency *latency);

/* Whether a live frame would come too late if it were computed.
 * @age: how long after its running time it is, or GST_CLOCK_TIME_NONE
 * @since: how much later its running time is than the last computed frame's */
gboolean gst_gbp_latency_is_too_short (
    const GstGbpLatency *latency, GstClockTime age, GstClockTimeDiff since);

/* Adds to the answer that upstream gave to a LATENCY query. */
void gst_gbp_latency_answer (GstGbpLatency *latency, GstQuery *query);
