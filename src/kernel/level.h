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
void LEVEL (transform_input) (const GbpTiles *tiles, const float *map, gsize stride,
    const guint8 *choice, const GbpTransformed *transformed);
void LEVEL (transform_output) (const GbpTiles *tiles, const GbpTransformed *transformed,
    const GbpEpilogue *epilogue, float *map, gsize stride);
/* @to [n_columns][n_rows] from @from [n_rows][n_columns], both multiples of LANES. */
void LEVEL (transpose) (const float *from, gsize n_rows, gsize n_columns, float *to);
void LEVEL (multiply) (const GbpProduct *product);
void LEVEL (multiply_transposed) (const GbpProduct *product);
void LEVEL (multiply_from_left) (const GbpMatrix *matrix, const float *x, float *y);
void LEVEL (multiply_from_right) (
    const GbpMatrix *matrix, const float *x, const guint8 *wanted, float *y);
