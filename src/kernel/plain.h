/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the plain kernels share. */
#pragma once

#include "kernel/kernels.h"
#include "kernel/pooling.h"

/* What @gate lets through of the gradient @x of unit @unit. */
static inline float
gbp_plain_pass_gate (const GbpGate *gate, float x, gsize unit)
{
  gboolean stopped = (gate->only_positive && !(x > 0))
                     || (gate->active != NULL && !gbp_get_bit (gate->active, unit));

  return stopped ? 0 : x;
}

void gbp_plain_normalize (
    const GbpNorm *norm, const float *x, float *y, float *moments, gsize n_pixels);
void gbp_plain_denormalize (const GbpNorm *norm, const float *x, const float *moments,
    const float *dy, float *dx, gsize n_pixels);
void gbp_plain_sum_moments (
    const float *values, const float *x, double *sums, gsize n_pixels, gsize stride);

/* What becomes of the sum of unit @unit, in channel @c. @ending: (nullable) */
static inline float
gbp_plain_end (const GbpEnding *ending, double sum, gsize unit, gsize c)
{
  float x = (float) sum;

  if (ending == NULL)
    return x;
  x += ending->bias[c];
  if (ending->positive == NULL)
    return x;
  gbp_set_bit (ending->positive, unit, x > 0 && x < ending->maximum);
  return x > ending->maximum ? ending->maximum : gbp_rectify (x);
}

void gbp_plain_transform_input (const GbpTiles *tiles, const float *map, gsize stride,
    const guint8 *argmax, const GbpTransformed *transformed);
void gbp_plain_transform_output (const GbpTiles *tiles, const GbpTransformed *transformed,
    const GbpEpilogue *epilogue, float *map, gsize stride);
void gbp_plain_multiply (const GbpProduct *product);
void gbp_plain_multiply_transposed (const GbpProduct *product);
void gbp_plain_weigh (const GbpStencil *stencil, const float *weights, const GbpEnding *ending);
void gbp_plain_sum_up (const GbpStencil *stencil, float factor);
void gbp_plain_find_maximum (const GbpStencil *stencil, guint16 *argmax);
void gbp_plain_give_to_maximum (const GbpStencil *stencil, const guint16 *argmax);
void gbp_plain_clip (const GbpActivation *activation, float maximum);
void gbp_plain_ramp (const GbpActivation *activation, float slope, float offset);
void gbp_plain_leak (const GbpActivation *activation, const float *slopes);
void gbp_plain_unleak (float *gradient, const float *slopes, const guint8 *positive,
    const guint8 *negative, gsize n_pixels, gsize stride);
void gbp_plain_bend (
    const GbpActivation *activation, const GbpCurveShape *shape, float *derivative);
void gbp_plain_softmax (const float *x, float *y, gsize n);
void gbp_plain_scale (const float *x, const float *factors, const float *shifts, float *y,
    gsize n_pixels, gsize stride);
void gbp_plain_add (const float *a, const float *b, float *y, gsize n);
void gbp_plain_times (const float *a, const float *b, float *y, gsize n);
void gbp_plain_accumulate (const float *x, float factor, float *y, gsize n);
void gbp_plain_find_largest (
    const float *x, float *y, gsize n_pixels, gsize stride, gsize n_channels);
void gbp_plain_take_larger (const float *a, const float *b, float *y, gsize n);
void gbp_plain_share_largest (
    const GbpContest *contest, guint input, const float *dy, float *dx, gsize first, gsize end);
void gbp_plain_find_largest_channels (const float *x, float *y, gsize n_pixels, gsize n_channels);
void gbp_plain_share_largest_channels (const float *x, const float *y, const float *dy,
    gboolean has_first, float *dx, gsize n_pixels, gsize n_channels);
void gbp_plain_correlate (
    const float *a, const float *b, float *y, gsize n_pixels, gsize stride, gsize n_channels);
