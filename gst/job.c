/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "job.h"

#include "blocks.h"

void
gst_gbp_job_clear_memory (GstGbpJob *job, GstGbpBlocks *blocks)
{
  gst_gbp_image_clear (&job->image);
  if (job->gradient != NULL)
    gst_gbp_block_give_back (blocks, GST_GBP_BLOCK_MAP, g_steal_pointer (&job->gradient));
}

void
gst_gbp_job_clear (GstGbpJob *job, GstGbpBlocks *blocks)
{
  gst_gbp_job_clear_memory (job, blocks);
  g_clear_pointer (&job->target, gst_gbp_shared_target_unref);
  g_clear_error (&job->error);
}

void
gst_gbp_job_stop (GstGbpJob *job)
{
  g_atomic_int_set (&job->is_stopped, TRUE);
}

void
gst_gbp_job_begin (GstGbpJob *job)
{
  g_atomic_int_set (&job->is_stopped, FALSE);
  g_atomic_int_set (&job->has_ended_early, FALSE);
}

gboolean
gst_gbp_job_ends_early (GstGbpJob *job)
{
  if (!g_atomic_int_get (&job->is_stopped))
    return FALSE;
  g_atomic_int_set (&job->has_ended_early, TRUE);
  return TRUE;
}

gboolean
gst_gbp_job_has_map (const GstGbpJob *job)
{
  return job->error == NULL && !g_atomic_int_get (&job->has_ended_early);
}

gboolean
gst_gbp_job_follows_lead (const GstGbpJob *job)
{
  return job->target->target.class_index == GBP_CLASS_TOP;
}
