/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Networks in ONNX: what nodes become, in the many forms that exporters write. */
#include "harness.h"

#include <math.h>

#include "write_onnx.h"

static const guint64 input_shape[] = {1, 3, 8, 6};

/* A file with one input "x" of [1][3][8][6]. */
static OnnxFile *
begin (void)
{
  OnnxFile *file = onnx_new ();

  onnx_add_input (file, "x", 4, input_shape);
  return file;
}

/* Reads what @file comes to with the output "y"; fails the test if that fails. */
static void
read_file (OnnxFile *file, guint64 opset, GbpDescription *description)
{
  onnx_assert_read (file, opset, description);
  ck_assert_ptr_nonnull (description->graph);
}

static const GbpOperation *
get_operations (const GbpDescription *description, guint n_expected)
{
  guint n;
  const GbpOperation *operations = gbp_graph_get_operations (description->graph, &n);

  ck_assert_msg (description->refusal == NULL, "%s", description->refusal);
  ck_assert_uint_eq (n, n_expected);
  return operations;
}

static void
assert_shape (
    const GbpDescription *description, guint value, guint height, guint width, guint channels)
{
  const GbpShape *shape = gbp_graph_get_shape (description->graph, value);

  ck_assert_uint_eq (shape->height, height);
  ck_assert_uint_eq (shape->width, width);
  ck_assert_uint_eq (shape->channels, channels);
}

/* Chains of nodes on "x" that make one activation "y": "KIND INPUT… > OUTPUT" in each line. Numbers are constants.
 * @slope, @offset, @maximum: as GbpOperation has them */
static const struct {
  const char *nodes;
  GbpFunction function;
  float slope, offset, maximum;
} chains[] = {
    {"Relu x > y", GBP_FUNCTION_RELU, 0, 0, 0},
    {"Clip x 0 6 > y", GBP_FUNCTION_RELU, 0, 0, 6},
    {"Relu x > a\nMin a 6 > y", GBP_FUNCTION_RELU, 0, 0, 6},
    {"Relu x > a\nClip a 0 6 > y", GBP_FUNCTION_RELU, 0, 0, 6},
    {"Mul x 0.25 > a\nMax x a > y", GBP_FUNCTION_LEAKY_RELU, 0.25f, 0, 0},
    {"Relu x > a\nNeg x > b\nRelu b > c\nMul c 0.5 > d\nSub a d > y", GBP_FUNCTION_LEAKY_RELU, 0.5f,
        0, 0},
    {"Elu x > y", GBP_FUNCTION_ELU, 1, 0, 0},
    {"Selu x > y", GBP_FUNCTION_SELU, 0, 0, 0},
    {"Sigmoid x > a\nMul x a > y", GBP_FUNCTION_SILU, 0, 0, 0},
    {"Sigmoid x > a\nMul a x > y", GBP_FUNCTION_SILU, 0, 0, 0},
    {"Neg x > a\nExp a > b\nAdd b 1 > c\nDiv x c > y", GBP_FUNCTION_SILU, 0, 0, 0},
    {"Add x 3 > a\nClip a 0 6 > b\nMul x b > c\nDiv c 6 > y", GBP_FUNCTION_HARD_SWISH, 0, 0, 0},
    {"Add 3 x > a\nClip a 0 6 > b\nDiv b 6 > c\nMul x c > y", GBP_FUNCTION_HARD_SWISH, 0, 0, 0},
    {"Add x 3 > a\nRelu a > b\nMin b 6 > c\nMul c 0.16666667 > d\nMul d x > y",
        GBP_FUNCTION_HARD_SWISH, 0, 0, 0},
    {"HardSwish x > y", GBP_FUNCTION_HARD_SWISH, 0, 0, 0},
    {"Div x 1.4142135 > a\nErf a > b\nAdd b 1 > c\nMul x c > d\nMul d 0.5 > y", GBP_FUNCTION_GELU,
        0, 0, 0},
    {"Mul x 0.70710677 > a\nErf a > b\nMul b 0.5 > c\nAdd c 0.5 > d\nMul d x > y",
        GBP_FUNCTION_GELU, 0, 0, 0},
    {"Pow x 3 > a\nMul a 0.044715 > b\nAdd x b > c\nMul c 0.7978846 > d\nTanh d > e\nAdd e 1 > f\nMul x 0.5 > g\nMul g f > y",
        GBP_FUNCTION_GELU_TANH, 0, 0, 0},
    {"Gelu x > y", GBP_FUNCTION_GELU, 0, 0, 0},
    {"Softplus x > a\nTanh a > b\nMul x b > y", GBP_FUNCTION_MISH, 0, 0, 0},
    {"Mish x > y", GBP_FUNCTION_MISH, 0, 0, 0},
    {"Sigmoid x > y", GBP_FUNCTION_SIGMOID, 0, 0, 0},
    {"Tanh x > y", GBP_FUNCTION_TANH, 0, 0, 0},
    {"HardSigmoid x > y", GBP_FUNCTION_HARD_SIGMOID, 0.2f, 0.5f, 0},
    {"Add x 3 > a\nClip a 0 6 > b\nDiv b 6 > y", GBP_FUNCTION_HARD_SIGMOID, 1 / 6.0f, 0.5f, 0},
};

