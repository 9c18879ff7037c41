/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Activations and the methods' rules at them. */
#include <math.h>
#include <string.h>

#include "functions.h"

#define N_THREADS 3

/* Values on both sides of every corner, and far off.
 * @factor: 1, or less of what becomes too large */
static void
fill_activation_input (TestNode *node, double factor)
{
  const GbpShape *shape = node->shapes;

  for (gsize i = 0; i < test_shape_count (shape); i++)
    node->inputs[0][test_shape_find (shape, i)] =
        i % 50 == 7   ? 0
        : i % 50 == 9 ? 1
                      : ((float) i - 300) * (float) factor * (i % 3 == 0 ? 0.3f : 0.013f);
}

static double
get_slope (const TestNode *node, gsize i)
{
  const GbpTensor *slopes = node->operation.tensors[0];

  return slopes != NULL ? slopes->values[i % slopes->n_values] : node->operation.slope;
}

/* Each value by itself, unpadded. */
static void
assert_values (const GbpShape *shape, const double *expected, const float *found, double slack)
{
  for (gsize i = 0; i < test_shape_count (shape); i++) {
    float value = found[test_shape_find (shape, i)];

    if (!(fabs (value - expected[i]) <= slack * (1 + fabs (expected[i]))))
      ck_abort_msg ("unit %zu: expected %.9g, found %.9g", i, expected[i], (double) value);
  }
}

static void
check_rules (TestNode *node)
{
  const GbpShape *shape = node->shapes;
  gsize n = test_shape_count (shape);
  g_autofree double *expected = g_new (double, n);

  for (gsize i = 0; i < n; i++)
    expected[i] = test_function_evaluate (
        &node->operation, get_slope (node, i), node->inputs[0][test_shape_find (shape, i)]);
  test_node_forward (node);
  test_assert_map (shape, expected, node->output, 5e-7);
  assert_values (shape, expected, node->output, 5e-7);
  for (GbpRule rule = GBP_RULE_GRADIENT; rule <= GBP_RULE_DECONVNET; rule++) {
    for (gsize i = 0; i < n; i++) {
      gsize unit = test_shape_find (shape, i);

      expected[i] = test_function_apply_rule (
          &node->operation, rule, get_slope (node, i), node->inputs[0][unit], node->gradient[unit]);
    }
    test_node_backward (node, rule);
    test_assert_map (shape, expected, node->input_gradients[0], 2e-6);
    assert_values (shape, expected, node->input_gradients[0], 2e-6);
  }
}

static TestNode *
new_activation (const GbpOperation *function, int level, guint n_threads, guint n_slopes)
{
  const GbpShape shape = {3, 5, 83}; /* padded to a word of bits and a half */
  GbpOperation operation = *function;
  TestNode *node;

  operation.kind = GBP_KIND_ACTIVATION;
  node = test_node_new (level, n_threads, &operation, NULL, &shape, 1, n_slopes, 0);
  if (node->kernels != NULL)
    fill_activation_input (node, function->function == GBP_FUNCTION_EXPONENTIAL ? 0.1 : 1);
  return node;
}

START_TEST (rules)
{
  for (guint i = 0; i < n_test_functions; i++) {
    g_autoptr (TestNode) node = new_activation (&test_functions[i], _i, N_THREADS, 0);

    if (node->kernels != NULL)
      check_rules (node);
  }
}
END_TEST

/* Of numbers above zero. */
START_TEST (powers)
{
  static const float exponents[] = {0.5f, -0.5f, -1, 2.5f, -0.75f};

  for (guint i = 0; i < G_N_ELEMENTS (exponents); i++) {
    const GbpOperation power = {.function = GBP_FUNCTION_POWER, .slope = exponents[i]};
    g_autoptr (TestNode) node = new_activation (&power, _i, N_THREADS, 0);

    if (node->kernels == NULL)
      return;
    for (gsize k = 0; k < test_shape_count (node->shapes); k++)
      node->inputs[0][test_shape_find (node->shapes, k)] = 0.01f + (float) k * 0.11f;
    check_rules (node);
  }
}
END_TEST

