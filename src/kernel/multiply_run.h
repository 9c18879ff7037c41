/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The innermost part of multiply.c: blocks of rows whose sums are in registers. */
#pragma once

#include "kernel/fetch.h"
#include "kernel/vector.h"

/* The accumulators are ROWS × VECTORS registers, of 32 with AVX-512 and 16 without; two more hold the
 * right side and one the broadcast left. The tiles of VGG's maps come in multiples of seven. */
#if LANES == 16
#define ROWS 14
#else
#define ROWS 6
#endif
#define VECTORS (PANEL / LANES)

/* A sum's rounding error grows with its length: so long ones are made of short ones. */
#define CHUNK 64
/* What is to be prefetched, and two parts of what comes next of the right side. */
#define N_FETCHES 3

/* Blocks of as many rows of a product each, in the columns of some panels and a chunk of the terms.
 * @n_blocks: how many; @n_panels: as wide ones, one after another for each block
 * @column: the first of these columns
 * @depth: terms, of each piece; where there are no pieces a multiple of FETCH_STEP
 * @a: the first row's first term; @places: (nullable): instead, the first pieces of the first row, of @n_pieces, from
 *     their term @first on
 * @is_first: else this is added to what is in @c already; @is_last: then the sums are complete */
typedef struct {
  const GbpProduct *product;
  gsize n_blocks;
  gsize n_panels;
  gsize column;
  gsize depth;
  const float *a;
  const float *b;
  float *c;
  gboolean is_first;
  gboolean is_last;
  Fetch fetches[N_FETCHES];
  const float *const *places;
  gsize n_pieces;
  gsize first;
} Run;

/* One term of every sum: the one at @k of each row of @a. */
INLINE void
add_term (Vector sums[ROWS][VECTORS], const float *const a[ROWS], gsize k, const float *b,
    guint n_rows, guint n_vectors)
{
  Vector right[VECTORS];

#pragma GCC unroll 2
  for (guint j = 0; j < n_vectors; j++)
    right[j] = load (b + j * LANES);
#pragma GCC unroll 14
  for (guint r = 0; r < n_rows; r++) {
    Vector left = broadcast (a[r][k]);

#pragma GCC unroll 2
    for (guint j = 0; j < n_vectors; j++)
      sums[r][j] += left * right[j];
  }
}

/* @n terms. Returns: the right side's next ones */
INLINE const float *
add_terms (Vector sums[ROWS][VECTORS], const float *const a[ROWS], gsize n, const float *b,
    Fetch fetches[N_FETCHES], guint n_rows, guint n_vectors)
{
  gsize k = 0;

  for (; k + FETCH_STEP <= n; k += FETCH_STEP) {
#pragma GCC unroll 2
    for (guint i = 0; i < FETCH_STEP; i++, b += n_vectors * LANES)
      add_term (sums, a, k + i, b, n_rows, n_vectors);
#pragma GCC unroll 3
    for (guint i = 0; i < N_FETCHES; i++) {
      __builtin_prefetch (fetches[i].address, 0, 2);
      fetches[i].address += fetches[i].step;
    }
  }
  for (; k < n; k++, b += n_vectors * LANES)
    add_term (sums, a, k, b, n_rows, n_vectors);
  return b;
}

/* To their places, from @first on. */
INLINE void
store_sums (const Run *run, Vector sums[ROWS][VECTORS], float *first, guint n_rows, guint n_vectors)
{
  gsize stride = run->product->c_stride;

#pragma GCC unroll 14
  for (guint r = 0; r < n_rows; r++)
#pragma GCC unroll 2
    for (guint j = 0; j < n_vectors; j++) {
      float *c = first + r * stride + j * LANES;

      if (!run->is_first)
        sums[r][j] += load (c);
      store (c, sums[r][j]);
    }
}

/* Likewise, when they are complete, through the product's ending. */
INLINE void
end_sums (const Run *run, Vector sums[ROWS][VECTORS], gsize column, float *c, guint n_rows,
    guint n_vectors)
{
  const GbpEnding ending = *run->product->ending;
  gboolean is_first = run->is_first;
  gsize stride = run->product->c_stride, unit = (gsize) (c - run->product->c);

#pragma GCC unroll 2
  for (guint j = 0; j < n_vectors; j++) {
    Vector bias = load (ending.bias + column + j * LANES);

#pragma GCC unroll 14
    for (guint r = 0; r < n_rows; r++) {
      gsize offset = r * stride + j * LANES;
      Vector x = sums[r][j];

      if (!is_first)
        x += load (c + offset);
      x += bias;
      if (ending.positive != NULL)
        x = clip_lanes (x, ending.maximum, ending.positive, unit + offset);
      store (c + offset, x);
    }
  }
}

