/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * ONNX's transposed convolutions. */
#include "harness.h"

#include "write_onnx.h"

/* @groups: of 3 channels, each with two outputs, or one for all three
 * @first: line of the spread map that is the first pixels' */
static const struct {
  gint64 stride, pad, more, dilation, groups, wanted;
  guint height, width, first;
} transposes[] = {
    {2, 1, 1, 1, 1, 0, 16, 12, 1},
    {2, 0, 0, 1, 3, 0, 17, 13, 2},
    {3, 1, 0, 2, 1, 0, 24, 18, 3},
    {1, 1, 0, 1, 1, 0, 8, 6, 0},
    {2, 0, 0, 1, 1, 16, 16, 16, 1},
};

/* The kernel [3][2][3][3] turned round, of @n_own inputs each. */
static void
assert_turned (const GbpTensor *turned, const float *kernel, guint n_own, guint n_outputs)
{
  for (guint input = 0; input < 3; input++)
    for (guint o = 0; o < 2; o++)
      for (guint p = 0; p < 9; p++) {
        guint output = input / n_own * 2 + o;
        gsize at = ((8 - p) * n_own + input % n_own) * n_outputs + output;

        ck_assert_float_eq (turned->values[at], kernel[(input * 2 + o) * 9 + p]);
      }
}

START_TEST (transposed)
{
  g_autoptr (OnnxFile) file = onnx_new_of_image (8, 6);
  gint64 stride = transposes[_i].stride, pad = transposes[_i].pad, more = transposes[_i].more,
         dilation = transposes[_i].dilation, groups = transposes[_i].groups;
  guint n_own = 3 / (guint) groups, n;
  GByteArray *attributes = onnx_ints (NULL, "strides", 2, (gint64[]){stride, stride});
  g_auto (GbpDescription) description = {0};
  const GbpOperation *last;
  const GbpShape *shape;
  float kernel[3 * 2 * 9];

  attributes = onnx_ints (attributes, "pads", 4, (gint64[]){pad, pad, pad, pad});
  attributes = onnx_ints (attributes, "output_padding", 2, (gint64[]){more, more});
  attributes = onnx_ints (attributes, "dilations", 2, (gint64[]){dilation, dilation});
  attributes = onnx_int (attributes, "group", groups);
  if (transposes[_i].wanted > 0)
    attributes = onnx_ints (
        attributes, "output_shape", 2, (gint64[]){transposes[_i].wanted, transposes[_i].wanted});
  for (guint i = 0; i < G_N_ELEMENTS (kernel); i++)
    kernel[i] = (float) i;
  onnx_add_floats (file, "w", 4, (guint64[]){3, 2, 3, 3}, kernel);
  onnx_add_node (file, "ConvTranspose", NULL, "x w", "y", attributes);
  ck_assert_pstr_eq (onnx_find_refusal (file, 13, &description), NULL);
  last = onnx_get_last (&description, &n);
  shape = gbp_graph_get_shape (description.graph, n);
  ck_assert_uint_eq (n, stride == 1 ? 1 : 2);
  ck_assert_int_eq (last->kind, GBP_KIND_CONVOLUTION);
  ck_assert_uint_eq (shape->height, transposes[_i].height);
  ck_assert_uint_eq (shape->width, transposes[_i].width);
  for (guint line = 0; n == 2 && line <= transposes[_i].first; line++)
    ck_assert_float_eq (
        gbp_graph_get_operations (description.graph, &n)->tensors[0]->values[2 * line + 1],
        line == transposes[_i].first ? 1 : 0);
  assert_turned (last->tensors[0], kernel, n_own, shape->channels);
}
END_TEST

/* Without spread, of pads in the order of ONNX: as a convolution's border where that comes to one, else by lines: row i
 * is the map's i + @first, or of zeros. @n_lines: 0: there are none */
static const struct {
  gint64 pads[4];
  GbpPadding padding;
  guint n_lines;
  int first;
} borders[] = {
    {{0, 1, 2, 0}, {2, 1, 0, 2}, 0, 0}, {{3, 0, 0, 0}, {0}, 9, 1}, {{0, 0, 3, 0}, {0}, 9, -2},
    {{0, 0, 4, 4}, {0}, 8, -2}, /* as many rows and columns as the map has, yet not the same */
};

START_TEST (unspread)
{
  g_autoptr (OnnxFile) file = onnx_new_of_image (8, 6);
  g_auto (GbpDescription) description = {0};
  const GbpOperation *last, *lines;
  guint n;

  onnx_add_zeros (file, "w", 4, (guint64[]){3, 2, 3, 3});
  onnx_add_node (
      file, "ConvTranspose", NULL, "x w", "y", onnx_ints (NULL, "pads", 4, borders[_i].pads));
  ck_assert_pstr_eq (onnx_find_refusal (file, 13, &description), NULL);
  last = onnx_get_last (&description, &n);
  lines = gbp_graph_get_operations (description.graph, &n);
  ck_assert_uint_eq (n, borders[_i].n_lines > 0 ? 2 : 1);
  ck_assert_mem_eq (&last->window.padding, &borders[_i].padding, sizeof (GbpPadding));
  ck_assert_uint_eq (gbp_graph_get_shape (description.graph, n)->height,
      10 - (guint) (borders[_i].pads[0] + borders[_i].pads[2]));
  if (n == 2)
    ck_assert_uint_eq (lines->tensors[0]->n_values, 2 * (gsize) borders[_i].n_lines);
  for (int i = 0; i < (int) borders[_i].n_lines; i++) {
    int row = i + borders[_i].first;

    ck_assert_float_eq (lines->tensors[0]->values[2 * i + 1], row >= 0 && row < 8);
    if (row >= 0 && row < 8)
      ck_assert_float_eq (lines->tensors[0]->values[2 * i], (float) row);
  }
}
END_TEST

/* Of one kernel: what comes out is nothing, or the window reaches too far. */
static const struct {
  gint64 pad, dilation;
  const char *refusal;
} empty[] = {
    {5, 1,
        "node y (ConvTranspose): it is supported where 1 to 1048576 rows and columns come out of it, not 0"},
    {20, 1,
        "node y (ConvTranspose): it is supported where 1 to 1048576 rows and columns come out of it, not -30"},
    {1 << 20, 1 << 20, "node y (ConvTranspose): it is supported where 1 to 1048576 rows"},
};

START_TEST (nothing)
{
  g_autoptr (OnnxFile) file = onnx_new_of_image (8, 8);
  g_auto (GbpDescription) description = {0};
  gint64 pad = empty[_i].pad, dilation = empty[_i].dilation;
  GByteArray *attributes = onnx_ints (NULL, "pads", 4, (gint64[]){pad, pad, pad, pad});
  const char *found;

  attributes = onnx_ints (attributes, "dilations", 2, (gint64[]){dilation, dilation});
  onnx_add_zeros (file, "w", 4, (guint64[]){3, 2, 3, 3});
  onnx_add_lines (file, "Relu x > r");
  onnx_add_node (file, "ConvTranspose", NULL, "r w", "y", attributes);
  found = onnx_find_refusal (file, 13, &description);
  ck_assert_ptr_nonnull (found);
  ck_assert_msg (g_str_has_prefix (found, empty[_i].refusal), "%s", found);
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"spread", transposed, G_N_ELEMENTS (transposes)},
      {"without spread", unspread, G_N_ELEMENTS (borders)},
      {"nothing", nothing, G_N_ELEMENTS (empty)},
  };

  return GBP_TEST_RUN ("ONNX' transposed convolutions", tests);
}
