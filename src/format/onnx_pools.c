/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * ONNX's operators with a window, over all pixels, or on the border. */
#include <string.h>

#include "format/compose.h"
#include "format/onnx_values.h"

/* Fills @numbers with @n numbers of an attribute from @least on, or @otherwise each; FALSE with @error set. */
static gboolean
read_numbers (const GbpOnnxNode *node, const char *name, guint n, gint64 least, gint64 otherwise,
    guint *numbers, GError **error)
{
  gint64 found[4];
  int n_found = gbp_onnx_get_ints (node, name, found, n);
  gboolean is_good = n_found < 0 || n_found == (int) n;

  for (guint i = 0; i < n; i++) {
    gint64 number = n_found == (int) n ? found[i] : otherwise;

    is_good = is_good && number >= least && number <= GBP_MAX_SIZE;
    numbers[i] = is_good ? (guint) number : 0;
  }
  return is_good
         || gbp_builder_refuse (
                error, "its %s are expected to be %u numbers from %d on", name, n, (int) least)
                >= 0;
}

/* Along one direction, so that there are as many windows as strides fit into the map; the odd pixel is behind it for
 * SAME_UPPER. */
static void
pad_same (guint size, guint window, guint stride, guint dilation, gboolean is_lower, guint *before,
    guint *after)
{
  guint64 n_outputs = ((guint64) size + stride - 1) / stride;
  guint64 needed = (n_outputs - 1) * stride + (guint64) (window - 1) * dilation + 1;
  guint64 total = needed > size ? needed - size : 0;

  *before = (guint) (is_lower ? total - total / 2 : total / 2);
  *after = (guint) (total - *before);
}

/* What must be added behind so that a last window that is not full is one too; it begins in the map or before it. */
static guint
pad_ceil (guint size, guint window, guint stride, guint dilation, guint before, guint after)
{
  guint64 padded = (guint64) size + before + after, extent = (guint64) (window - 1) * dilation + 1;
  guint64 rest = padded < extent ? 0 : (padded - extent) % stride;
  guint64 n = padded < extent ? 0 : (padded - extent) / stride + 1;

  if (rest == 0 || n * stride >= (guint64) size + before)
    return 0;
  return (guint) (stride - rest);
}

gboolean
gbp_onnx_get_window (const GbpOnnx *onnx, const GbpOnnxNode *node, const GbpOnnxValue *map,
    GbpWindow *window, GError **error)
{
  const GbpShape *shape = gbp_graph_get_shape (onnx->builder->graph, (guint) map->value);
  GbpPadding *padding = &window->padding;
  guint strides[2], dilations[2], pads[4];
  GbpWire text;
  gboolean is_lower;

  if (!read_numbers (node, "strides", 2, 1, 1, strides, error)
      || !read_numbers (node, "dilations", 2, 1, 1, dilations, error)
      || !read_numbers (node, "pads", 4, 0, 0, pads, error))
    return FALSE;
  window->stride_y = strides[0];
  window->stride_x = strides[1];
  window->dilation_y = dilations[0];
  window->dilation_x = dilations[1];
  if (!gbp_onnx_get_text (node, "auto_pad", &text) || gbp_wire_is_text (text, "NOTSET")) {
    *padding = (GbpPadding){pads[0], pads[1], pads[2], pads[3]};
    return TRUE;
  }
  if (gbp_wire_is_text (text, "VALID"))
    return TRUE;
  is_lower = gbp_wire_is_text (text, "SAME_LOWER");
  if (!is_lower && !gbp_wire_is_text (text, "SAME_UPPER"))
    return gbp_builder_refuse (
               error, "its auto_pad is expected to be NOTSET, VALID, SAME_UPPER or SAME_LOWER")
           >= 0;
  pad_same (shape->height, window->rows, strides[0], dilations[0], is_lower, &padding->top,
      &padding->bottom);
  pad_same (shape->width, window->columns, strides[1], dilations[1], is_lower, &padding->left,
      &padding->right);
  return TRUE;
}

/* Padding behind the map which no window has in it, as exporters write it for a last window that is not full, goes. */
static void
trim_behind (guint size, guint window, guint stride, guint before, guint *after)
{
  guint64 padded = (guint64) size + before + *after;
  guint64 end = padded < window ? padded : (padded - window) / stride * stride + window;

  *after = (guint) (MAX (end, (guint64) size + before) - size - before);
}

