/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "overlay.h"

#include <gbp/gbp.h>

#include "conversion.h"
#include "formats.h"

/* Components are blended in the frames' own format where they are plain, else in one with 16 bits.
 * @paint: scales the picture to the frames' size and format
 * @painted: the result
 * @widen: scales the opacities of components
 * @opacities: of every component, as large as the picture
 * @weights: as large as the frames
 * @unpack, @pack: between the frames' format and the one that is blended in; NULL where that is the frames' own
 * @unpacked_picture, @unpacked_frame: in that format */
struct _GstGbpOverlay {
  GstGbpConversion *paint;
  GstGbpImage painted;
  GstGbpConversion *widen;
  GstGbpImage opacities;
  GstGbpImage weights;
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

/* Sets @blended to what the components are blended in. */
static gboolean
init_unpacking (GstGbpOverlay *overlay, const GstVideoInfo *frame, GstVideoInfo *blended)
{
  if (gst_gbp_format_has_plain_components (frame->finfo)) {
    *blended = *frame;
    return TRUE;
  }
  if (!init_unpacked (blended, frame))
    return FALSE;
  gst_gbp_image_init (&overlay->unpacked_picture, blended);
  gst_gbp_image_init (&overlay->unpacked_frame, blended);
  overlay->unpack = gst_gbp_converter_new (frame, blended, GST_GBP_RESAMPLE_ANTIALIAS, TRUE);
  overlay->pack = gst_gbp_converter_new (blended, frame, GST_GBP_RESAMPLE_ANTIALIAS, TRUE);
  return overlay->unpack != NULL && overlay->pack != NULL;
}

/* What opacities are laid out in before they are scaled to @format. */
static GstVideoFormat
choose_spread_format (const GstVideoFormatInfo *format)
{
  GstVideoFormat shrinking = gst_gbp_format_to_shrink (format);

  return shrinking != GST_VIDEO_FORMAT_INFO_FORMAT (format) ? shrinking
                                                            : gst_gbp_format_to_scale (format);
}

GstGbpOverlay *
gst_gbp_overlay_new (const GstVideoInfo *frame, const GstVideoInfo *picture)
{
  g_autoptr (GstGbpOverlay) overlay = g_new0 (GstGbpOverlay, 1);
  GstVideoInfo blended, opacities;

  if (!init_unpacking (overlay, frame, &blended)
      || !gst_gbp_info_init_like (&opacities, &blended, choose_spread_format (blended.finfo),
          GST_VIDEO_INFO_WIDTH (picture), GST_VIDEO_INFO_HEIGHT (picture)))
    return NULL;
  gst_gbp_image_init (&overlay->painted, frame);
  gst_gbp_image_init (&overlay->weights, &blended);
  gst_gbp_image_init (&overlay->opacities, &opacities);
  overlay->paint = gst_gbp_conversion_new (picture, frame, GST_GBP_RESAMPLE_ANTIALIAS);
  overlay->widen = gst_gbp_conversion_new (&opacities, &blended, GST_GBP_RESAMPLE_ANTIALIAS);
  if (overlay->paint == NULL || overlay->widen == NULL)
    return NULL;
  return g_steal_pointer (&overlay);
}

void
gst_gbp_overlay_free (GstGbpOverlay *overlay)
{
  g_clear_pointer (&overlay->paint, gst_gbp_conversion_free);
  g_clear_pointer (&overlay->widen, gst_gbp_conversion_free);
  g_clear_pointer (&overlay->unpack, gst_video_converter_free);
  g_clear_pointer (&overlay->pack, gst_video_converter_free);
  gst_gbp_image_clear (&overlay->painted);
  gst_gbp_image_clear (&overlay->opacities);
  gst_gbp_image_clear (&overlay->weights);
  gst_gbp_image_clear (&overlay->unpacked_picture);
  gst_gbp_image_clear (&overlay->unpacked_frame);
  g_free (overlay);
}

/* A plane as rows of components.
 * @n_components: in a row
 * @is_alpha: whether component i of a row is alpha, at i % 4 */
typedef struct {
  gsize n_components;
  guint n_rows;
  gboolean is_alpha[4];
} Rows;

static gsize
get_component_size (const GstVideoFrame *frame)
{
  return GST_VIDEO_FRAME_COMP_DEPTH (frame, 0) > 8 ? 2 : 1;
}

static Rows
describe_plane (const GstVideoFrame *frame, guint plane)
{
  gsize component_size = get_component_size (frame);
  Rows rows = {0};

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
      for (gsize i = place; i < G_N_ELEMENTS (rows.is_alpha); i += step)
        rows.is_alpha[i] = TRUE;
  }
  return rows;
}

/* The picture has the same share everywhere. */
static void
blend_evenly (const GstVideoFrame *picture, double weight, GstVideoFrame *frame)
{
  for (guint plane = 0; plane < GST_VIDEO_FRAME_N_PLANES (frame); plane++) {
    Rows rows = describe_plane (frame, plane);
    gpointer to = GST_VIDEO_FRAME_PLANE_DATA (frame, plane);
    gconstpointer from = GST_VIDEO_FRAME_PLANE_DATA (picture, plane);
    gsize to_stride = (gsize) GST_VIDEO_FRAME_PLANE_STRIDE (frame, plane);
    gsize from_stride = (gsize) GST_VIDEO_FRAME_PLANE_STRIDE (picture, plane);
    float weights[4];

    for (guint i = 0; i < G_N_ELEMENTS (weights); i++)
      weights[i] = rows.is_alpha[i] ? 0 : (float) weight;
    if (get_component_size (frame) == 1)
      gbp_blend_u8 (to, to_stride, from, from_stride, rows.n_components, rows.n_rows, weights);
    else
      gbp_blend_u16 (to, to_stride, from, from_stride, rows.n_components, rows.n_rows, weights);
  }
}

