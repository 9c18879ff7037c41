/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Every format that is read, from files of the tests' own making: each value to the bit. */
#include "harness.h"

#include <math.h>
#include <string.h>

#include "network/random_weights.h"
#include "sample.h"

typedef enum {
  HDF5,
  KERAS_ZIP,
  KERAS_ZIP_DEFLATED,
  SAFETENSORS
} Container;

typedef struct {
  SampleNames names;
  SampleStorage storage;
  Container container;
  GbpArchitecture architecture;
  guint n_blocks; /* 5: with top */
} Case;

#define VGG16 GBP_ARCHITECTURE_VGG16
#define VGG19 GBP_ARCHITECTURE_VGG19

static const Case cases[] = {
    {SAMPLE_KERAS_PUBLISHED, SAMPLE_FLOAT32, HDF5, VGG19, 5},
    {SAMPLE_KERAS_PUBLISHED, SAMPLE_FLOAT32, HDF5, VGG16, 5},
    {SAMPLE_KERAS_PUBLISHED, SAMPLE_FLOAT16, HDF5, VGG19, 5},
    {SAMPLE_KERAS_PUBLISHED, SAMPLE_FLOAT64, HDF5, VGG19, 5},
    {SAMPLE_KERAS_PUBLISHED, SAMPLE_PACKED, HDF5, VGG19, 5},
    {SAMPLE_KERAS_PUBLISHED, SAMPLE_CHECKED, HDF5, VGG19, 5},
    {SAMPLE_KERAS_PUBLISHED, SAMPLE_FLOAT32, HDF5, VGG19, 2},
    {SAMPLE_KERAS_LATER, SAMPLE_FLOAT32, HDF5, VGG19, 5},
    {SAMPLE_KERAS_LATER, SAMPLE_FLOAT32, HDF5, VGG16, 4},
    {SAMPLE_KERAS_MODEL, SAMPLE_FLOAT32, HDF5, VGG19, 5},
    {SAMPLE_KERAS_MODEL, SAMPLE_PACKED, HDF5, VGG16, 5},
    {SAMPLE_KERAS_NUMBERED, SAMPLE_FLOAT32, HDF5, VGG19, 5},
    {SAMPLE_KERAS_NUMBERED, SAMPLE_FLOAT32, HDF5, VGG16, 5},
    {SAMPLE_KERAS_NUMBERED, SAMPLE_FLOAT32, HDF5, VGG19, 4},
    {SAMPLE_KERAS_NUMBERED, SAMPLE_FLOAT32, HDF5, VGG19, 1},
    {SAMPLE_KERAS_3, SAMPLE_FLOAT32, HDF5, VGG19, 5},
    {SAMPLE_KERAS_3, SAMPLE_FLOAT32, KERAS_ZIP, VGG19, 5},
    {SAMPLE_KERAS_NUMBERED, SAMPLE_FLOAT32, KERAS_ZIP_DEFLATED, VGG16, 5},
    {SAMPLE_TORCHVISION, SAMPLE_FLOAT32, SAFETENSORS, VGG19, 5},
    {SAMPLE_TORCHVISION, SAMPLE_FLOAT32, SAFETENSORS, VGG16, 5},
    {SAMPLE_TORCHVISION, SAMPLE_FLOAT64, SAFETENSORS, VGG19, 5},
    {SAMPLE_TORCHVISION, SAMPLE_FLOAT16, SAFETENSORS, VGG19, 5},
    {SAMPLE_TORCHVISION, SAMPLE_BFLOAT16, SAFETENSORS, VGG19, 5},
    {SAMPLE_TORCHVISION, SAMPLE_FLOAT32, SAFETENSORS, VGG19, 3},
    {SAMPLE_TIMM, SAMPLE_FLOAT32, SAFETENSORS, VGG19, 5},
    {SAMPLE_TIMM, SAMPLE_FLOAT16, SAFETENSORS, VGG16, 5},
};

static char *
write_case (const Case *one, GPtrArray *arrays)
{
  g_autofree char *inner = sample_path ("inner.h5");
  char *path = sample_path ("any-name");

  if (one->container == SAFETENSORS) {
    sample_write_safetensors (path, arrays, one->storage, NULL);
  } else if (one->container == HDF5) {
    sample_write_hdf5 (path, arrays, one->storage);
  } else {
    sample_write_hdf5 (inner, arrays, one->storage);
    sample_write_zip (path, "model.weights.h5", inner, one->container == KERAS_ZIP_DEFLATED);
  }
  return path;
}

