/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "render/reduce.h"

#include <float.h>
#include <math.h>

guint
gbp_map_get_n_values (GbpMapKind kind)
{
  return kind == GBP_MAP_CHANNELS ? 3 : 1;
}

/* @value, or 0 if it is not finite; comparisons with NaN are false. */
static inline float
finite_or_zero (float value)
{
  return fabsf (value) <= FLT_MAX ? value : 0;
}

static inline float
largest_above_zero (float red, float green, float blue)
{
  return MAX (MAX (MAX (red, green), blue), 0);
}

/* Of two values the one that is larger in absolute terms; of equals the first. */
static inline float
stronger (float a, float b)
{
  return fabsf (b) > fabsf (a) ? b : a;
}

static inline float
reduce_to_signed (GbpReduce reduce, float red, float green, float blue)
{
  switch (reduce) {
    case GBP_REDUCE_SUM_ABS:
      return finite_or_zero (red + green + blue);
    case GBP_REDUCE_POSITIVE:
      return largest_above_zero (red, green, blue);
    case GBP_REDUCE_NEGATIVE:
      return -largest_above_zero (-red, -green, -blue);
    default:
      return stronger (stronger (red, green), blue);
  }
}

static inline float
reduce_to_strength (GbpReduce reduce, float red, float green, float blue)
{
  switch (reduce) {
    case GBP_REDUCE_SUM_ABS:
      return MIN (fabsf (red) + fabsf (green) + fabsf (blue), FLT_MAX);
    case GBP_REDUCE_POSITIVE:
      return largest_above_zero (red, green, blue);
    case GBP_REDUCE_NEGATIVE:
      return largest_above_zero (-red, -green, -blue);
    default:
      return MAX (MAX (fabsf (red), fabsf (green)), fabsf (blue));
  }
}

void
gbp_map_reduce (
    GbpMapKind kind, GbpReduce reduce, const float *gradient, gsize n_pixels, float *values)
{
  if (kind == GBP_MAP_CHANNELS) {
    for (gsize i = 0; i < 3 * n_pixels; i++)
      values[i] = finite_or_zero (gradient[i]);
    return;
  }
  for (gsize i = 0; i < n_pixels; i++, gradient += 3) {
    float red = finite_or_zero (gradient[0]);
    float green = finite_or_zero (gradient[1]);
    float blue = finite_or_zero (gradient[2]);

    values[i] = kind == GBP_MAP_SIGNED ? reduce_to_signed (reduce, red, green, blue)
                                       : reduce_to_strength (reduce, red, green, blue);
  }
}
