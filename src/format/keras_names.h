/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Which arrays of a Keras file are VGG's convolutions, by their paths. */
#pragma once

#include "format/modules.h"

/* gbp_keras_classify:
 * @arrays: (element-type GbpArray): every dataset of the file, described
 *
 * VGG's name of a convolution in the path decides, as Keras (block1_conv1) or Caffe (conv1_1) has it. Where no array
 * has one, the convolutions that Keras numbered are taken in order. Paths may have the backslashes of Windows.
 * Normalizations that are numbered belong to the convolutions in the same order, where there is one for each.
 *
 * Returns: (transfer full) (element-type GbpModule): all modules, of which the convolutions and their normalizations
 *     are claimed; NULL with @error set (GBP_ERROR_READ) if there is none, or no telling which */
GPtrArray *gbp_keras_classify (GPtrArray *arrays, GError **error);

/* gbp_keras_claim_numbered:
 *
 * Claims modules like "layers/conv2d_3" by the order of their numbers; the first number may be any. Of more than VGG
 * has, the first ones, where their shapes fit one architecture alone.
 *
 * Returns: FALSE with @error set (GBP_ERROR_READ) if there is no telling which are VGG's */
gboolean gbp_keras_claim_numbered (GPtrArray *modules, GError **error);

/* gbp_keras_claim_norms:
 * @is_named: the convolutions have VGG's names
 *
 * Claims normalizations that Keras numbered. Those of a part behind VGG are left; FALSE with @error set
 * (GBP_ERROR_READ) if there is no telling which convolutions they belong to. */
gboolean gbp_keras_claim_norms (GPtrArray *modules, gboolean is_named, GError **error);

/* Parses "STEM" as number 0 and "STEM_N" as number N. */
gboolean gbp_keras_parse_number (const char *part, const char *stem, guint64 *number);
