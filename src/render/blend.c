/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gbp/picture.h>

#include "kernel/floating_point.h"

/* Components that the compiler unrolls into vectors; a multiple of the 4 weights. */
#define BLOCK 16

/* (1 − weight) · frame + weight · picture, to nearest. All integers below 2²⁴ are exact in float, so
 * weights of 0 and 1 are too. */
static inline guint
blend (guint frame, guint picture, float weight)
{
  gint difference = (gint) picture - (gint) frame;

  return (guint) (gint) ((float) (gint) frame + weight * (float) difference + 0.5f);
}

/* Defines a function that blends one row of components of @type. */
#define DEFINE_BLEND_ROW(name, type)                                                               \
  static void name (type *restrict frame, const type *restrict picture, gsize n_components,        \
      const float weights[BLOCK])                                                                  \
  {                                                                                                \
    gsize n_blocks = n_components / BLOCK;                                                         \
                                                                                                   \
    for (gsize b = 0; b < n_blocks; b++, frame += BLOCK, picture += BLOCK)                         \
      for (guint i = 0; i < BLOCK; i++)                                                            \
        frame[i] = (type) blend (frame[i], picture[i], weights[i]);                                \
    for (guint i = 0; i < n_components % BLOCK; i++)                                               \
      frame[i] = (type) blend (frame[i], picture[i], weights[i]);                                  \
  }

DEFINE_BLEND_ROW (blend_row_u8, guint8)
DEFINE_BLEND_ROW (blend_row_u16, guint16)

static void
repeat_weights (const float weights[4], float block[BLOCK])
{
  for (guint i = 0; i < BLOCK; i++)
    block[i] = weights[i % 4];
}

void
gbp_blend_u8 (guint8 *frame, gsize frame_stride, const guint8 *picture, gsize picture_stride,
    gsize n_components, guint n_rows, const float weights[4])
{
  GbpFloatEnvironment environment = gbp_float_environment_begin (GBP_DENORMALS_KEPT);
  float block[BLOCK];

  repeat_weights (weights, block);
  for (guint y = 0; y < n_rows; y++)
    blend_row_u8 (frame + y * frame_stride, picture + y * picture_stride, n_components, block);
  gbp_float_environment_end (environment);
}

void
gbp_blend_u16 (guint16 *frame, gsize frame_stride, const guint16 *picture, gsize picture_stride,
    gsize n_components, guint n_rows, const float weights[4])
{
  GbpFloatEnvironment environment = gbp_float_environment_begin (GBP_DENORMALS_KEPT);
  float block[BLOCK];

  repeat_weights (weights, block);
  for (guint y = 0; y < n_rows; y++)
    blend_row_u16 ((guint16 *) ((guint8 *) frame + y * frame_stride),
        (const guint16 *) ((const guint8 *) picture + y * picture_stride), n_components, block);
  gbp_float_environment_end (environment);
}
