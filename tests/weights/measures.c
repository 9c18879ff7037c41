/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "measures.h"

#include <stdlib.h>

#define SIZE GBP_SCENE_SIZE

gboolean
gbp_scene_is_object (const GbpScene *scene, guint x, guint y)
{
  return scene->mask[y * scene->stride + 3 * x] > 127;
}

static double
get_luminance (const GbpScene *scene, guint x, guint y)
{
  const guint8 *pixel = scene->rgb + y * scene->stride + 3 * x;

  return (0.299 * pixel[0] + 0.587 * pixel[1] + 0.114 * pixel[2]) / 255;
}

void
gbp_scene_outline (const GbpScene *scene, GbpOutline *outline)
{
  double edges[2] = {0, 0};
  guint n_pixels[2] = {0, 0};

  for (guint y = 1; y < SIZE - 1; y++)
    for (guint x = 1; x < SIZE - 1; x++) {
      gboolean is_object = gbp_scene_is_object (scene, x, y);
      double across = get_luminance (scene, x + 1, y) - get_luminance (scene, x - 1, y);
      double down = get_luminance (scene, x, y + 1) - get_luminance (scene, x, y - 1);

      edges[is_object] += across * across + down * down;
      n_pixels[is_object]++;
    }
  outline->area = 0;
  for (guint y = 0; y < SIZE; y++)
    for (guint x = 0; x < SIZE; x++)
      outline->area += gbp_scene_is_object (scene, x, y);
  outline->area /= SIZE * SIZE;
  outline->object_edges = edges[TRUE] / MAX (n_pixels[TRUE], 1);
  outline->ground_edges = edges[FALSE] / MAX (n_pixels[FALSE], 1);
}

void
gbp_scene_focus (const GbpScene *scene, const float *gradient, GbpFocus *focus)
{
  double inside = 0, sum = 0, largest = 0;
  guint n_object = 0;

  *focus = (GbpFocus){0, 0};
  for (guint y = 0; y < SIZE; y++)
    for (guint x = 0; x < SIZE; x++) {
      const float *g = gradient + 3 * (y * SIZE + x);
      double energy = (double) g[0] * g[0] + (double) g[1] * g[1] + (double) g[2] * g[2];
      gboolean is_object = gbp_scene_is_object (scene, x, y);

      n_object += (guint) is_object;
      inside += is_object ? energy : 0;
      sum += energy;
      if (energy > largest) {
        largest = energy;
        focus->points = is_object;
      }
    }
  if (sum > 0 && n_object > 0)
    focus->ratio = inside / sum / ((double) n_object / (SIZE * SIZE));
}

static int
compare (gconstpointer a, gconstpointer b)
{
  double first = *(const double *) a, second = *(const double *) b;

  return (first > second) - (first < second);
}

double
gbp_median (double *numbers, guint n)
{
  if (n == 0)
    return 0;
  qsort (numbers, n, sizeof *numbers, compare);
  return (numbers[(n - 1) / 2] + numbers[n / 2]) / 2;
}
