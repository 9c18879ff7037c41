/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "render/scale.h"

#include <math.h>
#include <string.h>

#define LANES 8 /* running pairs, so that the compiler can keep them in vectors */

#define DIGIT_BITS 8 /* of a float's 32 bits, looked at in turn */
#define N_DIGITS   (1u << DIGIT_BITS)

static void
find_ends (const float *values, gsize n_values, float *smallest, float *largest)
{
  float low[LANES], high[LANES];
  gsize n_whole = n_values / LANES * LANES;

  for (guint k = 0; k < LANES; k++)
    low[k] = high[k] = values[0];
  for (gsize i = 0; i < n_whole; i += LANES)
    for (guint k = 0; k < LANES; k++) {
      low[k] = values[i + k] < low[k] ? values[i + k] : low[k];
      high[k] = values[i + k] > high[k] ? values[i + k] : high[k];
    }
  *smallest = low[0];
  *largest = high[0];
  for (guint k = 1; k < LANES; k++) {
    *smallest = MIN (*smallest, low[k]);
    *largest = MAX (*largest, high[k]);
  }
  for (gsize i = n_whole; i < n_values; i++) {
    *smallest = MIN (*smallest, values[i]);
    *largest = MAX (*largest, values[i]);
  }
}

/* The bits of @value without its sign: of finite values they are in the order of the absolute values. */
static inline guint32
order_of (float value)
{
  guint32 bits;

  memcpy (&bits, &value, sizeof bits);
  return bits & 0x7fffffff;
}

/* Digit by digit from the highest on: of the values that begin as the wanted one does, how many have each next
 * digit tells which one it has. */
float
gbp_scale_find_percentile (const float *values, gsize n_values, double percent)
{
  gsize n_above_zero = 0, rank;
  guint32 found = 0, mask = 0;
  float percentile;

  for (gsize i = 0; i < n_values; i++)
    n_above_zero += order_of (values[i]) != 0;
  if (n_above_zero == 0)
    return 0;
  rank = (gsize) ceil (percent / 100 * (double) n_above_zero);
  rank = n_values - n_above_zero + CLAMP (rank, 1, n_above_zero); /* the zeros come first */
  for (guint shift = 32 - DIGIT_BITS;; shift -= DIGIT_BITS) {
    gsize counts[N_DIGITS] = {0};
    guint32 digit = 0;

    for (gsize i = 0; i < n_values; i++)
      if ((order_of (values[i]) & mask) == found)
        counts[order_of (values[i]) >> shift & (N_DIGITS - 1)]++;
    while (rank > counts[digit])
      rank -= counts[digit++];
    found |= digit << shift;
    mask |= (N_DIGITS - 1) << shift;
    if (shift == 0)
      break;
  }
  memcpy (&percentile, &found, sizeof percentile);
  return percentile;
}

void
gbp_scale_find (GbpMapKind kind, const GbpStyle *style, GbpNormalize normalize, const float *values,
    gsize n_values, GbpScale *scale)
{
  float smallest, largest;

  find_ends (values, n_values, &smallest, &largest);
  scale->peak = MAX (fabsf (smallest), fabsf (largest));
  scale->high = scale->peak;
  if (normalize == GBP_NORMALIZE_PERCENTILE)
    scale->high = gbp_scale_find_percentile (values, n_values, style->clip);
  else if (normalize == GBP_NORMALIZE_FIXED)
    scale->high = style->range;
  scale->low = kind == GBP_MAP_STRENGTH ? 0 : -scale->high;
  if (normalize == GBP_NORMALIZE_FRAME && kind == GBP_MAP_CHANNELS) {
    scale->low = smallest;
    scale->high = largest;
  }
}
