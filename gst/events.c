/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "events.h"

#include "drain.h"
#include "process.h"

void
gst_gbp_events_set_flushing (GstGbpSaliency *self, gboolean is_flushing)
{
  GST_OBJECT_LOCK (self);
  self->is_flushing = is_flushing;
  if (self->engine != NULL)
    gst_gbp_workers_set_flushing (self->engine->workers, is_flushing);
  GST_OBJECT_UNLOCK (self);
}

static void
end_flush (GstGbpSaliency *self)
{
  gst_gbp_process_discard (self);
  self->pushed = GST_FLOW_OK;
  GST_OBJECT_LOCK (self);
  gst_gbp_timing_reset (&self->timing);
  GST_OBJECT_UNLOCK (self);
  gst_gbp_events_set_flushing (self, FALSE);
}

void
gst_gbp_events_before (GstGbpSaliency *self, GstEvent *event)
{
  GstEventType type = GST_EVENT_TYPE (event);

  if (type == GST_EVENT_FLUSH_START)
    gst_gbp_events_set_flushing (self, TRUE);
  else if (type == GST_EVENT_FLUSH_STOP)
    end_flush (self);
  else if (GST_EVENT_IS_SERIALIZED (event))
    gst_gbp_drain_all (self);
  if (type == GST_EVENT_SEGMENT)
    gst_gbp_process_discard (self); /* the maps of another segment */
}

/* Whether maps of the frames that came in until now lie on those that come now. */
static gboolean
keeps_canvas (GstGbpSaliency *self, const GstVideoInfo *before, const GstVideoInfo *input)
{
  GstGbpCanvas earlier, later;

  gst_gbp_canvas_init (&earlier, &self->input_size, before, self->coming.fit);
  gst_gbp_canvas_init (&later, &self->input_size, input, self->coming.fit);
  return earlier.width == later.width && earlier.height == later.height;
}

void
gst_gbp_events_change_input (
    GstGbpSaliency *self, const GstVideoInfo *before, const GstVideoInfo *input)
{
  if (GST_VIDEO_INFO_WIDTH (before) == 0 || gst_video_info_is_equal (before, input))
    return;
  if (keeps_canvas (self, before, input))
    gst_gbp_picture_reset (self->picture);
  else
    gst_gbp_process_discard (self);
}

void
gst_gbp_events_answer_position (GstGbpSaliency *self, GstQuery *query)
{
  GstClockTime position;
  GstFormat format;

  GST_OBJECT_LOCK (self);
  position = self->position;
  GST_OBJECT_UNLOCK (self);
  gst_query_parse_position (query, &format, NULL);
  if (format == GST_FORMAT_TIME && GST_CLOCK_TIME_IS_VALID (position))
    gst_query_set_position (query, format, (gint64) position);
}

void
gst_gbp_events_answer_latency (GstGbpSaliency *self, GstQuery *query)
{
  GstClockTime least, most, added;
  gboolean is_live;

  gst_query_parse_latency (query, &is_live, &least, &most);
  GST_OBJECT_LOCK (self);
  self->is_live = is_live;
  self->upstream = least;
  added = self->timing.reported;
  GST_OBJECT_UNLOCK (self);
  if (!is_live)
    return;
  least += added;
  if (GST_CLOCK_TIME_IS_VALID (most))
    most += added;
  GST_DEBUG_OBJECT (self, "latency: %" GST_TIME_FORMAT " of it here", GST_TIME_ARGS (added));
  gst_query_set_latency (query, TRUE, least, most);
}

void
gst_gbp_events_count_held_buffers (GstGbpSaliency *self, GstQuery *query)
{
  guint n_held = 0;

  GST_OBJECT_LOCK (self);
  if (self->engine != NULL && self->engine->setup.schedule == GST_GBP_SCHEDULE_EVERY_FRAME)
    n_held = self->engine->setup.depth;
  GST_OBJECT_UNLOCK (self);
  if (n_held == 0)
    return;
  if (gst_query_get_n_allocation_pools (query) == 0)
    gst_query_add_allocation_pool (
        query, NULL, (guint) GST_VIDEO_INFO_SIZE (&GST_VIDEO_FILTER (self)->in_info), 0, 0);
  for (guint i = 0; i < gst_query_get_n_allocation_pools (query); i++) {
    GstBufferPool *pool;
    guint size, least, most;

    gst_query_parse_nth_allocation_pool (query, i, &pool, &size, &least, &most);
    gst_query_set_nth_allocation_pool (
        query, i, pool, size, least + n_held, most > 0 ? most + n_held : 0);
    gst_clear_object (&pool);
  }
}

void
gst_gbp_events_offer_no_crops (GstQuery *query)
{
  guint index;

  while (gst_query_find_allocation_meta (query, GST_VIDEO_CROP_META_API_TYPE, &index))
    gst_query_remove_nth_allocation_meta (query, index);
}
