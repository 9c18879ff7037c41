/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Which arrays of a Keras file are VGG's, by their paths. */
#pragma once

#include "format/arrays.h"

/* gbp_keras_classify:
 * @arrays: (element-type GbpArray): every dataset of the file; those that are no part of the network
 *     are removed
 *
 * The name of a layer of VGG in the path decides. Where no array has one, the layers that Keras
 * numbered are taken in order.
 *
 * Returns: FALSE with @error set (GBP_ERROR_READ) if there is no such array, or no telling which */
gboolean gbp_keras_classify (GPtrArray *arrays, GError **error);

/* gbp_keras_classify_numbered:
 *
 * Sets the layers of arrays like "layers/conv2d_3/vars/0" by the order of their numbers; the first
 * number may be any. Three dense layers beside the convolutions are the top; any other number of them
 * is a head of someone else's, and left out.
 *
 * Returns: FALSE with @error set (GBP_ERROR_READ) if there is no telling which are VGG's */
gboolean gbp_keras_classify_numbered (GPtrArray *arrays, GError **error);

/* Parses "STEM" as number 0 and "STEM_N" as number N. */
gboolean gbp_keras_parse_number (const char *part, const char *stem, guint64 *number);
