/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/level.h"

#define NAME_PASTE(level) #level
#define NAME(level)       NAME_PASTE (level)

const GbpKernels LEVEL (kernels) = {
    .name = NAME (GBP_LEVEL),
    .panel = PANEL,
    .bias_relu = LEVEL (bias_relu),
    .gate = LEVEL (gate),
    .normalize = LEVEL (normalize),
    .denormalize = LEVEL (denormalize),
    .sum_moments = LEVEL (sum_moments),
    .transform_input = LEVEL (transform_input),
    .transform_output = LEVEL (transform_output),
    .multiply = LEVEL (multiply),
    .multiply_transposed = LEVEL (multiply_transposed),
    .multiply_from_left = LEVEL (multiply_from_left),
    .multiply_from_right = LEVEL (multiply_from_right),
    .weigh = LEVEL (weigh),
    .sum_up = LEVEL (sum_up),
    .find_maximum = LEVEL (find_maximum),
    .give_to_maximum = LEVEL (give_to_maximum),
    .clip = LEVEL (clip),
    .ramp = LEVEL (ramp),
    .leak = LEVEL (leak),
    .unleak = LEVEL (unleak),
    .bend = LEVEL (bend),
    .softmax = LEVEL (softmax),
    .scale = LEVEL (scale),
    .add = LEVEL (add),
    .times = LEVEL (times),
    .accumulate = LEVEL (accumulate),
    .find_largest = LEVEL (find_largest),
    .take_larger = LEVEL (take_larger),
    .share_largest = LEVEL (share_largest),
    .find_largest_channels = LEVEL (find_largest_channels),
    .share_largest_channels = LEVEL (share_largest_channels),
    .correlate = LEVEL (correlate),
};
