/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "process.h"

#include <math.h>

#include "messages.h"

void
gst_gbp_process_reset (GstGbpSaliency *self)
{
  if (self->explainer == NULL)
    return;
  gst_gbp_explainer_reset (self->explainer);
  self->computed = GST_CLOCK_TIME_NONE;
  self->reported = -1;
  GST_OBJECT_LOCK (self);
  gst_gbp_latency_forget (&self->latency);
  GST_OBJECT_UNLOCK (self);
}

gboolean
gst_gbp_process_needs_picture (const GstGbpSaliency *self)
{
  return self->now.style.blend > 0 || self->in_force.channel == GBP_CHANNEL_STRONGEST;
}

void
gst_gbp_process_choose_passthrough (GstGbpSaliency *self)
{
  gst_base_transform_set_passthrough (
      GST_BASE_TRANSFORM (self), self->is_same && self->now.style.blend == 0);
}

void
gst_gbp_process_copy_settings (GstGbpSaliency *self)
{
  self->now.style = self->settings.style;
  self->now.fit = self->settings.fit;
  self->now.resample = self->settings.resample;
}

/* Makes @frames anew where another fit is wanted. */
static void
renew_frames (GstGbpSaliency *self)
{
  const GstVideoFilter *filter = GST_VIDEO_FILTER (self);
  GstGbpFrames *frames =
      gst_gbp_frames_new (&filter->in_info, &filter->out_info, self->now.fit, self->now.resample);

  if (frames == NULL)
    return;
  gst_gbp_frames_free (self->frames);
  self->frames = frames;
  gst_gbp_explainer_reset (self->explainer);
}

/* Copies what the frame is computed and shown with. */
static void
take_settings (GstGbpSaliency *self)
{
  g_autoptr (GError) error = NULL;
  GstGbpFit fit = self->now.fit;
  GstGbpResample resample = self->now.resample;
  gboolean has_changed;

  GST_OBJECT_LOCK (self);
  gst_gbp_process_copy_settings (self);
  has_changed = self->n_in_force != self->n_target;
  if (has_changed) {
    gst_gbp_target_copy (&self->in_force, &self->target);
    self->n_in_force = self->n_target;
  }
  GST_OBJECT_UNLOCK (self);
  if (self->frames != NULL && (self->now.fit != fit || self->now.resample != resample))
    renew_frames (self);
  if (!has_changed)
    return;
  self->reported = -1;
  self->has_warned = FALSE;
  if (!gst_gbp_explainer_set_target (self->explainer, &self->in_force, &error))
    gst_gbp_post_error (GST_ELEMENT (self), error);
}

void
gst_gbp_process_begin (GstGbpSaliency *self, const GstBuffer *buffer)
{
  const GstSegment *segment = &GST_BASE_TRANSFORM (self)->segment;
  GstClockTime time = GST_CLOCK_TIME_NONE;

  if (self->explainer == NULL)
    return;
  if (segment->format == GST_FORMAT_TIME)
    time = gst_segment_to_stream_time (segment, GST_FORMAT_TIME, GST_BUFFER_PTS (buffer));
  if (GST_CLOCK_TIME_IS_VALID (time))
    gst_object_sync_values (GST_OBJECT (self), time);
  if (GST_BUFFER_IS_DISCONT (buffer))
    gst_gbp_process_reset (self);
  take_settings (self);
  gst_gbp_process_choose_passthrough (self);
}

static void
report_channel (GstGbpSaliency *self, const GbpResult *result, const GstBuffer *frame)
{
  if (self->in_force.channel != GBP_CHANNEL_STRONGEST || result->channel == self->reported)
    return;
  self->reported = result->channel;
  gst_gbp_post_channel (GST_ELEMENT (self), self->network, self->in_force.layer, result,
      &GST_BASE_TRANSFORM (self)->segment, frame);
}

