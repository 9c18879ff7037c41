/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

/* Posts the application message "note" with the "text", which is for the user. */
void note_post (GstElement *pipeline, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* Returns: (nullable): the text of a message that is a note */
const char *note_get_text (GstMessage *message);
