/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What a computation finds beside the map, and how applications are told of it. */
#pragma once

#include <gst/gst.h>

#include "aim.h"

/* @result: as gbp_explanation_compute() gives it
 * @class_score: of the class that is explained; NaN where there are no scores, or none is
 * @n_scores: the strongest classes that are known, in order
 * @classes, @scores: [n_scores] */
typedef struct {
  GbpResult result;
  double class_score;
  guint n_scores;
  guint classes[GST_GBP_MOST_SCORES];
  double scores[GST_GBP_MOST_SCORES];
} GstGbpFound;

/* Takes what @explanation last found. */
void gst_gbp_found_take (
    GstGbpFound *found, const GbpExplanation *explanation, const GbpResult *result);

/* gst_gbp_found_describe_class:
 * @structure: gets "class" (int), "class-score" (double) where it is known, and "class-name" (string) where the network
 *     names its classes; nothing where no class is explained */
void gst_gbp_found_describe_class (
    const GstGbpFound *found, const GbpNetwork *network, GstStructure *structure);

/* gst_gbp_found_describe_scores:
 * @n: at most
 * @structure: gets the arrays (GstValueArray) "classes" of int, "scores" of double, and "names" of string where the
 *     network names its classes, the strongest first */
void gst_gbp_found_describe_scores (
    const GstGbpFound *found, guint n, const GbpNetwork *network, GstStructure *structure);

/* gst_gbp_found_attach_scores:
 * @frame: (inout): with GStreamer 1.24 or later it gets a GstAnalyticsClsMtd of the @n strongest classes; one that
 *     others have too is copied for that, but for its memory */
void gst_gbp_found_attach_scores (
    const GstGbpFound *found, guint n, const GbpNetwork *network, GstBuffer **frame);
