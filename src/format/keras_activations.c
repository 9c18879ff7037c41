/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Keras' activations: functions by their names, and layers that are one. */
#include <math.h>
#include <string.h>

#include "format/keras_build.h"

#define SUPPORTED                                                                                  \
  "relu, relu6, leaky_relu, elu, selu, silu, gelu, hard_swish, mish, sigmoid, hard_sigmoid, "      \
  "tanh, softmax and linear"

/* Functions without parameters, or with Keras' own. SELU's derivative at zero is TensorFlow's. */
static const struct {
  const char *name;
  GbpActivation activation;
} functions[] = {
    {"relu", {.function = GBP_FUNCTION_RELU}},
    {"relu6", {.function = GBP_FUNCTION_RELU, .maximum = 6}},
    {"leaky_relu", {.function = GBP_FUNCTION_LEAKY_RELU, .slope = 0.2f}},
    {"elu", {.function = GBP_FUNCTION_ELU, .slope = 1}},
    {"selu", {.function = GBP_FUNCTION_SELU, .corner = GBP_CORNER_ABOVE}},
    {"silu", {.function = GBP_FUNCTION_SILU}},
    {"swish", {.function = GBP_FUNCTION_SILU}},
    {"gelu", {.function = GBP_FUNCTION_GELU}},
    {"hard_silu", {.function = GBP_FUNCTION_HARD_SWISH}},
    {"hard_swish", {.function = GBP_FUNCTION_HARD_SWISH}},
    {"mish", {.function = GBP_FUNCTION_MISH}},
    {"sigmoid", {.function = GBP_FUNCTION_SIGMOID}},
    {"hard_sigmoid", {.function = GBP_FUNCTION_HARD_SIGMOID, .slope = 1 / 6.0f, .offset = 0.5f}},
    {"tanh", {.function = GBP_FUNCTION_TANH}},
};

/* @axis: (nullable): of the channels, unless it is said */
static int
add_softmax (const GbpKerasCall *call, int value, const json_t *axis, GError **error)
{
  GbpOperation operation;

  const GbpShape *shape = gbp_graph_get_shape (call->keras->builder->graph, (guint) value);
  gboolean is_last = shape->height == 1 && shape->width == 1;

  if (axis != NULL ? !gbp_keras_is_channel_axis (call, axis)
                   : !is_last && call->keras->is_channels_first)
    return gbp_builder_refuse (error, "softmax is supported over the channels");
  operation = gbp_operation_on (GBP_KIND_SOFTMAX, value);
  return gbp_builder_add (call->keras->builder, &operation, error);
}

static int
add_function (const GbpKerasCall *call, int value, const char *name, GError **error)
{
  if (strcmp (name, "linear") == 0)
    return value;
  if (strcmp (name, "softmax") == 0)
    return add_softmax (call, value, NULL, error);
  for (guint i = 0; i < G_N_ELEMENTS (functions); i++) {
    GbpActivation activation = functions[i].activation;

    if (strcmp (functions[i].name, name) != 0)
      continue;
    if (activation.function == GBP_FUNCTION_HARD_SIGMOID && call->keras->version < 3)
      activation.slope = 0.2f; /* Keras 3 took PyTorch's */
    return gbp_builder_add_activation (call->keras->builder, value, &activation, error);
  }
  return gbp_builder_refuse (
      error, "its activation \"%s\" is not supported; those are " SUPPORTED, name);
}

static int
add_relu (const GbpKerasCall *call, int value, const json_t *config, GError **error)
{
  double maximum = gbp_json_get_number (config, "max_value", INFINITY);
  double slope = gbp_json_get_number (config, "negative_slope", 0);
  double threshold = gbp_json_get_number (config, "threshold", 0);
  gboolean is_bounded = maximum < INFINITY;
  GbpActivation activation = {.function = GBP_FUNCTION_RELU,
      .slope = (float) slope,
      .offset = (float) threshold,
      .maximum = is_bounded ? (float) maximum : 0};

  if (!(maximum > 0) || !(threshold >= 0))
    return gbp_builder_refuse (
        error, "its max_value is expected to be above 0, and its threshold 0 or above");
  if (threshold != 0 || (is_bounded && (slope != 0 || maximum != 6))) {
    activation.function = GBP_FUNCTION_THRESHOLD_RELU;
    if (maximum == 6 && threshold == 0) /* TensorFlow's ReLU6; others are clipped */
      activation.corner = GBP_CORNER_FLAT;
  } else if (slope != 0) {
    activation.function = GBP_FUNCTION_LEAKY_RELU;
  }
  return gbp_builder_add_activation (call->keras->builder, value, &activation, error);
}

/* A layer that is an activation, as itself or as another layer's. */
static int
add_layer (const GbpKerasCall *call, int value, const char *class_name, const json_t *config,
    GError **error)
{
  GbpActivation activation = {
      .function = GBP_FUNCTION_ELU, .slope = (float) gbp_json_get_number (config, "alpha", 1)};

  if (strcmp (class_name, "ReLU") == 0)
    return add_relu (call, value, config, error);
  if (strcmp (class_name, "LeakyReLU") == 0) {
    activation.function = GBP_FUNCTION_LEAKY_RELU;
    activation.slope = (float) gbp_json_get_number (
        config, "negative_slope", gbp_json_get_number (config, "alpha", 0.3));
  } else if (strcmp (class_name, "Softmax") == 0) {
    return add_softmax (call, value, json_object_get (config, "axis"), error);
  } else if (strcmp (class_name, "ELU") != 0) {
    return gbp_builder_refuse (
        error, "its activation \"%s\" is not supported; those are " SUPPORTED, class_name);
  }
  return gbp_builder_add_activation (call->keras->builder, value, &activation, error);
}

