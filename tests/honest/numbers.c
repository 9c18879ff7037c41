/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <math.h>

#include "metrics.h"

#define N_BINS 100

gboolean
gbp_map_is_empty (const float *map, guint n)
{
  for (guint i = 0; i < n; i++)
    if (map[i] != 0)
      return FALSE;
  return TRUE;
}

double
gbp_cosine (const float *a, const float *b, guint n)
{
  double both = 0, squares[2] = {0, 0};

  for (guint i = 0; i < n; i++) {
    both += (double) a[i] * b[i];
    squares[0] += (double) a[i] * a[i];
    squares[1] += (double) b[i] * b[i];
  }
  return squares[0] > 0 && squares[1] > 0 ? both / sqrt (squares[0]) / sqrt (squares[1]) : 0;
}

double
gbp_histogram_entropy (const float *map, guint n)
{
  guint counts[N_BINS] = {0};
  double smallest = map[0], largest = map[0], entropy = 0;

  for (guint i = 0; i < n; i++) {
    smallest = MIN (smallest, map[i]);
    largest = MAX (largest, map[i]);
  }
  if (!(largest > smallest))
    return 0;
  for (guint i = 0; i < n; i++)
    counts[MIN ((guint) ((map[i] - smallest) / (largest - smallest) * N_BINS), N_BINS - 1)]++;
  for (guint i = 0; i < N_BINS; i++)
    if (counts[i] > 0)
      entropy -= (double) counts[i] / n * log ((double) counts[i] / n);
  return entropy;
}

double
gbp_area_under_curve (const double *values, guint n)
{
  double sum = (values[0] + values[n - 1]) / 2;

  for (guint i = 1; i < n - 1; i++)
    sum += values[i];
  return sum / (n - 1);
}

void
gbp_mean_and_deviation (const double *numbers, guint n, double *mean, double *deviation)
{
  double sum = 0, squares = 0;

  for (guint i = 0; i < n; i++)
    sum += numbers[i];
  *mean = n > 0 ? sum / n : 0;
  for (guint i = 0; i < n; i++)
    squares += (numbers[i] - *mean) * (numbers[i] - *mean);
  *deviation = n > 1 ? sqrt (squares / (n - 1)) : 0;
}
