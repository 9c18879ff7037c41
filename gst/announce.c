/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "announce.h"

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

void
gst_gbp_announce_map (GstGbpSaliency *self, gboolean is_new)
{
  gboolean lacks_map = self->going.attach_maps && self->map == NULL;

  if (!(is_new && (self->going.post_maps || self->going.attach_maps)) && !lacks_map)
    return;
  keep_map (self);
  if (is_new && self->going.post_maps)
    gst_gbp_post_map (GST_ELEMENT (self), self->description);
}

void
gst_gbp_announce_on_frame (GstGbpSaliency *self, GstBuffer *frame)
{
  const GstGbpJob *job;

  if (self->shown.map == GST_GBP_NO_MAP || !gst_buffer_is_writable (frame))
    return;
  job = gst_gbp_workers_get_job (self->engine->workers, self->shown.map);
  gst_gbp_found_attach_scores (&job->found, self->going.n_scores, self->network, frame);
  if (self->going.attach_maps && self->map != NULL)
    gst_gbp_report_attach (frame, self->description, self->map, &self->input_size);
}
