/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The way of the pixels: from a frame to the network's input, and from its picture to a frame. What
 * depends on the formats and sizes is made once for them. */
#pragma once

#include "image.h"

typedef struct _GstGbpFrames GstGbpFrames;

/* @input, @output: the frames that come in and go out, of the same size
 *
 * Returns: NULL if GStreamer cannot convert them; free with gst_gbp_frames_free() */
GstGbpFrames *gst_gbp_frames_new (const GstVideoInfo *input, const GstVideoInfo *output);
void gst_gbp_frames_free (GstGbpFrames *frames);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstGbpFrames, gst_gbp_frames_free)

/* Scales a frame that came in to the network's input: 8-bit RGB, 224×224. */
void gst_gbp_frames_fit (GstGbpFrames *frames, const GstVideoFrame *input, GstVideoFrame *rgb);

/* Makes the frame that goes out of the one that came in: the video itself. Only where the two differ. */
void gst_gbp_frames_carry (GstGbpFrames *frames, const GstVideoFrame *input, GstVideoFrame *output);

/* Makes the frame that goes out of a 224×224 picture alone; it is opaque. */
void gst_gbp_frames_show (
    GstGbpFrames *frames, const GstVideoFrame *picture, GstVideoFrame *output);

/* Blends a 224×224 picture over the frame that goes out.
 * @weight: the picture's share, 0 … 1 */
void gst_gbp_frames_blend (
    GstGbpFrames *frames, const GstVideoFrame *picture, GstVideoFrame *output, double weight);
