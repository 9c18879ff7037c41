/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the plain kernels share. */
#pragma once

#include "kernel/kernels.h"

static inline gboolean
gbp_plain_get_bit (const guint8 *bits, gsize i)
{
  return bits[i / 8] >> (i % 8) & 1;
}

static inline void
gbp_plain_set_bit (guint8 *bits, gsize i, gboolean value)
{
  bits[i / 8] = (guint8) ((bits[i / 8] & ~(1u << i % 8)) | (guint) value << i % 8);
}

/* What @gate lets through of the gradient @x of unit @unit. */
static inline float
gbp_plain_pass_gate (const GbpGate *gate, float x, gsize unit)
{
  gboolean stopped = (gate->only_positive && !(x > 0))
                     || (gate->active != NULL && !gbp_plain_get_bit (gate->active, unit));

  return stopped ? 0 : x;
}

void gbp_plain_transform_input (
    const GbpTiles *tiles, const float *map, gsize stride, const GbpTransformed *transformed);
void gbp_plain_transform_output (const GbpTiles *tiles, const GbpTransformed *transformed,
    const GbpEpilogue *epilogue, float *map, gsize stride);
void gbp_plain_multiply (const GbpProduct *product);
void gbp_plain_multiply_transposed (const GbpProduct *product);
