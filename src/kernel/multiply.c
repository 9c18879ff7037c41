/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A matrix product whose right side is packed beforehand: the weights are the larger operand and never
 * change, so that packing them at every call, as a BLAS must, is what this avoids. */
#include "kernel/fetch.h"
#include "kernel/level.h"

/* The accumulators are ROWS × VECTORS registers, of 32 with AVX-512 and 16 without; two more hold the
 * right side and one the broadcast left. The tiles of VGG's maps come in multiples of seven. */
#if LANES == 16
#define ROWS 14
#else
#define ROWS 6
#endif
#define VECTORS (PANEL / LANES)

/* Floats of the right side that stay in the first-level cache beside what else is needed. */
#define SMALL_PANELS 6144
/* A sum's rounding error grows with its length: so long ones are made of short ones. */
#define CHUNK 64
/* Terms of the packed matrix's transpose that are turned about at once: the columns of two panels. */
#define TURNED (2 * PANEL)
/* What is needed soon, and two parts of what comes next of the right side. */
#define N_FETCHES 3

/* Some rows of a product, in the columns of one panel and a chunk of the terms.
 * @column: the first of these columns
 * @depth: terms, of each piece; where there are no pieces a multiple of FETCH_STEP
 * @a: the first row's first term; @places: (nullable): instead, the first pieces of the first row, of @n_pieces, from
 *     their term @first on
 * @is_first: else this is added to what is in @c already; @is_last: then the sums are complete */
typedef struct {
  const GbpProduct *product;
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
} Block;

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

/* To their places in c. */
INLINE void
store_sums (const Block *block, Vector sums[ROWS][VECTORS], guint n_rows, guint n_vectors)
{
  gsize stride = block->product->c_stride;

#pragma GCC unroll 14
  for (guint r = 0; r < n_rows; r++)
#pragma GCC unroll 2
    for (guint j = 0; j < n_vectors; j++) {
      float *c = block->c + r * stride + j * LANES;

      if (!block->is_first)
        sums[r][j] += load (c);
      store (c, sums[r][j]);
    }
}

/* Likewise, when they are complete, through the product's ending. */
INLINE void
end_sums (const Block *block, Vector sums[ROWS][VECTORS], guint n_rows, guint n_vectors)
{
  const GbpEnding ending = *block->product->ending;
  gboolean is_first = block->is_first;
  gsize stride = block->product->c_stride, unit = (gsize) (block->c - block->product->c);

#pragma GCC unroll 2
  for (guint j = 0; j < n_vectors; j++) {
    Vector bias = load (ending.bias + block->column + j * LANES);

#pragma GCC unroll 14
    for (guint r = 0; r < n_rows; r++) {
      gsize offset = r * stride + j * LANES;
      Vector x = sums[r][j];

      if (!is_first)
        x += load (block->c + offset);
      x += bias;
      if (ending.positive != NULL)
        x = clip_lanes (x, ending.maximum, ending.positive, unit + offset);
      store (block->c + offset, x);
    }
  }
}

/* @n_rows, @n_vectors and @has_pieces are constants where this is inlined. */
INLINE void
multiply_block (const Block *block, guint n_rows, guint n_vectors, gboolean has_pieces)
{
  Vector sums[ROWS][VECTORS];
  const float *a[ROWS], *b = block->b;
  Fetch fetches[N_FETCHES] = {block->fetches[0], block->fetches[1], block->fetches[2]};

#pragma GCC unroll 14
  for (guint r = 0; r < n_rows; r++) {
    a[r] = block->a + r * block->product->a_stride;
#pragma GCC unroll 2
    for (guint j = 0; j < n_vectors; j++)
      sums[r][j] = (Vector){0};
  }
  if (!has_pieces)
    add_terms (sums, a, block->depth, b, fetches, n_rows, n_vectors);
  for (gsize piece = 0; has_pieces && piece < block->n_pieces; piece++) {
#pragma GCC unroll 14
    for (guint r = 0; r < n_rows; r++)
      a[r] = block->places[piece * block->product->rows + r] + block->first;
    b = add_terms (sums, a, block->depth, b, fetches, n_rows, n_vectors);
  }
  if (block->is_last && block->product->ending != NULL)
    end_sums (block, sums, n_rows, n_vectors);
  else
    store_sums (block, sums, n_rows, n_vectors);
}

/* clang-format off */
#define BLOCK_OF(rows, name, n_vectors, has_pieces) \
  static void multiply_##rows##_##name (const Block *block) \
  { multiply_block (block, rows, n_vectors, has_pieces); }
#define BLOCKS_OF(rows) \
  BLOCK_OF (rows, narrow, 1, FALSE) BLOCK_OF (rows, narrow_pieces, 1, TRUE) \
  BLOCK_OF (rows, wide, VECTORS, FALSE) BLOCK_OF (rows, wide_pieces, VECTORS, TRUE)
