/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "frames.h"

#include "conversion.h"
#include "overlay.h"

/* @keeps_fields: whether @carry takes frames by their fields
 * @carry: NULL where frames go out as they come in */
struct _GstGbpFrames {
  gboolean keeps_fields;
  GstGbpConversion *fit;
  GstGbpConversion *carry;
  GstGbpConversion *show;
  GstGbpOverlay *overlay;
};

/* An interlaced frame is scaled as the picture that its rows are: field by field, the network would see
 * combs, which filtering over both removes. */
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

/* Whether both fields have rows of every component, and as many of subsampled chroma. GStreamer 1.22 takes that
 * for granted: else it reads beyond the frame, or never ends. */
static gboolean
has_two_fields (const GstVideoInfo *info)
{
  for (guint c = 0; c < GST_VIDEO_INFO_N_COMPONENTS (info); c++) {
    gboolean is_subsampled = GST_VIDEO_FORMAT_INFO_H_SUB (info->finfo, c) > 0;
    gint rows = GST_VIDEO_INFO_COMP_HEIGHT (info, c);

    if (rows < 2 || (is_subsampled && rows % 2 != 0))
      return FALSE;
  }
  return TRUE;
}

GstGbpFrames *
gst_gbp_frames_new (const GstVideoInfo *input, const GstVideoInfo *output)
{
  g_autoptr (GstGbpFrames) frames = g_new0 (GstGbpFrames, 1);
  GstVideoInfo from = as_progressive (input), to = as_progressive (output);
  GstVideoInfo rgb, picture;
  gboolean is_same = gst_video_info_is_equal (input, output);

  gst_gbp_info_init_rgb (&rgb, &from);
  gst_gbp_info_init_rgb (&picture, &to);
  frames->fit = gst_gbp_conversion_new (&from, &rgb);
  frames->keeps_fields = has_two_fields (input) && has_two_fields (output);
  if (!is_same)
    frames->carry = frames->keeps_fields ? gst_gbp_conversion_new (input, output)
                                         : gst_gbp_conversion_new (&from, &to);
  frames->show = gst_gbp_conversion_new (&picture, &to);
  frames->overlay = gst_gbp_overlay_new (&to, &picture);
  if (frames->fit == NULL || (frames->carry == NULL && !is_same) || frames->show == NULL
      || frames->overlay == NULL)
    return NULL;
  return g_steal_pointer (&frames);
}

void
gst_gbp_frames_free (GstGbpFrames *frames)
{
  g_clear_pointer (&frames->fit, gst_gbp_conversion_free);
  g_clear_pointer (&frames->carry, gst_gbp_conversion_free);
  g_clear_pointer (&frames->show, gst_gbp_conversion_free);
  g_clear_pointer (&frames->overlay, gst_gbp_overlay_free);
  g_free (frames);
}

void
gst_gbp_frames_fit (GstGbpFrames *frames, const GstVideoFrame *input, GstVideoFrame *rgb)
{
  GstVideoFrame from = view_progressive (input);

  gst_gbp_conversion_run (frames->fit, &from, rgb);
}

void
gst_gbp_frames_carry (GstGbpFrames *frames, const GstVideoFrame *input, GstVideoFrame *output)
{
  GstVideoFrame from = view_progressive (input), to = view_progressive (output);

  if (frames->keeps_fields)
    gst_gbp_conversion_run (frames->carry, input, output);
  else
    gst_gbp_conversion_run (frames->carry, &from, &to);
}

void
gst_gbp_frames_show (GstGbpFrames *frames, const GstVideoFrame *picture, GstVideoFrame *output)
{
  GstVideoFrame to = view_progressive (output);

  gst_gbp_conversion_run (frames->show, picture, &to);
}

void
gst_gbp_frames_blend (
    GstGbpFrames *frames, const GstVideoFrame *picture, GstVideoFrame *output, double weight)
{
  GstVideoFrame to = view_progressive (output);

  gst_gbp_overlay_run (frames->overlay, picture, &to, weight);
}
