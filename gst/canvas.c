/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "canvas.h"

#include <string.h>

#define MAX_ASPECT 8 /* a canvas of a frame of one row would have millions of pixels */

/* @length · @n / @d, to nearest, between one pixel and MAX_ASPECT lengths. */
static gint
scale_side (guint64 length, guint64 n, guint64 d)
{
  guint64 side = (2 * length * n + d) / (2 * d);

  return (gint) CLAMP (side, 1, MAX_ASPECT * length);
}

/* A pixel that has no extent, as 0/1 where a file does not know it, is taken for a square. */
static gboolean
has_pixel_shape (const GstVideoInfo *info)
{
  return GST_VIDEO_INFO_PAR_N (info) > 0 && GST_VIDEO_INFO_PAR_D (info) > 0;
}

void
gst_gbp_canvas_init (
    GstGbpCanvas *canvas, const GstGbpInputSize *input, const GstVideoInfo *info, GstGbpFit fit)
{
  gboolean has_shape = has_pixel_shape (info);
  guint64 width = (guint64) GST_VIDEO_INFO_WIDTH (info)
                  * (has_shape ? (guint64) GST_VIDEO_INFO_PAR_N (info) : 1);
  guint64 height = (guint64) GST_VIDEO_INFO_HEIGHT (info)
                   * (has_shape ? (guint64) GST_VIDEO_INFO_PAR_D (info) : 1);
  gboolean is_wider = width * input->height > height * input->width;
  gboolean fills_width = is_wider == (fit == GST_GBP_FIT_LETTERBOX);

  canvas->input = *input;
  canvas->width = (gint) input->width;
  canvas->height = (gint) input->height;
  if (fit != GST_GBP_FIT_STRETCH && fills_width)
    canvas->height = scale_side (input->width, height, width);
  else if (fit != GST_GBP_FIT_STRETCH)
    canvas->width = scale_side (input->height, width, height);
  canvas->x = (canvas->width - (gint) input->width) / 2;
  canvas->y = (canvas->height - (gint) input->height) / 2;
}

gboolean
gst_gbp_canvas_is_input (const GstGbpCanvas *canvas)
{
  return canvas->width == (gint) canvas->input.width
         && canvas->height == (gint) canvas->input.height;
}

/* Copies the rectangle of @from that begins at @x and @y into @to; below zero it begins inside of @to. */
static void
copy_overlap (const GstVideoFrame *from, GstVideoFrame *to, gint x, gint y)
{
  gint from_x = MAX (x, 0), to_x = MAX (-x, 0), from_y = MAX (y, 0), to_y = MAX (-y, 0);
  gint width = MIN (GST_VIDEO_FRAME_WIDTH (from) - from_x, GST_VIDEO_FRAME_WIDTH (to) - to_x);
  gint height = MIN (GST_VIDEO_FRAME_HEIGHT (from) - from_y, GST_VIDEO_FRAME_HEIGHT (to) - to_y);
  gint step = GST_VIDEO_FRAME_COMP_PSTRIDE (from, 0);
  gint from_stride = GST_VIDEO_FRAME_PLANE_STRIDE (from, 0);
  gint to_stride = GST_VIDEO_FRAME_PLANE_STRIDE (to, 0);
  const guint8 *from_row =
      (const guint8 *) GST_VIDEO_FRAME_PLANE_DATA (from, 0) + from_y * from_stride + from_x * step;
  guint8 *to_row = (guint8 *) GST_VIDEO_FRAME_PLANE_DATA (to, 0) + to_y * to_stride + to_x * step;

  for (gint row = 0; row < height; row++, from_row += from_stride, to_row += to_stride)
    memcpy (to_row, from_row, (gsize) (width * step));
}

void
gst_gbp_canvas_to_input (
    const GstGbpCanvas *canvas, const GstVideoFrame *from, GstVideoFrame *input)
{
  copy_overlap (from, input, canvas->x, canvas->y);
}

void
gst_gbp_canvas_from_input (
    const GstGbpCanvas *canvas, const GstVideoFrame *input, GstVideoFrame *to)
{
  copy_overlap (input, to, -canvas->x, -canvas->y);
}