/* PReLU: slopes of either sign, for each channel, and for each unit. */
START_TEST (slopes)
{
  for (guint flat = 0; flat < 2; flat++) {
    g_autoptr (TestNode) node = new_activation (&test_functions[2 + 2 * flat], _i, N_THREADS, 83);
    g_autoptr (TestNode) map =
        new_activation (&test_functions[2 + 2 * flat], _i, N_THREADS, 3 * 5 * 83);

    if (node->kernels == NULL)
      return;
    check_rules (node);
    check_rules (map);
  }
}
END_TEST

/* The output in the input's memory, and its gradient in that of the output. */
START_TEST (in_place)
{
  for (guint i = 0; i < n_test_functions; i++) {
    g_autoptr (TestNode) apart = new_activation (&test_functions[i], _i, 1, 0);
    g_autoptr (TestNode) one = new_activation (&test_functions[i], _i, 1, 0);
    GbpNodePass pass;
    gsize n;

    if (apart->kernels == NULL)
      return;
    n = test_shape_get_size (apart->shapes) * sizeof (float);
    test_node_forward (apart);
    test_node_backward (apart, GBP_RULE_GUIDED);
    pass = (GbpNodePass){.kernels = one->kernels,
        .team = one->team,
        .inputs = (const float *const *) one->inputs,
        .output = one->inputs[0],
        .rows = one->rows,
        .gradient = one->gradient,
        .input_gradients = &one->gradient,
        .input_rows = one->input_rows,
        .saved = one->saved,
        .rule = GBP_RULE_GUIDED};
    one->kind->forward (&one->node, one->prepared, &pass);
    one->kind->backward (&one->node, one->prepared, &pass);
    ck_assert_mem_eq (one->inputs[0], apart->output, n);
    ck_assert_mem_eq (one->gradient, apart->input_gradients[0], n);
  }
}
END_TEST

/* By hand: x below, at and above zero and the maximum, gradients of both signs. */
START_TEST (by_hand)
{
  const float x[] = {-1, 0, 2, 6, 7, 2}, dy[] = {3, 3, 3, 3, 3, -3};
  const double y[] = {0, 0, 2, 6, 6, 2};
  const double expected[][6] = {{0, 0, 3, 0, 0, -3}, {0, 0, 3, 0, 0, 0}, {3, 3, 3, 3, 3, 0}};
  const GbpShape shape = {1, 2, 3};
  const GbpOperation relu6 = {
      .kind = GBP_KIND_ACTIVATION, .function = GBP_FUNCTION_RELU, .maximum = 6};
  g_autoptr (TestNode) node = test_node_new (_i, 1, &relu6, NULL, &shape, 1, 0, 0);

  if (node->kernels == NULL)
    return;
  for (gsize i = 0; i < 6; i++) {
    node->inputs[0][test_shape_find (&shape, i)] = x[i];
    node->gradient[test_shape_find (&shape, i)] = dy[i];
  }
  test_node_forward (node);
  test_assert_map (&shape, y, node->output, 0);
  for (GbpRule rule = GBP_RULE_GRADIENT; rule <= GBP_RULE_DECONVNET; rule++) {
    test_node_backward (node, rule);
    test_assert_map (&shape, expected[rule], node->input_gradients[0], 0);
  }
}
END_TEST

/* NaN and infinity go through, so that a network which overflows shows. */
START_TEST (not_a_number)
{
  for (guint i = 0; i < n_test_functions; i++) {
    g_autoptr (TestNode) node = new_activation (&test_functions[i], _i, 1, 0);

    if (node->kernels == NULL)
      return;
    node->inputs[0][3] = NAN;
    test_node_forward (node);
    ck_assert_msg (isnan (node->output[3]), "function %u loses NaN", i);
  }
}
END_TEST

