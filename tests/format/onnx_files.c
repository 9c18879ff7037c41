/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Files of ONNX: what they leave open, what they keep elsewhere, and what is wrong with them. */
#include "harness.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>

#include "format/description.h"
#include "sample.h"
#include "write_onnx.h"

/* A file with one input "x" of [1][3][8][6], and the output "y". */
static OnnxFile *
begin (void)
{
  OnnxFile *file = onnx_new ();

  onnx_add_input (file, "x", 4, (guint64[]){1, 3, 8, 6});
  onnx_add_output (file, "y");
  return file;
}

/* Reads what @file comes to.
 * @described: (inout): the file to read; its source is set */
static gboolean
read_file (const OnnxFile *file, guint64 opset, GbpDescribed *described,
    GbpDescription *description, GError **error)
{
  g_autoptr (GByteArray) bytes = onnx_end (file, opset);
  GbpSource source = {.fd = -1, .memory = bytes->data, .size = bytes->len};
  gboolean is_read;

  described->source = &source;
  is_read = gbp_describe (described, description, error);
  described->source = NULL;
  return is_read;
}

/* What is behind a node that is not understood is left out, and what is before it and beside it is there. */
START_TEST (refused)
{
  g_autoptr (OnnxFile) file = begin ();
  GbpDescribed described = {0};
  g_auto (GbpDescription) description = {0};

  onnx_add_lines (file, "Relu x > a\nGridSample a a > b\nSigmoid b > y\nTanh a > c");
  onnx_add_node (file, "GlobalMaxPool", "beside", "c", "d", NULL);
  ck_assert (read_file (file, 16, &described, &description, NULL));
  ck_assert_int_gt (gbp_graph_find (description.graph, "a"), 0);
  ck_assert_int_gt (gbp_graph_find (description.graph, "beside"), 0);
  ck_assert_int_eq (gbp_graph_find (description.graph, "y"), -1);
  ck_assert_int_eq (description.class_value, -1);
  ck_assert_msg (g_str_has_prefix (description.refusal,
                     "node b (GridSample): GridSample is not supported; operators are Conv, "),
      "%s", description.refusal);
}
END_TEST

/* Free dimensions are as asked for, or the reader's. */
START_TEST (free_size)
{
  g_autoptr (OnnxFile) file = onnx_new ();
  g_auto (GbpDescription) description = {0};
  GbpDescribed described = {.height = _i == 0 ? 0 : 40, .width = _i == 0 ? 0 : 50};
  guint size = GBP_DEFAULT_INPUT_SIZE;
  const GbpShape *shape;

  onnx_add_input (file, "x", 4, (guint64[]){0, 3, 0, 0});
  onnx_add_output (file, "y");
  onnx_add_node (file, "Relu", NULL, "x", "y", NULL);
  ck_assert (read_file (file, 21, &described, &description, NULL));
  shape = gbp_graph_get_shape (description.graph, 1);
  ck_assert_uint_eq (shape->height, _i == 0 ? size : 40);
  ck_assert_uint_eq (shape->width, _i == 0 ? size : 50);
}
END_TEST

START_TEST (class_names)
{
  g_autoptr (OnnxFile) file = begin ();
  g_auto (GbpDescription) description = {0};
  GbpDescribed described = {0};

  onnx_add_metadata (file, "classes", "red\ngreen\nblue\n");
  onnx_add_node (file, "GlobalAveragePool", NULL, "x", "a", NULL);
  onnx_add_node (file, "Flatten", "scores", "a", "y", NULL);
  ck_assert (read_file (file, 13, &described, &description, NULL));
  ck_assert_uint_eq (g_strv_length (description.class_names), 3);
  ck_assert_str_eq (description.class_names[2], "blue");
}
END_TEST

/* Values beside the file: within its folder they are read, outside of it they are not, whatever leads there. */
static const struct {
  const char *location;
  guint64 offset;
  const char *message; /* NULL: they are read */
} externals[] = {
    {"weights.bin", 4, NULL},
    {"weights.bin", 8,
        "expected as many bytes in the file of its values as its shape says, found fewer"},
    {"../outside.bin", 0,
        "expected the file of its values in the model's folder, found ../outside.bin"},
    {"link.bin", 0, "expected the file of its values in the model's folder, found link.bin"},
    {"/etc/passwd", 0, "expected the file of its values in the model's folder, found /etc/passwd"},
    {"none.bin", 0, "expected the file of its values in the model's folder, found none.bin"},
    {"", 0, "expected the file of its values in the model's folder, found "},
};

