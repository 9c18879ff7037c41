/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Graphs: what shape comes out of each kind of operation, and what none of them takes. */
#include "network/graph.h"

#include <math.h>
#include <string.h>

#include "harness.h"

#define NO_TENSOR G_MAXSIZE

/* An operation on one or two maps.
 * @second: the second input, where it has channels
 * @n_first, @n_second: values of the tensors, or NO_TENSOR
 * @output: the shape that comes out
 * @words: (nullable): in the message that refuses it */
typedef struct {
  GbpKind kind;
  GbpShape input, second;
  GbpWindow window;
  gsize n_first, n_second;
  GbpShape output;
  const char *words;
} Case;

static GbpTensor *
make_tensor (gsize n_values)
{
  return n_values == NO_TENSOR ? NULL : gbp_tensor_new_take (g_new0 (float, n_values), n_values);
}

static GbpOperation
make_operation (GbpKind kind, guint first_input, guint n_inputs, gsize n_first, gsize n_second)
{
  GbpOperation operation = {.kind = kind, .n_inputs = n_inputs, .epsilon = 1};

  operation.inputs = g_new (guint, MAX (n_inputs, 1));
  for (guint i = 0; i < n_inputs; i++)
    operation.inputs[i] = first_input + i;
  operation.tensors[0] = make_tensor (n_first);
  operation.tensors[1] = make_tensor (n_second);
  return operation;
}

/* A graph whose last value has the shape @second, if that has channels; value 0 is @input. The way there: the border
 * off, to one pixel, its channels made others, and zeros around. */
static GbpGraph *
make_graph (const GbpShape *input, const GbpShape *second)
{
  GbpGraph *graph = gbp_graph_new (input);
  GbpOperation crop = make_operation (GBP_KIND_CROP, 0, 1, NO_TENSOR, NO_TENSOR);
  GbpOperation dense =
      make_operation (GBP_KIND_DENSE, 1, 1, (gsize) input->channels * second->channels, NO_TENSOR);
  GbpOperation pad = make_operation (GBP_KIND_PAD, 2, 1, NO_TENSOR, NO_TENSOR);

  crop.window.padding = (GbpPadding){0, 0, input->height - 1, input->width - 1};
  pad.window.padding = (GbpPadding){0, 0, second->height - 1, second->width - 1};
  if (second->channels == 0) {
    gbp_operation_clear (&crop);
    gbp_operation_clear (&dense);
    gbp_operation_clear (&pad);
    return graph;
  }
  ck_assert_int_eq (gbp_graph_add (graph, &crop, NULL), 1);
  ck_assert_int_eq (gbp_graph_add (graph, &dense, NULL), 2);
  ck_assert_int_eq (gbp_graph_add (graph, &pad, NULL), 3);
  return graph;
}

static int
add (GbpGraph *graph, const Case *row, GError **error)
{
  gboolean has_second = row->second.channels != 0;
  GbpOperation operation =
      make_operation (row->kind, 0, has_second ? 2 : 1, row->n_first, row->n_second);
  int value;

  if (has_second)
    operation.inputs[1] = 3;
  operation.window = row->window;
  value = gbp_graph_add (graph, &operation, error);
  ck_assert_ptr_null (operation.inputs); /* taken */
  return value;
}

#define NONE   NO_TENSOR, NO_TENSOR
#define ONE(n) n, NO_TENSOR
#define NO_SECOND                                                                                  \
  {                                                                                                \
    0, 0, 0                                                                                        \
  }
#define NO_WINDOW                                                                                  \
  {                                                                                                \
    0, 0, 0, 0, 0, 0, {0, 0, 0, 0}, 0                                                              \
  }
#define GROUPS(n)                                                                                  \
  {                                                                                                \
    0, 0, 0, 0, 0, 0, {0, 0, 0, 0}, n                                                              \
  }
#define AROUND(n)                                                                                  \
  {                                                                                                \
    n, n, n, n                                                                                     \
  }
#define BORDER(...)                                                                                \
  {                                                                                                \
    0, 0, 0, 0, 0, 0, {__VA_ARGS__}, 0                                                             \
  }