START_TEST (activations)
{
  g_autoptr (OnnxFile) file = begin ();
  g_auto (GbpDescription) description = {0};
  const GbpOperation *operation;

  onnx_add_lines (file, chains[_i].nodes);
  read_file (file, 20, &description);
  operation = get_operations (&description, 1);
  ck_assert_int_eq (operation->kind, GBP_KIND_ACTIVATION);
  ck_assert_msg (operation->function == chains[_i].function, "%s: %s", chains[_i].nodes,
      gbp_function_get_name (operation->function));
  ck_assert_float_eq_tol (operation->slope, chains[_i].slope, 1e-5f);
  ck_assert_float_eq_tol (operation->offset, chains[_i].offset, 1e-6f);
  ck_assert_float_eq (operation->maximum, chains[_i].maximum);
  ck_assert_str_eq (operation->name, "y");
}
END_TEST

/* What is no activation as a whole becomes operations one by one. */
START_TEST (parts)
{
  g_autoptr (OnnxFile) file = begin ();
  g_auto (GbpDescription) description = {0};
  const GbpOperation *operations;

  onnx_add_lines (file, "Relu x > a\nSigmoid a > b\nMul b 3 > c\nAdd c x > y");
  read_file (file, 13, &description);
  operations = get_operations (&description, 4);
  ck_assert_int_eq (operations[0].function, GBP_FUNCTION_RELU);
  ck_assert_int_eq (operations[1].function, GBP_FUNCTION_SIGMOID);
  ck_assert_int_eq (operations[2].kind, GBP_KIND_SCALE);
  ck_assert_float_eq (operations[2].tensors[0]->values[0], 3);
  ck_assert_int_eq (operations[3].kind, GBP_KIND_ADD);
  ck_assert_str_eq (operations[1].name, "b");
}
END_TEST

/* Functions that are written out, of "a", which is one's own, and of what comes behind. */
static const struct {
  const char *nodes;
  GbpKind first;
  GbpFunction second;
} halves[] = {
    {"Relu x > a\nDiv a 1.4142135 > b\nErf b > c\nAdd c 1 > d\nMul a d > e\nMul e 0.5 > y",
        GBP_KIND_ACTIVATION, GBP_FUNCTION_GELU},
    {"Mul x 1.5 > s\nSub s 0.3 > a\nSigmoid a > b\nMul a b > y", GBP_KIND_SCALE, GBP_FUNCTION_SILU},
    {"Tanh x > a\nAdd a 3 > b\nClip b 0 6 > c\nMul a c > d\nDiv d 6 > y", GBP_KIND_ACTIVATION,
        GBP_FUNCTION_HARD_SWISH},
};

START_TEST (middle)
{
  g_autoptr (OnnxFile) file = begin ();
  g_auto (GbpDescription) description = {0};
  const GbpOperation *operations;

  onnx_add_lines (file, halves[_i].nodes);
  read_file (file, 13, &description);
  operations = get_operations (&description, 2);
  ck_assert_int_eq (operations[0].kind, halves[_i].first);
  ck_assert_str_eq (operations[0].name, "a");
  ck_assert_int_eq (operations[1].function, halves[_i].second);
}
END_TEST

