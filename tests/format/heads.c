/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Heads of people's own behind VGG's convolutions, in files that do not describe them: bound as far as names and shapes
 * tell, else left out in so many words. */
#include "harness.h"

#include <math.h>
#include <string.h>

#include "network/random_weights.h"
#include "sample.h"

#define N_DENSE 10

/* A dense layer by its own name. */
typedef struct {
  const char *name;
  guint64 n_inputs;
  guint64 n_outputs;
} Dense;

/* What stands behind VGG16's convolutions, of which the last has 3 channels: 147 values are its map of 7×7.
 * @other: (nullable): an array that is there too, of shape [3][3][3][3] or, where its name says mean or pooling, [4]
 * @height: of the input
 * @notice: (nullable): words of it; NULL: there is none
 * @layers: the dense layers' names in the order in which they are bound; none: they are left out */
typedef struct {
  SampleNames names;
  Dense dense[N_DENSE];
  const char *other;
  guint height;
  const char *notice;
  const char *layers[N_DENSE];
} Case;

#define KERAS SAMPLE_KERAS_LATER
#define TORCH SAMPLE_TORCHVISION

static const Case cases[] = {
    /* of other numbers and names */
    {TORCH, {{"classifier.0", 147, 4}, {"classifier.3", 4, 2}}, NULL, 224, NULL,
        {"classifier.0", "classifier.3"}},
    {TORCH, {{"fc", 147, 7}}, NULL, 224, NULL, {"fc"}},
    {TORCH, {{"head.12", 8, 3}, {"head.9", 4, 8}, {"head.0", 147, 5}, {"head.3", 5, 4}}, NULL, 224,
        NULL, {"head.0", "head.3", "head.9", "head.12"}},
    {TORCH, {{"features.40", 4, 2}, {"features.36", 147, 4}}, NULL, 224, NULL,
        {"features.36", "features.40"}},
    {KERAS, {{"out", 6, 2}, {"hidden", 147, 6}}, NULL, 224, NULL, {"hidden", "out"}},
    {KERAS, {{"dense_4", 4, 4}, {"dense_3", 147, 4}, {"dense_12", 4, 4}}, NULL, 224, NULL,
        {"dense_3", "dense_4", "dense_12"}},
    /* behind a global pooling, of which the layer's group tells */
    {KERAS, {{"dense", 3, 4}, {"dense_1", 4, 2}}, "global_average_pooling2d_1/any", 224, NULL,
        {"dense", "dense_1"}},
    {KERAS, {{"dense", 3, 4}}, "model\\global_max_pooling2d/any", 224, NULL, {"dense"}},
    {KERAS, {{"dense", 147, 4}}, "global_max_pooling2d/any", 224,
        "the file has a global pooling to 3 values, and their first layer takes 147", {NULL}},
    /* of another input */
    {KERAS, {{"dense", 48, 5}}, NULL, 128,
        "assumed: an input of 128×128 pixels, of up to 159×159 that fit", {"dense"}},
    /* what does not tell enough */
    {KERAS, {{"dense", 3, 4}, {"dense_1", 4, 2}}, NULL, 224,
        "left out: dense, dense_1: the file does not say how the last map becomes the 3 values",
        {NULL}},
    {KERAS, {{"dense", 45, 4}}, NULL, 224, "45 values, which is no square map of 3 channels",
        {NULL}},
    {KERAS, {{"dense", 146, 4}}, NULL, 224,
        "left out: dense: expected dense layers each of which takes what the one before it gives",
        {NULL}},
    {KERAS, {{"fc2", 4, 4}, {"predictions", 4, 5}}, NULL, 224,
        "left out: fc2, predictions: expected", {NULL}},
    {KERAS, {{"fc1", 3, 4}, {"fc2", 4, 4}, {"predictions", 4, 5}}, NULL, 224,
        "left out: fc1, fc2, predictions: the file does not say how", {NULL}},
    {KERAS, {{"a", 4, 4}, {"b", 4, 4}, {"c", 147, 4}}, NULL, 224,
        "neither names nor shapes say in which order", {NULL}},
    {KERAS,
        {{"a", 6, 6}, {"b", 6, 6}, {"c", 6, 6}, {"d", 6, 6}, {"e", 6, 6}, {"f", 6, 6}, {"g", 6, 6},
            {"h", 6, 6}, {"i", 6, 6}, {"j", 7, 7}},
        NULL, 224, "expected dense layers each of which takes what the one before it gives",
        {NULL}},
    {TORCH, {{"classifier.0", 147, 4}, {"classifier.1", 4, 2}}, NULL, 224,
        "their numbers leave no room for a ReLU", {NULL}},
    {KERAS, {{"dense", 147, 2}}, "extra/kernel", 224,
        "left out: dense, extra: convolutions that VGG does not have", {NULL}},
    {KERAS, {{"dense", 147, 4}, {"dense_1", 4, 2}}, "batch_normalization/moving_mean", 224,
        "the file does not say where its batch normalizations stand", {NULL}},
    {TORCH, {{"classifier.0", 147, 4}, {"classifier.4", 4, 2}}, "classifier.2.running_mean", 224,
        "the file does not say where its batch normalizations stand", {NULL}},
    {KERAS, {{"fc2", 147, 2}}, "fc1/kernel", 224,
        "left out: fc1, fc2: convolutions that VGG does not have", {NULL}},
    /* a part that is none of a head */
    {KERAS, {{NULL, 0, 0}}, "up/kernel", 224, "left out: up: VGG has no such layers", {NULL}},
};

