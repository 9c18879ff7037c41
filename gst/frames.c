/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "frames.h"

#include "conversion.h"
#include "overlay.h"

struct _GstGbpFrames {
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

GstGbpFrames *
gst_gbp_frames_new (const GstVideoInfo *input, const GstVideoInfo *output)
{
  g_autoptr (GstGbpFrames) frames = g_new0 (GstGbpFrames, 1);
  GstVideoInfo from = as_progressive (input), to = as_progressive (output);
  GstVideoInfo rgb, picture;

  gst_gbp_info_init_rgb (&rgb, &from);
  gst_gbp_info_init_rgb (&picture, &to);
  frames->fit = gst_gbp_conversion_new (&from, &rgb);
  frames->carry = gst_gbp_conversion_new (input, output);
  frames->show = gst_gbp_conversion_new (&picture, &to);
  frames->overlay = gst_gbp_overlay_new (&to, &picture);
  if (frames->fit == NULL || frames->carry == NULL || frames->show == NULL
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
  gst_gbp_conversion_run (frames->fit, input, rgb);
}

void
gst_gbp_frames_carry (GstGbpFrames *frames, const GstVideoFrame *input, GstVideoFrame *output)
{
  gst_gbp_conversion_run (frames->carry, input, output);
}

void
gst_gbp_frames_show (GstGbpFrames *frames, const GstVideoFrame *picture, GstVideoFrame *output)
{
  gst_gbp_conversion_run (frames->show, picture, output);
}

void
gst_gbp_frames_blend (
    GstGbpFrames *frames, const GstVideoFrame *picture, GstVideoFrame *output, double weight)
{
  gst_gbp_overlay_run (frames->overlay, picture, output, weight);
}