/* An activation is a name, or an object: a function with its name as class_name or config, or a layer. */
static int
add_activation (const GbpKerasCall *call, int value, const json_t *node, GError **error)
{
  const char *name = json_string_value (node), *class_name;
  const json_t *object = gbp_json_as_object (node), *config;

  if (node == NULL || json_is_null (node))
    return value;
  if (name != NULL)
    return add_function (call, value, name, error);
  class_name = object != NULL ? gbp_json_get_string (object, "class_name") : NULL;
  if (class_name == NULL)
    return gbp_builder_refuse (error, "its activation is expected to be a name or an object");
  config = gbp_json_get_object (object, "config");
  if (strcmp (class_name, "function") == 0 && gbp_json_get_string (object, "config") != NULL)
    return add_function (call, value, gbp_json_get_string (object, "config"), error);
  if (config == NULL)
    return add_function (call, value, class_name, error);
  return add_layer (call, value, class_name, config, error);
}

int
gbp_keras_activate (const GbpKerasCall *call, int value, GError **error)
{
  return add_activation (call, value, json_object_get (call->layer->config, "activation"), error);
}

/* Activation, whose member is the function. */
static int
keras_activation (const GbpKerasCall *call, GError **error)
{
  return gbp_keras_activate (call, call->inputs[0], error);
}

static int
keras_activation_layer (const GbpKerasCall *call, GError **error)
{
  return add_layer (call, call->inputs[0], call->layer->class_name, call->layer->config, error);
}

/* An operator of keras.ops or tf.nn, whose class's name is the function's. */
static int
keras_function (const GbpKerasCall *call, GError **error)
{
  g_autofree char *name = g_ascii_strdown (gbp_keras_find_class (call->layer), -1);

  return add_function (call, call->inputs[0], name, error);
}

/* Those of keras.ops with two words. */
static int
keras_hard_function (const GbpKerasCall *call, GError **error)
{
  gboolean is_sigmoid = strcmp (call->layer->class_name, "HardSigmoid") == 0;

  return add_function (call, call->inputs[0], is_sigmoid ? "hard_sigmoid" : "hard_silu", error);
}

/* Those of keras.ops that have parameters. */
static int
keras_parametric (const GbpKerasCall *call, GError **error)
{
  const json_t *config = call->layer->config;
  const char *class_name = call->layer->class_name;
  GbpActivation activation = {
      .function = GBP_FUNCTION_ELU, .slope = (float) gbp_json_get_number (config, "alpha", 1)};

  if (strcmp (class_name, "Gelu") == 0)
    activation.function = gbp_json_get_boolean (config, "approximate", TRUE)
                              ? GBP_FUNCTION_GELU_TANH
                              : GBP_FUNCTION_GELU;
  if (strcmp (class_name, "LeakyRelu") == 0) {
    activation.function = GBP_FUNCTION_LEAKY_RELU;
    activation.slope = (float) gbp_json_get_number (config, "negative_slope", 0.2);
  }
  return gbp_builder_add_activation (call->keras->builder, call->inputs[0], &activation, error);
}

/* With a slope for each channel, shared by all places. Keras makes it of two ReLUs, so that it is flat at zero. */
static int
keras_prelu (const GbpKerasCall *call, GError **error)
{
  const GbpShape *input = gbp_keras_get_input_shape (call);
  const json_t *shared = gbp_json_get_array (call->layer->config, "shared_axes");
  gboolean is_vector = input->height == 1 && input->width == 1;
  gboolean is_shared = shared != NULL && json_array_size (shared) == 2;
  gboolean is_first = call->keras->is_channels_first;
  guint64 shape[3] = {is_first ? input->channels : 1, 1, is_first ? 1 : input->channels};
  guint64 channels = input->channels;
  GbpKerasLayer *layer = call->layer;
  GbpOperation operation;

  if (!is_vector && !is_shared)
    return gbp_builder_refuse (
        error, "its slopes are supported where shared_axes are those of height and width");
  if (layer->made[0] == NULL) {
    float *slopes = gbp_keras_weights_read (call->keras->weights, call->keras->builder, layer, 0,
        "alpha", is_shared ? 3 : 1, is_shared ? shape : &channels, error);

    if (slopes == NULL)
      return -1;
    layer->made[0] = gbp_tensor_new_take (slopes, input->channels);
  }
  operation = gbp_operation_on (GBP_KIND_ACTIVATION, call->inputs[0]);
  operation.function = GBP_FUNCTION_LEAKY_RELU;
  operation.corner = GBP_CORNER_FLAT;
  operation.tensors[0] = gbp_tensor_ref (layer->made[0]);
  return gbp_builder_add (call->keras->builder, &operation, error);
}

const GbpKerasRow gbp_keras_activation_rows[] = {
    {"Activation", keras_activation, FALSE},
    {"ReLU", keras_activation_layer, FALSE},
    {"LeakyReLU", keras_activation_layer, FALSE},
    {"PReLU", keras_prelu, FALSE},
    {"ELU", keras_activation_layer, FALSE},
    {"Softmax", keras_activation_layer, FALSE},
    {"Relu", keras_function, TRUE},
    {"Relu6", keras_function, TRUE},
    {"Sigmoid", keras_function, TRUE},
    {"Silu", keras_function, TRUE},
    {"Selu", keras_function, TRUE},
    {"Tanh", keras_function, TRUE},
    {"Mish", keras_function, TRUE},
    {"Elu", keras_parametric, TRUE},
    {"Gelu", keras_parametric, TRUE},
    {"LeakyRelu", keras_parametric, TRUE},
    {"HardSilu", keras_hard_function, TRUE},
    {"HardSwish", keras_hard_function, TRUE},
    {"HardSigmoid", keras_hard_function, TRUE},
    {NULL, NULL, FALSE},
};
