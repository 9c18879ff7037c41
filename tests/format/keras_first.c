/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Keras' models whose maps are [channels][height][width]: of a picture of 8×6 pixels. */
#include "harness.h"
#include "write_keras.h"

#define FIRST "'data_format': 'channels_first'"
#define MODEL_FIRST                                                                                \
  "{'class_name': 'Sequential', 'config': {'name': 's', 'layers': [{'class_name': 'InputLayer', "  \
  "'name': 'i', 'config': {'name': 'i', 'batch_shape': [null, 3, 8, 6]}}%s]}}"
#define POOL STEP ("MaxPooling2D", "'name': 'p', 'pool_size': 2, " FIRST)

static GbpDescription
read_model (const char *layers, GPtrArray *arrays)
{
  g_autofree char *config = g_strdup_printf (MODEL_FIRST, layers);
  GbpDescription description = {0};
  g_autoptr (GError) error = NULL;

  ck_assert_msg (
      keras_read (config, arrays, &description, &error), "%s", error != NULL ? error->message : "");
  return description;
}

START_TEST (layers)
{
  g_autoptr (GPtrArray) arrays = keras_make_arrays (
      "layers/conv2d/vars/0 4 3 3 3 4\nlayers/batch_normalization/vars/0 1 4\nlayers/batch_normalization/vars/1 1 4\n"
      "layers/p_re_lu/vars/0 3 4 1 1");
  g_auto (GbpDescription) description = read_model (
      STEP ("Conv2D",
          "'name': 'c', 'filters': 4, 'kernel_size': 3, 'strides': [2, 1], 'padding': 'same', 'use_bias': false, " FIRST)
          STEP ("BatchNormalization", "'name': 'b', 'axis': 1, 'scale': false, 'center': false")
              STEP ("PReLU", "'name': 'q', 'shared_axes': [2, 3]")
                  STEP ("ZeroPadding2D", "'name': 'z', 'padding': [[1, 0], [0, 2]], " FIRST)
                      STEP ("Reshape", "'name': 'r', 'target_shape': [4, 5, 8]"),
      arrays);
  const GbpShape *shape;

  ck_assert_msg (description.refusal == NULL, "%s", description.refusal);
  shape = gbp_graph_get_shape (description.graph, 5);
  ck_assert_mem_eq (shape, &((GbpShape){5, 8, 4}), sizeof *shape);
  ck_assert_int_eq (gbp_graph_find (description.graph, "r"), 5);
}
END_TEST

/* A vector is in the order of its map, or where it says so in that of a map whose channels come last. */
START_TEST (flattened)
{
  g_autoptr (GPtrArray) arrays = sample_arrays_new ();
  g_auto (GbpDescription) description =
      read_model (_i == 0 ? POOL STEP ("Flatten", "'name': 'f', 'data_format': 'channels_last'")
                          : POOL STEP ("Flatten", "'name': 'f', " FIRST),
          arrays);
  const GbpOperation *operations;
  guint n;

  ck_assert_msg (description.refusal == NULL, "%s", description.refusal);
  operations = gbp_graph_get_operations (description.graph, &n);
  ck_assert_uint_eq (n, _i == 0 ? 3 : 2);
  ck_assert_int_eq (operations[1].kind, GBP_KIND_FLATTEN);
  ck_assert_uint_eq (gbp_graph_get_shape (description.graph, n)->channels, 36);
  for (guint to = 0; to < 36 && n == 3; to++)
    ck_assert_float_eq (operations[2].tensors[0]->values[to], (float) (to % 12 * 3 + to / 12));
}
END_TEST

/* Axes that are taken apart, exchanged and joined make a map again: ShuffleNet's of two groups of channels, and
 * none. */
static const struct {
  const char *layers;
  GbpKind kind;
} axes[] = {
    {STEP ("Reshape", "'name': 'a', 'target_shape': [2, 3, 8, 6]")
            STEP ("Permute", "'name': 'b', 'dims': [2, 1, 3, 4]")
                STEP ("Reshape", "'name': 'd', 'target_shape': [6, 8, 6]"),
        GBP_KIND_SELECT},
    {STEP ("Reshape", "'name': 'a', 'target_shape': [6, -1]")
            STEP ("Reshape", "'name': 'b', 'target_shape': [6, 8, 6]"),
        GBP_KIND_IDENTITY},
};

START_TEST (shuffled)
{
  g_autoptr (GPtrArray) arrays = keras_make_arrays ("layers/conv2d/vars/0 4 1 1 3 6");
  g_autofree char *whole = g_strdup_printf (
      STEP ("Conv2D",
          "'name': 'c', 'filters': 6, 'kernel_size': 1, 'use_bias': false, " FIRST) "%s" STEP ("ReLU",
          "'name': 'y'"),
      axes[_i].layers);
  g_auto (GbpDescription) description = read_model (whole, arrays);
  const GbpOperation *operations;
  guint n;

  ck_assert_msg (description.refusal == NULL, "%s", description.refusal);
  operations = gbp_graph_get_operations (description.graph, &n);
  ck_assert_mem_eq (
      gbp_graph_get_shape (description.graph, n), &((GbpShape){8, 6, 6}), sizeof (GbpShape));
  ck_assert_int_eq (operations[n - 1].kind, GBP_KIND_ACTIVATION);
  ck_assert_int_eq (operations[n - 2].kind, axes[_i].kind);
  for (guint to = 0; axes[_i].kind == GBP_KIND_SELECT && to < 6; to++)
    ck_assert_float_eq (operations[n - 2].tensors[0]->values[to], (float) (to % 2 * 3 + to / 2));
}
END_TEST