/* clang-format off */
static const Case shapes[] = {
  {GBP_KIND_CONVOLUTION, {7, 9, 4}, NO_SECOND, {3, 3, 1, 1, 1, 1, AROUND (1), 1}, 3 * 3 * 4 * 5, 5, {7, 9, 5}, NULL},
  {GBP_KIND_CONVOLUTION, {7, 9, 4}, NO_SECOND, {1, 5, 2, 3, 1, 1, {0, 2, 0, 1}, 1}, ONE (5 * 4), {4, 3, 1}, NULL},
  {GBP_KIND_CONVOLUTION, {7, 9, 4}, NO_SECOND, {3, 3, 1, 1, 2, 3, AROUND (0), 4}, ONE (3 * 3 * 8), {3, 3, 8}, NULL},
  {GBP_KIND_DENSE, {1, 1, 4}, NO_SECOND, NO_WINDOW, 12, 3, {1, 1, 3}, NULL},
  {GBP_KIND_SCALE, {7, 9, 4}, NO_SECOND, NO_WINDOW, 4, 4, {7, 9, 4}, NULL},
  {GBP_KIND_LAYER_NORM, {7, 9, 4}, NO_SECOND, NO_WINDOW, NONE, {7, 9, 4}, NULL},
  {GBP_KIND_GROUP_NORM, {7, 9, 4}, NO_SECOND, GROUPS (2), 4, 4, {7, 9, 4}, NULL},
  {GBP_KIND_ACTIVATION, {7, 9, 4}, NO_SECOND, NO_WINDOW, NONE, {7, 9, 4}, NULL},
  {GBP_KIND_SOFTMAX, {7, 9, 4}, NO_SECOND, NO_WINDOW, NONE, {7, 9, 4}, NULL},
  {GBP_KIND_LOG_SOFTMAX, {7, 9, 4}, NO_SECOND, NO_WINDOW, NONE, {7, 9, 4}, NULL},
  {GBP_KIND_POOL_MAX, {7, 9, 4}, NO_SECOND, {2, 2, 2, 2, 1, 1, AROUND (0), 1}, NONE, {3, 4, 4}, NULL},
  {GBP_KIND_POOL_MAX, {7, 9, 4}, NO_SECOND, {3, 3, 2, 2, 1, 1, AROUND (1), 1}, NONE, {4, 5, 4}, NULL},
  {GBP_KIND_POOL_AVERAGE, {7, 9, 4}, NO_SECOND, {2, 3, 1, 1, 1, 1, {1, 0, 0, 2}, 1}, NONE, {7, 9, 4}, NULL},
  {GBP_KIND_POOL_AVERAGE_PADDED, {7, 9, 4}, NO_SECOND, {7, 9, 1, 1, 1, 1, AROUND (0), 1}, NONE, {1, 1, 4}, NULL},
  {GBP_KIND_GLOBAL_AVERAGE, {7, 9, 4}, NO_SECOND, NO_WINDOW, NONE, {1, 1, 4}, NULL},
  {GBP_KIND_GLOBAL_MAX, {7, 9, 4}, NO_SECOND, NO_WINDOW, NONE, {1, 1, 4}, NULL},
  {GBP_KIND_ADD, {7, 9, 4}, {7, 9, 4}, NO_WINDOW, NONE, {7, 9, 4}, NULL},
  {GBP_KIND_MULTIPLY, {7, 9, 4}, {1, 1, 4}, NO_WINDOW, NONE, {7, 9, 4}, NULL},
  {GBP_KIND_MULTIPLY, {7, 1, 4}, {1, 9, 1}, NO_WINDOW, NONE, {7, 9, 4}, NULL},
  {GBP_KIND_MAXIMUM, {7, 9, 4}, {7, 9, 4}, NO_WINDOW, NONE, {7, 9, 4}, NULL},
  {GBP_KIND_CHANNEL_MAX, {7, 9, 4}, NO_SECOND, NO_WINDOW, NONE, {7, 9, 1}, NULL},
  {GBP_KIND_CONCATENATE, {7, 9, 4}, {7, 9, 3}, NO_WINDOW, NONE, {7, 9, 7}, NULL},
  {GBP_KIND_SELECT, {7, 9, 4}, NO_SECOND, NO_WINDOW, ONE (6), {7, 9, 6}, NULL},
  {GBP_KIND_RESAMPLE, {7, 9, 4}, NO_SECOND, {1, 1, 0, 0, 0, 0, AROUND (0), 0}, 6, 4, {3, 2, 4}, NULL},
  {GBP_KIND_PAD, {7, 9, 4}, NO_SECOND, BORDER (1, 2, 3, 4), NONE, {11, 15, 4}, NULL},
  {GBP_KIND_CROP, {7, 9, 4}, NO_SECOND, BORDER (1, 2, 3, 4), NONE, {3, 3, 4}, NULL},
  {GBP_KIND_FLATTEN, {7, 9, 4}, NO_SECOND, NO_WINDOW, NONE, {1, 1, 252}, NULL},
  {GBP_KIND_IDENTITY, {7, 9, 4}, NO_SECOND, NO_WINDOW, NONE, {7, 9, 4}, NULL},
};