/* Zeros that count in the mean, where the last windows are not full: these reach further, over what does not count.
 * @padding: (inout). Returns: the padded map; -1 with @error set */
static int
add_counted_zeros (const GbpOnnx *onnx, int value, GbpPadding *padding, GError **error)
{
  GbpOperation pad = gbp_operation_on (GBP_KIND_PAD, value);

  pad.window.padding = *padding;
  *padding = (GbpPadding){0};
  return gbp_builder_add (onnx->builder, &pad, error);
}

/* Makes a pool's last windows whole. FALSE with @error set */
static gboolean
finish_windows (
    const GbpOnnx *onnx, const GbpShape *shape, gboolean counts, GbpOperation *pool, GError **error)
{
  GbpWindow *window = &pool->window;
  GbpPadding *padding = &window->padding;
  guint bottom =
      pad_ceil (shape->height, window->rows, window->stride_y, 1, padding->top, padding->bottom);
  guint right =
      pad_ceil (shape->width, window->columns, window->stride_x, 1, padding->left, padding->right);
  guint n_pads = padding->top + padding->left + padding->bottom + padding->right;

  if (counts && n_pads > 0 && bottom + right > 0) {
    int value = add_counted_zeros (onnx, (int) pool->inputs[0], padding, error);

    if (value < 0)
      return FALSE;
    pool->inputs[0] = (guint) value;
    pool->kind = GBP_KIND_POOL_AVERAGE;
  }
  padding->bottom += bottom;
  padding->right += right;
  return TRUE;
}

/* Sets a pool's window and kind; FALSE with @error set. */
static gboolean
read_pool (const GbpOnnx *onnx, const GbpOnnxNode *node, const GbpOnnxValue *map,
    GbpOperation *pool, GError **error)
{
  GbpShape shape = *gbp_graph_get_shape (onnx->builder->graph, (guint) map->value);
  GbpWindow *window = &pool->window;
  GbpPadding *padding = &window->padding;
  guint sizes[2];
  gboolean counts =
      pool->kind == GBP_KIND_POOL_AVERAGE && gbp_onnx_get_int (node, "count_include_pad", 0) != 0;

  if (!gbp_onnx_is_nchw (map))
    return gbp_builder_refuse (error, "it is supported on [batch, channels, height, width]") >= 0;
  if (!read_numbers (node, "kernel_shape", 2, 1, 0, sizes, error))
    return FALSE;
  window->rows = sizes[0];
  window->columns = sizes[1];
  if (!gbp_onnx_get_window (onnx, node, map, window, error))
    return FALSE;
  if (window->dilation_y != 1 || window->dilation_x != 1)
    return gbp_builder_refuse (error, "its dilations are not supported; those are 1") >= 0;
  if (counts && padding->top + padding->left + padding->bottom + padding->right > 0)
    pool->kind = GBP_KIND_POOL_AVERAGE_PADDED;
  if (gbp_onnx_get_int (node, "ceil_mode", 0) != 0
      && !finish_windows (onnx, &shape, counts, pool, error))
    return FALSE;
  shape = *gbp_graph_get_shape (onnx->builder->graph, pool->inputs[0]);
  trim_behind (shape.height, sizes[0], window->stride_y, padding->top, &padding->bottom);
  trim_behind (shape.width, sizes[1], window->stride_x, padding->left, &padding->right);
  return TRUE;
}

static GbpOnnxValue *
onnx_pool (GbpOnnx *onnx, const GbpOnnxNode *node, GError **error)
{
  GbpOnnxValue *map = gbp_onnx_need_map (onnx, node, 0, error);
  gboolean is_max = strcmp (node->kind, "MaxPool") == 0;
  GbpOperation operation;
  int value;

  if (map == NULL)
    return NULL;
  operation = gbp_operation_on (is_max ? GBP_KIND_POOL_MAX : GBP_KIND_POOL_AVERAGE, map->value);
  if (!read_pool (onnx, node, map, &operation, error)) {
    gbp_operation_clear (&operation);
    return NULL;
  }
  value = gbp_builder_add (onnx->builder, &operation, error);
  return value < 0 ? NULL : gbp_onnx_map_new (onnx, value, map);
}

