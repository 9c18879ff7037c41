/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Two frames beside each other in one of the same size, each at half the size, with black above and below. */
#pragma once

#include "image.h"

typedef struct _GstGbpSideBySide GstGbpSideBySide;

/* @info: of all three frames, at least two pixels wide
 *
 * Returns: NULL if GStreamer cannot scale them; free with gst_gbp_side_by_side_free() */
GstGbpSideBySide *gst_gbp_side_by_side_new (const GstVideoInfo *info);
void gst_gbp_side_by_side_free (GstGbpSideBySide *sides);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstGbpSideBySide, gst_gbp_side_by_side_free)

/* @left, @right: neither is @to
 * Returns: FALSE if there is no memory for a step between */
gboolean gst_gbp_side_by_side_run (GstGbpSideBySide *sides, const GstVideoFrame *left,
    const GstVideoFrame *right, GstVideoFrame *to);

/* gst_gbp_side_by_side_find:
 * @info: as above
 * @x, @y: (inout): a place in the frame that has both; then what is seen there, as a place in the frame on that side
 *
 * Returns: FALSE if nothing is: it lies above or below */
gboolean gst_gbp_side_by_side_find (const GstVideoInfo *info, double *x, double *y);
