/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Keras' functions of each number that several operations make, and its layers that divide by lengths. */
#include <math.h>
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

/* @input, where it is chosen by @mask, else @number; either may be -1 for who has set an error. */
static int
choose (GbpBuilder *builder, int mask, int input, double number, GError **error)
{
  const GbpChoice first = {input, 0}, second = {-1, number};

  return mask < 0 || input < 0 ? -1
                               : gbp_builder_add_choice (builder, mask, &first, &second, error);
}

/* x where it is further from zero than a threshold, else 0 */
static int
add_hard_shrink (GbpBuilder *builder, int input, double threshold, GError **error)
{
  int mask = gbp_builder_add_absolute (builder, input, error);

  if (mask >= 0)
    mask = gbp_builder_add_step (builder, mask, threshold, FALSE, error);
  return choose (builder, mask, input, 0, error);
}

/* x less what lies between the thresholds; none where that is all. */
static int
add_soft_shrink (GbpBuilder *builder, int input, double threshold, GError **error)
{
  const GbpActivation clamp = {
      .function = GBP_FUNCTION_CLAMP, .offset = (float) -threshold, .maximum = (float) threshold};

  if (!(threshold > 0))
    return gbp_builder_refuse (error, "its threshold is expected to be above 0");
  return add_rest (builder, input, &clamp, error);
}

/* x above 1, 0 below −1, and ((x + 1) / 2)² between: that of x bounded by both, and what x has above 1. */
static int
add_sparse_plus (GbpBuilder *builder, int input, GError **error)
{
  static const GbpActivation between = {.function = GBP_FUNCTION_CLAMP, .offset = -1, .maximum = 1};
  static const GbpActivation above = {
      .function = GBP_FUNCTION_CLAMP, .offset = 1, .maximum = INFINITY, .corner = GBP_CORNER_FLAT};
  int value = gbp_builder_add_activation (builder, input, &between, error);

  if (value >= 0)
    value = gbp_builder_add_affine (builder, value, 0.5, 0.5, error);
  if (value >= 0)
    value = gbp_builder_add_square (builder, value, error);
  if (value >= 0)
    value = gbp_builder_add_sum (
        builder, value, gbp_builder_add_activation (builder, input, &above, error), error);
  return value < 0 ? -1 : gbp_builder_add_affine (builder, value, 1, -1, error);
}

/* @n channels from @first on. */
static int
take_channels (GbpBuilder *builder, int input, guint first, guint n, GError **error)
{
  gint64 n_input = gbp_graph_get_shape (builder->graph, (guint) input)->channels;

  return gbp_builder_add_channel_zeros (
      builder, input, -(gint64) first, (gint64) first + n - n_input, error);
}

/* The first half of the channels times the sigmoid of the second. */
static int
add_glu (const GbpKerasCall *call, int input, GError **error)
{
  static const GbpActivation sigmoid = {.function = GBP_FUNCTION_SIGMOID};
  GbpBuilder *builder = call->keras->builder;
  guint channels = gbp_graph_get_shape (builder->graph, (guint) input)->channels;
  const json_t *axis = strcmp (call->layer->class_name, "Glu") == 0
                           ? json_object_get (call->layer->config, "axis")
                           : NULL;
  int first, second;

  if (channels % 2 != 0 || !gbp_keras_is_over_channels (call, input, axis))
    return gbp_builder_refuse (error, "glu is supported over the channels, an even number of them");
  first = take_channels (builder, input, 0, channels / 2, error);
  second = first < 0 ? -1 : take_channels (builder, input, channels / 2, channels / 2, error);
  if (second >= 0)
    second = gbp_builder_add_activation (builder, second, &sigmoid, error);
  return second < 0 ? -1 : gbp_builder_add_product (builder, first, second, error);
}

/* (x + √(x² + @b)) / 2 */
static int
add_squareplus (GbpBuilder *builder, int input, double b, GError **error)
{
  const GbpActivation root = {.function = GBP_FUNCTION_POWER, .slope = 0.5f};
  int value = gbp_builder_add_square (builder, input, error);

  if (value >= 0)
    value = gbp_builder_add_affine (builder, value, 1, b, error);
  if (value >= 0)
    value = gbp_builder_add_activation (builder, value, &root, error);
  value = gbp_builder_add_sum (builder, input, value, error);
  return value < 0 ? -1 : gbp_builder_add_affine (builder, value, 0.5, 0, error);
}

int
gbp_keras_add_composed (const GbpKerasCall *call, int value, const char *name, GError **error)
{
  static const GbpActivation tangent = {.function = GBP_FUNCTION_TANH};
  GbpBuilder *builder = call->keras->builder;
  const json_t *config = call->layer->config;
  double threshold = gbp_json_get_number (config, "threshold", 0.5);

  if (strcmp (name, "tanh_shrink") == 0)
    return add_rest (builder, value, &tangent, error);
  if (strcmp (name, "soft_shrink") == 0)
    return add_soft_shrink (builder, value, threshold, error);
  if (strcmp (name, "hard_shrink") == 0)
    return add_hard_shrink (builder, value, threshold, error);
  if (strcmp (name, "threshold") == 0)
    return choose (builder, gbp_builder_add_step (builder, value, threshold, FALSE, error), value,
        gbp_json_get_number (config, "default_value", 0), error);
  if (strcmp (name, "sparse_plus") == 0)
    return add_sparse_plus (builder, value, error);
  if (strcmp (name, "glu") == 0)
    return add_glu (call, value, error);
  if (strcmp (name, "squareplus") == 0)
    return add_squareplus (builder, value, gbp_json_get_number (config, "b", 4), error);
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
