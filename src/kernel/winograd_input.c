/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The way into the transformed domain of Winograd's F(4×4, 3×3), at the points 0, ±√½, ±√2 and ∞, whose
 * error is half that of 0, ±1, ±2 and ∞, and of F(2×2, 3×3), at 0, ±1 and ∞. It runs along the channels. */
#include "kernel/fetch.h"
#include "kernel/level.h"
#include "kernel/winograd.h"

/* Bᵀ x for one row or column of a tile's input, in place, @step vectors apart. */
INLINE void
transform_input_line (guint tile, Vector *x, guint step)
{
  Vector x0 = x[0], x1 = x[step], x2 = x[2 * step], x3 = x[3 * step];

  if (tile == 2) {
    x[0] = x0 - x2;
    x[step] = x1 + x2;
    x[2 * step] = x2 - x1;
    x[3 * step] = x3 - x1;
  } else {
    Vector x4 = x[4 * step], x5 = x[5 * step];
    Vector even_near = 4 * x2 - 2 * x4, odd_near = 2 * SQRT2 * x1 - SQRT2 * x3;
    Vector even_far = x4 - 0.5f * x2, odd_far = SQRT2 * x3 - SQRT1_2 * x1;

    x[0] = (x4 - 2.5f * x2) + x0;
    x[step] = even_near + odd_near;
    x[2 * step] = even_near - odd_near;
    x[3 * step] = even_far + odd_far;
    x[4 * step] = even_far - odd_far;
    x[5 * step] = (x5 - 2.5f * x3) + x1;
  }
}

/* Where a tile's inputs lie: its upper left corner may be at -1, its lower right beyond the map. */
typedef struct {
  int top;
  int left;
  gboolean inside; /* wholly within the pixels that there are */
} Window;

INLINE Window
get_window (const GbpTiles *tiles, guint number)
{
  const GbpRegion *input = &tiles->input;
  int top = (int) (tiles->top + number / tiles->across * tiles->tile) - 1;
  int left = (int) (tiles->left + number % tiles->across * tiles->tile) - 1;
  int side = (int) tiles->tile + 2;
  gboolean inside = top >= (int) input->top && left >= (int) input->left
                    && top + side <= (int) input->bottom && left + side <= (int) input->right;

  return (Window){top, left, inside};
}

INLINE Vector
load_padded (const GbpTiles *tiles, const float *map, gsize stride, int row, int column, gsize c)
{
  if (!gbp_region_contains (&tiles->input, row, column))
    return (Vector){0};
  return load (map + ((gsize) row * tiles->width + (gsize) column) * stride + c);
}

/* The tile's columns, from the map. */
INLINE void
load_columns (const GbpTiles *tiles, guint tile, Window window, const float *map, gsize stride,
    gsize c, Vector *x)
{
  const guint side = tile + 2;

  for (guint j = 0; j < side; j++) {
    for (guint i = 0; i < side; i++) {
      int row = window.top + (int) i, column = window.left + (int) j;

      x[i * side + j] =
          window.inside ? load (map + ((gsize) row * tiles->width + (gsize) column) * stride + c)
                        : load_padded (tiles, map, stride, row, column, c);
    }
    transform_input_line (tile, x + j, side);
  }
}

/* One pixel of a pooled map, at @row and @column, at each of the four that it was chosen from. */
INLINE void
unpool (const GbpTiles *tiles, Window window, const float *map, gsize stride, const guint8 *argmax,
    int row, int column, gsize c, Vector x[4])
{
  gsize pixel = (gsize) row * (tiles->width / 2) + (gsize) column;
  const guint8 *bits;
  Vector value, lower;

  if (!window.inside && !gbp_region_contains (&tiles->input, 2 * row, 2 * column)) {
    x[0] = x[1] = x[2] = x[3] = (Vector){0};
    return;
  }
  bits = argmax + pixel * stride / 4;
  value = load (map + pixel * stride + c);
  lower = keep (value, load_bits (bits + stride / 8, c));
  value = drop (value, lower);
  x[1] = keep (value, load_bits (bits, c));
  x[0] = drop (value, x[1]);
  x[3] = keep (lower, load_bits (bits, c));
  x[2] = drop (lower, x[3]);
}

