/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "announce.h"

#include <math.h>

#include "messages.h"

static void
keep_map (GstGbpSaliency *self)
{
  const GstGbpJob *job = gst_gbp_workers_get_job (self->engine->workers, self->shown.map);

  g_clear_pointer (&self->description, gst_structure_free);
  gst_clear_buffer (&self->map);
  self->description = gst_gbp_report_describe (job, self->network,
      &self->engine->times[self->shown.map], gst_gbp_picture_get_scale (self->picture));
  if (self->going.attach_maps)
    self->map = gst_gbp_report_copy_map (job);
}

/* A frame of one value gets no noise, and one to which the target does not respond has no map in any case. */
static void
report_silence (GstGbpSaliency *self)
{
  const GstGbpJob *job = gst_gbp_workers_get_job (self->engine->workers, self->shown.map);
  const GbpTarget *target = &job->target->target;

  if (target->samples < 2 || gst_gbp_picture_get_scale (self->picture)->peak > 0
      || job->found.result.value == 0 || self->silent_target == job->target->number)
    return;
  self->silent_target = job->target->number;
  gst_gbp_post_silence (GST_ELEMENT (self), target);
}

void
gst_gbp_announce_map (GstGbpSaliency *self, gboolean is_new)
{
  gboolean lacks_map = self->going.attach_maps && self->map == NULL;

  if (is_new)
    report_silence (self);
  if (!(is_new && (self->going.post_maps || self->going.attach_maps)) && !lacks_map)
    return;
  keep_map (self);
  if (is_new && self->going.post_maps)
    gst_gbp_post_map (GST_ELEMENT (self), self->description);
}

void
gst_gbp_announce_on_frame (GstGbpSaliency *self, GstBuffer **frame)
{
  const GstGbpJob *job;

  if (self->shown.map == GST_GBP_NO_MAP)
    return;
  job = gst_gbp_workers_get_job (self->engine->workers, self->shown.map);
  gst_gbp_found_attach_scores (&job->found, self->going.n_scores, self->network, frame);
  if (self->going.attach_maps && self->going.style.blend > 0 && self->map != NULL)
    gst_gbp_report_attach (*frame, self->description, self->map, &self->input_size);
}

gboolean
gst_gbp_announce_wants_map (const GstGbpSaliency *self)
{
  const GbpTarget *target = &self->in_force->target;

  return self->coming.n_scores > 0
         || (target->class_index != GBP_CLASS_NONE ? target->class_index == GBP_CLASS_TOP
                                                   : target->channel == GBP_CHANNEL_STRONGEST);
}

/* The class or the strongest channel that is explained, where it is another one than before. */
static void
report_choice (GstGbpSaliency *self, const GstGbpJob *job)
{
  const GbpTarget *target = &job->target->target;
  const GbpResult *result = &job->found.result;
  const GstGbpMapTimes *times = &self->engine->times[self->shown.map];
  guint number = job->target->number;
  gboolean is_class = target->class_index != GBP_CLASS_NONE;

  if ((!is_class && target->channel != GBP_CHANNEL_STRONGEST)
      || (self->reported == result->channel && self->reported_target == number))
    return;
  self->reported = result->channel;
  self->reported_target = number;
  if (is_class)
    gst_gbp_post_class (GST_ELEMENT (self), self->network, &job->found, times);
  else
    gst_gbp_post_channel (GST_ELEMENT (self), self->network, target->layer, result, times);
}

/* Of a frame whose map is its own, or that of an equal one. */
static void
report_scores (GstGbpSaliency *self, const GstGbpJob *job, const GstBuffer *frame)
{
  gboolean is_equal = self->shown.origin == GST_GBP_ORIGIN_EQUAL;
  GstGbpMapTimes times = self->engine->times[self->shown.map];

  if (self->going.n_scores == 0 || !(self->shown.is_first || is_equal))
    return;
  if (is_equal)
    gst_gbp_map_times_init (&times, &GST_BASE_TRANSFORM (self)->segment, frame);
  gst_gbp_post_scores (GST_ELEMENT (self), self->network, &job->found, self->going.n_scores,
      self->past.in + self->shown.number, &times);
}

void
gst_gbp_announce_result (GstGbpSaliency *self, const GstBuffer *frame)
{
  const GstGbpJob *job = gst_gbp_workers_get_job (self->engine->workers, self->shown.map);
  guint number = job->target->number;

  if (!isfinite (job->found.result.value) && self->warned_target != number) {
    self->warned_target = number;
    gst_gbp_post_overflow (GST_ELEMENT (self), job->target->target.layer);
  }
  report_choice (self, job);
  report_scores (self, job, frame);
}
