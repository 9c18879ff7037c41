/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "report.h"

#include <string.h>

#include "enums.h"

#ifdef HAVE_TENSOR_META
#include <gst/analytics/analytics.h>
#endif

void
gst_gbp_map_times_init (GstGbpMapTimes *times, const GstSegment *segment, const GstBuffer *frame)
{
  *times = (GstGbpMapTimes){GST_BUFFER_PTS (frame), GST_CLOCK_TIME_NONE, GST_CLOCK_TIME_NONE,
      GST_BUFFER_DURATION (frame)};
  if (segment->format != GST_FORMAT_TIME)
    return;
  times->stream_time = gst_segment_to_stream_time (segment, GST_FORMAT_TIME, times->timestamp);
  times->running_time = gst_segment_to_running_time (segment, GST_FORMAT_TIME, times->timestamp);
}

/* Names as the elements that analyse streams have them, such as "level". */
void
gst_gbp_map_times_describe (const GstGbpMapTimes *times, GstStructure *structure)
{
  gst_structure_set (structure, "timestamp", G_TYPE_UINT64, times->timestamp, "stream-time",
      G_TYPE_UINT64, times->stream_time, "running-time", G_TYPE_UINT64, times->running_time,
      "duration", G_TYPE_UINT64, times->duration, NULL);
}

static gboolean
copy_field (GQuark field, const GValue *value, gpointer to)
{
  gst_structure_id_set_value (to, field, value);
  return TRUE;
}

/* The meta is of one frame, and goes along where that is copied. */
static gboolean
transform_map_meta (GstBuffer *to, GstCustomMeta *meta, GstBuffer *from, GQuark type, gpointer data,
    gpointer unused)
{
  GstCustomMeta *copy;

  if (!GST_META_TRANSFORM_IS_COPY (type))
    return FALSE;
  copy = gst_buffer_add_custom_meta (to, GST_GBP_MAP_META);
  gst_structure_foreach (
      gst_custom_meta_get_structure (meta), copy_field, gst_custom_meta_get_structure (copy));
  return TRUE;
}

void
gst_gbp_report_register (void)
{
  static const char *tags[] = {GST_META_TAG_VIDEO_STR, GST_META_TAG_VIDEO_SIZE_STR, NULL};
  static gsize is_registered;

  if (g_once_init_enter (&is_registered)) {
    gst_meta_register_custom (GST_GBP_MAP_META, tags, transform_map_meta, NULL, NULL);
    g_once_init_leave (&is_registered, TRUE);
  }
}

static const char *
get_method_name (GbpMethod method)
{
  GEnumClass *class = g_type_class_peek (gst_gbp_saliency_method_get_type ());

  return g_enum_get_value (class, (gint) method)->value_nick;
}

GstStructure *
gst_gbp_report_describe (const GstGbpJob *job, const GbpNetwork *network,
    const GstGbpMapTimes *times, const GbpScale *scale)
{
  const GbpTarget *target = &job->target->target;
  GstStructure *description = gst_structure_new ("gbpsaliency-map", "layer", G_TYPE_STRING,
      target->layer, "method", G_TYPE_STRING, get_method_name (target->method), "channel",
      G_TYPE_INT, job->found.result.channel, "unit-x", G_TYPE_INT, target->unit_x, "unit-y",
      G_TYPE_INT, target->unit_y, "value", G_TYPE_DOUBLE, job->found.result.value, "low",
      G_TYPE_DOUBLE, scale->low, "high", G_TYPE_DOUBLE, scale->high, "peak", G_TYPE_DOUBLE,
      scale->peak, "computing-time", G_TYPE_UINT64, job->spent, NULL);

  gst_gbp_found_describe_class (&job->found, network, description);
  gst_gbp_map_times_describe (times, description);
  return description;
}

GstBuffer *
gst_gbp_report_copy_map (const GstGbpJob *job)
{
  const GstVideoInfo *info = &job->image.info;
  gsize n_values = 3 * (gsize) GST_VIDEO_INFO_HEIGHT (info) * (gsize) GST_VIDEO_INFO_WIDTH (info);
  gpointer bytes = g_try_malloc (n_values * sizeof (float));

  if (bytes == NULL)
    return NULL;
  memcpy (bytes, job->gradient, n_values * sizeof (float));
  return gst_buffer_new_wrapped (bytes, n_values * sizeof (float));
}

#ifdef HAVE_TENSOR_META
static void
attach_tensor (GstBuffer *frame, GstBuffer *map, const GstGbpInputSize *size)
{
  gsize shape[] = {size->height, size->width, 3};
  GstTensor **tensors = g_new (GstTensor *, 1); /* the meta takes both */

  tensors[0] = gst_tensor_new_simple (g_quark_from_string ("gbpsaliency-gradient"),
      GST_TENSOR_DATA_TYPE_FLOAT32, gst_buffer_ref (map), GST_TENSOR_DIM_ORDER_ROW_MAJOR,
      G_N_ELEMENTS (shape), shape);
  gst_tensor_meta_set (gst_buffer_add_tensor_meta (frame), 1, tensors);
}
#endif

void
gst_gbp_report_attach (
    GstBuffer *frame, const GstStructure *description, GstBuffer *map, const GstGbpInputSize *size)
{
  GstStructure *content =
      gst_custom_meta_get_structure (gst_buffer_add_custom_meta (frame, GST_GBP_MAP_META));

  gst_structure_foreach (description, copy_field, content);
  gst_structure_set (content, "map", GST_TYPE_BUFFER, map, "height", G_TYPE_INT,
      (gint) size->height, "width", G_TYPE_INT, (gint) size->width, "channels", G_TYPE_INT, 3,
      NULL);
#ifdef HAVE_TENSOR_META
  attach_tensor (frame, map, size);
#endif
}
