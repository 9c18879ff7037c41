/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Loaded before GLib, it stands for one who guesses the names of the tool's files: its random numbers are
 * known. */
#include <glib.h>

#undef g_random_int
guint32 g_random_int (void);

guint32
g_random_int (void)
{
  return 7;
}
