/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "partfile.h"
#include "settings.h"

/* Raw: writes the gradient of every frame that its element receives into an .npy file. Frames become the network's
 * input by the code of gst/, so that the gradients are those that the element shows. */
typedef struct _Raw Raw;

/* @settings: (transfer none): their network, target and fit
 * @threads: as gbp_explanation_new() takes them
 * @file: where to write */
Raw *raw_new (const Settings *settings, guint threads, PartFile *file, GError **error);

/* The element to put at the end of a pipeline: it takes frames of any size and format.
 * Returns: (transfer floating): valid as long as @raw */
GstElement *raw_make_sink (Raw *raw, GError **error);

/* Finishes the file; @raw is freed either way. */
gboolean raw_close (Raw *raw, GError **error);
