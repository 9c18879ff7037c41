/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "latency.h"

/* The weight of the newest frame in the average, as one part of so many. */
#define SHARE 8

gboolean
gst_gbp_latency_add (GstGbpLatency *latency, GstClockTime spent)
{
  GstClockTime wanted, change;

  if (latency->average == 0)
    latency->average = spent;
  latency->average = (latency->average * (SHARE - 1) + spent) / SHARE;
  wanted = latency->average + latency->average / 4;
  change = MAX (wanted, latency->reported) - MIN (wanted, latency->reported);
  if (change <= latency->reported / 4)
    return FALSE;
  latency->reported = wanted;
  return TRUE;
}

void
gst_gbp_latency_forget (GstGbpLatency *latency)
{
  latency->average = 0;
}

/* Computing one frame in every two times that one takes leaves time to catch up, whatever the clock says:
 * a source that is always later than it admits does not stop the pictures. */
gboolean
gst_gbp_latency_is_too_short (
    const GstGbpLatency *latency, GstClockTime age, GstClockTimeDiff since)
{
  return latency->is_live && latency->average > 0 && GST_CLOCK_TIME_IS_VALID (age)
         && age + latency->average > latency->upstream + latency->reported && since >= 0
         && since < (GstClockTimeDiff) (2 * latency->average);
}

void
gst_gbp_latency_answer (GstGbpLatency *latency, GstQuery *query)
{
  GstClockTime least, most;

  gst_query_parse_latency (query, &latency->is_live, &least, &most);
  if (!latency->is_live)
    return;
  latency->upstream = least;
  least += latency->reported;
  if (GST_CLOCK_TIME_IS_VALID (most))
    most += latency->reported;
  gst_query_set_latency (query, TRUE, least, most);
}
