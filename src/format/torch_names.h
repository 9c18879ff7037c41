/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Which arrays of a torchvision or timm file are VGG's convolutions, by their names. */
#pragma once

#include "format/modules.h"

/* gbp_torch_classify:
 * @arrays: (element-type GbpArray): every array of the file, described
 *
 * A convolution is a number, as torchvision counts modules, behind any or no name: features.N, backbone.N,
 * net.sliceM.N, N; batch normalizations belong to the convolutions before them. Or it is conv1_1 to conv5_4, or
 * block1_conv1 to block5_conv4. Wrappers' "module" may stand anywhere. Where several groups are numbered so, VGG is the
 * one that begins with a kernel of three channels, and has the most of its numbers.
 *
 * Returns: (transfer full) (element-type GbpModule): all modules, of which the convolutions and their normalizations
 *     are claimed; NULL with @error set (GBP_ERROR_READ) if there is none */
GPtrArray *gbp_torch_classify (GPtrArray *arrays, GError **error);