/* Of each way to compute one. */
static const struct {
  GbpWindow window;
  GbpShape input;
  guint n_outputs;
} convolutions[] = {
    {{3, 3, 1, 1, 1, 1, {1, 1, 1, 1}, 1}, {9, 11, 18}, 17},
    {{3, 3, 1, 1, 1, 1, {1, 1, 1, 1}, 1}, {9, 11, 3}, 17},
    {{1, 1, 1, 1, 1, 1, {0, 0, 0, 0}, 1}, {9, 7, 18}, 70},
    {{1, 1, 1, 1, 1, 1, {0, 0, 0, 0}, 1}, {29, 23, 18}, 20},
    {{3, 3, 2, 2, 1, 1, {1, 1, 1, 1}, 1}, {9, 7, 18}, 70},
    {{3, 3, 1, 1, 1, 1, {1, 1, 1, 1}, 18}, {9, 7, 18}, 18},
    {{3, 3, 2, 2, 1, 1, {1, 1, 1, 1}, 18}, {9, 7, 18}, 18},
};

/* @function: (nullable): computed along */
static TestNode *
new_convolution (int level, guint which, const GbpOperation *function)
{
  GbpOperation operation = {.kind = GBP_KIND_CONVOLUTION, .window = convolutions[which].window};
  const GbpShape *input = &convolutions[which].input;
  guint n_outputs = convolutions[which].n_outputs;
  gsize n_taps = (gsize) operation.window.rows * operation.window.columns;

  return test_node_new (level, 2, &operation, function, input, 1,
      n_taps * (input->channels / operation.window.groups) * n_outputs, n_outputs);
}

/* The map @found is @expected, up to rounding. */
static void
assert_same_map (const GbpShape *shape, const float *expected, const float *found)
{
  gsize n = test_shape_count (shape);
  g_autofree double *values = g_new (double, n);

  for (gsize i = 0; i < n; i++)
    values[i] = expected[test_shape_find (shape, i)];
  test_assert_map (shape, values, found, 1e-6);
}

/* What comes back through @along is what comes back through @behind and then @alone. */
static void
check_backward (TestNode *along, TestNode *alone, TestNode *behind)
{
  gsize size = test_shape_get_size (&alone->node.output) * sizeof (float);

  for (GbpRule rule = GBP_RULE_GRADIENT; rule <= GBP_RULE_DECONVNET; rule++) {
    test_node_backward (behind, rule);
    memcpy (alone->gradient, behind->input_gradients[0], size);
    test_node_backward (alone, rule);
    test_node_backward (along, rule);
    assert_same_map (alone->shapes, alone->input_gradients[0], along->input_gradients[0]);
  }
}

static void
check_along (int level, guint which, const GbpOperation *function)
{
  g_autoptr (TestNode) along = new_convolution (level, which, function);
  g_autoptr (TestNode) alone = new_convolution (level, which, NULL);
  g_autoptr (TestNode) behind = NULL;
  GbpOperation activation = *function;
  gsize size;

  if (along->kernels == NULL)
    return;
  activation.kind = GBP_KIND_ACTIVATION;
  behind = test_node_new (level, 2, &activation, NULL, &alone->node.output, 1, 0, 0);
  size = test_shape_get_size (&alone->node.output) * sizeof (float);
  test_node_forward (alone);
  memcpy (behind->inputs[0], alone->output, size);
  test_node_forward (behind);
  test_node_forward (along);
  assert_same_map (&alone->node.output, behind->output, along->output);
  check_backward (along, alone, behind);
}

/* A convolution with an activation computed along, and the two one after another. */
START_TEST (along)
{
  for (guint i = 0; i < G_N_ELEMENTS (convolutions); i++)
    for (guint k = 0; k < n_test_functions; k++)
      check_along (_i, i, &test_functions[k]);
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"rules", rules, N_LEVELS},
      {"powers", powers, N_LEVELS},
      {"slopes", slopes, N_LEVELS},
      {"in place", in_place, N_LEVELS},
      {"by hand", by_hand, N_LEVELS},
      {"not a number", not_a_number, N_LEVELS},
      {"along", along, N_LEVELS},
  };

  return GBP_TEST_RUN ("activations", tests);
}
