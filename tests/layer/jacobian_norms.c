/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Normalizations and their derivatives. */
#include <math.h>

#include "jacobian.h"

/* The values that are normalised together with unit @unit of the map: a pixel's channels, or a group's over the map.
 * Returns: how many, the first being at @units[0] */
static gsize
find_peers (const TestNode *node, gsize unit, gsize *units)
{
  const GbpShape *shape = node->shapes;
  gboolean is_layer = node->operation.kind == GBP_KIND_LAYER_NORM;
  gsize per_group = shape->channels / (is_layer ? 1 : node->operation.window.groups), n = 0;

  for (gsize i = 0; i < test_shape_count (shape); i++)
    if (i % shape->channels / per_group == unit % shape->channels / per_group
        && (!is_layer || i / shape->channels == unit / shape->channels))
      units[n++] = i;
  return n;
}

static void
measure_peers (
    const double *x, const gsize *units, gsize n, double epsilon, double *mean, double *deviation)
{
  double variance = 0;

  *mean = 0;
  for (gsize i = 0; i < n; i++)
    *mean += x[units[i]] / (double) n;
  for (gsize i = 0; i < n; i++)
    variance += (x[units[i]] - *mean) * (x[units[i]] - *mean) / (double) n;
  *deviation = sqrt (variance + epsilon);
}

static double
get_factor (const TestNode *node, gsize unit)
{
  const GbpTensor *factors = node->operation.tensors[0];

  return factors != NULL ? factors->values[unit % node->shapes->channels] : 1;
}

static void
normalize_moments (const TestNode *node, const double *x, double *y)
{
  const GbpTensor *shifts = node->operation.tensors[1];
  gsize n_units = test_shape_count (node->shapes);
  g_autofree gsize *units = g_new (gsize, n_units);
  g_autofree gboolean *is_done = g_new0 (gboolean, n_units);

  for (gsize first = 0; first < n_units; first++) {
    gsize n = is_done[first] ? 0 : find_peers (node, first, units);
    double mean, deviation;

    measure_peers (x, units, n, node->operation.epsilon, &mean, &deviation);
    for (gsize i = 0; i < n; i++) {
      gsize unit = units[i];

      y[unit] = (x[unit] - mean) / deviation * get_factor (node, unit);
      y[unit] += shifts != NULL ? shifts->values[unit % node->shapes->channels] : 0;
      is_done[unit] = TRUE;
    }
  }
}

/* ∂yᵢ/∂xⱼ = gᵢ / deviation · ([i = j] − 1/n − x̂ᵢ x̂ⱼ / n) */
void
jacobian_walk_moments (const TestNode *node, JacobianEntry entry, gpointer data)
{
  gsize n_units = test_shape_count (node->shapes);
  g_autofree gsize *units = g_new (gsize, n_units);
  g_autofree double *x = g_new (double, n_units);

  for (gsize i = 0; i < n_units; i++)
    x[i] = node->inputs[0][test_shape_find (node->shapes, i)];
  for (gsize first = 0; first < n_units; first++) {
    gsize n = find_peers (node, first, units);
    double mean, deviation;

    if (units[0] != first)
      continue;
    measure_peers (x, units, n, node->operation.epsilon, &mean, &deviation);
    for (gsize i = 0; i < n; i++)
      for (gsize j = 0; j < n; j++) {
        double product = (x[units[i]] - mean) * (x[units[j]] - mean) / (deviation * deviation);

        entry (data, 0, units[i], units[j],
            get_factor (node, units[i]) / deviation * ((i == j) - (1 + product) / (double) n));
      }
  }
}

/* Whether channel @other is in the sum of channel @c. */
static gboolean
is_in_sum (const TestNode *node, gsize c, gsize other)
{
  gsize n = node->operation.window.columns;

  return other + (n - 1) / 2 >= c && other <= c + n - 1 - (n - 1) / 2;
}

/* k + alpha · the sum of the squares around channel @c of the pixel @x. */
static double
find_base (const TestNode *node, const double *x, gsize c)
{
  const float *numbers = node->operation.tensors[0]->values;
  double base = numbers[0];

  for (gsize other = 0; other < node->shapes->channels; other++)
    if (is_in_sum (node, c, other))
      base += numbers[1] * x[other] * x[other];
  return base;
}

static void
normalize_response (const TestNode *node, const double *x, double *y)
{
  gsize n = node->shapes->channels;

  for (gsize i = 0; i < test_shape_count (node->shapes); i++)
    y[i] =
        x[i] * pow (find_base (node, x + i / n * n, i % n), -node->operation.tensors[0]->values[2]);
}

/* ∂yᵢ/∂xⱼ = [i = j] b^−β − 2αβ xᵢ xⱼ b^(−β − 1) */
void
jacobian_walk_response (const TestNode *node, JacobianEntry entry, gpointer data)
{
  const float *numbers = node->operation.tensors[0]->values;
  gsize n = node->shapes->channels;
  g_autofree double *x = g_new (double, n);

  for (gsize first = 0; first < test_shape_count (node->shapes); first += n) {
    for (gsize c = 0; c < n; c++)
      x[c] = node->inputs[0][test_shape_find (node->shapes, first + c)];
    for (gsize c = 0; c < n; c++) {
      double base = find_base (node, x, c), power = pow (base, -numbers[2]);

      for (gsize k = 0; k < n; k++)
        if (is_in_sum (node, c, k))
          entry (data, 0, first + c, first + k,
              (c == k) * power - 2.0 * numbers[1] * numbers[2] * x[c] * x[k] * power / base);
    }
  }
}

void
jacobian_normalize (const TestNode *node, const double *x, double *y)
{
  if (node->operation.kind == GBP_KIND_RESPONSE_NORM)
    normalize_response (node, x, y);
  else
    normalize_moments (node, x, y);
}