static const Case refused[] = {
  {GBP_KIND_CONVOLUTION, {7, 9, 4}, NO_SECOND, {3, 3, 1, 1, 1, 1, AROUND (1), 1}, ONE (179), {0}, "3×3×4 times outputs in 1 groups, found 179"},
  {GBP_KIND_CONVOLUTION, {7, 9, 4}, NO_SECOND, {3, 3, 1, 1, 1, 1, AROUND (1), 1}, ONE (0), {0}, "found 0 values"},
  {GBP_KIND_CONVOLUTION, {7, 9, 4}, NO_SECOND, {3, 3, 1, 1, 1, 1, AROUND (1), 1}, 36, 2, {0}, "a bias of 1 values, found 2"},
  {GBP_KIND_CONVOLUTION, {7, 9, 4}, NO_SECOND, {3, 3, 1, 1, 1, 1, AROUND (1), 1}, NONE, {0}, "a kernel, found none"},
  {GBP_KIND_CONVOLUTION, {7, 9, 4}, NO_SECOND, {3, 3, 1, 1, 1, 1, AROUND (1), 3}, ONE (36), {0}, "divide 4 channels, found 3"},
  {GBP_KIND_CONVOLUTION, {7, 9, 4}, NO_SECOND, {3, 3, 1, 1, 1, 1, AROUND (1), 0}, ONE (36), {0}, "divide 4 channels, found 0"},
  {GBP_KIND_CONVOLUTION, {7, 9, 4}, NO_SECOND, {3, 3, 1, 1, 1, 1, AROUND (1), 2}, ONE (54), {0}, "in 2 groups, found 54"},
  {GBP_KIND_CONVOLUTION, {7, 9, 4}, NO_SECOND, {8, 1, 1, 1, 1, 1, AROUND (0), 1}, ONE (32), {0}, "window of 8×1 fits into, found 7×9"},
  {GBP_KIND_CONVOLUTION, {7, 9, 4}, NO_SECOND, {0, 1, 1, 1, 1, 1, AROUND (0), 1}, ONE (32), {0}, "found 0×1"},
  {GBP_KIND_CONVOLUTION, {7, 9, 4}, NO_SECOND, {1, 1, 0, 1, 1, 1, AROUND (0), 1}, ONE (4), {0}, "from 1 on, found 0×1 and 1×1"},
  {GBP_KIND_CONVOLUTION, {7, 9, 4}, NO_SECOND, {1, 1, 1, 1, 1, 1, AROUND (G_MAXUINT), 1}, ONE (4), {0}, "pixels of padding, found 4294967295"},
  {GBP_KIND_CONVOLUTION, {7, 9, 4}, NO_SECOND, {1, 1, 1, 1, 1, 1, AROUND (1 << 20), 1}, ONE (4), {0}, "at most 1073741824 bytes, found 2097159×2097161×1"},
  {GBP_KIND_DENSE, {1, 2, 4}, NO_SECOND, NO_WINDOW, 12, 3, {0}, "one pixel of channels, found a map of 1×2"},
  {GBP_KIND_DENSE, {1, 1, 4}, NO_SECOND, NO_WINDOW, 13, 3, {0}, "4 times outputs, found 13"},
  {GBP_KIND_DENSE, {1, 1, 4}, NO_SECOND, NO_WINDOW, 12, 4, {0}, "a bias of 3 values, found 4"},
  {GBP_KIND_SCALE, {7, 9, 4}, NO_SECOND, NO_WINDOW, 3, 4, {0}, "a factor of 4 values, found 3"},
  {GBP_KIND_SCALE, {7, 9, 4}, NO_SECOND, NO_WINDOW, NONE, {0}, "a factor, found none"},
  {GBP_KIND_SCALE, {7, 9, 4}, NO_SECOND, NO_WINDOW, 4, 5, {0}, "a shift of 4 values, found 5"},
  {GBP_KIND_LAYER_NORM, {7, 9, 4}, NO_SECOND, NO_WINDOW, 3, 4, {0}, "a factor of 4 values, found 3"},
  {GBP_KIND_GROUP_NORM, {7, 9, 4}, NO_SECOND, NO_WINDOW, 4, 4, {0}, "groups that divide 4 channels, found 0"},
  {GBP_KIND_GROUP_NORM, {7, 9, 4}, NO_SECOND, GROUPS (3), 4, 4, {0}, "groups that divide 4 channels, found 3"},
  {GBP_KIND_GROUP_NORM, {7, 9, 4}, NO_SECOND, GROUPS (2), 4, 5, {0}, "a shift of 4 values, found 5"},
  {GBP_KIND_ACTIVATION, {7, 9, 4}, NO_SECOND, NO_WINDOW, ONE (4), {0}, "no slopes, found some of a ReLU"},
  {GBP_KIND_POOL_MAX, {7, 9, 4}, NO_SECOND, {2, 2, 2, 2, 1, 1, AROUND (2), 1}, NONE, {0}, "less than the window of 2×2, found 2, 2, 2, 2"},
  {GBP_KIND_POOL_MAX, {7, 9, 4}, NO_SECOND, {2, 2, 2, 2, 2, 1, AROUND (0), 1}, NONE, {0}, "without dilation"},
  {GBP_KIND_POOL_MAX, {300, 300, 4}, NO_SECOND, {256, 256, 1, 1, 1, 1, AROUND (0), 1}, NONE, {0}, "at most 65535 pixels, found 256×256"},
  {GBP_KIND_ADD, {7, 9, 4}, NO_SECOND, NO_WINDOW, NONE, {0}, "two or more inputs, found 1"},
  {GBP_KIND_ADD, {7, 9, 4}, {7, 8, 4}, NO_WINDOW, NONE, {0}, "fit each other, found 7×9×4 and 7×8×4"},
  {GBP_KIND_MAXIMUM, {7, 9, 4}, {1, 9, 4}, NO_WINDOW, NONE, {0}, "found 7×9×4 and 1×9×4"},
  {GBP_KIND_RESPONSE_NORM, {7, 9, 4}, NO_SECOND, {1, 5, 0, 0, 0, 0, AROUND (0), 0}, ONE (4), {0}, "numbers of 3 values, found 4"},
  {GBP_KIND_RESPONSE_NORM, {7, 9, 4}, NO_SECOND, {1, 5, 0, 0, 0, 0, AROUND (0), 0}, ONE (3), {0}, "a k above 0 and an alpha from 0 on, found 0 and 0"},
  {GBP_KIND_RESPONSE_NORM, {7, 9, 4}, NO_SECOND, NO_WINDOW, ONE (3), {0}, "sums of 1 or more channels, found 0"},
  {GBP_KIND_IDENTITY, {7, 9, 4}, {7, 9, 4}, NO_WINDOW, NONE, {0}, "one input, found 2"},
  {GBP_KIND_CONCATENATE, {7, 9, 4}, {1, 9, 4}, NO_WINDOW, NONE, {0}, "found 7×9×4 and 1×9×4"},
  {GBP_KIND_SELECT, {7, 9, 4}, NO_SECOND, NO_WINDOW, NONE, {0}, "expected channels, found none"},
  {GBP_KIND_SELECT, {7, 9, 4}, NO_SECOND, NO_WINDOW, ONE (0), {0}, "expected channels, found none"},
  {GBP_KIND_SELECT, {1, 1, 1 << 25}, NO_SECOND, NO_WINDOW, ONE (1), {0}, "at most 16777216 channels, found 33554432 and 1"},
  {GBP_KIND_RESAMPLE, {7, 9, 4}, NO_SECOND, {1, 1, 0, 0, 0, 0, AROUND (0), 0}, 5, 4, {0}, "rows of 1 factors each, found 5 values"},
  {GBP_KIND_RESAMPLE, {7, 9, 4}, NO_SECOND, {1, 1, 0, 0, 0, 0, AROUND (0), 0}, 6, NO_TENSOR, {0}, "columns of 1 factors each, found 0 values"},
  {GBP_KIND_RESAMPLE, {7, 9, 4}, NO_SECOND, {8, 1, 0, 0, 0, 0, AROUND (0), 0}, 9, 4, {0}, "rows made of 1 to 7, found 8 factors"},
  {GBP_KIND_CROP, {7, 9, 4}, NO_SECOND, BORDER (3, 0, 4, 0), NONE, {0}, "some of the 7×9 pixels"},
  {GBP_KIND_CROP, {7, 9, 4}, NO_SECOND, BORDER (G_MAXUINT, 0, 1, 0), NONE, {0}, "some of the 7×9 pixels"},
  {GBP_KIND_TRANSPOSE, {7, 9, 4}, NO_SECOND, NO_WINDOW, NONE, {0}, "axes, found none"},
  {GBP_KIND_TRANSPOSE, {7, 9, 4}, NO_SECOND, NO_WINDOW, ONE (2), {0}, "axes of 3 values, found 2"},
  {GBP_KIND_TRANSPOSE, {7, 9, 4}, NO_SECOND, NO_WINDOW, ONE (3), {0}, "expected each axis once, found one twice"},
  {GBP_KIND_PAD, {7, 9, 4}, NO_SECOND, BORDER (G_MAXUINT, 0, 1, 0), NONE, {0}, "pixels of padding, found 4294967295"},
  {GBP_KIND_PAD, {7, 9, 4}, NO_SECOND, BORDER (1 << 15, 0, 0, 1 << 15), NONE, {0}, "at most 1073741824 bytes, found 32775×32777×4"},
  {GBP_N_KINDS, {7, 9, 4}, NO_SECOND, NO_WINDOW, NONE, {0}, "found number 26"},
};
/* clang-format on */

