/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Stencils: depthwise convolutions and pools of any window, both ways. Pixels go in blocks, so that a tap's weights and
 * its place are loaded once for all of them. */
#include "kernel/level.h"

/* Pixels whose sums are in registers at once. */
#if LANES == 16
#define BLOCK 8
#else
#define BLOCK 4
#endif

/* Taps of the longest row of a window that is known. */
#define MOST_RUN 5

/* A sum's rounding error grows with its length: so long ones are made of short ones. */
#define CHUNK 32

/* Vectors of sums at once. */
#define MOST_SUMS 4

/* The sums before the first tap. */
INLINE Vector
begin_sum (const GbpEnding *ending, gsize c)
{
  return ending != NULL ? load (ending->bias + c) : (Vector){0};
}

/* The sums of @n pixels, in channels @c to @c + LANES − 1, to @target. */
INLINE void
store_sums (const GbpStencil *stencil, const GbpEnding *ending, Vector *sums, guint n, gsize c,
    float *target)
{
  gsize step = stencil->target_step, unit = (gsize) (target - stencil->target) + c;

  if (ending != NULL && ending->positive != NULL)
#pragma GCC unroll 8
    for (guint i = 0; i < n; i++)
      sums[i] = clip_lanes (sums[i], ending->maximum, ending->positive, unit + i * step);
#pragma GCC unroll 8
  for (guint i = 0; i < n; i++)
    store (target + i * step + c, sums[i]);
}

/* Sums of @n pixels from @source and @target on, which a constant makes a block of registers. */
INLINE void
weigh_pixels (const GbpStencil *stencil, const float *weights, const GbpEnding *ending, guint n,
    const float *source, float *target)
{
  for (gsize c = 0; c < stencil->n_channels; c += LANES) {
    Vector sums[BLOCK];

#pragma GCC unroll 8
    for (guint i = 0; i < n; i++)
      sums[i] = begin_sum (ending, c);
    for (gsize t = 0; t < stencil->n_taps; t++) {
      const GbpTap *tap = &stencil->taps[t];
      Vector weight = load (weights + tap->number * stencil->n_channels + c);

#pragma GCC unroll 8
      for (guint i = 0; i < n; i++)
        sums[i] += load (source + tap->offset + i * stencil->source_step + c) * weight;
    }
    store_sums (stencil, ending, sums, n, c, target);
  }
}

/* A block of pixels by a window whose rows are @run taps side by side, so that neighbours share what is loaded.
 * @is_reversed: the taps go to the left */
INLINE void
weigh_runs (const GbpStencil *stencil, const float *weights, const GbpEnding *ending, guint run,
    gboolean is_reversed, const float *source, float *target)
{
  gsize step = stencil->source_step;

  for (gsize c = 0; c < stencil->n_channels; c += LANES) {
    Vector sums[BLOCK];

#pragma GCC unroll 8
    for (guint i = 0; i < BLOCK; i++)
      sums[i] = begin_sum (ending, c);
    for (const GbpTap *taps = stencil->taps; taps < stencil->taps + stencil->n_taps; taps += run) {
      const float *first = source + taps[is_reversed ? run - 1 : 0].offset + c;
      Vector factors[MOST_RUN];

#pragma GCC unroll 5
      for (guint k = 0; k < run; k++)
        factors[k] =
            load (weights + taps[is_reversed ? run - 1 - k : k].number * stencil->n_channels + c);
#pragma GCC unroll 12
      for (guint j = 0; j < BLOCK + run - 1; j++) {
        Vector x = load (first + j * step);

#pragma GCC unroll 5
        for (guint k = 0; k < run; k++)
          if (j >= k && j - k < BLOCK)
            sums[j - k] += x * factors[k];
      }
    }
    store_sums (stencil, ending, sums, BLOCK, c, target);
  }
}

/* Whether the taps are runs of @run, each one source step from the last.
 * @is_reversed: (out): to the left */
