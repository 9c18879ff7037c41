/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layer/winograd_layout.h"

/* Transformed values of one tile block that should stay in a core's second-level cache. */
#define TILE_BLOCK_BYTES (512 * 1024)
/* Tile blocks are a multiple of the rows that the product takes at once. */
#define TILE_BLOCK_STEP 14
/* Weights above this are read once for the whole map, not once for each tile block. */
#define WEIGHTS_BYTES (4 * 1024 * 1024)
/* Channels up to which a layer is narrow. */
#define NARROW 96
/* Multiplications that a narrow layer's exactness may cost. */
#define EXACT_COST (100 * 1000 * 1000)

/* 2×2 tiles fit small maps better: less of them lies beyond the edge, and fewer weights are read. */
guint
gbp_winograd_choose_backward_tile (const GbpConvolutionShape *shape)
{
  return MIN (shape->height, shape->width) <= 14 ? 2 : 4;
}

/* They are also nearly as exact as a direct sum. Forward that matters, for the signs and ranks that gradients
 * depend on, and the fewer channels there are the more each of them weighs; while products are then a
 * smaller part of the time. They take 4 multiplications for an output and a channel, 4×4 tiles 9 / 4. */
guint
gbp_winograd_choose_forward_tile (const GbpConvolutionShape *shape)
{
  gsize n_terms = (gsize) shape->height * shape->width * shape->n_inputs * shape->n_outputs;
  gboolean is_narrow = MAX (shape->n_inputs, shape->n_outputs) <= NARROW;

  if (is_narrow && n_terms * 7 / 4 < EXACT_COST)
    return 2;
  return gbp_winograd_choose_backward_tile (shape);
}

static gboolean
has_large_weights (const GbpConvolutionShape *shape, guint tile)
{
  gsize n_positions = (tile + 2) * (tile + 2);
  gsize n_pairs = gbp_pad_channels (shape->n_inputs) * gbp_pad_channels (shape->n_outputs);

  return n_positions * n_pairs * sizeof (float) > WEIGHTS_BYTES;
}

/* Turning the weights about on the way costs little where each block of them then meets all tiles of the
 * map, and saves half of the memory where there are most of them. */
gboolean
gbp_winograd_shares_weights (const GbpConvolutionShape *shape)
{
  guint tile = gbp_winograd_choose_forward_tile (shape);

  return tile == gbp_winograd_choose_backward_tile (shape) && has_large_weights (shape, tile);
}

GbpWinogradLayout
gbp_winograd_get_layout (const GbpConvolutionShape *shape, GbpTiles tiles)
{
  gsize inputs = gbp_pad_channels (shape->n_inputs), outputs = gbp_pad_channels (shape->n_outputs);
  guint n_positions = (tiles.tile + 2) * (tiles.tile + 2);
  gsize per_tile = n_positions * (inputs + outputs);
  guint fitting = (guint) (TILE_BLOCK_BYTES / (per_tile * sizeof (float)));
  GbpWinogradLayout layout = {
      .tiles = tiles,
      .n_positions = n_positions,
      .is_whole = has_large_weights (shape, tiles.tile),
      .tile_block = MAX (fitting / TILE_BLOCK_STEP, 1) * TILE_BLOCK_STEP,
  };

  if (layout.is_whole)
    layout.tile_block = tiles.n;
  layout.n_floats = layout.tile_block * per_tile + 2 * n_positions * GBP_WINOGRAD_SKEW;
  return layout;
}

static gsize
get_n_values (const GbpConvolutionShape *shape, guint tile, guint n_workers)
{
  GbpRegion all = {0, 0, shape->height, shape->width};
  GbpTiles tiles = gbp_tiles_make (tile, shape->width, all, all);
  GbpWinogradLayout layout = gbp_winograd_get_layout (shape, tiles);

  return layout.n_floats * (layout.is_whole ? 1 : n_workers);
}

gsize
gbp_winograd_get_n_values (const GbpConvolutionShape *shape, guint n_workers)
{
  return MAX (get_n_values (shape, gbp_winograd_choose_forward_tile (shape), n_workers),
      get_n_values (shape, gbp_winograd_choose_backward_tile (shape), n_workers));
}
