/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

/* How much of a file tells what it is. */
#define PICTURE_HEAD 65536

/* What kind of file begins so.
 * @name: (nullable): whose suffix tells where the bytes do not
 * Returns: (transfer full) (nullable): such as image/png; NULL where GStreamer does not know it */
GstCaps *picture_find_type (const guint8 *head, gsize size, const char *name);

/* Whether @caps, as picture_find_type() gives them, are of a picture, and not of a stream of them. */
gboolean picture_is_type (const GstCaps *caps);

/* Decodes a file of one picture, or the first one of several in it, upright. Every decoder that takes its kind is
 * tried, and none waited for without end.
 * @name: what messages call it
 * Returns: (transfer full): a raw frame and its caps; NULL with @error set */
GstSample *picture_decode (GBytes *file, const char *name, GError **error);
