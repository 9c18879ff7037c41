/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The picture of a gradient, with an opacity for each pixel; made again only if something changed. */
#pragma once

#include "canvas.h"
#include "image.h"

#include <gbp/gbp.h>

typedef struct _GstGbpPicture GstGbpPicture;

/* Returns: NULL if there is no memory for it; free with gst_gbp_picture_free() */
GstGbpPicture *gst_gbp_picture_new (const GstGbpInputSize *size);
void gst_gbp_picture_free (GstGbpPicture *picture);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstGbpPicture, gst_gbp_picture_free)

/* After a break in the stream: nothing is smoothed with what came before. */
void gst_gbp_picture_reset (GstGbpPicture *picture);

/* gst_gbp_picture_update:
 * @gradient: [height][width][3]
 * @image: (nullable): what it is of, 8-bit RGB, of the same size, if it is another one than at the last call; NULL: the
 *     same gradient
 * @time: running time of the frame that it is shown with, or GST_CLOCK_TIME_NONE
 *
 * Returns: FALSE if there is no memory for the picture */
gboolean gst_gbp_picture_update (GstGbpPicture *picture, const GbpStyle *style,
    const float *gradient, const GstVideoFrame *image, GstClockTime time);

/* These stay until the next update. */
const GstVideoFrame *gst_gbp_picture_get_rgb (GstGbpPicture *picture);
const GstVideoFrame *gst_gbp_picture_get_opacity (GstGbpPicture *picture);
const GbpStyle *gst_gbp_picture_get_style (const GstGbpPicture *picture);
const GbpScale *gst_gbp_picture_get_scale (const GstGbpPicture *picture);
