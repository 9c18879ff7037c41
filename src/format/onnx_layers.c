/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * ONNX's operators with weights. */
#include <math.h>
#include <string.h>

#include "format/compose.h"
#include "format/onnx_axes.h"

static guint
get_channels (const GbpOnnx *onnx, const GbpOnnxValue *map)
{
  return gbp_graph_get_shape (onnx->builder->graph, (guint) map->value)->channels;
}

/* From [outputs][inputs][rows][columns] to [rows][columns][inputs][outputs]. */
static GbpTensor *
turn_kernel (GbpOnnx *onnx, const GbpOnnxConstant *kernel, GError **error)
{
  guint64 n_outputs = kernel->shape[0], n_inputs = kernel->shape[1];
  guint64 n_places = kernel->shape[2] * kernel->shape[3], n_values = gbp_onnx_count (kernel);
  float *transposed = gbp_builder_allocate (onnx->builder, n_values, error);
  const float *values = kernel->values->values;

  if (transposed == NULL)
    return NULL;
  for (guint64 o = 0; o < n_outputs; o++)
    for (guint64 i = 0; i < n_inputs; i++)
      for (guint64 p = 0; p < n_places; p++)
        transposed[(p * n_inputs + i) * n_outputs + o] = *values++;
  return gbp_tensor_new_take (transposed, n_values);
}

gboolean
gbp_onnx_take_bias (GbpOnnx *onnx, const GbpOnnxNode *node, guint index, guint64 n_outputs,
    double factor, GbpTensor **bias, GError **error)
{
  const GbpOnnxConstant *constant;
  float *values;

  if (index >= node->n_inputs || *node->inputs[index] == '\0')
    return TRUE;
  constant = gbp_onnx_need_constant (onnx, node, index, error);
  if (constant == NULL)
    return FALSE;
  if (gbp_onnx_count (constant) != n_outputs && gbp_onnx_count (constant) != 1) {
    g_set_error (error, GBP_ERROR, GBP_ERROR_READ,
        "array %s: expected a bias of %" G_GUINT64_FORMAT " numbers, found %" G_GUINT64_FORMAT,
        node->inputs[index], n_outputs, gbp_onnx_count (constant));
    return FALSE;
  }
  values = gbp_builder_allocate (onnx->builder, n_outputs, error);
  if (values == NULL)
    return FALSE;
  for (guint64 i = 0; i < n_outputs; i++)
    values[i] = (float) (factor * constant->values->values[gbp_onnx_count (constant) == 1 ? 0 : i]);
  *bias = gbp_tensor_new_take (values, n_outputs);
  return TRUE;
}

static gboolean
check_kernel (const GbpOnnxNode *node, const GbpOnnxConstant *kernel, guint channels,
    guint64 groups, GError **error)
{
  if (kernel->rank == 4 && groups > 0 && groups <= channels && kernel->shape[1] == channels / groups
      && channels % groups == 0 && kernel->shape[2] - 1 < GBP_MAX_SIZE
      && kernel->shape[3] - 1 < GBP_MAX_SIZE && kernel->shape[0] > 0)
    return TRUE;
  g_set_error (error, GBP_ERROR, GBP_ERROR_READ,
      "array %s: expected a kernel of shape [outputs][%u / group][rows][columns] with a group that "
      "divides %u, found %u dimensions, %" G_GUINT64_FORMAT
      " as the second and group %" G_GUINT64_FORMAT,
      node->inputs[1], channels, channels, kernel->rank, kernel->rank > 1 ? kernel->shape[1] : 0,
      groups);
  return FALSE;
}

/* A convolution of one axis over the channels of a vector, [batch, 1, channels], as networks weigh each channel by its
 * neighbours. */
static GbpOnnxValue *
convolve_channels (GbpOnnx *onnx, const GbpOnnxNode *node, const GbpOnnxValue *map,
    const GbpOnnxConstant *kernel, GError **error)
{
  g_autoptr (GbpTensor) bias = NULL;
  GbpBands bands = {.size = (guint) kernel->shape[2], .factors = kernel->values->values};
  int value;

  if (kernel->shape[0] != 1 || kernel->shape[1] != 1 || kernel->shape[2] == 0
      || gbp_onnx_get_int (node, "group", 1) != 1) {
    gbp_builder_refuse (error, "along the channels it is supported with one input and one output");
    return NULL;
  }
  if (!gbp_onnx_get_bands (node, get_channels (onnx, map), &bands, error)
      || !gbp_onnx_take_bias (onnx, node, 2, 1, 1, &bias, error))
    return NULL;
  value = gbp_builder_add_bands (onnx->builder, map->value, &bands, error);
  if (value >= 0 && bias != NULL)
    value = gbp_builder_add_affine (onnx->builder, value, 1, bias->values[0], error);
  return value < 0 ? NULL : gbp_onnx_map_new (onnx, value, map);
}

