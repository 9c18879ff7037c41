/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/floating_point.h"
#include "render/paint.h"
#include "render/scale.h"

#define SIZE GBP_INPUT_SIZE

/* The scale of the whole gradient, found a row at a time. */
static void
find_scale (GbpMapKind kind, const float *gradient, GbpScale *scale)
{
  const GbpStyle style = GBP_STYLE_INIT;
  float values[3 * SIZE];
  GbpScale row;

  for (gsize y = 0; y < SIZE; y++) {
    gbp_map_reduce (kind, GBP_REDUCE_MAX_ABS, gradient + y * 3 * SIZE, SIZE, values);
    gbp_scale_find (
        kind, &style, GBP_NORMALIZE_FRAME, values, SIZE * gbp_map_get_n_values (kind), &row);
    scale->low = y == 0 ? row.low : MIN (scale->low, row.low);
    scale->high = y == 0 ? row.high : MAX (scale->high, row.high);
  }
}

void
gbp_picture_render (GbpColormap colormap, const float *gradient, guint8 *rgb, gsize stride)
{
  GbpMapKind kind = gbp_map_get_kind (colormap);
  GbpFloatEnvironment environment = gbp_float_environment_begin (GBP_DENORMALS_KEPT);
  float values[3 * SIZE];
  GbpScale scale;

  find_scale (kind, gradient, &scale);
  for (gsize y = 0; y < SIZE; y++) {
    gbp_map_reduce (kind, GBP_REDUCE_MAX_ABS, gradient + y * 3 * SIZE, SIZE, values);
    gbp_paint_row (colormap, &scale, values, SIZE, rgb + y * stride);
  }
  gbp_float_environment_end (environment);
}
