/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sample.h"

#include <check.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "network/random_weights.h"

#define FIRST_NUMBER 7
#define MAP_SIZE     7 /* edge of the map that fc1 sees */

/* Names of one layer's arrays in one style. */
typedef struct {
  char *kernel;
  char *bias;
  gboolean is_labelled;
} Names;

/* Keeps 8 significant bits, and nothing below 2⁻¹⁰: exact in binary16 and bfloat16. */
static void
round_values (float *values, gsize n_values)
{
  for (gsize i = 0; i < n_values; i++) {
    int exponent;
    float fraction = frexpf (values[i], &exponent);

    values[i] = exponent < -9 ? 0 : ldexpf (rintf (ldexpf (fraction, 8)), exponent - 8);
  }
}

static gsize
count_kernel (GbpLayerKind kind, const GbpLayerWeights *layer)
{
  return (gsize) layer->n_inputs * layer->n_outputs * (kind == GBP_LAYER_CONVOLUTION ? 9 : 1);
}

void
sample_weights (GbpWeights *weights, GbpArchitecture architecture, guint n_blocks)
{
  guint widths[GBP_N_BLOCKS] = {1, 2, 2, 3, 3}, n_layers;
  const GbpLayerEntry *entries = gbp_architecture_get_layers (architecture, &n_layers);
  gboolean has_top = n_blocks >= GBP_N_BLOCKS;

  for (guint i = n_blocks; i < GBP_N_BLOCKS; i++)
    widths[i] = 0;
  *weights = (GbpWeights){0};
  gbp_weights_init_random (weights, architecture, widths, has_top ? 4 : 0, has_top ? 5 : 0, 11);
  for (guint i = 0; i < n_layers; i++)
    if (weights->layers[i].kernel != NULL) {
      round_values (weights->layers[i].kernel, count_kernel (entries[i].kind, &weights->layers[i]));
      round_values (weights->layers[i].bias, weights->layers[i].n_outputs);
    }
}

static void
sample_array_free (gpointer data)
{
  SampleArray *array = data;

  g_free (array->name);
  g_free (array->label);
  g_free (array->values);
  g_free (array);
}

GPtrArray *
sample_arrays_new (void)
{
  return g_ptr_array_new_with_free_func (sample_array_free);
}

/* "conv2d_7" for the first of its kind; numbers from 0 on have none for 0. */
static char *
number_layer (GbpLayerKind kind, guint number)
{
  const char *stem = kind == GBP_LAYER_CONVOLUTION ? "conv2d" : "dense";

  return number == 0 ? g_strdup (stem) : g_strdup_printf ("%s_%u", stem, number);
}

static void
name_keras (Names *names, SampleNames style, const GbpLayerEntry *entry, guint ordinal)
{
  guint first = style == SAMPLE_KERAS_NUMBERED ? FIRST_NUMBER : 0;
  g_autofree char *numbered = number_layer (entry->kind, ordinal + first);
  const char *name = entry->name;

  if (style == SAMPLE_KERAS_PUBLISHED) {
    names->kernel = g_strdup_printf ("%s/%s_W_1:0", name, name);
    names->bias = g_strdup_printf ("%s/%s_b_1:0", name, name);
  } else if (style == SAMPLE_KERAS_LATER) {
    names->kernel = g_strdup_printf ("%s/%s/kernel", name, name);
    names->bias = g_strdup_printf ("%s/%s/bias", name, name);
  } else if (style == SAMPLE_KERAS_MODEL) {
    names->kernel = g_strdup_printf ("model_weights/vgg19/%s/kernel:0", name);
    names->bias = g_strdup_printf ("model_weights/vgg19/%s/bias:0", name);
  } else {
    names->kernel = g_strdup_printf ("layers/%s/vars/0", numbered);
    names->bias = g_strdup_printf ("layers/%s/vars/1", numbered);
    names->is_labelled = style == SAMPLE_KERAS_3;
  }
}