static GbpOnnxValue *
onnx_convolution (GbpOnnx *onnx, const GbpOnnxNode *node, GError **error)
{
  GbpOnnxValue *map = gbp_onnx_need_map (onnx, node, 0, error);
  const GbpOnnxConstant *kernel =
      map != NULL ? gbp_onnx_need_constant (onnx, node, 1, error) : NULL;
  guint64 groups = (guint64) gbp_onnx_get_int (node, "group", 1);
  GbpOperation operation;
  int value = -1;

  if (kernel == NULL)
    return NULL;
  if (map->rank == 3 && kernel->rank == 3 && map->flattened.height == 0
      && gbp_onnx_find_axis (map, GBP_ONNX_CHANNELS) == 2 && gbp_onnx_get_size (onnx, map, 1) == 1)
    return convolve_channels (onnx, node, map, kernel, error);
  map = gbp_onnx_make_nchw (onnx, map, error);
  if (map == NULL)
    return NULL;
  if (!gbp_onnx_is_nchw (map)) {
    gbp_builder_refuse (error, "it is supported on [batch, channels, height, width]");
    return NULL;
  }
  if (!check_kernel (node, kernel, get_channels (onnx, map), groups, error))
    return NULL;
  operation = gbp_operation_on (GBP_KIND_CONVOLUTION, map->value);
  operation.window.rows = (guint) kernel->shape[2];
  operation.window.columns = (guint) kernel->shape[3];
  operation.window.groups = (guint) groups;
  if (gbp_onnx_get_window (onnx, node, map, &operation.window, error)
      && gbp_onnx_take_bias (onnx, node, 2, kernel->shape[0], 1, &operation.tensors[1], error)
      && (operation.tensors[0] = turn_kernel (onnx, kernel, error)) != NULL)
    value = gbp_builder_add (onnx->builder, &operation, error);
  else
    gbp_operation_clear (&operation);
  return value < 0 ? NULL : gbp_onnx_map_new (onnx, value, map);
}

/* A matrix as the graph has it, [inputs][outputs], its rows where the graph's vector has what ONNX's has.
 * @is_transposed: it is [outputs][inputs] in the file */
static GbpTensor *
turn_matrix (GbpOnnx *onnx, const GbpOnnxValue *map, const GbpOnnxConstant *matrix,
    gboolean is_transposed, double factor, GError **error)
{
  guint64 n_inputs = matrix->shape[is_transposed ? 1 : 0],
          n_outputs = matrix->shape[is_transposed ? 0 : 1];
  float *transposed = gbp_builder_allocate (onnx->builder, n_inputs * n_outputs, error);
  const float *values = matrix->values->values;

  if (transposed == NULL)
    return NULL;
  for (guint64 i = 0; i < n_inputs; i++) {
    float *row = transposed + gbp_onnx_place_channel (map, (guint) i) * n_outputs;

    for (guint64 o = 0; o < n_outputs; o++)
      row[o] = (float) (factor * values[is_transposed ? o * n_inputs + i : i * n_outputs + o]);
  }
  return gbp_tensor_new_take (transposed, n_inputs * n_outputs);
}

/* What comes out of a dense layer: a vector of the same axes in which nothing is flattened any more. */
static GbpOnnxValue *
make_product (GbpOnnx *onnx, const GbpOnnxValue *map, int value)
{
  GbpOnnxValue *product;

  if (value < 0)
    return NULL;
  product = gbp_onnx_map_new (onnx, value, map);
  product->flattened = (GbpShape){0};
  return product;
}

static gboolean
check_matrix (const GbpOnnxNode *node, const GbpOnnxConstant *matrix, gboolean is_transposed,
    guint channels, GError **error)
{
  if (matrix->rank == 2 && matrix->shape[is_transposed ? 1 : 0] == channels
      && gbp_onnx_count (matrix) > 0)
    return TRUE;
  g_set_error (error, GBP_ERROR, GBP_ERROR_READ,
      "array %s: expected a matrix with %u %s, found %" G_GUINT64_FORMAT, node->inputs[1], channels,
      is_transposed ? "columns" : "rows",
      matrix->rank == 2 ? matrix->shape[is_transposed ? 1 : 0] : 0);
  return FALSE;
}

