/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Networks that genuine Keras and PyTorch described: their layers' names, kinds and shapes, and where their classes
 * are. */
#include "harness.h"

#include "format/description.h"

/* @layer: one in the middle, of @kind and @shape
 * @class_layer: with @n_classes
 * @n_convolutions: of the whole graph */
typedef struct {
  const char *file;
  GbpShape input;
  const char *layer;
  GbpKind kind;
  GbpShape shape;
  const char *class_layer;
  guint n_classes;
  guint n_convolutions;
  gboolean is_scaled_inside;
} Golden;

static const Golden goldens[] = {
    {"plain.keras", {96, 96, 3}, "separable_conv2d", GBP_KIND_ACTIVATION, {23, 23, 24}, "scores", 5,
        5, TRUE},
    {"plain.h5", {96, 96, 3}, "max_pooling2d", GBP_KIND_POOL_MAX, {23, 23, 16}, "scores", 5, 5,
        TRUE},
    {"residual.keras", {120, 160, 3}, "b2_out", GBP_KIND_ACTIVATION, {15, 20, 32}, "scores", 7, 9,
        FALSE},
    {"residual.h5", {120, 160, 3}, "b1_add", GBP_KIND_ADD, {30, 40, 16}, "scores", 7, 9, FALSE},
    {"mobile.keras", {96, 96, 3}, "block_6_project_BN", GBP_KIND_SCALE, {6, 6, 24}, "predictions",
        10, 52, FALSE},
    {"branches.keras", {80, 80, 3}, "mixed", GBP_KIND_CONCATENATE, {39, 39, 28}, "scores", 3, 8,
        FALSE},
    {"squeeze.keras", {64, 64, 3}, "scaled2", GBP_KIND_MULTIPLY, {32, 32, 16}, "scores", 4, 10,
        TRUE},
    {"transfer.keras", {64, 64, 3}, "block3_pool", GBP_KIND_POOL_MAX, {8, 8, 24}, "scores", 2, 7,
        FALSE},
    {"torch_resnet.onnx", {128, 128, 3}, "/6/Add", GBP_KIND_ADD, {8, 8, 48}, "/9/Gemm", 6, 9,
        FALSE},
    {"torch_resnet_dynamo.onnx", {128, 128, 3}, "node_add_2", GBP_KIND_ADD, {8, 8, 48},
        "node_linear", 6, 9, FALSE},
    {"torch_mobile.onnx", {64, 64, 3}, "/4/4.2/Mul", GBP_KIND_ACTIVATION, {16, 16, 48}, "/12/Gemm",
        5, 8, FALSE},
    {"torch_mobile_dynamo.onnx", {64, 64, 3}, "n0_4", GBP_KIND_ACTIVATION, {16, 16, 48},
        "node_linear_1", 5, 8, FALSE},
    {"torch_vggbn.onnx", {56, 56, 3}, "/11/MaxPool", GBP_KIND_POOL_MAX, {7, 7, 32}, "/17/Gemm", 4,
        3, FALSE},
    {"torch_vggbn_dynamo.onnx", {56, 56, 3}, "node_max_pool2d_2", GBP_KIND_POOL_MAX, {7, 7, 32},
        "node_linear_1", 4, 3, FALSE},
};

static void
read_description (const char *name, GbpDescription *description)
{
  g_autofree char *folder = g_build_filename (gbp_test_golden_dir (), "graph", NULL);
  g_autofree char *path = g_build_filename (folder, name, NULL), *bytes = NULL;
  GbpSource source = {.fd = -1};
  GbpDescribed file = {.source = &source, .folder = folder};
  g_autoptr (GError) error = NULL;
  gsize size;

  ck_assert (g_file_get_contents (path, &bytes, &size, NULL));
  source.memory = (const guint8 *) bytes;
  source.size = size;
  ck_assert_msg (gbp_describe (&file, description, &error), "%s: %s", name,
      error != NULL ? error->message : "no error");
  ck_assert_ptr_nonnull (description->graph);
}

static void
assert_shape (const GbpGraph *graph, guint value, const GbpShape *expected)
{
  const GbpShape *shape = gbp_graph_get_shape (graph, value);

  ck_assert_uint_eq (shape->height, expected->height);
  ck_assert_uint_eq (shape->width, expected->width);
  ck_assert_uint_eq (shape->channels, expected->channels);
}

static guint
count_kind (const GbpGraph *graph, GbpKind kind)
{
  guint n_operations, n = 0;
  const GbpOperation *operations = gbp_graph_get_operations (graph, &n_operations);

  for (guint i = 0; i < n_operations; i++)
    n += operations[i].kind == kind;
  return n;
}

START_TEST (golden)
{
  const Golden *one = &goldens[_i];
  g_auto (GbpDescription) description = {0};
  guint n_operations;
  const GbpOperation *operations;
  int value;

  read_description (one->file, &description);
  operations = gbp_graph_get_operations (description.graph, &n_operations);
  ck_assert_msg (description.refusal == NULL, "%s", description.refusal);
  ck_assert_int_eq (description.is_scaled_inside, one->is_scaled_inside);
  assert_shape (description.graph, 0, &one->input);
  ck_assert_uint_eq (count_kind (description.graph, GBP_KIND_CONVOLUTION), one->n_convolutions);
  ck_assert_str_eq (description.class_layer, one->class_layer);
  assert_shape (
      description.graph, (guint) description.class_value, &(GbpShape){1, 1, one->n_classes});
  ck_assert_int_eq (operations[description.class_value - 1].kind, GBP_KIND_DENSE);
  value = gbp_graph_find (description.graph, one->layer);
  ck_assert_int_gt (value, 0);
  ck_assert_int_eq (operations[value - 1].kind, one->kind);
  assert_shape (description.graph, (guint) value, &one->shape);
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {{"golden", golden, G_N_ELEMENTS (goldens)}};

  if (gbp_test_golden_dir () == NULL)
    return gbp_test_skip ("no golden files; GBP_GOLDEN_DIR names their directory");
  return GBP_TEST_RUN ("described networks", tests);
}
