/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/video/video.h>

/* gst_gbp_regions_copy:
 * @frame: a frame with regions of interest (GstVideoRegionOfInterestMeta), or without
 * @from, @to: pictures that lie on the whole frame, both of one size and of one packed format of whole bytes
 *
 * Copies what lies within any of the regions; the rest of @to stays as it is. */
void gst_gbp_regions_copy (
    const GstVideoFrame *frame, const GstVideoFrame *from, GstVideoFrame *to);
