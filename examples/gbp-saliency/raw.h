/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "partfile.h"

#include <gbp/gbp.h>
#include <gst/gst.h>

/* Raw: writes the gradient of every frame that its element receives into an .npy file. */
typedef struct _Raw Raw;

/* @file: where to write
 * @threads: as gbp_explanation_new() takes them */
Raw *raw_new (
    GbpNetwork *network, const GbpTarget *target, guint threads, PartFile *file, GError **error);

/* The element to put at the end of a pipeline: it takes frames of any size and format.
 * Returns: (transfer floating): valid as long as @raw */
GstElement *raw_make_sink (Raw *raw, GError **error);

/* Finishes the file; @raw is freed either way. */
gboolean raw_close (Raw *raw, GError **error);