/* A vector that PyTorch flattened has [channels][height][width]; the graph's has [height][width][channels], and so have
 * the matrix's rows. */
START_TEST (flattened)
{
  static const char *const ways[] = {"Flatten", "Reshape", "Shape"};
  const guint64 shape[] = {144, 2};
  g_autoptr (OnnxFile) file = begin ();
  g_auto (GbpDescription) description = {0};
  const GbpOperation *operations;
  float matrix[288];

  for (guint i = 0; i < 288; i++)
    matrix[i] = (float) i;
  onnx_add_floats (file, "w", 2, shape, matrix);
  onnx_add_integers (file, "sizes", 2, (gint64[]){1, -1});
  onnx_add_integers (file, "rest", 1, (gint64[]){-1});
  onnx_add_integers (file, "first", 1, (gint64[]){0});
  if (_i == 2) {
    onnx_add_node (file, "Shape", NULL, "x", "s", NULL);
    onnx_add_node (file, "Gather", NULL, "s first", "batch", NULL);
    onnx_add_node (file, "Concat", NULL, "batch rest", "sizes2", onnx_int (NULL, "axis", 0));
  }
  onnx_add_node (file, _i == 0 ? "Flatten" : "Reshape", ways[_i],
      _i == 0   ? "x"
      : _i == 1 ? "x sizes"
                : "x sizes2",
      "f", NULL);
  onnx_add_node (file, _i == 1 ? "MatMul" : "Gemm", "dense", "f w", "y", NULL);
  read_file (file, 13, &description);
  operations = get_operations (&description, 2);
  ck_assert_int_eq (operations[0].kind, GBP_KIND_FLATTEN);
  ck_assert_int_eq (operations[1].kind, GBP_KIND_DENSE);
  for (guint c = 0; c < 3; c++)
    for (guint p = 0; p < 48; p++)
      ck_assert_float_eq (
          operations[1].tensors[0]->values[(p * 3 + c) * 2 + 1], matrix[(c * 48 + p) * 2 + 1]);
  ck_assert_str_eq (description.class_layer, "dense");
}
END_TEST

/* As tf2onnx writes: channels last outside, transposes around what wants them first. */
START_TEST (channels_last)
{
  g_autoptr (OnnxFile) file = onnx_new ();
  g_auto (GbpDescription) description = {0};
  const GbpOperation *operations;
  GByteArray *attributes = onnx_ints (NULL, "strides", 2, (gint64[]){2, 2});

  onnx_add_input (file, "x", 4, (guint64[]){0, 8, 6, 3});
  onnx_add_zeros (file, "k", 4, (guint64[]){5, 3, 3, 3});
  onnx_add_floats (file, "b", 1, (guint64[]){5}, (float[]){1, 2, 3, 4, 5});
  onnx_add_integers (file, "axes", 2, (gint64[]){1, 2});
  onnx_add_node (
      file, "Transpose", NULL, "x", "first", onnx_ints (NULL, "perm", 4, (gint64[]){0, 3, 1, 2}));
  onnx_add_node (
      file, "Conv", "conv", "first k", "c", onnx_text (attributes, "auto_pad", "SAME_UPPER"));
  onnx_add_node (
      file, "Transpose", NULL, "c", "last", onnx_ints (NULL, "perm", 4, (gint64[]){0, 2, 3, 1}));
  onnx_add_node (file, "Add", "bias", "last b", "a", NULL);
  onnx_add_node (file, "ReduceMean", "mean", "a axes", "m", onnx_int (NULL, "keepdims", 0));
  onnx_add_node (file, "Softmax", "scores", "m", "y", NULL);
  read_file (file, 18, &description);
  operations = get_operations (&description, 4);
  assert_shape (&description, 0, 8, 6, 3);
  assert_shape (&description, 1, 4, 3, 5);
  ck_assert_uint_eq (operations[0].window.padding.top, 0);
  ck_assert_uint_eq (operations[0].window.padding.bottom, 1);
  ck_assert_float_eq (operations[1].tensors[1]->values[4], 5);
  ck_assert_int_eq (operations[2].kind, GBP_KIND_GLOBAL_AVERAGE);
  ck_assert_int_eq (operations[3].kind, GBP_KIND_SOFTMAX);
  ck_assert_int_eq (description.class_value, 3);
  ck_assert_int_eq (description.score_value, 4);
}
END_TEST

