/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "format/keras_build.h"
#include "format/resample.h"

static const GbpWindow one_pixel = {.rows = 1,
    .columns = 1,
    .stride_y = 1,
    .stride_x = 1,
    .dilation_y = 1,
    .dilation_x = 1,
    .groups = 1};

/* The tensor that a layer's array of this index becomes, which all its calls share: kernels and biases are in the
 * graph's own order.
 * Returns: (transfer full): NULL with @error set */
static GbpTensor *
take_tensor (const GbpKerasCall *call, guint index, const char *what, guint rank,
    const guint64 *shape, GError **error)
{
  GbpKerasLayer *layer = call->layer;
  gsize n_values = 1;
  float *values;

  for (guint i = 0; i < rank; i++)
    n_values *= shape[i];
  if (layer->made[index] == NULL) {
    values = gbp_keras_weights_read (
        call->keras->weights, call->keras->builder, layer, index, what, rank, shape, error);
    if (values == NULL)
      return NULL;
    layer->made[index] = gbp_tensor_new_take (values, n_values);
  }
  if (layer->made[index]->n_values == n_values)
    return gbp_tensor_ref (layer->made[index]);
  g_set_error (error, GBP_ERROR, GBP_ERROR_READ,
      "layer %s: expected inputs of one shape in all its calls, found others", layer->name);
  return NULL;
}

/* The number under one of two names, as Keras 2 and Keras 1 call it. */
static guint
get_count (const json_t *config, const char *name, const char *old_name)
{
  double number = gbp_json_get_number (config, name, gbp_json_get_number (config, old_name, 0));

  return number >= 1 && number <= GBP_MAX_SIZE ? (guint) number : 0;
}

static gboolean
has_bias (const json_t *config)
{
  return gbp_json_get_boolean (config, "use_bias", gbp_json_get_boolean (config, "bias", TRUE));
}

/* Sets the window of a layer's convolution; -1 with @error set. */
static int
read_window (const GbpKerasCall *call, GbpWindow *window, GError **error)
{
  const json_t *config = call->layer->config;
  guint kernel[2];

  if (!gbp_keras_get_pair (config, "kernel_size", 0, kernel))
    return gbp_builder_refuse (error, "its kernel_size is expected to be one or two numbers");
  window->rows = kernel[0] != 0 ? kernel[0] : get_count (config, "nb_row", "nb_row");
  window->columns = kernel[1] != 0 ? kernel[1] : get_count (config, "nb_col", "nb_col");
  return gbp_keras_get_window (call, window, error);
}

/* What a convolution takes of its layer's arrays.
 * @first: the index of its kernel; a bias is behind it
 * @kernel: for messages
 * @shape: of the kernel */
typedef struct {
  guint first;
  const char *kernel;
  guint64 shape[4];
  guint64 n_outputs;
  gboolean has_bias;
} Arrays;

/* @operation: (transfer full): its window is set */
static int
add_convolution (
    const GbpKerasCall *call, GbpOperation *operation, const Arrays *arrays, GError **error)
{
  operation->tensors[0] =
      take_tensor (call, arrays->first, arrays->kernel, 4, arrays->shape, error);
  if (operation->tensors[0] != NULL && arrays->has_bias)
    operation->tensors[1] =
        take_tensor (call, arrays->first + 1, "bias", 1, &arrays->n_outputs, error);
  if (operation->tensors[0] == NULL || (arrays->has_bias && operation->tensors[1] == NULL)) {
    gbp_operation_clear (operation);
    return -1;
  }
  return gbp_builder_add (call->keras->builder, operation, error);
}

static int
keras_convolution (const GbpKerasCall *call, GError **error)
{
  const json_t *config = call->layer->config;
  guint channels = gbp_keras_get_input_shape (call)->channels;
  guint filters = get_count (config, "filters", "nb_filter");
  GbpWindow window = one_pixel;
  GbpOperation operation;
  Arrays arrays;
  int value;

  if (read_window (call, &window, error) < 0)
    return -1;
  window.groups = MAX (get_count (config, "groups", "groups"), 1);
  arrays = (Arrays){0, "kernel", {window.rows, window.columns, channels / window.groups, filters},
      filters, has_bias (config)};
  operation = gbp_operation_on (GBP_KIND_CONVOLUTION, call->inputs[0]);
  operation.window = window;
  value = add_convolution (call, &operation, &arrays, error);
  return value < 0 ? -1 : gbp_keras_activate (call, value, error);
}