/* Numbers of which no two are the same. */
static void
fill_last (GPtrArray *arrays)
{
  SampleArray *array = arrays->pdata[arrays->len - 1];
  gsize n_values = 1;

  for (guint i = 0; i < array->rank; i++)
    n_values *= array->shape[i];
  for (gsize i = 0; i < n_values; i++)
    array->values[i] = (float) (i + 1) / 1024;
}

static void
add_dense (GPtrArray *arrays, SampleNames names, const Dense *dense)
{
  gboolean is_keras = names == KERAS;
  g_autofree char *kernel = g_strconcat (dense->name, is_keras ? "/kernel" : ".weight", NULL);
  g_autofree char *bias = g_strconcat (dense->name, is_keras ? "/bias" : ".bias", NULL);
  const guint64 shape[] = {dense->n_inputs, dense->n_outputs, dense->n_inputs};

  sample_add (arrays, kernel, 2, is_keras ? shape : shape + 1);
  fill_last (arrays);
  sample_add (arrays, bias, 1, shape + 1);
  fill_last (arrays);
}

static GPtrArray *
make_arrays (const Case *one)
{
  guint widths[GBP_N_BLOCKS] = {1, 2, 2, 3, 3};
  g_auto (GbpWeights) weights = {0};
  GPtrArray *arrays;

  gbp_weights_init_random (&weights, GBP_ARCHITECTURE_VGG16, widths, 0, 0, 1);
  arrays = sample_arrays (&weights, one->names);
  for (guint i = 0; i < N_DENSE && one->dense[i].name != NULL; i++)
    add_dense (arrays, one->names, &one->dense[i]);
  if (one->other != NULL
      && (strstr (one->other, "mean") != NULL || strstr (one->other, "pooling") != NULL))
    sample_add (arrays, one->other, 1, (guint64[]){4});
  else if (one->other != NULL)
    sample_add (arrays, one->other, 4, (guint64[]){3, 3, 3, 3});
  return arrays;
}

static GbpNetwork *
write_and_load (GPtrArray *arrays, SampleNames names)
{
  g_autofree char *path = sample_path ("head");
  g_autoptr (GError) error = NULL;
  GbpNetwork *network;

  if (names == TORCH)
    sample_write_safetensors (path, arrays, SAMPLE_FLOAT32, NULL);
  else
    sample_write_hdf5 (path, arrays, SAMPLE_FLOAT32);
  network = gbp_network_load (path, GBP_PREPROCESS_AUTO, &error);
  ck_assert_msg (network != NULL, "%s", error != NULL ? error->message : "");
  sample_clean ();
  return network;
}

/* The kernel [inputs][outputs] of the file's dense layer. A map comes from PyTorch with its channels outermost. */
static float
get_weight (
    const SampleArray *kernel, SampleNames names, guint64 input, guint64 output, guint64 n_inputs)
{
  if (names == KERAS)
    return kernel->values[input * kernel->shape[1] + output];
  if (n_inputs == 147)
    input = input % 3 * 49 + input / 3;
  return kernel->values[output * n_inputs + input];
}

static void
assert_layer (const GbpLayer *layer, GPtrArray *arrays, SampleNames names, const char *name)
{
  g_autofree char *path = g_strconcat (name, names == KERAS ? "/kernel" : ".weight", NULL);
  const SampleArray *kernel = sample_find (arrays, path);
  guint n_inputs = layer->weights.n_inputs, n_outputs = layer->weights.n_outputs;

  ck_assert_uint_eq (n_outputs, kernel->shape[names == KERAS ? 1 : 0]);
  ck_assert_uint_eq (n_inputs, kernel->shape[names == KERAS ? 0 : 1]);
  for (guint i = 0; i < n_inputs; i++)
    for (guint o = 0; o < n_outputs; o++)
      ck_assert_float_eq (
          layer->weights.kernel[i * n_outputs + o], get_weight (kernel, names, i, o, n_inputs));
}

/* @other: (nullable): the array that may be in a pooling's group */
static void
assert_pooling (const GbpLayer *layer, const char *other)
{
  GbpKind expected = other == NULL                       ? GBP_KIND_FLATTEN
                     : strstr (other, "average") != NULL ? GBP_KIND_GLOBAL_AVERAGE
                                                         : GBP_KIND_GLOBAL_MAX;

  ck_assert_int_eq (layer->kind, expected);
}