/* Kernels go from [outputs][inputs][rows][columns] to [rows][columns][inputs][outputs]. */
START_TEST (kernels)
{
  g_autoptr (OnnxFile) file = begin ();
  g_auto (GbpDescription) description = {0};
  const GbpOperation *operations;
  float kernel[2 * 3 * 1 * 4];

  for (guint i = 0; i < G_N_ELEMENTS (kernel); i++)
    kernel[i] = (float) i;
  onnx_add_floats (file, "k", 4, (guint64[]){2, 3, 1, 4}, kernel);
  onnx_add_node (
      file, "Conv", "conv", "x k", "y", onnx_ints (NULL, "pads", 4, (gint64[]){0, 1, 0, 2}));
  read_file (file, 7, &description);
  operations = get_operations (&description, 1);
  assert_shape (&description, 1, 8, 6, 2);
  ck_assert_uint_eq (operations->window.padding.left, 1);
  ck_assert_uint_eq (operations->window.padding.right, 2);
  for (guint o = 0; o < 2; o++)
    for (guint i = 0; i < 3; i++)
      for (guint p = 0; p < 4; p++)
        ck_assert_float_eq (
            operations->tensors[0]->values[(p * 3 + i) * 2 + o], kernel[(o * 3 + i) * 4 + p]);
}
END_TEST

/* @attributes: names and numbers of a 3×3 pool with strides of 2 */
static const struct {
  const char *kind;
  gint64 pad, ceil_mode, counts;
  GbpKind expected;
  guint height, width;
} pools[] = {
    {"MaxPool", 0, 0, 0, GBP_KIND_POOL_MAX, 3, 2},
    {"MaxPool", 1, 0, 0, GBP_KIND_POOL_MAX, 4, 3},
    {"MaxPool", 0, 1, 0, GBP_KIND_POOL_MAX, 4, 3},
    {"AveragePool", 1, 0, 0, GBP_KIND_POOL_AVERAGE, 4, 3},
    {"AveragePool", 1, 0, 1, GBP_KIND_POOL_AVERAGE_PADDED, 4, 3},
    {"AveragePool", 0, 1, 1, GBP_KIND_POOL_AVERAGE, 4, 3},
};

START_TEST (pool)
{
  g_autoptr (OnnxFile) file = begin ();
  g_auto (GbpDescription) description = {0};
  gint64 pad = pools[_i].pad;
  GByteArray *attributes = onnx_ints (NULL, "kernel_shape", 2, (gint64[]){3, 3});

  attributes = onnx_ints (attributes, "strides", 2, (gint64[]){2, 2});
  attributes = onnx_ints (attributes, "pads", 4, (gint64[]){pad, pad, pad, pad});
  attributes = onnx_int (attributes, "ceil_mode", pools[_i].ceil_mode);
  attributes = onnx_int (attributes, "count_include_pad", pools[_i].counts);
  onnx_add_node (file, pools[_i].kind, "pool", "x", "y", attributes);
  read_file (file, 13, &description);
  ck_assert_int_eq (get_operations (&description, 1)->kind, pools[_i].expected);
  assert_shape (&description, 1, pools[_i].height, pools[_i].width, 3);
}
END_TEST

static const struct {
  const char *nodes;
  GbpKind kind;
  guint rows, columns;
} global_pools[] = {
    {"GlobalMaxPool x > y", GBP_KIND_POOL_MAX, 8, 6},
    {"ReduceMax x pixels > y", GBP_KIND_GLOBAL_MAX, 1, 1},
    {"GlobalAveragePool x > y", GBP_KIND_GLOBAL_AVERAGE, 1, 1},
    {"ReduceMean x pixels > y", GBP_KIND_GLOBAL_AVERAGE, 1, 1},
};

