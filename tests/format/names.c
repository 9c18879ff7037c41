/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * VGG under the names that people's wrappers and converters give it, in files of PyTorch's and of Keras'. */
#include "harness.h"

#include <math.h>
#include <string.h>

#include "sample.h"

/* What torchvision's names become: a prefix before a module's number, with Caffe's names in its place, and those of the
 * dense layers. */
static const struct {
  const char *features;
  gboolean is_caffe;
  const char *dense[3];
  const char *behind; /* Caffe's name, the module's number */
} names[] = {
    {"features.module.", FALSE, {"classifier.0", "classifier.3", "classifier.6"}, ""},
    {"module.backbone.", FALSE,
        {"module.classifier.1", "module.classifier.4", "module.classifier.6"}, ""},
    {"", FALSE, {"pre_logits.fc1", "pre_logits.fc2", "head.fc"}, ""},
    {"net.slice3.", FALSE, {"fc6", "fc7", "fc8"}, ""},
    {"", TRUE, {"fc6", "fc7", "fc8"}, ""},
    {"vgg.", TRUE, {"fc6", "fc7", "fc8"}, ".0"},
    {"state_dict.", TRUE, {"classifier.2", "classifier.10", "classifier.12"}, ""},
};

static const char *const torchvision[3] = {"classifier.0.", "classifier.3.", "classifier.6."};

/* Modules of VGG19's convolutions in torchvision, and how many there are in a block. */
static const guint modules[] = {0, 2, 5, 7, 10, 12, 14, 16, 19, 21, 23, 25, 28, 30, 32, 34};
static const guint modules_16[] = {0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28};
static const guint n_in_block[] = {2, 2, 4, 4, 4};

/* (transfer full): "conv3_2" for the eighth convolution's module. */
static char *
make_caffe_name (guint module)
{
  guint block = 0, number = 0;

  for (guint i = 0; modules[i] != module; i++)
    if (++number == n_in_block[block]) {
      number = 0;
      block++;
    }
  return g_strdup_printf ("conv%u_%u", block + 1, number + 1);
}

static char *
rename_array (const char *name, guint n)
{
  const char *end = strrchr (name, '.');
  guint module;

  for (guint i = 0; i < G_N_ELEMENTS (torchvision); i++)
    if (g_str_has_prefix (name, torchvision[i]))
      return g_strconcat (names[n].dense[i], end, NULL);
  module = (guint) g_ascii_strtoull (name + strlen ("features."), NULL, 10);
  if (names[n].is_caffe) {
    g_autofree char *caffe = make_caffe_name (module);

    return g_strconcat (names[n].features, caffe, names[n].behind, end, NULL);
  }
  return g_strdup_printf ("%s%u%s", names[n].features, module, end);
}

START_TEST (renamed)
{
  g_auto (GbpWeights) weights = {0};
  g_autoptr (GPtrArray) arrays = NULL;
  g_autoptr (GbpNetwork) network = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *path = sample_path ("names.safetensors");

  sample_weights (&weights, GBP_ARCHITECTURE_VGG19, 5);
  arrays = sample_arrays (&weights, SAMPLE_TORCHVISION);
  for (guint i = 0; i < arrays->len; i++) {
    SampleArray *array = arrays->pdata[i];
    char *name = rename_array (array->name, (guint) _i);

    g_free (array->name);
    array->name = name;
  }
  sample_write_safetensors (path, arrays, SAMPLE_FLOAT32, NULL);
  network = gbp_network_load (path, GBP_PREPROCESS_AUTO, &error);
  ck_assert_msg (network != NULL, "%s", error != NULL ? error->message : "");
  sample_assert_weights (network, &weights);
  sample_clean ();
}
END_TEST

/* Adds an array of one number for each of @n outputs. */
static void
add_norm (GPtrArray *arrays, guint module, const char *end, guint64 n, float number)
{
  g_autofree char *name = g_strdup_printf ("features.%u.%s", module, end);
  SampleArray *array;

  sample_add (arrays, name, 1, &n);
  array = arrays->pdata[arrays->len - 1];
  for (guint64 i = 0; i < n; i++)
    array->values[i] = number;
}

/* torchvision's vgg19_bn or vgg16_bn: behind each convolution a normalization, which makes its numbers larger. */
static void
normalize_arrays (GPtrArray *arrays, const guint *convolutions)
{
  guint n = arrays->len;

  for (guint i = 0; i < n; i++) {
    SampleArray *array = arrays->pdata[i];
    const char *end = strrchr (array->name, '.');
    guint module, shift = 0;
    char *name;

    if (!g_str_has_prefix (array->name, "features."))
      continue;
    module = (guint) g_ascii_strtoull (array->name + strlen ("features."), NULL, 10);
    while (convolutions[shift] != module)
      shift++;
    name = g_strdup_printf ("features.%u%s", module + shift, end);
    if (strcmp (end, ".weight") == 0) {
      add_norm (arrays, module + shift + 1, "weight", array->shape[0], 2);
      add_norm (arrays, module + shift + 1, "bias", array->shape[0], 3);
      add_norm (arrays, module + shift + 1, "running_mean", array->shape[0], 0.5f);
      add_norm (arrays, module + shift + 1, "running_var", array->shape[0], 4);
    }
    g_free (array->name);
    array->name = name;
  }
}

