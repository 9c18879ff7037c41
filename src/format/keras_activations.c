/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Keras' activations: functions by their names, and layers that are one. */
#include <math.h>
#include <string.h>

#include "format/compose.h"
#include "format/keras_build.h"

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
    {"celu", {.function = GBP_FUNCTION_ELU, .slope = 1, .corner = GBP_CORNER_BOTH}},
    {"softplus", {.function = GBP_FUNCTION_SOFTPLUS}},
    {"log_sigmoid", {.function = GBP_FUNCTION_LOG_SIGMOID}},
    {"softsign", {.function = GBP_FUNCTION_SOFTSIGN}},
    {"soft_sign", {.function = GBP_FUNCTION_SOFTSIGN}},
    {"exponential", {.function = GBP_FUNCTION_EXPONENTIAL}},
    {"exp", {.function = GBP_FUNCTION_EXPONENTIAL}},
    {"sqrt", {.function = GBP_FUNCTION_POWER, .slope = 0.5f}},
    {"rsqrt", {.function = GBP_FUNCTION_POWER, .slope = -0.5f}},
    {"reciprocal", {.function = GBP_FUNCTION_POWER, .slope = -1}},
    {"hard_tanh", {.function = GBP_FUNCTION_CLAMP, .offset = -1, .maximum = 1}},
    {"sparse_sigmoid", {.function = GBP_FUNCTION_HARD_SIGMOID, .slope = 0.5f, .offset = 0.5f}},
};

gboolean
gbp_keras_is_over_channels (const GbpKerasCall *call, int value, const json_t *axis)
{
  const GbpShape *shape = gbp_graph_get_shape (call->keras->builder->graph, (guint) value);
  gboolean is_last = (shape->height == 1 && shape->width == 1) || !call->keras->is_channels_first;

  return axis != NULL ? gbp_keras_is_channel_axis (call, axis) : is_last;
}

/* @kind: SOFTMAX or LOG_SOFTMAX
 * @axis: (nullable): of the channels, unless it is said */
static int
add_softmax (const GbpKerasCall *call, int value, GbpKind kind, const json_t *axis, GError **error)
{
  GbpOperation operation;

  if (!gbp_keras_is_over_channels (call, value, axis))
    return gbp_builder_refuse (error, "softmax is supported over the channels");
  operation = gbp_operation_on (kind, value);
  return gbp_builder_add (call->keras->builder, &operation, error);
}

static int
add_function (const GbpKerasCall *call, int value, const char *name, GError **error)
{
  if (strcmp (name, "linear") == 0)
    return value;
  if (strcmp (name, "softmax") == 0)
    return add_softmax (call, value, GBP_KIND_SOFTMAX, NULL, error);
  if (strcmp (name, "log_softmax") == 0)
    return add_softmax (call, value, GBP_KIND_LOG_SOFTMAX, NULL, error);
  for (guint i = 0; i < G_N_ELEMENTS (functions); i++) {
    GbpActivation activation = functions[i].activation;

    if (strcmp (functions[i].name, name) != 0)
      continue;
    if (strcmp (name, "hard_sigmoid") == 0 && call->keras->version < 3)
      activation.slope = 0.2f; /* Keras 3 took PyTorch's */
    return gbp_builder_add_activation (call->keras->builder, value, &activation, error);
  }
  return gbp_keras_add_composed (call, value, name, error);
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
    return add_softmax (call, value, GBP_KIND_SOFTMAX, json_object_get (config, "axis"), error);
  } else if (strcmp (class_name, "ELU") != 0) {
    return gbp_builder_refuse (error,
        "its activation \"%s\" is not supported; those are " GBP_KERAS_ACTIVATIONS, class_name);
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

/* Those of keras.ops with two words, the functions' names having a line between them. */
static int
keras_long_function (const GbpKerasCall *call, GError **error)
{
  g_autoptr (GString) name = g_string_new (NULL);

  for (const char *at = call->layer->class_name; *at != '\0'; at++) {
    if (g_ascii_isupper (*at) && name->len > 0)
      g_string_append_c (name, '_');
    g_string_append_c (name, g_ascii_tolower (*at));
  }
  return add_function (call, call->inputs[0], name->str, error);
}

/* Those of keras.ops that have parameters. */
static int
keras_parametric (const GbpKerasCall *call, GError **error)
{
  const json_t *config = call->layer->config;
  const char *class_name = call->layer->class_name;
  GbpActivation activation = {
      .function = GBP_FUNCTION_ELU, .slope = (float) gbp_json_get_number (config, "alpha", 1)};

  if (strcmp (class_name, "Celu") == 0)
    return gbp_builder_add_celu (
        call->keras->builder, call->inputs[0], activation.slope, GBP_CORNER_BOTH, error);
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

static int
keras_log_softmax (const GbpKerasCall *call, GError **error)
{
  return add_softmax (call, call->inputs[0], GBP_KIND_LOG_SOFTMAX,
      json_object_get (call->layer->config, "axis"), error);
}

static int
keras_clip (const GbpKerasCall *call, GError **error)
{
  double low = -INFINITY, high = INFINITY;
  GbpActivation clamp = {.function = GBP_FUNCTION_CLAMP};

  gbp_json_as_number (json_object_get (call->layer->config, "x_min"), &low);
  gbp_json_as_number (json_object_get (call->layer->config, "x_max"), &high);
  clamp.offset = (float) low;
  clamp.maximum = (float) high;
  if (!(clamp.offset < clamp.maximum))
    return gbp_builder_refuse (error, "its x_min is expected to be a number below its x_max");
  return gbp_builder_add_activation (call->keras->builder, call->inputs[0], &clamp, error);
}

const GbpKerasRow gbp_keras_activation_rows[] = {
    {"Activation", keras_activation, FALSE},
    {"ReLU", keras_activation_layer, FALSE},
    {"LeakyReLU", keras_activation_layer, FALSE},
    {"PReLU", gbp_keras_prelu, FALSE},
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
    {"Celu", keras_parametric, TRUE},
    {"Softplus", keras_function, TRUE},
    {"Softsign", keras_function, TRUE},
    {"SoftSign", keras_long_function, TRUE},
    {"Squareplus", keras_function, TRUE},
    {"Exp", keras_function, TRUE},
    {"Sqrt", keras_function, TRUE},
    {"Rsqrt", keras_function, TRUE},
    {"Reciprocal", keras_function, TRUE},
    {"Absolute", keras_function, TRUE},
    {"LogSigmoid", keras_long_function, TRUE},
    {"HardTanh", keras_long_function, TRUE},
    {"TanhShrink", keras_long_function, TRUE},
    {"SoftShrink", keras_long_function, TRUE},
    {"HardShrink", keras_long_function, TRUE},
    {"SparsePlus", keras_long_function, TRUE},
    {"Threshold", keras_function, TRUE},
    {"Glu", keras_function, TRUE},
    {"LogSoftmax", keras_log_softmax, TRUE},
    {"SparseSigmoid", keras_long_function, TRUE},
    {"Clip", keras_clip, TRUE},
    {"HardSilu", keras_long_function, TRUE},
    {"HardSwish", keras_long_function, TRUE},
    {"HardSigmoid", keras_long_function, TRUE},
    {NULL, NULL, FALSE},
};
