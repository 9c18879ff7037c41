/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

#define GIF_ENCODER "gbpsaliencygifenc"

/* Makes the element of that name known to this process: it takes RGB frames, and gives an animated GIF that begins anew
 * at its end. Each frame has its own 256 colours; frames that are the same become one that is shown longer. */
gboolean gif_register (void);
