/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The way of the pixels: from a frame to the network's input, and from its picture to a frame. What depends on the
 * formats, sizes and settings is made once for them. */
#pragma once

#include "fit.h"
#include "picture.h"

typedef struct _GstGbpFrames GstGbpFrames;

/* @size: of the network's input
 * @input, @output: the frames that come in and go out, of the same size
 *
 * Returns: NULL if GStreamer cannot convert them; free with gst_gbp_frames_free() */
GstGbpFrames *gst_gbp_frames_new (const GstGbpInputSize *size, const GstVideoInfo *input,
    const GstVideoInfo *output, GstGbpFit fit, GstGbpResample resample);
void gst_gbp_frames_free (GstGbpFrames *frames);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstGbpFrames, gst_gbp_frames_free)

/* Makes the network's input of a frame that came in: 8-bit RGB.
 * Returns: FALSE if there is no memory for it */
gboolean gst_gbp_frames_fit (GstGbpFrames *frames, const GstVideoFrame *input, GstVideoFrame *rgb);

/* gst_gbp_frames_show:
 * @picture: (nullable): NULL: the video itself goes out
 * @only_regions: whether the picture is shown only within the regions of interest of @input
 * @output: may be @input, to work in place
 *
 * Makes the frame that goes out of the one that came in and the picture in its style. A saliency frame alone is
 * opaque, an overlay keeps the video's alpha.
 *
 * Returns: FALSE if there is no memory for it */
gboolean gst_gbp_frames_show (GstGbpFrames *frames, const GstVideoFrame *input,
    GstGbpPicture *picture, gboolean only_regions, GstVideoFrame *output);
