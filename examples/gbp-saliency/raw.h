/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "partfile.h"

#include <gst/gst.h>

/* Raw: writes the map of every frame into an .npy file. It is the element's own, which it puts on the frames that show
 * it: nothing is computed twice. */
typedef struct _Raw Raw;

/* @file: where to write */
Raw *raw_new (PartFile *file, GError **error);

/* Has @saliency, whose other properties are set, put its maps on frames, and takes them from there. An ERROR message
 * says why one cannot be written. @raw must outlive the element's run. */
void raw_watch (Raw *raw, GstElement *saliency);

/* Finishes the file; @raw is freed either way. */
gboolean raw_close (Raw *raw, GError **error);
