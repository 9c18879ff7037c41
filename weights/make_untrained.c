/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Writes an untrained network as safetensors under torchvision's names. The tests make theirs with it,
 * and the built-in network is compared with the one that it began as. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "network/random_weights.h"

/* What the command line asks for. */
typedef struct {
  GbpArchitecture architecture;
  guint widths[GBP_N_BLOCKS];
  int dense_width;
  int n_classes;
  gint64 seed;
  gboolean is_float32;
  const char *output;
} Request;

/* The file as it grows: what the header says of the arrays, and their bytes. */
typedef struct {
  GString *header;
  GByteArray *bytes;
  gboolean is_float32;
} File;

/* IEEE 754 binary16, rounded to nearest, ties to even. */
static guint16
half_from_float (float value)
{
  guint32 bits, sign, magnitude, shift, kept, rest, tie;

  memcpy (&bits, &value, sizeof bits);
  sign = (bits >> 16) & 0x8000;
  magnitude = bits & 0x7fffffff;
  if (magnitude >= 0x477ff000) /* rounds to infinity */
    return (guint16) (sign | 0x7c00);
  if (magnitude < 0x33000000) /* rounds to zero */
    return (guint16) sign;
  shift = 13;
  kept = magnitude - (112u << 23);
  if (magnitude < 0x38800000) { /* below 2⁻¹⁴: subnormal */
    shift = 126 - (magnitude >> 23);
    kept = (magnitude & 0x7fffff) | 0x800000;
  }
  rest = kept & ((1u << shift) - 1);
  tie = 1u << (shift - 1);
  kept >>= shift;
  kept += rest > tie || (rest == tie && (kept & 1));
  return (guint16) (sign | kept);
}

static void
add_value (File *file, float value)
{
  guint32 bits;
  guint16 half;

  if (file->is_float32) {
    memcpy (&bits, &value, sizeof bits);
    bits = GUINT32_TO_LE (bits);
    g_byte_array_append (file->bytes, (const guint8 *) &bits, sizeof bits);
  } else {
    half = GUINT16_TO_LE (half_from_float (value));
    g_byte_array_append (file->bytes, (const guint8 *) &half, sizeof half);
  }
}

/* One array: @shape as JSON has it. @values in the order [positions][channels][n_outputs] are written
 * as [n_outputs][channels][positions]. */
static void
add_array (File *file, const char *name, const char *kind, const char *shape, const float *values,
    gsize positions, gsize channels, gsize n_outputs)
{
  guint begin = file->bytes->len;

  for (gsize o = 0; o < n_outputs; o++)
    for (gsize c = 0; c < channels; c++)
      for (gsize p = 0; p < positions; p++)
        add_value (file, values[(p * channels + c) * n_outputs + o]);
  g_string_append_printf (file->header,
      ",\"%s.%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%u,%u]}", name, kind,
      file->is_float32 ? "F32" : "F16", shape, begin, file->bytes->len);
}

static void
add_layer (
    File *file, const char *name, GbpLayerKind kind, const GbpLayerWeights *layer, gsize positions)
{
  gsize channels = layer->n_inputs;
  g_autofree char *bias_shape = g_strdup_printf ("[%u]", layer->n_outputs);
  g_autofree char *shape = NULL;

  if (kind == GBP_LAYER_CONVOLUTION) {
    shape = g_strdup_printf ("[%u,%u,3,3]", layer->n_outputs, layer->n_inputs);
  } else {
    shape = g_strdup_printf ("[%u,%u]", layer->n_outputs, layer->n_inputs);
    channels /= positions;
  }
  add_array (file, name, "weight", shape, layer->kernel, positions, channels, layer->n_outputs);
  add_array (file, name, "bias", bias_shape, layer->bias, 1, 1, layer->n_outputs);
}

/* torchvision numbers the modules in a row: a ReLU follows each convolution, pools count, and a ReLU
 * and a dropout follow fc1 and fc2. */
static void
add_layers (File *file, const GbpWeights *weights)
{
  guint n_layers, feature = 0, classifier = 0;
  const GbpLayerEntry *entries = gbp_architecture_get_layers (weights->architecture, &n_layers);

  for (guint i = 0; i < n_layers; i++) {
    gboolean is_convolution = entries[i].kind == GBP_LAYER_CONVOLUTION;
    gsize positions = is_convolution ? 9 : strcmp (entries[i].name, "fc1") == 0 ? 49 : 1;
    g_autofree char *name = NULL;

    if (entries[i].kind == GBP_LAYER_POOL)
      feature++;
    if (weights->layers[i].kernel == NULL)
      continue;
    name = is_convolution ? g_strdup_printf ("features.%u", feature)
                          : g_strdup_printf ("classifier.%u", classifier);
    add_layer (file, name, entries[i].kind, &weights->layers[i], positions);
    feature += is_convolution ? 2 : 0;
    classifier += is_convolution ? 0 : 3;
  }
}

