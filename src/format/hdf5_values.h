/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The values of a dataset, from the file's bytes to floats. */
#pragma once

#include "format/elements.h"
#include "format/hdf5_chunks.h"

/* Where the values are and how they are stored. @chunks, @filters: if the layout is of chunks */
typedef struct {
  GbpElement element;
  int byte_order;
  GbpHdf5Layout layout;
  GbpHdf5Filters filters;
  GbpHdf5Chunks chunks;
} GbpHdf5Values;

/* gbp_hdf5_values_read:
 * @array: its shape is known to be that of the values
 * @floats: (out): in the file's own order
 *
 * Returns: FALSE with @error set (GBP_ERROR_READ) */
gboolean gbp_hdf5_values_read (const GbpHdf5File *file, const GbpHdf5Values *values,
    const GbpArray *array, float *floats, GError **error);
