/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What ONNX's operators without weights of their own make of a picture's numbers, as ONNX defines them. */
#include "harness.h"

#include <string.h>

#include "values.h"
#include "write_onnx.h"

#define V values_input

/* Between two pixels, of which the second is the last one's own, half of each. */
#define ROWS(x) (V (y / 2, x, c) + V (MIN ((y + 1) / 2, 7), x, c)) / 4

VALUES_FUNCTION (doubled, ROWS (x / 2) + ROWS (MIN ((x + 1) / 2, 5)))
VALUES_FUNCTION (repeated, V (y / 2, x / 2, c))
VALUES_FUNCTION (stretched, V (y, x / 2, c))
VALUES_FUNCTION (more_rows, V ((int) (y / 1.7), x, c))
VALUES_FUNCTION (spread, y % 4 == 0 && x % 4 == 0 ? V (y / 4, x / 4, c) : 0)
VALUES_FUNCTION (upper, V (y, x, c) + V (y - 1, x, c))
VALUES_FUNCTION (lower, V (y, x, c) + V (y + 1, x, c))
VALUES_FUNCTION (cut_and_bordered, V (y - 1, x + 2, c))
VALUES_FUNCTION (every_other, V (2 * y, 2 * x, c))
VALUES_FUNCTION (far_columns, V (2 * y + 2, x == 0 ? 1 : 5, c))
VALUES_FUNCTION (windows_behind, V (MIN (y + 1, 7), MIN (x + 1, 5), c))
VALUES_FUNCTION (turned_down, V (7 - y, x, c))
VALUES_FUNCTION (below, V (y + 1, x, c))
VALUES_FUNCTION (right, V (y, x + 2, c))
VALUES_FUNCTION (from_behind, V (7 - 3 * y, x, c))

/* The names of lists that nodes take. */
static const struct {
  const char *name;
  guint n;
  gint64 numbers[10];
} lists[] = {
    {"one", 1, {1}},
    {"two", 1, {2}},
    {"three", 1, {3}},
    {"six", 1, {6}},
    {"ninety", 1, {90}},
    {"minus1", 1, {-1}},
    {"minus3", 1, {-3}},
    {"back", 1, {-G_MAXINT64}},
    {"columns_rows", 2, {12, 8}},
    {"columns", 1, {12}},
    {"sides", 4, {1, -2, 0, 0}},
    {"rows_columns", 2, {-2, -1}},
    {"cut", 8, {0, 0, 0, 0, 0, 0, 0, -1}},
    {"channel", 8, {0, 1, 0, 0, 0, 0, 0, 0}},
    {"border", 8, {0, 0, 1, 1, 0, 0, 1, 1}},
    {"many", 10, {0}},
};

/* A file with the picture, the lists, and some kernels: of one pixel, and of two rows, both of which leave the channels
 * apart. */
static OnnxFile *
begin (void)
{
  float pixel[3 * 3] = {0}, column[3 * 3 * 2] = {0};
  OnnxFile *file = onnx_new ();

  for (guint c = 0; c < 3; c++)
    pixel[4 * c] = column[8 * c] = column[8 * c + 1] = 1;
  onnx_add_input (file, "x", 4, (guint64[]){1, 3, VALUES_HEIGHT, VALUES_WIDTH});
  for (guint i = 0; i < G_N_ELEMENTS (lists); i++)
    onnx_add_integers (file, lists[i].name, lists[i].n, lists[i].numbers);
  onnx_add_floats (file, "twice", 1, (guint64[]){4}, (float[]){1, 1, 2, 2});
  onnx_add_floats (file, "more_rows", 1, (guint64[]){4}, (float[]){1, 1, 1.7f, 1});
  onnx_add_floats (file, "five", 0, NULL, &(float){5});
  onnx_add_floats (file, "half", 0, NULL, &(float){0.5f});
  onnx_add_floats (file, "pixel", 4, (guint64[]){3, 3, 1, 1}, pixel);
  onnx_add_floats (file, "column", 4, (guint64[]){3, 3, 2, 1}, column);
  return file;
}

#define NEAREST "mode=nearest coordinate_transformation_mode=asymmetric nearest_mode=floor"

