/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Keras' layers that scale and shift, and those that merge several maps. */
#include <math.h>

#include "format/keras_build.h"

#define NORMALIZATION_EPSILON 1e-7 /* keras.backend.epsilon() */

/* Adds x · factor + shift.
 * @factor, @shift: [channels] (transfer full) */
static int
add_scale (const GbpKerasCall *call, int input, float *factor, float *shift, GError **error)
{
  GbpOperation operation = gbp_operation_on (GBP_KIND_SCALE, input);
  guint channels = gbp_keras_get_input_shape (call)->channels;

  operation.tensors[0] = gbp_tensor_new_take (factor, channels);
  operation.tensors[1] = gbp_tensor_new_take (shift, channels);
  return gbp_builder_add (call->keras->builder, &operation, error);
}

/* Adds the scale that the layer's tensors are, made by an earlier call. */
static int
add_made (const GbpKerasCall *call, GError **error)
{
  GbpOperation operation = gbp_operation_on (GBP_KIND_SCALE, call->inputs[0]);

  operation.tensors[0] = gbp_tensor_ref (call->layer->made[0]);
  operation.tensors[1] = gbp_tensor_ref (call->layer->made[1]);
  return gbp_builder_add (call->keras->builder, &operation, error);
}

gboolean
gbp_keras_is_channel_axis (const GbpKerasCall *call, const json_t *node)
{
  const GbpShape *shape = gbp_keras_get_input_shape (call);
  const json_t *array = gbp_json_as_array (node);
  double axis = -1;

  if (array != NULL && json_array_size (array) == 1)
    node = json_array_get (array, 0);
  else if (array != NULL)
    return FALSE;
  gbp_json_as_number (node, &axis);
  if (shape->height == 1 && shape->width == 1)
    return axis == -1 || axis == 1 || axis == 3;
  return call->keras->is_channels_first ? axis == 1 || axis == -3 : axis == -1 || axis == 3;
}

/* Makes the layer's tensors: gamma / √(variance + epsilon) and beta − mean · that. */
static gboolean
make_batch_scale (const GbpKerasCall *call, GError **error)
{
  static const char *const names[] = {"gamma", "beta", "moving mean", "moving variance"};
  const json_t *config = call->layer->config;
  guint64 channels = gbp_keras_get_input_shape (call)->channels;
  gboolean has[4] = {gbp_json_get_boolean (config, "scale", TRUE),
      gbp_json_get_boolean (config, "center", TRUE), TRUE, TRUE};
  double epsilon = gbp_json_get_number (config, "epsilon", 1e-3);
  float *arrays[4] = {NULL};
  gboolean is_read = TRUE;

  for (guint i = 0, index = 0; i < G_N_ELEMENTS (arrays) && is_read; i++) {
    if (!has[i])
      continue;
    arrays[i] = gbp_keras_weights_read (call->keras->weights, call->keras->builder, call->layer,
        index++, names[i], 1, &channels, error);
    is_read = arrays[i] != NULL;
  }
  for (guint64 c = 0; c < channels && is_read; c++) {
    double gamma = has[0] ? arrays[0][c] : 1, beta = has[1] ? arrays[1][c] : 0;
    double factor = gamma / sqrt (arrays[3][c] + epsilon);

    arrays[3][c] = (float) factor;
    arrays[2][c] = (float) (beta - arrays[2][c] * factor);
  }
  g_free (arrays[0]);
  g_free (arrays[1]);
  if (is_read) {
    call->layer->made[0] = gbp_tensor_new_take (arrays[3], channels);
    call->layer->made[1] = gbp_tensor_new_take (arrays[2], channels);
    return TRUE;
  }
  g_free (arrays[2]);
  g_free (arrays[3]);
  return FALSE;
}

static int
keras_batch_normalization (const GbpKerasCall *call, GError **error)
{
  if (!gbp_keras_is_channel_axis (call, json_object_get (call->layer->config, "axis")))
    return gbp_builder_refuse (
        error, "its axis is supported where it is that of the channels, the last one");
  if (call->layer->made[0] == NULL && !make_batch_scale (call, error))
    return -1;
  return add_made (call, error);
}

/* Fills @values from a number or a list of as many as there are channels, in lists of any depth; FALSE if it is
 * neither. */
