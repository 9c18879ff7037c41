/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Winograd's transforms and the product in plain C: as their matrices say, in double precision. */
#include "kernel/plain.h"

#include <math.h>

#define SIDE 6

/* Bᵀ of F(4×4, 3×3), which makes six values of six. */
static const double input_4[SIDE][SIDE] = {
    {1, 0, -2.5, 0, 1, 0},
    {0, 2 * M_SQRT2, 4, -M_SQRT2, -2, 0},
    {0, -2 * M_SQRT2, 4, M_SQRT2, -2, 0},
    {0, -M_SQRT1_2, -0.5, M_SQRT2, 1, 0},
    {0, M_SQRT1_2, -0.5, -M_SQRT2, 1, 0},
    {0, 1, 0, -2.5, 0, 1},
};

/* Aᵀ, which makes four outputs of six products. */
static const double output_4[SIDE][SIDE] = {
    {1, 1, 1, 1, 1, 0},
    {0, M_SQRT1_2, -M_SQRT1_2, M_SQRT2, -M_SQRT2, 0},
    {0, 0.5, 0.5, 2, 2, 0},
    {0, M_SQRT1_2 / 2, -M_SQRT1_2 / 2, 2 * M_SQRT2, -2 * M_SQRT2, 1},
};

/* The same of F(2×2, 3×3). */
static const double input_2[SIDE][SIDE] = {
    {1, 0, -1, 0},
    {0, 1, 1, 0},
    {0, -1, 1, 0},
    {0, -1, 0, 1},
};

static const double output_2[SIDE][SIDE] = {
    {1, 1, 1, 0},
    {0, 1, -1, 1},
};

/* y [n_rows][n_rows] = matrix · x · matrixᵀ, where x is [side][side]. */
static void
transform (const double matrix[SIDE][SIDE], guint n_rows, guint side, double x[SIDE][SIDE],
    double y[SIDE][SIDE])
{
  for (guint i = 0; i < n_rows; i++)
    for (guint j = 0; j < n_rows; j++) {
      y[i][j] = 0;
      for (guint k = 0; k < side; k++)
        for (guint l = 0; l < side; l++)
          y[i][j] += matrix[i][k] * x[k][l] * matrix[j][l];
    }
}

/* What a tile reads of one pixel and channel. */
static float
read_input (const GbpTiles *tiles, const float *map, gsize stride, const guint8 *argmax, int row,
    int column, gsize c)
{
  gsize y = (gsize) row, x = (gsize) column, unit;

  if (!gbp_region_contains (&tiles->input, row, column))
    return 0;
  if (argmax == NULL)
    return map[(y * tiles->width + x) * stride + c];
  unit = (y / 2 * (tiles->width / 2) + x / 2) * stride + c;
  return gbp_argmax_get (argmax, stride, unit) == 2 * (y % 2) + x % 2 ? map[unit] : 0;
}

static void
transform_input_tile (const GbpTiles *tiles, const float *map, gsize stride, const guint8 *argmax,
    gsize c, const GbpTransformed *transformed, guint n)
{
  guint number = transformed->first + n, side = tiles->tile + 2;
  int top = (int) (tiles->top + number / tiles->across * tiles->tile) - 1;
  int left = (int) (tiles->left + number % tiles->across * tiles->tile) - 1;
  float *values = transformed->values + n * transformed->row_stride + c;
  double x[SIDE][SIDE] = {{0}}, y[SIDE][SIDE];

  for (int i = 0; i < (int) side; i++)
    for (int j = 0; j < (int) side; j++)
      x[i][j] = read_input (tiles, map, stride, argmax, top + i, left + j, c);
  transform (tiles->tile == 2 ? input_2 : input_4, side, side, x, y);
  for (guint i = 0; i < side; i++)
    for (guint j = 0; j < side; j++)
      values[(i * side + j) * transformed->position_stride] = (float) y[i][j];
}

void
gbp_plain_transform_input (const GbpTiles *tiles, const float *map, gsize stride,
    const guint8 *argmax, const GbpTransformed *transformed)
{
  for (guint n = 0; n < transformed->n; n++)
    for (gsize c = transformed->channels.first; c < transformed->channels.end; c++)
      transform_input_tile (tiles, map, stride, argmax, c, transformed, n);
}

/* What becomes of the output @x of one unit. */
static void
finish_unit (const GbpEpilogue *epilogue, float x, gsize c, gsize unit, float *map)
{
  if (epilogue->bias == NULL) {
    map[unit] = gbp_plain_pass_gate (&epilogue->gate, x, unit);
    return;
  }
  x += epilogue->bias[c];
  if (epilogue->active == NULL) {
    map[unit] = x;
    return;
  }
  gbp_set_bit (epilogue->active, unit, x > 0);
  gbp_set_bit (epilogue->near_zero, unit, fabsf (x) < epilogue->tolerance[c]);
  map[unit] = gbp_rectify (x);
}

