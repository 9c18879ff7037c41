/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * ONNX's functions of each number that are no activation, of two maps, and operators that several operations make. */
#include <math.h>
#include <string.h>

#include "harness.h"
#include "values.h"
#include "write_onnx.h"

#define MOST 6

static OnnxFile *
begin (void)
{
  OnnxFile *file = onnx_new ();

  onnx_add_input (file, "x", 4, (guint64[]){1, 3, 8, 6});
  onnx_add_floats (file, "minus_one", 0, NULL, &(float){-1});
  onnx_add_integers (file, "pixels", 2, (gint64[]){2, 3});
  return file;
}

static const GbpOperation *
read_operations (OnnxFile *file, GbpDescription *description, guint n_expected)
{
  const GbpOperation *operations;
  guint n;

  onnx_assert_read (file, 20, description);
  ck_assert_msg (description->refusal == NULL, "%s", description->refusal);
  operations = gbp_graph_get_operations (description->graph, &n);
  ck_assert_uint_eq (n, n_expected);
  ck_assert_str_eq (operations[n - 1].name, "y");
  return operations;
}

/* Operations in order; the last activation is as said. */
static const struct {
  const char *nodes;
  GbpKind kinds[MOST];
  guint n;
  GbpFunction function;
  float slope, offset, maximum;
  GbpCorner corner;
} cases[] = {
    {"Softplus x > y", {GBP_KIND_ACTIVATION}, 1, GBP_FUNCTION_SOFTPLUS, 0, 0, 0, 0},
    {"Mul x 1 > s\nSoftplus s > p\nDiv p 1 > q\nGreater s 20 > g\nWhere g x q > y",
        {GBP_KIND_ACTIVATION}, 1, GBP_FUNCTION_SOFTPLUS, 0, 0, 0, 0},
    {"Greater x 0 > g\nMul x 0.2 > n\nWhere g x n > y", {GBP_KIND_ACTIVATION}, 1,
        GBP_FUNCTION_LEAKY_RELU, 0.2f, 0, 0, 0},
    {"Greater x 0.005 > g\nWhere g x 0 > y", {GBP_KIND_ACTIVATION, GBP_KIND_MULTIPLY}, 2,
        GBP_FUNCTION_STEP, 0, 0.005f, 0, 0},
    {"GreaterOrEqual x 2 > g\nWhere g x 0 > y", {GBP_KIND_ACTIVATION, GBP_KIND_MULTIPLY}, 2,
        GBP_FUNCTION_STEP, 0, 2, 0, GBP_CORNER_ABOVE},
    {"ThresholdedRelu x > y", {GBP_KIND_ACTIVATION}, 1, GBP_FUNCTION_THRESHOLD_RELU, 0, 1, 0, 0},
    {"Sigmoid x > s\nLog s > y", {GBP_KIND_ACTIVATION}, 1, GBP_FUNCTION_LOG_SIGMOID, 0, 0, 0, 0},
    {"Min x 0 > m\nAbs x > a\nNeg a > n\nExp n > e\nAdd e 1 > f\nLog f > l\nSub m l > y",
        {GBP_KIND_ACTIVATION}, 1, GBP_FUNCTION_LOG_SIGMOID, 0, 0, 0, 0},
    {"Softsign x > y", {GBP_KIND_ACTIVATION}, 1, GBP_FUNCTION_SOFTSIGN, 0, 0, 0, 0},
    {"Abs x > a\nAdd a 1 > b\nDiv x b > y", {GBP_KIND_ACTIVATION}, 1, GBP_FUNCTION_SOFTSIGN, 0, 0,
        0, 0},
    {"Exp x > y", {GBP_KIND_ACTIVATION}, 1, GBP_FUNCTION_EXPONENTIAL, 0, 0, 0, 0},
    {"Sqrt x > y", {GBP_KIND_ACTIVATION}, 1, GBP_FUNCTION_POWER, 0.5f, 0, 0, 0},
    {"Reciprocal x > y", {GBP_KIND_ACTIVATION}, 1, GBP_FUNCTION_POWER, -1, 0, 0, 0},
    {"Div 3 x > y", {GBP_KIND_ACTIVATION, GBP_KIND_SCALE}, 2, GBP_FUNCTION_POWER, -1, 0, 0, 0},
    {"Pow x 1.5 > y", {GBP_KIND_ACTIVATION}, 1, GBP_FUNCTION_POWER, 1.5f, 0, 0, 0},
    {"Pow x 2 > y", {GBP_KIND_MULTIPLY}, 1, 0, 0, 0, 0, 0},
    {"Abs x > y", {GBP_KIND_SCALE, GBP_KIND_MAXIMUM}, 2, 0, 0, 0, 0, 0},
    {"Clip x minus_one 1 > y", {GBP_KIND_ACTIVATION}, 1, GBP_FUNCTION_CLAMP, 0, -1, 1,
        GBP_CORNER_FLAT},
    {"Clip x 0.5 > y", {GBP_KIND_ACTIVATION}, 1, GBP_FUNCTION_CLAMP, 0, 0.5f, INFINITY, 0},
    {"Max x 0.000001 > y", {GBP_KIND_ACTIVATION}, 1, GBP_FUNCTION_CLAMP, 0, 1e-6f, INFINITY, 0},
    {"Clip x 0.000001 1 > y", {GBP_KIND_ACTIVATION}, 1, GBP_FUNCTION_CLAMP, 0, 1e-6f, 1,
        GBP_CORNER_FLAT},
    {"Max x 0.5 > y", {GBP_KIND_ACTIVATION}, 1, GBP_FUNCTION_CLAMP, 0, 0.5f, INFINITY, 0},
    {"Min 0.5 x > y", {GBP_KIND_ACTIVATION}, 1, GBP_FUNCTION_CLAMP, 0, -INFINITY, 0.5f, 0},
    {"Tanh x > a\nSub x a > y", {GBP_KIND_ACTIVATION, GBP_KIND_SCALE, GBP_KIND_ADD}, 3,
        GBP_FUNCTION_TANH, 0, 0, 0, 0},
    {"Div x 1.4142135 > a\nErf a > b\nAdd b 1 > c\nMul x c > d\nMul d 0.5 > e\nMul e 1.5 > f\nAdd f 2 > y",
        {GBP_KIND_ACTIVATION, GBP_KIND_SCALE}, 2, GBP_FUNCTION_GELU, 0, 0, 0, 0},
    {"Celu x > y", {GBP_KIND_ACTIVATION}, 1, GBP_FUNCTION_ELU, 1, 0, 0, 0},
    {"Transpose x > t\nTranspose t > u\nMax x u > y", {GBP_KIND_MAXIMUM}, 1, 0, 0, 0, 0, 0},
    {"Transpose x > t\nTranspose t > u\nMin x u > y",
        {GBP_KIND_SCALE, GBP_KIND_SCALE, GBP_KIND_MAXIMUM, GBP_KIND_SCALE}, 4, 0, 0, 0, 0, 0},
    {"Transpose x > t\nTranspose t > u\nDiv x u > y", {GBP_KIND_ACTIVATION, GBP_KIND_MULTIPLY}, 2,
        GBP_FUNCTION_POWER, -1, 0, 0, 0},
    {"ReduceSum x pixels > y", {GBP_KIND_GLOBAL_AVERAGE, GBP_KIND_SCALE}, 2, 0, 0, 0, 0, 0},
    {"ReduceL2 x pixels > y",
        {GBP_KIND_MULTIPLY, GBP_KIND_GLOBAL_AVERAGE, GBP_KIND_SCALE, GBP_KIND_ACTIVATION}, 4,
        GBP_FUNCTION_POWER, 0.5f, 0, 0, 0},
};

