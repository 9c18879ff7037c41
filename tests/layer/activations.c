/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Activations and the methods' rules at them. */
#include <math.h>
#include <string.h>

#include "nodes.h"

#define N_THREADS 3

static const GbpOperation functions[] = {
    {.function = GBP_FUNCTION_RELU},
    {.function = GBP_FUNCTION_RELU, .maximum = 1},
    {.function = GBP_FUNCTION_LEAKY_RELU, .slope = 0.3f},
    {.function = GBP_FUNCTION_LEAKY_RELU, .slope = -0.3f},
    {.function = GBP_FUNCTION_LEAKY_RELU, .slope = 0.3f, .corner = GBP_CORNER_FLAT},
    {.function = GBP_FUNCTION_LEAKY_RELU, .slope = -0.3f, .corner = GBP_CORNER_FLAT},
    {.function = GBP_FUNCTION_THRESHOLD_RELU, .slope = 0.3f, .offset = 0.5f, .maximum = 1},
    {.function = GBP_FUNCTION_THRESHOLD_RELU, .offset = 1},
    {.function = GBP_FUNCTION_THRESHOLD_RELU, .slope = -0.2f, .maximum = 1},
    {.function = GBP_FUNCTION_THRESHOLD_RELU,
        .slope = 0.2f,
        .maximum = 1,
        .corner = GBP_CORNER_FLAT},
    {.function = GBP_FUNCTION_ELU, .slope = 0.7f},
    {.function = GBP_FUNCTION_SELU},
    {.function = GBP_FUNCTION_SELU, .corner = GBP_CORNER_ABOVE},
    {.function = GBP_FUNCTION_SILU},
    {.function = GBP_FUNCTION_GELU},
    {.function = GBP_FUNCTION_GELU_TANH},
    {.function = GBP_FUNCTION_HARD_SWISH},
    {.function = GBP_FUNCTION_MISH},
    {.function = GBP_FUNCTION_SIGMOID},
    {.function = GBP_FUNCTION_HARD_SIGMOID, .slope = 0.2f, .offset = 0.5f},
    {.function = GBP_FUNCTION_TANH},
};

static gboolean
is_rectifier (const GbpOperation *operation)
{
  return operation->function <= GBP_FUNCTION_MISH;
}

/* The definition. */
static double
evaluate (const GbpOperation *operation, double slope, double x)
{
  switch (operation->function) {
    case GBP_FUNCTION_RELU:
      return fmin (fmax (x, 0), operation->maximum > 0 ? operation->maximum : INFINITY);
    case GBP_FUNCTION_LEAKY_RELU:
      return x > 0 ? x : slope * x;
    case GBP_FUNCTION_THRESHOLD_RELU:
      return x > operation->offset
                 ? fmin (x, operation->maximum > 0 ? operation->maximum : INFINITY)
                 : operation->slope * (x - operation->offset);
    case GBP_FUNCTION_ELU:
      return x > 0 ? x : operation->slope * expm1 (x);
    case GBP_FUNCTION_SELU:
      return 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * expm1 (x));
    case GBP_FUNCTION_SILU:
      return x / (1 + exp (-x));
    case GBP_FUNCTION_GELU:
      return x * (1 + erf (x / sqrt (2))) / 2;
    case GBP_FUNCTION_GELU_TANH:
      return x / 2 * (1 + tanh (sqrt (2 / G_PI) * (x + 0.044715 * x * x * x)));
    case GBP_FUNCTION_HARD_SWISH:
      return x * fmin (fmax (x + 3, 0), 6) / 6;
    case GBP_FUNCTION_MISH:
      return x * tanh (log1p (exp (x)));
    case GBP_FUNCTION_SIGMOID:
      return 1 / (1 + exp (-x));
    case GBP_FUNCTION_HARD_SIGMOID:
      return fmin (fmax (operation->slope * x + operation->offset, 0), 1);
    default:
      return tanh (x);
  }
}

static gboolean
is_flat_at (const GbpOperation *operation, double x)
{
  return operation->function == GBP_FUNCTION_THRESHOLD_RELU
             ? x == operation->offset
             : x == 0 && operation->corner == GBP_CORNER_FLAT;
}

/* By finite differences; at a corner zero counts to the left, and a maximum to the right, where the operation does not say
 * otherwise. */
