/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "frames.h"

#include "overlay.h"
#include "regions.h"
#include "sidebyside.h"

#include <string.h>

/* @fitting: from a frame to the network's input
 * @keeps_fields: whether @converter takes frames by their fields
 * @converter: from the frames that come in to those that go out; NULL where they are alike
 * @replace: from the picture alone to a frame
 * @overlay: puts the picture over the frames that go out
 * @sides: NULL where a frame has no two halves
 * @rgb, @opacity: the picture where it lies on the whole frame
 * @kept_rgb, @kept_opacity: what is kept of it, in the frame's regions of interest
 * @left, @right: frames before they are put beside each other */
struct _GstGbpFrames {
  GstGbpCanvas canvas;
  GstGbpFitting *fitting;
  gboolean keeps_fields;
  GstGbpConversion *converter;
  GstGbpConversion *replace;
  GstGbpOverlay *overlay;
  GstGbpSideBySide *sides;
  GstGbpImage rgb;
  GstGbpImage opacity;
  GstGbpImage kept_rgb;
  GstGbpImage kept_opacity;
  GstGbpImage left;
  GstGbpImage right;
};

/* An interlaced frame is scaled as the picture that its rows are: field by field, the network would see combs, which
 * filtering over both removes. */
static GstVideoInfo
as_progressive (const GstVideoInfo *info)
{
  GstVideoInfo progressive = *info;

  GST_VIDEO_INFO_INTERLACE_MODE (&progressive) = GST_VIDEO_INTERLACE_MODE_PROGRESSIVE;
  return progressive;
}

/* A mapped frame as the same. What the frame says counts for GStreamer's converter, not only what the converter
 * was made for. Nothing is to be unmapped. */
static GstVideoFrame
view_progressive (const GstVideoFrame *frame)
{
  GstVideoFrame view = *frame;

  view.info = as_progressive (&frame->info);
  view.flags &= ~(GstVideoFrameFlags) (GST_VIDEO_FRAME_FLAG_INTERLACED | GST_VIDEO_FRAME_FLAG_TFF
                                       | GST_VIDEO_FRAME_FLAG_RFF | GST_VIDEO_FRAME_FLAG_ONEFIELD);
  return view;
}

/* Whether the fields are alike enough for GStreamer to convert them one by one. It takes for granted that both have as
 * many rows of subsampled chroma, else it reads beyond the frame or never ends; and of other components that both have
 * one row, or both more, whose filter is wider. */
static gboolean
has_two_fields (const GstVideoInfo *info)
{
  for (guint c = 0; c < GST_VIDEO_INFO_N_COMPONENTS (info); c++) {
    gboolean is_subsampled = GST_VIDEO_FORMAT_INFO_H_SUB (info->finfo, c) > 0;
    gint rows = GST_VIDEO_INFO_COMP_HEIGHT (info, c);

    if (rows % 2 != 0 && (is_subsampled || rows < 5))
      return FALSE;
  }
  return TRUE;
}

/* What the picture needs on its way to a frame like @to. */
static gboolean
init_output (GstGbpFrames *frames, const GstVideoInfo *to)
{
  GstVideoInfo rgb, opacity;

  if (!gst_gbp_info_init_rgb (
          &rgb, to, GST_VIDEO_FORMAT_RGB, frames->canvas.width, frames->canvas.height)
      || !gst_video_info_set_format (&opacity, GST_VIDEO_FORMAT_GRAY8, (guint) frames->canvas.width,
          (guint) frames->canvas.height))
    return FALSE;
  gst_gbp_image_init (&frames->rgb, &rgb);
  gst_gbp_image_init (&frames->opacity, &opacity);
  gst_gbp_image_init (&frames->kept_rgb, &rgb);
  gst_gbp_image_init (&frames->kept_opacity, &opacity);
  gst_gbp_image_init (&frames->right, to);
  frames->replace = gst_gbp_conversion_new (&rgb, to, GST_GBP_RESAMPLE_ANTIALIAS);
  frames->overlay = gst_gbp_overlay_new (to, &rgb);
  if (GST_VIDEO_INFO_WIDTH (to) >= 2)
    frames->sides = gst_gbp_side_by_side_new (to);
  return frames->replace != NULL && frames->overlay != NULL;
}