static void
name_torch (Names *names, SampleNames style, GbpLayerKind kind, guint feature, guint ordinal)
{
  static const char *const dense[][3] = {
      {"classifier.0", "classifier.3", "classifier.6"},
      {"module.pre_logits.fc1", "module.pre_logits.fc2", "module.head.fc"},
  };
  gboolean is_timm = style == SAMPLE_TIMM;
  g_autofree char *name = NULL;

  name = kind == GBP_LAYER_DENSE
             ? g_strdup (dense[is_timm][ordinal])
             : g_strdup_printf ("%sfeatures.%u", is_timm ? "module." : "", feature);
  names->kernel = g_strconcat (name, ".weight", NULL);
  names->bias = g_strconcat (name, ".bias", NULL);
}

/* From [positions][channels][outputs] to [outputs][channels][positions]. */
static float *
reorder (const float *values, gsize positions, gsize channels, gsize n_outputs)
{
  float *reordered = g_new (float, positions *channels *n_outputs);

  for (gsize p = 0; p < positions; p++)
    for (gsize c = 0; c < channels; c++)
      for (gsize o = 0; o < n_outputs; o++)
        reordered[(o * channels + c) * positions + p] = *values++;
  return reordered;
}

static SampleArray *
make_array (char *name, guint rank, const guint64 *shape, float *values)
{
  SampleArray *array = g_new0 (SampleArray, 1);

  array->name = name;
  array->rank = rank;
  memcpy (array->shape, shape, rank * sizeof *shape);
  array->values = values;
  return array;
}

static SampleArray *
make_kernel (
    char *name, const GbpLayerEntry *entry, const GbpLayerWeights *layer, SampleNames style)
{
  gsize n_values = count_kernel (entry->kind, layer);
  gboolean is_convolution = entry->kind == GBP_LAYER_CONVOLUTION;
  guint64 edge = is_convolution ? 3 : strcmp (entry->name, "fc1") == 0 ? MAP_SIZE : 1;
  guint64 outputs = layer->n_outputs, inputs = layer->n_inputs;
  guint64 channels = is_convolution ? inputs : inputs / (edge * edge);
  float *values;

  if (style < SAMPLE_TORCHVISION) {
    values = g_memdup2 (layer->kernel, n_values * sizeof *values);
    return is_convolution ? make_array (name, 4, (guint64[]){3, 3, inputs, outputs}, values)
                          : make_array (name, 2, (guint64[]){inputs, outputs}, values);
  }
  values = reorder (layer->kernel, edge * edge, channels, outputs);
  if (is_convolution || (style == SAMPLE_TIMM && strcmp (entry->name, "predictions") != 0))
    return make_array (name, 4, (guint64[]){outputs, channels, edge, edge}, values);
  return make_array (name, 2, (guint64[]){outputs, inputs}, values);
}

static void
add_layer (GPtrArray *arrays, Names *names, const GbpLayerEntry *entry,
    const GbpLayerWeights *layer, SampleNames style)
{
  SampleArray *kernel = make_kernel (names->kernel, entry, layer, style);
  SampleArray *bias = make_array (names->bias, 1, (guint64[]){layer->n_outputs},
      g_memdup2 (layer->bias, layer->n_outputs * sizeof (float)));

  if (names->is_labelled) {
    kernel->label = g_strdup (entry->name);
    bias->label = g_strdup (entry->name);
  }
  g_ptr_array_add (arrays, kernel);
  g_ptr_array_add (arrays, bias);
}

GPtrArray *
sample_arrays (const GbpWeights *weights, SampleNames style)
{
  GPtrArray *arrays = sample_arrays_new ();
  guint n_layers, feature = 0, ordinal[] = {0, 0, 0, 0};
  const GbpLayerEntry *entries = gbp_architecture_get_layers (weights->architecture, &n_layers);

  for (guint i = 0; i < n_layers; i++) {
    GbpLayerKind kind = entries[i].kind;
    Names names = {NULL, NULL, FALSE};

    if (weights->layers[i].kernel != NULL) {
      if (style < SAMPLE_TORCHVISION)
        name_keras (&names, style, &entries[i], ordinal[kind]);
      else
        name_torch (&names, style, kind, feature, ordinal[kind]);
      add_layer (arrays, &names, &entries[i], &weights->layers[i], style);
    }
    ordinal[kind]++;
    feature += kind == GBP_LAYER_CONVOLUTION ? 2 : 1;
  }
  if (style == SAMPLE_KERAS_MODEL)
    sample_add (arrays, "optimizer_weights/block1_conv1/kernel/m:0", 1, (guint64[]){1});
  return arrays;
}

