/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "picture.h"

#include <string.h>

/* @rgb, @opacity: as large as the network's input
 * @style, @scale, @time: of what they show
 * @is_made: whether they show anything */
struct _GstGbpPicture {
  GbpRenderer *renderer;
  GstGbpImage rgb;
  GstGbpImage opacity;
  GbpStyle style;
  GbpScale scale;
  GstClockTime time;
  gboolean is_made;
};

static void
init_image (GstGbpImage *image, GstVideoFormat format, const GstGbpInputSize *size)
{
  GstVideoInfo info;

  if (!gst_video_info_set_format (&info, format, size->width, size->height))
    g_assert_not_reached (); /* networks of larger ones are refused */
  gst_gbp_image_init (image, &info);
}

GstGbpPicture *
gst_gbp_picture_new (const GstGbpInputSize *size)
{
  g_autoptr (GstGbpPicture) picture = g_new0 (GstGbpPicture, 1);

  init_image (&picture->rgb, GST_VIDEO_FORMAT_RGB, size);
  init_image (&picture->opacity, GST_VIDEO_FORMAT_GRAY8, size);
  picture->renderer = gbp_renderer_new (size->height, size->width);
  return picture->renderer != NULL ? g_steal_pointer (&picture) : NULL;
}

void
gst_gbp_picture_free (GstGbpPicture *picture)
{
  g_clear_pointer (&picture->renderer, gbp_renderer_free);
  gst_gbp_image_clear (&picture->rgb);
  gst_gbp_image_clear (&picture->opacity);
  g_free (picture);
}

void
gst_gbp_picture_reset (GstGbpPicture *picture)
{
  gbp_renderer_reset (picture->renderer);
  picture->is_made = FALSE;
}

/* Styles are compared as bytes: they are copied whole, padding and all. */
static gboolean
is_current (const GstGbpPicture *picture, const GbpStyle *style, GstClockTime time)
{
  return picture->is_made && memcmp (&picture->style, style, sizeof *style) == 0
         && (style->smoothing <= 0 || picture->time == time);
}

static gint64
as_renderer_time (GstClockTime time)
{
  return time <= G_MAXINT64 ? (gint64) time : -1;
}

gboolean
gst_gbp_picture_update (GstGbpPicture *picture, const GbpStyle *style, const float *gradient,
    const GstVideoFrame *image, GstClockTime time)
{
  GstVideoFrame *rgb = gst_gbp_image_get (&picture->rgb);
  GstVideoFrame *opacity = gst_gbp_image_get (&picture->opacity);

  if (rgb == NULL || opacity == NULL)
    return FALSE;
  if (image != NULL)
    gbp_renderer_watch (picture->renderer, GST_VIDEO_FRAME_PLANE_DATA (image, 0),
        (gsize) GST_VIDEO_FRAME_PLANE_STRIDE (image, 0));
  else if (is_current (picture, style, time))
    return TRUE;
  gbp_renderer_render (picture->renderer, style, gradient, as_renderer_time (time),
      GST_VIDEO_FRAME_PLANE_DATA (rgb, 0), (gsize) GST_VIDEO_FRAME_PLANE_STRIDE (rgb, 0),
      GST_VIDEO_FRAME_PLANE_DATA (opacity, 0), (gsize) GST_VIDEO_FRAME_PLANE_STRIDE (opacity, 0),
      &picture->scale);
  picture->style = *style;
  picture->time = time;
  picture->is_made = TRUE;
  return TRUE;
}

const GstVideoFrame *
gst_gbp_picture_get_rgb (GstGbpPicture *picture)
{
  return gst_gbp_image_get (&picture->rgb);
}

const GstVideoFrame *
gst_gbp_picture_get_opacity (GstGbpPicture *picture)
{
  return gst_gbp_image_get (&picture->opacity);
}

const GbpStyle *
gst_gbp_picture_get_style (const GstGbpPicture *picture)
{
  return &picture->style;
}

const GbpScale *
gst_gbp_picture_get_scale (const GstGbpPicture *picture)
{
  return &picture->scale;
}
