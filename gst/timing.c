/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "timing.h"

#include <stdlib.h>
#include <string.h>

/* The weight of the newest frame in the running average, as one part of so many. */
#define SHARE 8

/* The least time beside the network that is answered: a thread that is woken gets its core some
 * milliseconds later where others compute. */
#define LEAST_OUTSIDE (10 * GST_MSECOND)

static guint
count_remembered (const GstGbpTiming *timing)
{
  return (guint) MIN (timing->n_spent, GST_GBP_TIMING_WINDOW);
}

void
gst_gbp_timing_add (GstGbpTiming *timing, GstClockTime spent)
{
  timing->spent[timing->n_spent++ % GST_GBP_TIMING_WINDOW] = spent;
}

void
gst_gbp_timing_add_outside (GstGbpTiming *timing, GstClockTime spent)
{
  if (timing->outside == 0)
    timing->outside =
        MIN (spent, LEAST_OUTSIDE); /* the first frame touches memory for all of them */
  timing->outside = (timing->outside * (SHARE - 1) + spent) / SHARE;
}

void
gst_gbp_timing_reset (GstGbpTiming *timing)
{
  timing->n_spent = 0;
  timing->outside = 0;
}

GstClockTime
gst_gbp_timing_get_last (const GstGbpTiming *timing)
{
  return timing->n_spent > 0 ? timing->spent[(timing->n_spent - 1) % GST_GBP_TIMING_WINDOW] : 0;
}

GstClockTime
gst_gbp_timing_get_mean (const GstGbpTiming *timing)
{
  guint n = count_remembered (timing);
  GstClockTime sum = 0;

  for (guint i = 0; i < n; i++)
    sum += timing->spent[i];
  return n > 0 ? sum / n : 0;
}

static int
compare_times (const void *a, const void *b)
{
  GstClockTime first = *(const GstClockTime *) a, second = *(const GstClockTime *) b;

  return (first > second) - (first < second);
}

GstClockTime
gst_gbp_timing_get_percentile (const GstGbpTiming *timing, guint percent)
{
  GstClockTime sorted[GST_GBP_TIMING_WINDOW];
  guint n = count_remembered (timing);

  if (n == 0)
    return 0;
  memcpy (sorted, timing->spent, n * sizeof *sorted);
  qsort (sorted, n, sizeof *sorted, compare_times);
  return sorted[(n * percent + 99) / 100 - 1];
}

GstClockTime
gst_gbp_timing_get_latency (const GstGbpTiming *timing, gboolean is_immediate)
{
  GstClockTime outside = MAX (timing->outside + timing->outside / 4, LEAST_OUTSIDE);
  GstClockTime mean = gst_gbp_timing_get_mean (timing);

  if (is_immediate)
    return outside;
  if (mean == 0)
    return timing->reported;
  return mean + mean / 4 + outside;
}

gboolean
gst_gbp_timing_update (GstGbpTiming *timing, gboolean is_immediate)
{
  GstClockTime wanted = gst_gbp_timing_get_latency (timing, is_immediate);
  GstClockTime change = MAX (wanted, timing->reported) - MIN (wanted, timing->reported);

  if (change <= timing->reported / 4)
    return FALSE;
  timing->reported = wanted;
  return TRUE;
}

/* Computing one frame in every two times that one takes leaves time to catch up, whatever the clock says:
 * a source that is always later than it admits does not stop the pictures. */
gboolean
gst_gbp_timing_is_late (const GstGbpTiming *timing, GstClockTime upstream, GstClockTime age,
    GstClockTimeDiff since, guint n_workers)
{
  GstClockTime mean = gst_gbp_timing_get_mean (timing);

  return mean > 0 && GST_CLOCK_TIME_IS_VALID (age) && age + mean > upstream + timing->reported
         && since >= 0 && since < (GstClockTimeDiff) (2 * mean / n_workers);
}
