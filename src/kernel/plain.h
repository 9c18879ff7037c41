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

void gbp_plain_transform_input (const GbpTiles *tiles, const float *map, gsize stride,
    const guint8 *choice, const GbpTransformed *transformed);
void gbp_plain_transform_output (const GbpTiles *tiles, const GbpTransformed *transformed,
    const GbpEpilogue *epilogue, float *map, gsize stride);
void gbp_plain_multiply (const GbpProduct *product);
void gbp_plain_multiply_transposed (const GbpProduct *product);