static GbpOnnxValue *
onnx_gemm (GbpOnnx *onnx, const GbpOnnxNode *node, GError **error)
{
  GbpOnnxValue *map = gbp_onnx_need_map (onnx, node, 0, error);
  const GbpOnnxConstant *matrix =
      map != NULL ? gbp_onnx_need_constant (onnx, node, 1, error) : NULL;
  gboolean is_transposed = gbp_onnx_get_int (node, "transB", 0) != 0;
  GbpOperation operation;
  int value = -1;

  if (matrix == NULL)
    return NULL;
  if (gbp_onnx_get_int (node, "transA", 0) != 0 || map->rank != 2
      || map->roles[1] != GBP_ONNX_CHANNELS) {
    gbp_builder_refuse (error, "it is supported on a vector, [batch, channels]");
    return NULL;
  }
  if (!check_matrix (node, matrix, is_transposed, get_channels (onnx, map), error))
    return NULL;
  operation = gbp_operation_on (GBP_KIND_DENSE, map->value);
  if (gbp_onnx_take_bias (onnx, node, 2, matrix->shape[is_transposed ? 0 : 1],
          gbp_onnx_get_float (node, "beta", 1), &operation.tensors[1], error)
      && (operation.tensors[0] = turn_matrix (
              onnx, map, matrix, is_transposed, gbp_onnx_get_float (node, "alpha", 1), error))
             != NULL)
    value = gbp_builder_add (onnx->builder, &operation, error);
  else
    gbp_operation_clear (&operation);
  return make_product (onnx, map, value);
}

/* The last axis times a matrix: a dense layer on a vector, a convolution of one pixel on a map. */
static GbpOnnxValue *
onnx_matrix_product (GbpOnnx *onnx, const GbpOnnxNode *node, GError **error)
{
  GbpOnnxValue *map = gbp_onnx_need_map (onnx, node, 0, error);
  const GbpOnnxConstant *matrix =
      map != NULL ? gbp_onnx_need_constant (onnx, node, 1, error) : NULL;
  const GbpShape *shape;
  GbpOperation operation;

  if (matrix == NULL)
    return NULL;
  if (map->roles[map->rank - 1] != GBP_ONNX_CHANNELS) {
    gbp_builder_refuse (error, "it is supported where the last axis is that of the channels");
    return NULL;
  }
  if (!check_matrix (node, matrix, FALSE, get_channels (onnx, map), error))
    return NULL;
  shape = gbp_graph_get_shape (onnx->builder->graph, (guint) map->value);
  operation = gbp_operation_on (
      shape->height == 1 && shape->width == 1 ? GBP_KIND_DENSE : GBP_KIND_CONVOLUTION, map->value);
  operation.tensors[0] = turn_matrix (onnx, map, matrix, FALSE, 1, error);
  if (operation.tensors[0] != NULL)
    return make_product (onnx, map, gbp_builder_add (onnx->builder, &operation, error));
  gbp_operation_clear (&operation);
  return NULL;
}

/* The four arrays of a batch normalisation, which must have a number for each channel. */
static gboolean
read_statistics (
    GbpOnnx *onnx, const GbpOnnxNode *node, guint channels, const float *arrays[4], GError **error)
{
  for (guint i = 0; i < 4; i++) {
    const GbpOnnxConstant *constant = gbp_onnx_need_constant (onnx, node, i + 1, error);

    if (constant == NULL)
      return FALSE;
    if (gbp_onnx_count (constant) != channels) {
      g_set_error (error, GBP_ERROR, GBP_ERROR_READ,
          "array %s: expected %u numbers, found %" G_GUINT64_FORMAT, node->inputs[i + 1], channels,
          gbp_onnx_count (constant));
      return FALSE;
    }
    arrays[i] = constant->values->values;
  }
  return TRUE;
}

