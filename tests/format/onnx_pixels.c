/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What ONNX's operators make of a pixel's channels together, of maps that are repeated, and of comparisons, as ONNX
 * defines them. */
#include "harness.h"

#include <math.h>
#include <string.h>

#include "values.h"
#include "write_onnx.h"

/* The names of lists that nodes take. */
static const struct {
  const char *name;
  guint n;
  gint64 numbers[10];
} lists[] = {
    {"channels", 1, {1}},
    {"row", 1, {3}},
    {"rows", 1, {2}},
    {"radix", 4, {1, 1, 2, 3}},
    {"flat", 2, {1, -1}},
    {"pixels", 2, {2, 3}},
    {"all", 3, {1, 2, 3}},
    {"last", 1, {-1}},
    {"whole", 4, {1, 3, 8, 6}},
    {"deep", 5, {1, 1, 3, 8, 6}},
    {"minus1", 1, {-1}},
    {"around", 8, {0, 2, 0, 0, 0, 1, 0, 0}},
    {"off", 8, {0, -1, 1, 0, 0, -1, 0, 0}},
    {"deep_around", 10, {0, 0, 1, 0, 0, 0, 0, 0, 0, 0}},
    {"blocks", 6, {1, 3, 4, 2, 3, 2}},
    {"joined", 4, {1, 12, 4, 3}},
    {"in_blocks", 6, {1, 3, 2, 2, 4, 3}},
};

static OnnxFile *
begin (void)
{
  OnnxFile *file = onnx_new ();
  float columns[6 * 6] = {0};

  for (guint i = 0; i < 6; i++)
    columns[6 * i] = (float) i + 1; /* of each the first one */
  onnx_add_floats (file, "columns", 4, (guint64[]){6, 6, 1, 1}, columns);
  onnx_add_input (file, "x", 4, (guint64[]){1, 3, VALUES_HEIGHT, VALUES_WIDTH});
  for (guint i = 0; i < G_N_ELEMENTS (lists); i++)
    onnx_add_integers (file, lists[i].name, lists[i].n, lists[i].numbers);
  onnx_add_floats (file, "by_channel", 3, (guint64[]){3, 1, 1}, (float[]){200, 300, 400});
  onnx_add_floats (file, "kernel", 3, (guint64[]){1, 1, 3}, (float[]){1, 10, 100});
  onnx_add_floats (file, "bias", 1, (guint64[]){1}, (float[]){5});
  onnx_add_floats (file, "below", 0, NULL, &(float){-100});
  return file;
}

#define V values_input

/* The picture less 400, as "u". */
#define U       (V (y, x, c) - 400)
#define CENTRED "Sub x 400 > u\n"

/* The mean of a pixel's channels, of all pixels of a channel, and of a row. */
#define OF_CHANNELS (V (y, x, 1))
#define OF_PIXELS   (V (3, 2, c) + 55)
#define OF_ROW      (V (y, 2, c) + 5)

#define AVERAGE "ReduceMean x pixels > a\n"

static double
square_channels (int y, int x)
{
  return pow (V (y, x, 0), 2) + pow (V (y, x, 1), 2) + pow (V (y, x, 2), 2);
}

/* The length of a channel over all pixels, and what global response normalization divides it by. */
static double
measure_channel (int c)
{
  double sum = 0;

  for (int y = 0; y < VALUES_HEIGHT; y++)
    for (int x = 0; x < VALUES_WIDTH; x++)
      sum += pow (V (y, x, c), 2);
  return sqrt (sum);
}

static double
measure_mean (void)
{
  return (measure_channel (0) + measure_channel (1) + measure_channel (2)) / 3 + 0.5;
}

VALUES_FUNCTION (by_mean, V (y, x, c) * OF_CHANNELS)
VALUES_FUNCTION (above_mean, V (y, x, c) - OF_CHANNELS + 50)
VALUES_FUNCTION (only_mean, OF_CHANNELS)
VALUES_FUNCTION (only_sum, 3 * OF_CHANNELS + 0 * c)
VALUES_FUNCTION (only_length, sqrt (square_channels (y, x)) + 0 * c)
VALUES_FUNCTION (only_square, square_channels (y, x) + 0 * c)
VALUES_FUNCTION (largest, V (y, x, 2) + 0 * c)
VALUES_FUNCTION (attended, V (y, x, c == 0 ? 2 : 1))
VALUES_FUNCTION (responses, V (y, x, c) * measure_channel (c) / measure_mean () + V (y, x, c))
VALUES_FUNCTION (row_means, OF_ROW + 0 * x)
VALUES_FUNCTION (row_maxima, V (y, 5, c) + 0 * x)
VALUES_FUNCTION (row_lengths,
    sqrt (pow (V (y, 0, c), 2) + pow (V (y, 1, c), 2) + pow (V (y, 2, c), 2) + pow (V (y, 3, c), 2)
          + pow (V (y, 4, c), 2) + pow (V (y, 5, c), 2) + 0 * x))