/* Two maxima differ in where the gradient goes if there are several. */
START_TEST (global_pool)
{
  g_autoptr (OnnxFile) file = begin ();
  g_auto (GbpDescription) description = {0};
  const GbpOperation *operation;

  onnx_add_integers (file, "pixels", 2, (gint64[]){2, 3});
  onnx_add_lines (file, global_pools[_i].nodes);
  read_file (file, 18, &description);
  operation = get_operations (&description, 1);
  ck_assert_int_eq (operation->kind, global_pools[_i].kind);
  ck_assert_uint_eq (operation->window.rows, global_pools[_i].rows);
  ck_assert_uint_eq (operation->window.columns, global_pools[_i].columns);
  assert_shape (&description, 1, 1, 1, 3);
}
END_TEST

/* What changes nothing is left out, and its output is called as what it is the output of. */
START_TEST (idle)
{
  g_autoptr (OnnxFile) file = begin ();
  g_auto (GbpDescription) description = {0};
  const gint64 none[8] = {0};

  onnx_add_lines (file, "Relu x > a");
  onnx_add_node (
      file, "AveragePool", "pool", "a", "b", onnx_ints (NULL, "kernel_shape", 2, (gint64[]){1, 1}));
  onnx_add_node (
      file, "MaxPool", "most", "b", "c", onnx_ints (NULL, "kernel_shape", 2, (gint64[]){1, 1}));
  onnx_add_node (file, "Pad", "pad", "c", "d", onnx_ints (NULL, "pads", 8, none));
  onnx_add_lines (file, "Sigmoid d > y");
  read_file (file, 9, &description);
  ck_assert_str_eq (get_operations (&description, 2)[0].name, "a");
  ck_assert_int_eq (get_operations (&description, 2)[1].function, GBP_FUNCTION_SIGMOID);
}
END_TEST

/* Nodes with numbers that make no sense: the graph ends before them, in words that begin with the node. */
static const struct {
  const char *nodes;
  const char *words;
} refused[] = {
    {"Relu x > a\nPad a > y", "its pads are expected to be two for each axis"},
    {"Relu x > a\nPad a - > y", "its pads are expected to be two for each axis"},
    {"Relu x > a\nPad a 1 > y", "its pads are expected to be two for each axis"},
    {"Relu x > a\nPad a 0.5 > y", "whole numbers are expected as its pads"},
    {"Relu x > a\nPad a nan > y", "whole numbers are expected as its pads"},
    {"Relu x > a\nPad a 1 0 nan > y", "whole numbers are expected as its axes"},
    {"Relu x > a\nReshape a nan > y", "whole numbers are expected as its shape"},
    {"Relu x > a\nReduceMean a inf > y", "it is supported over height and width"},
};

START_TEST (wrong_numbers)
{
  g_autoptr (OnnxFile) file = begin ();
  g_auto (GbpDescription) description = {0};

  onnx_add_floats (file, "nan", 0, NULL, &(float){NAN});
  onnx_add_floats (file, "inf", 0, NULL, &(float){INFINITY});
  onnx_add_lines (file, refused[_i].nodes);
  read_file (file, 13, &description);
  ck_assert_ptr_nonnull (description.refusal);
  ck_assert_msg (
      strstr (description.refusal, refused[_i].words) != NULL, "%s", description.refusal);
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"activations", activations, G_N_ELEMENTS (chains)},
      {"middle", middle, G_N_ELEMENTS (halves)},
      {"parts", parts, 0},
      {"flattened", flattened, 3},
      {"channels last", channels_last, 0},
      {"kernels", kernels, 0},
      {"pools", pool, G_N_ELEMENTS (pools)},
      {"global pool", global_pool, G_N_ELEMENTS (global_pools)},
      {"idle", idle, 0},
      {"wrong numbers", wrong_numbers, G_N_ELEMENTS (refused)},
  };

  return GBP_TEST_RUN ("ONNX", tests);
}
