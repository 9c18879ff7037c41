/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

/* What brings frames into one form, whatever changes on the way. */

/* Returns: (transfer floating): gives frames upright; where @is_one, all in the first one's size, colours and rate,
 *     which is what a file of video has; NULL with @error set */
GstElement *conform_make (gboolean is_one, GError **error);

/* @before: the element that comes before, and that has the frames come in a form that this is good for
 * @usual: caps of the form in which they are to come where nothing asks for another
 * @keeps_alpha: whether what follows takes transparency
 * @shows_frames: whether INPUT's own frames are seen; what does not show them is no HDR, whatever they are
 * Returns: (transfer floating): composes what is transparent over mid grey, as it is explained, unless that is kept;
 *     other frames pass as they are. NULL with @error set */
GstElement *conform_make_form (GstElement *before, const char *usual, gboolean keeps_alpha,
    gboolean shows_frames, GError **error);
