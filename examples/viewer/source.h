/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

#define SOURCE_FILE "file" /* name of the element that decodes a file or a URI */

/* Adds to @pipeline what shows @input, and links it to @entrance, now or when it knows what is in there: a file or a
 * URI, whose pictures stand still; the camera where that is "camera"; a test picture that moves where that is "test".
 * @input: (nullable): NULL: the camera where there is one, else the test picture
 * Returns: FALSE with @error set */
gboolean source_add (GstElement *pipeline, GstElement *entrance, const char *input, GError **error);
