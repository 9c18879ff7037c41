/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What applications are told of a map: as an element message, and on the frames that show it. */
#pragma once

#include <gst/gst.h>

#include "canvas.h"
#include "workers.h"

/* The name of the meta, a GstCustomMeta: applications find it by gst_buffer_get_custom_meta(). */
#define GST_GBP_MAP_META "GstGbpSaliencyMapMeta"

/* When the frame of a map was; what is not known is GST_CLOCK_TIME_NONE. */
typedef struct {
  GstClockTime timestamp;
  GstClockTime stream_time;
  GstClockTime running_time;
  GstClockTime duration;
} GstGbpMapTimes;

void gst_gbp_map_times_init (
    GstGbpMapTimes *times, const GstSegment *segment, const GstBuffer *frame);

/* Adds the four times. */
void gst_gbp_map_times_describe (const GstGbpMapTimes *times, GstStructure *structure);

/* Makes the meta known to GStreamer; safe to repeat. */
void gst_gbp_report_register (void);

/* gst_gbp_report_describe:
 * @scale: of the picture that is made of it
 *
 * Returns: (transfer full): a structure "gbpsaliency-map": "layer" and "method" (string), "channel", "unit-x" and
 *     "unit-y" (int), "value", "low", "high" and "peak" (double), "computing-time" (nanoseconds), what is known of the
 *     class that is explained, and the times */
GstStructure *gst_gbp_report_describe (const GstGbpJob *job, const GbpNetwork *network,
    const GstGbpMapTimes *times, const GbpScale *scale);

/* Returns: (transfer full): the gradient as bytes, float32 [height][width][3]; NULL if there is no memory */
GstBuffer *gst_gbp_report_copy_map (const GstGbpJob *job);

/* gst_gbp_report_attach:
 * @frame: writable
 * @description: as gst_gbp_report_describe() has it
 * @map: as gst_gbp_report_copy_map() has it
 * @size: of the network's input, and so of the map
 *
 * Adds the meta: the fields of @description, and "map" (GstBuffer), "height", "width" and "channels" (int). With
 * GStreamer 1.26 or later also its standard one, a GstTensorMeta with one tensor "gbpsaliency-gradient". */
void gst_gbp_report_attach (
    GstBuffer *frame, const GstStructure *description, GstBuffer *map, const GstGbpInputSize *size);