static gboolean
init_converter (GstGbpFrames *frames, const GstVideoInfo *input, const GstVideoInfo *output)
{
  GstVideoInfo from = as_progressive (input), to = as_progressive (output);

  frames->keeps_fields = has_two_fields (input) && has_two_fields (output);
  if (frames->keeps_fields)
    frames->converter = gst_gbp_conversion_new (input, output, GST_GBP_RESAMPLE_ANTIALIAS);
  else
    frames->converter = gst_gbp_conversion_new (&from, &to, GST_GBP_RESAMPLE_ANTIALIAS);
  return frames->converter != NULL;
}

GstGbpFrames *
gst_gbp_frames_new (const GstGbpInputSize *size, const GstVideoInfo *input,
    const GstVideoInfo *output, GstGbpFit fit, GstGbpResample resample)
{
  g_autoptr (GstGbpFrames) frames = g_new0 (GstGbpFrames, 1);
  GstVideoInfo from = as_progressive (input), to = as_progressive (output);

  gst_gbp_canvas_init (&frames->canvas, size, input, fit);
  frames->fitting = gst_gbp_fitting_new (&from, &frames->canvas, resample);
  if ((!gst_video_info_is_equal (input, output) && !init_converter (frames, input, output))
      || frames->fitting == NULL || !init_output (frames, &to))
    return NULL;
  gst_gbp_image_init (&frames->left, output);
  return g_steal_pointer (&frames);
}

void
gst_gbp_frames_free (GstGbpFrames *frames)
{
  g_clear_pointer (&frames->fitting, gst_gbp_fitting_free);
  g_clear_pointer (&frames->converter, gst_gbp_conversion_free);
  g_clear_pointer (&frames->replace, gst_gbp_conversion_free);
  g_clear_pointer (&frames->overlay, gst_gbp_overlay_free);
  g_clear_pointer (&frames->sides, gst_gbp_side_by_side_free);
  gst_gbp_image_clear (&frames->rgb);
  gst_gbp_image_clear (&frames->opacity);
  gst_gbp_image_clear (&frames->kept_rgb);
  gst_gbp_image_clear (&frames->kept_opacity);
  gst_gbp_image_clear (&frames->left);
  gst_gbp_image_clear (&frames->right);
  g_free (frames);
}

gboolean
gst_gbp_frames_fit (GstGbpFrames *frames, const GstVideoFrame *input, GstVideoFrame *rgb)
{
  GstVideoFrame from = view_progressive (input);

  return gst_gbp_fitting_run (frames->fitting, &from, rgb);
}

/* The video itself. */
static gboolean
convert_frame (GstGbpFrames *frames, const GstVideoFrame *input, GstVideoFrame *output)
{
  GstVideoFrame from = view_progressive (input), to = view_progressive (output);

  if (frames->converter == NULL)
    return input == output || gst_video_frame_copy (output, input);
  if (frames->keeps_fields)
    return gst_gbp_conversion_run (frames->converter, input, output);
  return gst_gbp_conversion_run (frames->converter, &from, &to);
}

static void
fill (GstVideoFrame *frame, const guint8 *pixel, gsize n_bytes)
{
  for (gint y = 0; y < GST_VIDEO_FRAME_HEIGHT (frame); y++) {
    guint8 *row = (guint8 *) GST_VIDEO_FRAME_PLANE_DATA (frame, 0)
                  + y * GST_VIDEO_FRAME_PLANE_STRIDE (frame, 0);

    for (gint x = 0; x < GST_VIDEO_FRAME_WIDTH (frame); x++)
      memcpy (row + (gsize) x * n_bytes, pixel, n_bytes);
  }
}

/* Fills two images with what a pixel without gradient gets.
 * Returns: FALSE if there is no memory for them */
static gboolean
fill_with_zeros (GstGbpImage *rgb, GstGbpImage *opacity, GstGbpPicture *picture)
{
  GstVideoFrame *rgb_frame = gst_gbp_image_get (rgb);
  GstVideoFrame *opacity_frame = gst_gbp_image_get (opacity);
  guint8 zero[3], zero_opacity;

  if (rgb_frame == NULL || opacity_frame == NULL)
    return FALSE;
  gbp_style_get_zero (gst_gbp_picture_get_style (picture), gst_gbp_picture_get_scale (picture),
      zero, &zero_opacity);
  fill (rgb_frame, zero, sizeof zero);
  fill (opacity_frame, &zero_opacity, sizeof zero_opacity);
  return TRUE;
}