VALUES_FUNCTION (pixel_means, OF_PIXELS + 0 * y * x)
VALUES_FUNCTION (gated, V (y, x, c) * OF_PIXELS)
VALUES_FUNCTION (neighbours, 5 + (c > 0 ? V (3, 2, c - 1) + 55 : 0) + 10 * OF_PIXELS
                                 + 100 * (c < 2 ? V (3, 2, c + 1) + 55 : 0) + 0 * y * x)
VALUES_FUNCTION (with_channels, c >= 2 && c < 5 ? V (y, x, c - 2) : 0)
VALUES_FUNCTION (cut_channels, y > 0 ? V (y - 1, x, c + 1) : 0)
VALUES_FUNCTION (local,
    V (y, x, c)
        / sqrt (3 + 0.5 * (pow (V (y, x, c), 2) + (c > 0 ? pow (V (y, x, c - 1), 2) : 0)) / 2))
VALUES_FUNCTION (larger_mean, MAX (V (y, x, c), OF_PIXELS))
VALUES_FUNCTION (smaller_mean, MIN (V (y, x, c), OF_CHANNELS))
VALUES_FUNCTION (logarithms, (c - 2) / 10.0 - log (1 + exp (-0.1) + exp (-0.2)) + 0 * V (y, x, c))
VALUES_FUNCTION (blocks, V (2 * y + c / 2 % 2, 2 * x + c % 2, c / 4))
VALUES_FUNCTION (other_blocks, V (2 * y + c / 6, 2 * x + c / 3 % 2, c % 3))

VALUES_FUNCTION (doubled_rows, V (y % 8, x, c))
/* The means of rows and of columns, in one row of 14, whose halves are columns and rows of a product. */
static double
find_crossed (int i, int c)
{
  return i < 8 ? V (i, 2, c) + 5 : V (3, i - 8, c) + 50;
}

VALUES_FUNCTION (crossed, find_crossed (y, c) * find_crossed (x + 7, c))
VALUES_FUNCTION (transposed, V (c, 2 * x + 1, y) * V (7, 2 * x + 1, y))
VALUES_FUNCTION (with_columns, V (y, x, c) + V (y, 0, c) * (x + 1))
VALUES_FUNCTION (
    radix_softmax, 1 / (1 + exp ((c < 3 ? -2 : 2) * (V (3, 2, c % 3) + 55) / 400)) + 0 * y * x)
VALUES_FUNCTION (selected_branches, V (y, x, c) * (2 - 1 / (1 + exp (-2 * OF_PIXELS / 400))))
VALUES_FUNCTION (above_300, V (y, x, c) > 300 ? V (y, x, c) : 7)
VALUES_FUNCTION (up_to_300, V (y, x, c) > 300 ? 0 : V (y, x, c))
VALUES_FUNCTION (soft_shrunk, U > 100 ? U - 100 : U < -100 ? U + 100 : 0)
VALUES_FUNCTION (hard_shrunk, fabs (U) > 100 ? U : 0)
VALUES_FUNCTION (not_below, U >= 0 ? U : 5)
VALUES_FUNCTION (at_234, V (y, x, c) == 234)
VALUES_FUNCTION (not_at_234, V (y, x, c) != 234)
VALUES_FUNCTION (between, V (y, x, c) > 200 && V (y, x, c) <= 500 ? 1 : 3)
VALUES_FUNCTION (outside, V (y, x, c) < 200 || V (y, x, c) >= 500 ? V (y, x, c) : 0)
VALUES_FUNCTION (mirrored, MAX (V (y, x, c), 753 - V (y, x, c)))
VALUES_FUNCTION (by_bound, V (y, x, c) > 200 + 100 * c ? V (y, x, c) : 200)
VALUES_FUNCTION (by_bound_first, 200 + 100 * c >= V (y, x, c) ? V (y, x, c) : 0)
VALUES_FUNCTION (sign, (U > 0) - (U < 0))
VALUES_FUNCTION (thresholded, U > 1 ? U : 0)
VALUES_FUNCTION (log_sigmoid, -log1p (exp (-U / 100)))