/* Tiles begin at even pixels, and their inputs one before. */
INLINE void
load_pooled_columns (const GbpTiles *tiles, guint tile, Window window, const float *map,
    gsize stride, const guint8 *argmax, gsize c, Vector *x)
{
  const guint side = tile + 2;
  int top = (window.top - 1) / 2, left = (window.left - 1) / 2;

  for (guint right = 0; right <= side; right += 2) { /* the right column of a pooled one */
    for (guint lower = 0; lower <= side; lower += 2) {
      Vector four[4];

      unpool (tiles, window, map, stride, argmax, top + (int) lower / 2, left + (int) right / 2, c,
          four);
      for (guint k = 0; k < 4; k++) {
        guint i = lower + k / 2 - 1, j = right + k % 2 - 1;

        if (i < side && j < side)
          x[i * side + j] = four[k];
      }
    }
    if (right > 0)
      transform_input_line (tile, x + right - 1, side);
    if (right < side)
      transform_input_line (tile, x + right, side);
  }
}

INLINE void
transform_input_tile (const GbpTiles *tiles, guint tile, Window window, const float *map,
    gsize stride, const guint8 *argmax, gsize c, float *values, gsize position_stride)
{
  const guint side = tile + 2;
  Vector x[SIDE * SIDE];

  if (argmax != NULL)
    load_pooled_columns (tiles, tile, window, map, stride, argmax, c, x);
  else
    load_columns (tiles, tile, window, map, stride, c, x);
  for (guint i = 0; i < side; i++) {
    transform_input_line (tile, x + i * side, 1);
    for (guint j = 0; j < side; j++)
      store (values + (i * side + j) * position_stride, x[i * side + j]);
  }
}

/* What a tile further on reads and writes: of its pixels, those that the tile before it does not have. */
INLINE void
fetch_ahead (const GbpTiles *tiles, guint tile, Window window, const float *map, gsize stride,
    gboolean is_pooled, const GbpTransformed *transformed, guint n, gsize c)
{
  const guint scale = is_pooled ? 2 : 1;
  gsize width = tiles->width / scale, number = n + TILES_AHEAD (tile);
  gssize left = (window.left + 1 + (int) (TILES_AHEAD (tile) * tile)) / (int) scale + 1;
  gssize pixel = (window.top + 1) / (int) scale * (gssize) width - (gssize) width + left;

  fetch_grid (map, pixel * (gssize) stride + (gssize) c, tile / scale + 2, width * stride,
      tile / scale, stride);
  if (transformed->is_far && number < transformed->n)
    fetch_grid (transformed->values, (gssize) (number * transformed->row_stride + c), tile + 2,
        (tile + 2) * transformed->position_stride, tile + 2, transformed->position_stride);
}

INLINE void
transform_input_tiles (const GbpTiles *tiles, guint tile, const float *map, gsize stride,
    const guint8 *argmax, const GbpTransformed *transformed)
{
  for (guint n = 0; n < transformed->n; n++) {
    Window window = get_window (tiles, transformed->first + n);

    for (gsize c = transformed->channels.first; c < transformed->channels.end; c += LANES) {
      float *values = transformed->values + n * transformed->row_stride + c;

      fetch_ahead (tiles, tile, window, map, stride, argmax != NULL, transformed, n, c);
      if (window.inside)
        transform_input_tile (tiles, tile, (Window){window.top, window.left, TRUE}, map, stride,
            argmax, c, values, transformed->position_stride);
      else
        transform_input_tile (tiles, tile, (Window){window.top, window.left, FALSE}, map, stride,
            argmax, c, values, transformed->position_stride);
    }
  }
}

void
LEVEL (transform_input) (const GbpTiles *tiles, const float *map, gsize stride,
    const guint8 *argmax, const GbpTransformed *transformed)
{
  if (tiles->tile == 2 && argmax != NULL)
    transform_input_tiles (tiles, 2, map, stride, argmax, transformed);
  else if (tiles->tile == 2)
    transform_input_tiles (tiles, 2, map, stride, NULL, transformed);
  else if (argmax != NULL)
    transform_input_tiles (tiles, 4, map, stride, argmax, transformed);
  else
    transform_input_tiles (tiles, 4, map, stride, NULL, transformed);
}
