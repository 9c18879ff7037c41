/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fit.h"

#include <gbp/gbp.h>
#include <string.h>

#include "formats.h"

#define MID_GREY 128

/* @canvas: where the frame lies
 * @unpack: to 8-bit ARGB, for frames with alpha; else NULL
 * @opaque: composed over grey there
 * @scale: of the frame, or of the opaque one, to the canvas
 * @scaled: the canvas, where it is not the input itself */
struct _GstGbpFitting {
  GstGbpCanvas canvas;
  GstVideoConverter *unpack;
  GstGbpImage opaque;
  GstGbpConversion *scale;
  GstGbpImage scaled;
};

/* Sets @opaque to what is scaled: the frame, or what is composed of it. */
static gboolean
init_composing (GstGbpFitting *fitting, const GstVideoInfo *info, GstVideoInfo *opaque)
{
  *opaque = *info;
  if (!gst_gbp_format_has_alpha (info->finfo) && !GST_VIDEO_FORMAT_INFO_HAS_PALETTE (info->finfo))
    return TRUE;
  if (!gst_gbp_info_init_rgb (opaque, info, GST_VIDEO_FORMAT_ARGB, GST_VIDEO_INFO_WIDTH (info),
          GST_VIDEO_INFO_HEIGHT (info)))
    return FALSE;
  gst_gbp_image_init (&fitting->opaque, opaque);
  fitting->unpack = gst_gbp_converter_new (info, opaque, GST_GBP_RESAMPLE_ANTIALIAS, FALSE);
  return fitting->unpack != NULL;
}

GstGbpFitting *
gst_gbp_fitting_new (const GstVideoInfo *info, const GstGbpCanvas *canvas, GstGbpResample resample)
{
  g_autoptr (GstGbpFitting) fitting = g_new0 (GstGbpFitting, 1);
  GstVideoInfo opaque, scaled;

  fitting->canvas = *canvas;
  if (!init_composing (fitting, info, &opaque)
      || !gst_gbp_info_init_rgb (
          &scaled, info, GST_VIDEO_FORMAT_RGB, canvas->width, canvas->height))
    return NULL;
  gst_gbp_image_init (&fitting->scaled, &scaled);
  fitting->scale = gst_gbp_conversion_new (&opaque, &scaled, resample);
  return fitting->scale != NULL ? g_steal_pointer (&fitting) : NULL;
}

void
gst_gbp_fitting_free (GstGbpFitting *fitting)
{
  g_clear_pointer (&fitting->unpack, gst_video_converter_free);
  g_clear_pointer (&fitting->scale, gst_gbp_conversion_free);
  gst_gbp_image_clear (&fitting->opaque);
  gst_gbp_image_clear (&fitting->scaled);
  g_free (fitting);
}

/* The frame as it looks over grey, at its own size, so that hidden colours do not spread when it is scaled.
 * Returns: NULL if there is no memory for it */
static const GstVideoFrame *
compose (GstGbpFitting *fitting, const GstVideoFrame *frame)
{
  GstVideoFrame *opaque = gst_gbp_image_get (&fitting->opaque);

  if (opaque == NULL)
    return NULL;
  gst_video_converter_frame (fitting->unpack, frame, opaque);
  gbp_compose_over_grey (GST_VIDEO_FRAME_PLANE_DATA (opaque, 0),
      (gsize) GST_VIDEO_FRAME_PLANE_STRIDE (opaque, 0), (gsize) GST_VIDEO_FRAME_WIDTH (opaque),
      (gsize) GST_VIDEO_FRAME_HEIGHT (opaque));
  return opaque;
}

gboolean
gst_gbp_fitting_run (GstGbpFitting *fitting, const GstVideoFrame *frame, GstVideoFrame *input)
{
  GstVideoFrame *scaled;

  if (fitting->unpack != NULL)
    frame = compose (fitting, frame);
  if (frame == NULL)
    return FALSE;
  if (gst_gbp_canvas_is_input (&fitting->canvas))
    return gst_gbp_conversion_run (fitting->scale, frame, input);
  scaled = gst_gbp_image_get (&fitting->scaled);
  if (scaled == NULL || !gst_gbp_conversion_run (fitting->scale, frame, scaled))
    return FALSE;
  memset (GST_VIDEO_FRAME_PLANE_DATA (input, 0), MID_GREY, GST_VIDEO_INFO_SIZE (&input->info));
  gst_gbp_canvas_to_input (&fitting->canvas, scaled, input);
  return TRUE;
}
