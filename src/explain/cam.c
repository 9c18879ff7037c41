/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "explain/cam.h"

#include <math.h>
#include <string.h>

#include "kernel/kernels.h"

static void
average_gradient (const float *gradient, gsize n_pixels, gsize stride, double *weights)
{
  memset (weights, 0, stride * sizeof *weights);
  for (gsize i = 0; i < n_pixels; i++)
    for (gsize c = 0; c < stride; c++)
      weights[c] += gradient[i * stride + c];
  for (gsize c = 0; c < stride; c++)
    weights[c] /= (double) n_pixels;
}

void
gbp_cam_compute (
    const GbpLayer *layer, const float *map, const float *gradient, double *weights, float *cam)
{
  gsize n_pixels = (gsize) layer->height * layer->width;
  gsize stride = gbp_pad_channels (layer->channels);

  average_gradient (gradient, n_pixels, stride, weights);
  for (gsize i = 0; i < n_pixels; i++) {
    double sum = 0;

    for (gsize c = 0; c < stride; c++)
      sum += weights[c] * map[i * stride + c];
    cam[i] = gbp_rectify ((float) sum);
  }
}

/* Between which of @n values number @i of @to_n lies, and how far from the first. */
typedef struct {
  gsize first, second;
  double share;
} Place;

static Place
find_place (guint i, guint n, guint to_n)
{
  double at = CLAMP ((i + 0.5) * n / to_n - 0.5, 0, n - 1.0);
  gsize first = (gsize) at;

  return (Place){first, MIN (first + 1, n - 1), at - (double) first};
}

static double
blend (double one, double other, double share)
{
  return one + share * (other - one);
}

void
gbp_cam_spread (const GbpResize *resize, const float *cam, gboolean is_factor, float *output)
{
  for (guint y = 0; y < resize->to_height; y++) {
    Place row = find_place (y, resize->height, resize->to_height);
    const float *upper = cam + row.first * resize->width, *lower = cam + row.second * resize->width;

    for (guint x = 0; x < resize->to_width; x++, output += 3) {
      Place column = find_place (x, resize->width, resize->to_width);
      float value = (float) blend (blend (upper[column.first], upper[column.second], column.share),
          blend (lower[column.first], lower[column.second], column.share), row.share);

      for (guint c = 0; c < 3; c++)
        output[c] = is_factor ? output[c] * value : value;
    }
  }
}