START_TEST (external)
{
  g_autofree char *outside = sample_path ("outside.bin"), *folder = sample_path ("model");
  g_autofree char *inside = g_build_filename (folder, "weights.bin", NULL),
                  *link = g_build_filename (folder, "link.bin", NULL);
  const float values[4] = {9, 1, 2, 3};
  g_autoptr (OnnxFile) file = begin ();
  g_auto (GbpDescription) description = {0};
  g_autoptr (GError) error = NULL;
  GbpDescribed described = {.folder = folder};
  g_autoptr (GFile) link_file = g_file_new_for_path (link);

  g_mkdir (folder, 0700);
  ck_assert (g_file_set_contents (inside, (const char *) values, sizeof values, NULL));
  ck_assert (g_file_set_contents (outside, (const char *) values, sizeof values, NULL));
  g_file_make_symbolic_link (link_file, outside, NULL, NULL);
  onnx_add_external (file, "slopes", 3, externals[_i].location, externals[_i].offset);
  onnx_add_node (file, "Flatten", NULL, "x", "f", NULL);
  onnx_add_node (file, "GlobalAveragePool", NULL, "x", "a", NULL);
  onnx_add_node (file, "Flatten", NULL, "a", "v", NULL);
  onnx_add_node (file, "PRelu", "prelu", "v slopes", "y", NULL);
  ck_assert_int_eq (
      read_file (file, 13, &described, &description, &error), externals[_i].message == NULL);
  if (externals[_i].message == NULL) {
    int value = gbp_graph_find (description.graph, "prelu");
    guint n;

    ck_assert_float_eq (
        gbp_graph_get_operations (description.graph, &n)[value - 1].tensors[0]->values[2], 3);
  } else {
    ck_assert_msg (strstr (error->message, externals[_i].message) != NULL, "%s", error->message);
  }
  g_remove (link);
  g_remove (inside);
  g_rmdir (folder);
  sample_clean ();
}
END_TEST

/* Files that are refused whole. */
static const struct {
  const char *nodes;
  guint64 opset;
  const char *message;
} wrongs[] = {
    {"Relu x > y", 6, "expected ONNX of opset 7 or later, found 6"},
    {"Relu z > y", 13, "node y (Relu): expected values that nodes before it make, found z"},
    {"Conv x k > y", 13,
        "node y (Conv): array k: expected a kernel of shape [outputs][3 / group][rows][columns]"},
    {"BatchNormalization x b b b b > y", 13, "array b: expected 3 numbers, found 2"},
    {"GridSample x x > y", 13, "expected a network of layers, found node y (GridSample)"},
};

START_TEST (wrong)
{
  g_autoptr (OnnxFile) file = begin ();
  g_auto (GbpDescription) description = {0};
  g_autoptr (GError) error = NULL;
  GbpDescribed described = {0};

  onnx_add_zeros (file, "k", 4, (guint64[]){2, 2, 3, 3});
  onnx_add_zeros (file, "b", 1, (guint64[]){2});
  onnx_add_lines (file, wrongs[_i].nodes);
  ck_assert (!read_file (file, wrongs[_i].opset, &described, &description, &error));
  ck_assert_msg (strstr (error->message, wrongs[_i].message) != NULL, "%s", error->message);
}
END_TEST

/* Wherever a file ends, it is refused, or is the whole network with something behind it missing. */
START_TEST (cut)
{
  g_autoptr (OnnxFile) file = begin ();
  g_autoptr (GByteArray) bytes = NULL;
  guint n_refused = 0;

  onnx_add_zeros (file, "k", 4, (guint64[]){2, 3, 3, 3});
  onnx_add_node (file, "Conv", "conv", "x k", "c", NULL);
  onnx_add_node (file, "Relu", "relu", "c", "y", NULL);
  bytes = onnx_end (file, 13);
  for (guint n = 0; n < bytes->len; n++) {
    g_autofree guint8 *part = g_memdup2 (bytes->data, n);
    GbpSource source = {.fd = -1, .memory = part, .size = n};
    GbpDescribed described = {.source = &source};
    g_auto (GbpDescription) description = {0};
    g_autoptr (GError) error = NULL;

    ck_assert (gbp_onnx_describe (&described, &description, &error) == (error == NULL));
    n_refused += error != NULL;
  }
  ck_assert_uint_eq (n_refused, bytes->len);
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"refused", refused, 0},
      {"free size", free_size, 2},
      {"class names", class_names, 0},
      {"external", external, G_N_ELEMENTS (externals)},
      {"wrong", wrong, G_N_ELEMENTS (wrongs)},
      {"cut", cut, 0},
  };

  return GBP_TEST_RUN ("files of ONNX", tests);
}