START_TEST (heads)
{
  const Case *one = &cases[_i];
  g_autoptr (GPtrArray) arrays = make_arrays (one);
  g_autoptr (GbpNetwork) network = write_and_load (arrays, one->names);
  const char *notice = gbp_network_get_notice (network);
  guint n_layers, n_dense = 0, height;
  const GbpLayer *layers = gbp_network_get_layers (network, &n_layers);

  gbp_network_get_input_size (network, &height, NULL);
  ck_assert_uint_eq (height, one->height);
  ck_assert (g_str_has_prefix (gbp_network_get_description (network), "VGG16"));
  ck_assert_msg (
      one->notice == NULL ? notice == NULL : notice != NULL && strstr (notice, one->notice) != NULL,
      "notice: %s", notice);
  while (n_dense < N_DENSE && one->layers[n_dense] != NULL)
    n_dense++;
  ck_assert_uint_eq (n_layers, 13 + 5 + 1 + n_dense);
  assert_pooling (&layers[n_layers - n_dense - 1], n_dense > 0 ? one->other : NULL);
  for (guint i = 0; i < n_dense; i++) {
    const GbpLayer *layer = &layers[n_layers - n_dense + i];

    ck_assert_int_eq (layer->has_relu, i + 1 < n_dense);
    assert_layer (layer, arrays, one->names, one->layers[i]);
  }
  ck_assert_str_eq (layers[n_layers - 1].name, n_dense > 0 ? "predictions" : "flatten");
  ck_assert_int_eq (gbp_network_get_class_layer (network) != NULL, n_dense > 0);
}
END_TEST

/* A normalization whose number is next to its layer's is right behind it. */
START_TEST (normalized_head)
{
  static const char *const ends[] = {"weight", "bias", "running_mean", "running_var"};
  static const float numbers[] = {2, 3, 0.5f, 4};
  const Case one = {
      TORCH, {{"classifier.0", 147, 4}, {"classifier.4", 4, 2}}, NULL, 224, NULL, {NULL}};
  g_autoptr (GPtrArray) arrays = make_arrays (&one);
  g_autoptr (GbpNetwork) network = NULL;
  const float factor = 2 / sqrtf (4 + 1e-5f);
  const GbpLayer *layer;
  guint n_layers;

  for (guint i = 0; i < G_N_ELEMENTS (ends); i++) {
    g_autofree char *name = g_strconcat ("classifier.1.", ends[i], NULL);

    sample_add (arrays, name, 1, (guint64[]){4});
    for (guint c = 0; c < 4; c++)
      sample_find (arrays, name)->values[c] = numbers[i];
  }
  network = write_and_load (arrays, TORCH);
  ck_assert_ptr_null (gbp_network_get_notice (network));
  layer = gbp_network_get_layers (network, &n_layers) + n_layers - 2;
  ck_assert_str_eq (layer->name, "fc1");
  ck_assert_float_eq_tol (layer->weights.kernel[2], 295 / 1024.0f * factor, 1e-6f);
  ck_assert_float_eq_tol (layer->weights.bias[2], (3 / 1024.0f - 0.5f) * factor + 3, 1e-6f);
}
END_TEST

/* Convolutions beyond VGG16's: never VGG19's, and where only shapes could tell and do not, neither. */
static const struct {
  guint widths[GBP_N_BLOCKS];
  guint n_extra;
  const char *message; /* of the refusal */
} extras[] = {
    {{1, 2, 3, 4, 5}, 1, NULL},
    {{1, 2, 3, 4, 5}, 3, NULL},
    {{1, 2, 3, 4, 5}, 9, NULL},
    {{2, 2, 2, 2, 2}, 1,
        "expected 13 (VGG16) or 16 (VGG19) numbered convolutions in one group, found 14"},
};

START_TEST (extra_convolutions)
{
  guint width = extras[_i].widths[4];
  g_auto (GbpWeights) weights = {0};
  g_autoptr (GPtrArray) arrays = NULL;
  g_autoptr (GbpNetwork) network = NULL;
  g_autofree char *path = sample_path ("head");

  gbp_weights_init_random (&weights, GBP_ARCHITECTURE_VGG16, extras[_i].widths, 0, 0, 1);
  arrays = sample_arrays (&weights, SAMPLE_KERAS_NUMBERED);
  for (guint i = 0; i < extras[_i].n_extra; i++) {
    g_autofree char *kernel = g_strdup_printf ("layers/conv2d_%u/vars/0", 30 + i);

    sample_add (arrays, kernel, 4, (guint64[]){3, 3, width, width});
  }
  if (extras[_i].message != NULL) {
    sample_write_hdf5 (path, arrays, SAMPLE_FLOAT32);
    sample_assert_error (path, GBP_ERROR_READ, extras[_i].message);
    sample_clean ();
    return;
  }
  network = write_and_load (arrays, SAMPLE_KERAS_NUMBERED);
  ck_assert (g_str_has_prefix (gbp_network_get_description (network), "VGG16"));
  ck_assert (g_str_has_prefix (gbp_network_get_notice (network), "left out: layers/conv2d_30"));
  sample_assert_weights (network, &weights);
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"heads", heads, G_N_ELEMENTS (cases)},
      {"normalized head", normalized_head, 0},
      {"extra convolutions", extra_convolutions, G_N_ELEMENTS (extras)},
  };

  return GBP_TEST_RUN ("heads of VGG", tests);
}