static const struct {
  const char *nodes;
  GbpShape shape;
  ValuesFunction expected;
} values[] = {
    {"ReduceMean x channels > m\nMul x m > y", {8, 6, 3}, by_mean},
    {"ReduceMean x channels > m\nSub x m > d\nAdd d 50 > e\nRelu e > y", {8, 6, 3}, above_mean},
    {"ReduceMean x channels > y", {8, 6, 1}, only_mean},
    {"ReduceMean x channels > m | keepdims:0\nUnsqueeze m channels > y", {8, 6, 1}, only_mean},
    {"ReduceSum x channels > y", {8, 6, 1}, only_sum},
    {"ReduceL2 x channels > l\nRelu l > y", {8, 6, 1}, only_length},
    {"ReduceSumSquare x channels > l\nRelu l > y", {8, 6, 1}, only_square},
    {"ReduceMax x channels > y", {8, 6, 1}, largest},
    {"ReduceMax x channels > a | keepdims:0\nUnsqueeze a channels > b\nReduceMean x channels > m\nConcat b m > y | axis:1",
        {8, 6, 2}, attended},
    {"ReduceL2 x pixels > g\nReduceMean g channels > m\nAdd m 0.5 > e\nDiv g e > n\nMul x n > s\nAdd s x > y",
        {8, 6, 3}, responses},
    {"ReduceMean x row > y", {8, 1, 3}, row_means},
    {"ReduceMax x row > y", {8, 1, 3}, row_maxima},
    {"ReduceL2 x row > y", {8, 1, 3}, row_lengths},
    {AVERAGE "Expand a whole > y", {8, 6, 3}, pixel_means},
    {AVERAGE "Expand a whole > b\nMul x b > y", {8, 6, 3}, gated},
    {AVERAGE
        "Squeeze a last > b\nTranspose b > d | perm:[0,2,1]\n"
        "Conv d kernel bias > e | kernel_shape:[3] pads:[1,1]\nTranspose e > f | perm:[0,2,1]\n"
        "Unsqueeze f last > y",
        {1, 1, 3}, neighbours},
    {"Pad x around > y", {8, 6, 6}, with_channels},
    {"Pad x off > y", {9, 6, 1}, cut_channels},
    {"Mul x x > q\nReshape q deep > a\nPad a deep_around > b\n"
     "AveragePool b > d | kernel_shape:[2,1,1] strides:[1,1,1]\nSqueeze d channels > e\n"
     "Reshape e whole > f\nMul f 0.5 > g\nAdd g 3 > h\nPow h 0.5 > k\nDiv x k > y",
        {8, 6, 3}, local},
    {AVERAGE "Max x a > y", {8, 6, 3}, larger_mean},
    {"ReduceMean x channels > m\nMin m x > y", {8, 6, 3}, smaller_mean},
    {"Div x 10 > d\nLogSoftmax d > y | axis:1", {8, 6, 3}, logarithms},
    {"Reshape x blocks > a\nTranspose a > b | perm:[0,1,3,5,2,4]\nReshape b joined > y", {4, 3, 12},
        blocks},
    {"Reshape x blocks > a\nTranspose a > b | perm:[0,3,5,1,2,4]\nReshape b joined > y", {4, 3, 12},
        other_blocks},
    {"Reshape x blocks > a\nTranspose a > b | perm:[0,1,3,5,2,4]\nReshape b joined > d\n"
     "Reshape d in_blocks > e\nTranspose e > f | perm:[0,1,4,2,5,3]\nReshape f whole > y",
        {8, 6, 3}, values_input},
    {"Concat x x > y | axis:2", {16, 6, 3}, doubled_rows},
    {"ReduceMean x row > h\nReduceMean x rows > w\nTranspose w > t | perm:[0,1,3,2]\n"
     "Concat h t > j | axis:2\nRelu j > r\nSplit r > a b | axis:2\nTranspose b > d | perm:[0,1,3,2]\n"
     "Mul a d > y",
        {7, 7, 3}, crossed},
    {"Transpose x > t | perm:[0,2,1,3]\nReduceMax t channels > m\nMul t m > p\n"
     "MaxPool p > q | kernel_shape:[1,2] strides:[1,2]\nTranspose q > y | perm:[0,2,1,3]",
        {3, 3, 8}, transposed},
    {"Transpose x > t | perm:[0,3,2,1]\nConv t columns > d\nTranspose d > e | perm:[0,3,2,1]\n"
     "Relu x > r\nAdd r e > y",
        {8, 6, 3}, with_columns},
    {"Unsqueeze x channels > a\nNeg x > n\nUnsqueeze n channels > b\nConcat a b > s | axis:1\n"
     "ReduceSum s channels > t | keepdims:0\nAdd t x > y",
        {8, 6, 3}, values_input},
    {AVERAGE
        "Div a 400 > d\nNeg d > n\nConcat d n > e | axis:1\nReshape e radix > r\nTranspose r > t | perm:[0,2,1,3]\n"
        "Softmax t > s | axis:1\nReshape s flat > y",
        {1, 1, 6}, radix_softmax},
    {"Unsqueeze x channels > a\nMul x 2 > m\nUnsqueeze m channels > b\nConcat a b > s | axis:1\n"
     "ReduceMean x pixels > p\nDiv p 400 > q\nUnsqueeze q channels > u\nNeg q > n\nUnsqueeze n channels > v\n"
     "Concat u v > w | axis:1\nSoftmax w > f | axis:1\nMul s f > z\nReduceSum z channels > y | keepdims:0",
        {8, 6, 3}, selected_branches},
    {"Greater x 300 > g\nWhere g x 7 > y", {8, 6, 3}, above_300},
    {CENTRED "Greater u 100 > g\nSub u 100 > s\nWhere g s 0 > a\nLess u below > l\nAdd u 100 > t\n"
             "Where l t 0 > b\nAdd a b > y",
        {8, 6, 3}, soft_shrunk},
    {CENTRED "Abs u > a\nGreater a 100 > g\nSign u > s\nMul s 100 > t\nSub u t > d\nMul u 0 > z\n"
             "Where g d z > y",
        {8, 6, 3}, soft_shrunk},
    {CENTRED "Abs u > a\nLessOrEqual a 100 > l\nWhere l 0 u > y", {8, 6, 3}, hard_shrunk},
    {CENTRED "Greater u 100 > g\nLess u below > l\nOr g l > o\nWhere o u 0 > y", {8, 6, 3},
        hard_shrunk},
    {CENTRED "Less u 0 > l\nNot l > n\nWhere n u 5 > y", {8, 6, 3}, not_below},
    {CENTRED "LessOrEqual 0 u > l\nWhere l u 5 > y", {8, 6, 3}, not_below},
    {CENTRED "GreaterOrEqual u 0 > l\nWhere l u 5 > y", {8, 6, 3}, not_below},
    {CENTRED "Greater 0 u > l\nWhere l 5 u > y", {8, 6, 3}, not_below},
    {"Equal x 234 > e\nCast e > y", {8, 6, 3}, at_234},
    {"Equal x 234 > e\nNot e > y", {8, 6, 3}, not_at_234},
    {"Greater x 200 > a\nLessOrEqual x 500 > b\nAnd a b > d\nWhere d 1 3 > y", {8, 6, 3}, between},
    {"Less x 200 > a\nGreaterOrEqual x 500 > b\nOr a b > d\nMul x d > y", {8, 6, 3}, outside},
    {"Sub 753 x > r\nTranspose r > s\nTranspose s > t\nGreater x t > g\nWhere g x t > y", {8, 6, 3},
        mirrored},
    {"Shape x > s\nConstantOfShape s > z\nGreater x 300 > g\nWhere g z x > y", {8, 6, 3},
        up_to_300},
    {"Greater x by_channel > g\nWhere g x 200 > y", {8, 6, 3}, by_bound},
    {"GreaterOrEqual by_channel x > g\nWhere g x 0 > y", {8, 6, 3}, by_bound_first},
    {CENTRED "Sign u > y", {8, 6, 3}, sign},
    {CENTRED "ThresholdedRelu u > y", {8, 6, 3}, thresholded},
    {CENTRED "Div u 100 > d\nSigmoid d > s\nLog s > y", {8, 6, 3}, log_sigmoid},
};