/* Each convolution's kernel and bias, times 2 / √(4 + 1e-5), with (0 − 0.5) times that and 3 to the bias. */
static void
assert_folded (const GbpNetwork *network, const GbpWeights *weights, guint n_expected)
{
  const double factor = 2 / sqrt (4 + 1e-5);
  guint n_layers, n_compared = 0;
  const GbpLayer *layers = gbp_network_get_layers (network, &n_layers);

  for (guint i = 0; i < n_layers; i++) {
    const GbpLayerView *folded = &layers[i].weights;
    const GbpLayerWeights *plain = &weights->layers[i];

    if (folded->kernel == NULL || layers[i].height == 1)
      continue;
    for (guint k = 0; k < 9 * plain->n_inputs * plain->n_outputs; k++)
      ck_assert_double_eq_tol (folded->kernel[k], plain->kernel[k] * factor, 1e-6);
    for (guint o = 0; o < plain->n_outputs; o++)
      ck_assert_double_eq_tol (folded->bias[o], (plain->bias[o] - 0.5) * factor + 3, 1e-5);
    n_compared++;
  }
  ck_assert_uint_eq (n_compared, n_expected);
}

START_TEST (normalized)
{
  gboolean is_16 = _i == 2;
  g_auto (GbpWeights) weights = {0};
  g_autoptr (GPtrArray) arrays = NULL;
  g_autoptr (GbpNetwork) network = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *path = sample_path ("normalized.safetensors");

  sample_weights (&weights, is_16 ? GBP_ARCHITECTURE_VGG16 : GBP_ARCHITECTURE_VGG19, 5);
  arrays = sample_arrays (&weights, SAMPLE_TORCHVISION);
  normalize_arrays (arrays, is_16 ? modules_16 : modules);
  if (_i == 1)
    sample_remove (arrays, "features.4.running_var");
  sample_write_safetensors (path, arrays, SAMPLE_FLOAT32, NULL);
  if (_i != 1) {
    network = gbp_network_load (path, GBP_PREPROCESS_AUTO, &error);
    ck_assert_msg (network != NULL, "%s", error != NULL ? error->message : "");
    assert_folded (network, &weights, is_16 ? 13 : 16);
  } else {
    sample_assert_error (path, GBP_ERROR_READ,
        "layer block1_conv2: expected a running_var beside features.4.running_mean of its batch normalization");
  }
  sample_clean ();
}
END_TEST

/* What Keras' names become: of a convolution's ordinal or a dense layer's, with its own name as Keras has it. */
typedef struct {
  const char *convolution; /* with the block's number and its own, or its ordinal from 1 on */
  gboolean is_counted;
  const char *dense[3];
  const char *kernel, *bias;
} KerasNames;

static const KerasNames keras_names[] = {
    {"conv%u_%u/conv", FALSE, {"fc6/fc6", "fc7/fc7", "fc8/fc8"}, "kernel:0", "bias:0"},
    {"net/vgg/block%u_conv%u", FALSE, {"net/vgg/fc1", "net/vgg/fc2", "net/vgg/predictions"},
        "kernel", "bias"},
    {"convolution2d_%u", TRUE, {"dense_1", "dense_2", "dense_3"}, "any_W:0", "any_b:0"},
    {"layers\\conv2d_%u", TRUE, {"layers\\dense", "layers\\dense_1", "layers\\dense_2"}, "vars/0",
        "vars/1"},
    {"model_weights/conv2d_%u/conv2d_%u", TRUE,
        {"model_weights/a", "model_weights/b", "model_weights/c"}, "kernel:0", "bias:0"},
};

/* (transfer full): what block3_conv2, the @ordinal-th convolution, is called */
static char *
name_keras (const KerasNames *style, const char *layer, guint ordinal)
{
  static const char *const dense[] = {"fc1", "fc2", "predictions"};
  GString *name = g_string_new (NULL);
  guint block = 0, number = 0;

  for (guint i = 0; i < G_N_ELEMENTS (dense); i++)
    if (strcmp (layer, dense[i]) == 0)
      g_string_append (name, style->dense[i]);
  if (name->len == 0) {
    g_string_append (name, style->convolution);
    block = (guint) (layer[strlen ("block")] - '0');
    number = (guint) (layer[strlen ("block1_conv")] - '0');
    if (style->is_counted)
      block = number = ordinal;
    for (guint i = 0; i < 2; i++) {
      g_autofree char *text = g_strdup_printf ("%u", i == 0 ? block : number);

      g_string_replace (name, "%u", text, 1);
    }
  }
  return g_string_free (name, FALSE);
}

