/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Layer normalization, pixel by pixel, both ways; and the sums that group normalization needs. */
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

typedef float HalfVector __attribute__ ((vector_size (2 * LANES), may_alias));
typedef double VectorDouble __attribute__ ((vector_size (4 * LANES), may_alias));

#define DOUBLE_LANES (LANES / 2)
#define N_DOUBLES    (GBP_LANES / DOUBLE_LANES) /* vectors of them in a line of the cache */

INLINE VectorDouble
load_doubles (const float *p)
{
  return __builtin_convertvector(*(const HalfVector *) p, VectorDouble);
}

/* Down the pixels, a cache line of channels at a time. */
void
LEVEL (sum_moments) (
    const float *values, const float *x, double *sums, gsize n_pixels, gsize stride)
{
  for (gsize c = 0; c < stride; c += GBP_LANES) {
    VectorDouble sum[N_DOUBLES] = {0}, products[N_DOUBLES] = {0};

    for (gsize i = 0; i < n_pixels; i++)
      for (gsize k = 0; k < N_DOUBLES; k++) {
        gsize unit = i * stride + c + k * DOUBLE_LANES;
        VectorDouble value = load_doubles (values + unit);

        sum[k] += value;
        products[k] += value * load_doubles (x + unit);
      }
    for (gsize k = 0; k < N_DOUBLES; k++) {
      memcpy (sums + c + k * DOUBLE_LANES, &sum[k], sizeof sum[k]);
      memcpy (sums + stride + c + k * DOUBLE_LANES, &products[k], sizeof products[k]);
    }
  }
}
