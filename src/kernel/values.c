/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What is done to each value of a map by itself, and sums over pixels. */
#include "kernel/level.h"

/* A sum's rounding error grows with its length: so long ones are made of short ones. */
#define CHUNK 32

INLINE Vector
load_biased (const GbpActivation *activation, gsize unit, gsize c)
{
  Vector x = load (activation->x + unit);

  if (activation->bias != NULL)
    x += load (activation->bias + c);
  return x;
}

void
LEVEL (clip) (const GbpActivation *activation, float maximum)
{
  for (gsize i = 0; i < activation->n_pixels; i++)
    for (gsize c = 0; c < activation->stride; c += LANES) {
      gsize unit = i * activation->stride + c;
      Vector x = load_biased (activation, unit, c);

      store (activation->y + unit, clip_lanes (x, maximum, activation->positive, unit));
    }
}

void
LEVEL (leak) (const GbpActivation *activation, const float *slopes)
{
  for (gsize i = 0; i < activation->n_pixels; i++)
    for (gsize c = 0; c < activation->stride; c += LANES) {
      gsize unit = i * activation->stride + c;
      Vector x = load_biased (activation, unit, c), leaked = x * load (slopes + c);
      VectorInt above = x > (Vector){0};

      store_bits (activation->positive, unit, get_greater (x, (Vector){0}));
      store_bits (activation->negative, unit, get_greater ((Vector){0}, x));
      store (
          activation->y + unit, (Vector) (((VectorInt) x & above) | ((VectorInt) leaked & ~above)));
    }
}

void
LEVEL (unleak) (float *gradient, const float *slopes, const guint8 *positive,
    const guint8 *negative, gsize n_pixels, gsize stride)
{
  for (gsize i = 0; i < n_pixels; i++)
    for (gsize c = 0; c < stride; c += LANES) {
      gsize unit = i * stride + c;
      Vector x = load (gradient + unit), slope = load (slopes + c), leaked = x * slope;
      guint is_above = load_bits (positive, unit);
      Vector above = keep (x, is_above);

      if (negative != NULL)
        leaked = keep (leaked, load_bits (negative, unit) & get_greater ((Vector){0}, slope));
      store (gradient + unit, (Vector) ((VectorInt) above | (VectorInt) keep (leaked, ~is_above)));
    }
}

void
LEVEL (scale) (const float *x, const float *factors, const float *shifts, float *y, gsize n_pixels,
    gsize stride)
{
  for (gsize i = 0; i < n_pixels; i++)
    for (gsize c = 0; c < stride; c += LANES) {
      Vector scaled = load (x + i * stride + c) * load (factors + c);

      if (shifts != NULL)
        scaled += load (shifts + c);
      store (y + i * stride + c, scaled);
    }
}

void
LEVEL (add) (const float *a, const float *b, float *y, gsize n)
{
  for (gsize i = 0; i < n; i += LANES)
    store (y + i, load (a + i) + load (b + i));
}

void
LEVEL (times) (const float *a, const float *b, float *y, gsize n)
{
  for (gsize i = 0; i < n; i += LANES)
    store (y + i, load (a + i) * load (b + i));
}

void
LEVEL (correlate) (
    const float *a, const float *b, float *y, gsize n_pixels, gsize stride, gsize n_channels)
{
  for (gsize c = 0; c < n_channels; c += LANES) {
    Vector sum = {0};

    for (gsize first = 0; first < n_pixels; first += CHUNK) {
      gsize end = MIN (first + CHUNK, n_pixels);
      Vector part = {0};

      for (gsize i = first; i < end; i++) {
        Vector x = load (a + i * stride + c);

        if (b != NULL)
          x *= load (b + i * stride + c);
        part += x;
      }
      sum += part;
    }
    store (y + c, sum);
  }
}
