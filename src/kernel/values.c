/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What is done to each value of a map by itself, and sums over pixels. */
#include "kernel/level.h"

/* A sum's rounding error grows with its length: so long ones are made of short ones. */
#define CHUNK 32

/* @data: a vector: the maximum */
INLINE UnitBits
clip_units (const GbpActivation *activation, gconstpointer data, gsize unit, gsize c)
{
  const Vector *maximum = data;
  Vector x = load_biased (activation, unit, c);

  store (activation->y + unit, get_minimum (*maximum, rectify (x)));
  return (UnitBits){get_between ((Vector){0}, x, *maximum), 0};
}

void
LEVEL (clip) (const GbpActivation *activation, float maximum)
{
  GbpActivation own = take_activation (activation);
  const Vector limit = broadcast (maximum);

  own.negative = NULL;
  make_map (&own, &limit, clip_units);
}

/* @data: two vectors: slope and offset */
INLINE UnitBits
ramp_units (const GbpActivation *activation, gconstpointer data, gsize unit, gsize c)
{
  const Vector *line = data, one = broadcast (1);
  Vector x = load_biased (activation, unit, c) * line[0] + line[1];

  store (activation->y + unit, get_minimum (one, rectify (x)));
  return (UnitBits){get_between ((Vector){0}, x, one), 0};
}

void
LEVEL (ramp) (const GbpActivation *activation, float slope, float offset)
{
  GbpActivation own = take_activation (activation);
  const Vector line[2] = {broadcast (slope), broadcast (offset)};

  own.negative = NULL;
  make_map (&own, line, ramp_units);
}

/* @x above zero, else @leaked. */
INLINE Vector
choose_above (Vector x, Vector leaked)
{
  VectorInt above = x > (Vector){0};

  return (Vector) (((VectorInt) x & above) | ((VectorInt) leaked & ~above));
}

/* @data: slopes */
INLINE UnitBits
leak_units (const GbpActivation *activation, gconstpointer data, gsize unit, gsize c)
{
  const float *slopes = data;
  Vector x = load_biased (activation, unit, c);

  store (activation->y + unit, choose_above (x, x * load (slopes + c)));
  return (UnitBits){get_greater (x, (Vector){0}), get_greater ((Vector){0}, x)};
}

void
LEVEL (leak) (const GbpActivation *activation, const float *slopes)
{
  const GbpActivation own = *activation;

  make_map (&own, slopes, leak_units);
}

void
LEVEL (unleak) (float *gradient, const float *slopes, const guint8 *positive,
    const guint8 *negative, gsize n_pixels, gsize stride)
{
  for (gsize i = 0; i < n_pixels; i++)
    for (gsize c = 0; c < stride; c += LANES) {
      gsize unit = i * stride + c;
      Vector x = load (gradient + unit), leaked = x * load (slopes + c);
      guint is_above = load_bits (positive, unit);
      Vector above = keep (x, is_above);

      if (negative != NULL)
        leaked = keep (leaked, load_bits (negative, unit));
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
LEVEL (accumulate) (const float *x, float factor, float *y, gsize n)
{
  for (gsize i = 0; i < n; i += LANES)
    store (y + i, load (y + i) + factor * load (x + i));
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