#define TENSOR "{'class_name': '__keras_tensor__', 'config': {'keras_history': ['p', 0, 0]}}"
#define MODEL_MERGE                                                                                    \
  "{'class_name': 'Functional', 'config': {'name': 'm', 'layers': [{'class_name': 'InputLayer', "      \
  "'name': 'i', 'config': {'name': 'i', 'batch_shape': [null, 3, 8, 3]}, 'inbound_nodes': []}" LAYER ( \
      "AveragePooling2D", "p", ", 'pool_size': 1, " FIRST,                                             \
      "i") ", {'class_name': '%s', 'name': 'y', 'config': {'name': 'y', 'axis': %d}, "                 \
           "'inbound_nodes': [{'args': [%s], 'kwargs': {}}]}], 'input_layers': [['i', 0, 0]], "        \
           "'output_layers': [['y', 0, 0]]}}"

/* A number is for all; as many as there are channels are for the columns, the last axis, of which there are as many
 * here.
 * @kind: where it is not refused; @channels: that come out, @factor: of each */
static const struct {
  const char *class_name;
  int axis;
  const char *arguments;
  const char *refusal;
  GbpKind kind;
  guint channels;
  float factor;
} merges[] = {
    {"Multiply", 1, TENSOR ", 7", NULL, GBP_KIND_SCALE, 3, 7},
    {"Multiply", 1, TENSOR ", {'class_name': '__tensor__', 'config': {'value': [7, 8, 9]}}",
        "layer y (Multiply): it is expected to have two or more inputs", GBP_KIND_SCALE, 0, 0},
    {"Concatenate", 1, "[" TENSOR ", " TENSOR "]", NULL, GBP_KIND_CONCATENATE, 6, 0},
    {"Concatenate", -3, "[" TENSOR ", " TENSOR "]", NULL, GBP_KIND_CONCATENATE, 6, 0},
    {"Concatenate", -1, "[" TENSOR ", " TENSOR "]",
        "layer y (Concatenate): its axis is supported where it is that of the channels, the first one",
        GBP_KIND_CONCATENATE, 0, 0},
};

START_TEST (merge)
{
  g_autofree char *config =
      g_strdup_printf (MODEL_MERGE, merges[_i].class_name, merges[_i].axis, merges[_i].arguments);
  g_autoptr (GPtrArray) arrays = sample_arrays_new ();
  g_auto (GbpDescription) description = {0};
  const GbpOperation *operations;
  guint n;

  if (merges[_i].refusal != NULL) {
    keras_assert_refusal (config, arrays, merges[_i].refusal);
    return;
  }
  ck_assert (keras_read (config, arrays, &description, NULL));
  ck_assert_msg (description.refusal == NULL, "%s", description.refusal);
  operations = gbp_graph_get_operations (description.graph, &n);
  ck_assert_int_eq (operations[n - 1].kind, merges[_i].kind);
  ck_assert_uint_eq (gbp_graph_get_shape (description.graph, n)->channels, merges[_i].channels);
  for (guint c = 0; merges[_i].factor != 0 && c < 3; c++)
    ck_assert_float_eq (operations[n - 1].tensors[0]->values[c], merges[_i].factor);
}
END_TEST

static const struct {
  const char *layer;
  const char *refusal;
} refused[] = {
    {STEP ("BatchNormalization", "'name': 'b', 'axis': -1"),
        "layer b (BatchNormalization): its axis"},
    {STEP ("Dense", "'name': 'd', 'units': 2"),
        "layer d (Dense): it is supported on a map where the channels come last"},
    {STEP ("Activation", "'name': 'a', 'activation': 'softmax'"),
        "layer a (Activation): softmax is supported over the channels"},
    {STEP ("Mean", "'name': 'm', 'axis': [2, 3]"),
        "layer m (Mean): it is supported where data_format is channels_last"},
};

START_TEST (refusal)
{
  g_autofree char *rest = g_strdup_printf ("%s%s", POOL, refused[_i].layer);
  g_autofree char *config = g_strdup_printf (MODEL_FIRST, rest);
  g_autoptr (GPtrArray) arrays = sample_arrays_new ();

  keras_assert_refusal (config, arrays, refused[_i].refusal);
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"layers", layers, 0},
      {"flattened", flattened, 2},
      {"shuffled", shuffled, G_N_ELEMENTS (axes)},
      {"merges", merge, G_N_ELEMENTS (merges)},
      {"refusals", refusal, G_N_ELEMENTS (refused)},
  };

  return GBP_TEST_RUN ("Keras' channels first", tests);
}
