/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A picture in memory of our own, as GStreamer's converter takes it. */
#pragma once

#include <gst/video/video.h>

/* @info: what the picture is like
 * @buffer: its memory; NULL until it is asked for
 * @frame: the memory, mapped */
typedef struct {
  GstVideoInfo info;
  GstBuffer *buffer;
  GstVideoFrame frame;
} GstGbpImage;

/* Allocates nothing yet. */
void gst_gbp_image_init (GstGbpImage *image, const GstVideoInfo *info);
void gst_gbp_image_clear (GstGbpImage *image);

/* The picture's frame, allocated at the first call; NULL if there is no memory, and the next call tries again. */
GstVideoFrame *gst_gbp_image_get (GstGbpImage *image);

/* @info as @format in another size: of the same rate, progressive and in the same colours where both are
 * of one kind (RGB, YUV, grey).
 * Returns: FALSE if a frame of the format cannot be as large */
gboolean gst_gbp_info_init_like (
    GstVideoInfo *like, const GstVideoInfo *info, GstVideoFormat format, gint width, gint height);

/* The network's input, and the picture of its gradient: 8-bit RGB of full range, 224×224.
 * @info: of the video that it is converted from or to; no more than the range of colours is converted,
 *     since a picture of a gradient has no primaries */
void gst_gbp_info_init_rgb (GstVideoInfo *rgb, const GstVideoInfo *info);
