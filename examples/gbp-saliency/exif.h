/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

/* Returns: (transfer full) (nullable): the tags of the Exif block that a JPEG, PNG, WebP or TIFF file has, among them
 *     GST_TAG_IMAGE_ORIENTATION; NULL where there is none */
GstTagList *exif_read (GBytes *picture);
