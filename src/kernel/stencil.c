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

/* A sum's rounding error grows with its length: so long ones are made of short ones. */
#define CHUNK 32

/* Sums of @n pixels from @source and @target on, which a constant makes a block of registers. */
INLINE void
weigh_pixels (const GbpStencil *stencil, const float *weights, const float *bias, guint n,
    const float *source, float *target)
{
  for (gsize c = 0; c < stencil->n_channels; c += LANES) {
    Vector sums[BLOCK];

#pragma GCC unroll 8
    for (guint i = 0; i < n; i++)
      sums[i] = bias != NULL ? load (bias + c) : (Vector){0};
    for (gsize t = 0; t < stencil->n_taps; t++) {
      const GbpTap *tap = &stencil->taps[t];
      Vector weight = load (weights + tap->number * stencil->n_channels + c);

#pragma GCC unroll 8
      for (guint i = 0; i < n; i++)
        sums[i] += load (source + tap->offset + i * stencil->source_step + c) * weight;
    }
#pragma GCC unroll 8
    for (guint i = 0; i < n; i++)
      store (target + i * stencil->target_step + c, sums[i]);
  }
}

void
LEVEL (weigh) (const GbpStencil *stencil, const float *weights, const float *bias)
{
  const float *source = stencil->source;
  float *target = stencil->target;
  gsize n = stencil->n_pixels;

  for (; n >= BLOCK; n -= BLOCK) {
    weigh_pixels (stencil, weights, bias, BLOCK, source, target);
    source += BLOCK * stencil->source_step;
    target += BLOCK * stencil->target_step;
  }
  for (; n > 0; n--) {
    weigh_pixels (stencil, weights, bias, 1, source, target);
    source += stencil->source_step;
    target += stencil->target_step;
  }
}

INLINE Vector
sum_up_pixel (const GbpStencil *stencil, const float *source)
{
  Vector sum = {0};

  for (gsize first = 0; first < stencil->n_taps; first += CHUNK) {
    gsize end = MIN (first + CHUNK, stencil->n_taps);
    Vector part = {0};

    for (gsize t = first; t < end; t++)
      part += load (source + stencil->taps[t].offset);
    sum += part;
  }
  return sum;
}

void
LEVEL (sum_up) (const GbpStencil *stencil, float factor)
{
  for (gsize i = 0; i < stencil->n_pixels; i++)
    for (gsize c = 0; c < stencil->n_channels; c += LANES) {
      Vector sum = sum_up_pixel (stencil, stencil->source + i * stencil->source_step + c);

      store (stencil->target + i * stencil->target_step + c, sum * factor);
    }
}

/* Where it is all ones, @a, else @b. */
INLINE VectorInt
choose_lanes (VectorInt mask, VectorInt a, VectorInt b)
{
  return (a & mask) | (b & ~mask);
}

void
LEVEL (find_maximum) (const GbpStencil *stencil, gint32 *choice)
{
  for (gsize i = 0; i < stencil->n_pixels; i++)
    for (gsize c = 0; c < stencil->n_channels; c += LANES) {
      const float *source = stencil->source + i * stencil->source_step + c;
      gsize unit = i * stencil->target_step + c;
      VectorInt best = {0}, chosen = (VectorInt){0} - 1;

      for (gsize t = 0; t < stencil->n_taps; t++) {
        const GbpTap *tap = &stencil->taps[t];
        Vector x = load (source + tap->offset);
        VectorInt larger = (x > (Vector) best) | (x != x) | -(gint32) (t == 0);

        best = choose_lanes (larger, (VectorInt) x, best);
        chosen = choose_lanes (larger, (gint32) tap->number - (VectorInt){0}, chosen);
      }
      store (stencil->target + unit, (Vector) best);
      store ((float *) choice + unit, (Vector) chosen);
    }
}

void
LEVEL (give_to_maximum) (const GbpStencil *stencil, const gint32 *choice)
{
  for (gsize i = 0; i < stencil->n_pixels; i++)
    for (gsize c = 0; c < stencil->n_channels; c += LANES) {
      Vector sum = {0};

      for (gsize t = 0; t < stencil->n_taps; t++) {
        const GbpTap *tap = &stencil->taps[t];
        gsize unit = tap->offset + i * stencil->source_step + c;
        VectorInt chosen = (VectorInt) load ((const float *) choice + unit);
        VectorInt is_chosen = chosen == (gint32) tap->number - (VectorInt){0};

        sum += (Vector) ((VectorInt) load (stencil->source + unit) & is_chosen);
      }
      store (stencil->target + i * stencil->target_step + c, sum);
    }
}
