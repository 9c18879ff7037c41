/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* Pictures with a number in their names, each written as a part of its own until all are done. */

/* Whether @path has a number's place in it, such as frames-%05d.png. */
gboolean numbered_is_pattern (const char *path);

/* Checks that no file whose name the pattern can give is @input, or something that is no plain file. */
gboolean numbered_check (const char *pattern, const char *input, GError **error);

/* The pattern of the parts' names; free with g_free(). */
char *numbered_get_parts (const char *pattern);

/* Gives pictures 0 to @n_pictures − 1 their own names. */
gboolean numbered_commit (const char *pattern, guint n_pictures, GError **error);

/* Removes the parts of pictures 0 to @n_pictures − 1 that are there. */
void numbered_discard (const char *pattern, guint n_pictures);