static double
differentiate (const GbpOperation *operation, double slope, double x)
{
  const double h = 1e-6;
  double shifted = x == 0 && is_rectifier (operation) ? x - h / 2 : x;

  if (is_flat_at (operation, x))
    return 0;
  if (x == 0 && operation->corner == GBP_CORNER_ABOVE)
    shifted = x + h / 2;
  if (operation->maximum > 0 && x == operation->maximum)
    shifted = operation->function == GBP_FUNCTION_RELU || operation->corner == GBP_CORNER_FLAT
                  ? x + h / 2
                  : x - h / 2;
  return (evaluate (operation, slope, shifted + h / 2)
             - evaluate (operation, slope, shifted - h / 2))
         / h;
}

static double
apply_rule (const GbpOperation *operation, GbpRule rule, double slope, double x, double dy)
{
  double derivative = differentiate (operation, slope, x);

  if (!is_rectifier (operation) || rule == GBP_RULE_GRADIENT)
    return derivative * dy;
  if (rule == GBP_RULE_DECONVNET)
    return fmax (dy, 0);
  return evaluate (operation, slope, x) > 0 ? derivative * fmax (dy, 0) : 0;
}

/* Values on both sides of every corner, and far off. */
static void
fill_activation_input (TestNode *node)
{
  const GbpShape *shape = node->shapes;

  for (gsize i = 0; i < test_shape_count (shape); i++)
    node->inputs[0][test_shape_find (shape, i)] =
        i % 50 == 7   ? 0
        : i % 50 == 9 ? 1
                      : ((float) i - 300) * (i % 3 == 0 ? 0.3f : 0.013f);
}

static double
get_slope (const TestNode *node, gsize i)
{
  const GbpTensor *slopes = node->operation.tensors[0];

  return slopes != NULL ? slopes->values[i % node->shapes->channels] : node->operation.slope;
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
    expected[i] = evaluate (
        &node->operation, get_slope (node, i), node->inputs[0][test_shape_find (shape, i)]);
  test_node_forward (node);
  test_assert_map (shape, expected, node->output, 5e-7);
  assert_values (shape, expected, node->output, 5e-7);
  for (GbpRule rule = GBP_RULE_GRADIENT; rule <= GBP_RULE_DECONVNET; rule++) {
    for (gsize i = 0; i < n; i++) {
      gsize unit = test_shape_find (shape, i);

      expected[i] = apply_rule (
          &node->operation, rule, get_slope (node, i), node->inputs[0][unit], node->gradient[unit]);
    }
    test_node_backward (node, rule);
    test_assert_map (shape, expected, node->input_gradients[0], 2e-6);
    assert_values (shape, expected, node->input_gradients[0], 2e-6);
  }
}

static TestNode *
new_activation (const GbpOperation *function, int level, guint n_threads, gboolean has_slopes)
{
  const GbpShape shape = {3, 5, 83}; /* padded to a word of bits and a half */
  GbpOperation operation = *function;
  TestNode *node;

  operation.kind = GBP_KIND_ACTIVATION;
  node = test_node_new (
      level, n_threads, &operation, NULL, &shape, 1, has_slopes ? shape.channels : 0, 0);
  if (node->kernels != NULL)
    fill_activation_input (node);
  return node;
}

START_TEST (rules)
{
  for (guint i = 0; i < G_N_ELEMENTS (functions); i++) {
    g_autoptr (TestNode) node = new_activation (&functions[i], _i, N_THREADS, FALSE);

    if (node->kernels != NULL)
      check_rules (node);
  }
}
END_TEST

/* PReLU: slopes of either sign. */
START_TEST (slopes)
{
  g_autoptr (TestNode) node = new_activation (&functions[2], _i, N_THREADS, TRUE);

  if (node->kernels != NULL)
    check_rules (node);
}
END_TEST

/* The output in the input's memory, and its gradient in that of the output. */
START_TEST (in_place)
{
  for (guint i = 0; i < G_N_ELEMENTS (functions); i++) {
    g_autoptr (TestNode) apart = new_activation (&functions[i], _i, 1, FALSE);
    g_autoptr (TestNode) one = new_activation (&functions[i], _i, 1, FALSE);
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
  for (guint i = 0; i < G_N_ELEMENTS (functions); i++) {
    g_autoptr (TestNode) node = new_activation (&functions[i], _i, 1, FALSE);

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
    for (guint k = 0; k < G_N_ELEMENTS (functions); k++)
      check_along (_i, i, &functions[k]);
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"rules", rules, N_LEVELS},
      {"slopes", slopes, N_LEVELS},
      {"in place", in_place, N_LEVELS},
      {"by hand", by_hand, N_LEVELS},
      {"not a number", not_a_number, N_LEVELS},
      {"along", along, N_LEVELS},
  };

  return GBP_TEST_RUN ("activations", tests);
}
