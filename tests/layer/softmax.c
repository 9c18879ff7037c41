/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <math.h>

#include "nodes.h"

/* Softmax by its definition, and its gradient by finite differences, in every method. */
START_TEST (softmax)
{
  const GbpShape shape = {1, 1, 19};
  const GbpOperation operation = {.kind = GBP_KIND_SOFTMAX};
  g_autoptr (TestNode) node = test_node_new (_i, 1, &operation, NULL, &shape, 1, 0, 0);
  double y[19], dx[19], sum = 0;

  if (node->kernels == NULL)
    return;
  node->inputs[0][4] = 90; /* the sum of exponentials needs care */
  node->inputs[0][5] = 89;
  for (guint i = 0; i < 19; i++)
    sum += y[i] = exp ((double) node->inputs[0][i] - 90);
  for (guint i = 0; i < 19; i++)
    y[i] /= sum;
  for (guint i = 0; i < 19; i++) {
    dx[i] = 0;
    for (guint j = 0; j < 19; j++)
      dx[i] += node->gradient[j] * y[j] * ((i == j) - y[i]);
  }
  test_node_forward (node);
  test_assert_map (&shape, y, node->output, 1e-7);
  for (GbpRule rule = GBP_RULE_GRADIENT; rule <= GBP_RULE_DECONVNET; rule++) {
    test_node_backward (node, rule);
    test_assert_map (&shape, dx, node->input_gradients[0], 1e-6);
  }
}
END_TEST

/* Of a map each pixel by itself; and of some rows alone. */
START_TEST (pixels)
{
  const GbpShape shape = {5, 3, 19};
  const GbpOperation operation = {.kind = GBP_KIND_SOFTMAX};
  g_autoptr (TestNode) node = test_node_new (_i, 3, &operation, NULL, &shape, 1, 0, 0);
  double y[5 * 3 * 19], dx[5 * 3 * 19];

  if (node->kernels == NULL)
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (y); i += 19) {
    double sum = 0, product = 0;

    for (gsize c = 0; c < 19; c++)
      sum += y[i + c] = exp ((double) node->inputs[0][test_shape_find (&shape, i + c)]);
    for (gsize c = 0; c < 19; c++)
      product += (y[i + c] /= sum) * node->gradient[test_shape_find (&shape, i + c)];
    for (gsize c = 0; c < 19; c++)
      dx[i + c] = y[i + c] * (node->gradient[test_shape_find (&shape, i + c)] - product);
  }
  test_node_forward (node);
  test_assert_map (&shape, y, node->output, 1e-6);
  test_node_backward (node, GBP_RULE_GUIDED);
  test_assert_map (&shape, dx, node->input_gradients[0], 1e-6);
  node->rows = (GbpRows){3, 5};
  test_node_forward (node); /* which puts NaN everywhere first */
  ck_assert (isnan (node->output[test_shape_find (&shape, 3 * 3 * 19 - 1)]));
  ck_assert_float_eq_tol (
      node->output[test_shape_find (&shape, 3 * 3 * 19)], (float) y[3 * 3 * 19], 1e-6f);
}
END_TEST

/* The logarithm of softmax by its definition, and its gradient, in every method: also where a softmax is nothing any
 * more. */
START_TEST (logarithm)
{
  const GbpShape shape = {5, 3, 19};
  const GbpOperation operation = {.kind = GBP_KIND_LOG_SOFTMAX};
  g_autoptr (TestNode) node = test_node_new (_i, 3, &operation, NULL, &shape, 1, 0, 0);
  double y[5 * 3 * 19], dx[5 * 3 * 19];

  if (node->kernels == NULL)
    return;
  node->inputs[0][test_shape_find (&shape, 4)] = 400;
  for (gsize i = 0; i < G_N_ELEMENTS (y); i += 19) {
    double largest = i == 0 ? 400 : 0, sum = 0, total = 0;

    for (gsize c = 0; c < 19; c++) {
      y[i + c] = (double) node->inputs[0][test_shape_find (&shape, i + c)] - largest;
      sum += exp (y[i + c]);
      total += node->gradient[test_shape_find (&shape, i + c)];
    }
    for (gsize c = 0; c < 19; c++) {
      y[i + c] -= log (sum);
      dx[i + c] = node->gradient[test_shape_find (&shape, i + c)] - exp (y[i + c]) * total;
    }
  }
  test_node_forward (node);
  test_assert_map (&shape, y, node->output, 1e-6);
  for (GbpRule rule = GBP_RULE_GRADIENT; rule <= GBP_RULE_DECONVNET; rule++) {
    test_node_backward (node, rule);
    test_assert_map (&shape, dx, node->input_gradients[0], 1e-6);
  }
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"softmax", softmax, N_LEVELS},
      {"logarithm", logarithm, N_LEVELS},
      {"pixels", pixels, N_LEVELS},
  };

  return GBP_TEST_RUN ("softmax", tests);
}