/* Channels that the input does not have. */
START_TEST (selection)
{
  static const float wrong[] = {4, -2, 0.5f, NAN};
  g_autoptr (GbpGraph) graph = gbp_graph_new (&(GbpShape){7, 9, 4});
  GbpOperation operation = make_operation (GBP_KIND_SELECT, 0, 1, 3, NO_TENSOR);
  g_autoptr (GError) error = NULL;

  operation.tensors[0]->values[1] = wrong[_i];
  ck_assert_int_eq (gbp_graph_add (graph, &operation, &error), -1);
  ck_assert_msg (
      strstr (error->message, "expected channels below 4, or −1 for zeros, found ") != NULL, "%s",
      error->message);
}
END_TEST

/* Rows, of two each, that begin where the input has not as many, or between two. */
START_TEST (lines)
{
  static const float wrong[] = {6, -1, 0.5f};
  g_autoptr (GbpGraph) graph = gbp_graph_new (&(GbpShape){7, 9, 4});
  GbpOperation operation = make_operation (GBP_KIND_RESAMPLE, 0, 1, 6, 2);
  g_autoptr (GError) error = NULL;

  operation.window.rows = 2;
  operation.window.columns = 1;
  operation.tensors[0]->values[3] = wrong[_i];
  ck_assert_int_eq (gbp_graph_add (graph, &operation, &error), -1);
  ck_assert_msg (
      strstr (error->message, "expected rows made of 2 from one up to number 5 on, found ") != NULL,
      "%s", error->message);
}
END_TEST

