/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A matrix product whose right side is packed beforehand: the weights are the larger operand and never
 * change, so that packing them at every call, as a BLAS must, is what this avoids. */
#include "kernel/level.h"

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

/* Floats in a line of the cache. */
#define LINE 16

/* @add: to what is in @c already */
typedef struct {
  gsize depth;
  const float *a;
  gsize a_stride;
  const float *b;
  float *c;
  gsize c_stride;
  gboolean add;
} Block;

/* @n_rows and @n_vectors are constants where this is inlined. */
INLINE void
multiply_block (const Block *block, guint n_rows, guint n_vectors)
{
  Vector sums[ROWS][VECTORS];
  const float *b = block->b;

#pragma GCC unroll 14
  for (guint r = 0; r < n_rows; r++)
#pragma GCC unroll 2
    for (guint j = 0; j < n_vectors; j++)
      sums[r][j] = (Vector){0};
  for (gsize k = 0; k < block->depth; k++) {
    Vector right[VECTORS];

#pragma GCC unroll 2
    for (guint j = 0; j < n_vectors; j++)
      right[j] = load (b + j * LANES);
    b += n_vectors * LANES;
#pragma GCC unroll 14
    for (guint r = 0; r < n_rows; r++) {
      Vector left = broadcast (block->a[r * block->a_stride + k]);

#pragma GCC unroll 2
      for (guint j = 0; j < n_vectors; j++)
        sums[r][j] += left * right[j];
    }
  }
#pragma GCC unroll 14
  for (guint r = 0; r < n_rows; r++)
#pragma GCC unroll 2
    for (guint j = 0; j < n_vectors; j++) {
      float *c = block->c + r * block->c_stride + j * LANES;

      if (block->add)
        sums[r][j] += load (c);
      store (c, sums[r][j]);
    }
}

#define BLOCKS_OF(rows)                                                                            \
  static void multiply_##rows##_wide (const Block *block)                                          \
  {                                                                                                \
    multiply_block (block, rows, VECTORS);                                                         \
  }                                                                                                \
  static void multiply_##rows##_narrow (const Block *block)                                        \
  {                                                                                                \
    multiply_block (block, rows, 1);                                                               \
  }
#define BLOCK_ENTRY(rows) [rows - 1] = {multiply_##rows##_narrow, multiply_##rows##_wide}

/* clang-format off */
BLOCKS_OF (1) BLOCKS_OF (2) BLOCKS_OF (3) BLOCKS_OF (4) BLOCKS_OF (5) BLOCKS_OF (6)
#if ROWS == 14
BLOCKS_OF (7) BLOCKS_OF (8) BLOCKS_OF (9) BLOCKS_OF (10) BLOCKS_OF (11) BLOCKS_OF (12)
BLOCKS_OF (13) BLOCKS_OF (14)
#endif

static void (*const blocks[ROWS][VECTORS]) (const Block *block) = {
  BLOCK_ENTRY (1), BLOCK_ENTRY (2), BLOCK_ENTRY (3), BLOCK_ENTRY (4), BLOCK_ENTRY (5),
  BLOCK_ENTRY (6),
#if ROWS == 14
  BLOCK_ENTRY (7), BLOCK_ENTRY (8), BLOCK_ENTRY (9), BLOCK_ENTRY (10), BLOCK_ENTRY (11),
  BLOCK_ENTRY (12), BLOCK_ENTRY (13), BLOCK_ENTRY (14),
#endif
};
/* clang-format on */

/* All rows for the columns of one panel and some of the terms.
 * @b: [terms][width]
 * @next: (nullable): as much again, which is fetched into the cache meanwhile */
static void
multiply_panel (const GbpProduct *product, gsize column, gsize width, GbpChannels terms,
    const float *b, const float *next)
{
  gsize n_blocks = (product->rows + ROWS - 1) / ROWS;
  gsize n_next = next != NULL ? (terms.end - terms.first) * width / n_blocks : 0;

  for (gsize i = 0; i < n_blocks; i++) {
    gsize row = i * product->rows / n_blocks, end = (i + 1) * product->rows / n_blocks;

    for (gsize j = i * n_next; j < (i + 1) * n_next; j += LINE)
      __builtin_prefetch (next + j);
    for (gsize k = terms.first; k < terms.end; k += CHUNK) {
      Block block = {MIN (CHUNK, terms.end - k), product->a + row * product->a_stride + k,
          product->a_stride, b + (k - terms.first) * width,
          product->c + row * product->c_stride + column, product->c_stride,
          k > product->terms.first};

      blocks[end - row - 1][width / LANES - 1](&block);
    }
  }
}

void
LEVEL (multiply) (const GbpProduct *product)
{
  const GbpChannels *terms = &product->terms, *wanted = &product->wanted;

  for (gsize column = wanted->first; column < wanted->end; column += PANEL) {
    gsize width = MIN (PANEL, product->columns - column);

    multiply_panel (product, column, width, *terms,
        product->b + column * product->depth + terms->first * width, NULL);
  }
}

/* One panel of the packed matrix after the other, in the order that they lie in: the terms of each are its
 * columns. What comes next is fetched while this is multiplied. */
void
LEVEL (multiply_transposed) (const GbpProduct *product)
{
  const GbpChannels *terms = &product->terms, *wanted = &product->wanted;
  _Alignas(GBP_ALIGNMENT) float turned[PANEL * PANEL];

  for (gsize k = terms->first; k < terms->end; k += PANEL) {
    gsize height = MIN (PANEL, product->depth - k);
    const float *panel = product->b + k * product->columns;

    for (gsize column = wanted->first; column < wanted->end; column += PANEL) {
      gsize width = MIN (PANEL, product->columns - column);
      const float *from = panel + column * height;

      LEVEL (transpose) (from, width, height, turned);
      multiply_panel (
          product, column, width, (GbpChannels){k, k + height}, turned, from + width * height);
    }
  }
}
