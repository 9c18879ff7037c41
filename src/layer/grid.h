/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * How a product of many pixels' values with a matrix of weights is cut into parts. It hangs on their sizes alone, so
 * that results never depend on the number of threads. */
#pragma once

#include "kernel/kernels.h"
#include "layer/rows.h"

/* The most pixels of a part: enough of them that the weights are read seldom, so few that they stay in the cache. */
#define GBP_GRID_PIXELS 56

/* Where there are fewer blocks of pixels than this, columns are shared out as well, not fewer of them than a panel. */
#define GBP_GRID_PARTS 8

/* @first_pixel: where it begins; @n_blocks: of pixels, of @n_pixels in all; @n_slices: of columns, of @n_columns in
 *     all.
 * Part i is block i / n_slices and slice i % n_slices. */
typedef struct {
  gsize first_pixel;
  gsize n_pixels;
  gsize n_columns;
  guint n_blocks;
  guint n_slices;
} GbpGrid;

/* @rows: not none, of pixels @across a row; @n_columns: a multiple of GBP_LANES */
static inline GbpGrid
gbp_grid_make (GbpRows rows, gsize across, gsize n_columns)
{
  gsize n_pixels = gbp_rows_count (rows) * across;
  GbpGrid grid = {rows.first * across, n_pixels, n_columns, 0, 1};
  gsize n_panels = (n_columns + GBP_PANEL - 1) / GBP_PANEL;

  grid.n_blocks = (guint) ((n_pixels + GBP_GRID_PIXELS - 1) / GBP_GRID_PIXELS);
  if (grid.n_blocks < GBP_GRID_PARTS)
    grid.n_slices = (guint) MIN (n_panels, (GBP_GRID_PARTS + grid.n_blocks - 1) / grid.n_blocks);
  return grid;
}

/* With all columns in each part. */
static inline GbpGrid
gbp_grid_make_unsliced (GbpRows rows, gsize across, gsize n_columns)
{
  GbpGrid grid = gbp_grid_make (rows, across, n_columns);

  grid.n_slices = 1;
  return grid;
}

static inline guint
gbp_grid_count (const GbpGrid *grid)
{
  return grid->n_blocks * grid->n_slices;
}

/* Pixels @first … @end − 1. */
static inline void
gbp_grid_find_pixels (const GbpGrid *grid, guint part, gsize *first, gsize *end)
{
  gsize block = part / grid->n_slices;

  *first = grid->first_pixel + block * grid->n_pixels / grid->n_blocks;
  *end = grid->first_pixel + (block + 1) * grid->n_pixels / grid->n_blocks;
}

/* Whole panels, but for the end. */
static inline GbpChannels
gbp_grid_find_columns (const GbpGrid *grid, guint part)
{
  gsize slice = part % grid->n_slices, n_panels = (grid->n_columns + GBP_PANEL - 1) / GBP_PANEL;
  gsize first = slice * n_panels / grid->n_slices, end = (slice + 1) * n_panels / grid->n_slices;

  return (GbpChannels){first * GBP_PANEL, MIN (end * GBP_PANEL, grid->n_columns)};
}
