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

int
main (void)
{
  const GbpTest tests[] = {
      {"softmax", softmax, N_LEVELS},
  };

  return GBP_TEST_RUN ("softmax", tests);
}
