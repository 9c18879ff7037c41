/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Which arrays of a torchvision or timm file are VGG's, by their names. */
#pragma once

#include "format/arrays.h"

/* gbp_torch_classify:
 * @arrays: (element-type GbpArray): every array of the file; those that are no part of the network are
 *     removed
 *
 * Names are features.N and classifier.0, .3 and .6, or pre_logits.fc1, pre_logits.fc2 and head.fc, with
 * anything before them ("module."). A classifier with other numbers is a head of someone else's, and
 * left out.
 *
 * Returns: FALSE with @error set (GBP_ERROR_READ) if none is left, or VGG is the batch-normalized one */
gboolean gbp_torch_classify (GPtrArray *arrays, GError **error);
