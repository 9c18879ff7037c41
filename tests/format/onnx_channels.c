/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * ONNX's nodes that take some of a map's channels and pixels, or put the channels in another order. */
#include "harness.h"

#include "write_onnx.h"

#define HEIGHT 4
#define WIDTH  5

/* A file with "x" of [1][3][4][5], and "six", which is x and its ReLU: two operations; other names are lists of
 * numbers. */
static OnnxFile *
begin (void)
{
  static const struct {
    const char *name;
    guint n;
    gint64 numbers[5];
  } lists[] = {
      {"one", 1, {1}},
      {"three", 1, {3}},
      {"minus2", 1, {-2}},
      {"far", 1, {G_MAXINT64}},
      {"back", 1, {-G_MAXINT64}},
      {"minus1", 1, {-1}},
      {"axes23", 2, {2, 3}},
      {"ones", 2, {1, 1}},
      {"ends", 2, {-1, 9}},
      {"two_four", 2, {2, 4}},
      {"two_three", 2, {2, 3}},
      {"some", 3, {5, 0, -2}},
      {"beyond", 1, {6}},
      {"groups", 5, {1, 2, 3, 4, 5}},
      {"whole", 4, {1, 6, 4, 5}},
      {"other", 4, {1, 3, 8, 5}},
      {"nought", 1, {0}},
      {"twice", 4, {2, 3, 4, 5}},
  };
  OnnxFile *file = onnx_new ();

  onnx_add_input (file, "x", 4, (guint64[]){1, 3, HEIGHT, WIDTH});
  for (guint i = 0; i < G_N_ELEMENTS (lists); i++)
    onnx_add_integers (file, lists[i].name, lists[i].n, lists[i].numbers);
  onnx_add_floats (file, "single", 0, NULL, &(float){4});
  onnx_add_node (file, "Relu", "r", "x", "r", NULL);
  onnx_add_node (file, "Concat", "six", "x r", "six", onnx_int (NULL, "axis", 1));
  return file;
}

/* Fails the test unless @value selects @channels, [@n], of the value before it. */
static void
assert_selection (const GbpDescription *description, guint value, guint n, const float *channels)
{
  guint n_operations;
  const GbpOperation *operation =
      &gbp_graph_get_operations (description->graph, &n_operations)[value - 1];

  ck_assert_msg (description->refusal == NULL, "%s", description->refusal);
  ck_assert_uint_le (value, n_operations);
  ck_assert_int_eq (operation->kind, GBP_KIND_SELECT);
  ck_assert_uint_eq (operation->tensors[0]->n_values, n);
  for (guint i = 0; i < n; i++)
    ck_assert_float_eq (operation->tensors[0]->values[i], channels[i]);
  ck_assert_uint_eq (gbp_graph_get_shape (description->graph, value)->channels, n);
}

/* Into parts as equal as they come, by an attribute, or by an input. */
START_TEST (split)
{
  static const float halves[2][4] = {{0, 1, 2}, {3, 4, 5}}, parts[2][4] = {{0, 1}, {2, 3, 4, 5}};
  static const guint sizes[] = {2, 4};
  g_autoptr (OnnxFile) file = begin ();
  g_auto (GbpDescription) description = {0};
  GByteArray *attributes = onnx_int (NULL, "axis", _i == 2 ? -3 : 1);

  if (_i == 1)
    attributes = onnx_ints (attributes, "split", 2, (gint64[]){2, 4});
  onnx_add_node (file, "Split", "split", _i == 2 ? "six two_four" : "six", "a b", attributes);
  onnx_add_node (file, "Relu", NULL, "b", "y", NULL);
  onnx_assert_read (file, _i == 1 ? 11 : 18, &description);
  for (guint i = 0; i < 2; i++)
    assert_selection (&description, 3 + i, _i == 0 ? 3 : sizes[i], _i == 0 ? halves[i] : parts[i]);
  ck_assert_int_eq (gbp_graph_find (description.graph, "a"), 3);
  ck_assert_int_eq (gbp_graph_find (description.graph, "b"), 4);
  ck_assert_int_eq (gbp_graph_find (description.graph, "y"), 5);
}
END_TEST

static const struct {
  const char *kind;
  const char *inputs;
  int axis;
  guint n;
  float channels[6];
} selections[] = {
    {"Slice", "six one three one", 1, 2, {1, 2}},
    {"Slice", "six minus2 far one", 1, 2, {4, 5}},
    {"Slice", "six minus1 back one minus1", 1, 6, {5, 4, 3, 2, 1, 0}},
    {"Slice", "six minus1 one one minus2", 1, 2, {5, 3}},
    {"Gather", "six some", 1, 3, {5, 0, 4}},
    {"Gather", "six single", -3, 1, {4}},
};

