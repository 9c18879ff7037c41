/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "render/soften.h"

#include <gbp/renderer.h>
#include <math.h>
#include <string.h>

#define SIZE       GBP_INPUT_SIZE
#define MAX_RADIUS 60 /* three deviations, beyond which a Gaussian weighs a thousandth */

G_STATIC_ASSERT (MAX_RADIUS >= 3 * (int) GBP_SOFTNESS_MAX);

/* A Gaussian for one line of SIZE pixels.
 * @weights: [2 · radius + 1]
 * @inverse: one over the sum of the weights that lie within the line, for each pixel */
typedef struct {
  gsize radius;
  float weights[2 * MAX_RADIUS + 1];
  float inverse[SIZE];
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
  for (gsize i = 0; i < SIZE; i++) {
    float sum = 0;

    for (gsize k = 0; k <= 2 * radius; k++)
      if (i + k >= radius && i + k - radius < SIZE)
        sum += gaussian->weights[k];
    gaussian->inverse[i] = 1 / sum;
  }
}

/* Along the rows. @padded has room for a row with a radius of zeros on either side. */
static void
soften_rows (const Gaussian *gaussian, gsize n_values, const float *from, float *to, float *padded)
{
  gsize row = SIZE * n_values, border = gaussian->radius * n_values;

  memset (padded, 0, (row + 2 * border) * sizeof *padded);
  for (gsize y = 0; y < SIZE; y++, from += row, to += row) {
    memcpy (padded + border, from, row * sizeof *padded);
    memset (to, 0, row * sizeof *to);
    for (gsize k = 0; k <= 2 * gaussian->radius; k++)
      for (gsize i = 0; i < row; i++)
        to[i] += gaussian->weights[k] * padded[i + k * n_values];
    for (gsize i = 0; i < row; i++)
      to[i] *= gaussian->inverse[i / n_values];
  }
}

/* Along the columns. */
static void
soften_columns (const Gaussian *gaussian, gsize n_values, const float *from, float *to)
{
  gsize row = SIZE * n_values, radius = gaussian->radius;

  for (gsize y = 0; y < SIZE; y++, to += row) {
    gsize first = y > radius ? y - radius : 0, last = MIN (y + radius, SIZE - 1);

    memset (to, 0, row * sizeof *to);
    for (gsize other = first; other <= last; other++) {
      float weight = gaussian->weights[other + radius - y] * gaussian->inverse[y];

      for (gsize i = 0; i < row; i++)
        to[i] += weight * from[other * row + i];
    }
  }
}

void
gbp_soften (double deviation, guint n_values, float *values, float *scratch)
{
  float padded[3 * (SIZE + 2 * MAX_RADIUS)];
  Gaussian gaussian;

  gaussian_init (&gaussian, deviation);
  soften_rows (&gaussian, n_values, values, scratch, padded);
  soften_columns (&gaussian, n_values, scratch, values);
}