/* Says once for each target that there is nothing to see. */
static void
warn_of_overflow (GstGbpSaliency *self, const GbpResult *result)
{
  if (self->has_warned || isfinite (result->value))
    return;
  self->has_warned = TRUE;
  gst_gbp_post_overflow (GST_ELEMENT (self), self->in_force.layer);
}

static GstClockTime
find_running_time (GstGbpSaliency *self, const GstBuffer *frame)
{
  const GstSegment *segment = &GST_BASE_TRANSFORM (self)->segment;

  if (segment->format != GST_FORMAT_TIME)
    return GST_CLOCK_TIME_NONE;
  return gst_segment_to_running_time (segment, GST_FORMAT_TIME, GST_BUFFER_PTS (frame));
}

/* Whether to show the last picture again rather than come too late. */
static gboolean
is_late (GstGbpSaliency *self, const GstBuffer *frame)
{
  GstClockTime due = find_running_time (self, frame);
  GstClockTime now = gst_element_get_current_running_time (GST_ELEMENT (self));
  gboolean is_too_late;

  if (gst_base_transform_is_qos_enabled (GST_BASE_TRANSFORM (self))
      || !GST_CLOCK_TIME_IS_VALID (due) || !GST_CLOCK_TIME_IS_VALID (now)
      || !GST_CLOCK_TIME_IS_VALID (self->computed))
    return FALSE;
  GST_OBJECT_LOCK (self);
  is_too_late = gst_gbp_latency_is_too_short (
      &self->latency, now - MIN (now, due), GST_CLOCK_DIFF (self->computed, due));
  GST_OBJECT_UNLOCK (self);
  return is_too_late;
}

static void
count_time (GstGbpSaliency *self, GstClockTime spent)
{
  gboolean has_changed;

  GST_OBJECT_LOCK (self);
  has_changed = gst_gbp_latency_add (&self->latency, spent) && self->latency.is_live;
  GST_OBJECT_UNLOCK (self);
  if (has_changed)
    gst_element_post_message (GST_ELEMENT (self), gst_message_new_latency (GST_OBJECT (self)));
}

/* The picture to show with a frame.
 * Returns: NULL if there is no memory for it */
static GstGbpPicture *
explain (GstGbpSaliency *self, const GstVideoFrame *frame, gboolean *has_computed)
{
  GstClockTime time = find_running_time (self, frame->buffer);
  GstGbpPicture *picture = NULL;
  GbpResult result;

  if (is_late (self, frame->buffer))
    picture = gst_gbp_explainer_get_picture (self->explainer, &self->now.style, time);
  if (picture != NULL)
    return picture;
  if (!gst_gbp_frames_fit (self->frames, frame, gst_gbp_explainer_get_input (self->explainer)))
    return NULL;
  *has_computed = gst_gbp_explainer_run (self->explainer, &result);
  self->computed = time;
  report_channel (self, &result, frame->buffer);
  warn_of_overflow (self, &result);
  return gst_gbp_explainer_get_picture (self->explainer, &self->now.style, time);
}

GstFlowReturn
gst_gbp_process_frame (GstGbpSaliency *self, const GstVideoFrame *input, GstVideoFrame *output)
{
  GstClockTime started = gst_util_get_timestamp ();
  gboolean has_computed = FALSE, needs_picture = gst_gbp_process_needs_picture (self);
  GstGbpPicture *picture = needs_picture ? explain (self, input, &has_computed) : NULL;
  gboolean is_shown = self->now.style.blend > 0;

  if ((needs_picture && picture == NULL)
      || !gst_gbp_frames_show (self->frames, input, is_shown ? picture : NULL, output)) {
    GST_ELEMENT_ERROR (self, RESOURCE, FAILED, ("No memory for a frame"), (NULL));
    return GST_FLOW_ERROR;
  }
  if (has_computed)
    count_time (self, gst_util_get_timestamp () - started);
  return GST_FLOW_OK;
}
