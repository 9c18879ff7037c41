/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "engine.h"

#include <string.h>

#include "computing.h"

GstGbpEngine *
gst_gbp_engine_new (GbpNetwork *network, const GstGbpSetup *setup, GError **error)
{
  GstGbpEngine *engine = g_new0 (GstGbpEngine, 1);
  const GstGbpDivision *division = &setup->division;

  engine->setup = *setup;
  engine->held = g_new0 (GstGbpHeldFrame, setup->depth);
  engine->scheduler = gst_gbp_scheduler_new (setup->schedule, setup->depth, division->workers);
  engine->times = g_new0 (GstGbpMapTimes, gst_gbp_scheduler_count_maps (engine->scheduler));
  engine->workers = gst_gbp_workers_new (division->workers, division->threads,
      gst_gbp_scheduler_count_maps (engine->scheduler), &gst_gbp_computing, network, error);
  if (engine->workers != NULL)
    return engine;
  gst_gbp_engine_free (engine);
  return NULL;
}

void
gst_gbp_engine_free (GstGbpEngine *engine)
{
  g_clear_pointer (&engine->workers, gst_gbp_workers_free);
  for (guint i = 0; i < engine->setup.depth; i++)
    gst_clear_buffer (&engine->held[i].buffer);
  gst_gbp_scheduler_free (engine->scheduler);
  g_free (engine->held);
  g_free (engine->times);
  g_free (engine);
}

gboolean
gst_gbp_engine_is_empty (const GstGbpEngine *engine)
{
  const GstGbpCounts *counts = gst_gbp_scheduler_get_counts (engine->scheduler);

  return counts->in == counts->out + counts->discarded;
}

static const GstVideoFrame *
get_image (const GstGbpEngine *engine, int map)
{
  return gst_gbp_image_get (&gst_gbp_workers_get_job (engine->workers, map)->image);
}

/* The rows' padding may be anything. */
static gboolean
has_equal_pixels (const GstVideoFrame *a, const GstVideoFrame *b)
{
  const guint8 *row = GST_VIDEO_FRAME_PLANE_DATA (a, 0), *other = GST_VIDEO_FRAME_PLANE_DATA (b, 0);
  gsize stride = (gsize) GST_VIDEO_FRAME_PLANE_STRIDE (a, 0);
  gsize n_bytes = 3 * (gsize) GST_VIDEO_FRAME_WIDTH (a);

  for (gint y = 0; y < GST_VIDEO_FRAME_HEIGHT (a); y++, row += stride, other += stride)
    if (memcmp (row, other, n_bytes) != 0)
      return FALSE;
  return TRUE;
}

gboolean
gst_gbp_engine_is_equal (const GstGbpEngine *engine, int map)
{
  int last = gst_gbp_scheduler_get_equal (engine->scheduler);

  return last != GST_GBP_NO_MAP
         && has_equal_pixels (get_image (engine, map), get_image (engine, last));
}

void
gst_gbp_engine_add (GstGbpEngine *engine, GstBuffer *frame, const GstGbpFrameSettings *settings,
    GstGbpSharedTarget *target, gboolean is_equal)
{
  guint64 number = gst_gbp_scheduler_get_counts (engine->scheduler)->in;
  GstGbpOrder order = gst_gbp_scheduler_add (engine->scheduler, is_equal);

  engine->held[number % engine->setup.depth] = (GstGbpHeldFrame){frame, *settings};
  if (order.withdraw != GST_GBP_NO_MAP
      && gst_gbp_workers_withdraw (engine->workers, order.withdraw))
    gst_gbp_scheduler_withdraw (engine->scheduler, order.withdraw);
  gst_gbp_engine_drop_maps (engine);
  if (order.compute == GST_GBP_NO_MAP)
    return;
  if (engine->setup.schedule == GST_GBP_SCHEDULE_LATEST) /* else some frame waits for each map */
    gst_gbp_workers_stop_others (engine->workers, target);
  gst_gbp_workers_push (engine->workers, order.compute, target);
}

GstBuffer *
gst_gbp_engine_take (GstGbpEngine *engine, guint64 number, GstGbpFrameSettings *settings)
{
  GstGbpHeldFrame *held = &engine->held[number % engine->setup.depth];

  *settings = held->settings;
  return g_steal_pointer (&held->buffer);
}

void
gst_gbp_engine_drop_maps (GstGbpEngine *engine)
{
  guint n_maps = gst_gbp_scheduler_count_maps (engine->scheduler);

  for (int i = 0; i < (int) n_maps; i++)
    if (!gst_gbp_scheduler_is_needed (engine->scheduler, i))
      gst_gbp_workers_drop (engine->workers, i);
}

void
gst_gbp_engine_discard (GstGbpEngine *engine)
{
  guint n_maps = gst_gbp_scheduler_count_maps (engine->scheduler);

  gst_gbp_scheduler_flush (engine->scheduler);
  for (int i = 0; i < (int) n_maps; i++)
    if (gst_gbp_scheduler_is_pending (engine->scheduler, i)
        && gst_gbp_workers_withdraw (engine->workers, i))
      gst_gbp_scheduler_withdraw (engine->scheduler, i);
  gst_gbp_workers_reset_lead (engine->workers);
  gst_gbp_engine_drop_maps (engine);
  for (guint i = 0; i < engine->setup.depth; i++)
    gst_clear_buffer (&engine->held[i].buffer);
}