/* Each input channel has depth_multiplier outputs, one after the other, as a convolution in groups has them. */
static int
add_depthwise (const GbpKerasCall *call, gboolean with_bias, GError **error)
{
  const json_t *config = call->layer->config;
  guint channels = gbp_keras_get_input_shape (call)->channels;
  guint multiplier = MAX (get_count (config, "depth_multiplier", "depth_multiplier"), 1);
  GbpWindow window = one_pixel;
  GbpOperation operation;
  Arrays arrays;

  if (read_window (call, &window, error) < 0)
    return -1;
  window.groups = channels;
  arrays = (Arrays){0, "depthwise kernel", {window.rows, window.columns, channels, multiplier},
      (guint64) channels * multiplier, with_bias};
  operation = gbp_operation_on (GBP_KIND_CONVOLUTION, call->inputs[0]);
  operation.window = window;
  return add_convolution (call, &operation, &arrays, error);
}

static int
keras_depthwise (const GbpKerasCall *call, GError **error)
{
  int value = add_depthwise (call, has_bias (call->layer->config), error);

  return value < 0 ? -1 : gbp_keras_activate (call, value, error);
}

static int
keras_separable (const GbpKerasCall *call, GError **error)
{
  const json_t *config = call->layer->config;
  guint64 filters = get_count (config, "filters", "nb_filter"), channels;
  int value = add_depthwise (call, FALSE, error);
  GbpOperation operation;
  Arrays arrays;

  if (value < 0)
    return -1;
  channels = gbp_graph_get_shape (call->keras->builder->graph, (guint) value)->channels;
  arrays = (Arrays){1, "pointwise kernel", {1, 1, channels, filters}, filters, has_bias (config)};
  operation = gbp_operation_on (GBP_KIND_CONVOLUTION, value);
  value = add_convolution (call, &operation, &arrays, error);
  return value < 0 ? -1 : gbp_keras_activate (call, value, error);
}

/* From [rows][columns][outputs][inputs] to what a convolution on spread pixels has: [rows][columns][inputs][outputs],
 * the rows and columns the other way round. @made: (out): [n_places · n_outputs · n_inputs] */
static void
turn_kernel (const float *kernel, gsize n_places, gsize n_outputs, gsize n_inputs, float *made)
{
  for (gsize place = 0; place < n_places; place++)
    for (gsize o = 0; o < n_outputs; o++)
      for (gsize i = 0; i < n_inputs; i++)
        made[((n_places - 1 - place) * n_inputs + i) * n_outputs + o] = *kernel++;
}

/* Returns: (transfer full): the kernel, which all calls share; NULL with @error set */
static GbpTensor *
take_transposed_kernel (const GbpKerasCall *call, const guint64 shape[4], GError **error)
{
  GbpKerasLayer *layer = call->layer;
  gsize n_values = shape[0] * shape[1] * shape[2] * shape[3];
  g_autofree float *values = NULL;
  float *made;

  if (layer->made[0] != NULL)
    return take_tensor (call, 0, "kernel", 4, shape, error);
  values = gbp_keras_weights_read (
      call->keras->weights, call->keras->builder, layer, 0, "kernel", 4, shape, error);
  made = values != NULL ? gbp_builder_allocate (call->keras->builder, n_values, error) : NULL;
  if (made == NULL)
    return NULL;
  turn_kernel (values, shape[0] * shape[1], shape[2], shape[3], made);
  layer->made[0] = gbp_tensor_new_take (made, n_values);
  return gbp_tensor_ref (layer->made[0]);
}

/* The size that comes out along one direction, and what TensorFlow's gradient of a convolution leaves out before it.
 * @more: output_padding; -1: none */
static void
find_transposed_size (GbpTransposed *transposed, guint side, guint size, gboolean is_same, int more)
{
  gint64 extent = (gint64) (transposed->window[side] - 1) * transposed->dilation[side] + 1;
  gint64 stride = transposed->stride[side], whole = (gint64) (size - 1) * stride + extent;

  if (!is_same)
    transposed->size[side] = whole + (more >= 0 ? more : MAX (stride - extent, 0));
  else
    transposed->size[side] = more >= 0 ? whole - extent + extent % 2 + more : size * stride;
  transposed->before[side] = is_same ? MAX (whole - transposed->size[side], 0) / 2 : 0;
}