/* @kind: that of one number a channel, or max pooling, whose window is the map then */
static GbpOnnxValue *
add_global (GbpOnnx *onnx, const GbpOnnxValue *map, GbpKind kind, GError **error)
{
  const GbpShape *shape = gbp_graph_get_shape (onnx->builder->graph, (guint) map->value);
  GbpOperation operation = gbp_operation_on (kind, map->value);
  GbpWindow *window = &operation.window;
  int value;

  if (kind == GBP_KIND_POOL_MAX)
    *window = (GbpWindow){shape->height, shape->width, 1, 1, 1, 1, {0}, 1};
  value = gbp_builder_add (onnx->builder, &operation, error);
  return value < 0 ? NULL : gbp_onnx_map_new (onnx, value, map);
}

/* Of equal maxima the first has the gradient, as PyTorch's adaptive_max_pool2d() has it; ReduceMax shares it. */
static GbpOnnxValue *
onnx_global_pool (GbpOnnx *onnx, const GbpOnnxNode *node, GError **error)
{
  GbpOnnxValue *map = gbp_onnx_need_map (onnx, node, 0, error);
  gboolean is_max = strcmp (node->kind, "GlobalMaxPool") == 0;

  if (map == NULL)
    return NULL;
  if (gbp_onnx_is_nchw (map))
    return add_global (onnx, map, is_max ? GBP_KIND_POOL_MAX : GBP_KIND_GLOBAL_AVERAGE, error);
  gbp_builder_refuse (error, "it is supported on [batch, channels, height, width]");
  return NULL;
}

/* Whether the axes are all that have more than one pixel, and not that of the channels.
 * @is_reduced: (out): [rank] */
static gboolean
mark_axes (const GbpOnnx *onnx, const GbpOnnxValue *map, const gint64 *axes, int n_axes,
    gboolean *is_reduced)
{
  for (int i = 0; i < n_axes; i++) {
    gint64 axis = axes[i] + (axes[i] < 0 ? (gint64) map->rank : 0);

    if (axis < 0 || axis >= (gint64) map->rank || map->roles[axis] == GBP_ONNX_CHANNELS
        || map->roles[axis] == GBP_ONNX_BATCH)
      return FALSE;
    is_reduced[axis] = TRUE;
  }
  for (guint axis = 0; axis < map->rank; axis++)
    if (!is_reduced[axis] && map->roles[axis] != GBP_ONNX_CHANNELS
        && gbp_onnx_get_size (onnx, map, axis) > 1)
      return FALSE;
  return n_axes > 0;
}

/* The mean or maximum over all pixels; sums, and lengths, by the mean. */
static GbpOnnxValue *
reduce_pixels (GbpOnnx *onnx, const GbpOnnxNode *node, const GbpOnnxValue *map, GError **error)
{
  static const GbpActivation root = {.function = GBP_FUNCTION_POWER, .slope = 0.5f};
  const GbpShape shape = *gbp_graph_get_shape (onnx->builder->graph, (guint) map->value);
  gboolean is_root = strcmp (node->kind, "ReduceL2") == 0;
  gboolean is_square = is_root || strcmp (node->kind, "ReduceSumSquare") == 0;
  gboolean is_max = strcmp (node->kind, "ReduceMax") == 0;
  gboolean is_mean = strcmp (node->kind, "ReduceMean") == 0;
  int value = is_square ? gbp_builder_add_square (onnx->builder, map->value, error) : map->value;
  GbpOperation operation;

  if (value < 0)
    return NULL;
  operation = gbp_operation_on (is_max ? GBP_KIND_GLOBAL_MAX : GBP_KIND_GLOBAL_AVERAGE, value);
  value = gbp_builder_add (onnx->builder, &operation, error);
  if (value >= 0 && !is_max && !is_mean)
    value = gbp_builder_add_affine (
        onnx->builder, value, (double) shape.height * shape.width, 0, error);
  if (value >= 0 && is_root)
    value = gbp_builder_add_activation (onnx->builder, value, &root, error);
  return value < 0 ? NULL : gbp_onnx_map_new (onnx, value, map);
}

static GbpOnnxValue *
reduce_map (GbpOnnx *onnx, const GbpOnnxNode *node, const gint64 *axes, int n_axes, GError **error)
{
  GbpOnnxValue *map = gbp_onnx_need_map (onnx, node, 0, error), *reduced;
  gboolean is_reduced[GBP_ONNX_MAX_RANK] = {FALSE};
  guint rank = 0;

  if (map == NULL)
    return NULL;
  if (!mark_axes (onnx, map, axes, n_axes, is_reduced)) {
    gbp_builder_refuse (error, "it is supported over height and width");
    return NULL;
  }
  reduced = reduce_pixels (onnx, node, map, error);
  if (reduced == NULL || gbp_onnx_get_int (node, "keepdims", 1) != 0)
    return reduced;
  for (guint axis = 0; axis < map->rank; axis++)
    if (!is_reduced[axis])
      reduced->roles[rank++] = map->roles[axis];
  reduced->rank = rank;
  return reduced;
}