static gboolean
has_runs (const GbpStencil *stencil, guint run, gboolean *is_reversed)
{
  gsize step = stencil->source_step;

  *is_reversed = stencil->n_taps > 1 && stencil->taps[1].offset < stencil->taps[0].offset;
  if (stencil->n_taps % run != 0)
    return FALSE;
  for (gsize t = 0; t < stencil->n_taps; t++)
    if (t % run != 0
        && stencil->taps[t].offset != stencil->taps[t - 1].offset + (*is_reversed ? -step : step))
      return FALSE;
  return TRUE;
}

/* How a block of pixels is computed: by rows of windows that are known here, or tap by tap. */
typedef enum {
  PATTERN_ANY,
  PATTERN_3,
  PATTERN_3_REVERSED,
  PATTERN_5,
  PATTERN_5_REVERSED,
} Pattern;

static Pattern
find_pattern (const GbpStencil *stencil)
{
  gboolean is_reversed;

  if (stencil->n_pixels < BLOCK || stencil->n_taps == 0)
    return PATTERN_ANY;
  if (has_runs (stencil, 3, &is_reversed))
    return is_reversed ? PATTERN_3_REVERSED : PATTERN_3;
  if (has_runs (stencil, 5, &is_reversed))
    return is_reversed ? PATTERN_5_REVERSED : PATTERN_5;
  return PATTERN_ANY;
}

INLINE void
weigh_block (const GbpStencil *stencil, const float *weights, const GbpEnding *ending,
    Pattern pattern, const float *source, float *target)
{
  switch (pattern) {
    case PATTERN_3:
      weigh_runs (stencil, weights, ending, 3, FALSE, source, target);
      break;
    case PATTERN_3_REVERSED:
      weigh_runs (stencil, weights, ending, 3, TRUE, source, target);
      break;
    case PATTERN_5:
      weigh_runs (stencil, weights, ending, 5, FALSE, source, target);
      break;
    case PATTERN_5_REVERSED:
      weigh_runs (stencil, weights, ending, 5, TRUE, source, target);
      break;
    case PATTERN_ANY:
      weigh_pixels (stencil, weights, ending, BLOCK, source, target);
      break;
  }
}

void
LEVEL (weigh) (const GbpStencil *stencil, const float *weights, const GbpEnding *ending)
{
  Pattern pattern = find_pattern (stencil);
  const float *source = stencil->source;
  float *target = stencil->target;
  gsize n = stencil->n_pixels;

  for (; n >= BLOCK; n -= BLOCK) {
    weigh_block (stencil, weights, ending, pattern, source, target);
    source += BLOCK * stencil->source_step;
    target += BLOCK * stencil->target_step;
  }
  for (; n > 0; n--) {
    weigh_pixels (stencil, weights, ending, 1, source, target);
    source += stencil->source_step;
    target += stencil->target_step;
  }
}

/* @n vectors of a pixel's channels: their sums do not wait for one another. */
INLINE void
sum_up_vectors (
    const GbpStencil *stencil, float factor, guint n, const float *source, float *target)
{
  Vector sums[MOST_SUMS] = {{0}};

  for (gsize first = 0; first < stencil->n_taps; first += CHUNK) {
    gsize end = MIN (first + CHUNK, stencil->n_taps);
    Vector parts[MOST_SUMS] = {{0}};

    for (gsize t = first; t < end; t++)
#pragma GCC unroll 4
      for (guint k = 0; k < n; k++)
        parts[k] += load (source + stencil->taps[t].offset + k * LANES);
#pragma GCC unroll 4
    for (guint k = 0; k < n; k++)
      sums[k] += parts[k];
  }
#pragma GCC unroll 4
  for (guint k = 0; k < n; k++)
    store (target + k * LANES, sums[k] * factor);
}

void
LEVEL (sum_up) (const GbpStencil *stencil, float factor)
{
  for (gsize i = 0; i < stencil->n_pixels; i++) {
    const float *source = stencil->source + i * stencil->source_step;
    float *target = stencil->target + i * stencil->target_step;
    gsize c = 0;

    for (; c + MOST_SUMS * LANES <= stencil->n_channels; c += MOST_SUMS * LANES)
      sum_up_vectors (stencil, factor, MOST_SUMS, source + c, target + c);
    for (; c < stencil->n_channels; c += LANES)
      sum_up_vectors (stencil, factor, 1, source + c, target + c);
  }
}

