/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layer/winograd_weights.h"

#include <math.h>

#include "kernel/memory.h"

#define SIDE 6

/* G for the points 0, √½, -√½, √2, -√2 and ∞. */
static const double matrix_4[SIDE][3] = {
    {1, 0, 0},
    {1.0 / 3, M_SQRT1_2 / 3, 1.0 / 6},
    {1.0 / 3, -M_SQRT1_2 / 3, 1.0 / 6},
    {1.0 / 6, M_SQRT2 / 6, 1.0 / 3},
    {1.0 / 6, -M_SQRT2 / 6, 1.0 / 3},
    {0, 0, 1},
};

/* G for the points 0, 1, -1 and ∞. */
static const double matrix_2[SIDE][3] = {
    {1, 0, 0},
    {0.5, 0.5, 0.5},
    {0.5, -0.5, 0.5},
    {0, 0, 1},
};

/* One direction of one layer.
 * @depth: channels that the product sums over, without padding; @columns: channels that it makes */
typedef struct {
  const GbpConvolutionShape *shape;
  const float *kernel;
  gboolean backward;
  const double (*matrix)[3];
  guint side;
  gsize depth;
  gsize columns;
} Job;

/* Columns that are transformed at a time. */
#define BATCH 64

/* The kernels from channel @k to columns @first to @first + @n: @taps (out): [9][BATCH]. */
static void
gather_taps (const Job *job, gsize k, gsize first, gsize n, float taps[9][BATCH])
{
  const GbpConvolutionShape *shape = job->shape;
  gsize k_step = job->backward ? 1 : shape->n_outputs;
  gsize column_step = job->backward ? shape->n_outputs : 1;

  for (guint tap = 0; tap < 9; tap++) {
    guint rotated = job->backward ? 8 - tap : tap;
    const float *from = job->kernel + (gsize) rotated * shape->n_inputs * shape->n_outputs
                        + k * k_step + first * column_step;

    for (gsize i = 0; i < n; i++)
      taps[tap][i] = from[i * column_step];
  }
}

/* G g Gᵀ for the kernels of one row of the matrices: from channel @k to every column.
 * @rows: (out): [side²][padded columns] */
static void
transform_row (const Job *job, gsize k, float *rows)
{
  gsize padded = gbp_pad_channels (job->columns);
  float taps[9][BATCH] = {{0}};
  double half[SIDE][3][BATCH];

  for (gsize first = 0; first < job->columns; first += BATCH) {
    gsize n = MIN (BATCH, job->columns - first);

    gather_taps (job, k, first, n, taps);
    for (guint i = 0; i < job->side; i++)
      for (guint j = 0; j < 3; j++)
        for (guint c = 0; c < BATCH; c++)
          half[i][j][c] = job->matrix[i][0] * taps[j][c] + job->matrix[i][1] * taps[3 + j][c]
                          + job->matrix[i][2] * taps[6 + j][c];
    for (guint i = 0; i < job->side; i++)
      for (guint j = 0; j < job->side; j++)
        for (guint c = 0; c < n; c++)
          rows[(i * job->side + j) * padded + first + c] =
              (float) (half[i][0][c] * job->matrix[j][0] + half[i][1][c] * job->matrix[j][1]
                       + half[i][2][c] * job->matrix[j][2]);
  }
}

float *
gbp_winograd_transform_weights (const GbpConvolutionShape *shape, const float *kernel, guint tile,
    gboolean backward, gsize panel)
{
  Job job = {
      .shape = shape,
      .kernel = kernel,
      .backward = backward,
      .matrix = tile == 2 ? matrix_2 : matrix_4,
      .side = tile + 2,
      .depth = backward ? shape->n_outputs : shape->n_inputs,
      .columns = backward ? shape->n_inputs : shape->n_outputs,
  };
  gsize depth = gbp_pad_channels (job.depth), columns = gbp_pad_channels (job.columns);
  gsize n_positions = job.side * job.side;
  float *packed = gbp_memory_new (n_positions * depth * columns, sizeof *packed);
  float *rows = gbp_memory_new (n_positions * columns, sizeof *rows);

  if (packed == NULL || rows == NULL) {
    gbp_memory_free (rows);
    gbp_memory_free (packed);
    return NULL;
  }
  for (gsize k = 0; k < job.depth; k++) {
    transform_row (&job, k, rows);
    for (gsize p = 0; p < n_positions; p++)
      gbp_pack_row (panel, depth, columns, k, rows + p * columns, packed + p * depth * columns);
  }
  gbp_memory_free (rows);
  return packed;
}

guint
gbp_winograd_rotate_position (guint tile, guint position)
{
  static const guint rotated_4[] = {5, 3, 4, 1, 2, 0}; /* a point p becomes 1 / p */
  static const guint rotated_2[] = {3, 1, 2, 0};
  const guint *rotated = tile == 2 ? rotated_2 : rotated_4;
  guint side = tile + 2;

  return rotated[position / side] * side + rotated[position % side];
}
