/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "measure.h"

/* Texture: flat parts cost more time, or less, than what a camera sees.
 * Returns: FALSE with @error set if there is no memory for the image */
static gboolean
fill_image (GstGbpImage *image, GError **error)
{
  GstVideoFrame *frame = gst_gbp_image_get (image);
  guint32 state = 1;

  if (frame == NULL) {
    g_set_error (error, GBP_ERROR, GBP_ERROR_MEMORY, "not enough memory for an image");
    return FALSE;
  }
  for (gsize i = 0;
       i < (gsize) GST_VIDEO_FRAME_PLANE_STRIDE (frame, 0) * GST_VIDEO_FRAME_HEIGHT (frame); i++) {
    state = state * 1664525u + 1013904223u; /* Numerical Recipes' generator */
    ((guint8 *) GST_VIDEO_FRAME_PLANE_DATA (frame, 0))[i] = (guint8) (state >> 24);
  }
  return TRUE;
}

/* One computation by each worker at once. */
static gboolean
measure_once (
    GstGbpWorkers *workers, GstGbpSharedTarget *target, GstClockTime *spent, GError **error)
{
  guint n_workers = gst_gbp_workers_count (workers);
  gboolean has_map = TRUE;

  *spent = 0;
  for (guint i = 0; i < n_workers; i++)
    gst_gbp_workers_push (workers, (int) i, target);
  for (guint i = 0; i < n_workers && gst_gbp_workers_wait (workers); i++) {
    GstGbpJob *job = gst_gbp_workers_get_job (workers, gst_gbp_workers_collect (workers));

    *spent += job->spent / n_workers;
    if (job->error == NULL)
      continue;
    if (has_map)
      g_propagate_error (error, g_steal_pointer (&job->error));
    has_map = FALSE;
  }
  return has_map;
}

gboolean
gst_gbp_workers_measure (
    GstGbpWorkers *workers, GstGbpSharedTarget *target, GstClockTime *spent, GError **error)
{
  for (guint i = 0; i < gst_gbp_workers_count (workers); i++)
    if (!fill_image (&gst_gbp_workers_get_job (workers, (int) i)->image, error))
      return FALSE;
  return measure_once (workers, target, spent, error)
         && measure_once (workers, target, spent, error);
}
