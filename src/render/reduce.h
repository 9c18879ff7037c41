/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * From a gradient's three channels to the values that get colours. */
#pragma once

#include <gbp/renderer.h>

/* What the values of a map are.
 * @GBP_MAP_CHANNELS: three for each pixel, of either sign
 * @GBP_MAP_SIGNED: one, of either sign
 * @GBP_MAP_STRENGTH: one, not below zero */
typedef enum {
  GBP_MAP_CHANNELS,
  GBP_MAP_SIGNED,
  GBP_MAP_STRENGTH,
} GbpMapKind;

/* Values for each pixel. */
guint gbp_map_get_n_values (GbpMapKind kind);

/* @gradient: [n_pixels][3]
 * @values: (out): [n_pixels][values for each]; what is not finite counts as zero */
void gbp_map_reduce (
    GbpMapKind kind, GbpReduce reduce, const float *gradient, gsize n_pixels, float *values);
