/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The names of a network's classes in a text file of their own: one a line, in the order of the channels. */
#pragma once

#include "format/opened.h"

/* (transfer full): NAME.classes.txt beside the weight file NAME.h5, NAME.weights.h5, NAME.keras, NAME.onnx,
 * NAME.safetensors, or the index of several; another file's whole name stands before ".classes.txt". */
char *gbp_class_names_find_path (const char *weights);

/* gbp_class_names_read:
 *
 * Line ends may be Windows'. Empty lines at the end are none, and blanks around a name are not part of it.
 *
 * Returns: (transfer full): NULL with @error set (GBP_ERROR_READ) if there is no name, or the file is too large */
char **gbp_class_names_read (const GbpOpened *opened, GError **error);