static GbpOnnxValue *
onnx_batch_normalization (GbpOnnx *onnx, const GbpOnnxNode *node, GError **error)
{
  GbpOnnxValue *map = gbp_onnx_need_map (onnx, node, 0, error);
  guint channels = map != NULL ? get_channels (onnx, map) : 0;
  double epsilon = gbp_onnx_get_float (node, "epsilon", 1e-5);
  const float *arrays[4]; /* scale, bias, mean, variance */
  g_autofree float *factor = NULL, *shift = NULL;
  GbpOperation operation;
  int value;

  if (map == NULL)
    return NULL;
  if (gbp_onnx_find_axis (map, GBP_ONNX_CHANNELS) != 1) {
    gbp_builder_refuse (error, "it is supported where the second axis is that of the channels");
    return NULL;
  }
  if (!read_statistics (onnx, node, channels, arrays, error))
    return NULL;
  factor = gbp_builder_allocate (onnx->builder, channels, error);
  shift = factor != NULL ? gbp_builder_allocate (onnx->builder, channels, error) : NULL;
  if (shift == NULL)
    return NULL;
  for (guint c = 0; c < channels; c++) {
    guint place = gbp_onnx_place_channel (map, c);
    double slope = arrays[0][c] / sqrt (arrays[3][c] + epsilon);

    factor[place] = (float) slope;
    shift[place] = (float) (arrays[1][c] - arrays[2][c] * slope);
  }
  operation = gbp_operation_on (GBP_KIND_SCALE, map->value);
  operation.tensors[0] = gbp_tensor_new_take (g_steal_pointer (&factor), channels);
  operation.tensors[1] = gbp_tensor_new_take (g_steal_pointer (&shift), channels);
  value = gbp_builder_add (onnx->builder, &operation, error);
  return value < 0 ? NULL : gbp_onnx_map_new (onnx, value, map);
}

/* @values: (out): [height][width][channels]: of a constant whose last axes are those of the map, each whole or of one
 *     number.
 * FALSE: it is none */
static gboolean
spread_units (
    const GbpOnnx *onnx, const GbpOnnxValue *map, const GbpOnnxConstant *constant, float *values)
{
  const GbpShape *shape = gbp_graph_get_shape (onnx->builder->graph, (guint) map->value);
  gsize n = (gsize) shape->height * shape->width * shape->channels;
  guint n_missing = map->rank - MIN (constant->rank, map->rank);

  if (constant->rank > map->rank || map->flattened.height != 0)
    return FALSE;
  for (guint i = 0; i < constant->rank; i++)
    if (constant->shape[i] != 1
        && constant->shape[i] != gbp_onnx_get_size (onnx, map, n_missing + i))
      return FALSE;
  for (gsize unit = 0; unit < n; unit++) {
    gsize pixel = unit / shape->channels, place = 0;

    for (guint i = 0; i < constant->rank; i++) {
      GbpOnnxRole role = map->roles[n_missing + i];
      gsize at = role == GBP_ONNX_CHANNELS ? unit % shape->channels
                 : role == GBP_ONNX_HEIGHT ? pixel / shape->width
                 : role == GBP_ONNX_WIDTH  ? pixel % shape->width
                                           : 0;

      place = place * constant->shape[i] + (constant->shape[i] > 1 ? at : 0);
    }
    values[unit] = constant->values->values[place];
  }
  return TRUE;
}

static GbpOnnxValue *
onnx_prelu (GbpOnnx *onnx, const GbpOnnxNode *node, GError **error)
{
  GbpOnnxValue *map = gbp_onnx_need_map (onnx, node, 0, error);
  const GbpOnnxConstant *constant =
      map != NULL ? gbp_onnx_need_constant (onnx, node, 1, error) : NULL;
  g_autofree float *slopes = NULL;
  GbpOperation operation;
  const GbpShape *shape;
  gsize n;
  int value;

  if (constant == NULL)
    return NULL;
  shape = gbp_graph_get_shape (onnx->builder->graph, (guint) map->value);
  n = (gsize) shape->height * shape->width * shape->channels;
  slopes = gbp_builder_allocate (onnx->builder, n, error);
  if (slopes == NULL)
    return NULL;
  if (gbp_onnx_spread_channels (onnx, map, constant, slopes)) {
    n = shape->channels;
  } else if (!spread_units (onnx, map, constant, slopes)) {
    gbp_builder_refuse (error,
        "its slopes are supported with one number, one for each channel, or one for each number of a map");
    return NULL;
  }
  operation = gbp_operation_on (GBP_KIND_ACTIVATION, map->value);
  operation.function = GBP_FUNCTION_LEAKY_RELU;
  operation.tensors[0] = gbp_tensor_new_take (g_steal_pointer (&slopes), n);
  value = gbp_builder_add (onnx->builder, &operation, error);
  return value < 0 ? NULL : gbp_onnx_map_new (onnx, value, map);
}

const GbpOnnxRow gbp_onnx_layer_rows[] = {
    {"Conv", onnx_convolution},
    {"Gemm", onnx_gemm},
    {"MatMul", onnx_matrix_product},
    {"BatchNormalization", onnx_batch_normalization},
    {"PRelu", onnx_prelu},
    {NULL, NULL},
};
