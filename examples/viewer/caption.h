/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The line in the picture. */
#pragma once

#include "controls.h"

/* What is explained and how it looks; what changes by itself is not in it.
 * @strongest: the channel that was reported last; below zero: none
 * @seen: (nullable): the class that was reported last, with its score
 * Returns: (transfer full): without markup */
char *caption_make (Controls *controls, gint strongest, const char *seen);

/* Takes a message of the element, whatever it says.
 * @seen: (inout) (nullable): the class that it reports, with its score; as it was where it is of something else */
void caption_take_class (GstMessage *message, char **seen);

/* How old the map is that is shown, in milliseconds, where the element tells; else below zero. */
gint64 caption_get_age (Controls *controls);
