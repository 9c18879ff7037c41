/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * All kinds but activations and softmax, at every level and with several threads, against derivatives written
 * slowly. */
#include <math.h>

#include "cases.h"
#include "jacobian.h"

#define N_THREADS 3

/* Expected maps, unpadded. */
typedef struct {
  const TestNode *node;
  double *output;
  double *gradients[MOST_INPUTS];
} Expected;

/* But for normalizations, what comes out is linear in each input alone: in a product it is what the first one makes, in
 * all others what they all make. */
static void
expect_entry (gpointer data, guint input, gsize to, gsize from, double value)
{
  Expected *expected = data;
  const TestNode *node = expected->node;
  float x = node->inputs[input][test_shape_find (&node->shapes[input], from)];

  if (input == 0 || node->operation.kind != GBP_KIND_MULTIPLY)
    expected->output[to] += value * x;
  expected->gradients[input][from] +=
      value * node->gradient[test_shape_find (&node->node.output, to)];
}

static gboolean
is_norm (const TestNode *node)
{
  return node->operation.kind == GBP_KIND_LAYER_NORM || node->operation.kind == GBP_KIND_GROUP_NORM
         || node->operation.kind == GBP_KIND_RESPONSE_NORM;
}

/* Unpadded. */
static double *
copy_map (const GbpShape *shape, const float *map)
{
  double *copy = g_new (double, test_shape_count (shape));

  for (gsize i = 0; i < test_shape_count (shape); i++)
    copy[i] = map[test_shape_find (shape, i)];
  return copy;
}

static void
expect (const TestNode *node, Expected *expected)
{
  const GbpTensor *shifts =
      node->operation.kind == GBP_KIND_RESAMPLE ? NULL : node->operation.tensors[1];
  gsize n = test_shape_count (&node->node.output);
  g_autofree double *x = copy_map (node->shapes, node->inputs[0]);

  *expected = (Expected){node, g_new0 (double, n), {NULL}};
  for (guint i = 0; i < node->node.n_inputs; i++)
    expected->gradients[i] = g_new0 (double, test_shape_count (&node->shapes[i]));
  for (gsize i = 0; i < n && shifts != NULL; i++)
    expected->output[i] = shifts->values[i % node->node.output.channels];
  jacobian_walk (node, expect_entry, expected);
  if (is_norm (node))
    jacobian_normalize (node, x, expected->output);
}

static void
check_case (const KindCase *it, int level, gboolean has_shifts)
{
  g_autoptr (TestNode) node = kind_case_new (it, NULL, level, N_THREADS, has_shifts);
  Expected expected;

  if (node->kernels == NULL)
    return;
  expect (node, &expected);
  test_node_forward (node);
  test_assert_map (&node->node.output, expected.output, node->output, 1e-6);
  test_node_backward (node, GBP_RULE_GUIDED);
  for (guint i = 0; i < node->node.n_inputs; i++) {
    test_assert_map (&node->shapes[i], expected.gradients[i], node->input_gradients[i], 1e-6);
    g_free (expected.gradients[i]);
  }
  g_free (expected.output);
}

/* What comes out, with and without what is added, and the gradients. */
START_TEST (derivatives)
{
  for (guint i = 0; i < n_kind_cases; i++) {
    check_case (&kind_cases[i], _i, TRUE);
    check_case (&kind_cases[i], _i, FALSE);
  }
}
END_TEST

/* Of equal ones the first has the gradient where the corner says so. */
START_TEST (ties)
{
  const float values[2][3] = {{2, 1, -1}, {2, 0, 3}};
  const double expected[2][3] = {{5, 5, 0}, {0, 0, 5}};
  const GbpShape shapes[2] = {{1, 1, 3}, {1, 1, 3}};
  const GbpOperation maximum = {.kind = GBP_KIND_MAXIMUM, .corner = GBP_CORNER_ABOVE};
  g_autoptr (TestNode) node = test_node_new (_i, 1, &maximum, NULL, shapes, 2, 0, 0);

  if (node->kernels == NULL)
    return;
  for (guint c = 0; c < 3; c++) {
    node->inputs[0][c] = values[0][c];
    node->inputs[1][c] = values[1][c];
    node->gradient[c] = 5;
  }
  test_node_forward (node);
  test_assert_map (shapes, (const double[]){2, 1, 3}, node->output, 0);
  test_node_backward (node, GBP_RULE_GUIDED);
  for (guint i = 0; i < 2; i++)
    test_assert_map (shapes, expected[i], node->input_gradients[i], 0);
}
END_TEST