/* Whether a node is over the axis of a value's channels alone, which stays: their mean, sum, length, or its square.
 * @value: (nullable) */
static gboolean
is_over_channels (const GbpOnnxNode *node, GbpOnnxValue *value, gint64 axis)
{
  const GbpOnnxValue *base = value != NULL ? gbp_onnx_get_base (value) : NULL;

  return base != NULL && base->state == GBP_ONNX_MAP && base->groups == 0
         && strcmp (node->kind, "ReduceMax") != 0 && gbp_onnx_get_int (node, "keepdims", 1) != 0
         && axis + (axis < 0 ? (gint64) base->rank : 0)
                == gbp_onnx_find_axis (base, GBP_ONNX_CHANNELS);
}

/* Over height and width; and but for ReduceMax over the channels, as a part of a normalization. */
static GbpOnnxValue *
onnx_reduce (GbpOnnx *onnx, const GbpOnnxNode *node, GError **error)
{
  g_autoptr (GError) cause = NULL;
  GbpOnnxValue *value = gbp_onnx_get_input (onnx, node, 0, &cause);
  gint64 axes[GBP_ONNX_MAX_RANK] = {0};
  int n_axes = -1;

  if (cause == NULL)
    n_axes = gbp_onnx_get_numbers (onnx, node, "axes", 1, axes, G_N_ELEMENTS (axes), &cause);
  if (cause != NULL) {
    g_propagate_error (error, g_steal_pointer (&cause));
    return NULL;
  }
  if (n_axes == 1 && is_over_channels (node, value, axes[0]))
    return gbp_onnx_reduce_channels (onnx, node, value, error);
  return reduce_map (onnx, node, axes, n_axes, error);
}

static GbpOnnxValue *
onnx_concatenate (GbpOnnx *onnx, const GbpOnnxNode *node, GError **error)
{
  g_autoptr (GError) cause = NULL;
  g_autofree int *inputs = g_new (int, node->n_inputs);
  GbpOnnxValue *first = gbp_onnx_get_input (onnx, node, 0, &cause);
  gint64 axis = gbp_onnx_get_int (node, "axis", 1);
  GbpOperation operation;
  int value;

  if (cause != NULL || first == NULL || first->state == GBP_ONNX_CONSTANT)
    return gbp_onnx_join_constants (onnx, node, error);
  for (guint i = 0; i < node->n_inputs; i++) {
    GbpOnnxValue *map = gbp_onnx_need_map (onnx, node, i, error);

    if (map == NULL)
      return NULL;
    inputs[i] = map->value;
    if (map->rank != first->rank
        || memcmp (map->roles, first->roles, map->rank * sizeof *map->roles) != 0
        || map->flattened.height != 0
        || gbp_onnx_find_axis (map, GBP_ONNX_CHANNELS)
               != axis + (axis < 0 ? (gint64) map->rank : 0)) {
      gbp_builder_refuse (error, "it is supported along the channels of maps with the same axes");
      return NULL;
    }
  }
  if (node->n_inputs == 1)
    return gbp_onnx_identity (onnx, node, error);
  operation = gbp_operation_on_all (GBP_KIND_CONCATENATE, inputs, node->n_inputs);
  value = gbp_builder_add (onnx->builder, &operation, error);
  return value < 0 ? NULL : gbp_onnx_map_new (onnx, value, first);
}

const GbpOnnxRow gbp_onnx_pool_rows[] = {
    {"MaxPool", onnx_pool},
    {"AveragePool", onnx_pool},
    {"GlobalAveragePool", onnx_global_pool},
    {"GlobalMaxPool", onnx_global_pool},
    {"ReduceMean", onnx_reduce},
    {"ReduceMax", onnx_reduce},
    {"ReduceSum", onnx_reduce},
    {"ReduceL2", onnx_reduce},
    {"ReduceSumSquare", onnx_reduce},
    {"Concat", onnx_concatenate},
    {NULL, NULL},
};
