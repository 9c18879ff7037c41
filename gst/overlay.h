/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Puts a picture over frames of any format. */
#pragma once

#include "image.h"

typedef struct _GstGbpOverlay GstGbpOverlay;

/* @frame: what the frames are like
 * @picture: what the picture is like: 8-bit RGB that is scaled to the frames' size
 *
 * Returns: NULL if GStreamer cannot convert between the two; free with gst_gbp_overlay_free() */
GstGbpOverlay *gst_gbp_overlay_new (const GstVideoInfo *frame, const GstVideoInfo *picture);
void gst_gbp_overlay_free (GstGbpOverlay *overlay);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstGbpOverlay, gst_gbp_overlay_free)

/* gst_gbp_overlay_run:
 * @picture: what is put over the frame
 * @opacity: (nullable): with which opacity in each of the picture's pixels, 8-bit grey; NULL: with @weight everywhere
 * @weight: the picture's share, 0 … 1, where there is no @opacity
 * @frame: (inout): its alpha stays
 *
 * Returns: FALSE if there is no memory for it */
gboolean gst_gbp_overlay_run (GstGbpOverlay *overlay, const GstVideoFrame *picture,
    const GstVideoFrame *opacity, double weight, GstVideoFrame *frame);