static GbpNetwork *
load (const char *path)
{
  GError *error = NULL;
  GbpNetwork *network = gbp_network_load (path, GBP_PREPROCESS_AUTO, &error);

  ck_assert_msg (network != NULL, "%s", error != NULL ? error->message : "no error either");
  return network;
}

/* What was written is what is loaded; the first bytes and not the name tell the format. */
START_TEST (round_trip)
{
  const Case *one = &cases[_i];
  g_auto (GbpWeights) weights = {0};
  g_autoptr (GPtrArray) arrays = NULL;
  g_autoptr (GbpNetwork) network = NULL;
  g_autofree char *path = NULL;

  sample_weights (&weights, one->architecture, one->n_blocks);
  arrays = sample_arrays (&weights, one->names);
  path = write_case (one, arrays);
  network = load (path);
  sample_assert_weights (network, &weights);
  ck_assert_int_eq (gbp_network_get_preprocess (network),
      one->container == SAFETENSORS ? GBP_PREPROCESS_TORCH : GBP_PREPROCESS_CAFFE);
  ck_assert (gbp_network_is_trained (network));
  /* no word of training, of which the file says nothing */
  ck_assert_msg (g_str_has_suffix (gbp_network_get_description (network), ", any-name"), "%s",
      gbp_network_get_description (network));
  if (one->n_blocks >= 4)
    ck_assert (g_str_has_prefix (
        gbp_network_get_description (network), one->architecture == VGG16 ? "VGG16" : "VGG19"));
  sample_clean ();
}
END_TEST

/* A file that has no more than two blocks could be either; it is called VGG19. */
START_TEST (short_file_is_vgg19)
{
  static const SampleNames styles[] = {
      SAMPLE_KERAS_PUBLISHED, SAMPLE_KERAS_NUMBERED, SAMPLE_TORCHVISION};
  Case one = {
      styles[_i], SAMPLE_FLOAT32, styles[_i] == SAMPLE_TORCHVISION ? SAFETENSORS : HDF5, VGG16, 2};
  g_auto (GbpWeights) weights = {0};
  g_autoptr (GPtrArray) arrays = NULL;
  g_autoptr (GbpNetwork) network = NULL;
  g_autofree char *path = NULL;

  sample_weights (&weights, one.architecture, one.n_blocks);
  arrays = sample_arrays (&weights, one.names);
  path = write_case (&one, arrays);
  network = load (path);
  ck_assert (g_str_has_prefix (gbp_network_get_description (network), "VGG19"));
  sample_clean ();
}
END_TEST

/* Numbered convolutions give no names: thirteen of one width are VGG16, and where the widths change
 * tells VGG19's first thirteen from it. */
START_TEST (architecture_of_numbered)
{
  static const struct {
    GbpArchitecture architecture;
    guint widths[GBP_N_BLOCKS];
    guint n_kept;
    const char *expected;
  } numbered[] = {
      {VGG16, {2, 2, 2, 2, 2}, 13, "VGG16"},
      {VGG19, {2, 2, 2, 2, 2}, 16, "VGG19"},
      {VGG19, {1, 2, 3, 4, 5}, 13, "VGG19"},
      {VGG16, {1, 2, 3, 4, 5}, 13, "VGG16"},
      {VGG16, {1, 2, 3, 4, 5}, 9, "VGG16"},
      {VGG19, {1, 2, 3, 4, 5}, 9, "VGG19"},
  };
  g_auto (GbpWeights) weights = {0};
  g_autoptr (GPtrArray) arrays = NULL;
  g_autoptr (GbpNetwork) network = NULL;
  g_autofree char *path = sample_path ("numbered.h5");

  gbp_weights_init_random (&weights, numbered[_i].architecture, numbered[_i].widths, 0, 0, 1);
  arrays = sample_arrays (&weights, SAMPLE_KERAS_NUMBERED);
  g_ptr_array_set_size (arrays, (int) (2 * numbered[_i].n_kept));
  sample_write_hdf5 (path, arrays, SAMPLE_FLOAT32);
  network = load (path);
  ck_assert_msg (g_str_has_prefix (gbp_network_get_description (network), numbered[_i].expected),
      "%s", gbp_network_get_description (network));
  sample_clean ();
}
END_TEST

