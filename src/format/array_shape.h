/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Shapes of arrays as files have them: checked against what a layer needs. */
#pragma once

#include "format/arrays.h"

/* TRUE if this convolution's kernel has as many outputs as inputs not. Any shape may be asked. */
gboolean gbp_array_changes_channels (const GbpArray *kernel, GbpArrayLayout layout);

/* gbp_array_check_kernel:
 * @size: positions and channels are what the layer gets; the kernel decides n_outputs
 *
 * Returns: FALSE with @error set (GBP_ERROR_READ), naming the array, what was expected and found */
gboolean gbp_array_check_kernel (const GbpArray *kernel, GbpLayerKind kind, GbpArrayLayout layout,
    GbpArraySize *size, GError **error);

/* @size is the kernel's. */
gboolean gbp_array_check_bias (const GbpArray *bias, const GbpArraySize *size, GError **error);

/* gbp_array_set_shape:
 * @n_bytes_at_most: what the file can hold of this array, unpacked
 *
 * Returns: FALSE with @error set (GBP_ERROR_READ) if the array would be larger, or has no element, or
 *     more than four dimensions */
gboolean gbp_array_set_shape (GbpArray *array, guint rank, const guint64 *shape,
    guint64 element_size, guint64 n_bytes_at_most, GError **error);
