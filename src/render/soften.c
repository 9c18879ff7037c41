/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "render/soften.h"

#include <gbp/renderer.h>
#include <math.h>
#include <string.h>

#define MAX_RADIUS 60 /* three deviations, beyond which a Gaussian weighs a thousandth */

G_STATIC_ASSERT (MAX_RADIUS >= 3 * (int) GBP_SOFTNESS_MAX);

/* A Gaussian.
 * @weights: [2 · radius + 1] */
typedef struct {
  gsize radius;
  float weights[2 * MAX_RADIUS + 1];
} Gaussian;

static void
gaussian_init (Gaussian *gaussian, double deviation)
{
  gsize radius = (gsize) ceil (3 * deviation);

  gaussian->radius = radius;
  for (gsize k = 0; k <= 2 * radius; k++) {
    double distance = ((double) k - (double) radius) / deviation;

    gaussian->weights[k] = (float) exp (-0.5 * distance * distance);
  }
}

/* One over the sum of the weights that lie within a line of @size pixels, for each of them. */
static void
find_inverses (const Gaussian *gaussian, gsize size, float *inverses)
{
  for (gsize i = 0; i < size; i++) {
    float sum = 0;

    for (gsize k = 0; k <= 2 * gaussian->radius; k++)
      if (i + k >= gaussian->radius && i + k - gaussian->radius < size)
        sum += gaussian->weights[k];
    inverses[i] = 1 / sum;
  }
}

/* The image that is softened.
 * @inverses: [its greater side]; @padded: a row with a radius on either side */
typedef struct {
  gsize height;
  gsize width;
  gsize n_values;
  float *inverses;
  float *padded;
} Softened;

/* Along the rows. */
static void
soften_rows (const Gaussian *gaussian, const Softened *image, const float *from, float *to)
{
  gsize n_values = image->n_values, row = image->width * n_values;
  gsize border = gaussian->radius * n_values;

  find_inverses (gaussian, image->width, image->inverses);
  memset (image->padded, 0, (row + 2 * border) * sizeof *image->padded);
  for (gsize y = 0; y < image->height; y++, from += row, to += row) {
    memcpy (image->padded + border, from, row * sizeof *image->padded);
    memset (to, 0, row * sizeof *to);
    for (gsize k = 0; k <= 2 * gaussian->radius; k++)
      for (gsize i = 0; i < row; i++)
        to[i] += gaussian->weights[k] * image->padded[i + k * n_values];
    for (gsize i = 0; i < row; i++)
      to[i] *= image->inverses[i / n_values];
  }
}

/* Along the columns. */
static void
soften_columns (const Gaussian *gaussian, const Softened *image, const float *from, float *to)
{
  gsize row = image->width * image->n_values, radius = gaussian->radius;

  find_inverses (gaussian, image->height, image->inverses);
  for (gsize y = 0; y < image->height; y++, to += row) {
    gsize first = y > radius ? y - radius : 0, last = MIN (y + radius, image->height - 1);

    memset (to, 0, row * sizeof *to);
    for (gsize other = first; other <= last; other++) {
      float weight = gaussian->weights[other + radius - y] * image->inverses[y];

      for (gsize i = 0; i < row; i++)
        to[i] += weight * from[other * row + i];
    }
  }
}

gsize
gbp_soften_count_scratch (guint height, guint width)
{
  return 3 * (gsize) height * width + MAX (height, width) + 3 * ((gsize) width + 2 * MAX_RADIUS);
}

void
gbp_soften (
    double deviation, guint n_values, guint height, guint width, float *values, float *scratch)
{
  Softened image = {height, width, n_values, NULL, NULL};
  Gaussian gaussian;

  image.inverses = scratch + n_values * (gsize) height * width;
  image.padded = image.inverses + MAX (height, width);
  gaussian_init (&gaussian, deviation);
  soften_rows (&gaussian, &image, values, scratch);
  soften_columns (&gaussian, &image, scratch, values);
}