/* And of four that are pooled, from @pixel on, which has the upper left one. */
static void
finish_window (const GbpTiles *tiles, const GbpEpilogue *epilogue, const float outputs[4], gsize c,
    gsize pixel, float *map, gsize stride)
{
  gsize pooled = pixel / tiles->width / 2 * (tiles->width / 2) + pixel % tiles->width / 2;
  gsize unit = pooled * stride + c;
  float largest = -INFINITY, x[4];
  guint same_as[4], chosen;

  gbp_equivalence_find_equals (epilogue->equivalence + pixel, tiles->width, same_as);
  for (guint k = 0; k < 4; k++) {
    float y = outputs[same_as[k]] + epilogue->bias[c];

    largest = MAX (largest, y);
    x[k] = gbp_rectify (y);
  }
  chosen = gbp_choose_maximum (x, same_as);
  map[unit] = x[chosen];
  gbp_argmax_set (epilogue->argmax, stride, unit, chosen);
  gbp_set_bit (epilogue->active, unit, x[chosen] > 0);
  gbp_set_bit (epilogue->near_zero, unit, fabsf (largest) < epilogue->tolerance[c]);
}

static void
transform_output_tile (const GbpTiles *tiles, const GbpTransformed *transformed, guint n,
    const GbpEpilogue *epilogue, float *map, gsize stride, gsize c)
{
  guint number = transformed->first + n, side = tiles->tile + 2;
  guint top = tiles->top + number / tiles->across * tiles->tile;
  guint left = tiles->left + number % tiles->across * tiles->tile;
  guint step = epilogue->argmax != NULL ? 2 : 1;
  const float *values = transformed->values + n * transformed->row_stride + c;
  double m[SIDE][SIDE], y[SIDE][SIDE] = {{0}};

  for (guint i = 0; i < side; i++)
    for (guint j = 0; j < side; j++)
      m[i][j] = values[(i * side + j) * transformed->position_stride];
  transform (tiles->tile == 2 ? output_2 : output_4, tiles->tile, side, m, y);
  for (guint i = 0; i < tiles->tile; i += step)
    for (guint j = 0; j < tiles->tile; j += step) {
      gsize pixel = (gsize) (top + i) * tiles->width + left + j;
      const float window[4] = {
          (float) y[i][j], (float) y[i][j + 1], (float) y[i + 1][j], (float) y[i + 1][j + 1]};

      if (!gbp_region_contains (&tiles->output, (int) (top + i), (int) (left + j)))
        continue;
      if (epilogue->argmax != NULL)
        finish_window (tiles, epilogue, window, c, pixel, map, stride);
      else
        finish_unit (epilogue, window[0], c, pixel * stride + c, map);
    }
}

void
gbp_plain_transform_output (const GbpTiles *tiles, const GbpTransformed *transformed,
    const GbpEpilogue *epilogue, float *map, gsize stride)
{
  for (guint n = 0; n < transformed->n; n++)
    for (gsize c = transformed->channels.first; c < transformed->channels.end; c++)
      transform_output_tile (tiles, transformed, n, epilogue, map, stride, c);
}

/* Element [k][column] of a packed matrix of depth @depth. */
static float
get_packed (const float *packed, gsize depth, gsize k, gsize column)
{
  return packed[(column / GBP_LANES * depth + k) * GBP_LANES + column % GBP_LANES];
}

static float
get_left (const GbpProduct *product, gsize row, gsize k)
{
  const GbpPieces *pieces = product->pieces;

  if (pieces == NULL)
    return product->a[row * product->a_stride + k];
  return pieces->places[k / pieces->n * product->rows + row][pieces->first + k % pieces->n];
}

void
gbp_plain_multiply (const GbpProduct *product)
{
  for (gsize row = 0; row < product->rows; row++)
    for (gsize column = product->wanted.first; column < product->wanted.end; column++) {
      gsize unit = row * product->c_stride + column;
      double sum = 0;

      for (gsize k = product->terms.first; k < product->terms.end; k++)
        sum += (double) get_left (product, row, k)
               * get_packed (product->b, product->depth, k, column);
      product->c[unit] = gbp_plain_end (product->ending, sum, unit, column);
    }
}

void
gbp_plain_multiply_transposed (const GbpProduct *product)
{
  for (gsize row = 0; row < product->rows; row++)
    for (gsize column = product->wanted.first; column < product->wanted.end; column++) {
      double sum = 0;

      for (gsize k = product->terms.first; k < product->terms.end; k++)
        sum += (double) product->a[row * product->a_stride + k]
               * get_packed (product->b, product->columns, column, k);
      product->c[row * product->c_stride + column] = (float) sum;
    }
}
