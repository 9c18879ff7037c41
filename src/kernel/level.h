/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What a vector level defines. Its files are compiled once for each level, with GBP_LEVEL its name. */
#pragma once

#include "kernel/vector.h"

extern const GbpKernels LEVEL (kernels);

void LEVEL (bias_relu) (
    float *map, const float *bias, guint8 *active, gsize n_pixels, gsize stride);
void LEVEL (gate) (float *gradient, const GbpGate *gate, gsize n_pixels, gsize stride);
void LEVEL (normalize) (
    const GbpNorm *norm, const float *x, float *y, float *moments, gsize n_pixels);
void LEVEL (denormalize) (const GbpNorm *norm, const float *x, const float *moments,
    const float *dy, float *dx, gsize n_pixels);
void LEVEL (sum_moments) (
    const float *values, const float *x, double *sums, gsize n_pixels, gsize stride);
void LEVEL (transform_input) (const GbpTiles *tiles, const float *map, gsize stride,
    const guint8 *argmax, const GbpTransformed *transformed);
void LEVEL (transform_output) (const GbpTiles *tiles, const GbpTransformed *transformed,
    const GbpEpilogue *epilogue, float *map, gsize stride);
/* @to [n_columns][n_rows] from @from [n_rows][n_columns], both multiples of LANES. */
void LEVEL (transpose) (const float *from, gsize n_rows, gsize n_columns, float *to);
void LEVEL (multiply) (const GbpProduct *product);
void LEVEL (multiply_transposed) (const GbpProduct *product);
void LEVEL (multiply_from_left) (const GbpMatrix *matrix, const float *x, float *y);
void LEVEL (multiply_from_right) (
    const GbpMatrix *matrix, const float *x, const guint8 *wanted, float *y);
void LEVEL (weigh) (const GbpStencil *stencil, const float *weights, const GbpEnding *ending);
void LEVEL (sum_up) (const GbpStencil *stencil, float factor);
void LEVEL (find_maximum) (const GbpStencil *stencil, guint16 *argmax);
void LEVEL (give_to_maximum) (const GbpStencil *stencil, const guint16 *argmax);
void LEVEL (clip) (const GbpActivation *activation, float maximum);
void LEVEL (ramp) (const GbpActivation *activation, float slope, float offset);
void LEVEL (leak) (const GbpActivation *activation, const float *slopes);
void LEVEL (unleak) (float *gradient, const float *slopes, const guint8 *positive,
    const guint8 *negative, gsize n_pixels, gsize stride);
void LEVEL (bend) (const GbpActivation *activation, const GbpCurveShape *shape, float *derivative);
void LEVEL (softmax) (const float *x, float *y, gsize n);
void LEVEL (scale) (const float *x, const float *factors, const float *shifts, float *y,
    gsize n_pixels, gsize stride);
void LEVEL (add) (const float *a, const float *b, float *y, gsize n);
void LEVEL (times) (const float *a, const float *b, float *y, gsize n);
void LEVEL (accumulate) (const float *x, float factor, float *y, gsize n);
void LEVEL (find_largest) (
    const float *x, float *y, gsize n_pixels, gsize stride, gsize n_channels);
void LEVEL (take_larger) (const float *a, const float *b, float *y, gsize n);
void LEVEL (share_largest) (
    const GbpContest *contest, guint input, const float *dy, float *dx, gsize first, gsize end);
void LEVEL (find_largest_channels) (const float *x, float *y, gsize n_pixels, gsize n_channels);
void LEVEL (share_largest_channels) (const float *x, const float *y, const float *dy,
    gboolean has_first, float *dx, gsize n_pixels, gsize n_channels);
void LEVEL (correlate) (
    const float *a, const float *b, float *y, gsize n_pixels, gsize stride, gsize n_channels);
