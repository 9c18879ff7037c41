/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Batch normalizations behind VGG's convolutions. */
#pragma once

#include "format/arrays.h"

/* gbp_array_norms_are_complete:
 * @norms: [GBP_N_ARRAY_NORMS]: of a layer
 *
 * Returns: FALSE with @error set (GBP_ERROR_READ) if some are there and others not */
gboolean gbp_array_norms_are_complete (
    const GbpArray *const *norms, GbpArrayLayout layout, const char *layer, GError **error);

/* gbp_array_norms_fold:
 *
 * In 32 bits throughout, as the frameworks do it: a file that one of them has folded gives the same network.
 *
 * @arrays: [GBP_N_ARRAY_NORMS][n_outputs], of which NONE is not looked at
 * @size: the kernel's
 * @kernel, @bias: (inout): which then do what they and the normalization did */
void gbp_array_norms_fold (const float *const *arrays, const GbpArraySize *size,
    GbpArrayLayout layout, float *kernel, float *bias);
