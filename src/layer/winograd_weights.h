/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Kernels in Winograd's transformed domain. */
#pragma once

#include "layer/convolution.h"

/* G g Gᵀ for every pair of channels, packed for multiply():
 * [(tile + 2)²] matrices [padded channels in][padded channels out].
 * @kernel: [3][3][n_inputs][n_outputs]
 * @backward: the kernel is rotated by 180° and its channels are exchanged, so that the product goes from
 *     outputs to inputs
 *
 * Returns: (transfer full): free with gbp_memory_free(); NULL if there is no memory */
float *gbp_winograd_transform_weights (const GbpConvolutionShape *shape, const float *kernel,
    guint tile, gboolean backward, gsize panel);

/* The position at which the matrix of the kernel rotated by 180° is the one that the kernel itself has at
 * @position. Turning reverses the kernel as a polynomial, which at p is the kernel at 1 / p: so the
 * points, and G's scales, are chosen such that they come in pairs. */
guint gbp_winograd_rotate_position (guint tile, guint position);
