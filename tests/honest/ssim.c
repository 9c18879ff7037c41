/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <math.h>
#include <string.h>

#include "metrics.h"

#define RADIUS    5
#define DEVIATION 1.5

/* The stabilising constants, for values of 0 … 1. */
#define C1 (0.01 * 0.01)
#define C2 (0.03 * 0.03)

typedef struct {
  guint height, width;
  double taps[2 * RADIUS + 1];
} Window;

static void
init_window (Window *window, guint height, guint width)
{
  double sum = 0;

  window->height = height;
  window->width = width;
  for (int i = -RADIUS; i <= RADIUS; i++)
    sum += window->taps[i + RADIUS] = exp (-i * i / (2 * DEVIATION * DEVIATION));
  for (guint i = 0; i <= 2 * RADIUS; i++)
    window->taps[i] /= sum;
}

/* The pixel that stands at @i beyond a border: mirrored, the border itself once. */
static guint
mirror (int i, guint n)
{
  if (i < 0)
    return (guint) -i;
  return (guint) i < n ? (guint) i : 2 * (n - 1) - (guint) i;
}

static void
smooth_row (const Window *window, const double *from, double *to, double *padded)
{
  guint n = window->width;

  for (guint i = 0; i < n + 2 * RADIUS; i++)
    padded[i] = from[mirror ((int) i - RADIUS, n)];
  memset (to, 0, n * sizeof *to);
  for (guint t = 0; t <= 2 * RADIUS; t++)
    for (guint i = 0; i < n; i++)
      to[i] += window->taps[t] * padded[i + t];
}

static void
smooth_column_at (const Window *window, const double *rows, guint y, double *to)
{
  guint n = window->width;

  memset (to, 0, n * sizeof *to);
  for (guint t = 0; t <= 2 * RADIUS; t++) {
    const double *row = rows + mirror ((int) (y + t) - RADIUS, window->height) * n;

    for (guint i = 0; i < n; i++)
      to[i] += window->taps[t] * row[i];
  }
}

/* @rows: scratch, as large as the map */
static void
smooth_map (const Window *window, double *map, double *rows)
{
  g_autofree double *padded = g_new (double, window->width + 2 * RADIUS);

  for (guint y = 0; y < window->height; y++)
    smooth_row (window, map + y * window->width, rows + y * window->width, padded);
  for (guint y = 0; y < window->height; y++)
    smooth_column_at (window, rows, y, map + y * window->width);
}

static double *
scale_by_largest (const float *map, guint n)
{
  double *scaled = g_new (double, n), largest = 0;

  for (guint i = 0; i < n; i++)
    largest = MAX (largest, map[i]);
  for (guint i = 0; i < n; i++)
    scaled[i] = largest > 0 ? map[i] / largest : map[i];
  return scaled;
}

/* The window's mean of a product at every pixel. */
static double *
smooth_product (const Window *window, const double *a, const double *b)
{
  guint n = window->height * window->width;
  double *product = g_new (double, n);
  g_autofree double *scratch = g_new (double, n);

  for (guint i = 0; i < n; i++)
    product[i] = a[i] * (b != NULL ? b[i] : 1);
  smooth_map (window, product, scratch);
  return product;
}

double
gbp_structural_similarity (const float *a, const float *b, guint height, guint width)
{
  guint n = height * width;
  g_autofree double *x = scale_by_largest (a, n), *y = scale_by_largest (b, n);
  g_autofree double *mean_x = NULL, *mean_y = NULL, *xx = NULL, *yy = NULL, *xy = NULL;
  Window window;
  double sum = 0;

  g_return_val_if_fail (height > RADIUS && width > RADIUS, 0);
  init_window (&window, height, width);
  mean_x = smooth_product (&window, x, NULL);
  mean_y = smooth_product (&window, y, NULL);
  xx = smooth_product (&window, x, x);
  yy = smooth_product (&window, y, y);
  xy = smooth_product (&window, x, y);
  for (guint i = 0; i < n; i++) {
    double means = mean_x[i] * mean_y[i];
    double squares = mean_x[i] * mean_x[i] + mean_y[i] * mean_y[i];

    sum += (2 * means + C1) * (2 * (xy[i] - means) + C2)
           / ((squares + C1) * (xx[i] + yy[i] - squares + C2));
  }
  return sum / n;
}