/* Leaves the picture only within the frame's regions of interest. */
static gboolean
keep_regions (GstGbpFrames *frames, const GstVideoFrame *input, GstGbpPicture *picture,
    const GstVideoFrame **rgb, const GstVideoFrame **opacity)
{
  if (!fill_with_zeros (&frames->kept_rgb, &frames->kept_opacity, picture))
    return FALSE;
  gst_gbp_regions_copy (input, *rgb, gst_gbp_image_get (&frames->kept_rgb));
  gst_gbp_regions_copy (input, *opacity, gst_gbp_image_get (&frames->kept_opacity));
  *rgb = gst_gbp_image_get (&frames->kept_rgb);
  *opacity = gst_gbp_image_get (&frames->kept_opacity);
  return TRUE;
}

/* Lays the picture on the whole frame; beside it there is no gradient.
 * @rgb, @opacity: (out) */
static gboolean
lay_out (GstGbpFrames *frames, GstGbpPicture *picture, const GstVideoFrame **rgb,
    const GstVideoFrame **opacity)
{
  *rgb = gst_gbp_picture_get_rgb (picture);
  *opacity = gst_gbp_picture_get_opacity (picture);
  if (gst_gbp_canvas_is_input (&frames->canvas))
    return TRUE;
  if (!fill_with_zeros (&frames->rgb, &frames->opacity, picture))
    return FALSE;
  gst_gbp_canvas_from_input (&frames->canvas, *rgb, gst_gbp_image_get (&frames->rgb));
  gst_gbp_canvas_from_input (&frames->canvas, *opacity, gst_gbp_image_get (&frames->opacity));
  *rgb = gst_gbp_image_get (&frames->rgb);
  *opacity = gst_gbp_image_get (&frames->opacity);
  return TRUE;
}

static gboolean
hides_video (const GbpStyle *style)
{
  return (style->look == GBP_LOOK_OVER || style->look == GBP_LOOK_SIDE_BY_SIDE)
         && style->blend >= 1;
}

/* Puts the picture on a frame that shows the video, or whatever where the picture hides it. */
static gboolean
put_picture (GstGbpFrames *frames, const GbpStyle *style, const GstVideoFrame *rgb,
    const GstVideoFrame *opacity, GstVideoFrame *frame)
{
  gboolean is_even = style->look == GBP_LOOK_OVER || style->look == GBP_LOOK_SIDE_BY_SIDE;

  if (hides_video (style))
    return gst_gbp_conversion_run (frames->replace, rgb, frame);
  return gst_gbp_overlay_run (frames->overlay, rgb, is_even ? NULL : opacity, style->blend, frame);
}

static gboolean
show_side_by_side (GstGbpFrames *frames, const GstVideoFrame *input, const GbpStyle *style,
    const GstVideoFrame *rgb, const GstVideoFrame *opacity, GstVideoFrame *output)
{
  GstVideoFrame *left = gst_gbp_image_get (&frames->left);
  GstVideoFrame *right = gst_gbp_image_get (&frames->right);
  GstVideoFrame video;

  if (left == NULL || right == NULL || !convert_frame (frames, input, left))
    return FALSE;
  video = view_progressive (left);
  return gst_video_frame_copy (right, &video) && put_picture (frames, style, rgb, opacity, right)
         && gst_gbp_side_by_side_run (frames->sides, &video, right, output);
}

gboolean
gst_gbp_frames_show (GstGbpFrames *frames, const GstVideoFrame *input, GstGbpPicture *picture,
    gboolean only_regions, GstVideoFrame *output)
{
  GstVideoFrame to = view_progressive (output);
  const GstVideoFrame *rgb, *opacity;
  const GbpStyle *style;

  if (picture == NULL)
    return convert_frame (frames, input, output);
  style = gst_gbp_picture_get_style (picture);
  if (!lay_out (frames, picture, &rgb, &opacity)
      || (only_regions && !keep_regions (frames, input, picture, &rgb, &opacity)))
    return FALSE;
  if (style->look == GBP_LOOK_SIDE_BY_SIDE && frames->sides != NULL)
    return show_side_by_side (frames, input, style, rgb, opacity, &to);
  return (hides_video (style) || convert_frame (frames, input, output))
         && put_picture (frames, style, rgb, opacity, &to);
}
