/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Which layers of Keras are supported, by their classes. */
#include <string.h>

#include "format/keras_build.h"

/* @is_old: a name of Keras 1, of an operator, or of one network's own layer, which messages leave out */
typedef struct {
  const char *class_name;
  GbpKerasLayerFunction build;
  gboolean is_old;
} Row;

static const Row rows[] = {
    {"Conv2D", gbp_keras_convolution, FALSE},
    {"DepthwiseConv2D", gbp_keras_depthwise, FALSE},
    {"SeparableConv2D", gbp_keras_separable, FALSE},
    {"Dense", gbp_keras_dense, FALSE},
    {"BatchNormalization", gbp_keras_batch_normalization, FALSE},
    {"Rescaling", gbp_keras_rescaling, FALSE},
    {"Normalization", gbp_keras_normalization, FALSE},
    {"Activation", gbp_keras_activation, FALSE},
    {"ReLU", gbp_keras_activation_layer, FALSE},
    {"LeakyReLU", gbp_keras_activation_layer, FALSE},
    {"PReLU", gbp_keras_prelu, FALSE},
    {"ELU", gbp_keras_activation_layer, FALSE},
    {"Softmax", gbp_keras_activation_layer, FALSE},
    {"MaxPooling2D", gbp_keras_pool_max, FALSE},
    {"AveragePooling2D", gbp_keras_pool_average, FALSE},
    {"GlobalAveragePooling2D", gbp_keras_global_average, FALSE},
    {"GlobalMaxPooling2D", gbp_keras_global_max, FALSE},
    {"Add", gbp_keras_add, FALSE},
    {"Subtract", gbp_keras_subtract, FALSE},
    {"Multiply", gbp_keras_multiply, FALSE},
    {"Average", gbp_keras_average, FALSE},
    {"Concatenate", gbp_keras_concatenate, FALSE},
    {"ZeroPadding2D", gbp_keras_pad, FALSE},
    {"Cropping2D", gbp_keras_crop, FALSE},
    {"Flatten", gbp_keras_flatten, FALSE},
    {"Reshape", gbp_keras_reshape, FALSE},
    {"Dropout", gbp_keras_identity, FALSE},
    {"SpatialDropout2D", gbp_keras_identity, FALSE},
    {"GaussianDropout", gbp_keras_identity, FALSE},
    {"GaussianNoise", gbp_keras_identity, FALSE},
    {"AlphaDropout", gbp_keras_identity, FALSE},
    {"ActivityRegularization", gbp_keras_identity, FALSE},
    {"Identity", gbp_keras_identity, FALSE},
    {"RandomFlip", gbp_keras_identity, FALSE},
    {"RandomRotation", gbp_keras_identity, FALSE},
    {"RandomZoom", gbp_keras_identity, FALSE},
    {"RandomTranslation", gbp_keras_identity, FALSE},
    {"RandomContrast", gbp_keras_identity, FALSE},
    {"RandomBrightness", gbp_keras_identity, FALSE},
    {"Resizing", gbp_keras_resizing, FALSE},
    {"GetItem", gbp_keras_index, TRUE},
    {"SlicingOpLambda", gbp_keras_index, TRUE},
    {"Stack", gbp_keras_stack, TRUE},
    {"CustomScaleLayer", gbp_keras_scaled_sum, TRUE},
    {"Convolution2D", gbp_keras_convolution, TRUE},
    {"SeparableConvolution2D", gbp_keras_separable, TRUE},
    {"Divide", gbp_keras_divide, TRUE},
    {"TrueDivide", gbp_keras_divide, TRUE},
    {"Relu", gbp_keras_function, TRUE},
    {"Relu6", gbp_keras_function, TRUE},
    {"Sigmoid", gbp_keras_function, TRUE},
    {"Silu", gbp_keras_function, TRUE},
    {"Selu", gbp_keras_function, TRUE},
    {"Tanh", gbp_keras_function, TRUE},
};

/* What TensorFlow calls operators, and the classes that do what they do. */
static const struct {
  const char *function;
  const char *class_name;
} operators[] = {
    {"math.add", "Add"},
    {"__operators__.add", "Add"},
    {"nn.bias_add", "Add"},
    {"math.subtract", "Subtract"},
    {"math.multiply", "Multiply"},
    {"math.truediv", "Divide"},
    {"math.divide", "Divide"},
    {"nn.relu", "Relu"},
    {"nn.relu6", "Relu6"},
    {"math.sigmoid", "Sigmoid"},
    {"nn.silu", "Silu"},
    {"math.tanh", "Tanh"},
    {"identity", "Identity"},
};

/* The class, or for an operator of TensorFlow's the one that does what it does. */
static const char *
find_class (const GbpKerasLayer *layer)
{
  const char *function = gbp_json_get_string (layer->config, "function");

  if (strcmp (layer->class_name, "TFOpLambda") != 0 || function == NULL)
    return layer->class_name;
  for (guint i = 0; i < G_N_ELEMENTS (operators); i++)
    if (strcmp (operators[i].function, function) == 0)
      return operators[i].class_name;
  return function;
}

static int
refuse_class (const char *class_name, GError **error)
{
  g_autoptr (GString) supported = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (!rows[i].is_old)
      g_string_append_printf (supported, "%s%s", i > 0 ? ", " : "", rows[i].class_name);
  return gbp_builder_refuse (
      error, "%s is not supported; layers are %s", class_name, supported->str);
}

static gboolean
has_channels_first (const json_t *config)
{
  const char *format = gbp_json_get_string (config, "data_format");
  const char *ordering = gbp_json_get_string (config, "dim_ordering"); /* Keras 1 */

  return (format != NULL && strcmp (format, "channels_first") == 0)
         || (ordering != NULL && strcmp (ordering, "th") == 0);
}

int
gbp_keras_call_layer (const GbpKerasCall *call, GError **error)
{
  const char *class_name = find_class (call->layer);

  if (has_channels_first (call->layer->config))
    return gbp_builder_refuse (
        error, "channels_first is not supported; data_format is channels_last");
  if (call->n_inputs == 0)
    return gbp_builder_refuse (error, "it is expected to have an input");
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (strcmp (rows[i].class_name, class_name) == 0)
      return rows[i].build (call, error);
  return refuse_class (class_name, error);
}
