/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "render/colormap.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "kernel/floating_point.h"

#define N_PIXELS     (GBP_INPUT_SIZE * GBP_INPUT_SIZE)
#define N_COMPONENTS (N_PIXELS * 3)
#define MID_GREY     128 /* 127.5, rounded as all else is */

/* @value, or 0 if it is not finite; comparisons with NaN are false. */
static inline float
finite_or_zero (float value)
{
  return fabsf (value) <= FLT_MAX ? value : 0;
}

/* @unit in 0 … 1 as 0 … 255, to nearest. */
static inline guint8
quantize (double unit)
{
  return (guint8) (gint) (unit * 255 + 0.5);
}

/* The smallest and largest of all components. Eight running pairs, so that the compiler can keep them
 * in vectors. */
static void
find_range (const float *gradient, float *smallest, float *largest)
{
  float low[8], high[8];

  G_STATIC_ASSERT (N_COMPONENTS % 8 == 0);
  for (guint k = 0; k < 8; k++)
    low[k] = high[k] = finite_or_zero (gradient[0]);
  for (guint i = 0; i < N_COMPONENTS; i += 8) {
    for (guint k = 0; k < 8; k++) {
      float value = finite_or_zero (gradient[i + k]);

      low[k] = value < low[k] ? value : low[k];
      high[k] = value > high[k] ? value : high[k];
    }
  }
  *smallest = low[0];
  *largest = high[0];
  for (guint k = 1; k < 8; k++) {
    *smallest = MIN (*smallest, low[k]);
    *largest = MAX (*largest, high[k]);
  }
}

static void
fill_grey (guint8 *rgb, gsize stride)
{
  for (guint y = 0; y < GBP_INPUT_SIZE; y++)
    memset (rgb + y * stride, MID_GREY, 3 * GBP_INPUT_SIZE);
}

/* The three channels as they are. In double, since the range of floats can exceed a float. */
static void
render_channels (const float *gradient, float smallest, float largest, guint8 *rgb, gsize stride)
{
  double range = (double) largest - smallest;

  for (guint y = 0; y < GBP_INPUT_SIZE; y++) {
    for (guint i = 0; i < 3 * GBP_INPUT_SIZE; i++)
      rgb[i] = quantize (((double) finite_or_zero (gradient[i]) - smallest) / range);
    gradient += 3 * GBP_INPUT_SIZE;
    rgb += stride;
  }
}

/* The largest absolute value over the channels, relative to @maximum, looked up in a colour map. */
static void
render_magnitude (
    GbpColormap colormap, const float *gradient, double maximum, guint8 *rgb, gsize stride)
{
  for (guint y = 0; y < GBP_INPUT_SIZE; y++) {
    for (guint x = 0; x < GBP_INPUT_SIZE; x++, gradient += 3) {
      float red = fabsf (finite_or_zero (gradient[0]));
      float green = fabsf (finite_or_zero (gradient[1]));
      float blue = fabsf (finite_or_zero (gradient[2]));
      float magnitude = MAX (MAX (red, green), blue);
      guint32 colour = gbp_colormap_look_up (colormap, quantize (magnitude / maximum));

      rgb[3 * x] = (guint8) (colour >> 16);
      rgb[3 * x + 1] = (guint8) (colour >> 8);
      rgb[3 * x + 2] = (guint8) colour;
    }
    rgb += stride;
  }
}

void
gbp_picture_render (GbpColormap colormap, const float *gradient, guint8 *rgb, gsize stride)
{
  GbpFloatEnvironment environment = gbp_float_environment_begin (GBP_DENORMALS_KEPT);
  float smallest, largest;

  find_range (gradient, &smallest, &largest);
  if (colormap == GBP_COLORMAP_RGB) {
    if (smallest < largest)
      render_channels (gradient, smallest, largest, rgb, stride);
    else
      fill_grey (rgb, stride);
  } else {
    float maximum = MAX (-smallest, largest);

    if (maximum > 0)
      render_magnitude (colormap, gradient, maximum, rgb, stride);
    else
      fill_grey (rgb, stride);
  }
  gbp_float_environment_end (environment);
}
