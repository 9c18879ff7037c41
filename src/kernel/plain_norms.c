/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Normalizations in plain C. */
#include <math.h>

#include "kernel/plain.h"

void
gbp_plain_normalize (const GbpNorm *norm, const float *x, float *y, float *moments, gsize n_pixels)
{
  gsize n = norm->n_channels;

  for (gsize i = 0; i < n_pixels; i++, x += norm->stride, y += norm->stride, moments += 2) {
    double mean = 0, variance = 0;

    for (gsize c = 0; c < n; c++)
      mean += x[c] / (double) n;
    for (gsize c = 0; c < n; c++)
      variance += (x[c] - mean) * (x[c] - mean) / (double) n;
    moments[0] = (float) mean;
    moments[1] = (float) (1 / sqrt (variance + norm->epsilon));
    for (gsize c = 0; c < norm->stride; c++)
      y[c] = (x[c] - moments[0]) * moments[1] * norm->factors[c] + norm->shifts[c];
  }
}

void
gbp_plain_denormalize (const GbpNorm *norm, const float *x, const float *moments, const float *dy,
    float *dx, gsize n_pixels)
{
  gsize n = norm->n_channels, stride = norm->stride;

  for (gsize i = 0; i < n_pixels; i++, x += stride, dy += stride, dx += stride, moments += 2) {
    double mean = 0, product = 0;

    for (gsize c = 0; c < n; c++) {
      double d = (double) dy[c] * norm->factors[c];

      mean += d / (double) n;
      product += d * (x[c] - moments[0]) * moments[1] / (double) n;
    }
    for (gsize c = 0; c < stride; c++) {
      double d = (double) dy[c] * norm->factors[c];

      d -= mean + (x[c] - moments[0]) * moments[1] * product;
      dx[c] = c < n ? (float) (d * moments[1]) : 0;
    }
  }
}

void
gbp_plain_sum_moments (
    const float *values, const float *x, double *sums, gsize n_pixels, gsize stride)
{
  memset (sums, 0, 2 * stride * sizeof *sums);
  for (; n_pixels > 0; n_pixels--, x += stride, values += stride)
    for (gsize c = 0; c < stride; c++) {
      sums[c] += values[c];
      sums[stride + c] += (double) values[c] * x[c];
    }
}