static guint16
get_largest_value (const GstVideoFrame *frame)
{
  return (guint16) ((1u << GST_VIDEO_FRAME_COMP_DEPTH (frame, 0)) - 1);
}

/* Every component has a share of its own; that of alpha is zero. */
static void
blend_each (const GstVideoFrame *picture, const GstVideoFrame *weights, GstVideoFrame *frame)
{
  for (guint plane = 0; plane < GST_VIDEO_FRAME_N_PLANES (frame); plane++) {
    Rows rows = describe_plane (frame, plane);
    gpointer to = GST_VIDEO_FRAME_PLANE_DATA (frame, plane);
    gconstpointer from = GST_VIDEO_FRAME_PLANE_DATA (picture, plane);
    gconstpointer by = GST_VIDEO_FRAME_PLANE_DATA (weights, plane);
    gsize to_stride = (gsize) GST_VIDEO_FRAME_PLANE_STRIDE (frame, plane);
    gsize from_stride = (gsize) GST_VIDEO_FRAME_PLANE_STRIDE (picture, plane);
    gsize by_stride = (gsize) GST_VIDEO_FRAME_PLANE_STRIDE (weights, plane);

    if (get_component_size (frame) == 1)
      gbp_blend_each_u8 (
          to, to_stride, from, from_stride, by, by_stride, rows.n_components, rows.n_rows);
    else
      gbp_blend_each_u16 (to, to_stride, from, from_stride, by, by_stride, rows.n_components,
          rows.n_rows, get_largest_value (frame));
  }
}

/* Writes the opacity of each pixel to all its components but alpha, whose memory is zero from the start. */
static void
spread (const GstVideoFrame *opacity, GstVideoFrame *opacities)
{
  for (guint c = 0; c < MIN (GST_VIDEO_FRAME_N_COMPONENTS (opacities), GST_VIDEO_COMP_A); c++)
    gbp_opacity_spread (GST_VIDEO_FRAME_PLANE_DATA (opacity, 0),
        (gsize) GST_VIDEO_FRAME_PLANE_STRIDE (opacity, 0), (gsize) GST_VIDEO_FRAME_WIDTH (opacity),
        (gsize) GST_VIDEO_FRAME_HEIGHT (opacity),
        (gsize) 1 << GST_VIDEO_FORMAT_INFO_W_SUB (opacities->info.finfo, c),
        (gsize) 1 << GST_VIDEO_FORMAT_INFO_H_SUB (opacities->info.finfo, c),
        get_largest_value (opacities), GST_VIDEO_FRAME_COMP_DATA (opacities, c),
        (gsize) GST_VIDEO_FRAME_COMP_STRIDE (opacities, c),
        (gsize) GST_VIDEO_FRAME_COMP_PSTRIDE (opacities, c));
}

/* Blends in a format of plain components. */
static gboolean
blend (GstGbpOverlay *overlay, const GstVideoFrame *picture, const GstVideoFrame *opacity,
    double weight, GstVideoFrame *frame)
{
  GstVideoFrame *opacities, *weights;

  if (opacity == NULL) {
    blend_evenly (picture, weight, frame);
    return TRUE;
  }
  opacities = gst_gbp_image_get (&overlay->opacities);
  weights = gst_gbp_image_get (&overlay->weights);
  if (opacities == NULL || weights == NULL)
    return FALSE;
  spread (opacity, opacities);
  if (!gst_gbp_conversion_run (overlay->widen, opacities, weights))
    return FALSE;
  blend_each (picture, weights, frame);
  return TRUE;
}

gboolean
gst_gbp_overlay_run (GstGbpOverlay *overlay, const GstVideoFrame *picture,
    const GstVideoFrame *opacity, double weight, GstVideoFrame *frame)
{
  GstVideoFrame *painted = gst_gbp_image_get (&overlay->painted);
  GstVideoFrame *unpacked_picture, *unpacked_frame;

  if (painted == NULL || !gst_gbp_conversion_run (overlay->paint, picture, painted))
    return FALSE;
  if (overlay->unpack == NULL)
    return blend (overlay, painted, opacity, weight, frame);
  unpacked_picture = gst_gbp_image_get (&overlay->unpacked_picture);
  unpacked_frame = gst_gbp_image_get (&overlay->unpacked_frame);
  if (unpacked_picture == NULL || unpacked_frame == NULL)
    return FALSE;
  gst_video_converter_frame (overlay->unpack, painted, unpacked_picture);
  gst_video_converter_frame (overlay->unpack, frame, unpacked_frame);
  if (!blend (overlay, unpacked_picture, opacity, weight, unpacked_frame))
    return FALSE;
  gst_video_converter_frame (overlay->pack, unpacked_frame, frame);
  return TRUE;
}
