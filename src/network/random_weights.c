/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "network/random_weights.h"

#include <math.h>

#define BIAS_DEVIATION 0.05

guint64
gbp_random_next (guint64 *state)
{
  guint64 word = *state += G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);

  word = (word ^ (word >> 30)) * G_GUINT64_CONSTANT (0xbf58476d1ce4e5b9);
  word = (word ^ (word >> 27)) * G_GUINT64_CONSTANT (0x94d049bb133111eb);
  return word ^ (word >> 31);
}

/* In (0, 1], a multiple of 2⁻⁵³. */
static double
next_uniform (guint64 *state)
{
  return (double) ((gbp_random_next (state) >> 11) + 1) * 0x1p-53;
}

/* Box and Muller 1958. */
static float
next_normal (guint64 *state)
{
  double radius = sqrt (-2 * log (next_uniform (state)));

  return (float) (radius * cos (2 * G_PI * next_uniform (state)));
}

static float *
make_normal (gsize n_values, double deviation, guint64 *state)
{
  float *values = g_new (float, n_values);

  for (gsize i = 0; i < n_values; i++)
    values[i] = (float) deviation * next_normal (state);
  return values;
}

static GbpLayerWeights
make_layer (GbpLayerKind kind, guint n_inputs, guint n_outputs, guint64 *state)
{
  gsize fan_in = (gsize) n_inputs * (kind == GBP_LAYER_CONVOLUTION ? 9 : 1);
  GbpLayerWeights layer = {.n_inputs = n_inputs, .n_outputs = n_outputs};

  layer.kernel = make_normal (fan_in * n_outputs, sqrt (2.0 / (double) fan_in), state);
  layer.bias = make_normal (n_outputs, BIAS_DEVIATION, state);
  return layer;
}

void
gbp_weights_init_random (GbpWeights *weights, GbpArchitecture architecture,
    const guint widths[GBP_N_BLOCKS], guint dense_width, guint n_classes, guint64 seed)
{
  guint n_layers;
  const GbpLayerEntry *entries = gbp_architecture_get_layers (architecture, &n_layers);
  guint height, width, channels = 3;

  gbp_weights_get_input_size (weights, &height, &width);
  weights->architecture = architecture;
  weights->preprocess = GBP_PREPROCESS_CAFFE;
  weights->origin = g_strdup_printf ("seed %" G_GUINT64_FORMAT, seed);
  for (guint i = 0; i < n_layers; i++) {
    gboolean is_last = entries[i].has_classes;
    guint n_outputs = is_last ? n_classes : dense_width;

    if (entries[i].kind == GBP_LAYER_CONVOLUTION)
      n_outputs = widths[entries[i].block];
    if (entries[i].kind == GBP_LAYER_POOL) {
      height /= 2;
      width /= 2;
    } else if (entries[i].kind == GBP_LAYER_FLATTEN)
      channels *= height * width;
    else if (n_outputs == 0)
      break;
    else {
      weights->layers[i] = make_layer (entries[i].kind, channels, n_outputs, &seed);
      channels = n_outputs;
    }
  }
}