/* @kind: of the node, with @inputs and @attributes; in a file of @opset */
static const struct {
  const char *kind, *inputs, *attributes;
  guint64 opset;
  GbpShape shape;
  ValuesFunction function;
} values[] = {
    {"Upsample", "x twice", "mode=linear", 9, {16, 12, 3}, doubled},
    {"Resize", "x twice", "mode=linear", 10, {16, 12, 3}, doubled},
    {"Upsample", "x twice", "mode=nearest", 9, {16, 12, 3}, repeated},
    {"Resize", "x - - columns_rows", NEAREST " axes:[3,2]", 18, {8, 12, 3}, stretched},
    {"Resize", "x - - columns", NEAREST " axes:[-1]", 18, {8, 12, 3}, stretched},
    {"Resize", "x - more_rows", NEAREST, 13, {13, 6, 3}, more_rows},
    {"ConvTranspose", "x pixel", "strides:[4,4] auto_pad=SAME_UPPER", 13, {32, 24, 3}, spread},
    {"ConvTranspose", "x column", "auto_pad=SAME_UPPER", 13, {8, 6, 3}, upper},
    {"ConvTranspose", "x column", "auto_pad=SAME_LOWER", 13, {8, 6, 3}, lower},
    {"Pad", "x sides - rows_columns", "", 18, {9, 4, 3}, cut_and_bordered},
    {"Pad", "x cut", "", 13, {8, 5, 3}, values_input},
    {"MaxPool", "x", "kernel_shape:[1,1] strides:[2,2] ceil_mode:1", 13, {4, 3, 3}, every_other},
    {"MaxPool", "x", "kernel_shape:[3,2] strides:[2,5] pads:[0,0,0,4]", 13, {3, 2, 3}, far_columns},
    {"MaxPool", "x", "kernel_shape:[2,2] auto_pad=SAME_LOWER", 13, {8, 6, 3}, values_input},
    {"MaxPool", "x", "kernel_shape:[2,2] auto_pad=SAME_UPPER", 13, {8, 6, 3}, windows_behind},
    {"Slice", "x minus1 back two minus1", "", 13, {8, 6, 3}, turned_down},
    {"Slice", "x ninety back two minus1", "", 13, {8, 6, 3}, turned_down},
    {"Slice", "x one six two", "", 13, {5, 6, 3}, below},
    {"Slice", "x two six three", "", 13, {8, 4, 3}, right},
    {"Slice", "x minus1 back two minus3", "", 13, {3, 6, 3}, from_behind},
};

START_TEST (value)
{
  g_autoptr (OnnxFile) file = begin ();
  g_auto (GbpDescription) description = {0};

  onnx_add_node (file, values[_i].kind, NULL, values[_i].inputs, "y",
      onnx_parse_attributes (values[_i].attributes));
  onnx_assert_read (file, values[_i].opset, &description);
  values_assert (&description, &values[_i].shape, values[_i].function);
}
END_TEST

#define WISHES                                                                                     \
  "(Resize): it is supported without antialias and exclude_outside, and with a "                   \
  "keep_aspect_ratio_policy of stretch"
#define MODES "(Pad): its mode is supported as constant, of zeros, reflect or edge"

static const struct {
  const char *kind, *inputs, *attributes, *refusal;
} refused[] = {
    {"Resize", "r - twice", "mode=cubic exclude_outside:1", WISHES},
    {"Resize", "r - twice", "mode=linear antialias:1", WISHES},
    {"Resize", "r - - columns_rows", "axes:[3,2] keep_aspect_ratio_policy=not_larger", WISHES},
    {"Resize", "r - - columns_rows", "axes:[3]",
        "(Resize): a size or scale is expected for each axis"},
    {"Resize", "r - - columns", "axes:[1]", "(Resize): it is supported on height and width"},
    {"Resize", "r - - columns", "axes:[4]", "(Resize): its axes are expected to be below 4"},
    {"Pad", "r cut", "mode=reflect",
        "(Pad): pads below 0 are supported where its mode is constant"},
    {"Pad", "r many", "", "(Pad): its pads are expected to be two for each axis"},
    {"Pad", "r channel", "mode=edge",
        "(Pad): on the channels it is supported where its mode is constant"},
    {"Pad", "r border five", "", MODES},
    {"Pad", "r border", "mode=wrap", MODES},
    {"SplitToSequence", "r", "axis:1 keepdims:0",
        "(SplitToSequence): it is supported along the channels, whose axis stays"},
    {"Gather", "r half", "axis:1", "(Gather): its indices are expected to be below 3"},
    {"Softmax", "f", "", "(Softmax): it is supported over the channels"},
    {"SplitToSequence", "r", "axis:-1",
        "(SplitToSequence): it is supported along the channels, whose axis stays"},
};

START_TEST (refusal)
{
  g_autoptr (OnnxFile) file = begin ();
  g_auto (GbpDescription) description = {0};

  onnx_add_lines (file, "Relu x > r\nFlatten r > f");
  onnx_add_node (file, refused[_i].kind, NULL, refused[_i].inputs, "y",
      onnx_parse_attributes (refused[_i].attributes));
  onnx_assert_read (file, 18, &description);
  ck_assert_ptr_nonnull (description.refusal);
  ck_assert_msg (
      strstr (description.refusal, refused[_i].refusal) != NULL, "%s", description.refusal);
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"values", value, G_N_ELEMENTS (values)},
      {"refusals", refusal, G_N_ELEMENTS (refused)},
  };

  return GBP_TEST_RUN ("ONNX' values", tests);
}