static guint
find_index (GPtrArray *arrays, const char *name)
{
  guint i = 0;

  while (i < arrays->len && strcmp (((SampleArray *) arrays->pdata[i])->name, name) != 0)
    i++;
  ck_assert_msg (i < arrays->len, "the sample has no array %s", name);
  return i;
}

SampleArray *
sample_find (GPtrArray *arrays, const char *name)
{
  return arrays->pdata[find_index (arrays, name)];
}

void
sample_remove (GPtrArray *arrays, const char *name)
{
  g_ptr_array_remove_index (arrays, find_index (arrays, name));
}

void
sample_add (GPtrArray *arrays, const char *name, guint rank, const guint64 *shape)
{
  gsize n_values = 1;

  for (guint i = 0; i < rank; i++)
    n_values *= shape[i];
  g_ptr_array_add (arrays, make_array (g_strdup (name), rank, shape, g_new0 (float, n_values)));
}

static char *
get_directory (void)
{
  return g_strdup_printf ("%s/gbp-format-%d", g_get_tmp_dir (), (int) getpid ());
}

char *
sample_path (const char *name)
{
  g_autofree char *directory = get_directory ();

  ck_assert_int_eq (g_mkdir_with_parents (directory, 0700), 0);
  return g_build_filename (directory, name, NULL);
}

void
sample_clean (void)
{
  g_autofree char *path = get_directory ();
  g_autoptr (GDir) directory = g_dir_open (path, 0, NULL);
  const char *name;

  while (directory != NULL && (name = g_dir_read_name (directory)) != NULL) {
    g_autofree char *file = g_build_filename (path, name, NULL);

    g_remove (file);
  }
  g_rmdir (path);
}

void
sample_assert_error (const char *path, GbpError code, const char *words)
{
  g_autofree char *name = g_path_get_basename (path);
  g_auto (GStrv) parts = g_strsplit (words, "…", -1);
  g_autoptr (GError) error = NULL;
  g_autoptr (GbpNetwork) network = gbp_network_load (path, GBP_PREPROCESS_AUTO, &error);
  const char *rest;

  ck_assert_msg (network == NULL, "%s: it was loaded; expected \"%s\"", path, words);
  ck_assert_ptr_nonnull (error);
  ck_assert_msg (error->domain == GBP_ERROR && error->code == (int) code,
      "expected code %d, found %d: %s", (int) code, error->code, error->message);
  ck_assert_msg (strstr (error->message, name) != NULL, "no %s in \"%s\"", name, error->message);
  rest = error->message;
  for (guint i = 0; parts[i] != NULL; i++) {
    rest = strstr (rest, parts[i]);
    ck_assert_msg (rest != NULL, "no \"%s\" in \"%s\"", parts[i], error->message);
    rest += strlen (parts[i]);
  }
}

void
sample_assert_weights (const GbpNetwork *network, const GbpWeights *weights)
{
  guint n_layers, n_expected = 0, n_found = 0;
  const GbpLayerEntry *entries = gbp_architecture_get_layers (weights->architecture, &n_layers);
  const GbpLayer *layers = gbp_network_get_layers (network, &n_layers);

  for (guint i = 0; i < GBP_MAX_LAYERS; i++)
    n_expected += weights->layers[i].kernel != NULL;
  for (guint i = 0; i < n_layers; i++) {
    const GbpLayerView *found = &layers[i].weights;
    const GbpLayerWeights *expected = &weights->layers[i];

    if (found->kernel == NULL)
      continue;
    n_found++;
    ck_assert_ptr_nonnull (expected->kernel);
    ck_assert_uint_eq (found->n_inputs, expected->n_inputs);
    ck_assert_uint_eq (found->n_outputs, expected->n_outputs);
    ck_assert_mem_eq (
        found->kernel, expected->kernel, count_kernel (entries[i].kind, expected) * sizeof (float));
    ck_assert_mem_eq (found->bias, expected->bias, expected->n_outputs * sizeof (float));
  }
  ck_assert_uint_eq (n_found, n_expected);
}
