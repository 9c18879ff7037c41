/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "process.h"

#include <string.h>

#include "announce.h"
#include "blocks.h"
#include "drain.h"
#include "mapping.h"
#include "messages.h"
#include "pool.h"
#include "setup.h"

void
gst_gbp_process_choose_passthrough (GstGbpSaliency *self)
{
  gst_base_transform_set_passthrough (
      GST_BASE_TRANSFORM (self), self->is_same && self->going.style.blend == 0);
}

void
gst_gbp_process_copy_settings (GstGbpSaliency *self)
{
  self->coming.style = self->settings.style;
  self->coming.fit = self->settings.fit;
  self->coming.resample = self->settings.resample;
  self->coming.interval = self->settings.interval;
  self->coming.hold = self->settings.hold;
  self->coming.n_scores = self->aim.n_scores;
  self->coming.post_maps = self->settings.post_maps;
  self->coming.attach_maps = self->settings.attach_maps;
  self->coming.only_regions = self->settings.only_regions;
}

/* Makes @frames anew for another fit, with which the maps of before do not lie on the video. What is held goes out as
 * it came in. */
static void
renew_frames (GstGbpSaliency *self)
{
  const GstVideoFilter *filter = GST_VIDEO_FILTER (self);
  GstGbpFrames *frames = gst_gbp_frames_new (&self->input_size, &filter->in_info, &filter->out_info,
      self->coming.fit, self->coming.resample);

  if (frames == NULL)
    return;
  self->flow = gst_gbp_drain_all (self);
  gst_gbp_process_discard (self);
  gst_gbp_frames_free (self->frames);
  self->frames = frames;
}

/* Copies what the frame is computed and shown with. */
static void
take_settings (GstGbpSaliency *self)
{
  GstGbpFit fit = self->coming.fit;
  GstGbpResample resample = self->coming.resample;

  GST_OBJECT_LOCK (self);
  gst_gbp_process_copy_settings (self);
  if (self->in_force->number != self->n_target) {
    gst_gbp_shared_target_unref (self->in_force);
    self->in_force = gst_gbp_shared_target_new (&self->aim.target, self->n_target);
  }
  GST_OBJECT_UNLOCK (self);
  if (self->frames != NULL && (self->coming.fit != fit || self->coming.resample != resample))
    renew_frames (self);
}

void
gst_gbp_process_begin (GstGbpSaliency *self, const GstBuffer *buffer)
{
  const GstSegment *segment = &GST_BASE_TRANSFORM (self)->segment;
  GstClockTime time = GST_CLOCK_TIME_NONE;

  if (self->engine == NULL)
    return;
  if (segment->format == GST_FORMAT_TIME)
    time = gst_segment_to_stream_time (segment, GST_FORMAT_TIME, GST_BUFFER_PTS (buffer));
  if (GST_CLOCK_TIME_IS_VALID (time))
    gst_object_sync_values (GST_OBJECT (self), time);
  self->flow = self->pushed;
  self->pushed = GST_FLOW_OK;
  if (self->flow == GST_FLOW_OK && GST_BUFFER_IS_DISCONT (buffer))
    self->flow = gst_gbp_drain_all (self);
  take_settings (self);
}

static GstClockTime
find_running_time (GstGbpSaliency *self, const GstBuffer *frame)
{
  const GstSegment *segment = &GST_BASE_TRANSFORM (self)->segment;

  if (segment->format != GST_FORMAT_TIME)
    return GST_CLOCK_TIME_NONE;
  return gst_segment_to_running_time (segment, GST_FORMAT_TIME, GST_BUFFER_PTS (frame));
}

/* Whether to show the last map again rather than come too late. */
static gboolean
is_late (GstGbpSaliency *self, GstClockTime due)
{
  GstClockTime now = gst_element_get_current_running_time (GST_ELEMENT (self));
  GstClockTime last = gst_gbp_scheduler_get_last_time (self->engine->scheduler);
  guint n_workers = gst_gbp_workers_count (self->engine->workers);
  gboolean is_late;

  if (gst_base_transform_is_qos_enabled (GST_BASE_TRANSFORM (self))
      || !GST_CLOCK_TIME_IS_VALID (due) || !GST_CLOCK_TIME_IS_VALID (now)
      || !GST_CLOCK_TIME_IS_VALID (last))
    return FALSE;
  GST_OBJECT_LOCK (self);
  is_late = self->is_live
            && gst_gbp_timing_is_late (&self->timing, self->upstream, now - MIN (now, due),
                GST_CLOCK_DIFF (last, due), n_workers);
  GST_OBJECT_UNLOCK (self);
  return is_late;
}

