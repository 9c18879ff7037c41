/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * ONNX's nodes that change a map's size: Resize, steps, and pools with unusual borders. */
#include "harness.h"

#include "write_onnx.h"

#define N_LINES 4

/* Of columns; @from, @to: how many; @scale: is given, or where it is 0 the sizes
 * @values: of the first lines */
static const struct {
  const char *mode, *how, *nearest;
  guint64 from, to;
  float scale;
  float values[N_LINES][5];
} resizes[] = {
    {"nearest", NULL, NULL, 6, 12, 2, {{0, 1}, {0, 1}, {1, 1}, {1, 1}}},
    {"nearest", "asymmetric", "floor", 6, 18, 3, {{0, 1}, {0, 1}, {0, 1}, {1, 1}}},
    {"nearest", "asymmetric", "floor", 30, 12, 12 / 30.0f, {{0, 1}, {2, 1}, {5, 1}, {7, 1}}},
    {"nearest", "asymmetric", "floor", 23, 28, 28 / 23.0f, {{0, 1}, {0, 1}, {1, 1}, {2, 1}}},
    {"nearest", "asymmetric", "floor", 18, 14, 14 / 18.0f, {{0, 1}, {1, 1}, {2, 1}, {3, 1}}},
    {"nearest", "asymmetric", "floor", 5, 5, 1.1f, {{0, 1}, {0, 1}, {1, 1}, {2, 1}}},
    {"nearest", "asymmetric", "round_prefer_floor", 6, 12, 0, {{0, 1}, {0, 1}, {1, 1}, {1, 1}}},
    {"nearest", "asymmetric", "ceil", 6, 18, 3, {{0, 1}, {1, 1}, {1, 1}, {1, 1}}},
    {"nearest", "asymmetric", "ceil", 6, 12, 0, {{0, 1}, {1, 1}, {1, 1}, {2, 1}}},
    {"nearest", "half_pixel", "round_prefer_ceil", 6, 9, 0, {{0, 1}, {1, 1}, {1, 1}, {2, 1}}},
    {"nearest", "tf_half_pixel_for_nn", "floor", 6, 9, 0, {{0, 1}, {1, 1}, {1, 1}, {2, 1}}},
    {"linear", "pytorch_half_pixel", NULL, 6, 12, 2,
        {{0, 1, 0}, {0, 0.75f, 0.25f}, {0, 0.25f, 0.75f}, {1, 0.75f, 0.25f}}},
    {"linear", "align_corners", NULL, 5, 9, 0,
        {{0, 1, 0}, {0, 0.5f, 0.5f}, {1, 1, 0}, {1, 0.5f, 0.5f}}},
    {"linear", "half_pixel", NULL, 1, 4, 0, {{0, 1}, {0, 1}, {0, 1}, {0, 1}}},
    {"linear", "half_pixel", NULL, 6, 1, 0, {{2, 0.5f, 0.5f}}},
    {"linear", "pytorch_half_pixel", NULL, 6, 1, 0, {{0, 1, 0}}},
    {"linear", "align_corners", NULL, 6, 1, 0, {{0, 1, 0}}},
    {"linear", "asymmetric", NULL, 3, 7, 2.5f,
        {{0, 1, 0}, {0, 0.6f, 0.4f}, {0, 0.2f, 0.8f}, {1, 0.8f, 0.2f}}},
    {"cubic", "half_pixel", NULL, 6, 12, 2, {{0}}},
};

/* The first line of two times as many, a quarter of a pixel before the first: Keys' kernel with a = -3/4 at distances
 * of 7/4, 3/4, 1/4 and 5/4; the two that lie outside are the first pixel. */
static void
expect_cubic (float *line)
{
  line[1] = -0.03515625f + 0.26171875f + 0.87890625f;
  line[2] = -0.10546875f;
}

START_TEST (resize)
{
  gboolean is_cubic = g_str_equal (resizes[_i].mode, "cubic");
  gboolean is_linear = g_str_equal (resizes[_i].mode, "linear") && resizes[_i].from > 1;
  guint length = is_cubic ? 5 : is_linear ? 3 : 2, n;
  guint n_lines = is_cubic ? 1 : (guint) MIN (resizes[_i].to, N_LINES);
  g_autoptr (OnnxFile) file = onnx_new_of_image (8, resizes[_i].from);
  GByteArray *attributes = onnx_text (NULL, "mode", resizes[_i].mode);
  const float scales[] = {1, 1, 1, resizes[_i].scale};
  g_auto (GbpDescription) description = {0};
  const GbpOperation *last;
  float expected[5] = {0};

  if (resizes[_i].how != NULL)
    attributes = onnx_text (attributes, "coordinate_transformation_mode", resizes[_i].how);
  if (resizes[_i].nearest != NULL)
    attributes = onnx_text (attributes, "nearest_mode", resizes[_i].nearest);
  if (resizes[_i].scale != 0)
    onnx_add_floats (file, "s", 1, (guint64[]){4}, scales);
  else
    onnx_add_integers (file, "s", 4, (gint64[]){1, 3, 8, (gint64) resizes[_i].to});
  onnx_add_node (
      file, "Resize", NULL, resizes[_i].scale != 0 ? "x - s" : "x - - s", "y", attributes);
  ck_assert_pstr_eq (onnx_find_refusal (file, 13, &description), NULL);
  last = onnx_get_last (&description, &n);
  ck_assert_uint_eq (n, 1);
  ck_assert_int_eq (last->kind, GBP_KIND_RESAMPLE);
  ck_assert_uint_eq (gbp_graph_get_shape (description.graph, 1)->height, 8);
  ck_assert_uint_eq (last->tensors[1]->n_values, resizes[_i].to * length);
  for (guint i = 0; i < n_lines; i++)
    for (guint k = 0; k < length; k++) {
      expected[k] = resizes[_i].values[i][k];
      if (is_cubic)
        expect_cubic (expected);
      ck_assert_float_eq_tol (last->tensors[1]->values[i * length + k], expected[k], 1e-6f);
    }
}
END_TEST