static gboolean
write_file (const File *file, const char *output)
{
  guint64 length;
  FILE *stream = fopen (output, "wb");
  gboolean is_written;

  if (stream == NULL)
    return FALSE;
  while (file->header->len % 8 != 0)
    g_string_append_c (file->header, ' ');
  length = GUINT64_TO_LE ((guint64) file->header->len);
  is_written = fwrite (&length, sizeof length, 1, stream) == 1
               && fwrite (file->header->str, file->header->len, 1, stream) == 1
               && fwrite (file->bytes->data, file->bytes->len, 1, stream) == 1;
  return (fclose (stream) == 0) && is_written;
}

static gboolean
make (const Request *request)
{
  g_auto (GbpWeights) weights = {0};
  File file = {g_string_new (NULL), g_byte_array_new (), request->is_float32};
  gboolean is_written;

  gbp_weights_init_random (&weights, request->architecture, request->widths,
      (guint) request->dense_width, (guint) request->n_classes, (guint64) request->seed);
  g_string_append_printf (file.header,
      "{\"__metadata__\":{\"preprocess\":\"caffe\",\"trained\":\"false\","
      "\"description\":\"He-normal weights, seed %" G_GINT64_FORMAT "\","
      "\"licence\":\"LGPL-2.1-or-later\"}",
      request->seed);
  add_layers (&file, &weights);
  g_string_append_c (file.header, '}');
  is_written = write_file (&file, request->output);
  if (!is_written)
    g_printerr ("make_untrained: cannot write %s\n", request->output);
  g_string_free (file.header, TRUE);
  g_byte_array_unref (file.bytes);
  return is_written;
}

static gboolean
parse_widths (const char *text, guint widths[GBP_N_BLOCKS])
{
  g_auto (GStrv) words = g_strsplit (text, ",", -1);
  guint64 width;

  if (g_strv_length (words) != GBP_N_BLOCKS)
    return FALSE;
  for (guint i = 0; i < GBP_N_BLOCKS; i++) {
    if (!g_ascii_string_to_unsigned (words[i], 10, 0, 4096, &width, NULL))
      return FALSE;
    widths[i] = (guint) width;
  }
  return TRUE;
}

static gboolean
parse (int argc, char **argv, Request *request)
{
  g_autofree char *architecture = NULL, *widths = NULL, *type = NULL;
  const GOptionEntry entries[] = {
      {"architecture", 0, 0, G_OPTION_ARG_STRING, &architecture, "vgg19 (default) or vgg16",
          "NAME"},
      {"widths", 0, 0, G_OPTION_ARG_STRING, &widths,
          "channels of the five blocks (16,32,64,128,128); a 0 ends the network", "A,B,C,D,E"},
      {"dense", 0, 0, G_OPTION_ARG_INT, &request->dense_width,
          "channels of fc1 and fc2 (128); 0: no top", "N"},
      {"classes", 0, 0, G_OPTION_ARG_INT, &request->n_classes, "channels of predictions (48)", "N"},
      {"seed", 0, 0, G_OPTION_ARG_INT64, &request->seed, "seed (1)", "N"},
      {"type", 0, 0, G_OPTION_ARG_STRING, &type, "float16 (default) or float32", "TYPE"},
      G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("OUTPUT");
  g_autoptr (GError) error = NULL;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error)) {
    g_printerr ("make_untrained: %s\n", error->message);
    return FALSE;
  }
  request->output = argv[1];
  request->is_float32 = g_strcmp0 (type, "float32") == 0;
  request->architecture =
      g_strcmp0 (architecture, "vgg16") == 0 ? GBP_ARCHITECTURE_VGG16 : GBP_ARCHITECTURE_VGG19;
  if (argc == 2 && (type == NULL || request->is_float32 || strcmp (type, "float16") == 0)
      && (architecture == NULL || request->architecture == GBP_ARCHITECTURE_VGG16
          || strcmp (architecture, "vgg19") == 0)
      && (widths == NULL || parse_widths (widths, request->widths)) && request->dense_width >= 0
      && request->n_classes >= 0)
    return TRUE;
  g_printerr ("make_untrained: wrong arguments; --help lists the valid ones\n");
  return FALSE;
}

int
main (int argc, char **argv)
{
  Request request = {
      .widths = {16, 32, 64, 128, 128},
      .dense_width = 128,
      .n_classes = 48,
      .seed = 1,
  };

  return parse (argc, argv, &request) && make (&request) ? EXIT_SUCCESS : EXIT_FAILURE;
}
