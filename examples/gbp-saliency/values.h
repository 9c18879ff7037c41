/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* Returns: (transfer full): for --help: the values of each option that chooses one of several, as the library lists
 *     them, in lines of at most 80 columns, "  --option  one, two: what for" */
char *values_describe (void);
