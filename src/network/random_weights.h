/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * An untrained network: seeded random weights, the same on every machine. */
#pragma once

#include "network/network.h"

/* SplitMix64 (Steele, Lea and Flood 2014): one word of state, any seed is good. */
guint64 gbp_random_next (guint64 *state);

/* gbp_weights_init_random:
 * @weights: (inout): empty before, but for the input's @height and @width where they are not VGG's
 * @widths: channels of each block's convolutions; 0: the network ends before that block
 * @dense_width: channels of fc1 and fc2; 0: no top
 * @n_classes: channels of predictions; 0: none
 * @seed: the same seed gives the same weights
 *
 * Kernels are He-normal (He et al. 2015, equation 10: deviation √(2 / inputs)); biases have a deviation
 * of 0.05, so that a bias that is lost somewhere shows. The preprocessing is caffe's. */
void gbp_weights_init_random (GbpWeights *weights, GbpArchitecture architecture,
    const guint widths[GBP_N_BLOCKS], guint dense_width, guint n_classes, guint64 seed);