/* The largest of a pixel's channels: equal ones share, or the first has it. */
START_TEST (channel_ties)
{
  const double shared[] = {0, 2.5, 2.5, 0, 5, 0}, first[] = {0, 5, 0, 0, 5, 0};
  const float values[] = {1, 2, 2, -1, 3, 0};
  const GbpShape shape = {1, 2, 3};

  for (guint corner = GBP_CORNER_BELOW; corner <= GBP_CORNER_ABOVE; corner++) {
    const GbpOperation maximum = {.kind = GBP_KIND_CHANNEL_MAX, .corner = (GbpCorner) corner};
    g_autoptr (TestNode) node = test_node_new (_i, 1, &maximum, NULL, &shape, 1, 0, 0);

    if (node->kernels == NULL)
      return;
    for (gsize i = 0; i < G_N_ELEMENTS (values); i++)
      node->inputs[0][test_shape_find (&shape, i)] = values[i];
    for (gsize i = 0; i < 2; i++)
      node->gradient[test_shape_find (&node->node.output, i)] = 5;
    test_node_forward (node);
    test_assert_map (&node->node.output, (const double[]){2, 3}, node->output, 0);
    test_node_backward (node, GBP_RULE_GUIDED);
    test_assert_map (
        &shape, corner == GBP_CORNER_ABOVE ? first : shared, node->input_gradients[0], 0);
  }
}
END_TEST

/* How much of @dy comes out of a step of @h along @v. */
static double
step (const TestNode *node, const double *x, const double *v, double h, const double *dy)
{
  gsize n = test_shape_count (node->shapes);
  g_autofree double *moved = g_new (double, n), *y = g_new (double, n);
  double sum = 0;

  for (gsize i = 0; i < n; i++)
    moved[i] = x[i] + h * v[i];
  jacobian_normalize (node, moved, y);
  for (gsize i = 0; i < n; i++)
    sum += y[i] * dy[i];
  return sum;
}

static void
check_differences (const KindCase *it, int level)
{
  const double h = 1e-4;
  g_autoptr (TestNode) node = kind_case_new (it, NULL, level, N_THREADS, TRUE);
  g_autofree double *x = NULL, *v = NULL, *dy = NULL, *dx = NULL;
  double found = 0, expected, most = 0;

  if (node->kernels == NULL || !is_norm (node))
    return;
  test_node_forward (node);
  x = copy_map (node->shapes, node->inputs[0]);
  v = copy_map (node->shapes, node->output); /* as good as any */
  dy = copy_map (node->shapes, node->gradient);
  for (gsize i = 0; i < test_shape_count (node->shapes); i += 3)
    v[i] = 1;
  test_node_backward (node, GBP_RULE_GUIDED);
  dx = copy_map (node->shapes, node->input_gradients[0]);
  for (gsize i = 0; i < test_shape_count (node->shapes); i++) {
    found += dx[i] * v[i];
    most += fabs (dx[i] * v[i]);
  }
  expected = (step (node, x, v, h, dy) - step (node, x, v, -h, dy)) / (2 * h);
  ck_assert_double_eq_tol (found, expected, 1e-6 * most);
}

/* Of what is not linear, the way back is the slope of the definition along a direction. */
START_TEST (differences)
{
  for (guint i = 0; i < n_kind_cases; i++)
    check_differences (&kind_cases[i], _i);
}
END_TEST

static void
assert_equal_passes (const TestNode *one, const TestNode *other)
{
  ck_assert_mem_eq (
      one->output, other->output, test_shape_get_size (&one->node.output) * sizeof (float));
  for (guint i = 0; i < one->node.n_inputs; i++)
    ck_assert_mem_eq (one->input_gradients[i], other->input_gradients[i],
        test_shape_get_size (&one->shapes[i]) * sizeof (float));
}

