/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Normalization by the picture's own mean and variance: as one node of ONNX's, and spelt out. */
#include <string.h>

#include "harness.h"

#include "write_onnx.h"

#define CHANNELS 6
#define EPSILON  0.015625f /* 2⁻⁶ */

static const float factors[CHANNELS] = {2, -3, 4, 5, 1, 0}, shifts[CHANNELS] = {1, 0, -1, 2, 3, 4};

/* A file with "p", a picture of [1][3][4][5], "x" that is it and its ReLU, and "f" and "s", a factor and a shift for
 * each channel of that. */
static OnnxFile *
begin (void)
{
  OnnxFile *file = onnx_new ();

  onnx_add_input (file, "p", 4, (guint64[]){1, 3, 4, 5});
  onnx_add_floats (file, "f", 3, (guint64[]){CHANNELS, 1, 1}, factors);
  onnx_add_floats (file, "s", 3, (guint64[]){CHANNELS, 1, 1}, shifts);
  onnx_add_floats (file, "threes", 1, (guint64[]){3}, factors);
  onnx_add_floats (file, "pair", 1, (guint64[]){2}, factors);
  onnx_add_floats (file, "minus_half", 0, NULL, &(float){-0.5f});
  onnx_add_integers (file, "axis1", 1, (gint64[]){1});
  onnx_add_node (file, "Relu", "r", "p", "r", NULL);
  onnx_add_node (file, "Concat", "x", "p r", "x", onnx_int (NULL, "axis", 1));
  return file;
}

/* The operations behind "x". */
static const GbpOperation *
describe_good (OnnxFile *file, guint64 opset, GbpDescription *description, guint *n)
{
  g_autoptr (GError) error = NULL;
  const GbpOperation *operations;

  ck_assert_msg (
      onnx_read (file, opset, description, &error), "%s", error != NULL ? error->message : "");
  ck_assert_msg (description->refusal == NULL, "%s", description->refusal);
  operations = gbp_graph_get_operations (description->graph, n);
  *n -= 2;
  return operations + 2;
}

static void
assert_norm (const GbpOperation *operation, GbpKind kind, const float *expected_factors,
    const float *expected_shifts)
{
  ck_assert_int_eq (operation->kind, kind);
  ck_assert_float_eq_tol (operation->epsilon, EPSILON, 1e-9f);
  for (guint c = 0; c < CHANNELS; c++) {
    ck_assert_float_eq_tol (operation->tensors[0]->values[c], expected_factors[c], 1e-6f);
    ck_assert_float_eq_tol (operation->tensors[1]->values[c], expected_shifts[c], 1e-6f);
  }
}

#define CENTRED  "ReduceMean x axis1 > m\nSub x m > d\n"
#define VARIANCE CENTRED "Pow d 2 > q\nReduceMean q axis1 > v\n"
#define PLAIN    VARIANCE "Add v 0.015625 > e\nSqrt e > r1\nDiv d r1 > n\n"
#define NORM     PLAIN "Mul n f > a\nAdd a s > b\n"

/* As PyTorch writes it; as Keras does, which spares an operation on the map; with the mean of the squares; with the
 * factor before the quotient. */
static const char *const chains[] = {
    PLAIN "Mul n f > a\nAdd a s > y",
    CENTRED
    "Mul d d > q\nReduceMean q axis1 > v\nAdd v 0.015625 > e\nSqrt e > r1\nReciprocal r1 > i\n"
    "Mul i f > g\nMul x g > a\nMul m g > b\nSub s b > c\nAdd a c > y",
    "Mul x x > xx\nReduceMean xx axis1 > w\nReduceMean x axis1 > m\nMul m m > mm\nSub w mm > v\n"
    "Add 0.015625 v > e\nPow e minus_half > i\nSub x m > d\nMul d i > n\nMul f n > a\nAdd s a > y",
    VARIANCE "Add v 0.015625 > e\nSqrt e > r1\nMul d f > a\nDiv a r1 > b\nAdd b s > y",
};

