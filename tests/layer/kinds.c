/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * All kinds but activations and softmax, at every level and with several threads, against derivatives written slowly. */
#include <math.h>
#include <string.h>

#include "jacobian.h"

#define N_THREADS 3

/* @inputs: ending with one of no height
 * @n_outputs: channels, of what has a kernel */
typedef struct {
  GbpKind kind;
  GbpShape inputs[MOST_INPUTS];
  guint n_outputs;
  GbpWindow window;
} Case;

/* A window of @r × @c, its strides, dilations, padding and groups. */
#define WINDOW(r, c, sy, sx, dy, dx, top, left, bottom, right, n)                                  \
  {                                                                                                \
    r, c, sy, sx, dy, dx, {top, left, bottom, right}, n                                            \
  }
#define BORDER(top, left, bottom, right) WINDOW (0, 0, 0, 0, 0, 0, top, left, bottom, right, 0)

/* Odd sizes, channels one off a vector, one pixel, windows larger than the map, paddings of one side. */
static const Case cases[] = {
    {GBP_KIND_CONVOLUTION, {{5, 7, 17}}, 31, WINDOW (1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 1)},
    {GBP_KIND_CONVOLUTION, {{1, 1, 40}}, 65, WINDOW (1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 1)},
    {GBP_KIND_CONVOLUTION, {{13, 11, 33}}, 112, WINDOW (1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 1)},
    {GBP_KIND_CONVOLUTION, {{23, 21, 7}}, 16, WINDOW (1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 1)},
    {GBP_KIND_CONVOLUTION, {{9, 6, 20}}, 18, WINDOW (1, 1, 2, 2, 1, 1, 0, 0, 0, 0, 1)},
    {GBP_KIND_CONVOLUTION, {{9, 6, 20}}, 18, WINDOW (1, 1, 1, 1, 1, 1, 1, 0, 0, 2, 1)},
    {GBP_KIND_CONVOLUTION, {{9, 13, 20}}, 18, WINDOW (3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1)},
    {GBP_KIND_CONVOLUTION, {{19, 16, 20}}, 112, WINDOW (3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1)},
    {GBP_KIND_CONVOLUTION, {{9, 13, 3}}, 18, WINDOW (3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1)},
    {GBP_KIND_CONVOLUTION, {{9, 13, 20}}, 18, WINDOW (3, 3, 1, 1, 1, 1, 0, 0, 0, 0, 1)},
    {GBP_KIND_CONVOLUTION, {{9, 12, 3}}, 33, WINDOW (3, 3, 2, 2, 1, 1, 0, 0, 1, 1, 1)},
    {GBP_KIND_CONVOLUTION, {{15, 22, 3}}, 17, WINDOW (7, 7, 2, 2, 1, 1, 3, 3, 3, 3, 1)},
    {GBP_KIND_CONVOLUTION, {{15, 22, 1}}, 1, WINDOW (7, 7, 2, 2, 1, 1, 3, 3, 3, 3, 1)},
    {GBP_KIND_CONVOLUTION, {{61, 10, 2}}, 5, WINDOW (4, 4, 4, 4, 1, 1, 0, 0, 0, 0, 1)},
    {GBP_KIND_CONVOLUTION, {{33, 9, 4}}, 5, WINDOW (4, 4, 1, 1, 2, 1, 0, 3, 5, 0, 1)},
    {GBP_KIND_CONVOLUTION, {{8, 9, 5}}, 16, WINDOW (3, 5, 1, 2, 2, 1, 2, 1, 0, 3, 1)},
    {GBP_KIND_CONVOLUTION, {{8, 9, 6}}, 9, WINDOW (2, 3, 3, 4, 1, 2, 0, 1, 1, 0, 1)},
    {GBP_KIND_CONVOLUTION, {{8, 8, 4}}, 9, WINDOW (2, 2, 5, 3, 1, 1, 0, 0, 0, 0, 1)},
    {GBP_KIND_CONVOLUTION, {{3, 3, 4}}, 9, WINDOW (7, 7, 1, 1, 1, 1, 3, 3, 3, 3, 1)},
    {GBP_KIND_CONVOLUTION, {{7, 7, 48}}, 144, WINDOW (3, 3, 1, 1, 1, 1, 2, 1, 0, 1, 1)},
    {GBP_KIND_CONVOLUTION, {{6, 5, 24}}, 24, WINDOW (3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 4)},
    {GBP_KIND_CONVOLUTION, {{6, 11, 128}}, 128, WINDOW (3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 32)},
    {GBP_KIND_CONVOLUTION, {{6, 5, 64}}, 32, WINDOW (3, 3, 2, 2, 1, 1, 1, 1, 1, 1, 4)},
    {GBP_KIND_CONVOLUTION, {{6, 5, 96}}, 160, WINDOW (3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 2)},
    {GBP_KIND_CONVOLUTION, {{9, 6, 102}}, 105, WINDOW (3, 3, 2, 2, 1, 1, 1, 1, 1, 1, 3)},
    {GBP_KIND_CONVOLUTION, {{6, 5, 16}}, 32, WINDOW (3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 16)},
    {GBP_KIND_CONVOLUTION, {{11, 13, 17}}, 17, WINDOW (3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 17)},
    {GBP_KIND_CONVOLUTION, {{10, 29, 40}}, 40, WINDOW (3, 3, 2, 2, 1, 1, 0, 0, 1, 1, 40)},
    {GBP_KIND_CONVOLUTION, {{10, 7, 16}}, 16, WINDOW (5, 5, 1, 1, 1, 1, 2, 2, 2, 2, 16)},
    {GBP_KIND_CONVOLUTION, {{10, 7, 16}}, 16, WINDOW (5, 5, 2, 2, 1, 1, 1, 1, 2, 2, 16)},
    {GBP_KIND_CONVOLUTION, {{2, 2, 33}}, 33, WINDOW (3, 3, 1, 1, 2, 2, 2, 2, 2, 2, 33)},
    {GBP_KIND_CONVOLUTION, {{9, 9, 7}}, 7, WINDOW (2, 2, 4, 4, 1, 1, 0, 0, 0, 0, 7)},
    {GBP_KIND_DENSE, {{1, 1, 37}}, 101, {0}},
    {GBP_KIND_SCALE, {{4, 7, 33}}, 0, {0}},
    {GBP_KIND_POOL_MAX, {{8, 8, 16}}, 0, WINDOW (2, 2, 2, 2, 1, 1, 0, 0, 0, 0, 1)},
    {GBP_KIND_POOL_MAX, {{15, 17, 19}}, 0, WINDOW (3, 3, 2, 2, 1, 1, 1, 1, 1, 1, 1)},
    {GBP_KIND_POOL_MAX, {{5, 4, 17}}, 0, WINDOW (3, 2, 1, 1, 1, 1, 0, 0, 2, 1, 1)},
    {GBP_KIND_POOL_MAX, {{9, 9, 3}}, 0, WINDOW (2, 2, 4, 3, 1, 1, 0, 0, 0, 0, 1)},
    {GBP_KIND_POOL_AVERAGE, {{8, 8, 16}}, 0, WINDOW (2, 2, 2, 2, 1, 1, 0, 0, 0, 0, 1)},
    {GBP_KIND_POOL_AVERAGE, {{15, 17, 19}}, 0, WINDOW (3, 3, 2, 2, 1, 1, 1, 1, 1, 1, 1)},
    {GBP_KIND_POOL_AVERAGE, {{5, 4, 33}}, 0, WINDOW (3, 3, 1, 1, 1, 1, 2, 0, 1, 1, 1)},
    {GBP_KIND_POOL_AVERAGE_PADDED, {{15, 17, 19}}, 0, WINDOW (3, 3, 2, 2, 1, 1, 1, 1, 1, 1, 1)},
    {GBP_KIND_POOL_AVERAGE_PADDED, {{9, 9, 3}}, 0, WINDOW (2, 2, 4, 3, 1, 1, 0, 0, 0, 0, 1)},
    {GBP_KIND_GLOBAL_AVERAGE, {{7, 9, 33}}, 0, {0}},
    {GBP_KIND_GLOBAL_MAX, {{7, 9, 33}}, 0, {0}},
    {GBP_KIND_ADD, {{5, 7, 17}, {5, 7, 17}}, 0, {0}},
    {GBP_KIND_ADD, {{5, 7, 17}, {1, 1, 17}, {5, 7, 1}}, 0, {0}},
    {GBP_KIND_ADD, {{1, 1, 17}, {5, 7, 17}}, 0, {0}},
    {GBP_KIND_MULTIPLY, {{5, 7, 17}, {5, 7, 17}, {5, 7, 17}}, 0, {0}},
    {GBP_KIND_MULTIPLY, {{5, 7, 80}, {1, 1, 80}}, 0, {0}},
    {GBP_KIND_MULTIPLY, {{1, 1, 17}, {5, 7, 1}}, 0, {0}},
    {GBP_KIND_MULTIPLY, {{5, 1, 17}, {1, 7, 17}, {1, 1, 1}}, 0, {0}},
    {GBP_KIND_CONCATENATE, {{5, 3, 16}, {5, 3, 7}, {5, 3, 30}}, 0, {0}},
    {GBP_KIND_SELECT, {{5, 3, 17}}, 33, {0}},
    {GBP_KIND_SELECT, {{19, 21, 64}}, 20, {0}},
    {GBP_KIND_PAD, {{5, 3, 17}}, 0, BORDER (1, 2, 3, 0)},
    {GBP_KIND_CROP, {{9, 8, 17}}, 0, BORDER (1, 2, 3, 0)},
    {GBP_KIND_FLATTEN, {{5, 3, 17}}, 0, {0}},
    {GBP_KIND_IDENTITY, {{5, 3, 17}}, 0, {0}},
};

