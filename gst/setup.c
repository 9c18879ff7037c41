/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "setup.h"

#include "computing.h"
#include "messages.h"

/* Asks upstream itself: an application need not have asked yet. */
static gboolean
is_upstream_live (GstGbpSaliency *self)
{
  g_autoptr (GstQuery) query = gst_query_new_latency ();
  gboolean is_live = FALSE;
  GstClockTime least = 0;

  if (gst_pad_peer_query (GST_BASE_TRANSFORM_SINK_PAD (self), query))
    gst_query_parse_latency (query, &is_live, &least, NULL);
  GST_OBJECT_LOCK (self);
  self->is_live = is_live;
  self->upstream = least;
  GST_OBJECT_UNLOCK (self);
  return is_live;
}

/* One thread and all of them, once for each start. */
static void
measure (GstGbpSaliency *self, GstGbpDemand *demand)
{
  if (self->single == 0) {
    self->single = gst_gbp_computing_measure (self->network, 1, &self->in_force->target);
    self->full = self->single;
    if (demand->threads > 1)
      self->full =
          gst_gbp_computing_measure (self->network, demand->threads, &self->in_force->target);
    GST_INFO_OBJECT (self,
        "a computation takes %" GST_TIME_FORMAT " with one thread, %" GST_TIME_FORMAT " with %u",
        GST_TIME_ARGS (self->single), GST_TIME_ARGS (self->full), demand->threads);
  }
  demand->single = self->single;
  demand->full = self->full;
}

/* How many frames may be held: where nobody waits for them, one more than there are workers, so that no worker waits
 * for a frame. */
static guint
choose_depth (const GstGbpDemand *demand, guint n_workers)
{
  if (demand->is_immediate)
    return 1;
  return n_workers + (!demand->is_live && n_workers > 1);
}

/* A map for every frame, where it is asked for, may be so of live video: upstream does not tell before its pads are
 * open. So the network is measured in any case, while nobody waits.
 * @expected: (out): the time of a computation; 0: not known */
static GstGbpSetup
choose_setup (
    GstGbpSaliency *self, gboolean is_live, GstClockTime frame_interval, GstClockTime *expected)
{
  GstGbpDemand demand = {
      .cores = gst_gbp_computing.count_cpus (self->network),
      .worker_size = gst_gbp_computing_estimate_size (self->network),
      .free_memory = gst_gbp_computing_find_free_memory (),
      .is_live = is_live,
      .frame_interval = frame_interval,
      .images = gst_gbp_target_count_images (&self->in_force->target),
  };
  GstGbpSetup setup;

  GST_OBJECT_LOCK (self);
  setup.schedule = self->settings.schedule;
  demand.threads = self->settings.threads;
  demand.workers = self->settings.workers;
  GST_OBJECT_UNLOCK (self);
  if (demand.threads == 0)
    demand.threads = demand.cores;
  if (setup.schedule == GST_GBP_SCHEDULE_EVERY_FRAME)
    measure (self, &demand);
  else if (setup.schedule == GST_GBP_SCHEDULE_AUTO)
    setup.schedule = is_live ? GST_GBP_SCHEDULE_LATEST : GST_GBP_SCHEDULE_EVERY_FRAME;
  demand.is_immediate = setup.schedule == GST_GBP_SCHEDULE_LATEST;
  setup.division = gst_gbp_division_choose (&demand);
  setup.depth = choose_depth (&demand, setup.division.workers);
  *expected = gst_gbp_division_predict (&demand, setup.division.threads);
  return setup;
}

static gboolean
is_same_setup (const GstGbpSetup *a, const GstGbpSetup *b)
{
  return a->schedule == b->schedule && a->depth == b->depth
         && a->division.workers == b->division.workers
         && a->division.threads == b->division.threads;
}

/* Where the schedule is left to us, frames that have to be on time do not wait: only a latency of theirs is asked. */
static gboolean
goes_out_at_once (const GstGbpSaliency *self)
{
  return self->settings.schedule != GST_GBP_SCHEDULE_EVERY_FRAME;
}

void
gst_gbp_setup_update_latency (GstGbpSaliency *self)
{
  GstClockTime latency;
  gboolean has_changed;

  GST_OBJECT_LOCK (self);
  has_changed = gst_gbp_timing_update (&self->timing, goes_out_at_once (self)) && self->is_live;
  latency = self->timing.reported;
  GST_OBJECT_UNLOCK (self);
  if (!has_changed)
    return;
  GST_INFO_OBJECT (self, "the latency is now %" GST_TIME_FORMAT, GST_TIME_ARGS (latency));
  gst_element_post_message (GST_ELEMENT (self), gst_message_new_latency (GST_OBJECT (self)));
}

/* Threads that do not stream ask the engine to end a wait: they find it under the object lock. */
static void
set_engine (GstGbpSaliency *self, GstGbpEngine *engine, GstClockTime expected)
{
  GstGbpEngine *old;

  GST_OBJECT_LOCK (self);
  old = self->engine;
  self->engine = engine;
  if (engine != NULL) {
    self->stats.workers = gst_gbp_workers_count (engine->workers);
    self->stats.threads = engine->setup.division.threads;
    gst_gbp_workers_set_flushing (engine->workers, self->is_flushing);
    if (engine->setup.depth > 1)
      gst_gbp_workers_set_ended_function (engine->workers, gst_gbp_pusher_wake, self->pusher);
    gst_gbp_timing_reset (&self->timing);
    if (expected > 0)
      gst_gbp_timing_add (&self->timing, expected);
  }
  GST_OBJECT_UNLOCK (self);
  if (old == NULL)
    return;
  gst_gbp_counts_add (&self->past, gst_gbp_scheduler_get_counts (old->scheduler));
  gst_gbp_engine_free (old);
}

void
gst_gbp_setup_clear (GstGbpSaliency *self)
{
  set_engine (self, NULL, 0);
}

gboolean
gst_gbp_setup_choose (GstGbpSaliency *self, GstClockTime frame_interval, GError **error)
{
  gboolean is_live = is_upstream_live (self);
  GstClockTime expected;
  GstGbpSetup setup = choose_setup (self, is_live, frame_interval, &expected);
  GstGbpEngine *engine;

  if (self->engine == NULL || !is_same_setup (&setup, &self->engine->setup)) {
    engine = gst_gbp_engine_new (self->network, &setup, error);
    if (engine == NULL)
      return FALSE;
    set_engine (self, engine, expected);
    GST_INFO_OBJECT (self, "%s upstream: %s, %u workers of %u threads, %u frames held",
        is_live ? "live" : "no live",
        setup.schedule == GST_GBP_SCHEDULE_LATEST ? "the latest map" : "a map for every frame",
        gst_gbp_workers_count (engine->workers), setup.division.threads, setup.depth);
  }
  gst_gbp_setup_update_latency (self);
  return TRUE;
}

gboolean
gst_gbp_setup_suit (GstGbpSaliency *self, const GstVideoInfo *input)
{
  g_autoptr (GError) error = NULL;
  GstClockTime interval = 0;

  if (!gst_gbp_engine_is_empty (self->engine))
    return TRUE;
  if (GST_VIDEO_INFO_FPS_N (input) > 0)
    interval = gst_util_uint64_scale_int (
        GST_SECOND, GST_VIDEO_INFO_FPS_D (input), GST_VIDEO_INFO_FPS_N (input));
  if (gst_gbp_setup_choose (self, interval, &error))
    return TRUE;
  gst_gbp_post_error (GST_ELEMENT (self), error);
  return FALSE;
}
