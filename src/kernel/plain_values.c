/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * In plain C what is done to each value of a map by itself, and sums over pixels. */
#include "kernel/plain.h"

static float
get_biased (const GbpActivation *activation, gsize unit)
{
  float x = activation->x[unit];

  return activation->bias != NULL ? x + activation->bias[unit % activation->stride] : x;
}

void
gbp_plain_clip (const GbpActivation *activation, float maximum)
{
  for (gsize i = 0; i < activation->n_pixels * activation->stride; i++) {
    float x = get_biased (activation, i);

    gbp_set_bit (activation->positive, i, x > 0 && x < maximum);
    activation->y[i] = x > maximum ? maximum : gbp_rectify (x);
  }
}

void
gbp_plain_ramp (const GbpActivation *activation, float slope, float offset)
{
  for (gsize i = 0; i < activation->n_pixels * activation->stride; i++) {
    float x = get_biased (activation, i) * slope + offset;

    gbp_set_bit (activation->positive, i, x > 0 && x < 1);
    activation->y[i] = x > 1 ? 1 : gbp_rectify (x);
  }
}

void
gbp_plain_leak (const GbpActivation *activation, const float *slopes)
{
  for (gsize i = 0; i < activation->n_pixels * activation->stride; i++) {
    float x = get_biased (activation, i);

    gbp_set_bit (activation->positive, i, x > 0);
    if (activation->negative != NULL)
      gbp_set_bit (activation->negative, i, x < 0);
    activation->y[i] = x > 0 ? x : x * slopes[i % activation->stride];
  }
}

void
gbp_plain_unleak (float *gradient, const float *slopes, const guint8 *positive,
    const guint8 *negative, gsize n_pixels, gsize stride)
{
  for (gsize i = 0; i < n_pixels * stride; i++) {
    if (gbp_get_bit (positive, i))
      continue;
    if (negative == NULL || gbp_get_bit (negative, i))
      gradient[i] *= slopes[i % stride];
    else
      gradient[i] = 0;
  }
}

void
gbp_plain_scale (const float *x, const float *factors, const float *shifts, float *y,
    gsize n_pixels, gsize stride)
{
  for (gsize i = 0; i < n_pixels * stride; i++)
    y[i] = x[i] * factors[i % stride] + (shifts != NULL ? shifts[i % stride] : 0);
}

void
gbp_plain_add (const float *a, const float *b, float *y, gsize n)
{
  for (gsize i = 0; i < n; i++)
    y[i] = a[i] + b[i];
}

void
gbp_plain_times (const float *a, const float *b, float *y, gsize n)
{
  for (gsize i = 0; i < n; i++)
    y[i] = a[i] * b[i];
}

void
gbp_plain_accumulate (const float *x, float factor, float *y, gsize n)
{
  for (gsize i = 0; i < n; i++)
    y[i] += factor * x[i];
}

void
gbp_plain_correlate (
    const float *a, const float *b, float *y, gsize n_pixels, gsize stride, gsize n_channels)
{
  for (gsize c = 0; c < n_channels; c++) {
    double sum = 0;

    for (gsize i = 0; i < n_pixels; i++)
      sum += (double) a[i * stride + c] * (b != NULL ? b[i * stride + c] : 1);
    y[c] = (float) sum;
  }
}
