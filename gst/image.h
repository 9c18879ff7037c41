/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A picture in memory of our own, as GStreamer's converter takes it. */
#pragma once

#include "blocks.h"

/* @info: what the picture is like
 * @blocks: whose memory it has; NULL: its own
 * @memory: NULL until it is asked for; @buffer: around it
 * @frame: the memory, mapped */
typedef struct {
  GstVideoInfo info;
  GstGbpBlocks *blocks;
  gpointer memory;
  GstBuffer *buffer;
  GstVideoFrame frame;
} GstGbpImage;

/* Allocates nothing yet. */
void gst_gbp_image_init (GstGbpImage *image, const GstVideoInfo *info);

/* The same for a network's input, in memory that all elements share. */
void gst_gbp_image_init_input (GstGbpImage *image, GstGbpBlocks *blocks);

/* Frees the memory; the image may be asked for again. */
void gst_gbp_image_clear (GstGbpImage *image);

/* The picture's frame, allocated at the first call, all zero unless its memory is shared; NULL if there is no memory. A
 * page of it takes memory only when it is written. */
GstVideoFrame *gst_gbp_image_get (GstGbpImage *image);

/* @info as @format in another size: of the same rate, progressive and in the same colours where both are
 * of one kind (RGB, YUV, grey).
 * Returns: FALSE if a frame of the format cannot be as large */
gboolean gst_gbp_info_init_like (
    GstVideoInfo *like, const GstVideoInfo *info, GstVideoFormat format, gint width, gint height);

/* @info as 8-bit RGB of full range, in another size: the network's input, or the picture of its gradient.
 * @info: of the video that it is converted from or to; no more than the range of colours is converted, since a
 *     picture of a gradient has no primaries
 * Returns: FALSE if a frame of the format cannot be as large */
gboolean gst_gbp_info_init_rgb (
    GstVideoInfo *rgb, const GstVideoInfo *info, GstVideoFormat format, gint width, gint height);