/* Any number of threads gives the same bits. */
START_TEST (threads)
{
  for (guint i = 0; i < n_kind_cases; i++) {
    g_autoptr (TestNode) alone = kind_case_new (&kind_cases[i], NULL, _i, 1, TRUE);

    if (alone->kernels == NULL)
      return;
    test_node_forward (alone);
    test_node_backward (alone, GBP_RULE_GRADIENT);
    for (guint n = 2; n <= 5; n += 3) {
      g_autoptr (TestNode) several = kind_case_new (&kind_cases[i], NULL, _i, n, TRUE);

      ck_assert_uint_eq (gbp_team_get_size (several->team), n);
      test_node_forward (several);
      test_node_backward (several, GBP_RULE_GRADIENT);
      assert_equal_passes (alone, several);
    }
  }
}
END_TEST

/* Gradients that are not wanted are not written, the others are as ever. */
START_TEST (unwanted)
{
  for (guint i = 0; i < n_kind_cases; i++) {
    g_autoptr (TestNode) all = kind_case_new (&kind_cases[i], NULL, 0, 1, TRUE);
    g_autoptr (TestNode) some = kind_case_new (&kind_cases[i], NULL, 0, 1, TRUE);
    float *first = some->input_gradients[0];
    gsize n;

    if (all->node.n_inputs < 2)
      continue;
    n = test_shape_get_size (&all->shapes[1]) * sizeof (float);
    test_node_backward (all, GBP_RULE_GRADIENT);
    some->input_gradients[0] = NULL;
    test_node_backward (some, GBP_RULE_GRADIENT);
    ck_assert_mem_eq (all->input_gradients[1], some->input_gradients[1], n);
    some->input_gradients[0] = first;
  }
}
END_TEST

/* NaN is the maximum where it is, and what is so shares the gradient, as PyTorch's amax() has it. */
START_TEST (nan_is_largest)
{
  const GbpShape shape = {3, 2, 5};
  const GbpOperation operation = {.kind = GBP_KIND_GLOBAL_MAX};
  g_autoptr (TestNode) node = test_node_new (_i, 1, &operation, NULL, &shape, 1, 0, 0);
  const gsize places[] = {2, 5};

  if (node->kernels == NULL)
    return;
  for (guint i = 0; i < 2; i++)
    node->inputs[0][test_shape_find (&shape, places[i] * 5 + 1)] = NAN;
  node->gradient[1] = 3;
  test_node_forward (node);
  test_node_backward (node, GBP_RULE_GRADIENT);
  for (guint c = 0; c < 5; c++)
    ck_assert_int_eq (isnan (node->output[c]) != 0, c == 1);
  for (gsize i = 0; i < 6; i++)
    ck_assert_float_eq (node->input_gradients[0][test_shape_find (&shape, i * 5 + 1)],
        i == places[0] || i == places[1] ? 1.5f : 0);
}
END_TEST

/* What has a factor of zero has no part in a line, even where it is NaN. The first of two rows has three of four. */
START_TEST (no_part)
{
  const GbpShape shape = {6, 1, 5};
  const GbpOperation operation = {.kind = GBP_KIND_RESAMPLE, .window = {.rows = 4, .columns = 1}};
  g_autoptr (TestNode) node = test_node_new (_i, 1, &operation, NULL, &shape, 1, 2 * 5, 2);

  if (node->kernels == NULL)
    return;
  ck_assert_float_eq (node->operation.tensors[0]->values[0], 0);
  ck_assert_float_eq (node->operation.tensors[0]->values[4], 0);
  for (guint c = 0; c < 5; c++)
    node->inputs[0][test_shape_find (&shape, 3 * 5 + c)] = NAN;
  test_node_forward (node);
  for (guint c = 0; c < 5; c++) {
    ck_assert (isfinite (node->output[test_shape_find (&node->node.output, c)]));
    ck_assert (isnan (node->output[test_shape_find (&node->node.output, 5 + c)]));
  }
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"derivatives", derivatives, N_LEVELS},
      {"differences", differences, N_LEVELS},
      {"ties", ties, N_LEVELS},
      {"ties of channels", channel_ties, N_LEVELS},
      {"threads", threads, N_LEVELS},
      {"unwanted", unwanted, 1},
      {"NaN is largest", nan_is_largest, N_LEVELS},
      {"no part", no_part, N_LEVELS},
  };

  return GBP_TEST_RUN ("kinds", tests);
}
