/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Having the cache fetch what a tile further on will need, while one is transformed. */
#pragma once

#include "kernel/vector.h"

/* How many tiles ahead memory is fetched. A small tile is done before its neighbour's memory could come. */
#define TILES_AHEAD(tile) ((tile) == 2 ? 4 : 1)

/* Has the lines at @offset + i · @row_step + j · @column_step, in floats from @base, come into the cache. They
 * may lie anywhere: what is not there is not fetched. */
INLINE void
fetch_grid (const float *base, gssize offset, guint n_rows, gsize row_step, guint n_columns,
    gsize column_step)
{
#pragma GCC unroll 6
  for (guint i = 0; i < n_rows; i++)
#pragma GCC unroll 6
    for (guint j = 0; j < n_columns; j++) {
      gsize floats = (gsize) offset + i * row_step + j * column_step;

      __builtin_prefetch ((const void *) ((guintptr) base + floats * sizeof *base), 0, 2);
    }
}
