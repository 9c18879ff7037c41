/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "process.h"

#include "messages.h"

void
gst_gbp_process_forget (GstGbpSaliency *self)
{
  if (self->explainer == NULL)
    return;
  gst_gbp_explainer_forget (self->explainer);
  self->computed = GST_CLOCK_TIME_NONE;
  self->reported = -1;
  GST_OBJECT_LOCK (self);
  gst_gbp_latency_forget (&self->latency);
  GST_OBJECT_UNLOCK (self);
}

gboolean
gst_gbp_process_needs_picture (const GstGbpSaliency *self)
{
  return self->now.blend > 0 || self->in_force.channel == GBP_CHANNEL_STRONGEST;
}

void
gst_gbp_process_choose_passthrough (GstGbpSaliency *self)
{
  gst_base_transform_set_passthrough (
      GST_BASE_TRANSFORM (self), self->is_same && self->now.blend == 0);
}

/* Copies what the frame is computed with. */
static void
take_moment (GstGbpSaliency *self)
{
  g_autoptr (GError) error = NULL;
  gboolean has_changed;

  GST_OBJECT_LOCK (self);
  self->now = (GstGbpMoment){self->settings.blend, self->settings.colormap};
  has_changed = self->n_in_force != self->n_target;
  if (has_changed) {
    gst_gbp_target_copy (&self->in_force, &self->target);
    self->n_in_force = self->n_target;
  }
  GST_OBJECT_UNLOCK (self);
  if (!has_changed)
    return;
  self->reported = -1;
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
    gst_gbp_process_forget (self);
  take_moment (self);
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
must_hurry (GstGbpSaliency *self, const GstBuffer *frame)
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

/* The picture to show with a frame. */
static const GstVideoFrame *
explain (GstGbpSaliency *self, const GstVideoFrame *frame, gboolean *has_computed)
{
  const GstVideoFrame *picture = NULL;
  GbpResult result;

  if (must_hurry (self, frame->buffer))
    picture = gst_gbp_explainer_get_last (self->explainer, self->now.colormap);
  if (picture != NULL)
    return picture;
  gst_gbp_frames_fit (self->frames, frame, gst_gbp_explainer_get_input (self->explainer));
  picture = gst_gbp_explainer_run (self->explainer, self->now.colormap, &result, has_computed);
  self->computed = find_running_time (self, frame->buffer);
  report_channel (self, &result, frame->buffer);
  return picture;
}

void
gst_gbp_process_frame (GstGbpSaliency *self, const GstVideoFrame *input, GstVideoFrame *output)
{
  GstClockTime started = gst_util_get_timestamp ();
  gboolean has_computed = FALSE;
  const GstVideoFrame *picture = NULL;

  if (gst_gbp_process_needs_picture (self))
    picture = explain (self, input, &has_computed);
  if (output != input && self->now.blend < 1)
    gst_gbp_frames_carry (self->frames, input, output);
  if (self->now.blend >= 1)
    gst_gbp_frames_show (self->frames, picture, output);
  else if (self->now.blend > 0)
    gst_gbp_frames_blend (self->frames, picture, output, self->now.blend);
  if (has_computed)
    count_time (self, gst_util_get_timestamp () - started);
}
