/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A matrix product whose right side is packed beforehand: the weights are the larger operand and never
 * change, so that packing them at every call, as a BLAS must, is what this avoids. */
#include "kernel/level.h"
#include "kernel/multiply_run.h"

/* Floats of the right side that stay in the first-level cache beside what else is needed. */
#define SMALL_PANELS 6144
/* Terms of the packed matrix that are transposed at once: the columns of two panels. */
#define TRANSPOSED (2 * PANEL)

/* A product on its way.
 * @n_blocks: of @n_rows each, the first @n_larger of them of one more
 * @is_short: whether all terms are one chunk
 * @n_pieces: of the terms, where they lie in pieces, that make a chunk
 * @fetches: what comes into the cache meanwhile, see N_FETCHES */
typedef struct {
  const GbpProduct *product;
  gsize n_blocks;
  gsize n_rows;
  gsize n_larger;
  gboolean is_short;
  gsize n_pieces;
  Fetch fetches[N_FETCHES];
} Progress;

static Progress
begin_product (const GbpProduct *product)
{
  const GbpPieces *pieces = product->pieces;
  gsize n_panels = (product->wanted.end - product->wanted.first + PANEL - 1) / PANEL;
  gsize n_terms = product->terms.end - product->terms.first;
  Progress progress = {.product = product, .n_blocks = (product->rows + ROWS - 1) / ROWS};

  progress.n_rows = product->rows / progress.n_blocks;
  progress.n_larger = product->rows % progress.n_blocks;
  progress.is_short = n_terms <= CHUNK;
  if (pieces != NULL) {
    progress.n_pieces = MAX (CHUNK / pieces->n, 1);
    progress.is_short = pieces->n <= CHUNK && pieces->n_pieces <= progress.n_pieces;
  }
  progress.fetches[0] = start_fetch (product->prefetch, product->n_prefetch * sizeof (float),
      progress.n_blocks * n_panels * n_terms);
  return progress;
}

/* What comes into the cache while @run is computed, which has @n_terms a block and panel. */
static void
begin_fetches (Progress *progress, Run *run, gsize n_terms)
{
  for (guint j = 0; j < N_FETCHES; j++) {
    run->fetches[j] = progress->fetches[j];
    progress->fetches[j].address +=
        n_terms / FETCH_STEP * run->n_blocks * run->n_panels * run->fetches[j].step;
  }
}

/* The first row of block @i. @n_rows: (out) */
static gsize
find_rows (const Progress *progress, gsize i, gsize *n_rows)
{
  *n_rows = progress->n_rows + (i < progress->n_larger);
  return i * progress->n_rows + MIN (i, progress->n_larger);
}

/* The end of the blocks from @i on, and before @end, that have as many rows as that. */
static gsize
find_end (const Progress *progress, gsize i, gsize end)
{
  return i < progress->n_larger ? MIN (progress->n_larger, end) : end;
}

/* Blocks @first … @end − 1, which have as many rows each, for the columns of @n_panels panels and a chunk of the terms.
 * @b: [terms][width], of the first panel */
static void
multiply_rows (Progress *progress, gsize first, gsize end, gsize column, gsize width,
    gsize n_panels, GbpChannels terms, const float *b)
{
  const GbpProduct *product = progress->product;
  gsize n_rows, row = find_rows (progress, first, &n_rows);
  Run run;

  run.product = product;
  run.n_blocks = end - first;
  run.n_panels = n_panels;
  run.column = column;
  run.depth = terms.end - terms.first;
  run.a = product->a + row * product->a_stride + terms.first;
  run.b = b;
  run.c = product->c + row * product->c_stride + column;
  run.is_first = terms.first == product->terms.first;
  run.is_last = terms.end == product->terms.end;
  begin_fetches (progress, &run, run.depth);
  runs[n_rows - 1][width / LANES - 1][FALSE](&run);
}

/* Likewise all terms, which lie in pieces: as many of those at once as make a chunk, or parts of one.
 * @panel: [terms][width] */
