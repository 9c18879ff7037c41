/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gbp/renderer.h>

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
  GbpFloatEnvironment environment;
  float block[BLOCK];

  g_return_if_fail (frame != NULL && picture != NULL && weights != NULL);
  environment = gbp_float_environment_begin (GBP_DENORMALS_KEPT);
  repeat_weights (weights, block);
  for (guint y = 0; y < n_rows; y++)
    blend_row_u8 (frame + y * frame_stride, picture + y * picture_stride, n_components, block);
  gbp_float_environment_end (environment);
}

void
gbp_blend_u16 (guint16 *frame, gsize frame_stride, const guint16 *picture, gsize picture_stride,
    gsize n_components, guint n_rows, const float weights[4])
{
  GbpFloatEnvironment environment;
  float block[BLOCK];

  g_return_if_fail (frame != NULL && picture != NULL && weights != NULL);
  environment = gbp_float_environment_begin (GBP_DENORMALS_KEPT);
  repeat_weights (weights, block);
  for (guint y = 0; y < n_rows; y++)
    blend_row_u16 ((guint16 *) ((guint8 *) frame + y * frame_stride),
        (const guint16 *) ((const guint8 *) picture + y * picture_stride), n_components, block);
  gbp_float_environment_end (environment);
}

/* a / 255, to nearest, for a up to 255². */
static inline guint8
divide_by_255 (guint a)
{
  a += 128;
  return (guint8) ((a + (a >> 8)) >> 8);
}

static void
blend_row_each_u8 (guint8 *restrict frame, const guint8 *restrict picture,
    const guint8 *restrict weights, gsize n_components)
{
  for (gsize i = 0; i < n_components; i++)
    frame[i] = divide_by_255 (
        (guint) frame[i] * (255u - weights[i]) + (guint) picture[i] * (guint) weights[i]);
}

static void
blend_row_each_u16 (guint16 *restrict frame, const guint16 *restrict picture,
    const guint16 *restrict weights, gsize n_components, float one)
{
  for (gsize i = 0; i < n_components; i++)
    frame[i] = (guint16) blend (frame[i], picture[i], MIN ((float) weights[i] / one, 1));
}

void
gbp_blend_each_u8 (guint8 *frame, gsize frame_stride, const guint8 *picture, gsize picture_stride,
    const guint8 *weights, gsize weights_stride, gsize n_components, guint n_rows)
{
  g_return_if_fail (frame != NULL && picture != NULL && weights != NULL);
  for (guint y = 0; y < n_rows; y++)
    blend_row_each_u8 (frame + y * frame_stride, picture + y * picture_stride,
        weights + y * weights_stride, n_components);
}

void
gbp_blend_each_u16 (guint16 *frame, gsize frame_stride, const guint16 *picture,
    gsize picture_stride, const guint16 *weights, gsize weights_stride, gsize n_components,
    guint n_rows, guint16 one)
{
  GbpFloatEnvironment environment;

  g_return_if_fail (frame != NULL && picture != NULL && weights != NULL && one > 0);
  environment = gbp_float_environment_begin (GBP_DENORMALS_KEPT);
  for (guint y = 0; y < n_rows; y++)
    blend_row_each_u16 ((guint16 *) ((guint8 *) frame + y * frame_stride),
        (const guint16 *) ((const guint8 *) picture + y * picture_stride),
        (const guint16 *) ((const guint8 *) weights + y * weights_stride), n_components, one);
  gbp_float_environment_end (environment);
}
