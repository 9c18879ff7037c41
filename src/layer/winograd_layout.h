/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * How a convolution is cut up for Winograd's filtering. It never depends on the number of threads. */
#pragma once

#include "layer/convolution.h"

/* Positions of a 4×4 tile in the transformed domain. */
#define GBP_WINOGRAD_MAX_POSITIONS 36

/* Floats between the positions of transformed values, which keep a tile's from falling into one set of the
 * cache. */
#define GBP_WINOGRAD_SKEW GBP_LANES

/* Outputs along the side of a tile: 4 or 2. */
guint gbp_winograd_choose_forward_tile (const GbpConvolutionShape *shape);
guint gbp_winograd_choose_backward_tile (const GbpConvolutionShape *shape);

/* Whether the forward weights serve the way back as well. */
gboolean gbp_winograd_shares_weights (const GbpConvolutionShape *shape);

/* A pass.
 * @is_whole: all tiles go through each step together
 * @tile_block: tiles that go together
 * @n_floats: transformed values of a tile block, going in and coming out */
typedef struct {
  GbpTiles tiles;
  guint n_positions;
  gboolean is_whole;
  guint tile_block;
  gsize n_floats;
} GbpWinogradLayout;

GbpWinogradLayout gbp_winograd_get_layout (const GbpConvolutionShape *shape, GbpTiles tiles);

/* Floats for the transformed values of any pass. */
gsize gbp_winograd_get_n_values (const GbpConvolutionShape *shape, guint n_workers);