static void
multiply_pieces (Progress *progress, gsize first, gsize end, gsize column, gsize width,
    gsize n_panels, const float *panel)
{
  const GbpProduct *product = progress->product;
  const GbpPieces *pieces = product->pieces;
  gsize at_once = progress->n_pieces, n_rows, row = find_rows (progress, first, &n_rows);
  Run run = {.product = product,
      .n_blocks = end - first,
      .n_panels = n_panels,
      .column = column,
      .c = product->c + row * product->c_stride + column};

  for (gsize piece = 0; piece < pieces->n_pieces; piece += at_once)
    for (gsize k = 0; k < pieces->n; k += CHUNK) {
      run.depth = MIN (CHUNK, pieces->n - k);
      run.n_pieces = MIN (at_once, pieces->n_pieces - piece);
      run.places = pieces->places + piece * product->rows + row;
      run.first = pieces->first + k;
      run.b = panel + (piece * pieces->n + k) * width;
      run.is_first = piece + k == 0;
      run.is_last = piece + at_once >= pieces->n_pieces && k + CHUNK >= pieces->n;
      begin_fetches (progress, &run, run.n_pieces * run.depth);
      runs[n_rows - 1][width / LANES - 1][TRUE](&run);
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

/* Blocks of as many rows each, in the columns of some panels: of short products all at once; of others, in one panel,
 * one after another, whose sums are in the cache from chunk to chunk. */
static void
multiply_panels (Progress *progress, gsize first, gsize end, gsize column, gsize width,
    gsize n_panels, const float *panel)
{
  const GbpProduct *product = progress->product;
  const GbpChannels *terms = &product->terms;
  gsize step = progress->is_short ? end - first : 1;

  for (gsize i = first; i < end; i += step)
    if (product->pieces != NULL)
      multiply_pieces (progress, i, i + step, column, width, n_panels, panel);
    else
      for (gsize k = terms->first; k < terms->end; k += CHUNK) {
        GbpChannels chunk = {k, MIN (k + CHUNK, terms->end)};

        multiply_rows (progress, i, i + step, column, width, n_panels, chunk,
            panel + (k - terms->first) * width);
      }
}

/* Blocks @first … @end − 1 of rows, in as many panels at once as @n_panels, where these are whole. @is_far: a panel is
 * fetched while the one before is multiplied */
static void
multiply_blocks (Progress *progress, gsize first, gsize end, gsize n_panels, gboolean is_far)
{
  const GbpProduct *product = progress->product;
  const GbpChannels *terms = &product->terms, *wanted = &product->wanted;

  for (gsize column = wanted->first; column < wanted->end;) {
    gsize width = MIN (PANEL, product->columns - column);
    gsize n = MAX (MIN ((wanted->end - column) / PANEL, n_panels), 1);
    const float *panel = get_panel (product, column);

    if (is_far)
      fetch_next_panel (progress, column, (terms->end - terms->first) * width);
    for (gsize i = first; i < end;) {
      gsize next = find_end (progress, i, end);

      multiply_panels (progress, i, next, column, width, n, panel);
      i = next;
    }
    column += n * PANEL;
  }
}

/* Where all panels stay in the cache, rows are written block after block, as memory likes it. */
void
LEVEL (multiply) (const GbpProduct *product)
{
  gsize n_columns = product->wanted.end - product->wanted.first;
  gsize n_terms = product->terms.end - product->terms.first;
  gboolean is_far = product->next != NULL || n_terms * n_columns > SMALL_PANELS;
  Progress progress = begin_product (product);
  gsize n_panels = progress.is_short ? n_columns / PANEL : 1;

  if (is_far || progress.is_short)
    multiply_blocks (&progress, 0, progress.n_blocks, is_far ? 1 : n_panels, is_far);
  else
    for (gsize i = 0; i < progress.n_blocks; i++)
      multiply_blocks (&progress, i, i + 1, 1, FALSE);
}

/* Where the columns from @k on of the packed matrix, in the rows from @column on, begin. */
static const float *
get_block (const GbpProduct *product, gsize k, gsize column)
{
  return product->b + k * product->columns + column * MIN (PANEL, product->depth - k);
}

/* The block that is transposed after the one at @k and @column, or NULL. */
static const float *
get_next_block (const GbpProduct *product, gsize k, gsize column)
{
  const GbpProduct *next = product->next;

  if (column + PANEL < product->wanted.end)
    return get_block (product, k, column + PANEL);
  if (k + TRANSPOSED < product->terms.end)
    return get_block (product, k + TRANSPOSED, product->wanted.first);
  return next != NULL ? get_block (next, next->terms.first + k % TRANSPOSED, next->wanted.first)
                      : NULL;
}

/* The blocks of a chunk's panels, transposed. What follows them is fetched while that is multiplied.
 * @transposed: (out): [terms][width] */
static void
transpose_blocks (
    Progress *progress, gsize column, gsize width, GbpChannels terms, float *transposed)
{
  const GbpProduct *product = progress->product;
  gsize n_terms = progress->n_blocks * (terms.end - terms.first);

  progress->fetches[2] = (Fetch){NULL, 0};
  for (gsize k = terms.first; k < terms.end; k += PANEL) {
    gsize height = MIN (PANEL, product->depth - k), offset = k - terms.first;
    const float *next = get_next_block (product, k, column);
    gsize n_bytes = next != NULL ? width * height * sizeof *next : 0;

    LEVEL (transpose) (get_block (product, k, column), width, height, transposed + offset * width);
    progress->fetches[1 + offset / PANEL] = start_fetch (next, n_bytes, n_terms);
  }
}

void
LEVEL (multiply_transposed) (const GbpProduct *product)
{
  const GbpChannels *terms = &product->terms, *wanted = &product->wanted;
  _Alignas(GBP_ALIGNMENT) float transposed[TRANSPOSED * PANEL];
  Progress progress = begin_product (product);

  for (gsize k = terms->first; k < terms->end; k += TRANSPOSED)
    for (gsize column = wanted->first; column < wanted->end; column += PANEL) {
      gsize width = MIN (PANEL, product->columns - column);
      GbpChannels chunk = {k, MIN (k + TRANSPOSED, terms->end)};

      transpose_blocks (&progress, column, width, chunk, transposed);
      for (gsize i = 0; i < progress.n_blocks;) {
        gsize next = find_end (&progress, i, progress.n_blocks);

        multiply_rows (&progress, i, next, column, width, 1, chunk, transposed);
        i = next;
      }
    }
}
