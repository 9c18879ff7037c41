/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The kernels in plain C: what they mean, and what the tests hold the others against. */
#include "kernel/plain.h"

#include "kernel/levels.h"

static void
bias_relu (float *map, const float *bias, guint8 *active, gsize n_pixels, gsize stride)
{
  for (gsize i = 0; i < n_pixels * stride; i++) {
    float x = map[i] + bias[i % stride];

    map[i] = gbp_rectify (x);
    if (active != NULL)
      gbp_set_bit (active, i, x > 0);
  }
}

static void
gate_plain (float *gradient, const GbpGate *gate, gsize n_pixels, gsize stride)
{
  for (gsize unit = 0; unit < n_pixels * stride; unit++)
    gradient[unit] = gbp_plain_pass_gate (gate, gradient[unit], unit);
}

static void
multiply_from_left_plain (const GbpMatrix *matrix, const float *x, float *y)
{
  for (gsize column = 0; column < matrix->n_columns; column++) {
    double sum = 0;

    for (gsize row = 0; row < matrix->n_rows; row++)
      sum += (double) x[row] * matrix->values[row * matrix->stride + column];
    y[column] = (float) sum;
  }
}

static void
multiply_from_right_plain (const GbpMatrix *matrix, const float *x, const guint8 *wanted, float *y)
{
  for (gsize row = 0; row < matrix->n_rows; row++) {
    double sum = 0;

    if (wanted == NULL || gbp_get_bit (wanted, row))
      for (gsize column = 0; column < matrix->n_columns; column++)
        sum += (double) x[column] * matrix->values[row * matrix->stride + column];
    y[row] = (float) sum;
  }
}

const GbpKernels gbp_plain_kernels = {
    .name = "plain",
    .panel = GBP_LANES,
    .bias_relu = bias_relu,
    .gate = gate_plain,
    .normalize = gbp_plain_normalize,
    .denormalize = gbp_plain_denormalize,
    .sum_moments = gbp_plain_sum_moments,
    .transform_input = gbp_plain_transform_input,
    .transform_output = gbp_plain_transform_output,
    .multiply = gbp_plain_multiply,
    .multiply_transposed = gbp_plain_multiply_transposed,
    .multiply_from_left = multiply_from_left_plain,
    .multiply_from_right = multiply_from_right_plain,
    .weigh = gbp_plain_weigh,
    .sum_up = gbp_plain_sum_up,
    .find_maximum = gbp_plain_find_maximum,
    .give_to_maximum = gbp_plain_give_to_maximum,
    .clip = gbp_plain_clip,
    .ramp = gbp_plain_ramp,
    .leak = gbp_plain_leak,
    .unleak = gbp_plain_unleak,
    .bend = gbp_plain_bend,
    .softmax = gbp_plain_softmax,
    .scale = gbp_plain_scale,
    .add = gbp_plain_add,
    .times = gbp_plain_times,
    .accumulate = gbp_plain_accumulate,
    .find_largest = gbp_plain_find_largest,
    .take_larger = gbp_plain_take_larger,
    .share_largest = gbp_plain_share_largest,
    .find_largest_channels = gbp_plain_find_largest_channels,
    .share_largest_channels = gbp_plain_share_largest_channels,
    .correlate = gbp_plain_correlate,
};
