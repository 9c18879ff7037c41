/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Parts of maps: rectangles of pixels, ranges of channels, and tiles of them. */
#pragma once

#include <glib.h>

/* A rectangle of a map's pixels. @bottom and @right are the first ones outside. */
typedef struct {
  guint top;
  guint left;
  guint bottom;
  guint right;
} GbpRegion;

static inline gboolean
gbp_region_contains (const GbpRegion *region, int row, int column)
{
  return row >= (int) region->top && column >= (int) region->left && row < (int) region->bottom
         && column < (int) region->right;
}

/* A part of a map cut into tiles of @tile × @tile outputs, each made from the (tile + 2)² inputs around it,
 * by Winograd's minimal filtering (Lavin and Gray 2016). Tiles are numbered in raster order.
 * @tile: 4 or 2
 * @width: of the map, in pixels
 * @top: row of the first tile's first output, a multiple of @tile; @left: its column, likewise
 * @across: tiles in a row of them
 * @n: tiles
 * @input: the pixels that there are; all others count as zero
 * @output: the pixels that are wanted; what else a tile makes is dropped */
typedef struct {
  guint tile;
  guint width;
  guint top;
  guint left;
  guint across;
  guint n;
  GbpRegion input;
  GbpRegion output;
} GbpTiles;

static inline GbpTiles
gbp_tiles_make (guint tile, guint width, GbpRegion input, GbpRegion output)
{
  GbpTiles tiles = {.tile = tile, .width = width, .input = input, .output = output};

  tiles.top = output.top / tile * tile;
  tiles.left = output.left / tile * tile;
  tiles.across = (output.right - tiles.left + tile - 1) / tile;
  tiles.n = tiles.across * ((output.bottom - tiles.top + tile - 1) / tile);
  return tiles;
}

/* Channels @first to @end − 1, multiples of GBP_LANES. */
typedef struct {
  gsize first;
  gsize end;
} GbpChannels;

/* A block of tiles in the transformed domain: [(tile + 2)²][n][row_stride] floats.
 * @first: number of the first tile
 * @n: tiles
 * @row_stride: floats from one tile to the next, at least the channels with their padding
 * @position_stride: floats from one of the (tile + 2)² positions to the next
 * @channels: those that are transformed; others are left as they are
 * @is_far: that it is too large for a core's cache: a tile's values are fetched while one before is transformed */
typedef struct {
  guint first;
  guint n;
  gsize row_stride;
  gsize position_stride;
  GbpChannels channels;
  gboolean is_far;
  float *values;
} GbpTransformed;
