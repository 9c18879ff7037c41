/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The line in the picture. */
#pragma once

#include "controls.h"

/* @rate: frames a second that are shown
 * @strongest: the channel that was reported last; below zero: none
 * Returns: (transfer full): without markup */
char *caption_make (Controls *controls, double rate, gint strongest);
