/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Buffers as frames, whatever they say of themselves. */
#pragma once

#include <gst/video/video.h>

/* Maps a buffer as a frame, once every row of it is known to lie within the buffer's memory.
 * @info: what the buffer should have
 *
 * Returns: NULL, and @frame is to be unmapped; or why it is not mapped, to be freed with g_free() */
char *gst_gbp_mapping_open (
    GstVideoFrame *frame, const GstVideoInfo *info, GstBuffer *buffer, GstMapFlags flags);