START_TEST (value)
{
  g_autoptr (OnnxFile) file = begin ();
  g_auto (GbpDescription) description = {0};

  onnx_add_lines (file, values[_i].nodes);
  onnx_assert_read (file, 18, &description);
  values_assert (&description, &values[_i].shape, values[_i].expected);
}
END_TEST

#define MOST 8

/* Operations, in order: what is repeated with another one anyway is not repeated before, and what is known is one. */
static const struct {
  const char *nodes;
  guint n;
  GbpKind kinds[MOST];
} operations[] = {
    {AVERAGE "Expand a whole > b\nMul x b > y", 2, {GBP_KIND_GLOBAL_AVERAGE, GBP_KIND_MULTIPLY}},
    {AVERAGE "Expand a whole > b\nRelu b > d\nMul x b > y", 3,
        {GBP_KIND_GLOBAL_AVERAGE, GBP_KIND_RESAMPLE, GBP_KIND_MULTIPLY}},
    {"ReduceMax x channels > y", 1, {GBP_KIND_CHANNEL_MAX}},
    {"LogSoftmax x > y | axis:1", 1, {GBP_KIND_LOG_SOFTMAX}},
    {"Pad x around > y", 1, {GBP_KIND_SELECT}},
};

START_TEST (operation)
{
  g_autoptr (OnnxFile) file = begin ();
  g_auto (GbpDescription) description = {0};
  const GbpOperation *found;
  guint n;

  onnx_add_lines (file, operations[_i].nodes);
  onnx_assert_read (file, 18, &description);
  ck_assert_msg (description.refusal == NULL, "%s", description.refusal);
  found = gbp_graph_get_operations (description.graph, &n);
  ck_assert_uint_eq (n, operations[_i].n);
  for (guint i = 0; i < n; i++) {
    ck_assert_int_eq (found[i].kind, operations[_i].kinds[i]);
    if (found[i].kind == GBP_KIND_CHANNEL_MAX)
      ck_assert_int_eq (found[i].corner, GBP_CORNER_ABOVE);
  }
}
END_TEST

