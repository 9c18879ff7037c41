/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "render/paint.h"

#include <math.h>
#include <string.h>

#include "render/colormap.h"

#define MID_GREY 128 /* 127.5, rounded as all else is */

/* How dark a spotlight leaves what is of no strength: it can still be made out. */
#define DARKEST 0.85

/* @unit as 0 … 255, to nearest; what is below 0 or above 1 is cut off. */
static inline guint8
quantize (double unit)
{
  return (guint8) (gint) (CLAMP (unit, 0, 1) * 255 + 0.5);
}

/* In double, since the range of floats can exceed a float. */
static inline double
normalize (const GbpScale *scale, float value)
{
  return ((double) value - scale->low) / (scale->high - scale->low);
}

/* The index of a signed value in a colour map whose entry 128 is zero. */
static inline guint8
index_signed (const GbpScale *scale, float value)
{
  double unit = CLAMP (value / scale->high, -1, 1);

  return (guint8) (128 + (gint) lrint (127 * unit));
}

static inline void
put_colour (guint8 *rgb, guint32 colour)
{
  rgb[0] = (guint8) (colour >> 16);
  rgb[1] = (guint8) (colour >> 8);
  rgb[2] = (guint8) colour;
}

static void
paint_zeros (GbpColormap colormap, gsize n_pixels, guint8 *rgb)
{
  guint32 zero =
      gbp_colormap_look_up (colormap, gbp_map_get_kind (colormap) == GBP_MAP_SIGNED ? 128 : 0);

  if (colormap == GBP_COLORMAP_RGB)
    memset (rgb, MID_GREY, 3 * n_pixels);
  else
    for (gsize i = 0; i < n_pixels; i++)
      put_colour (rgb + 3 * i, zero);
}

void
gbp_paint_row (
    GbpColormap colormap, const GbpScale *scale, const float *values, gsize n_pixels, guint8 *rgb)
{
  GbpMapKind kind = gbp_map_get_kind (colormap);

  if (!(scale->low < scale->high)) {
    paint_zeros (colormap, n_pixels, rgb);
  } else if (kind == GBP_MAP_CHANNELS) {
    for (gsize i = 0; i < 3 * n_pixels; i++)
      rgb[i] = quantize (normalize (scale, values[i]));
  } else {
    for (gsize i = 0; i < n_pixels; i++) {
      guint8 index = kind == GBP_MAP_SIGNED ? index_signed (scale, values[i])
                                            : quantize (normalize (scale, values[i]));

      put_colour (rgb + 3 * i, gbp_colormap_look_up (colormap, index));
    }
  }
}

/* How strong a pixel is, 0 … 1: its largest absolute value, relative to the scale's. */
static inline double
measure_strength (GbpMapKind kind, const GbpScale *scale, const float *pixel)
{
  double end = MAX (fabs (scale->low), fabs (scale->high));
  double strength = fabsf (pixel[0]);

  if (kind == GBP_MAP_CHANNELS)
    strength = MAX (strength, MAX (fabsf (pixel[1]), fabsf (pixel[2])));
  return end > 0 ? MIN (strength / end, 1) : 0;
}

/* Lightens by the picture: its own colour at full brightness, with its brightness as the opacity. */
static guint8
split_brightness (double blend, guint8 *rgb)
{
  guint8 brightness = MAX (MAX (rgb[0], rgb[1]), rgb[2]);

  for (guint c = 0; c < 3 && brightness > 0; c++)
    rgb[c] = quantize ((double) rgb[c] / brightness);
  return quantize (blend * brightness / 255);
}

/* Three channels around zero light nothing where they are zero. */
static void
rectify (const GbpScale *scale, const float *pixel, guint8 *rgb)
{
  double end = MAX (fabs (scale->low), fabs (scale->high));

  for (guint c = 0; c < 3; c++)
    rgb[c] = end > 0 ? quantize (fabsf (pixel[c]) / end) : 0;
}

void
gbp_paint_look_row (GbpLook look, double blend, GbpMapKind kind, const GbpScale *scale,
    const float *values, gsize n_pixels, guint8 *rgb, guint8 *opacity)
{
  guint n_values = gbp_map_get_n_values (kind);

  for (gsize i = 0; i < n_pixels; i++, values += n_values, rgb += 3)
    switch (look) {
      case GBP_LOOK_STRENGTH:
        opacity[i] = quantize (blend * measure_strength (kind, scale, values));
        break;
      case GBP_LOOK_SPOTLIGHT:
        opacity[i] =
            quantize (blend * DARKEST * (1 - sqrt (measure_strength (kind, scale, values))));
        memset (rgb, 0, 3);
        break;
      case GBP_LOOK_SCREEN:
        if (kind == GBP_MAP_CHANNELS)
          rectify (scale, values, rgb);
        opacity[i] = split_brightness (blend, rgb);
        break;
      default:
        opacity[i] = quantize (blend);
        break;
    }
}