/* A head that is not VGG's own is left out, and the rest is good. */
START_TEST (other_head_is_left_out)
{
  static const struct {
    SampleNames names;
    const char *removed[4];
    const char *renamed[2];
  } heads[] = {
      {SAMPLE_KERAS_NUMBERED, {"layers/dense_7/vars/0", "layers/dense_7/vars/1"}, {NULL}},
      {SAMPLE_TORCHVISION, {NULL}, {"classifier.6.weight", "classifier.4.weight"}},
  };
  g_auto (GbpWeights) weights = {0};
  g_autoptr (GPtrArray) arrays = NULL;
  g_autoptr (GbpNetwork) network = NULL;
  g_autofree char *path = sample_path ("head");

  sample_weights (&weights, VGG19, 5);
  arrays = sample_arrays (&weights, heads[_i].names);
  for (guint i = 0; heads[_i].removed[i] != NULL; i++)
    sample_remove (arrays, heads[_i].removed[i]);
  if (heads[_i].renamed[0] != NULL) {
    SampleArray *array = sample_find (arrays, heads[_i].renamed[0]);

    g_free (array->name);
    array->name = g_strdup (heads[_i].renamed[1]);
  }
  if (heads[_i].names == SAMPLE_TORCHVISION)
    sample_write_safetensors (path, arrays, SAMPLE_FLOAT32, NULL);
  else
    sample_write_hdf5 (path, arrays, SAMPLE_FLOAT32);
  network = load (path);
  ck_assert (gbp_network_get_layer_shape (network, "block5_pool", NULL, NULL, NULL, NULL));
  ck_assert (!gbp_network_get_layer_shape (network, "fc1", NULL, NULL, NULL, NULL));
  sample_clean ();
}
END_TEST

/* binary16 at its ends: subnormal, largest, smallest normal, negative zero. */
START_TEST (half_extremes)
{
  const float extremes[] = {0x1p-24f, -0x1p-24f, 0x1.ff8p-15f, 65504, -65504, 0x1p-14f, -0.0f, 1};
  guint widths[GBP_N_BLOCKS] = {G_N_ELEMENTS (extremes)}, n_layers;
  g_auto (GbpWeights) weights = {0};
  g_autoptr (GPtrArray) arrays = NULL;
  g_autoptr (GbpNetwork) network = NULL;
  g_autofree char *path = sample_path ("half.safetensors");

  gbp_weights_init_random (&weights, VGG19, widths, 0, 0, 1);
  arrays = sample_arrays (&weights, SAMPLE_TORCHVISION);
  memcpy (sample_find (arrays, "features.0.bias")->values, extremes, sizeof extremes);
  sample_write_safetensors (path, arrays, SAMPLE_FLOAT16, NULL);
  network = load (path);
  ck_assert_mem_eq (
      gbp_network_get_layers (network, &n_layers)[0].weights.bias, extremes, sizeof extremes);
  sample_clean ();
}
END_TEST

/* The file's word on preprocessing and training, its classes, and the caller's word above it. */
START_TEST (metadata)
{
  g_auto (GbpWeights) weights = {0};
  g_autoptr (GPtrArray) arrays = NULL;
  g_autoptr (GbpNetwork) network = NULL, other = NULL;
  g_autofree char *path = sample_path ("metadata.safetensors");
  const char *const *names;

  sample_weights (&weights, VGG19, 5);
  arrays = sample_arrays (&weights, SAMPLE_TORCHVISION);
  sample_write_safetensors (path, arrays, SAMPLE_FLOAT32,
      "{\"preprocess\": \"caffe\", \"trained\": \"false\", \"classes\": \"a\\nb\\nc "
      "d\\ne\\nf\\n\", "
      "\"trained_on\": \"nothing\", \"unknown\": \"ignored\"}");
  network = load (path);
  ck_assert (g_str_has_suffix (
      gbp_network_get_description (network), ", metadata.safetensors, untrained"));
  names = gbp_network_get_class_names (network);
  ck_assert_int_eq (gbp_network_get_preprocess (network), GBP_PREPROCESS_CAFFE);
  ck_assert (!gbp_network_is_trained (network));
  ck_assert_ptr_nonnull (names);
  ck_assert_uint_eq (g_strv_length ((char **) names), 5);
  ck_assert_str_eq (names[2], "c d");
  ck_assert_str_eq (names[4], "f");
  other = gbp_network_load (path, GBP_PREPROCESS_TORCH, NULL);
  ck_assert_ptr_nonnull (other);
  ck_assert_int_eq (gbp_network_get_preprocess (other), GBP_PREPROCESS_TORCH);
  sample_clean ();
}
END_TEST

