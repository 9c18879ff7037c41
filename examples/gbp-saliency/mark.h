/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

#define MARK "gbp-saliency"

/* By a mark in what it writes, the tool knows its own files, which it may overwrite, from others', which it may not. */

/* Whether a file is ours: it has the mark near its beginning or its end, or is empty. */
gboolean mark_is_in (const char *path);

/* Has a muxer write the mark. */
void mark_film (GstElement *muxer);

/* Returns: (transfer full): an encoded PNG or JPEG picture with the mark; any other as it is
 * @picture: (transfer full) */
GstBuffer *mark_picture (GstBuffer *picture);
