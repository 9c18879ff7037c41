/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * From a frame to the network's input. */
#pragma once

#include "canvas.h"
#include "conversion.h"

typedef struct _GstGbpFitting GstGbpFitting;

/* @info: of the frames, progressive
 *
 * Returns: NULL if GStreamer cannot convert them; free with gst_gbp_fitting_free() */
GstGbpFitting *gst_gbp_fitting_new (
    const GstVideoInfo *info, const GstGbpCanvas *canvas, GstGbpResample resample);
void gst_gbp_fitting_free (GstGbpFitting *fitting);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstGbpFitting, gst_gbp_fitting_free)

/* @input: (out): 8-bit RGB, 224×224; what is transparent is composed over mid grey, which also fills what is beside
 *     the frame
 * Returns: FALSE if there is no memory for it */
gboolean gst_gbp_fitting_run (
    GstGbpFitting *fitting, const GstVideoFrame *frame, GstVideoFrame *input);
