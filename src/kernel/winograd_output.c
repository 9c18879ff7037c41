/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The way back from Winograd's transformed domain, along the channels, with what follows on it: bias and
 * ReLU, or the gate of the ReLU before. */
#include "kernel/fetch.h"
#include "kernel/level.h"
#include "kernel/pooling.h"
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

/* Bias alone, for the LANES channels from @c on. */
INLINE void
finish_linear (const GbpTiles *tiles, Place place, const GbpEpilogue *epilogue, const Vector *x,
    gsize c, float *map, gsize stride)
{
  Vector bias = load (epilogue->bias + c);

  for (guint i = place.first_row; i < place.end_row; i++)
    for (guint j = place.first_column; j < place.end_column; j++) {
      gsize pixel = (gsize) (place.top + i) * tiles->width + place.left + j;

      store (map + pixel * stride + c, x[i * SIDE + j] + bias);
    }
}

/* Bias, ReLU, and bits about the outputs. */
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
      store_bits (epilogue->near_zero, unit, get_greater (tolerance, get_absolute (y)));
      store (map + unit, rectify (y));
    }
}

/* The maximum of four vectors and, as bits, which it would be after a ReLU: the first one of equals. */
INLINE Vector
choose_maximum (const Vector x[4], guint *is_right, guint *is_lower)
{
  Vector top = get_maximum (x[1], x[0]), bottom = get_maximum (x[3], x[2]);
  guint right_of_top = get_greater (x[1], rectify (x[0]));
  guint right_of_bottom = get_greater (x[3], rectify (x[2]));

  *is_lower = get_greater (bottom, rectify (top));
  *is_right = (*is_lower & right_of_bottom) | (~*is_lower & right_of_top);
  return get_maximum (bottom, top);
}

/* What is kept of four outputs and their 2×2 maximum, at the pooled @unit, whose argmax is at @bits. It hangs on
 * rounding whether it is above zero where their maximum before the ReLU is near zero. */
INLINE void
finish_window (const GbpEpilogue *epilogue, const Vector outputs[4], gsize c, gsize unit,
    guint8 *bits, gsize stride, float *map)
{
  Vector bias = load (epilogue->bias + c), tolerance = load (epilogue->tolerance + c);
  Vector x[4], largest, maximum;
  guint is_right, is_lower;

  for (guint k = 0; k < 4; k++)
    x[k] = outputs[k] + bias;
  largest = choose_maximum (x, &is_right, &is_lower);
  maximum = spread_nan (spread_nan (rectify (largest), x[0], x[1]), x[2], x[3]);
  store_bits (epilogue->active, unit, get_greater (maximum, (Vector){0}));
  store_bits (epilogue->near_zero, unit, get_greater (tolerance, get_absolute (largest)));
  store_bits (bits, c, is_right);
  store_bits (bits + stride / 8, c, is_lower);
  store (map + unit, maximum);
}

/* The same through a 2×2 max pool. Tiles and what is wanted of them begin and end at even pixels. */
INLINE void
finish_pooled (const GbpTiles *tiles, Place place, const GbpEpilogue *epilogue, const Vector *x,
    gsize c, float *map, gsize stride)
{
  for (guint i = place.first_row; i < place.end_row; i += 2)
    for (guint j = place.first_column; j < place.end_column; j += 2) {
      gsize row = place.top + i, column = place.left + j;
      gsize pixel = row / 2 * (tiles->width / 2) + column / 2;
      const Vector *window = x + i * SIDE + j;
      guint same_as[4];
      Vector four[4];

      gbp_equivalence_find_equals (
          epilogue->equivalence + row * tiles->width + column, tiles->width, same_as);
      for (guint k = 0; k < 4; k++)
        four[k] = window[same_as[k] / 2 * SIDE + same_as[k] % 2];
      finish_window (epilogue, four, c, pixel * stride + c, epilogue->argmax + pixel * stride / 4,
          stride, map);
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
    gboolean is_pooled, const GbpTransformed *transformed, guint n, gsize c)
{
  const guint scale = is_pooled ? 2 : 1;
  gsize width = tiles->width / scale, number = n + TILES_AHEAD (tile);
  gsize pixel = place.top / scale * width + (place.left + TILES_AHEAD (tile) * tile) / scale;

  fetch_grid (
      map, (gssize) (pixel * stride + c), tile / scale, width * stride, tile / scale, stride);
  if (transformed->is_far && number < transformed->n)
    fetch_grid (transformed->values, (gssize) (number * transformed->row_stride + c), tile + 2,
        (tile + 2) * transformed->position_stride, tile + 2, transformed->position_stride);
}

INLINE void
transform_tiles (const GbpTiles *tiles, guint tile, gboolean is_pooled,
    const GbpTransformed *transformed, const GbpEpilogue *epilogue, float *map, gsize stride)
{
  for (guint n = 0; n < transformed->n; n++) {
    Place place = get_place (tiles, tile, transformed->first + n);

    for (gsize c = transformed->channels.first; c < transformed->channels.end; c += LANES) {
      Vector x[SIDE * SIDE];

      fetch_ahead (tiles, tile, place, map, stride, is_pooled, transformed, n, c);
      transform_tile (tile, transformed->values + n * transformed->row_stride + c,
          transformed->position_stride, x);
      if (is_pooled)
        finish_pooled (tiles, place, epilogue, x, c, map, stride);
      else if (epilogue->bias != NULL && epilogue->active == NULL)
        finish_linear (tiles, place, epilogue, x, c, map, stride);
      else if (epilogue->bias != NULL)
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
  gboolean is_pooled = epilogue->argmax != NULL;

  if (tiles->tile == 2 && is_pooled)
    transform_tiles (tiles, 2, TRUE, transformed, epilogue, map, stride);
  else if (tiles->tile == 2)
    transform_tiles (tiles, 2, FALSE, transformed, epilogue, map, stride);
  else if (is_pooled)
    transform_tiles (tiles, 4, TRUE, transformed, epilogue, map, stride);
  else
    transform_tiles (tiles, 4, FALSE, transformed, epilogue, map, stride);
}