static gsize
count_weights (const Case *it)
{
  const GbpWindow *window = &it->window;

  switch (it->kind) {
    case GBP_KIND_CONVOLUTION:
      return (gsize) window->rows * window->columns * (it->inputs->channels / window->groups)
             * it->n_outputs;
    case GBP_KIND_DENSE:
      return (gsize) it->inputs->channels * it->n_outputs;
    case GBP_KIND_SCALE:
      return it->inputs->channels;
    case GBP_KIND_SELECT:
      return it->n_outputs;
    default:
      return 0;
  }
}

static gsize
count_shifts (const Case *it)
{
  if (it->kind == GBP_KIND_SELECT)
    return 0;
  return it->kind == GBP_KIND_SCALE ? it->inputs->channels : it->n_outputs;
}

static TestNode *
new_active_case (
    const Case *it, const GbpOperation *activation, int level, guint n_threads, gboolean has_shifts)
{
  GbpOperation operation = {.kind = it->kind, .window = it->window};
  guint n_inputs = 0;

  while (n_inputs < MOST_INPUTS && it->inputs[n_inputs].height > 0)
    n_inputs++;
  return test_node_new (level, n_threads, &operation, activation, it->inputs, n_inputs,
      count_weights (it), has_shifts ? count_shifts (it) : 0);
}

