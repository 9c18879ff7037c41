/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "image.h"

void
gst_gbp_image_init (GstGbpImage *image, const GstVideoInfo *info)
{
  *image = (GstGbpImage){.info = *info};
}

void
gst_gbp_image_init_input (GstGbpImage *image, GstGbpBlocks *blocks)
{
  *image = (GstGbpImage){.info = *gst_gbp_blocks_get_info (blocks), .blocks = blocks};
}

/* Drops the buffer, and its memory. */
static void
drop_buffer (GstGbpImage *image)
{
  gst_clear_buffer (&image->buffer);
  if (image->blocks != NULL)
    gst_gbp_block_give_back (image->blocks, GST_GBP_BLOCK_IMAGE, g_steal_pointer (&image->memory));
  else
    g_clear_pointer (&image->memory, g_free);
}

void
gst_gbp_image_clear (GstGbpImage *image)
{
  if (image->buffer == NULL)
    return;
  gst_video_frame_unmap (&image->frame);
  drop_buffer (image);
}

/* Not by GStreamer's own allocator, which ends the program where there is no memory. */
static GstBuffer *
allocate_buffer (GstGbpImage *image)
{
  gsize size = GST_VIDEO_INFO_SIZE (&image->info);

  image->memory = image->blocks != NULL ? gst_gbp_block_take (image->blocks, GST_GBP_BLOCK_IMAGE)
                                        : g_try_malloc0 (size);
  if (image->memory == NULL)
    return NULL;
  return gst_buffer_new_wrapped_full (0, image->memory, size, 0, size, NULL, NULL);
}

GstVideoFrame *
gst_gbp_image_get (GstGbpImage *image)
{
  if (image->buffer != NULL)
    return &image->frame;
  image->buffer = allocate_buffer (image);
  if (image->buffer == NULL)
    return NULL;
  if (gst_video_frame_map (&image->frame, &image->info, image->buffer, GST_MAP_READWRITE))
    return &image->frame;
  drop_buffer (image);
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
