/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Pictures that break off: decoders show what there is of them, and say nothing. */
#pragma once

#include <glib.h>

/* Whether the file at @path goes on to the end of the picture in it, as far as PNG and JPEG tell; of other files
 * TRUE. */
gboolean whole_is_picture (const char *path);

/* Likewise for a file's content. */
gboolean whole_are_bytes (const guint8 *bytes, gsize n);