START_TEST (chain)
{
  g_autoptr (OnnxFile) file = begin ();
  g_auto (GbpDescription) description = {0};
  const GbpOperation *operations;
  guint n;

  onnx_add_lines (file, chains[_i]);
  operations = describe_good (file, 18, &description, &n);
  ck_assert_uint_eq (n, 1);
  assert_norm (operations, GBP_KIND_LAYER_NORM, factors, shifts);
  ck_assert_int_eq (gbp_graph_find (description.graph, "y"), 3);
}
END_TEST

/* By the root of the mean of the squares, and over the length. @numbers: k and alpha */
static const struct {
  const char *nodes;
  float numbers[2], factor;
} responses[] = {
    {"Mul x x > q\nReduceMean q axis1 > v\nAdd v 0.015625 > e\nSqrt e > r1\nDiv x r1 > y",
        {EPSILON, 1 / 6.0f}, 1},
    {"Pow x 2 > q\nReduceMean q axis1 > v\nAdd v 0.015625 > e\nPow e minus_half > i\nMul x i > y",
        {EPSILON, 1 / 6.0f}, 1},
    {"Mul x x > q\nReduceSum q axis1 > v\nAdd v 0.015625 > e\nSqrt e > r1\nDiv x r1 > y",
        {EPSILON / 6, 1 / 6.0f}, 0.40824829f},
    {"ReduceL2 x axis1 > l\nClip l 1e-12 > c\nDiv x c > y", {1e-12f, 1 / 6.0f}, 0.40824829f},
};

START_TEST (response)
{
  g_autoptr (OnnxFile) file = begin ();
  g_auto (GbpDescription) description = {0};
  const GbpOperation *operations;
  guint n;

  onnx_add_lines (file, responses[_i].nodes);
  operations = describe_good (file, 18, &description, &n);
  ck_assert_uint_eq (n, 2);
  ck_assert_int_eq (operations->kind, GBP_KIND_RESPONSE_NORM);
  ck_assert_uint_eq (operations->window.columns, 2 * CHANNELS - 1);
  for (guint i = 0; i < 2; i++)
    ck_assert_float_eq_tol (operations->tensors[0]->values[i], responses[_i].numbers[i], 1e-8f);
  ck_assert_float_eq (operations->tensors[0]->values[2], 0.5f);
  ck_assert_int_eq (operations[1].kind, GBP_KIND_SCALE);
  for (guint c = 0; c < CHANNELS; c++) {
    ck_assert_float_eq_tol (operations[1].tensors[0]->values[c], responses[_i].factor, 1e-6f);
    ck_assert_float_eq_tol (operations[1].tensors[1]->values[c], 0, 1e-6f);
  }
}
END_TEST

/* What follows it is not drawn in. */
static const struct {
  const char *lines;
  guint n;
  GbpKind kinds[3];
} followed[] = {
    {NORM "Div b 1.4142135 > g\nErf g > h\nAdd h 1 > k\nMul b k > l\nMul l 0.5 > y", 2,
        {GBP_KIND_LAYER_NORM, GBP_KIND_ACTIVATION}},
    {PLAIN "Div n 1.4142135 > g\nErf g > h\nAdd h 1 > k\nMul n k > l\nMul l 0.5 > y", 2,
        {GBP_KIND_LAYER_NORM, GBP_KIND_ACTIVATION}},
    {NORM "Add x b > y", 2, {GBP_KIND_LAYER_NORM, GBP_KIND_ADD}},
    {NORM "Mul b b > c\nRelu c > y", 3,
        {GBP_KIND_LAYER_NORM, GBP_KIND_MULTIPLY, GBP_KIND_ACTIVATION}},
    {NORM "ReduceMean b axis1 > m2\nSub b m2 > d2\nMul d2 d2 > q2\nReduceMean q2 axis1 > v2\n"
          "Add v2 0.5 > e2\nSqrt e2 > r2\nDiv d2 r2 > y",
        2, {GBP_KIND_LAYER_NORM, GBP_KIND_LAYER_NORM}},
};

