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
 * @refusal: (out) (transfer full) (nullable): in words, that a head was left out, and why; else left as it is
 *
 * A convolution is a number, as torchvision counts modules, behind any or no name: features.N, backbone.N, net.sliceM.N,
 * N; batch normalizations belong to the convolutions before them. Or it is conv1_1 to conv5_4. Dense layers are
 * classifier.N, three of them in the order of their numbers; pre_logits.fc1, pre_logits.fc2 and head.fc; or fc6, fc7 and
 * fc8. Wrappers' "module" may stand anywhere. Another number of dense layers in a classifier is a head of someone
 * else's.
 *
 * Returns: FALSE with @error set (GBP_ERROR_READ) if none is left */
gboolean gbp_torch_classify (GPtrArray *arrays, char **refusal, GError **error);