START_TEST (selection)
{
  g_autoptr (OnnxFile) file = begin ();
  g_auto (GbpDescription) description = {0};

  onnx_add_node (file, selections[_i].kind, NULL, selections[_i].inputs, "y",
      *selections[_i].kind == 'G' ? onnx_int (NULL, "axis", selections[_i].axis) : NULL);
  onnx_assert_read (file, 13, &description);
  assert_selection (&description, 3, selections[_i].n, selections[_i].channels);
}
END_TEST

/* A half, as PyTorch's chunk() exports it: of a size that a graph's Shape and Div tell, whole numbers. The other way,
 * by floats and back. */
START_TEST (computed_sizes)
{
  static const float half[] = {0, 1, 2};
  g_autoptr (OnnxFile) file = begin ();
  g_auto (GbpDescription) description = {0};

  onnx_add_integers (file, "two", 1, (gint64[]){2});
  onnx_add_integers (file, "zero", 1, (gint64[]){0});
  onnx_add_node (file, "Shape", NULL, "six", "sizes", NULL);
  onnx_add_node (file, "Gather", NULL, "sizes one", "size", NULL);
  onnx_add_node (file, "Add", NULL, "size one", "more", NULL);
  onnx_add_node (file, "Cast", NULL, "more", "cast", onnx_int (NULL, "to", _i == 0 ? 7 : 1));
  onnx_add_node (file, "Div", NULL, "cast two", "quotient", NULL);
  onnx_add_node (file, "Cast", NULL, "quotient", "end", onnx_int (NULL, "to", 7));
  onnx_add_node (file, "Slice", NULL, "six zero end one", "y", NULL);
  onnx_assert_read (file, 13, &description);
  assert_selection (&description, 3, 3, half);
}
END_TEST

/* As torchvision's transform_input does: a channel without its axis, which comes back, then all of them again. */
START_TEST (channel_by_channel)
{
  g_autoptr (OnnxFile) file = begin ();
  g_auto (GbpDescription) description = {0};
  guint n;

  onnx_add_node (file, "Gather", NULL, "six single", "a", onnx_int (NULL, "axis", 1));
  onnx_add_node (file, "Unsqueeze", NULL, "a one", "b", NULL);
  onnx_add_lines (file, "Mul b 0.25 > c");
  onnx_add_node (file, "Concat", "y", "c x", "y", onnx_int (NULL, "axis", 1));
  onnx_assert_read (file, 13, &description);
  ck_assert_msg (description.refusal == NULL, "%s", description.refusal);
  ck_assert_int_eq (
      gbp_graph_get_operations (description.graph, &n)[n - 1].kind, GBP_KIND_CONCATENATE);
  ck_assert_uint_eq (gbp_graph_get_shape (description.graph, n)->channels, 4);
}
END_TEST

/* A border off: rows from 1 to all but the last, columns from 1 on. */
START_TEST (pixels)
{
  g_autoptr (OnnxFile) file = begin ();
  g_auto (GbpDescription) description = {0};
  const GbpOperation *operations;
  guint n;

  onnx_add_node (file, "Slice", NULL, "x ones ends axes23", "y", NULL);
  onnx_assert_read (file, 13, &description);
  ck_assert_msg (description.refusal == NULL, "%s", description.refusal);
  operations = gbp_graph_get_operations (description.graph, &n);
  ck_assert_uint_eq (n, 4);
  ck_assert_int_eq (operations[3].kind, GBP_KIND_CROP);
  ck_assert_mem_eq (
      gbp_graph_get_shape (description.graph, 4), &((GbpShape){2, 4, 3}), sizeof (GbpShape));
  ck_assert_uint_eq (operations[2].window.padding.top, 1);
  ck_assert_uint_eq (operations[3].window.padding.left, 1);
}
END_TEST

/* ShuffleNet's: channels as groups, groups and channels exchanged, and channels again. Without the exchange nothing
 * happens. */