static gboolean
fill_channels (const json_t *node, double otherwise, guint channels, double *values)
{
  const json_t *array = gbp_json_as_array (node);
  double number = otherwise;

  while (array != NULL && json_array_size (array) == 1)
    array = gbp_json_as_array (node = json_array_get (array, 0));
  if (array != NULL && json_array_size (array) != channels)
    return FALSE;
  if (array == NULL && node != NULL && !json_is_null (node) && !gbp_json_as_number (node, &number))
    return FALSE;
  for (guint c = 0; c < channels; c++) {
    values[c] = number;
    if (array != NULL && !gbp_json_as_number (json_array_get (array, c), &values[c]))
      return FALSE;
  }
  return TRUE;
}

/* Adds a scale of doubles. */
static int
add_scale_of (const GbpKerasCall *call, const double *factors, const double *shifts, GError **error)
{
  guint channels = gbp_keras_get_input_shape (call)->channels;
  float *factor = gbp_builder_allocate (call->keras->builder, channels, error);
  float *shift =
      factor != NULL ? gbp_builder_allocate (call->keras->builder, channels, error) : NULL;

  if (shift == NULL) {
    g_free (factor);
    return -1;
  }
  for (guint c = 0; c < channels; c++) {
    factor[c] = (float) factors[c];
    shift[c] = (float) shifts[c];
  }
  return add_scale (call, call->inputs[0], factor, shift, error);
}

static int
keras_rescaling (const GbpKerasCall *call, GError **error)
{
  guint channels = gbp_keras_get_input_shape (call)->channels;
  g_autofree double *factors = g_try_new (double, channels), *shifts = g_try_new (double, channels);

  if (factors == NULL || shifts == NULL)
    return gbp_builder_refuse (error, "there is no memory for its %u channels", channels);
  if (!fill_channels (json_object_get (call->layer->config, "scale"), 1, channels, factors)
      || !fill_channels (json_object_get (call->layer->config, "offset"), 0, channels, shifts))
    return gbp_builder_refuse (
        error, "its scale and offset are expected to be numbers, or one for each channel");
  return add_scale_of (call, factors, shifts, error);
}

/* Mean and variance of the layer's arrays; behind them is a count. @is_single: they are one number for all channels */
static gboolean
read_statistics (const GbpKerasCall *call, gboolean is_single, guint64 channels, double *means,
    double *variances, GError **error)
{
  for (guint i = 0; i < 2; i++) {
    g_autofree float *values = gbp_keras_weights_read (call->keras->weights, call->keras->builder,
        call->layer, i, i == 0 ? "mean" : "variance", is_single ? 0 : 1, &channels, error);

    if (values == NULL)
      return FALSE;
    for (guint64 c = 0; c < channels; c++)
      (i == 0 ? means : variances)[c] = values[is_single ? 0 : c];
  }
  return TRUE;
}

static int
keras_normalization (const GbpKerasCall *call, GError **error)
{
  const json_t *config = call->layer->config;
  guint channels = gbp_keras_get_input_shape (call)->channels;
  const json_t *axes = gbp_json_get_array (config, "axis");
  gboolean is_single = axes != NULL && json_array_size (axes) == 0;
  gboolean is_inverse = gbp_json_get_boolean (config, "invert", FALSE);
  g_autofree double *means = g_try_new (double, channels),
                    *variances = g_try_new (double, channels);

  if (means == NULL || variances == NULL)
    return gbp_builder_refuse (error, "there is no memory for its %u channels", channels);
  if (!is_single && !gbp_keras_is_channel_axis (call, json_object_get (config, "axis")))
    return gbp_builder_refuse (error, "it is supported on the last axis, or on none");
  if (call->layer->arrays->len >= 2) {
    if (!read_statistics (call, is_single, channels, means, variances, error))
      return -1;
  } else if (!fill_channels (json_object_get (config, "mean"), 0, channels, means)
             || !fill_channels (json_object_get (config, "variance"), 1, channels, variances)) {
    return gbp_builder_refuse (
        error, "its mean and variance are expected to be numbers, or one for each channel");
  }
  for (guint c = 0; c < channels; c++) {
    double deviation = MAX (sqrt (variances[c]), NORMALIZATION_EPSILON);

    variances[c] = is_inverse ? deviation : 1 / deviation;
    means[c] *= is_inverse ? 1 : -variances[c];
  }
  return add_scale_of (call, variances, means, error);
}