/* No variance can be divided by with an epsilon that is not above 0. */
START_TEST (epsilon)
{
  static const float wrong[] = {0, -1, NAN, INFINITY};
  g_autoptr (GbpGraph) graph = gbp_graph_new (&(GbpShape){7, 9, 4});
  GbpOperation operation = make_operation (GBP_KIND_LAYER_NORM, 0, 1, NO_TENSOR, NO_TENSOR);
  g_autoptr (GError) error = NULL;

  operation.epsilon = wrong[_i];
  ck_assert_int_eq (gbp_graph_add (graph, &operation, &error), -1);
  ck_assert_msg (
      strstr (error->message, "expected an epsilon above 0, found ") != NULL, "%s", error->message);
}
END_TEST

START_TEST (shape)
{
  const Case *row = &shapes[_i];
  g_autoptr (GbpGraph) graph = make_graph (&row->input, &row->second);
  g_autoptr (GError) error = NULL;
  int value = add (graph, row, &error);

  ck_assert_msg (value > 0, "%s", error != NULL ? error->message : "");
  ck_assert_mem_eq (gbp_graph_get_shape (graph, (guint) value), &row->output, sizeof row->output);
}
END_TEST

START_TEST (refusal)
{
  const Case *row = &refused[_i];
  g_autoptr (GbpGraph) graph = make_graph (&row->input, &row->second);
  guint n_values = gbp_graph_count_values (graph);
  g_autoptr (GError) error = NULL;

  ck_assert_int_eq (add (graph, row, &error), -1);
  ck_assert_int_eq (error->code, GBP_ERROR_READ);
  ck_assert_msg (strstr (error->message, row->words) != NULL, "%s", error->message);
  ck_assert_uint_eq (gbp_graph_count_values (graph), n_values);
}
END_TEST

