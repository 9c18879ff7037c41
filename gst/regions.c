/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "regions.h"

#include <string.h>

/* From @begin to @end of @size pixels of a frame as pixels of a picture of @n, which it covers at least in part.
 * @first, @last: (out): the first one, and the one after the last */
static void
scale_span (guint64 begin, guint64 end, guint64 size, guint64 n, gsize *first, gsize *last)
{
  begin = MIN (begin, size);
  end = CLAMP (end, begin, size);
  *first = (gsize) (begin * n / size);
  *last = end > begin ? (gsize) ((end * n + size - 1) / size) : *first;
}

static void
copy_region (const GstVideoRegionOfInterestMeta *region, const GstVideoFrame *frame,
    const GstVideoFrame *from, GstVideoFrame *to)
{
  gsize step = (gsize) GST_VIDEO_FRAME_COMP_PSTRIDE (from, 0), left, right, top, bottom;

  scale_span (region->x, (guint64) region->x + region->w, (guint64) GST_VIDEO_FRAME_WIDTH (frame),
      (guint64) GST_VIDEO_FRAME_WIDTH (from), &left, &right);
  scale_span (region->y, (guint64) region->y + region->h, (guint64) GST_VIDEO_FRAME_HEIGHT (frame),
      (guint64) GST_VIDEO_FRAME_HEIGHT (from), &top, &bottom);
  for (gsize y = top; y < bottom; y++)
    memcpy ((guint8 *) GST_VIDEO_FRAME_PLANE_DATA (to, 0)
                + y * (gsize) GST_VIDEO_FRAME_PLANE_STRIDE (to, 0) + left * step,
        (const guint8 *) GST_VIDEO_FRAME_PLANE_DATA (from, 0)
            + y * (gsize) GST_VIDEO_FRAME_PLANE_STRIDE (from, 0) + left * step,
        (right - left) * step);
}

void
gst_gbp_regions_copy (const GstVideoFrame *frame, const GstVideoFrame *from, GstVideoFrame *to)
{
  gpointer state = NULL;
  GstMeta *meta;

  while ((meta = gst_buffer_iterate_meta_filtered (
              frame->buffer, &state, GST_VIDEO_REGION_OF_INTEREST_META_API_TYPE))
         != NULL)
    copy_region ((const GstVideoRegionOfInterestMeta *) meta, frame, from, to);
}
