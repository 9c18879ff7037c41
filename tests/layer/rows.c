/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Parts of the rows of every kind's maps: they have the values that they have among all. */
#include <math.h>
#include <string.h>

#include "cases.h"

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
check_rows (const KindCase *it, const GbpOperation *activation, int level)
{
  g_autoptr (TestNode) all = kind_case_new (it, activation, level, 1, TRUE);
  g_autoptr (TestNode) some = kind_case_new (it, activation, level, 2, TRUE);
  g_autofree float *gradient = NULL;
  guint height;

  if (all->kernels == NULL)
    return;
  height = all->node.output.height;
  for (gsize i = test_shape_get_size (all->shapes) / 2; i < test_shape_get_size (all->shapes); i++)
    all->inputs[0][i] *= 30; /* what is small hangs on which rows one looks at */
  gradient = g_memdup2 (all->gradient, test_shape_get_size (&all->node.output) * sizeof *gradient);
  test_node_forward (all);
  for (guint first = 0; first < height; first += MAX (height / (GBP_TEST_SANITIZED ? 3 : 5), 1))
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

  for (guint i = 0; i < n_kind_cases; i++)
    if (way == 0 || gbp_kind_get (kind_cases[i].kind)->takes_activation)
      check_rows (&kind_cases[i], way > 0 ? &activations[way - 1] : NULL, _i % N_LEVELS);
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"rows", rows, 3 * N_LEVELS},
  };

  return GBP_TEST_RUN ("rows", tests);
}