/* What a file says of its training is in the description, as one short line. */
static const struct {
  const char *metadata;
  const char *end;
} trainings[] = {
    {"{}", ", trained.safetensors"},
    {"{\"trained\": \"true\"}", ".safetensors, trained"},
    {"{\"trained_on\": \"a few cats\"}", ".safetensors, trained on a few cats"},
    {"{\"trained_on\": \"cats\", \"trained\": \"false\"}", ".safetensors, untrained"},
    {"{\"trained_on\": \"\"}", ", trained.safetensors"},
    {"{\"trained\": \"true\", \"trained_on\": \"two\\nlines\"}",
        ".safetensors, trained on two\xef\xbf\xbdlines"},
    {"{\"trained\": \"true\", \"trained_on\": "
     "\"0123456789012345678901234567890123456789012345678901234567890123456789"
     "0123456789012345678901234567890\"}",
        ".safetensors, trained on 01234567890123456789012345678901234567890123456789…"
        "2345678901234567890123456789012345678901234567890"},
};

START_TEST (trained_on)
{
  g_auto (GbpWeights) weights = {0};
  g_autoptr (GPtrArray) arrays = NULL;
  g_autoptr (GbpNetwork) network = NULL;
  g_autofree char *path = sample_path ("trained.safetensors");

  sample_weights (&weights, VGG19, 5);
  arrays = sample_arrays (&weights, SAMPLE_TORCHVISION);
  sample_write_safetensors (path, arrays, SAMPLE_FLOAT32, trainings[_i].metadata);
  network = load (path);
  ck_assert_msg (g_str_has_suffix (gbp_network_get_description (network), trainings[_i].end),
      "%s does not end with \"%s\"", gbp_network_get_description (network), trainings[_i].end);
  sample_clean ();
}
END_TEST

/* The built-in network says what it is, and names its classes. */
START_TEST (built_in)
{
  g_autoptr (GbpNetwork) network = load (NULL);
  const char *const *names = gbp_network_get_class_names (network);
  guint n_layers;

  gbp_network_get_layers (network, &n_layers);
  ck_assert_uint_eq (n_layers, GBP_MAX_LAYERS);
  ck_assert_str_eq (gbp_network_get_description (network),
      "VGG19 at 1/4 width, built in, trained on synthetic scenes");
  ck_assert (gbp_network_is_trained (network));
  ck_assert_int_eq (gbp_network_get_preprocess (network), GBP_PREPROCESS_CAFFE);
  ck_assert_ptr_nonnull (names);
  ck_assert_uint_ge (g_strv_length ((char **) names), 48);
  ck_assert_str_eq (names[0], "triangle");
}
END_TEST

/* What make_untrained makes: what the seed gives, in binary16, and it says that it is untrained. */
START_TEST (untrained)
{
  guint widths[GBP_N_BLOCKS] = {16, 32, 64, 128, 128}, n_layers;
  g_auto (GbpWeights) weights = {0};
  g_autoptr (GbpNetwork) network = load (GBP_TEST_UNTRAINED);
  const GbpLayer *layers = gbp_network_get_layers (network, &n_layers);

  ck_assert_str_eq (gbp_network_get_description (network),
      "VGG19 at 1/4 width, untrained.safetensors, untrained");
  ck_assert (!gbp_network_is_trained (network));
  ck_assert_ptr_null (gbp_network_get_class_names (network));
  ck_assert_int_eq (gbp_network_get_preprocess (network), GBP_PREPROCESS_CAFFE);
  ck_assert_uint_eq (n_layers, GBP_MAX_LAYERS);
  gbp_weights_init_random (&weights, VGG19, widths, 128, 48, 1);
  for (guint i = 0; i < n_layers; i++) {
    gsize n_values = (gsize) layers[i].weights.n_inputs * layers[i].weights.n_outputs;

    ck_assert_uint_eq (layers[i].weights.n_inputs, weights.layers[i].n_inputs);
    ck_assert_uint_eq (layers[i].weights.n_outputs, weights.layers[i].n_outputs);
    for (gsize v = 0; v < n_values; v++) {
      float expected = weights.layers[i].kernel[v], found = layers[i].weights.kernel[v];

      if (fabsf (found - expected) > 0x1p-25f + fabsf (expected) * 0x1p-11f)
        ck_abort_msg (
            "%s, value %u: expected %g, found %g", layers[i].name, (guint) v, expected, found);
    }
  }
}
END_TEST

int
main (void)
{
  const GbpTest tests[] = {
      {"round trip", round_trip, G_N_ELEMENTS (cases)},
      {"short file is VGG19", short_file_is_vgg19, 3},
      {"architecture of numbered", architecture_of_numbered, 6},
      {"other head is left out", other_head_is_left_out, 2},
      {"half extremes", half_extremes, 0},
      {"metadata", metadata, 0},
      {"trained on", trained_on, G_N_ELEMENTS (trainings)},
      {"built in", built_in, 0},
      {"untrained", untrained, 0},
  };

  return GBP_TEST_RUN ("formats", tests);
}
