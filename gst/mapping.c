/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mapping.h"

/* Bytes of a colour table: 256 colours of 32 bits. */
#define PALETTE_SIZE 1024

/* Bytes that are used of a row of @plane: the last one need not be padded to the stride. Where a format's
 * pixels have no fixed distance, all that GStreamer gives a row. */
static gint64
count_row_bytes (const GstVideoInfo *info, guint plane)
{
  gint64 whole = GST_VIDEO_INFO_PLANE_STRIDE (info, plane), used = 0;

  for (guint c = 0; c < GST_VIDEO_INFO_N_COMPONENTS (info); c++) {
    gint64 distance = GST_VIDEO_INFO_COMP_PSTRIDE (info, c);

    if ((guint) GST_VIDEO_INFO_COMP_PLANE (info, c) != plane)
      continue;
    if (distance <= 0)
      return whole;
    used = MAX (used, distance * GST_VIDEO_INFO_COMP_WIDTH (info, c));
  }
  return MIN (used, whole);
}

static gint64
count_rows (const GstVideoInfo *info, guint plane)
{
  for (guint c = 0; c < GST_VIDEO_INFO_N_COMPONENTS (info); c++)
    if ((guint) GST_VIDEO_INFO_COMP_PLANE (info, c) == plane)
      return GST_VIDEO_INFO_COMP_HEIGHT (info, c);
  return 0;
}

/* Bytes from the plane's first one to behind its last one, if its rows, or tiles, lie @stride apart.
 * Returns: 0 if they would overlap */
static gint64
count_plane_bytes (const GstVideoInfo *info, guint plane, gint stride)
{
  gint least = GST_VIDEO_INFO_PLANE_STRIDE (info, plane);
  gint64 row = count_row_bytes (info, plane);

  if (GST_VIDEO_FORMAT_INFO_HAS_PALETTE (info->finfo) && plane == 1)
    return PALETTE_SIZE;
  if (GST_VIDEO_FORMAT_INFO_IS_TILED (info->finfo)) {
    gint64 columns = GST_VIDEO_TILE_X_TILES (stride), rows = GST_VIDEO_TILE_Y_TILES (stride);

    if (columns < GST_VIDEO_TILE_X_TILES (least) || rows < GST_VIDEO_TILE_Y_TILES (least))
      return 0;
    return columns * rows * info->finfo->tile_info[plane].size;
  }
  return stride >= row ? stride * (count_rows (info, plane) - 1) + row : 0;
}

/* GStreamer maps of a plane that memory alone which holds its first byte. */
static gboolean
is_within_one_memory (GstBuffer *buffer, gsize offset, gsize size)
{
  guint index, length;
  gsize skip;

  return gst_buffer_find_memory (buffer, offset, size, &index, &length, &skip) && length == 1;
}

static gboolean
has_plane (GstBuffer *buffer, const GstVideoInfo *info, const GstVideoMeta *meta, guint plane)
{
  gsize available = gst_buffer_get_size (buffer);
  gint64 size = count_plane_bytes (info, plane, meta->stride[plane]);

  return size > 0 && (guint64) size <= available && meta->offset[plane] <= available - (gsize) size
         && is_within_one_memory (buffer, meta->offset[plane], (gsize) size);
}

static char *
describe (const GstVideoInfo *info)
{
  return g_strdup_printf ("a frame of %s, %d x %d", GST_VIDEO_INFO_NAME (info),
      GST_VIDEO_INFO_WIDTH (info), GST_VIDEO_INFO_HEIGHT (info));
}

static char *
refuse_meta (GstBuffer *buffer, const GstVideoInfo *info, const GstVideoMeta *meta)
{
  g_autofree char *frame = describe (info);

  if (meta->format != GST_VIDEO_INFO_FORMAT (info)
      || meta->n_planes != GST_VIDEO_INFO_N_PLANES (info)
      || meta->width < (guint) GST_VIDEO_INFO_WIDTH (info)
      || meta->height < (guint) GST_VIDEO_INFO_HEIGHT (info))
    return g_strdup_printf (
        "A buffer is said to have %s, %u x %u, in %u planes, which is not %s, in %u",
        gst_video_format_to_string (meta->format), meta->width, meta->height, meta->n_planes, frame,
        GST_VIDEO_INFO_N_PLANES (info));
  for (guint plane = 0; plane < meta->n_planes; plane++)
    if (!has_plane (buffer, info, meta, plane))
      return g_strdup_printf ("A buffer of %" G_GSIZE_FORMAT " bytes in %u pieces is said to have "
                              "plane %u of %s at byte %" G_GSIZE_FORMAT
                              " with a stride of %d, where it does not fit",
          gst_buffer_get_size (buffer), gst_buffer_n_memory (buffer), plane, frame,
          meta->offset[plane], meta->stride[plane]);
  return NULL;
}

static char *
refuse (GstBuffer *buffer, const GstVideoInfo *info)
{
  const GstVideoMeta *meta = gst_buffer_get_video_meta (buffer);
  g_autofree char *frame = describe (info);

  if (meta != NULL)
    return refuse_meta (buffer, info, meta);
  if (gst_buffer_get_size (buffer) < GST_VIDEO_INFO_SIZE (info))
    return g_strdup_printf ("A buffer has %" G_GSIZE_FORMAT
                            " bytes, too few for %s, which has %" G_GSIZE_FORMAT,
        gst_buffer_get_size (buffer), frame, GST_VIDEO_INFO_SIZE (info));
  return NULL;
}

/* A buffer may say that its picture is larger than the caps', whose frame lies in the upper left corner of it;
 * GStreamer gives the mapped frame the buffer's size. */
static gboolean
map_corner (GstVideoFrame *frame, const GstVideoInfo *info, GstBuffer *buffer, GstMapFlags flags)
{
  if (!gst_video_frame_map (
          frame, info, buffer, flags | (GstMapFlags) GST_VIDEO_FRAME_MAP_FLAG_NO_REF))
    return FALSE;
  GST_VIDEO_INFO_WIDTH (&frame->info) = GST_VIDEO_INFO_WIDTH (info);
  GST_VIDEO_INFO_HEIGHT (&frame->info) = GST_VIDEO_INFO_HEIGHT (info);
  return TRUE;
}

char *
gst_gbp_mapping_open (
    GstVideoFrame *frame, const GstVideoInfo *info, GstBuffer *buffer, GstMapFlags flags)
{
  char *reason = refuse (buffer, info);

  if (reason == NULL && !map_corner (frame, info, buffer, flags)) {
    g_autofree char *described = describe (info);

    reason = g_strdup_printf ("A buffer of %" G_GSIZE_FORMAT " bytes cannot be %s as %s",
        gst_buffer_get_size (buffer), (flags & GST_MAP_WRITE) != 0 ? "written" : "read", described);
  }
  return reason;
}
