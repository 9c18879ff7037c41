/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/floating_point.h"
#include "render/colormap.h"
#include "render/paint.h"
#include "render/scale.h"

#define PART 224 /* pixels that are reduced at once */

/* Reduces the @n pixels at the beginning of @gradient, at most PART. */
static void
reduce_part (GbpMapKind kind, const float *gradient, gsize n, float *values)
{
  gbp_map_reduce (kind, GBP_REDUCE_MAX_ABS, gradient, n, values);
}

/* The scale of the whole gradient, found a part at a time. */
static void
find_scale (GbpMapKind kind, const float *gradient, gsize n_pixels, GbpScale *scale)
{
  const GbpStyle style = GBP_STYLE_INIT;
  float values[3 * PART];
  GbpScale part;

  for (gsize first = 0; first < n_pixels; first += PART) {
    gsize n = MIN (PART, n_pixels - first);

    reduce_part (kind, gradient + 3 * first, n, values);
    gbp_scale_find (
        kind, &style, GBP_NORMALIZE_FRAME, values, n * gbp_map_get_n_values (kind), &part);
    scale->low = first == 0 ? part.low : MIN (scale->low, part.low);
    scale->high = first == 0 ? part.high : MAX (scale->high, part.high);
  }
}

void
gbp_picture_render (GbpColormap colormap, const float *gradient, guint height, guint width,
    guint8 *rgb, gsize stride)
{
  GbpMapKind kind = gbp_map_get_kind (colormap);
  GbpFloatEnvironment environment;
  float values[3 * PART];
  GbpScale scale;

  g_return_if_fail (gradient != NULL && rgb != NULL && stride >= 3 * (gsize) width);
  environment = gbp_float_environment_begin (GBP_DENORMALS_KEPT);
  find_scale (kind, gradient, (gsize) height * width, &scale);
  for (gsize y = 0; y < height; y++)
    for (gsize x = 0; x < width; x += PART) {
      gsize n = MIN (PART, width - x);

      reduce_part (kind, gradient + 3 * (y * width + x), n, values);
      gbp_paint_row (colormap, &scale, values, n, rgb + y * stride + 3 * x);
    }
  gbp_float_environment_end (environment);
}
