/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "division.h"

/* The share of a frame's time that computing may take where the pace has to be kept: the rest is for what
 * else has to be done, and for frames that take longer. */
#define KEEP_UP_PERCENT 85

static guint
count_threads (const GstGbpDemand *demand)
{
  return MAX (demand->threads > 0 ? demand->threads : demand->cores, 1);
}

GstClockTime
gst_gbp_division_predict (const GstGbpDemand *demand, guint threads)
{
  guint all = count_threads (demand);
  double single = (double) demand->single, full = (double) demand->full, divided;

  if (demand->single == 0 || demand->full == 0)
    return 0;
  if (threads <= 1 || all == 1)
    return demand->single;
  divided = (single - full) * all / (all - 1);
  return (GstClockTime) MAX (single - divided + divided / threads, 1);
}

/* How many workers the memory allows; the first is there in any case. */
static guint
count_affordable (const GstGbpDemand *demand, guint most)
{
  guint64 more;

  if (demand->worker_size == 0)
    return most;
  more = demand->free_memory / 2 / demand->worker_size;
  return more + 1 < most ? (guint) more + 1 : most;
}

static GstGbpDivision
divide (guint threads, guint workers)
{
  return (GstGbpDivision){workers, MAX (threads / workers, 1)};
}

/* The time from one map to the next; without measured times, what threads that share a frame would gain by
 * it counts as nothing. */
static double
find_pace (const GstGbpDemand *demand, GstGbpDivision division)
{
  GstClockTime time = gst_gbp_division_predict (demand, division.threads);

  return (time > 0 ? (double) time : 1) / division.workers;
}

static gboolean
keeps_up (const GstGbpDemand *demand, GstGbpDivision division)
{
  return find_pace (demand, division) * 100 <= (double) demand->frame_interval * KEEP_UP_PERCENT;
}

/* Of equals the one with the most workers: predictions know nothing of what else keeps a core busy. */
static GstGbpDivision
choose_fastest (const GstGbpDemand *demand, guint threads, guint most)
{
  GstGbpDivision best = divide (threads, most);

  for (guint workers = most - 1; workers > 0; workers--) {
    GstGbpDivision division = divide (threads, workers);

    if (find_pace (demand, division) < find_pace (demand, best))
      best = division;
  }
  return best;
}

static GstGbpDivision
choose_nearest (const GstGbpDemand *demand, guint threads, guint most)
{
  for (guint workers = 1; workers <= most; workers++) {
    GstGbpDivision division = divide (threads, workers);

    if (keeps_up (demand, division))
      return division;
  }
  return choose_fastest (demand, threads, most);
}

GstGbpDivision
gst_gbp_division_choose (const GstGbpDemand *demand)
{
  guint threads = count_threads (demand);
  guint most = count_affordable (demand, threads);

  if (demand->is_immediate)
    return divide (threads, 1);
  if (demand->workers > 0)
    return divide (threads, MIN (demand->workers, threads));
  if (!demand->is_live && demand->images > 1 && demand->images >= threads)
    return divide (threads, 1);
  if (!demand->is_live)
    return choose_fastest (demand, threads, most);
  if (demand->frame_interval == 0 || demand->single == 0)
    return divide (threads, 1);
  return choose_nearest (demand, threads, most);
}