static GstGbpFrame
describe_frame (GstGbpSaliency *self, const GstBuffer *buffer)
{
  GstClockTime time = find_running_time (self, buffer);

  return (GstGbpFrame){
      .time = time,
      .target = self->in_force->number,
      .interval = self->coming.interval,
      .hold = self->coming.hold,
      .wants_map = self->coming.style.blend > 0 || gst_gbp_announce_wants_map (self),
      .is_late = is_late (self, time),
      .is_discontinuous = GST_BUFFER_IS_DISCONT (buffer),
  };
}

/* Puts the network's input in the place of a map.
 * Returns: FALSE with an ERROR message if the buffer is no frame, or there is no memory */
static gboolean
put_image (GstGbpSaliency *self, GstBuffer *buffer, int place)
{
  GstVideoFrame *image =
      gst_gbp_image_get (&gst_gbp_workers_get_job (self->engine->workers, place)->image);
  GstVideoFrame frame;
  g_autofree char *reason =
      gst_gbp_mapping_open (&frame, &GST_VIDEO_FILTER (self)->in_info, buffer, GST_MAP_READ);
  gboolean has_fitted;

  if (reason != NULL) {
    GST_ELEMENT_ERROR (self, STREAM, FORMAT, ("%s", reason), (NULL));
    return FALSE;
  }
  has_fitted = image != NULL && gst_gbp_frames_fit (self->frames, &frame, image);
  gst_video_frame_unmap (&frame);
  if (!has_fitted)
    GST_ELEMENT_ERROR (self, RESOURCE, FAILED, ("No memory for a frame"), (NULL));
  return has_fitted;
}

GstFlowReturn
gst_gbp_process_submit (GstGbpSaliency *self, GstBuffer *buffer)
{
  GstGbpEngine *engine = self->engine;
  GstClockTime began = gst_util_get_timestamp ();
  GstGbpFrame frame = describe_frame (self, buffer);
  int place = gst_gbp_scheduler_begin (engine->scheduler, &frame);
  gboolean is_equal = FALSE;

  if (place != GST_GBP_NO_MAP) {
    if (!put_image (self, buffer, place)) {
      gst_buffer_unref (buffer);
      return GST_FLOW_ERROR;
    }
    gst_gbp_map_times_init (&engine->times[place], &GST_BASE_TRANSFORM (self)->segment, buffer);
    gst_gbp_workers_get_job (engine->workers, place)->seed =
        self->past.in + gst_gbp_scheduler_get_counts (engine->scheduler)->in;
    is_equal = gst_gbp_engine_is_equal (engine, place);
  }
  GST_LOG_OBJECT (self, "frame of %" GST_TIME_FORMAT ": target %u%s%s", GST_TIME_ARGS (frame.time),
      frame.target, is_equal ? ", as the last one" : "",
      place == GST_GBP_NO_MAP ? ", not to be computed" : "");
  if (frame.is_late && place == GST_GBP_NO_MAP)
    GST_DEBUG_OBJECT (self,
        "frame of %" GST_TIME_FORMAT " would come too late: it passes with the "
        "last map",
        GST_TIME_ARGS (frame.time));
  gst_gbp_engine_add (engine, buffer, &self->coming, self->in_force, is_equal);
  self->spent += gst_util_get_timestamp () - began;
  /* GstBaseTransform marks the first frame that goes out from now on, which thus is this one again */
  self->is_draining = frame.is_discontinuous;
  return GST_FLOW_OK;
}