START_TEST (following)
{
  g_autoptr (OnnxFile) file = begin ();
  g_auto (GbpDescription) description = {0};
  const GbpOperation *operations;
  guint n;

  onnx_add_lines (file, followed[_i].lines);
  operations = describe_good (file, 18, &description, &n);
  ck_assert_uint_eq (n, followed[_i].n);
  for (guint i = 0; i < n; i++)
    ck_assert_int_eq (operations[i].kind, followed[_i].kinds[i]);
}
END_TEST

/* What else is made of means is computed node by node: the last one's operation. */
static const struct {
  const char *lines;
  GbpKind last;
} others[] = {
    {CENTRED "Relu d > y", GBP_KIND_ACTIVATION},
    {"Mul x x > q\nReduceMean q axis1 > v\nRelu v > y", GBP_KIND_ACTIVATION},
    {VARIANCE "Add v 0.1 > e\nSqrt e > r1\nMul d r1 > n\nRelu n > y", GBP_KIND_ACTIVATION},
    {"ReduceMean x axis1 > m\nRelu m > y", GBP_KIND_ACTIVATION},
    {CENTRED "Mul d f > a\nAdd a x > y", GBP_KIND_ADD},
};

START_TEST (other)
{
  g_autoptr (OnnxFile) file = begin ();
  g_auto (GbpDescription) description = {0};
  const GbpOperation *operations;
  guint n;

  onnx_add_lines (file, others[_i].lines);
  operations = describe_good (file, 18, &description, &n);
  ck_assert_int_eq (operations[n - 1].kind, others[_i].last);
  for (guint i = 0; i < n; i++)
    ck_assert_int_ne (operations[i].kind, GBP_KIND_LAYER_NORM);
}
END_TEST

/* A chain that no normalization is written in, of any length. */
START_TEST (lengthy)
{
  g_autoptr (OnnxFile) file = begin ();
  g_auto (GbpDescription) description = {0};
  g_autoptr (GString) lines = g_string_new ("ReduceMean x axis1 > n0");
  guint n;

  for (guint i = 1; i < 500; i++)
    g_string_append_printf (lines, "\nAdd n%u f > n%u", i - 1, i);
  g_string_append (lines, "\nRelu n499 > y");
  onnx_add_lines (file, lines->str);
  describe_good (file, 18, &description, &n);
  ck_assert_uint_eq (
      n, 1 + 1 + 499 + 1); /* of the mean, as many as there are factors, and the sums */
}
END_TEST

/* Nodes of one operation each, on maps with their channels last, and first. */
START_TEST (operators)
{
  static const float by_group[CHANNELS] = {2, 2, -3, -3, 4, 4};
  static const struct {
    const char *kind, *inputs;
    guint groups;
    const float *factors, *shifts;
  } rows[] = {
      {"LayerNormalization", "t f s", 1, factors, shifts},
      {"GroupNormalization", "x f s", 2, factors, shifts},
      {"GroupNormalization", "x threes threes", 3, by_group, by_group},
      {"InstanceNormalization", "x f s", CHANNELS, factors, shifts},
  };
  g_autoptr (OnnxFile) file = begin ();
  g_auto (GbpDescription) description = {0};
  GByteArray *attributes = onnx_float (NULL, "epsilon", EPSILON);
  const GbpOperation *operations;
  guint n;

  if (rows[_i].kind[0] == 'G')
    attributes = onnx_int (attributes, "num_groups", rows[_i].groups);
  onnx_add_node (
      file, "Transpose", NULL, "x", "t", onnx_ints (NULL, "perm", 4, (gint64[]){0, 2, 3, 1}));
  onnx_add_node (file, rows[_i].kind, NULL, rows[_i].inputs, "y", attributes);
  operations = describe_good (file, 18, &description, &n);
  ck_assert_uint_eq (n, 1);
  assert_norm (operations, rows[_i].kind[0] == 'L' ? GBP_KIND_LAYER_NORM : GBP_KIND_GROUP_NORM,
      rows[_i].factors, rows[_i].shifts);
  ck_assert_uint_eq (operations->window.groups, rows[_i].groups);
}
END_TEST