START_TEST (function)
{
  g_autoptr (OnnxFile) file = begin ();
  g_auto (GbpDescription) description = {0};
  const GbpOperation *operations;

  onnx_add_lines (file, cases[_i].nodes);
  operations = read_operations (file, &description, cases[_i].n);
  for (guint i = 0; i < cases[_i].n; i++) {
    ck_assert_int_eq (operations[i].kind, cases[_i].kinds[i]);
    if (operations[i].kind == GBP_KIND_MAXIMUM)
      ck_assert_int_eq (operations[i].corner, GBP_CORNER_BELOW);
    if (operations[i].kind != GBP_KIND_ACTIVATION)
      continue;
    ck_assert_int_eq (operations[i].function, cases[_i].function);
    ck_assert_float_eq (operations[i].slope, cases[_i].slope);
    ck_assert_float_eq (operations[i].offset, cases[_i].offset);
    ck_assert (operations[i].maximum == cases[_i].maximum); /* which may be infinite */
    ck_assert_int_eq (operations[i].corner, cases[_i].corner);
  }
}
END_TEST

/* The numbers of the response normalization, or of the scale, that nodes come to. */
static const struct {
  const char *kind;
  gint64 size;
  guint columns;
  float numbers[3];
} norms[] = {
    {"LRN", 5, 5, {2, 0.1f, 0.75f}},
    {"LRN", 4, 4, {2, 0.125f, 0.75f}},
    {"LpNormalization", 0, 5, {1e-12f, 1, 0.5f}},
};

