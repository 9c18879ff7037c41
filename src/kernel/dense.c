/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A matrix times one vector, both ways. Each weight is used once: so the memory decides, and what is not read is
 * what is saved. */
#include "kernel/level.h"

/* Rows that are summed up before their sum is added: several streams from memory at once, and sums that stay short. */
#define ROWS 8

/* Rows that are multiplied at once: several streams again, and one look at the vector for all. */
#define GROUP 4

/* A vector of a matrix, whose rows begin anywhere. */
typedef float Unaligned __attribute__ ((vector_size (4 * LANES), may_alias, aligned (4)));

INLINE Vector
load_unaligned (const float *p)
{
  return (Vector) * (const Unaligned *) p;
}

/* The next rows whose input is not zero, from @row on; those that are missing at the end count as zero times the
 * first row. Returns the row to go on from. */
INLINE gsize
gather_rows (const GbpMatrix *matrix, const float *x, gsize row, const float *rows[ROWS],
    float factors[ROWS])
{
  guint n = 0;

  for (; row < matrix->n_rows && n < ROWS; row++)
    if (x[row] != 0) {
      rows[n] = matrix->values + row * matrix->stride;
      factors[n++] = x[row];
    }
  for (; n < ROWS; n++) {
    rows[n] = matrix->values;
    factors[n] = 0;
  }
  return row;
}

/* Adds a group of rows to @y. */
INLINE void
add_rows (const float *const rows[ROWS], const float factors[ROWS], gsize n_columns, float *y)
{
  gsize column = 0;

  for (; column + LANES <= n_columns; column += LANES) {
    Vector sum = {0};

    for (guint i = 0; i < ROWS; i++)
      sum += broadcast (factors[i]) * load_unaligned (rows[i] + column);
    *(Unaligned *) (y + column) = (Unaligned) (load_unaligned (y + column) + sum);
  }
  for (; column < n_columns; column++) {
    float sum = 0;

    for (guint i = 0; i < ROWS; i++)
      sum += factors[i] * rows[i][column];
    y[column] += sum;
  }
}

void
LEVEL (multiply_from_left) (const GbpMatrix *matrix, const float *x, float *y)
{
  const float *rows[ROWS];
  float factors[ROWS];
  gsize row = 0;

  memset (y, 0, matrix->n_columns * sizeof *y);
  while (row < matrix->n_rows) {
    row = gather_rows (matrix, x, row, rows, factors);
    if (factors[0] != 0) /* else only zeros were left */
      add_rows (rows, factors, matrix->n_columns, y);
  }
}

INLINE float
add_lanes (Vector x)
{
  float lanes[LANES];

  memcpy (lanes, &x, sizeof lanes);
  for (guint half = LANES / 2; half > 0; half /= 2)
    for (guint i = 0; i < half; i++)
      lanes[i] += lanes[i + half];
  return lanes[0];
}

/* Products of @n_rows rows with @x: two sums of each side by side, since an addition waits for the one before. */
INLINE void
multiply_rows (
    const float *const *rows, guint n_rows, const float *x, gsize n_columns, float *products)
{
  Vector sums[GROUP][2] = {{{0}}};
  gsize i = 0;

  for (; i + 2 * LANES <= n_columns; i += 2 * LANES)
    for (guint k = 0; k < 2; k++) {
      Vector factor = load_unaligned (x + i + k * LANES);

      for (guint row = 0; row < n_rows; row++)
        sums[row][k] += load_unaligned (rows[row] + i + k * LANES) * factor;
    }
  for (guint row = 0; row < n_rows; row++) {
    float rest = 0;

    for (gsize j = i; j < n_columns; j++)
      rest += rows[row][j] * x[j];
    products[row] = add_lanes (sums[row][0] + sums[row][1]) + rest;
  }
}

void
LEVEL (multiply_from_right) (
    const GbpMatrix *matrix, const float *x, const guint8 *wanted, float *y)
{
  const float *rows[GROUP];
  gsize places[GROUP];
  float products[GROUP];
  guint n = 0;

  for (gsize row = 0; row < matrix->n_rows; row++) {
    y[row] = 0;
    if (wanted != NULL && (wanted[row / 8] >> row % 8 & 1) == 0)
      continue;
    places[n] = row;
    rows[n++] = matrix->values + row * matrix->stride;
    if (n == GROUP) {
      multiply_rows (rows, GROUP, x, matrix->n_columns, products);
      while (n > 0) {
        n--;
        y[places[n]] = products[n];
      }
    }
  }
  for (guint i = 0; i < n; i++)
    multiply_rows (rows + i, 1, x, matrix->n_columns, y + places[i]);
}
