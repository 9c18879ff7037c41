/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * How a frame lies on the network's input: the frame, scaled to the network's grid, is a canvas; canvas and
 * input overlap, and what is outside of the overlap is filled. The same way leads back. */
#pragma once

#include <gst/video/video.h>

/* GstGbpFit:
 * @GST_GBP_FIT_STRETCH: the whole frame becomes the whole input, whatever its shape
 * @GST_GBP_FIT_LETTERBOX: the whole frame in its own shape, with bars of mid grey
 * @GST_GBP_FIT_CROP: as much of the middle of the frame as the input has the shape of */
typedef enum {
  GST_GBP_FIT_STRETCH,
  GST_GBP_FIT_LETTERBOX,
  GST_GBP_FIT_CROP,
} GstGbpFit;

/* Of the network's input, in pixels. */
typedef struct {
  guint height;
  guint width;
} GstGbpInputSize;

/* In pixels of the network's input.
 * @input: its size
 * @width, @height: of the whole frame
 * @x, @y: of the input's upper left corner on the canvas; below zero where the input reaches beyond it */
typedef struct {
  GstGbpInputSize input;
  gint width;
  gint height;
  gint x;
  gint y;
} GstGbpCanvas;

/* @info: of the frames; their pixel aspect ratio counts. A shape beyond 8:1 is squeezed to that. */
void gst_gbp_canvas_init (
    GstGbpCanvas *canvas, const GstGbpInputSize *input, const GstVideoInfo *info, GstGbpFit fit);

gboolean gst_gbp_canvas_is_input (const GstGbpCanvas *canvas);

/* Copies what the two have in common; both are packed, of one format of whole bytes. The rest of the target stays as
 * it is. */
void gst_gbp_canvas_to_input (
    const GstGbpCanvas *canvas, const GstVideoFrame *from, GstVideoFrame *input);
void gst_gbp_canvas_from_input (
    const GstGbpCanvas *canvas, const GstVideoFrame *input, GstVideoFrame *to);
