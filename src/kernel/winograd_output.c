/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The way back from Winograd's transformed domain, along the channels, with what follows on it: bias and
 * ReLU, or the gate of the ReLU before. */
#include "kernel/fetch.h"
#include "kernel/level.h"
#include "kernel/winograd.h"

/* Aᵀ x for one row or column of a tile's products, in place, @step vectors apart. */
INLINE void
transform_output_line (guint tile, Vector *x, guint step)
{
  Vector x0 = x[0], x1 = x[step], x2 = x[2 * step], x3 = x[3 * step];

  if (tile == 2) {
    x[0] = x0 + (x1 + x2);
    x[step] = (x1 - x2) + x3;
  } else {
    Vector x4 = x[4 * step], x5 = x[5 * step];
    Vector sum_near = x1 + x2, difference_near = x1 - x2;
    Vector sum_far = x3 + x4, difference_far = x3 - x4;

    x[0] = (sum_near + sum_far) + x0;
    x[step] = SQRT1_2 * difference_near + SQRT2 * difference_far;
    x[2 * step] = 0.5f * sum_near + 2 * sum_far;
    x[3 * step] = (0.5f * SQRT1_2 * difference_near + 2 * SQRT2 * difference_far) + x5;
  }
}

/* Aᵀ m A of one tile; its outputs are the first @tile of every SIDE vectors of @x. */
INLINE void
transform_tile (guint tile, const float *values, gsize position_stride, Vector *x)
{
  const guint side = tile + 2;

  for (guint j = 0; j < side; j++) {
    for (guint i = 0; i < side; i++)
      x[i * SIDE + j] = load (values + (i * side + j) * position_stride);
    transform_output_line (tile, x + j, SIDE);
  }
  for (guint i = 0; i < tile; i++)
    transform_output_line (tile, x + i * SIDE, 1);
}

/* A tile's place in the map, and which of its rows and columns are wanted. */
typedef struct {
  guint top;
  guint left;
  guint first_row;
  guint end_row;
  guint first_column;
  guint end_column;
} Place;

INLINE Place
get_place (const GbpTiles *tiles, guint tile, guint number)
{
  const GbpRegion *output = &tiles->output;
  guint top = tiles->top + number / tiles->across * tile;
  guint left = tiles->left + number % tiles->across * tile;

  return (Place){
      .top = top,
      .left = left,
      .first_row = MAX (output->top, top) - top,
      .end_row = MIN (output->bottom - top, tile),
      .first_column = MAX (output->left, left) - left,
      .end_column = MIN (output->right - left, tile),
  };
}

/* Bias, ReLU, and bits about the outputs, for the LANES channels from @c on. */
INLINE void
finish_forward (const GbpTiles *tiles, Place place, const GbpEpilogue *epilogue, const Vector *x,
    gsize c, float *map, gsize stride)
{
  Vector bias = load (epilogue->bias + c), tolerance = load (epilogue->tolerance + c);

  for (guint i = place.first_row; i < place.end_row; i++)
    for (guint j = place.first_column; j < place.end_column; j++) {
      Vector y = x[i * SIDE + j] + bias;
      gsize unit = ((gsize) (place.top + i) * tiles->width + place.left + j) * stride + c;

      store_bits (epilogue->active, unit, get_greater (y, (Vector){0}));
      store_bits (epilogue->unsure, unit, get_greater (tolerance, get_absolute (y)));
      store (map + unit, get_maximum (y, (Vector){0}));
    }
}

INLINE void
finish_backward (const GbpTiles *tiles, Place place, const GbpGate *gate, const Vector *x, gsize c,
    float *map, gsize stride)
{
  for (guint i = place.first_row; i < place.end_row; i++)
    for (guint j = place.first_column; j < place.end_column; j++) {
      gsize unit = ((gsize) (place.top + i) * tiles->width + place.left + j) * stride + c;

      store (map + unit, pass_gate (gate, x[i * SIDE + j], unit));
    }
}

/* What a tile further on reads and writes. */
INLINE void
fetch_ahead (const GbpTiles *tiles, guint tile, Place place, const float *map, gsize stride,
    const GbpTransformed *transformed, guint n, gsize c)
{
  gsize pixel = (gsize) place.top * tiles->width + place.left + TILES_AHEAD (tile) * tile;
  gsize number = n + TILES_AHEAD (tile);

  fetch_grid (map, (gssize) (pixel * stride + c), tile, tiles->width * stride, tile, stride);
  if (transformed->is_far && number < transformed->n)
    fetch_grid (transformed->values, (gssize) (number * transformed->row_stride + c), tile + 2,
        (tile + 2) * transformed->position_stride, tile + 2, transformed->position_stride);
}

INLINE void
transform_tiles (const GbpTiles *tiles, guint tile, const GbpTransformed *transformed,
    const GbpEpilogue *epilogue, float *map, gsize stride)
{
  for (guint n = 0; n < transformed->n; n++) {
    Place place = get_place (tiles, tile, transformed->first + n);

    for (gsize c = transformed->channels.first; c < transformed->channels.end; c += LANES) {
      Vector x[SIDE * SIDE];

      fetch_ahead (tiles, tile, place, map, stride, transformed, n, c);
      transform_tile (tile, transformed->values + n * transformed->row_stride + c,
          transformed->position_stride, x);
      if (epilogue->bias != NULL)
        finish_forward (tiles, place, epilogue, x, c, map, stride);
      else
        finish_backward (tiles, place, &epilogue->gate, x, c, map, stride);
    }
  }
}

void
LEVEL (transform_output) (const GbpTiles *tiles, const GbpTransformed *transformed,
    const GbpEpilogue *epilogue, float *map, gsize stride)
{
  if (tiles->tile == 2)
    transform_tiles (tiles, 2, transformed, epilogue, map, stride);
  else
    transform_tiles (tiles, 4, transformed, epilogue, map, stride);
}