START_TEST (response)
{
  g_autoptr (OnnxFile) file = begin ();
  g_auto (GbpDescription) description = {0};
  GByteArray *attributes = onnx_int (NULL, "axis", 1);
  const GbpOperation *operation;

  attributes = onnx_int (attributes, "size", norms[_i].size);
  attributes = onnx_float (onnx_float (attributes, "alpha", 0.5f), "bias", 2);
  onnx_add_node (file, norms[_i].kind, "y", "x", "y", attributes);
  operation = read_operations (file, &description, 1);
  ck_assert_int_eq (operation->kind, GBP_KIND_RESPONSE_NORM);
  ck_assert_uint_eq (operation->window.columns, norms[_i].columns);
  for (guint i = 0; i < 3; i++)
    ck_assert_float_eq (operation->tensors[0]->values[i], norms[_i].numbers[i]);
}
END_TEST

/* A slope for each number of a map, which ONNX has with the channels first. */
START_TEST (prelu)
{
  float slopes[3 * 8 * 6];
  g_autoptr (OnnxFile) file = begin ();
  g_auto (GbpDescription) description = {0};
  const GbpTensor *tensor;

  for (guint i = 0; i < G_N_ELEMENTS (slopes); i++)
    slopes[i] = (float) i;
  onnx_add_floats (file, "s", 3, (guint64[]){3, 8, 6}, slopes);
  onnx_add_lines (file, "PRelu x s > y");
  tensor = read_operations (file, &description, 1)->tensors[0];
  ck_assert_uint_eq (tensor->n_values, G_N_ELEMENTS (slopes));
  for (guint y = 0; y < 8; y++)
    for (guint x = 0; x < 6; x++)
      for (guint c = 0; c < 3; c++)
        ck_assert_float_eq (tensor->values[(y * 6 + x) * 3 + c], slopes[(c * 8 + y) * 6 + x]);
}
END_TEST

#define V values_input

/* Of channel @n in a map whose channels are pixels of blocks of 2 × 2, three of each. */
#define IN_BLOCK(y, x, n) V (2 * (y) + (n) / 6, 2 * (x) + (n) / 3 % 2, (n) % 3)

VALUES_FUNCTION (blocks, IN_BLOCK (y, x, c))
VALUES_FUNCTION (same, V (y, x, c))
VALUES_FUNCTION (inner, IN_BLOCK (y / 2, x / 2, 4 * c + y % 2 * 2 + x % 2))
VALUES_FUNCTION (square, V (y, x, c) * V (y, x, c))
VALUES_FUNCTION (responses,
    V (y, x, c) / pow (2 + 0.5 / 2 * (square (y, x, c) + (c < 2 ? square (y, x, c + 1) : 0)), 0.75))
VALUES_FUNCTION (unit, V (y, x, c) / sqrt (square (y, x, 0) + square (y, x, 1) + square (y, x, 2)))
VALUES_FUNCTION (clamped, MIN (MAX (V (y, x, c), 100), 500))
VALUES_FUNCTION (larger, MAX (V (y, x, c), 300 - V (y, x, c)))
VALUES_FUNCTION (smaller, MIN (V (y, x, c), 300 - V (y, x, c)))
VALUES_FUNCTION (quotient, V (y, x, c) / (1 + square (y, x, c)))
VALUES_FUNCTION (absolute, fabs (V (y, x, c) - 300))