/* Takes the computations that have ended. */
static void
collect_maps (GstGbpSaliency *self)
{
  int map;

  while ((map = gst_gbp_workers_collect (self->engine->workers)) >= 0) {
    GstGbpJob *job = gst_gbp_workers_get_job (self->engine->workers, map);
    gboolean has_map = gst_gbp_job_has_map (job);
    GstClockTime mean;

    GST_OBJECT_LOCK (self);
    if (has_map)
      gst_gbp_timing_add (&self->timing, job->spent);
    mean = gst_gbp_timing_get_mean (&self->timing);
    GST_OBJECT_UNLOCK (self);
    gst_gbp_scheduler_finish (self->engine->scheduler, map, !has_map, mean);
    if (job->error != NULL && !self->has_failed)
      gst_gbp_post_error (GST_ELEMENT (self), job->error);
    self->has_failed = self->has_failed || job->error != NULL;
    if (has_map)
      gst_gbp_setup_update_latency (self);
  }
  gst_gbp_engine_drop_maps (self->engine);
}

static const char *
describe_origin (GstGbpOrigin origin)
{
  static const char *const words[] = {
      [GST_GBP_ORIGIN_OWN] = "its own map",
      [GST_GBP_ORIGIN_EQUAL] = "the map of an equal frame",
      [GST_GBP_ORIGIN_HELD] = "an earlier map",
      [GST_GBP_ORIGIN_LATE] = "an earlier map, since it is late",
      [GST_GBP_ORIGIN_BLANK] = "no map: there is none to show",
      [GST_GBP_ORIGIN_UNTOUCHED] = "no map: none is wanted",
  };

  return words[origin];
}

/* Where the stream is when a frame has gone out. GstBaseTransform knows of those alone that go out as another comes
 * in. */
static void
note_position (GstGbpSaliency *self, const GstBuffer *frame)
{
  const GstSegment *segment = &GST_BASE_TRANSFORM (self)->segment;
  GstClockTime end = GST_BUFFER_PTS (frame);

  if (segment->format != GST_FORMAT_TIME || !GST_CLOCK_TIME_IS_VALID (end))
    return;
  if (GST_BUFFER_DURATION_IS_VALID (frame))
    end += GST_BUFFER_DURATION (frame);
  GST_OBJECT_LOCK (self);
  self->position = gst_segment_to_stream_time (segment, GST_FORMAT_TIME, end);
  GST_OBJECT_UNLOCK (self);
}

static GstBuffer *
begin_to_show (GstGbpSaliency *self)
{
  GstBuffer *frame = gst_gbp_engine_take (self->engine, self->shown.number, &self->going);

  GST_LOG_OBJECT (self, "frame of %" GST_TIME_FORMAT " goes out with %s, %" GST_TIME_FORMAT " old",
      GST_TIME_ARGS (find_running_time (self, frame)), describe_origin (self->shown.origin),
      GST_TIME_ARGS (self->shown.age));
  if (self->shown.map != GST_GBP_NO_MAP)
    gst_gbp_announce_result (self, frame);
  self->is_new = self->is_new || self->shown.is_first;
  note_position (self, frame);
  gst_gbp_process_choose_passthrough (self);
  return frame;
}

/* Where many elements compute, frames in flight take memory and make nothing faster: then each waits for its map. */
GstFlowReturn
gst_gbp_process_take (GstGbpSaliency *self, GstBuffer **frame)
{
  GstGbpEngine *engine = self->engine;
  gboolean must_wait = self->is_draining || gst_gbp_pool_is_crowded ();
  GstGbpTurn turn;

  *frame = NULL;
  collect_maps (self);
  while (
      (turn = gst_gbp_scheduler_pop (engine->scheduler, must_wait, &self->shown)) == GST_GBP_WAIT) {
    if (!gst_gbp_workers_wait (engine->workers)) {
      GST_DEBUG_OBJECT (self, "a wait for a map is cut short");
      return GST_FLOW_FLUSHING;
    }
    collect_maps (self);
  }
  if (self->has_failed)
    return GST_FLOW_ERROR;
  if (turn == GST_GBP_OUT)
    *frame = begin_to_show (self);
  return GST_FLOW_OK;
}

/* The picture of a map without gradient.
 * Returns: NULL if there is no memory for it */