/* @transposed: (out): FALSE with @error set */
static gboolean
read_transposed (const GbpKerasCall *call, GbpTransposed *transposed, GError **error)
{
  const json_t *config = call->layer->config;
  const json_t *more = json_object_get (config, "output_padding");
  const char *padding = gbp_json_get_string (config, "padding");
  const GbpShape *input = gbp_keras_get_input_shape (call);
  const guint sizes[2] = {input->height, input->width};
  gboolean has_more = more != NULL && !json_is_null (more);
  guint numbers[2] = {0, 0};
  GbpWindow window = one_pixel;

  if (read_window (call, &window, error) < 0)
    return FALSE;
  if (!gbp_keras_get_pair (config, "output_padding", 0, numbers))
    return gbp_builder_refuse (
               error, "its output_padding is expected to be one or two numbers from 0 on")
           >= 0;
  *transposed = (GbpTransposed){{window.rows, window.columns}, {window.stride_y, window.stride_x},
      {window.dilation_y, window.dilation_x}, {0}, {0}, 1};
  for (guint i = 0; i < 2; i++)
    find_transposed_size (transposed, i, sizes[i], padding != NULL && strcmp (padding, "same") == 0,
        has_more ? (int) numbers[i] : -1);
  return TRUE;
}

static int
keras_transposed (const GbpKerasCall *call, GError **error)
{
  const json_t *config = call->layer->config;
  guint64 filters = get_count (config, "filters", "nb_filter");
  GbpTransposed transposed;
  GbpTensor *kernel, *bias = NULL;
  int value = -1;

  if (!read_transposed (call, &transposed, error))
    return -1;
  kernel = take_transposed_kernel (call,
      (guint64[]){transposed.window[0], transposed.window[1], filters,
          gbp_keras_get_input_shape (call)->channels},
      error);
  if (kernel != NULL && has_bias (config))
    bias = take_tensor (call, 1, "bias", 1, &filters, error);
  if (kernel != NULL && (bias != NULL || !has_bias (config)))
    value = gbp_builder_add_transposed (
        call->keras->builder, call->inputs[0], &transposed, g_steal_pointer (&kernel), bias, error);
  g_clear_pointer (&kernel, gbp_tensor_unref);
  return value < 0 ? -1 : gbp_keras_activate (call, value, error);
}

/* On a map that is larger than a pixel, as a convolution of one pixel: Keras multiplies the last axis. */
static int
keras_dense (const GbpKerasCall *call, GError **error)
{
  const GbpShape *input = gbp_keras_get_input_shape (call);
  guint64 units = get_count (call->layer->config, "units", "output_dim");
  gboolean is_vector = input->height == 1 && input->width == 1,
           with_bias = has_bias (call->layer->config);
  guint64 shape[2] = {input->channels, units};
  GbpOperation operation =
      gbp_operation_on (is_vector ? GBP_KIND_DENSE : GBP_KIND_CONVOLUTION, call->inputs[0]);
  int value;

  if (!is_vector && call->keras->is_channels_first) {
    gbp_operation_clear (&operation);
    return gbp_builder_refuse (error, "it is supported on a map where the channels come last");
  }
  operation.tensors[0] = take_tensor (call, 0, "kernel", 2, shape, error);
  if (operation.tensors[0] != NULL && with_bias)
    operation.tensors[1] = take_tensor (call, 1, "bias", 1, &units, error);
  if (operation.tensors[0] == NULL || (with_bias && operation.tensors[1] == NULL)) {
    gbp_operation_clear (&operation);
    return -1;
  }
  value = gbp_builder_add (call->keras->builder, &operation, error);
  return value < 0 ? -1 : gbp_keras_activate (call, value, error);
}

const GbpKerasRow gbp_keras_convolution_rows[] = {
    {"Conv2D", keras_convolution, FALSE},
    {"DepthwiseConv2D", keras_depthwise, FALSE},
    {"SeparableConv2D", keras_separable, FALSE},
    {"Conv2DTranspose", keras_transposed, FALSE},
    {"Dense", keras_dense, FALSE},
    {"Convolution2D", keras_convolution, TRUE},
    {"SeparableConvolution2D", keras_separable, TRUE},
    {NULL, NULL, FALSE},
};
