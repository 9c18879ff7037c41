/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "computer.h"

#include "blocks.h"

gboolean
gst_gbp_computer_open (GstGbpComputer *computer, const GstGbpComputing *computing, gpointer data,
    guint threads, GError **error)
{
  *computer =
      (GstGbpComputer){.computing = computing, .data = computing->open (data, threads, error)};
  return computer->data != NULL;
}

static gboolean
aim (GstGbpComputer *computer, GstGbpJob *job)
{
  if (computer->aimed_at == job->target->number)
    return TRUE;
  if (!computer->computing->aim (computer->data, &job->target->target, &job->error))
    return FALSE;
  computer->aimed_at = job->target->number;
  return TRUE;
}

static gboolean
prepare (GstGbpComputer *computer, GstGbpJob *job, GstGbpBlocks *blocks)
{
  if (job->gradient == NULL
      && (job->gradient = gst_gbp_block_take (blocks, GST_GBP_BLOCK_MAP)) == NULL)
    g_set_error (&job->error, GBP_ERROR, GBP_ERROR_MEMORY, "not enough memory for a map");
  return job->gradient != NULL && aim (computer, job);
}

void
gst_gbp_computer_compute (
    GstGbpComputer *computer, GstGbpJob *job, GstGbpBlocks *blocks, const GstGbpGuide *guide)
{
  const GstVideoFrame *image = gst_gbp_image_get (&job->image);
  GstClockTime began;

  if (!prepare (computer, job, blocks))
    return;
  began = gst_util_get_timestamp ();
  computer->computing->compute (computer->data, GST_VIDEO_FRAME_PLANE_DATA (image, 0),
      (gsize) GST_VIDEO_FRAME_PLANE_STRIDE (image, 0), job->gradient, job->seed, guide,
      &job->found);
  job->spent = gst_util_get_timestamp () - began - *guide->waited;
}