static GstGbpPicture *
render_blank (GstGbpSaliency *self, GstClockTime time)
{
  GstGbpBlocks *blocks = gst_gbp_workers_get_blocks (self->engine->workers);
  float *zeros = gst_gbp_block_take (blocks, GST_GBP_BLOCK_MAP);
  gboolean is_made;

  if (zeros == NULL)
    return NULL;
  memset (zeros, 0, gst_gbp_block_get_size (blocks, GST_GBP_BLOCK_MAP));
  is_made = gst_gbp_picture_update (self->blank, &self->going.style, zeros, NULL, time);
  gst_gbp_block_give_back (blocks, GST_GBP_BLOCK_MAP, zeros);
  return is_made ? self->blank : NULL;
}

/* The picture of the map to show, or of one without gradient.
 * Returns: NULL if there is no memory for it */
static GstGbpPicture *
render_map (GstGbpSaliency *self, const GstVideoFrame *frame)
{
  const GbpStyle *style = &self->going.style;
  GstClockTime time = find_running_time (self, frame->buffer);
  GstGbpJob *job;
  const GstVideoFrame *image;

  if (self->shown.map == GST_GBP_NO_MAP)
    return render_blank (self, time);
  job = gst_gbp_workers_get_job (self->engine->workers, self->shown.map);
  image = self->is_new ? gst_gbp_image_get (&job->image) : NULL;
  if (!gst_gbp_picture_update (self->picture, style, job->gradient, image, time))
    return NULL;
  self->is_new = FALSE;
  return self->picture;
}

/* Without a map, the video is shown where it is seen at all. */
static gboolean
shows_picture (const GstGbpSaliency *self)
{
  const GbpStyle *style = &self->going.style;

  return style->blend >= 1 || (style->blend > 0 && self->shown.map != GST_GBP_NO_MAP);
}

GstFlowReturn
gst_gbp_process_show (GstGbpSaliency *self, const GstVideoFrame *input, GstVideoFrame *output)
{
  GstClockTime began = gst_util_get_timestamp ();
  gboolean is_shown = shows_picture (self), is_new = self->is_new;
  GstGbpPicture *picture = is_shown ? render_map (self, input) : NULL;

  if ((is_shown && picture == NULL)
      || !gst_gbp_frames_show (self->frames, input, picture, self->going.only_regions, output)) {
    GST_ELEMENT_ERROR (self, RESOURCE, FAILED, ("No memory for a frame"), (NULL));
    return GST_FLOW_ERROR;
  }
  if (picture == self->picture)
    gst_gbp_announce_map (self, is_new);
  self->spent += gst_util_get_timestamp () - began;
  return GST_FLOW_OK;
}

void
gst_gbp_process_end (GstGbpSaliency *self)
{
  GstGbpCounts counts = self->past;

  gst_gbp_counts_add (&counts, gst_gbp_scheduler_get_counts (self->engine->scheduler));
  GST_OBJECT_LOCK (self);
  self->stats.counts = counts;
  if (self->shown.map != GST_GBP_NO_MAP)
    self->stats.age = self->shown.age;
  if (self->going.style.blend > 0)
    gst_gbp_timing_add_outside (&self->timing, self->spent);
  GST_OBJECT_UNLOCK (self);
  self->spent = 0;
  gst_gbp_setup_update_latency (self);
}

void
gst_gbp_process_count_dropped (GstGbpSaliency *self)
{
  GST_DEBUG_OBJECT (self, "a late frame is dropped");
  GST_OBJECT_LOCK (self);
  self->stats.dropped++;
  GST_OBJECT_UNLOCK (self);
}

void
gst_gbp_process_discard (GstGbpSaliency *self)
{
  if (self->engine == NULL)
    return;
  GST_DEBUG_OBJECT (self, "discards frames and maps");
  gst_gbp_engine_discard (self->engine);
  collect_maps (self);
  gst_gbp_picture_reset (self->picture);
  gst_clear_buffer (&self->map);
  self->has_failed = FALSE;
  self->reported = -1;
  GST_OBJECT_LOCK (self);
  self->position = GST_CLOCK_TIME_NONE;
  GST_OBJECT_UNLOCK (self);
}
