/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Which layers of Keras are supported, by their classes. */
#include <string.h>

#include "format/keras_build.h"

static const GbpKerasRow *const tables[] = {gbp_keras_convolution_rows, gbp_keras_scale_rows,
    gbp_keras_activation_rows, gbp_keras_length_rows, gbp_keras_pool_rows, gbp_keras_shape_rows,
    gbp_keras_merge_rows, gbp_keras_resample_rows, gbp_keras_index_rows, gbp_keras_operator_rows};

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
    {"nn.elu", "Elu"},
    {"nn.selu", "Selu"},
    {"nn.softplus", "Softplus"},
    {"math.softplus", "Softplus"},
    {"nn.softsign", "Softsign"},
    {"math.softsign", "Softsign"},
    {"math.exp", "Exp"},
    {"math.sqrt", "Sqrt"},
    {"math.rsqrt", "Rsqrt"},
    {"math.reciprocal", "Reciprocal"},
    {"math.abs", "Absolute"},
    {"math.maximum", "Maximum"},
    {"math.minimum", "Minimum"},
    {"math.pow", "Power"},
    {"nn.local_response_normalization", "LocalResponseNormalization"},
    {"math.sigmoid", "Sigmoid"},
    {"nn.silu", "Silu"},
    {"math.tanh", "Tanh"},
    {"math.reduce_mean", "Mean"},
    {"math.reduce_max", "Max"},
    {"math.reduce_sum", "Sum"},
    {"math.negative", "Negative"},
    {"math.square", "Square"},
    {"expand_dims", "ExpandDims"},
    {"identity", "Identity"},
    {"reshape", "Reshape"},
    {"compat.v1.transpose", "Transpose"},
    {"transpose", "Transpose"},
};

const char *
gbp_keras_find_class (const GbpKerasLayer *layer)
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

  for (guint i = 0; i < G_N_ELEMENTS (tables); i++)
    for (const GbpKerasRow *row = tables[i]; row->class_name != NULL; row++)
      if (!row->is_old)
        g_string_append_printf (supported, "%s%s", supported->len > 0 ? ", " : "", row->class_name);
  return gbp_builder_refuse (
      error, "%s is not supported; layers are %s", class_name, supported->str);
}

gboolean
gbp_keras_has_channels_first (const GbpKerasLayer *layer)
{
  const char *format = gbp_json_get_string (layer->config, "data_format");
  const char *ordering = gbp_json_get_string (layer->config, "dim_ordering"); /* Keras 1 */

  return (format != NULL && strcmp (format, "channels_first") == 0)
         || (ordering != NULL && strcmp (ordering, "th") == 0);
}

/* Flatten only says in which order; where its input is a map, that is as the others have it. */
static gboolean
has_other_format (const GbpKerasCall *call)
{
  const json_t *config = call->layer->config;

  return (gbp_json_get_string (config, "data_format") != NULL
             || gbp_json_get_string (config, "dim_ordering") != NULL)
         && strcmp (call->layer->class_name, "Flatten") != 0
         && gbp_keras_has_channels_first (call->layer) != call->keras->is_channels_first;
}

gconstpointer
gbp_keras_find_view (const GbpKerasCall *call)
{
  return call->keras->views != NULL
             ? g_hash_table_lookup (call->keras->views, GINT_TO_POINTER (call->inputs[0]))
             : NULL;
}

void
gbp_keras_keep_view (const GbpKerasCall *call, int value, gconstpointer view, gsize size)
{
  if (call->keras->views == NULL)
    call->keras->views = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  g_hash_table_insert (call->keras->views, GINT_TO_POINTER (value), g_memdup2 (view, size));
}

static gboolean
takes_no_map (const GbpKerasCall *call)
{
  for (guint i = 0; i < call->n_inputs && call->keras->views != NULL; i++)
    if (g_hash_table_contains (call->keras->views, GINT_TO_POINTER (call->inputs[i])))
      return TRUE;
  return FALSE;
}

/* Operators count axes as those of maps whose channels come last. */
static int
build_layer (
    const GbpKerasCall *call, const GbpKerasRow *row, const GbpKerasRow *table, GError **error)
{
  gboolean takes_views = table == gbp_keras_shape_rows;
  gboolean is_for_last = table == gbp_keras_operator_rows || table == gbp_keras_index_rows;

  if (call->keras->is_channels_first && is_for_last)
    return gbp_builder_refuse (error, "it is supported where data_format is channels_last");
  if (takes_views || !takes_no_map (call))
    return row->build (call, error);
  return gbp_builder_refuse (error,
      "its input is expected to be a map or a vector; what Reshape and Permute make is supported where it comes to one again");
}

int
gbp_keras_call_layer (const GbpKerasCall *call, GError **error)
{
  const char *class_name = gbp_keras_find_class (call->layer);

  if (has_other_format (call))
    return gbp_builder_refuse (error,
        "its data_format is expected to be that of the other layers; Keras 1's \"th\" is not supported");
  if (call->n_inputs == 0)
    return gbp_builder_refuse (error, "it is expected to have an input");
  for (guint i = 0; i < G_N_ELEMENTS (tables); i++)
    for (const GbpKerasRow *row = tables[i]; row->class_name != NULL; row++)
      if (strcmp (row->class_name, class_name) == 0)
        return build_layer (call, row, tables[i], error);
  return refuse_class (class_name, error);
}
