/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the element knows of video formats. */
#pragma once

#include <gst/video/video.h>

/* The widest and the highest frame: the last pixel is at 32767, the largest position that GStreamer's scaler, which
 * steps by 16.16 fixed point numbers of 32 bits with their sign, can have. */
#define GST_GBP_LARGEST_SIZE 32768

/* What the pads take and give: every raw format that the installed GStreamer converts, some of them in even widths
 * alone. (transfer full) */
GstCaps *gst_gbp_format_make_caps (void);

/* Whether all components are whole bytes, or whole 16-bit words in the machine's order whose upper bits
 * are zero: what can be blended where it lies. */
gboolean gst_gbp_format_has_plain_components (const GstVideoFormatInfo *format);

/* Whether there are fewer samples of chroma than of luma. */
gboolean gst_gbp_format_has_subsampled_chroma (const GstVideoFormatInfo *format);

/* Whether pixels can be transparent. Not every such format has the flag. */
gboolean gst_gbp_format_has_alpha (const GstVideoFormatInfo *format);

/* The format to scale @format in: itself, or its sibling with chroma of whole resolution if GStreamer
 * scales between the two as fast as within one; GST_VIDEO_FORMAT_UNKNOWN: better in one step with a
 * conversion. */
GstVideoFormat gst_gbp_format_to_scale (const GstVideoFormatInfo *format);

/* The format to make @format smaller in: itself, or the planar one of packed pairs of pixels, which GStreamer 1.22
 * does not shrink to every width. */
GstVideoFormat gst_gbp_format_to_shrink (const GstVideoFormatInfo *format);

/* gst_gbp_format_judge:
 * @format: what could come out
 * @input: what comes in
 * @shows_colour: whether there are colours that a grey format would lose
 * @stays: whether the format that comes in is the best one even if few players take it
 *
 * Returns: how little @format suits; 0 is best, and the order among formats is all that counts */
guint gst_gbp_format_judge (const GstVideoFormatInfo *format, const GstVideoFormatInfo *input,
    gboolean shows_colour, gboolean stays);