/* One block, from @first on, or from the first of @places on, in panel @panel, to @c. @n_rows, @n_vectors and
 * @has_pieces are constants where this is inlined.
 * @coming: (inout): the run's fetches */
INLINE void
multiply_block (const Run *run, const float *first, const float *const *places, gsize panel,
    float *c, Fetch coming[N_FETCHES], guint n_rows, guint n_vectors, gboolean has_pieces)
{
  Fetch fetches[N_FETCHES] = {coming[0], coming[1], coming[2]};
  Vector sums[ROWS][VECTORS];
  const float *a[ROWS], *b = run->b + panel * run->product->depth * PANEL;

#pragma GCC unroll 14
  for (guint r = 0; r < n_rows; r++) {
    a[r] = first + r * run->product->a_stride;
#pragma GCC unroll 2
    for (guint j = 0; j < n_vectors; j++)
      sums[r][j] = (Vector){0};
  }
  if (!has_pieces)
    add_terms (sums, a, run->depth, b, fetches, n_rows, n_vectors);
  for (gsize piece = 0; has_pieces && piece < run->n_pieces; piece++) {
#pragma GCC unroll 14
    for (guint r = 0; r < n_rows; r++)
      a[r] = places[piece * run->product->rows + r] + run->first;
    b = add_terms (sums, a, run->depth, b, fetches, n_rows, n_vectors);
  }
#pragma GCC unroll 3
  for (guint i = 0; i < N_FETCHES; i++)
    coming[i].address = fetches[i].address;
  if (run->is_last && run->product->ending != NULL)
    end_sums (run, sums, run->column + panel * PANEL, c, n_rows, n_vectors);
  else
    store_sums (run, sums, c, n_rows, n_vectors);
}

/* clang-format off */
/* What a run needs is out of the way of a block's registers. */
#define RUN_OF(rows, name, n_vectors, has_pieces) \
  static __attribute__ ((noinline)) void block_##rows##_##name (const Run *run, const float *a, \
      const float *const *places, gsize panel, float *c, Fetch coming[N_FETCHES]) \
  { multiply_block (run, a, places, panel, c, coming, rows, n_vectors, has_pieces); } \
  static void multiply_##rows##_##name (const Run *run) \
  { \
    Fetch coming[N_FETCHES] = {run->fetches[0], run->fetches[1], run->fetches[2]}; \
    for (gsize i = 0; i < run->n_blocks; i++) \
      for (gsize k = 0; k < run->n_panels; k++) \
        block_##rows##_##name (run, run->a + i * rows * run->product->a_stride, \
            has_pieces ? run->places + i * rows : NULL, k, \
            run->c + i * rows * run->product->c_stride + k * PANEL, coming); \
  }
#define RUNS_OF(rows) \
  RUN_OF (rows, narrow, 1, FALSE) RUN_OF (rows, narrow_pieces, 1, TRUE) \
  RUN_OF (rows, wide, VECTORS, FALSE) RUN_OF (rows, wide_pieces, VECTORS, TRUE)
#define ENTRY(rows) \
  [rows - 1] = {{multiply_##rows##_narrow, multiply_##rows##_narrow_pieces}, \
                {multiply_##rows##_wide, multiply_##rows##_wide_pieces}}

RUNS_OF (1) RUNS_OF (2) RUNS_OF (3) RUNS_OF (4) RUNS_OF (5) RUNS_OF (6)
#if ROWS == 14
RUNS_OF (7) RUNS_OF (8) RUNS_OF (9) RUNS_OF (10) RUNS_OF (11) RUNS_OF (12)
RUNS_OF (13) RUNS_OF (14)
#endif

static void (*const runs[ROWS][VECTORS][2]) (const Run *run) = {
  ENTRY (1), ENTRY (2), ENTRY (3), ENTRY (4), ENTRY (5), ENTRY (6),
#if ROWS == 14
  ENTRY (7), ENTRY (8), ENTRY (9), ENTRY (10), ENTRY (11), ENTRY (12), ENTRY (13), ENTRY (14),
#endif
};
/* clang-format on */