/* Where it is all ones, @a, else @b. */
INLINE VectorInt
choose_lanes (VectorInt mask, VectorInt a, VectorInt b)
{
  return (a & mask) | (b & ~mask);
}

/* They are half as wide as the values that they are of. */
typedef guint16 ArgmaxVector __attribute__ ((vector_size (2 * LANES), may_alias));

/* @n vectors of a pixel's channels, which do not wait for one another. */
INLINE void
find_maxima (
    const GbpStencil *stencil, guint n, const float *source, float *target, guint16 *argmax)
{
  const GbpTap *tap = stencil->taps, *end = tap + stencil->n_taps;
  Vector best[MOST_SUMS] = {{0}};
  VectorInt chosen[MOST_SUMS],
      number = (gint32) (tap < end ? tap->number : GBP_ARGMAX_NONE) - (VectorInt){0};

#pragma GCC unroll 4
  for (guint k = 0; k < n; k++) {
    chosen[k] = number;
    if (tap < end)
      best[k] = load (source + tap->offset + k * LANES);
  }
  while (++tap < end) {
    number = (gint32) tap->number - (VectorInt){0};
#pragma GCC unroll 4
    for (guint k = 0; k < n; k++) {
      Vector x = load (source + tap->offset + k * LANES);
      VectorInt larger = (x > best[k]) | (x != x);

      best[k] = (Vector) choose_lanes (larger, (VectorInt) x, (VectorInt) best[k]);
      chosen[k] = choose_lanes (larger, number, chosen[k]);
    }
  }
#pragma GCC unroll 4
  for (guint k = 0; k < n; k++) {
    store (target + k * LANES, best[k]);
    *(ArgmaxVector *) (argmax + k * LANES) = __builtin_convertvector(chosen[k], ArgmaxVector);
  }
}

void
LEVEL (find_maximum) (const GbpStencil *stencil, guint16 *argmax)
{
  for (gsize i = 0; i < stencil->n_pixels; i++) {
    const float *source = stencil->source + i * stencil->source_step;
    float *target = stencil->target + i * stencil->target_step;
    guint16 *chosen = argmax + i * stencil->target_step;
    gsize c = 0;

    for (; c + MOST_SUMS * LANES <= stencil->n_channels; c += MOST_SUMS * LANES)
      find_maxima (stencil, MOST_SUMS, source + c, target + c, chosen + c);
    for (; c < stencil->n_channels; c += LANES)
      find_maxima (stencil, 1, source + c, target + c, chosen + c);
  }
}

/* @n vectors of a pixel's channels. @gradient, @argmax: of the source, from them on */
INLINE void
give_to_maxima (
    const GbpStencil *stencil, guint n, const float *gradient, const guint16 *argmax, float *target)
{
  Vector sums[MOST_SUMS] = {{0}};

  for (gsize t = 0; t < stencil->n_taps; t++) {
    const GbpTap *tap = &stencil->taps[t];
    VectorInt number = (gint32) tap->number - (VectorInt){0};

#pragma GCC unroll 4
    for (guint k = 0; k < n; k++) {
      gsize unit = tap->offset + k * LANES;
      VectorInt chosen =
          __builtin_convertvector(*(const ArgmaxVector *) (argmax + unit), VectorInt);

      sums[k] += (Vector) ((VectorInt) load (gradient + unit) & (chosen == number));
    }
  }
#pragma GCC unroll 4
  for (guint k = 0; k < n; k++)
    store (target + k * LANES, sums[k]);
}

void
LEVEL (give_to_maximum) (const GbpStencil *stencil, const guint16 *argmax)
{
  for (gsize i = 0; i < stencil->n_pixels; i++) {
    gsize first = i * stencil->source_step, c = 0;
    float *target = stencil->target + i * stencil->target_step;

    for (; c + MOST_SUMS * LANES <= stencil->n_channels; c += MOST_SUMS * LANES)
      give_to_maxima (
          stencil, MOST_SUMS, stencil->source + first + c, argmax + first + c, target + c);
    for (; c < stencil->n_channels; c += LANES)
      give_to_maxima (stencil, 1, stencil->source + first + c, argmax + first + c, target + c);
  }
}
