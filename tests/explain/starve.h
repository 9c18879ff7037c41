/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Lets calls for memory and threads fail. Linked in front of them (see meson.build) are the functions below, so that
 * just the calls of the core's own objects, and of the test's, are seen, not those inside GLib or the C library. */
#pragma once

#include <glib.h>

/* starve_begin:
 * @first: the call that fails, from 1 on; 0: none
 * @all: whether those after it fail as well */
void starve_begin (guint first, gboolean all);

/* Returns: how many calls there were */
guint starve_end (void);

/* Calls of functions that end the program where there is no memory, between the two. */
guint starve_count_fatal (void);