/* What comes out, as ONNX defines it. */
static const struct {
  const char *nodes;
  GbpShape shape;
  ValuesFunction expected;
} values[] = {
    {"SpaceToDepth x > y", {4, 3, 12}, blocks},
    {"SpaceToDepth x > s\nDepthToSpace s > y", {8, 6, 3}, same},
    {"SpaceToDepth x > s\nDepthToSpaceCRD s > y", {8, 6, 3}, inner},
    {"LRN x > y", {8, 6, 3}, responses},
    {"LpNormalization x > y", {8, 6, 3}, unit},
    {"Max x 100 > a\nMin a 500 > y", {8, 6, 3}, clamped},
    {"Sub 300 x > a\nMax x a > y", {8, 6, 3}, larger},
    {"Sub 300 x > a\nMin x a > y", {8, 6, 3}, smaller},
    {"Mul x x > a\nAdd a 1 > b\nDiv x b > y", {8, 6, 3}, quotient},
    {"Sub x 300 > a\nAbs a > y", {8, 6, 3}, absolute},
};

/* Nodes of some kinds with the attributes that they need. */
static void
add_with_attributes (OnnxFile *file, const char *nodes)
{
  g_auto (GStrv) lines = g_strsplit (nodes, "\n", -1);

  for (guint i = 0; lines[i] != NULL; i++) {
    g_auto (GStrv) words = g_strsplit (lines[i], " ", -1);
    gboolean is_crd = strcmp (words[0], "DepthToSpaceCRD") == 0;
    GByteArray *attributes = onnx_int (onnx_int (NULL, "blocksize", 2), "size", 2);

    if (g_strv_length (words) > 4) {
      g_byte_array_unref (attributes);
      onnx_add_lines (file, lines[i]);
      continue;
    }
    attributes = onnx_int (onnx_float (attributes, "alpha", 0.5f), "axis", 1);
    attributes = onnx_text (onnx_float (attributes, "bias", 2), "mode", is_crd ? "CRD" : "DCR");
    onnx_add_node (
        file, is_crd ? "DepthToSpace" : words[0], words[3], words[1], words[3], attributes);
  }
}

START_TEST (value)
{
  g_autoptr (OnnxFile) file = begin ();
  g_auto (GbpDescription) description = {0};

  add_with_attributes (file, values[_i].nodes);
  onnx_assert_read (file, 20, &description);
  values_assert (&description, &values[_i].shape, values[_i].expected);
}
END_TEST

static const struct {
  const char *nodes, *refusal;
} refused[] = {
    {"Relu x > r\nLog x > y", "Log by node y is not supported, but as a part of ReLU"},
    {"Relu x > r\nTranspose x > t\nTranspose t > u\nPow x u > y",
        "of two maps Add, Sub, Mul, Div, Min, Max, And, Or and what compares are supported"},
    {"Relu x > r\nDepthToSpace x > y", "its blocks are expected to be of 1 to 8 pixels"},
    {"Relu x > r\nLRN x > y", "with a size above 0"},
};

START_TEST (refusal)
{
  g_autoptr (OnnxFile) file = begin ();
  g_auto (GbpDescription) description = {0};
  g_autoptr (GError) error = NULL;
  const char *found;

  onnx_add_lines (file, refused[_i].nodes);
  found = onnx_read (file, 20, &description, &error) ? description.refusal : error->message;
  ck_assert_msg (found != NULL && strstr (found, refused[_i].refusal) != NULL, "%s", found);
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"functions", function, G_N_ELEMENTS (cases)},
      {"responses", response, G_N_ELEMENTS (norms)},
      {"PReLU", prelu, 0},
      {"values", value, G_N_ELEMENTS (values)},
      {"refusals", refusal, G_N_ELEMENTS (refused)},
  };

  return GBP_TEST_RUN ("ONNX's functions", tests);
}
