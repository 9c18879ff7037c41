/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The largest of values in plain C. */
#include "kernel/plain.h"

void
gbp_plain_find_largest (const float *x, float *y, gsize n_pixels, gsize stride, gsize n_channels)
{
  for (gsize c = 0; c < n_channels; c++) {
    y[c] = x[c];
    for (gsize i = 1; i < n_pixels; i++)
      if (x[i * stride + c] > y[c] || x[i * stride + c] != x[i * stride + c])
        y[c] = x[i * stride + c];
  }
}

/* A NaN stays one. */
static float
get_larger (float a, float b)
{
  return a >= b || a != a ? a : b;
}

void
gbp_plain_take_larger (const float *a, const float *b, float *y, gsize n)
{
  for (gsize i = 0; i < n; i++)
    y[i] = get_larger (a[i], b[i]);
}

static float
find_share (const GbpContest *contest, guint input, gsize unit)
{
  guint n_equal = 0, n_before = 0;

  for (guint i = 0; i < contest->n_inputs; i++) {
    gboolean is_equal = contest->inputs[i][unit] == contest->largest[unit];

    n_equal += is_equal;
    n_before += i < input && is_equal;
  }
  return contest->has_first ? (float) (n_before == 0) : 1 / (float) n_equal;
}

void
gbp_plain_share_largest (
    const GbpContest *contest, guint input, const float *dy, float *dx, gsize first, gsize end)
{
  for (gsize unit = first; unit < end; unit++)
    dx[unit] = contest->inputs[input][unit] == contest->largest[unit]
                   ? find_share (contest, input, unit) * dy[unit]
                   : 0;
}

void
gbp_plain_find_largest_channels (const float *x, float *y, gsize n_pixels, gsize n_channels)
{
  memset (y, 0, n_pixels * GBP_LANES * sizeof *y);
  for (gsize i = 0; i < n_pixels; i++, x += gbp_pad_channels (n_channels)) {
    float largest = x[0];

    for (gsize c = 1; c < n_channels; c++)
      largest = get_larger (largest, x[c]);
    y[i * GBP_LANES] = largest;
  }
}

/* Of a pixel. */
static void
share_channels (
    const float *x, float largest, float dy, gboolean has_first, float *dx, gsize n_channels)
{
  guint n = 0;

  for (gsize c = 0; c < n_channels; c++)
    n += x[c] == largest;
  for (gsize c = 0; c < n_channels; c++) {
    if (x[c] != largest)
      continue;
    dx[c] = has_first ? dy : dy / (float) n;
    if (has_first)
      break;
  }
}

void
gbp_plain_share_largest_channels (const float *x, const float *y, const float *dy,
    gboolean has_first, float *dx, gsize n_pixels, gsize n_channels)
{
  gsize stride = gbp_pad_channels (n_channels);

  memset (dx, 0, n_pixels * stride * sizeof *dx);
  for (gsize i = 0; i < n_pixels; i++)
    share_channels (x + i * stride, y[i * GBP_LANES], dy[i * GBP_LANES], has_first, dx + i * stride,
        n_channels);
}
