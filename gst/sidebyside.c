/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sidebyside.h"

#include "conversion.h"
#include "formats.h"

/* @unpack: to a format that can be shrunk; NULL where the frames' own can
 * @unpacked: in that format
 * @left: also paints what is above and below
 * @right: leaves all but its half as it is */
struct _GstGbpSideBySide {
  GstVideoConverter *unpack;
  GstGbpImage unpacked;
  GstVideoConverter *left;
  GstVideoConverter *right;
};

/* Where a half lies in the frame, in pixels. */
typedef struct {
  gint x;
  gint y;
  gint width;
  gint height;
} Half;

/* The borders of packed pixels and of chroma fall on multiples of four. */
static Half
place_half (const GstVideoInfo *info, gboolean is_right)
{
  gint width = GST_VIDEO_INFO_WIDTH (info), height = GST_VIDEO_INFO_HEIGHT (info);
  gint middle = width >= 8 ? width / 8 * 4 : width / 2;
  gint high = MAX (height / 2, 1);
  gint top = height >= 16 ? (height - high) / 8 * 4 : (height - high) / 2;

  return (Half){is_right ? middle : 0, top, is_right ? width - middle : middle, high};
}

static GstVideoConverter *
make_half (const GstVideoInfo *from, const GstVideoInfo *info, gboolean is_right)
{
  Half half = place_half (info, is_right);
  GstStructure *options = gst_structure_new ("options", GST_VIDEO_CONVERTER_OPT_RESAMPLER_METHOD,
      GST_TYPE_VIDEO_RESAMPLER_METHOD, GST_VIDEO_RESAMPLER_METHOD_LINEAR,
      GST_VIDEO_CONVERTER_OPT_DITHER_METHOD, GST_TYPE_VIDEO_DITHER_METHOD, GST_VIDEO_DITHER_NONE,
      GST_VIDEO_CONVERTER_OPT_DEST_X, G_TYPE_INT, half.x, GST_VIDEO_CONVERTER_OPT_DEST_Y,
      G_TYPE_INT, half.y, GST_VIDEO_CONVERTER_OPT_DEST_WIDTH, G_TYPE_INT, half.width,
      GST_VIDEO_CONVERTER_OPT_DEST_HEIGHT, G_TYPE_INT, half.height,
      GST_VIDEO_CONVERTER_OPT_FILL_BORDER, G_TYPE_BOOLEAN, !is_right, NULL);

  return gst_video_converter_new (from, info, options);
}

GstGbpSideBySide *
gst_gbp_side_by_side_new (const GstVideoInfo *info)
{
  g_autoptr (GstGbpSideBySide) sides = g_new0 (GstGbpSideBySide, 1);
  GstVideoFormat format = gst_gbp_format_to_shrink (info->finfo);
  GstVideoInfo from = *info;

  if (format != GST_VIDEO_INFO_FORMAT (info)) {
    if (!gst_gbp_info_init_like (
            &from, info, format, GST_VIDEO_INFO_WIDTH (info), GST_VIDEO_INFO_HEIGHT (info)))
      return NULL;
    gst_gbp_image_init (&sides->unpacked, &from);
    sides->unpack = gst_gbp_converter_new (info, &from, GST_GBP_RESAMPLE_ANTIALIAS, TRUE);
    if (sides->unpack == NULL)
      return NULL;
  }
  sides->left = make_half (&from, info, FALSE);
  sides->right = make_half (&from, info, TRUE);
  return sides->left != NULL && sides->right != NULL ? g_steal_pointer (&sides) : NULL;
}

void
gst_gbp_side_by_side_free (GstGbpSideBySide *sides)
{
  g_clear_pointer (&sides->unpack, gst_video_converter_free);
  g_clear_pointer (&sides->left, gst_video_converter_free);
  g_clear_pointer (&sides->right, gst_video_converter_free);
  gst_gbp_image_clear (&sides->unpacked);
  g_free (sides);
}

static gboolean
put_half (
    GstGbpSideBySide *sides, GstVideoConverter *half, const GstVideoFrame *frame, GstVideoFrame *to)
{
  GstVideoFrame *unpacked;

  if (sides->unpack != NULL) {
    unpacked = gst_gbp_image_get (&sides->unpacked);
    if (unpacked == NULL)
      return FALSE;
    gst_video_converter_frame (sides->unpack, frame, unpacked);
    frame = unpacked;
  }
  gst_video_converter_frame (half, frame, to);
  return TRUE;
}

gboolean
gst_gbp_side_by_side_run (GstGbpSideBySide *sides, const GstVideoFrame *left,
    const GstVideoFrame *right, GstVideoFrame *to)
{
  return put_half (sides, sides->left, left, to) && put_half (sides, sides->right, right, to);
}

gboolean
gst_gbp_side_by_side_find (const GstVideoInfo *info, double *x, double *y)
{
  Half half = place_half (info, FALSE);

  if (*x >= half.width)
    half = place_half (info, TRUE);
  *x = (*x - half.x) * GST_VIDEO_INFO_WIDTH (info) / half.width;
  *y = (*y - half.y) * GST_VIDEO_INFO_HEIGHT (info) / half.height;
  return *y >= 0 && *y < GST_VIDEO_INFO_HEIGHT (info);
}
