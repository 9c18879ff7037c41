/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Having the cache fetch what will be needed while something else is computed: a tile further on is transformed, or
 * another product comes. */
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

/* Terms of a product between two fetches: a core has few loads to spare. */
#define FETCH_STEP 2

/* Memory that is fetched in an even trickle: a core keeps track of few misses at a time, and a product's own loads need
 * them too.
 * @address: where it goes on; @step: how far that moves at every FETCH_STEP */
typedef struct {
  const char *address;
  gsize step;
} Fetch;

/* @n_bytes from @address on, over @n_terms. */
INLINE Fetch
start_fetch (gconstpointer address, gsize n_bytes, gsize n_terms)
{
  return (Fetch){address, n_bytes * FETCH_STEP / n_terms};
}
