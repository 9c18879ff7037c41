/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Keras' functions of each number that several operations make, and its layers that divide by lengths. */
#include <string.h>

#include "format/compose.h"
#include "format/keras_build.h"

#define UNIT_EPSILON 1e-12 /* keras.ops.normalize() */

/* x less what a function makes of it. */
static int
add_rest (GbpBuilder *builder, int input, const GbpActivation *activation, GError **error)
{
  int value = gbp_builder_add_activation (builder, input, activation, error);

  return value < 0 ? -1 : gbp_builder_add_difference (builder, input, value, error);
}

/* (x + √(x² + 4)) / 2 */
static int
add_squareplus (GbpBuilder *builder, int input, GError **error)
{
  const GbpActivation root = {.function = GBP_FUNCTION_POWER, .slope = 0.5f};
  int inputs[2] = {input, gbp_builder_add_square (builder, input, error)};
  GbpOperation operation;
  int value;

  if (inputs[1] >= 0)
    inputs[1] = gbp_builder_add_affine (builder, inputs[1], 1, 4, error);
  if (inputs[1] >= 0)
    inputs[1] = gbp_builder_add_activation (builder, inputs[1], &root, error);
  if (inputs[1] < 0)
    return -1;
  operation = gbp_operation_on_all (GBP_KIND_ADD, inputs, 2);
  value = gbp_builder_add (builder, &operation, error);
  return value < 0 ? -1 : gbp_builder_add_affine (builder, value, 0.5, 0, error);
}

int
gbp_keras_add_composed (const GbpKerasCall *call, int value, const char *name, GError **error)
{
  static const GbpActivation tangent = {.function = GBP_FUNCTION_TANH},
                             clamp = {
                                 .function = GBP_FUNCTION_CLAMP, .offset = -0.5f, .maximum = 0.5f};
  GbpBuilder *builder = call->keras->builder;

  if (strcmp (name, "tanh_shrink") == 0)
    return add_rest (builder, value, &tangent, error);
  if (strcmp (name, "soft_shrink") == 0)
    return add_rest (builder, value, &clamp, error);
  if (strcmp (name, "squareplus") == 0)
    return add_squareplus (builder, value, error);
  if (strcmp (name, "absolute") == 0)
    return gbp_builder_add_absolute (builder, value, error);
  return gbp_builder_refuse (
      error, "its activation \"%s\" is not supported; those are " GBP_KERAS_ACTIVATIONS, name);
}

/* @value: (inout): times the layer's factors. FALSE with @error set */
static gboolean
scale_channels (const GbpKerasCall *call, int *value, GError **error)
{
  guint64 channels = gbp_keras_get_input_shape (call)->channels;
  GbpKerasLayer *layer = call->layer;
  GbpOperation operation;

  if (layer->made[0] == NULL) {
    float *factors = gbp_keras_weights_read (
        call->keras->weights, call->keras->builder, layer, 0, "scale", 1, &channels, error);

    if (factors == NULL)
      return FALSE;
    layer->made[0] = gbp_tensor_new_take (factors, channels);
  }
  operation = gbp_operation_on (GBP_KIND_SCALE, *value);
  operation.tensors[0] = gbp_tensor_ref (layer->made[0]);
  *value = gbp_builder_add (call->keras->builder, &operation, error);
  return *value >= 0;
}

static int
add_length_norm (const GbpKerasCall *call, gboolean is_mean, double epsilon, GError **error)
{
  if (!gbp_keras_is_channel_axis (call, json_object_get (call->layer->config, "axis")))
    return gbp_builder_refuse (
        error, "its axis is supported where it is that of the channels, the last one");
  return gbp_builder_add_length_norm (
      call->keras->builder, call->inputs[0], is_mean, epsilon, error);
}

static int
keras_rms_normalization (const GbpKerasCall *call, GError **error)
{
  int value = add_length_norm (
      call, TRUE, gbp_json_get_number (call->layer->config, "epsilon", 1e-6), error);

  return value < 0 || !scale_channels (call, &value, error) ? -1 : value;
}

static int
keras_unit_normalization (const GbpKerasCall *call, GError **error)
{
  return add_length_norm (call, FALSE, UNIT_EPSILON, error);
}

/* TensorFlow's, whose sum has as many channels on both sides. */
static int
keras_local_response (const GbpKerasCall *call, GError **error)
{
  static const char *const names[] = {"depth_radius", "bias", "alpha", "beta"};
  double numbers[] = {5, 1, 1, 0.5};

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    gbp_json_as_number (gbp_keras_find_argument (call, names[i]), &numbers[i]);
  if (!(numbers[0] >= 0 && numbers[0] <= GBP_MAX_SIZE))
    return gbp_builder_refuse (error, "its depth_radius is expected to be a number from 0 on");
  return gbp_builder_add_response_norm (call->keras->builder, call->inputs[0],
      2 * (guint) numbers[0] + 1, numbers[1], numbers[2], numbers[3], error);
}

const GbpKerasRow gbp_keras_length_rows[] = {
    {"RMSNormalization", keras_rms_normalization, FALSE},
    {"UnitNormalization", keras_unit_normalization, FALSE},
    {"LocalResponseNormalization", keras_local_response, TRUE},
    {NULL, NULL, FALSE},
};
