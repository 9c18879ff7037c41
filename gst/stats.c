/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stats.h"

void
gst_gbp_counts_add (GstGbpCounts *counts, const GstGbpCounts *more)
{
  counts->in += more->in;
  counts->out += more->out;
  counts->computed += more->computed;
  counts->held += more->held;
  counts->equal += more->equal;
  counts->late += more->late;
  counts->discarded += more->discarded;
}

GstStructure *
gst_gbp_stats_to_structure (const GstGbpStats *stats, const GstGbpTiming *timing)
{
  const GstGbpCounts *counts = &stats->counts;

  return gst_structure_new ("application/x-gbpsaliency-stats", "in", G_TYPE_UINT64,
      counts->in + stats->dropped, "out", G_TYPE_UINT64, counts->out, "computed", G_TYPE_UINT64,
      counts->computed, "held", G_TYPE_UINT64, counts->held, "equal", G_TYPE_UINT64, counts->equal,
      "late", G_TYPE_UINT64, counts->late, "dropped", G_TYPE_UINT64, stats->dropped, "last-time",
      G_TYPE_UINT64, gst_gbp_timing_get_last (timing), "mean-time", G_TYPE_UINT64,
      gst_gbp_timing_get_mean (timing), "p95-time", G_TYPE_UINT64,
      gst_gbp_timing_get_percentile (timing, 95), "age", G_TYPE_UINT64, stats->age, "workers",
      G_TYPE_UINT, stats->workers, "threads", G_TYPE_UINT, stats->threads, NULL);
}
