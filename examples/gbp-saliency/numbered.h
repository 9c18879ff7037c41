/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "input.h"

#include <gst/gst.h>

/* Numbered: pictures with a number in their names, each written as a part of its own until all are done. */
typedef struct _Numbered Numbered;

/* Checks that no file whose name the pattern can give is one of @input, something that is no plain file, or, unless
 * @force is set, somebody else's.
 * @pattern: as name_is_pattern() knows it; it and @input must outlive the result */
Numbered *numbered_new (const char *pattern, const Input *input, gboolean force, GError **error);

/* Returns: (transfer floating): writes each buffer into a picture's part, from number 0 on; valid as long
 *     as @numbered */
GstElement *numbered_make_sink (Numbered *numbered, GError **error);

/* Gives the pictures their own names. */
gboolean numbered_commit (Numbered *numbered, GError **error);

/* Removes the parts. The sink may still be at work: it finds that it cannot go on. */
void numbered_discard (Numbered *numbered);
void numbered_free (Numbered *numbered);
