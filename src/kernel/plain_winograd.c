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

static void
transform_input_tile (const GbpTiles *tiles, const float *map, gsize stride, gsize c,
    const GbpTransformed *transformed, guint n)
{
  guint number = transformed->first + n, side = tiles->tile + 2;
  int top = (int) (tiles->top + number / tiles->across * tiles->tile) - 1;
  int left = (int) (tiles->left + number % tiles->across * tiles->tile) - 1;
  float *values = transformed->values + n * transformed->row_stride + c;
  double x[SIDE][SIDE] = {{0}}, y[SIDE][SIDE];

  for (int i = 0; i < (int) side; i++)
    for (int j = 0; j < (int) side; j++) {
      int row = top + i, column = left + j;

      if (gbp_region_contains (&tiles->input, row, column))
        x[i][j] = map[((gsize) row * tiles->width + (gsize) column) * stride + c];
    }
  transform (tiles->tile == 2 ? input_2 : input_4, side, side, x, y);
  for (guint i = 0; i < side; i++)
    for (guint j = 0; j < side; j++)
      values[(i * side + j) * transformed->position_stride] = (float) y[i][j];
}

void
gbp_plain_transform_input (
    const GbpTiles *tiles, const float *map, gsize stride, const GbpTransformed *transformed)
{
  for (guint n = 0; n < transformed->n; n++)
    for (gsize c = transformed->channels.first; c < transformed->channels.end; c++)
      transform_input_tile (tiles, map, stride, c, transformed, n);
}

static void
transform_output_tile (const GbpTiles *tiles, const GbpTransformed *transformed, guint n,
    const GbpEpilogue *epilogue, float *map, gsize stride, gsize c)
{
  guint number = transformed->first + n, side = tiles->tile + 2;
  guint top = tiles->top + number / tiles->across * tiles->tile;
  guint left = tiles->left + number % tiles->across * tiles->tile;
  const float *values = transformed->values + n * transformed->row_stride + c;
  double m[SIDE][SIDE], y[SIDE][SIDE];

  for (guint i = 0; i < side; i++)
    for (guint j = 0; j < side; j++)
      m[i][j] = values[(i * side + j) * transformed->position_stride];
  transform (tiles->tile == 2 ? output_2 : output_4, tiles->tile, side, m, y);
  for (guint i = 0; i < tiles->tile; i++)
    for (guint j = 0; j < tiles->tile; j++) {
      gsize unit = ((gsize) (top + i) * tiles->width + left + j) * stride + c;
      float x = (float) y[i][j];

      if (!gbp_region_contains (&tiles->output, (int) (top + i), (int) (left + j)))
        continue;
      if (epilogue->bias == NULL) {
        map[unit] = gbp_plain_pass_gate (&epilogue->gate, x, unit);
        continue;
      }
      x += epilogue->bias[c];
      gbp_plain_set_bit (epilogue->active, unit, x > 0);
      gbp_plain_set_bit (epilogue->unsure, unit, fabsf (x) < epilogue->tolerance[c]);
      map[unit] = x > 0 ? x : 0;
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

void
gbp_plain_multiply (const GbpProduct *product)
{
  for (gsize row = 0; row < product->rows; row++)
    for (gsize column = product->wanted.first; column < product->wanted.end; column++) {
      double sum = 0;

      for (gsize k = product->terms.first; k < product->terms.end; k++)
        sum += (double) product->a[row * product->a_stride + k]
               * get_packed (product->b, product->depth, k, column);
      product->c[row * product->c_stride + column] = (float) sum;
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