/* Every other row, backwards, and every third column. */
START_TEST (steps)
{
  g_autoptr (OnnxFile) file = onnx_new_of_image (8, 6);
  g_auto (GbpDescription) description = {0};
  const GbpOperation *operations;
  guint n;

  onnx_add_integers (file, "starts", 2, (gint64[]){-1, 1});
  onnx_add_integers (file, "ends", 2, (gint64[]){-G_MAXINT64, 6});
  onnx_add_integers (file, "axes", 2, (gint64[]){2, 3});
  onnx_add_integers (file, "steps", 2, (gint64[]){-2, 3});
  onnx_add_node (file, "Slice", NULL, "x starts ends axes steps", "y", NULL);
  ck_assert_pstr_eq (onnx_find_refusal (file, 13, &description), NULL);
  operations = gbp_graph_get_operations (description.graph, &n);
  ck_assert_mem_eq (
      gbp_graph_get_shape (description.graph, n), &((GbpShape){4, 2, 3}), sizeof (GbpShape));
  for (guint i = 0; i < 4; i++)
    ck_assert_float_eq (operations[0].tensors[0]->values[2 * i], 7 - 2 * (float) i);
  for (guint i = 0; i < 2; i++)
    ck_assert_float_eq (operations[1].tensors[1]->values[2 * i], 1 + 3 * (float) i);
}
END_TEST

/* Of 8×6 pixels by 3×3. @n: operations
 * @after: rows and columns behind the map, @height, @width: what comes out */
static const struct {
  const char *kind;
  gint64 stride, pads[4], ceil_mode, counts;
  guint n;
  GbpKind expected;
  guint after[2], height, width;
} pools[] = {
    {"AveragePool", 2, {1, 1, 1, 1}, 1, 1, 2, GBP_KIND_POOL_AVERAGE, {1, 1}, 5, 4},
    {"AveragePool", 2, {1, 1, 1, 1}, 1, 0, 1, GBP_KIND_POOL_AVERAGE, {2, 2}, 5, 4},
    {"MaxPool", 2, {0, 0, 2, 2}, 0, 0, 1, GBP_KIND_POOL_MAX, {1, 1}, 4, 3},
    {"MaxPool", 5, {0, 0, 3, 4}, 0, 0, 1, GBP_KIND_POOL_MAX, {0, 2}, 2, 2},
};

/* Zeros that count stand in a map of their own, where the last window reaches over what does not count; padding that no
 * window has in it goes. */
START_TEST (border)
{
  g_autoptr (OnnxFile) file = onnx_new_of_image (8, 6);
  g_auto (GbpDescription) description = {0};
  GByteArray *attributes = onnx_ints (NULL, "kernel_shape", 2, (gint64[]){3, 3});
  const GbpOperation *last;
  guint n;

  attributes = onnx_ints (attributes, "strides", 2, (gint64[]){pools[_i].stride, pools[_i].stride});
  attributes = onnx_ints (attributes, "pads", 4, pools[_i].pads);
  attributes = onnx_int (attributes, "ceil_mode", pools[_i].ceil_mode);
  attributes = onnx_int (attributes, "count_include_pad", pools[_i].counts);
  onnx_add_node (file, pools[_i].kind, NULL, "x", "y", attributes);
  ck_assert_pstr_eq (onnx_find_refusal (file, 10, &description), NULL);
  last = onnx_get_last (&description, &n);
  ck_assert_uint_eq (n, pools[_i].n);
  ck_assert_int_eq (last->kind, pools[_i].expected);
  ck_assert_uint_eq (last->window.padding.bottom, pools[_i].after[0]);
  ck_assert_uint_eq (last->window.padding.right, pools[_i].after[1]);
  ck_assert_uint_eq (gbp_graph_get_shape (description.graph, n)->height, pools[_i].height);
  ck_assert_uint_eq (gbp_graph_get_shape (description.graph, n)->width, pools[_i].width);
}
END_TEST