START_TEST (shuffle)
{
  static const float shuffled[] = {0, 3, 1, 4, 2, 5};
  static const gint64 orders[2][5] = {{0, 2, 1, 3, 4}, {0, 1, 2, 3, 4}};
  g_autoptr (OnnxFile) file = begin ();
  g_auto (GbpDescription) description = {0};
  guint n;

  onnx_add_node (file, "Reshape", NULL, "six groups", "a", NULL);
  onnx_add_node (file, "Transpose", NULL, "a", "b", onnx_ints (NULL, "perm", 5, orders[_i]));
  onnx_add_node (file, "Reshape", NULL, "b whole", "c", NULL);
  onnx_add_node (file, "Relu", NULL, "c", "y", NULL);
  onnx_assert_read (file, 13, &description);
  ck_assert_msg (description.refusal == NULL, "%s", description.refusal);
  gbp_graph_get_operations (description.graph, &n);
  ck_assert_uint_eq (n, _i == 0 ? 4 : 3);
  if (_i == 0)
    assert_selection (&description, 3, 6, shuffled);
}
END_TEST

/* Of a constant [2][3] 1 … 6, of which six are left and become the channels' factors. */
static const struct {
  const char *inputs;
  float factors[6];
} orders[] = {
    {"all zeros2 far2", {1, 2, 3, 4, 5, 6}},
    {"all minus1 back zero minus1", {4, 5, 6, 1, 2, 3}},
    {"all minus1 back minus1 minus1", {3, 2, 1, 6, 5, 4}},
    {"all ends_of back2 zero_one minus1s", {6, 5, 4, 3, 2, 1}},
};

/* Paddings as PyTorch's older exporter turns them: from the last axis on to from the first on. */
START_TEST (order)
{
  static const float numbers[] = {1, 2, 3, 4, 5, 6};
  g_autoptr (OnnxFile) file = begin ();
  g_auto (GbpDescription) description = {0};
  const GbpOperation *scale;
  char *sliced =
      g_strdup_printf ("Slice %s > part\nReshape part six_one_one > factors\nMul six factors > y",
          orders[_i].inputs);
  guint n;

  onnx_add_floats (file, "all", 2, (guint64[]){2, 3}, numbers);
  onnx_add_integers (file, "zero", 1, (gint64[]){0});
  onnx_add_integers (file, "zeros2", 2, (gint64[]){0, -3});
  onnx_add_integers (file, "far2", 2, (gint64[]){G_MAXINT64, 3});
  onnx_add_integers (file, "ends_of", 2, (gint64[]){7, -1});
  onnx_add_integers (file, "back2", 2, (gint64[]){-G_MAXINT64, -4});
  onnx_add_integers (file, "zero_one", 2, (gint64[]){0, 1});
  onnx_add_integers (file, "minus1s", 2, (gint64[]){-1, -1});
  onnx_add_integers (file, "six_one_one", 3, (gint64[]){6, 1, 1});
  onnx_add_lines (file, sliced);
  g_free (sliced);
  onnx_assert_read (file, 13, &description);
  ck_assert_msg (description.refusal == NULL, "%s", description.refusal);
  scale = &gbp_graph_get_operations (description.graph, &n)[2];
  ck_assert_uint_eq (n, 3);
  ck_assert_mem_eq (scale->tensors[0]->values, orders[_i].factors, sizeof orders[_i].factors);
}
END_TEST

/* Of a list, which is empty then, and of that again. */
START_TEST (nothing_left)
{
  g_autoptr (OnnxFile) file = begin ();
  g_auto (GbpDescription) description = {0};

  onnx_add_integers (file, "zero", 1, (gint64[]){0});
  onnx_add_lines (file, "Slice some three one > none\nSlice none minus1 back zero minus1 > still\n"
                        "Concat still whole > shape\nReshape six shape > r\nRelu r > y");
  onnx_assert_read (file, 13, &description);
  ck_assert_msg (description.refusal == NULL, "%s", description.refusal);
}
END_TEST

/* @sizes, @n: of a constant 1, 2, …; expanded to two by three, they become the factors of six channels */
static const struct {
  guint rank;
  guint64 sizes[2];
  float factors[6];
} expansions[] = {
    {2, {2, 1}, {1, 1, 1, 2, 2, 2}},
    {2, {1, 3}, {1, 2, 3, 1, 2, 3}},
    {1, {3}, {1, 2, 3, 1, 2, 3}},
    {1, {1}, {1, 1, 1, 1, 1, 1}},
    {2, {2, 3}, {1, 2, 3, 4, 5, 6}},
};

/* Constants as PyTorch's newer exporter writes them where it leaves them unoptimised, in the type of a map that they
 * are cast like. A map passes where its shape stays. */