/* Reads gamma and beta, those that the layer has, unless an earlier call did.
 * @has: which */
static gboolean
read_affine (const GbpKerasCall *call, const gboolean has[2], GError **error)
{
  static const char *const names[] = {"gamma", "beta"};
  guint64 channels = gbp_keras_get_input_shape (call)->channels;

  for (guint i = 0, index = 0; i < G_N_ELEMENTS (names); index += has[i++] ? 1 : 0) {
    float *values;

    if (!has[i] || call->layer->made[i] != NULL)
      continue;
    values = gbp_keras_weights_read (call->keras->weights, call->keras->builder, call->layer, index,
        names[i], 1, &channels, error);
    if (values == NULL)
      return FALSE;
    call->layer->made[i] = gbp_tensor_new_take (values, channels);
  }
  return TRUE;
}

/* Adds an operation whose weights are gamma and beta. @operation: (transfer full) */
static int
add_affine (
    const GbpKerasCall *call, GbpOperation *operation, const gboolean has[2], GError **error)
{
  if (!read_affine (call, has, error)) {
    gbp_operation_clear (operation);
    return -1;
  }
  for (guint i = 0; i < 2; i++)
    if (has[i])
      operation->tensors[i] = gbp_tensor_ref (call->layer->made[i]);
  return gbp_builder_add (call->keras->builder, operation, error);
}

static int
add_norm (const GbpKerasCall *call, GbpKind kind, guint groups, GError **error)
{
  const json_t *config = call->layer->config;
  const gboolean has[2] = {
      gbp_json_get_boolean (config, "scale", TRUE), gbp_json_get_boolean (config, "center", TRUE)};
  GbpOperation operation;

  if (!gbp_keras_is_channel_axis (call, json_object_get (config, "axis")))
    return gbp_builder_refuse (
        error, "its axis is supported where it is that of the channels, the last one");
  operation = gbp_operation_on (kind, call->inputs[0]);
  operation.epsilon = (float) gbp_json_get_number (config, "epsilon", 1e-3);
  operation.window.groups = groups;
  return add_affine (call, &operation, has, error);
}

static int
keras_layer_normalization (const GbpKerasCall *call, GError **error)
{
  if (gbp_json_get_boolean (call->layer->config, "rms_scaling", FALSE))
    return gbp_builder_refuse (error, "it is supported without rms_scaling");
  return add_norm (call, GBP_KIND_LAYER_NORM, 1, error);
}

/* Groups of -1 stand for as many as channels. */
static int
keras_group_normalization (const GbpKerasCall *call, GError **error)
{
  guint channels = gbp_keras_get_input_shape (call)->channels;
  double groups = gbp_json_get_number (call->layer->config, "groups", 32);

  if (groups == -1)
    groups = channels;
  if (!(groups >= 1 && groups <= channels) || channels % (guint) groups != 0)
    return gbp_builder_refuse (
        error, "its groups are expected to divide its %u channels, and are %g", channels, groups);
  return add_norm (call, GBP_KIND_GROUP_NORM, (guint) groups, error);
}

/* ConvNeXt's own layer: a factor for each channel. Others of that name say no projection_dim. */
static int
keras_layer_scale (const GbpKerasCall *call, GError **error)
{
  const gboolean has[2] = {TRUE, FALSE};
  GbpOperation operation;

  if (gbp_json_get_number (call->layer->config, "projection_dim", 0)
      != gbp_keras_get_input_shape (call)->channels)
    return gbp_builder_refuse (
        error, "it is supported as ConvNeXt has it, with a projection_dim of its channels");
  operation = gbp_operation_on (GBP_KIND_SCALE, call->inputs[0]);
  return add_affine (call, &operation, has, error);
}

const GbpKerasRow gbp_keras_scale_rows[] = {
    {"BatchNormalization", keras_batch_normalization, FALSE},
    {"LayerNormalization", keras_layer_normalization, FALSE},
    {"GroupNormalization", keras_group_normalization, FALSE},
    {"LayerScale", keras_layer_scale, TRUE},
    {"Rescaling", keras_rescaling, FALSE},
    {"Normalization", keras_normalization, FALSE},
    {NULL, NULL, FALSE},
};