static TestNode *
new_case (const Case *it, int level, guint n_threads, gboolean has_shifts)
{
  return new_active_case (it, NULL, level, n_threads, has_shifts);
}

/* Expected maps, unpadded. */
typedef struct {
  const TestNode *node;
  double *output;
  double *gradients[MOST_INPUTS];
} Expected;

/* What comes out is linear in each input alone: in a product it is what the first one makes, in all others what they
 * all make. */
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

static void
expect (const TestNode *node, Expected *expected)
{
  const GbpTensor *shifts = node->operation.tensors[1];
  gsize n = test_shape_count (&node->node.output);

  *expected = (Expected){node, g_new0 (double, n), {NULL}};
  for (guint i = 0; i < node->node.n_inputs; i++)
    expected->gradients[i] = g_new0 (double, test_shape_count (&node->shapes[i]));
  for (gsize i = 0; i < n && shifts != NULL; i++)
    expected->output[i] = shifts->values[i % node->node.output.channels];
  jacobian_walk (node, expect_entry, expected);
}

static void
check_case (const Case *it, int level, gboolean has_shifts)
{
  g_autoptr (TestNode) node = new_case (it, level, N_THREADS, has_shifts);
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
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    check_case (&cases[i], _i, TRUE);
    check_case (&cases[i], _i, FALSE);
  }
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
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (TestNode) alone = new_case (&cases[i], _i, 1, TRUE);

    if (alone->kernels == NULL)
      return;
    test_node_forward (alone);
    test_node_backward (alone, GBP_RULE_GRADIENT);
    for (guint n = 2; n <= 5; n += 3) {
      g_autoptr (TestNode) several = new_case (&cases[i], _i, n, TRUE);

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
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (TestNode) all = new_case (&cases[i], 0, 1, TRUE);
    g_autoptr (TestNode) some = new_case (&cases[i], 0, 1, TRUE);
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

static gsize
get_row_size (const GbpShape *shape)
{
  return shape->width * gbp_pad_channels (shape->channels);
}

/* @value in all rows but @rows. */
static void
fill_others (const GbpShape *shape, GbpRows rows, float value, float *map)
{
  gsize n = get_row_size (shape);

  for (gsize i = 0; i < shape->height * n; i++)
    if (!gbp_rows_contain (rows, i / n))
      map[i] = value;
}

/* Winograd's tiles round what is in them together. */
static gboolean
is_rounded (const TestNode *node)
{
  const GbpWindow square = WINDOW (3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1);

  return node->operation.kind == GBP_KIND_CONVOLUTION
         && memcmp (&node->operation.window, &square, sizeof square) == 0;
}

/* @found has the same values in @rows as @expected, but for @slack of the largest. */
static void
assert_equal_rows (
    const GbpShape *shape, GbpRows rows, const float *expected, const float *found, float slack)
{
  gsize n = get_row_size (shape);
  float largest = 0;

  for (gsize i = rows.first * n; i < rows.end * n; i++)
    largest = fmaxf (largest, fabsf (expected[i]));
  for (gsize i = rows.first * n; i < rows.end * n; i++)
    if (!(fabsf (found[i] - expected[i]) <= slack * largest))
      ck_abort_msg ("row %zu of %u to %u: %g, found %g", i / n, rows.first, rows.end,
          (double) expected[i], (double) found[i]);
}

/* The rows that find_rows() says of the inputs; of @some the other rows are NaN. */
static GbpRows
find_case_rows (const TestNode *node, guint input, gboolean is_backward)
{
  if (node->kind->find_rows == NULL)
    return gbp_rows_of (&node->shapes[input]);
  return node->kind->find_rows (&node->node, input, node->rows, is_backward);
}

static void
check_rows_forward (const TestNode *all, TestNode *some)
{
  for (guint i = 0; i < some->node.n_inputs; i++) {
    memcpy (
        some->inputs[i], all->inputs[i], test_shape_get_size (&some->shapes[i]) * sizeof (float));
    fill_others (&some->shapes[i], find_case_rows (some, i, FALSE), NAN, some->inputs[i]);
  }
  test_node_forward (some);
  assert_equal_rows (
      &some->node.output, some->rows, all->output, some->output, is_rounded (all) ? 1e-5f : 0);
}

/* The gradient of @all is that of @some, with zeros around. */
static void
check_rows_backward (TestNode *all, TestNode *some, const float *gradient)
{
  const GbpShape *output = &all->node.output;
  gsize size = test_shape_get_size (output) * sizeof (float);

  memcpy (all->gradient, gradient, size);
  memcpy (some->gradient, gradient, size);
  fill_others (output, some->rows, 0, all->gradient);
  fill_others (output, some->rows, NAN, some->gradient);
  for (guint i = 0; i < some->node.n_inputs; i++)
    some->input_rows[i] = find_case_rows (some, i, TRUE);
  test_node_backward (all, GBP_RULE_GUIDED);
  if (gbp_rows_count (some->input_rows[0]) > 0)
    test_node_backward (some, GBP_RULE_GUIDED);
  for (guint i = 0; i < some->node.n_inputs; i++) {
    GbpRows seen = find_case_rows (some, i, FALSE);
    GbpRows rows = gbp_rows_unite (seen, some->input_rows[i]);

    ck_assert (memcmp (&rows, &seen, sizeof rows) == 0);
    if (gbp_rows_count (some->input_rows[0]) > 0)
      fill_others (&some->shapes[i], some->input_rows[i], 0, some->input_gradients[i]);
    else
      memset (some->input_gradients[i], 0, test_shape_get_size (&some->shapes[i]) * sizeof (float));
    assert_equal_rows (&some->shapes[i], gbp_rows_of (&some->shapes[i]), all->input_gradients[i],
        some->input_gradients[i], is_rounded (all) ? 1e-5f : 0);
  }
}

static void
check_rows (const Case *it, const GbpOperation *activation, int level)
{
  g_autoptr (TestNode) all = new_active_case (it, activation, level, 1, TRUE);
  g_autoptr (TestNode) some = new_active_case (it, activation, level, 2, TRUE);
  g_autofree float *gradient = NULL;
  guint height;

  if (all->kernels == NULL)
    return;
  height = all->node.output.height;
  for (gsize i = test_shape_get_size (all->shapes) / 2; i < test_shape_get_size (all->shapes); i++)
    all->inputs[0][i] *= 30; /* what is small hangs on which rows one looks at */
  gradient = g_memdup2 (all->gradient, test_shape_get_size (&all->node.output) * sizeof *gradient);
  test_node_forward (all);
  for (guint first = 0; first < height; first += MAX (height / 5, 1))
    for (guint n = 1; first + n <= height && n <= 4; n += 2) {
      some->rows = (GbpRows){first, first + n};
      check_rows_forward (all, some);
      check_rows_backward (all, some, gradient);
    }
}

/* A part of the rows has the values that it has among all, whatever lies around it; also with an activation along. */
START_TEST (rows)
{
  const GbpOperation activations[] = {
      {.kind = GBP_KIND_ACTIVATION, .function = GBP_FUNCTION_RELU},
      {.kind = GBP_KIND_ACTIVATION, .function = GBP_FUNCTION_SILU},
  };
  int way = _i / N_LEVELS;

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    if (way == 0 || gbp_kind_get (cases[i].kind)->takes_activation)
      check_rows (&cases[i], way > 0 ? &activations[way - 1] : NULL, _i % N_LEVELS);
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"derivatives", derivatives, N_LEVELS},
      {"threads", threads, N_LEVELS},
      {"unwanted", unwanted, 1},
      {"rows", rows, 3 * N_LEVELS},
  };

  return GBP_TEST_RUN ("kinds", tests);
}