static const struct {
  const char *nodes, *refusal;
} refused[] = {
    {"ReduceMean x pixels > r\nIf r > y", "its input 1 is expected to be a constant"},
    {"ReduceMean x pixels > r\nIf 1 > y", "each with a condition and two branches"},
    {"Relu x > r\nReduceMean r all > y", "it is supported over height and width, one of them, or"},
    {"Relu x > r\nGreater r 1 > g\nWhere g r by_channel > y",
        "its constants are supported with one number"},
    {"Relu x > r\nReduceMean r channels > m | keepdims:0\nGreater r 1 > g\nWhere g r m > y",
        "its inputs are expected to have the same axes"},
    {"Relu x > r\nReshape r deep > a\nAveragePool a > y | kernel_shape:[2,2,1]",
        "its kernel_shape are supported along the channels alone, from 1 on"},
    {"Relu x > r\nReshape r deep > a\nAveragePool a > y | kernel_shape:[2,1,1] pads:[1,0,0,0,0,0]",
        "along the channels it is supported where all windows are whole"},
    {"Relu x > r\nReshape r deep > a\nAveragePool a > y | kernel_shape:[4,1,1]",
        "its window is expected to fit into the channels"},
};

START_TEST (refusal)
{
  g_autoptr (OnnxFile) file = begin ();
  g_auto (GbpDescription) description = {0};

  onnx_add_lines (file, refused[_i].nodes);
  onnx_assert_read (file, 18, &description);
  ck_assert_ptr_nonnull (description.refusal);
  ck_assert_msg (
      strstr (description.refusal, refused[_i].refusal) != NULL, "%s", description.refusal);
}
END_TEST

/* Of an If the branch that its condition names, which is known; with a value of its own, and one from outside. */
START_TEST (branch)
{
  g_autoptr (OnnxFile) file = begin ();
  g_autoptr (OnnxFile) first = onnx_new ();
  g_autoptr (OnnxFile) second = onnx_new ();
  g_auto (GbpDescription) description = {0};
  GByteArray *attributes;

  onnx_add_floats (first, "hundred", 0, NULL, &(float){400});
  onnx_add_node (first, "Sub", NULL, "x hundred", "less", NULL);
  onnx_add_node (first, "Sign", NULL, "less", "sign", NULL);
  onnx_add_node (second, "ReduceMean", NULL, "x channels", "mean", NULL);
  attributes = onnx_branch (NULL, "then_branch", first, "sign");
  attributes = onnx_branch (attributes, "else_branch", second, "mean");
  onnx_add_lines (file, "Shape x > s\nGather s channels > n\nSqueeze n > m");
  onnx_add_lines (file, _i == 0 ? "Equal m 3 > e" : "Equal m 1 > e");
  onnx_add_node (file, "If", NULL, "e", "y", attributes);
  onnx_assert_read (file, 18, &description);
  values_assert (&description, _i == 0 ? &(GbpShape){8, 6, 3} : &(GbpShape){8, 6, 1},
      _i == 0 ? sign : only_mean);
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"values", value, G_N_ELEMENTS (values)},
      {"operations", operation, G_N_ELEMENTS (operations)},
      {"branches", branch, 2},
      {"refusals", refusal, G_N_ELEMENTS (refused)},
  };

  return GBP_TEST_RUN ("ONNX's pixels and comparisons", tests);
}