START_TEST (renamed_keras)
{
  const KerasNames *style = &keras_names[_i];
  g_auto (GbpWeights) weights = {0};
  g_autoptr (GPtrArray) arrays = NULL;
  g_autoptr (GbpNetwork) network = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *path = sample_path ("names.h5");

  sample_weights (&weights, GBP_ARCHITECTURE_VGG16, 5);
  arrays = sample_arrays (&weights, SAMPLE_KERAS_LATER);
  for (guint i = 0; i < arrays->len; i++) {
    SampleArray *array = arrays->pdata[i];
    g_autofree char *layer = g_strndup (array->name, strcspn (array->name, "/"));
    g_autofree char *name = name_keras (style, layer, i / 2 + 1);

    g_free (array->name);
    array->name = g_strdup_printf ("%s/%s", name, i % 2 == 0 ? style->kernel : style->bias);
  }
  sample_write_hdf5 (path, arrays, SAMPLE_FLOAT32);
  network = gbp_network_load (path, GBP_PREPROCESS_AUTO, &error);
  ck_assert_msg (network != NULL, "%s", error != NULL ? error->message : "");
  ck_assert_pstr_eq (gbp_network_get_notice (network), NULL);
  sample_assert_weights (network, &weights);
  sample_clean ();
}
END_TEST

/* Adds the four arrays of the normalization behind a convolution, by number, or by the convolution's name in two
 * ways. */
static void
add_keras_norm (GPtrArray *arrays, int way, guint block, guint number, guint ordinal)
{
  static const char *const ends[][4] = {
      {"0", "1", "2", "3"}, {"gamma", "beta", "moving_mean", "moving_variance"}};
  static const float numbers[] = {2, 3, 0.5f, 4};
  const guint64 n = ((SampleArray *) arrays->pdata[2 * ordinal + 1])->shape[0];
  g_autofree char *stem = way == 0
                              ? g_strdup_printf ("layers/batch_normalization_%u/vars/", 5 + ordinal)
                          : way == 1 ? g_strdup_printf ("block%u_conv%u_bn/", block, number)
                                     : g_strdup_printf ("bn%u_%u/", block, number);

  for (guint e = 0; e < 4; e++) {
    g_autofree char *name = g_strconcat (stem, ends[way > 0][e], NULL);

    sample_add (arrays, name, 1, &n);
    for (guint c = 0; c < n; c++)
      sample_find (arrays, name)->values[c] = numbers[e];
  }
}

/* Keras' batch normalizations have an epsilon of their own. */
START_TEST (normalized_keras)
{
  static const guint n_in_block_16[] = {2, 2, 3, 3};
  const double factor = 2 / sqrt (4 + 1e-3);
  g_auto (GbpWeights) weights = {0};
  g_autoptr (GPtrArray) arrays = NULL;
  g_autoptr (GbpNetwork) network = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *path = sample_path ("normalized.h5");
  const GbpLayerWeights *plain = &weights.layers[4];
  const GbpLayer *layer;
  guint n_layers, ordinal = 0;

  sample_weights (&weights, GBP_ARCHITECTURE_VGG16, 4);
  arrays = sample_arrays (&weights, _i == 0 ? SAMPLE_KERAS_NUMBERED : SAMPLE_KERAS_LATER);
  for (guint block = 0; block < G_N_ELEMENTS (n_in_block_16); block++)
    for (guint i = 0; i < n_in_block_16[block]; i++)
      add_keras_norm (arrays, _i, block + 1, i + 1, ordinal++);
  sample_write_hdf5 (path, arrays, SAMPLE_FLOAT32);
  network = gbp_network_load (path, GBP_PREPROCESS_AUTO, &error);
  ck_assert_msg (network != NULL, "%s", error != NULL ? error->message : "");
  layer = &gbp_network_get_layers (network, &n_layers)[4];
  ck_assert_str_eq (layer->name, "block2_conv2");
  ck_assert_double_eq_tol (layer->weights.kernel[7], plain->kernel[7] * factor, 1e-6);
  ck_assert_double_eq_tol (layer->weights.bias[1], (plain->bias[1] - 0.5) * factor + 3, 1e-6);
  ck_assert_int_eq (gbp_network_get_notice (network) != NULL, _i == 0);
  sample_clean ();
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"renamed", renamed, G_N_ELEMENTS (names)},
      {"normalized", normalized, 3},
      {"renamed, of Keras", renamed_keras, G_N_ELEMENTS (keras_names)},
      {"normalized, of Keras", normalized_keras, 3},
  };

  return GBP_TEST_RUN ("names of VGG", tests);
}
