/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Blends a picture over frames of any format. */
#pragma once

#include "image.h"

typedef struct _GstGbpOverlay GstGbpOverlay;

/* @frame: what the frames are like
 * @picture: what the picture is like: it is scaled to the frames' size
 *
 * Returns: NULL if GStreamer cannot convert between the two; free with gst_gbp_overlay_free() */
GstGbpOverlay *gst_gbp_overlay_new (const GstVideoInfo *frame, const GstVideoInfo *picture);
void gst_gbp_overlay_free (GstGbpOverlay *overlay);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstGbpOverlay, gst_gbp_overlay_free)

/* @weight: the picture's share, 0 … 1. Alpha stays the frame's. */
void gst_gbp_overlay_run (
    GstGbpOverlay *overlay, const GstVideoFrame *picture, GstVideoFrame *frame, double weight);
