/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "image.h"

void
gst_gbp_image_init (GstGbpImage *image, const GstVideoInfo *info)
{
  *image = (GstGbpImage){.info = *info};
}

void
gst_gbp_image_clear (GstGbpImage *image)
{
  if (image->buffer == NULL)
    return;
  gst_video_frame_unmap (&image->frame);
  gst_clear_buffer (&image->buffer);
}

GstVideoFrame *
gst_gbp_image_get (GstGbpImage *image)
{
  gsize size = GST_VIDEO_INFO_SIZE (&image->info);
  gpointer data;

  if (image->buffer != NULL)
    return &image->frame;
  data = g_try_malloc0 (size); /* GStreamer's own allocator ends the program */
  if (data == NULL)
    return NULL;
  image->buffer = gst_buffer_new_wrapped (data, size);
  if (gst_video_frame_map (&image->frame, &image->info, image->buffer, GST_MAP_READWRITE))
    return &image->frame;
  gst_clear_buffer (&image->buffer);
  return NULL;
}

gboolean
gst_gbp_info_init_like (
    GstVideoInfo *like, const GstVideoInfo *info, GstVideoFormat format, gint width, gint height)
{
  if (!gst_video_info_set_format (like, format, width, height))
    return FALSE;
  GST_VIDEO_INFO_FPS_N (like) = GST_VIDEO_INFO_FPS_N (info);
  GST_VIDEO_INFO_FPS_D (like) = GST_VIDEO_INFO_FPS_D (info);
  if (GST_VIDEO_INFO_IS_RGB (like) == GST_VIDEO_INFO_IS_RGB (info)
      && GST_VIDEO_INFO_IS_GRAY (like) == GST_VIDEO_INFO_IS_GRAY (info))
    like->colorimetry = info->colorimetry;
  if (format == GST_VIDEO_INFO_FORMAT (info))
    like->chroma_site = info->chroma_site;
  return TRUE;
}

gboolean
gst_gbp_info_init_rgb (
    GstVideoInfo *rgb, const GstVideoInfo *info, GstVideoFormat format, gint width, gint height)
{
  if (!gst_gbp_info_init_like (rgb, info, format, width, height))
    return FALSE;
  rgb->colorimetry = (GstVideoColorimetry){
      .range = GST_VIDEO_COLOR_RANGE_0_255,
      .matrix = GST_VIDEO_COLOR_MATRIX_RGB,
      .transfer = info->colorimetry.transfer,
      .primaries = info->colorimetry.primaries,
  };
  return TRUE;
}
