/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* Returns: (transfer full): the URI of a file's name, or of what is a URI already; NULL with @error
 *     set if @input is neither, or a file that cannot be read */
char *input_get_uri (const char *input, GError **error);
