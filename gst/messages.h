/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the element says on the bus. None of these may be called with the object lock held. */
#pragma once

#include <gbp/gbp.h>
#include <gst/gst.h>

#include "report.h"

/* The library's error as an element error of the fitting domain and code. */
void gst_gbp_post_error (GstElement *element, const GError *error);

/* A setting that is refused: a WARNING message, or a line on the terminal where there is no bus. */
void gst_gbp_post_refusal (GstElement *element, const char *message);

/* The element message "gbpsaliency-network": which network is loaded. */
void gst_gbp_post_network (GstElement *element, const GbpNetwork *network);

/* A WARNING message: what @layer gives is more than a float holds. */
void gst_gbp_post_overflow (GstElement *element, const char *layer);

/* A WARNING message: the noise of @target's samples leaves no gradient. */
void gst_gbp_post_silence (GstElement *element, const GbpTarget *target);

/* The element message "gbpsaliency-channel": which channel of @layer responds most.
 * @times: of the frame whose channel it is */
void gst_gbp_post_channel (GstElement *element, const GbpNetwork *network, const char *layer,
    const GbpResult *result, const GstGbpMapTimes *times);

/* The element message "gbpsaliency-class": which class is explained from here on. */
void gst_gbp_post_class (GstElement *element, const GbpNetwork *network, const GstGbpFound *found,
    const GstGbpMapTimes *times);

/* The element message "gbpsaliency-scores": the @n strongest classes of frame @number, and the one that is
 * explained. */
void gst_gbp_post_scores (GstElement *element, const GbpNetwork *network, const GstGbpFound *found,
    guint n, guint64 number, const GstGbpMapTimes *times);

/* The element message "gbpsaliency-map": which map is shown from here on. */
void gst_gbp_post_map (GstElement *element, const GstStructure *description);