/* Two columns before the 6, and three behind. */
static const struct {
  const char *mode;
  float columns[11];
} fillings[] = {
    {"reflect", {2, 1, 0, 1, 2, 3, 4, 5, 4, 3, 2}},
    {"edge", {0, 0, 0, 1, 2, 3, 4, 5, 5, 5, 5}},
};

START_TEST (filling)
{
  g_autoptr (OnnxFile) file = onnx_new_of_image (8, 6);
  g_auto (GbpDescription) description = {0};
  const GbpOperation *last;
  guint n;

  onnx_add_integers (file, "pads", 8, (gint64[]){0, 0, 0, 2, 0, 0, 1, 3});
  onnx_add_node (file, "Pad", NULL, "x pads", "y", onnx_text (NULL, "mode", fillings[_i].mode));
  ck_assert_pstr_eq (onnx_find_refusal (file, 13, &description), NULL);
  last = onnx_get_last (&description, &n);
  ck_assert_uint_eq (n, 1);
  ck_assert_mem_eq (
      gbp_graph_get_shape (description.graph, 1), &((GbpShape){9, 11, 3}), sizeof (GbpShape));
  for (guint i = 0; i < 11; i++) {
    ck_assert_float_eq (last->tensors[1]->values[2 * i], fillings[_i].columns[i]);
    ck_assert_float_eq (last->tensors[1]->values[2 * i + 1], 1);
  }
  ck_assert_float_eq (last->tensors[0]->values[2 * 8], _i == 0 ? 6 : 7);
}
END_TEST

static const struct {
  const char *nodes;
  const char *refusal;
} refused[] = {
    {"Resize r - odd > y", "node y (Resize): it is supported on height and width"},
    {"Resize r > y", "node y (Resize): constant sizes or scales are expected"},
    {"Relu s > y", "node y (Relu): a sequence is supported where SequenceAt"},
    {"SequenceAt s nine > y",
        "node y (SequenceAt): it is supported on a sequence that has its position"},
};

START_TEST (refusal)
{
  g_autoptr (OnnxFile) file = onnx_new_of_image (8, 6);
  g_auto (GbpDescription) description = {0};
  const char *found;

  onnx_add_floats (file, "odd", 1, (guint64[]){4}, (float[]){1, 2, 1, 1});
  onnx_add_integers (file, "nine", 1, (gint64[]){9});
  onnx_add_lines (file, "Relu x > r");
  onnx_add_node (file, "SplitToSequence", NULL, "r", "s", onnx_int (NULL, "axis", 1));
  onnx_add_lines (file, refused[_i].nodes);
  found = onnx_find_refusal (file, 13, &description);
  ck_assert_ptr_nonnull (found);
  ck_assert_msg (g_strstr_len (found, -1, refused[_i].refusal) != NULL, "%s", found);
}
END_TEST

/* Along the channels, axis 1: one by one, two and what is left, and as a list says. The last part is taken. */
static const struct {
  const char *inputs;
  gint64 position;
  guint n;
  float channels[2];
} sequences[] = {
    {"x", -1, 1, {2}},
    {"x two", 1, 1, {2}},
    {"x list", 1, 2, {1, 2}},
};

START_TEST (sequence)
{
  g_autoptr (OnnxFile) file = onnx_new_of_image (8, 6);
  g_auto (GbpDescription) description = {0};
  const GbpOperation *operations;
  int value;
  guint n;

  onnx_add_floats (file, "two", 0, NULL, &(float){2});
  onnx_add_integers (file, "list", 2, (gint64[]){1, 2});
  onnx_add_integers (file, "position", 1, &sequences[_i].position);
  onnx_add_node (file, "SplitToSequence", NULL, sequences[_i].inputs, "s",
      onnx_int (NULL, "axis", _i == 0 ? -3 : 1));
  onnx_add_lines (file, "SequenceAt s position > part\nRelu part > y");
  ck_assert_pstr_eq (onnx_find_refusal (file, 13, &description), NULL);
  operations = gbp_graph_get_operations (description.graph, &n);
  value = (int) operations[n - 1].inputs[0];
  ck_assert_int_gt (value, 0);
  ck_assert_int_eq (operations[value - 1].kind, GBP_KIND_SELECT);
  ck_assert_uint_eq (operations[value - 1].tensors[0]->n_values, sequences[_i].n);
  for (guint i = 0; i < sequences[_i].n; i++)
    ck_assert_float_eq (operations[value - 1].tensors[0]->values[i], sequences[_i].channels[i]);
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"resize", resize, G_N_ELEMENTS (resizes)},
      {"steps", steps, 0},
      {"borders", border, G_N_ELEMENTS (pools)},
      {"fillings", filling, G_N_ELEMENTS (fillings)},
      {"sequences", sequence, G_N_ELEMENTS (sequences)},
      {"refusals", refusal, G_N_ELEMENTS (refused)},
  };

  return GBP_TEST_RUN ("ONNX' resampling", tests);
}
