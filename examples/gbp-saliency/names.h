/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* What names on the command line mean, before anybody looks into the files. */

/* Returns: (transfer full): @name with the user's home in place of "~/", which a shell leaves in --raw=~/x.npy; a file
 *     that is there under the name as it is goes first */
char *name_expand (const char *name);

/* Whether @name has a number's place in it, such as frames-%05d.png. A letter that follows makes a word of it: a
 * picture may be called 50%discount.png. */
gboolean name_is_pattern (const char *name);

/* Returns: (transfer full): @pattern, which is one, with a number in its place */
char *name_fill_in (const char *pattern, guint number);

/* Whether a number in the place for it gives @name.
 * @number: (out) (nullable): that number */
gboolean name_is_of_pattern (const char *name, const char *pattern, guint *number);

/* Whether @name is that of a standard stream. */
gboolean name_is_stream (const char *name);

/* Orders names as people do: 2 before 10. */
gint name_compare (gconstpointer a, gconstpointer b);
