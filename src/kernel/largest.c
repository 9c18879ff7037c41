/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The largest of values, and whose gradient it is. */
#include <math.h>

#include "kernel/level.h"

/* The larger of two; NaN where one of them is. */
INLINE Vector
get_larger (Vector a, Vector b)
{
  return spread_nan (get_maximum (a, b), a, b);
}

void
LEVEL (take_larger) (const float *a, const float *b, float *y, gsize n)
{
  for (gsize i = 0; i < n; i += LANES)
    store (y + i, get_larger (load (a + i), load (b + i)));
}

void
LEVEL (find_largest) (const float *x, float *y, gsize n_pixels, gsize stride, gsize n_channels)
{
  memcpy (y, x, n_channels * sizeof *y);
  for (gsize i = 1; i < n_pixels; i++)
#pragma GCC unroll 2
    for (gsize c = 0; c < n_channels; c += LANES)
      store (y + c, get_larger (load (x + i * stride + c), load (y + c)));
}

/* What is one where it is set in @mask. */
INLINE Vector
get_ones (VectorInt mask)
{
  return (Vector) (mask & (VectorInt) broadcast (1));
}

/* @input's part of the gradient of LANES units from @unit on: one where it has the largest value alone. */
INLINE Vector
find_shares (const GbpContest *contest, guint input, gsize unit)
{
  Vector largest = load (contest->largest + unit), n_equal = {0}, n_before = {0};
  VectorInt is_equal = load (contest->inputs[input] + unit) == largest;

  for (guint i = 0; i < contest->n_inputs; i++) {
    Vector one = get_ones (load (contest->inputs[i] + unit) == largest);

    n_equal += one;
    if (i < input)
      n_before += one;
  }
  if (contest->has_first)
    return get_ones (is_equal & (n_before == (Vector){0}));
  return (Vector) ((VectorInt) (1.0f / n_equal) & is_equal);
}

void
LEVEL (share_largest) (
    const GbpContest *contest, guint input, const float *dy, float *dx, gsize first, gsize end)
{
  for (gsize unit = first; unit < end; unit += LANES)
    store (dx + unit, find_shares (contest, input, unit) * load (dy + unit));
}

/* Comparisons that none of the others waits for. */
#define N_CHAINS 4

/* Of a pixel's channels. */
INLINE float
find_largest_channel (const float *x, gsize n_channels)
{
  const Vector least = broadcast (-INFINITY);
  Vector largest[N_CHAINS] = {least, least, least, least};
  gsize c = 0;

  for (; c + N_CHAINS * LANES <= n_channels; c += N_CHAINS * LANES)
#pragma GCC unroll 4
    for (gsize k = 0; k < N_CHAINS; k++)
      largest[k] = get_larger (load (x + c + k * LANES), largest[k]);
  for (; c < n_channels; c += LANES)
    largest[0] = get_larger (load_channels (x, c, n_channels, least), largest[0]);
  for (gsize k = 1; k < N_CHAINS; k++)
    largest[0] = get_larger (largest[k], largest[0]);
  return find_largest_lane (largest[0]);
}

void
LEVEL (find_largest_channels) (const float *x, float *y, gsize n_pixels, gsize n_channels)
{
  gsize stride = gbp_pad_channels (n_channels);

  memset (y, 0, n_pixels * GBP_LANES * sizeof *y);
  for (gsize i = 0; i < n_pixels; i++)
    y[i * GBP_LANES] = find_largest_channel (x + i * stride, n_channels);
}

/* How many of a pixel's channels are @largest. */
INLINE float
count_equal (const float *x, float largest, gsize n_channels)
{
  Vector n = {0};
  float sum = 0;

  for (gsize c = 0; c < n_channels; c += LANES)
    n += get_ones (load_channels (x, c, n_channels, broadcast (NAN)) == broadcast (largest));
  for (guint i = 0; i < LANES; i++)
    sum += n[i];
  return sum;
}

INLINE void
give_to_first (const float *x, float largest, float dy, float *dx, gsize n_channels)
{
  gsize c = 0;

  while (c < n_channels && x[c] != largest)
    c++;
  if (c < n_channels)
    dx[c] = dy;
}

void
LEVEL (share_largest_channels) (const float *x, const float *y, const float *dy, gboolean has_first,
    float *dx, gsize n_pixels, gsize n_channels)
{
  gsize stride = gbp_pad_channels (n_channels);

  memset (dx, 0, n_pixels * stride * sizeof *dx);
  for (gsize i = 0; i < n_pixels * GBP_LANES; i += GBP_LANES, x += stride, dx += stride) {
    VectorInt share = (VectorInt) broadcast (dy[i] / count_equal (x, y[i], n_channels));

    if (has_first)
      give_to_first (x, y[i], dy[i], dx, n_channels);
    for (gsize c = 0; c < n_channels && !has_first; c += LANES)
      store (dx + c,
          (Vector) (share
                    & (load_channels (x, c, n_channels, broadcast (NAN)) == broadcast (y[i]))));
  }
}
