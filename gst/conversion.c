/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "conversion.h"

#include "formats.h"

/* @converters: the steps, in order; the second is NULL where one is enough
 * @middle: between two steps */
struct _GstGbpConversion {
  GstVideoConverter *converters[2];
  GstGbpImage middle;
};

GstVideoConverter *
gst_gbp_converter_new (const GstVideoInfo *from, const GstVideoInfo *to, GstGbpResample resample,
    gboolean keeps_chroma)
{
  /* Linear with its filter widened to the scale is the triangle filter: every pixel of a larger picture
   * counts. Dither would be a pattern that the network sees. */
  GstStructure *options = gst_structure_new ("options", GST_VIDEO_CONVERTER_OPT_RESAMPLER_METHOD,
      GST_TYPE_VIDEO_RESAMPLER_METHOD,
      resample == GST_GBP_RESAMPLE_NEAREST ? GST_VIDEO_RESAMPLER_METHOD_NEAREST
                                           : GST_VIDEO_RESAMPLER_METHOD_LINEAR,
      GST_VIDEO_CONVERTER_OPT_CHROMA_RESAMPLER_METHOD, GST_TYPE_VIDEO_RESAMPLER_METHOD,
      GST_VIDEO_RESAMPLER_METHOD_LINEAR, GST_VIDEO_CONVERTER_OPT_DITHER_METHOD,
      GST_TYPE_VIDEO_DITHER_METHOD, GST_VIDEO_DITHER_NONE, GST_VIDEO_CONVERTER_OPT_CHROMA_MODE,
      GST_TYPE_VIDEO_CHROMA_MODE,
      keeps_chroma ? GST_VIDEO_CHROMA_MODE_NONE : GST_VIDEO_CHROMA_MODE_FULL, NULL);

  return gst_video_converter_new (from, to, options);
}

static gboolean
has_same_size (const GstVideoInfo *a, const GstVideoInfo *b)
{
  return GST_VIDEO_INFO_WIDTH (a) == GST_VIDEO_INFO_WIDTH (b)
         && GST_VIDEO_INFO_HEIGHT (a) == GST_VIDEO_INFO_HEIGHT (b);
}

/* Whether nothing is to be converted between the two. */
static gboolean
is_alike (const GstVideoInfo *a, const GstVideoInfo *b)
{
  return has_same_size (a, b) && GST_VIDEO_INFO_FORMAT (a) == GST_VIDEO_INFO_FORMAT (b)
         && a->colorimetry.range == b->colorimetry.range
         && a->colorimetry.matrix == b->colorimetry.matrix;
}

static gsize
count_pixels (const GstVideoInfo *info)
{
  return (gsize) GST_VIDEO_INFO_WIDTH (info) * (gsize) GST_VIDEO_INFO_HEIGHT (info);
}

/* Pairs of pixels are scaled by one filter for luma and chroma. Where there is one pair alone, theirs are not equally
 * wide, and GStreamer, which then has no filter, scales nothing. */
#define LEAST_WIDTH_OF_PAIRS 4

static gboolean
has_too_few_pairs (const GstVideoInfo *from, const GstVideoInfo *to, GstVideoFormat format)
{
  gint width = MIN (GST_VIDEO_INFO_WIDTH (from), GST_VIDEO_INFO_WIDTH (to));

  return width < LEAST_WIDTH_OF_PAIRS
         && gst_gbp_format_to_shrink (gst_video_format_get_info (format)) != format;
}

/* The picture between scaling, which is done on the larger one's side, and the change of format.
 * Returns: FALSE if one step does */
static gboolean
init_middle (GstVideoInfo *middle, const GstVideoInfo *from, const GstVideoInfo *to)
{
  gboolean shrinks = count_pixels (from) > count_pixels (to);
  const GstVideoInfo *large = shrinks ? from : to;
  const GstVideoInfo *small = shrinks ? to : from;
  GstVideoFormat format = gst_gbp_format_to_scale (large->finfo);

  if (has_same_size (from, to) || format == GST_VIDEO_FORMAT_UNKNOWN
      || has_too_few_pairs (from, to, format))
    return FALSE;
  return gst_gbp_info_init_like (
             middle, large, format, GST_VIDEO_INFO_WIDTH (small), GST_VIDEO_INFO_HEIGHT (small))
         && !is_alike (middle, small);
}

GstGbpConversion *
gst_gbp_conversion_new (const GstVideoInfo *from, const GstVideoInfo *to, GstGbpResample resample)
{
  g_autoptr (GstGbpConversion) conversion = g_new0 (GstGbpConversion, 1);
  GstVideoInfo middle;

  if (init_middle (&middle, from, to)) {
    gst_gbp_image_init (&conversion->middle, &middle);
    conversion->converters[0] = gst_gbp_converter_new (from, &middle, resample, FALSE);
    conversion->converters[1] = gst_gbp_converter_new (&middle, to, resample, FALSE);
    if (conversion->converters[1] == NULL)
      return NULL;
  } else {
    conversion->converters[0] = gst_gbp_converter_new (from, to, resample, FALSE);
  }
  return conversion->converters[0] != NULL ? g_steal_pointer (&conversion) : NULL;
}

void
gst_gbp_conversion_free (GstGbpConversion *conversion)
{
  for (guint i = 0; i < G_N_ELEMENTS (conversion->converters); i++)
    g_clear_pointer (&conversion->converters[i], gst_video_converter_free);
  gst_gbp_image_clear (&conversion->middle);
  g_free (conversion);
}

gboolean
gst_gbp_conversion_run (GstGbpConversion *conversion, const GstVideoFrame *from, GstVideoFrame *to)
{
  GstVideoFrame *middle;

  if (conversion->converters[1] == NULL) {
    gst_video_converter_frame (conversion->converters[0], from, to);
    return TRUE;
  }
  middle = gst_gbp_image_get (&conversion->middle);
  if (middle == NULL)
    return FALSE;
  gst_video_converter_frame (conversion->converters[0], from, middle);
  gst_video_converter_frame (conversion->converters[1], middle, to);
  return TRUE;
}