#define ENTRY(rows) \
  [rows - 1] = {{multiply_##rows##_narrow, multiply_##rows##_narrow_pieces}, \
                {multiply_##rows##_wide, multiply_##rows##_wide_pieces}}

BLOCKS_OF (1) BLOCKS_OF (2) BLOCKS_OF (3) BLOCKS_OF (4) BLOCKS_OF (5) BLOCKS_OF (6)
#if ROWS == 14
BLOCKS_OF (7) BLOCKS_OF (8) BLOCKS_OF (9) BLOCKS_OF (10) BLOCKS_OF (11) BLOCKS_OF (12)
BLOCKS_OF (13) BLOCKS_OF (14)
#endif

static void (*const blocks[ROWS][VECTORS][2]) (const Block *block) = {
  ENTRY (1), ENTRY (2), ENTRY (3), ENTRY (4), ENTRY (5), ENTRY (6),
#if ROWS == 14
  ENTRY (7), ENTRY (8), ENTRY (9), ENTRY (10), ENTRY (11), ENTRY (12), ENTRY (13), ENTRY (14),
#endif
};
/* clang-format on */

/* A product on its way.
 * @n_blocks: of @n_rows each, the first @n_larger of them of one more
 * @fetches: what comes into the cache meanwhile, see N_FETCHES */
typedef struct {
  const GbpProduct *product;
  gsize n_blocks;
  gsize n_rows;
  gsize n_larger;
  Fetch fetches[N_FETCHES];
} Progress;

static Progress
begin_product (const GbpProduct *product)
{
  gsize n_blocks = (product->rows + ROWS - 1) / ROWS;
  gsize n_panels = (product->wanted.end - product->wanted.first + PANEL - 1) / PANEL;
  gsize n_terms = n_blocks * n_panels * (product->terms.end - product->terms.first);
  Fetch soon = start_fetch (product->soon, product->n_soon * sizeof (float), n_terms);

  return (Progress){product, n_blocks, product->rows / n_blocks, product->rows % n_blocks, {soon}};
}

/* What comes into the cache while @block is computed, which has @n_terms. */
static void
begin_fetches (Progress *progress, Block *block, gsize n_terms)
{
  for (guint j = 0; j < N_FETCHES; j++) {
    block->fetches[j] = progress->fetches[j];
    progress->fetches[j].address += n_terms / FETCH_STEP * block->fetches[j].step;
  }
}

/* The first row of block @i. @n_rows: (out) */
static gsize
find_rows (const Progress *progress, gsize i, gsize *n_rows)
{
  *n_rows = progress->n_rows + (i < progress->n_larger);
  return i * progress->n_rows + MIN (i, progress->n_larger);
}

/* One block of rows, for the columns of one panel and a chunk of the terms.
 * @b: [terms][width] */
static void
multiply_rows (
    Progress *progress, gsize i, gsize column, gsize width, GbpChannels terms, const float *b)
{
  const GbpProduct *product = progress->product;
  gsize n_rows, row = find_rows (progress, i, &n_rows);
  Block block;

  block.product = product;
  block.column = column;
  block.depth = terms.end - terms.first;
  block.a = product->a + row * product->a_stride + terms.first;
  block.b = b;
  block.c = product->c + row * product->c_stride + column;
  block.is_first = terms.first == product->terms.first;
  block.is_last = terms.end == product->terms.end;
  begin_fetches (progress, &block, block.depth);
  blocks[n_rows - 1][width / LANES - 1][FALSE](&block);
}

/* Likewise all terms, which lie in pieces: as many of those at once as make a chunk, or parts of one.
 * @panel: [terms][width] */
static void
multiply_pieces (Progress *progress, gsize i, gsize column, gsize width, const float *panel)
{
  const GbpProduct *product = progress->product;
  const GbpPieces *pieces = product->pieces;
  gsize at_once = MAX (CHUNK / pieces->n, 1), n_rows, row = find_rows (progress, i, &n_rows);
  Block block = {
      .product = product, .column = column, .c = product->c + row * product->c_stride + column};

  for (gsize piece = 0; piece < pieces->n_pieces; piece += at_once)
    for (gsize k = 0; k < pieces->n; k += CHUNK) {
      block.depth = MIN (CHUNK, pieces->n - k);
      block.n_pieces = MIN (at_once, pieces->n_pieces - piece);
      block.places = pieces->places + piece * product->rows + row;
      block.first = pieces->first + k;
      block.b = panel + (piece * pieces->n + k) * width;
      block.is_first = piece + k == 0;
      block.is_last = piece + at_once >= pieces->n_pieces && k + CHUNK >= pieces->n;
      begin_fetches (progress, &block, block.n_pieces * block.depth);
      blocks[n_rows - 1][width / LANES - 1][TRUE](&block);
    }
}

/* Where a panel's terms begin. */
static const float *
get_panel (const GbpProduct *product, gsize column)
{
  gsize width = MIN (PANEL, product->columns - column);

  return product->b + column * product->depth + product->terms.first * width;
}

/* While a panel is multiplied, the two halves of the next one are fetched.
 * @n_floats: of each */
static void
fetch_next_panel (Progress *progress, gsize column, gsize n_floats)
{
  const GbpProduct *product = progress->product, *next = product->next;
  gsize n_terms = progress->n_blocks * (product->terms.end - product->terms.first);
  const float *panel = NULL;

  if (column + PANEL < product->wanted.end)
    panel = get_panel (product, column + PANEL);
  else if (next != NULL)
    panel = get_panel (next, next->wanted.first);
  else
    n_floats = 0;
  for (gsize i = 0; i < 2; i++)
    progress->fetches[1 + i] =
        start_fetch (panel + i * n_floats / 2, n_floats * sizeof *panel / 2, n_terms);
}

/* Blocks @first … @end − 1 of rows. @is_far: a panel is fetched while the one before is multiplied */
static void
multiply_blocks (Progress *progress, gsize first, gsize end, gboolean is_far)
{
  const GbpProduct *product = progress->product;
  const GbpChannels *terms = &product->terms, *wanted = &product->wanted;

  for (gsize column = wanted->first; column < wanted->end; column += PANEL) {
    gsize width = MIN (PANEL, product->columns - column);
    const float *panel = get_panel (product, column);

    if (is_far)
      fetch_next_panel (progress, column, (terms->end - terms->first) * width);
    for (gsize i = first; i < end; i++)
      if (product->pieces != NULL)
        multiply_pieces (progress, i, column, width, panel);
      else
        for (gsize k = terms->first; k < terms->end; k += CHUNK) {
          GbpChannels chunk = {k, MIN (k + CHUNK, terms->end)};

          multiply_rows (progress, i, column, width, chunk, panel + (k - terms->first) * width);
        }
  }
}

/* Where all panels stay in the cache, rows are written block after block, as memory likes it. */
void
LEVEL (multiply) (const GbpProduct *product)
{
  gsize n_columns = product->wanted.end - product->wanted.first;
  Progress progress = begin_product (product);

  if (product->next != NULL
      || (product->terms.end - product->terms.first) * n_columns > SMALL_PANELS)
    multiply_blocks (&progress, 0, progress.n_blocks, TRUE);
  else
    for (gsize i = 0; i < progress.n_blocks; i++)
      multiply_blocks (&progress, i, i + 1, FALSE);
}

/* Where the columns from @k on of the packed matrix, in the rows from @column on, begin. */
static const float *
get_block (const GbpProduct *product, gsize k, gsize column)
{
  return product->b + k * product->columns + column * MIN (PANEL, product->depth - k);
}

/* The block that is turned about after the one at @k and @column, or NULL. */
static const float *
get_next_block (const GbpProduct *product, gsize k, gsize column)
{
  const GbpProduct *next = product->next;

  if (column + PANEL < product->wanted.end)
    return get_block (product, k, column + PANEL);
  if (k + TURNED < product->terms.end)
    return get_block (product, k + TURNED, product->wanted.first);
  return next != NULL ? get_block (next, next->terms.first + k % TURNED, next->wanted.first) : NULL;
}

/* The blocks of a chunk's panels, turned about. What follows them is fetched while that is multiplied.
 * @turned: (out): [terms][width] */
static void
turn_blocks (Progress *progress, gsize column, gsize width, GbpChannels terms, float *turned)
{
  const GbpProduct *product = progress->product;
  gsize n_terms = progress->n_blocks * (terms.end - terms.first);

  progress->fetches[2] = (Fetch){NULL, 0};
  for (gsize k = terms.first; k < terms.end; k += PANEL) {
    gsize height = MIN (PANEL, product->depth - k), offset = k - terms.first;
    const float *next = get_next_block (product, k, column);
    gsize n_bytes = next != NULL ? width * height * sizeof *next : 0;

    LEVEL (transpose) (get_block (product, k, column), width, height, turned + offset * width);
    progress->fetches[1 + offset / PANEL] = start_fetch (next, n_bytes, n_terms);
  }
}

void
LEVEL (multiply_transposed) (const GbpProduct *product)
{
  const GbpChannels *terms = &product->terms, *wanted = &product->wanted;
  _Alignas(GBP_ALIGNMENT) float turned[TURNED * PANEL];
  Progress progress = begin_product (product);

  for (gsize k = terms->first; k < terms->end; k += TURNED)
    for (gsize column = wanted->first; column < wanted->end; column += PANEL) {
      gsize width = MIN (PANEL, product->columns - column);
      GbpChannels chunk = {k, MIN (k + TURNED, terms->end)};

      turn_blocks (&progress, column, width, chunk, turned);
      for (gsize i = 0; i < progress.n_blocks; i++)
        multiply_rows (&progress, i, column, width, chunk, turned);
    }
}
