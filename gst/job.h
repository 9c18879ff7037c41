/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A map to compute, and what is found beside it. */
#pragma once

#include "found.h"
#include "image.h"
#include "target.h"

/* A map to compute. Belongs to the one who asks from when it is collected until it is pushed.
 * @image: what it is of, 8-bit RGB; has memory from when it is first asked for
 * @target: what it is computed for: a reference that the workers keep; NULL before the first push
 * @seed: of its noise: the frame's number
 * @gradient: [height][width][3], of the image: the map; NULL while there is none
 * @found: beside it
 * @error: why there is no map; NULL: there is one, unless it has ended early
 * @is_stopped: atomic: whether its computation was asked to end early
 * @has_ended_early: atomic: whether it did: it then has no map
 * @spent: the time of the computation, without that of the preparation for another target */
typedef struct {
  GstGbpImage image;
  GstGbpSharedTarget *target;
  guint64 seed;
  float *gradient;
  GstGbpFound found;
  GError *error;
  gint is_stopped;
  gint has_ended_early;
  GstClockTime spent;
} GstGbpJob;

/* Gives back what it has of @blocks: its map and its image. */
void gst_gbp_job_clear_memory (GstGbpJob *job, GstGbpBlocks *blocks);
void gst_gbp_job_clear (GstGbpJob *job, GstGbpBlocks *blocks);

/* From any thread, while it is computed. One that is the mean of many images ends when those end that have begun, any
 * other as it would have, and one that has ended already keeps its map. */
void gst_gbp_job_stop (GstGbpJob *job);

/* Before it is computed: nobody has asked it to stop. */
void gst_gbp_job_begin (GstGbpJob *job);

/* Asked by its computation. Returns: TRUE if that is to end, which it then does */
gboolean gst_gbp_job_ends_early (GstGbpJob *job);

/* Whether there is a map: once it has ended. */
gboolean gst_gbp_job_has_map (const GstGbpJob *job);

/* Whether its class is chosen after that of the frame before. */
gboolean gst_gbp_job_follows_lead (const GstGbpJob *job);
