/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "overlay.h"

#include <gbp/gbp.h>

#include "conversion.h"
#include "formats.h"

/* @paint: scales the picture to the frames' size and format
 * @picture: the result
 * @unpack, @pack: between the frames' format and one whose components can be blended; NULL where the
 *     frames' own can
 * @unpacked_picture, @unpacked_frame: in that format */
struct _GstGbpOverlay {
  GstGbpConversion *paint;
  GstGbpImage picture;
  GstVideoConverter *unpack;
  GstVideoConverter *pack;
  GstGbpImage unpacked_picture;
  GstGbpImage unpacked_frame;
};

/* A format with 16-bit components for frames that cannot be blended where they lie. */
static gboolean
init_unpacked (GstVideoInfo *unpacked, const GstVideoInfo *frame)
{
  GstVideoFormat format =
      GST_VIDEO_INFO_IS_RGB (frame) ? GST_VIDEO_FORMAT_ARGB64 : GST_VIDEO_FORMAT_AYUV64;

  if (!gst_gbp_info_init_like (
          unpacked, frame, format, GST_VIDEO_INFO_WIDTH (frame), GST_VIDEO_INFO_HEIGHT (frame)))
    return FALSE;
  unpacked->colorimetry = frame->colorimetry;
  return TRUE;
}

GstGbpOverlay *
gst_gbp_overlay_new (const GstVideoInfo *frame, const GstVideoInfo *picture)
{
  g_autoptr (GstGbpOverlay) overlay = g_new0 (GstGbpOverlay, 1);
  GstVideoInfo unpacked;

  if (!gst_gbp_format_has_plain_components (frame->finfo)) {
    if (!init_unpacked (&unpacked, frame))
      return NULL;
    gst_gbp_image_init (&overlay->unpacked_picture, &unpacked);
    gst_gbp_image_init (&overlay->unpacked_frame, &unpacked);
    overlay->unpack = gst_gbp_converter_new (frame, &unpacked, TRUE);
    overlay->pack = gst_gbp_converter_new (&unpacked, frame, TRUE);
    if (overlay->unpack == NULL || overlay->pack == NULL
        || gst_gbp_image_get (&overlay->unpacked_picture) == NULL
        || gst_gbp_image_get (&overlay->unpacked_frame) == NULL)
      return NULL;
  }
  gst_gbp_image_init (&overlay->picture, frame);
  if (gst_gbp_image_get (&overlay->picture) == NULL)
    return NULL;
  overlay->paint = gst_gbp_conversion_new (picture, frame);
  return overlay->paint != NULL ? g_steal_pointer (&overlay) : NULL;
}

void
gst_gbp_overlay_free (GstGbpOverlay *overlay)
{
  g_clear_pointer (&overlay->paint, gst_gbp_conversion_free);
  g_clear_pointer (&overlay->unpack, gst_video_converter_free);
  g_clear_pointer (&overlay->pack, gst_video_converter_free);
  gst_gbp_image_clear (&overlay->picture);
  gst_gbp_image_clear (&overlay->unpacked_picture);
  gst_gbp_image_clear (&overlay->unpacked_frame);
  g_free (overlay);
}

/* A plane as rows of components.
 * @n_components: in a row
 * @weights: of component i of a row at @weights[i % 4] */
typedef struct {
  gsize n_components;
  guint n_rows;
  float weights[4];
} Rows;

static Rows
describe_plane (const GstVideoFrame *frame, guint plane, gsize component_size, double weight)
{
  Rows rows = {0};

  for (guint i = 0; i < G_N_ELEMENTS (rows.weights); i++)
    rows.weights[i] = (float) weight;
  for (guint c = 0; c < GST_VIDEO_FRAME_N_COMPONENTS (frame); c++) {
    gsize step = (gsize) GST_VIDEO_FRAME_COMP_PSTRIDE (frame, c) / component_size;
    gsize place = (gsize) GST_VIDEO_FRAME_COMP_POFFSET (frame, c) / component_size;

    if ((guint) GST_VIDEO_FRAME_COMP_PLANE (frame, c) != plane)
      continue;
    /* an odd width's last pair of packed pixels is whole, so the widest component counts */
    rows.n_components =
        MAX (rows.n_components, step * (gsize) GST_VIDEO_FRAME_COMP_WIDTH (frame, c));
    rows.n_rows = (guint) GST_VIDEO_FRAME_COMP_HEIGHT (frame, c);
    if (c == GST_VIDEO_COMP_A)
      for (gsize i = place; i < G_N_ELEMENTS (rows.weights); i += step)
        rows.weights[i] = 0;
  }
  return rows;
}

static void
blend (const GstVideoFrame *picture, GstVideoFrame *frame, double weight)
{
  gsize component_size = GST_VIDEO_FRAME_COMP_DEPTH (frame, 0) > 8 ? 2 : 1;

  for (guint plane = 0; plane < GST_VIDEO_FRAME_N_PLANES (frame); plane++) {
    Rows rows = describe_plane (frame, plane, component_size, weight);
    gpointer to = GST_VIDEO_FRAME_PLANE_DATA (frame, plane);
    gconstpointer from = GST_VIDEO_FRAME_PLANE_DATA (picture, plane);
    gsize to_stride = (gsize) GST_VIDEO_FRAME_PLANE_STRIDE (frame, plane);
    gsize from_stride = (gsize) GST_VIDEO_FRAME_PLANE_STRIDE (picture, plane);

    if (component_size == 1)
      gbp_blend_u8 (to, to_stride, from, from_stride, rows.n_components, rows.n_rows, rows.weights);
    else
      gbp_blend_u16 (
          to, to_stride, from, from_stride, rows.n_components, rows.n_rows, rows.weights);
  }
}

void
gst_gbp_overlay_run (
    GstGbpOverlay *overlay, const GstVideoFrame *picture, GstVideoFrame *frame, double weight)
{
  GstVideoFrame *painted = gst_gbp_image_get (&overlay->picture);

  gst_gbp_conversion_run (overlay->paint, picture, painted);
  if (overlay->unpack == NULL) {
    blend (painted, frame, weight);
  } else {
    GstVideoFrame *unpacked_picture = gst_gbp_image_get (&overlay->unpacked_picture);
    GstVideoFrame *unpacked_frame = gst_gbp_image_get (&overlay->unpacked_frame);

    gst_video_converter_frame (overlay->unpack, painted, unpacked_picture);
    gst_video_converter_frame (overlay->unpack, frame, unpacked_frame);
    blend (unpacked_picture, unpacked_frame, weight);
    gst_video_converter_frame (overlay->pack, unpacked_frame, frame);
  }
}
