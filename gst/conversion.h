/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Converts pictures between formats and sizes in the order that is fast and exact. */
#pragma once

#include "image.h"

/* GStreamer's converter is fast only where it scales within one format: 1080p NV12 to 224×224 RGB takes
 * four times as long in one step as by way of 224×224. So the format changes where there are fewer
 * pixels, and chroma is scaled to whole resolution on the way where that costs nothing. */
typedef struct _GstGbpConversion GstGbpConversion;

/* GstGbpResample: how pictures change their size
 * @GST_GBP_RESAMPLE_ANTIALIAS: every pixel of a larger picture counts
 * @GST_GBP_RESAMPLE_NEAREST: of each place one pixel, as Keras' load_img() does unless it is told otherwise; where two
 *     are equally near, rounding decides */
typedef enum {
  GST_GBP_RESAMPLE_ANTIALIAS,
  GST_GBP_RESAMPLE_NEAREST,
} GstGbpResample;

/* Returns: NULL if GStreamer cannot convert this; free with gst_gbp_conversion_free() */
GstGbpConversion *gst_gbp_conversion_new (
    const GstVideoInfo *from, const GstVideoInfo *to, GstGbpResample resample);
void gst_gbp_conversion_free (GstGbpConversion *conversion);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstGbpConversion, gst_gbp_conversion_free)

/* Returns: FALSE if there is no memory for a step between */
gboolean gst_gbp_conversion_run (
    GstGbpConversion *conversion, const GstVideoFrame *from, GstVideoFrame *to);

/* One step of GStreamer's converter, undithered.
 * @keeps_chroma: take every chroma sample as it is, with no filter between the sizes of its planes
 * Returns: NULL if it cannot */
GstVideoConverter *gst_gbp_converter_new (const GstVideoInfo *from, const GstVideoInfo *to,
    GstGbpResample resample, gboolean keeps_chroma);