START_TEST (expansion)
{
  static const float numbers[] = {1, 2, 3, 4, 5, 6};
  g_autoptr (OnnxFile) file = begin ();
  g_auto (GbpDescription) description = {0};
  const GbpOperation *scale;
  guint n;

  onnx_add_floats (file, "numbers", expansions[_i].rank, expansions[_i].sizes, numbers);
  onnx_add_integers (file, "two_by_three", 2, (gint64[]){2, 3});
  onnx_add_integers (file, "six_one_one", 3, (gint64[]){6, 1, 1});
  onnx_add_lines (file,
      "CastLike numbers six > cast\nExpand cast two_by_three > all\nReshape all six_one_one > factors\n"
      "Expand six whole > map\nMul map factors > y");
  onnx_assert_read (file, 13, &description);
  ck_assert_msg (description.refusal == NULL, "%s", description.refusal);
  scale = &gbp_graph_get_operations (description.graph, &n)[2];
  ck_assert_uint_eq (n, 3);
  ck_assert_int_eq (scale->kind, GBP_KIND_SCALE);
  ck_assert_mem_eq (
      scale->tensors[0]->values, expansions[_i].factors, sizeof expansions[_i].factors);
}
END_TEST

/* A size is cut off where a number is cast like whole ones. */
START_TEST (cast_like)
{
  static const float half[] = {0, 1, 2};
  g_autoptr (OnnxFile) file = begin ();
  g_auto (GbpDescription) description = {0};

  onnx_add_integers (file, "zero", 1, (gint64[]){0});
  onnx_add_floats (file, "bit_more", 1, (guint64[]){1}, (float[]){3.5f});
  onnx_add_lines (file, "CastLike bit_more one > end\nSlice six zero end one > y");
  onnx_assert_read (file, 15, &description);
  assert_selection (&description, 3, 3, half);
}
END_TEST

/* What is left of a graph ends before them. */
static const struct {
  const char *nodes;
  const char *words;
} refusals[] = {
    {"Reshape six groups > a\nMaxPool a > y", "expected to have its channels in one axis"},
    {"Reshape six groups > a\nSigmoid x > b\nMul b a > y", "channels in one axis"},
    {"Reshape six groups > a\nGlobalAveragePool a > y", "its channels in one axis"},
    {"Reshape six groups > a\nReshape a other > y", "where it joins the groups of channels"},
    {"Gather x one > y", "along the channels of a map"},
    {"Slice x far one one > y", "leaves some channels and pixels"},
    {"Slice x one three beyond > y", "its axes are expected to be below 4"},
    {"Slice x one ends > y", "as many starts, ends, axes and steps"},
    {"Slice x one three one nought > y", "steps other than 0 are expected"},
    {"Split x > y", "it is supported along channels, rows and columns"},
    {"Expand x twice > y", "of a map it is supported along height, width and channels"},
    {"Expand x minus2 > y", "sizes of at least 0 are expected as its shape"},
    {"Expand x beyond > y", "one that its input can be repeated to"},
    {"Expand x x > y", "its input 2 is expected to be a constant"},
};

START_TEST (refusal)
{
  g_autoptr (OnnxFile) file = begin ();
  g_auto (GbpDescription) description = {0};

  onnx_add_lines (file, refusals[_i].nodes);
  onnx_assert_read (file, 13, &description);
  ck_assert_ptr_nonnull (description.refusal);
  ck_assert_msg (
      strstr (description.refusal, refusals[_i].words) != NULL, "%s", description.refusal);
}
END_TEST

/* Parts that are not all channels, and channels that are not there. */
START_TEST (beyond)
{
  g_autoptr (OnnxFile) file = begin ();
  g_auto (GbpDescription) description = {0};

  onnx_add_node (file, _i == 0 ? "Split" : "Gather", NULL, _i == 0 ? "six two_three" : "six beyond",
      "y z", onnx_int (NULL, "axis", 1));
  onnx_assert_read (file, 13, &description);
  ck_assert_ptr_nonnull (description.refusal);
  ck_assert_msg (strstr (description.refusal,
                     _i == 0 ? "parts are expected to be the axis' 6" : "expected to be below 6")
                     != NULL,
      "%s", description.refusal);
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"split", split, 3},
      {"selection", selection, G_N_ELEMENTS (selections)},
      {"computed sizes", computed_sizes, 2},
      {"channel by channel", channel_by_channel, 0},
      {"pixels", pixels, 0},
      {"shuffle", shuffle, 2},
      {"order", order, G_N_ELEMENTS (orders)},
      {"nothing left", nothing_left, 0},
      {"expansion", expansion, G_N_ELEMENTS (expansions)},
      {"cast like", cast_like, 0},
      {"refusal", refusal, G_N_ELEMENTS (refusals)},
      {"beyond", beyond, 2},
  };

  return GBP_TEST_RUN ("channels of ONNX", tests);
}