/* As PyTorch writes group normalization: a group's channels and the pixels in one axis, and back. */
START_TEST (reshaped)
{
  static const float by_group[CHANNELS] = {2, 2, -3, -3, 4, 4}, one[CHANNELS] = {2, 2, 2, 2, 2, 2};
  guint groups = _i == 0 ? 3 : 1;
  g_autoptr (OnnxFile) file = begin ();
  g_auto (GbpDescription) description = {0};
  const GbpOperation *operations;
  guint n;

  onnx_add_integers (file, "to", 3, (gint64[]){0, groups, -1});
  onnx_add_integers (file, "back", 4, (gint64[]){1, CHANNELS, 4, 5});
  onnx_add_floats (file, "single", 1, (guint64[]){1}, factors);
  onnx_add_node (file, "Reshape", NULL, "x to", "g", NULL);
  onnx_add_node (file, "InstanceNormalization", NULL,
      groups == 1 ? "g single single" : "g threes threes", "h",
      onnx_float (NULL, "epsilon", EPSILON));
  onnx_add_node (file, "Reshape", NULL, "h back", "k", NULL);
  onnx_add_lines (file, "Relu k > y");
  operations = describe_good (file, 18, &description, &n);
  ck_assert_uint_eq (n, 2);
  assert_norm (
      operations, GBP_KIND_GROUP_NORM, groups == 1 ? one : by_group, groups == 1 ? one : by_group);
  ck_assert_uint_eq (operations->window.groups, groups);
}
END_TEST

/* @refusal: where the network ends; else the file is refused */
static const struct {
  const char *kind, *inputs;
  int axis, groups;
  const char *refusal, *message;
} wrongs[] = {
    {"LayerNormalization", "x f s", 1, 0, "over the last axis, where that is of the channels",
        NULL},
    {"GroupNormalization", "x f s", 0, 4, "and num_groups divides them", NULL},
    {"GroupNormalization", "x f s", 0, 0, "and num_groups divides them", NULL},
    {"InstanceNormalization", "t f s", 0, 0, "where the second axis is that of the channels", NULL},
    {"InstanceNormalization", "x f pair", 0, 0, NULL, "array pair: expected 6 numbers, found 2"},
};

START_TEST (wrong)
{
  g_autoptr (OnnxFile) file = begin ();
  g_auto (GbpDescription) description = {0};
  g_autoptr (GError) error = NULL;
  GByteArray *attributes =
      onnx_int (onnx_int (NULL, "axis", wrongs[_i].axis), "num_groups", wrongs[_i].groups);
  gboolean is_read;

  onnx_add_node (
      file, "Transpose", NULL, "x", "t", onnx_ints (NULL, "perm", 4, (gint64[]){0, 2, 3, 1}));
  onnx_add_node (file, wrongs[_i].kind, NULL, wrongs[_i].inputs, "y", attributes);
  is_read = onnx_read (file, 18, &description, &error);
  ck_assert_int_eq (is_read, wrongs[_i].refusal != NULL);
  if (is_read)
    ck_assert_msg (
        strstr (description.refusal, wrongs[_i].refusal) != NULL, "%s", description.refusal);
  else
    ck_assert_msg (strstr (error->message, wrongs[_i].message) != NULL, "%s", error->message);
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"chains", chain, G_N_ELEMENTS (chains)},
      {"responses", response, G_N_ELEMENTS (responses)},
      {"what follows", following, G_N_ELEMENTS (followed)},
      {"others", other, G_N_ELEMENTS (others)},
      {"lengthy", lengthy, 0},
      {"operators", operators, 4},
      {"reshaped", reshaped, 2},
      {"wrong", wrong, G_N_ELEMENTS (wrongs)},
  };

  return GBP_TEST_RUN ("ONNX's normalization", tests);
}
