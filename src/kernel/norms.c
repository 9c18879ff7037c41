/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Layer normalization, pixel by pixel, both ways. */
#include <math.h>

#include "kernel/level.h"

/* In pairs, none of which waits for another. */
INLINE double
sum_lanes (Vector x)
{
  double sums[LANES];

  for (gsize i = 0; i < LANES; i++)
    sums[i] = x[i];
  for (gsize n = LANES / 2; n > 0; n /= 2)
    for (gsize i = 0; i < n; i++)
      sums[i] += sums[i + n];
  return sums[0];
}

/* @x, of the channels from @c on, with zero in the padding. */
INLINE Vector
clear_padding (Vector x, gsize c, gsize n_channels)
{
  return c + LANES > n_channels ? keep (x, (1u << (n_channels - c)) - 1) : x;
}

INLINE void
measure_pixel (const GbpNorm *norm, const float *x, float moments[2])
{
  Vector sum = {0}, squares = {0}, mean;
  gsize n = norm->n_channels;

  for (gsize c = 0; c < n; c += LANES)
    sum += load (x + c);
  moments[0] = (float) (sum_lanes (sum) / (double) n);
  mean = broadcast (moments[0]);
  for (gsize c = 0; c < n; c += LANES) {
    Vector distance = clear_padding (load (x + c) - mean, c, n);

    squares += distance * distance;
  }
  moments[1] = (float) (1 / sqrt (sum_lanes (squares) / (double) n + norm->epsilon));
}

void
LEVEL (normalize) (const GbpNorm *norm, const float *x, float *y, float *moments, gsize n_pixels)
{
  for (gsize i = 0; i < n_pixels; i++, x += norm->stride, y += norm->stride, moments += 2) {
    Vector mean, inverse;

    measure_pixel (norm, x, moments);
    mean = broadcast (moments[0]);
    inverse = broadcast (moments[1]);
    for (gsize c = 0; c < norm->stride; c += LANES)
      store (y + c,
          (load (x + c) - mean) * inverse * load (norm->factors + c) + load (norm->shifts + c));
  }
}

void
LEVEL (denormalize) (const GbpNorm *norm, const float *x, const float *moments, const float *dy,
    float *dx, gsize n_pixels)
{
  gsize n = norm->n_channels, stride = norm->stride;
  double share = 1 / (double) n;

  for (gsize i = 0; i < n_pixels; i++, x += stride, dy += stride, dx += stride, moments += 2) {
    Vector sum = {0}, products = {0}, mean = broadcast (moments[0]);
    Vector inverse = broadcast (moments[1]), shift, slope;

    for (gsize c = 0; c < n; c += LANES) {
      Vector d = load (dy + c) * load (norm->factors + c);

      sum += d;
      products += d * (load (x + c) - mean);
    }
    shift = broadcast ((float) (sum_lanes (sum) * share));
    slope = broadcast ((float) (sum_lanes (products) * share)) * inverse * inverse;
    for (gsize c = 0; c < stride; c += LANES) {
      Vector d = load (dy + c) * load (norm->factors + c);

      d = inverse * (d - shift - (load (x + c) - mean) * slope);
      store (dx + c, c < n ? clear_padding (d, c, n) : (Vector){0});
    }
  }
}