/* @value is given a name, or not. */
static int
add_identity (GbpGraph *graph, guint input, const char *name, GError **error)
{
  GbpOperation operation = make_operation (GBP_KIND_IDENTITY, input, 1, NO_TENSOR, NO_TENSOR);

  operation.name = g_strdup (name);
  return gbp_graph_add (graph, &operation, error);
}

START_TEST (names)
{
  const GbpShape input = {2, 2, 3};
  g_autoptr (GbpGraph) graph = gbp_graph_new (&input);
  g_autoptr (GError) error = NULL;

  ck_assert_int_eq (add_identity (graph, 0, "first", NULL), 1);
  ck_assert_int_eq (add_identity (graph, 1, NULL, NULL), 2);
  ck_assert_int_eq (add_identity (graph, 1, "first", &error), -1);
  ck_assert_str_eq (error->message,
      "layer first (identity): expected a name of its own, found that of another operation");
  ck_assert_int_eq (gbp_graph_find (graph, "first"), 1);
  ck_assert (!gbp_graph_set_name (graph, 2, "first"));
  ck_assert (gbp_graph_set_name (graph, 1, "renamed"));
  ck_assert (gbp_graph_set_name (graph, 2, "first"));
  ck_assert_int_eq (gbp_graph_find (graph, "first"), 2);
  ck_assert (gbp_graph_set_name (graph, 2, NULL));
  ck_assert_int_eq (gbp_graph_find (graph, "first"), -1);
  ck_assert_int_eq (gbp_graph_find (graph, "renamed"), 1);
}
END_TEST

/* An operation comes after what it reads. */
START_TEST (order)
{
  const GbpShape input = {2, 2, 3};
  g_autoptr (GbpGraph) graph = gbp_graph_new (&input);
  g_autoptr (GError) error = NULL;
  GbpOperation empty = make_operation (GBP_KIND_IDENTITY, 0, 0, NO_TENSOR, NO_TENSOR);

  ck_assert_int_eq (add_identity (graph, 1, NULL, &error), -1);
  ck_assert_str_eq (error->message,
      "operation 1 (identity): expected values made before it, up to 0, found value 1");
  ck_assert_int_eq (gbp_graph_add (graph, &empty, NULL), -1);
}
END_TEST

START_TEST (not_finite)
{
  const GbpShape input = {2, 2, 3};
  g_autoptr (GbpGraph) graph = gbp_graph_new (&input);
  g_autoptr (GError) error = NULL;
  GbpOperation operation = make_operation (GBP_KIND_SCALE, 0, 1, 3, NO_TENSOR);
  g_autofree float *values = g_new0 (float, 3);

  values[2] = _i == 0 ? NAN : -INFINITY;
  gbp_tensor_unref (operation.tensors[0]);
  operation.tensors[0] = gbp_tensor_new_take (g_steal_pointer (&values), 3);
  ck_assert_int_eq (gbp_graph_add (graph, &operation, &error), -1);
  ck_assert_msg (strstr (error->message, "found NaN or infinity") != NULL, "%s", error->message);
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"shape", shape, G_N_ELEMENTS (shapes)},
      {"refusal", refusal, G_N_ELEMENTS (refused)},
      {"selection", selection, 4},
      {"lines", lines, 3},
      {"epsilon", epsilon, 4},
      {"names", names, 0},
      {"order", order, 0},
      {"not finite", not_finite, 2},
  };

  return GBP_TEST_RUN ("graph", tests);
}
