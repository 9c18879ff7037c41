/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The kernels in plain C: what they mean, and what the tests hold the others against. */
#include "kernel/plain.h"

#include <string.h>

#include "kernel/levels.h"

static void
bias_relu (float *map, const float *bias, guint8 *active, gsize n_pixels, gsize stride)
{
  for (gsize i = 0; i < n_pixels * stride; i++) {
    float x = map[i] + bias[i % stride];

    map[i] = x > 0 ? x : 0;
    if (active != NULL)
      gbp_plain_set_bit (active, i, x > 0);
  }
}

static void
gate_plain (float *gradient, const GbpGate *gate, gsize n_pixels, gsize stride)
{
  for (gsize unit = 0; unit < n_pixels * stride; unit++)
    gradient[unit] = gbp_plain_pass_gate (gate, gradient[unit], unit);
}

static void
pool (const GbpPoolRow *row, const float *upper, const float *lower, float *output)
{
  for (gsize i = 0; i < row->n_pixels * row->stride; i++) {
    gsize pixel = i / row->stride, channel = i % row->stride;
    gsize left = 2 * pixel * row->stride + channel, right = left + row->stride;
    const float candidates[4] = {upper[left], upper[right], lower[left], lower[right]};
    guint8 *choice = row->choice + pixel * row->stride / 4;
    guint best = 0, same_as[4];

    gbp_labels_find_equals (row->upper_labels + 2 * pixel, row->lower_labels + 2 * pixel, same_as);
    for (guint k = 1; k < 4; k++)
      if (same_as[k] == k && candidates[k] > candidates[best]) /* the first in raster order */
        best = k;
    output[i] = candidates[best];
    gbp_plain_set_bit (choice, channel, best & 1);
    gbp_plain_set_bit (choice + row->stride / 8, channel, best >> 1);
  }
}

static void
unpool (const GbpPoolRow *row, const float *gradient, float *upper, float *lower)
{
  memset (upper, 0, 2 * row->n_pixels * row->stride * sizeof *upper);
  memset (lower, 0, 2 * row->n_pixels * row->stride * sizeof *lower);
  for (gsize i = 0; i < row->n_pixels * row->stride; i++) {
    gsize pixel = i / row->stride, channel = i % row->stride;
    const guint8 *choice = row->choice + pixel * row->stride / 4;
    gboolean is_right = gbp_plain_get_bit (choice, channel);
    gboolean is_lower = gbp_plain_get_bit (choice + row->stride / 8, channel);

    (is_lower ? lower : upper)[(2 * pixel + is_right) * row->stride + channel] = gradient[i];
  }
}

const GbpKernels gbp_plain_kernels = {
    .name = "plain",
    .panel = GBP_LANES,
    .bias_relu = bias_relu,
    .gate = gate_plain,
    .pool = pool,
    .unpool = unpool,
    .transform_input = gbp_plain_transform_input,
    .transform_output = gbp_plain_transform_output,
    .multiply = gbp_plain_multiply,
    .multiply_transposed = gbp_plain_multiply_transposed,
};
