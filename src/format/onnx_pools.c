/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * ONNX's operators with a window, over all pixels, or on the border. */
#include <string.h>

#include "format/compose.h"
#include "format/onnx_axes.h"

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

/* The first of @n numbers of an attribute, whose others are @others; where there is none all are. FALSE with @error
 * set */
static gboolean
read_first (
    const GbpOnnxNode *node, const char *name, int n, gint64 others, gint64 *first, GError **error)
{
  gint64 numbers[GBP_ONNX_MAX_RANK];
  int n_found = gbp_onnx_get_ints (node, name, numbers, G_N_ELEMENTS (numbers));
  gboolean is_good = n_found < 0 || n_found == n;

  *first = n_found > 0 ? numbers[0] : others;
  for (int i = 1; i < n_found && is_good; i++)
    is_good = numbers[i] == others;
  return (is_good && *first >= others && *first <= GBP_MAX_SIZE)
         || gbp_builder_refuse (error, "its %s are supported along the channels alone, from %d on",
                name, (int) others)
                >= 0;
}

/* @pads: (out): before and behind the first of @n axes; FALSE with @error set */
static gboolean
read_first_pads (const GbpOnnxNode *node, int n, gint64 pads[2], GError **error)
{
  gint64 numbers[2 * GBP_ONNX_MAX_RANK];
  int n_found = gbp_onnx_get_ints (node, "pads", numbers, G_N_ELEMENTS (numbers));
  gboolean is_good = n_found < 0 || n_found == 2 * n;

  pads[0] = pads[1] = 0;
  for (int i = 0; i < n_found && is_good; i++) {
    is_good = numbers[i] >= 0 && numbers[i] <= (i % n == 0 ? GBP_MAX_SIZE : 0);
    pads[i / n] += numbers[i];
  }
  return is_good
         || gbp_builder_refuse (error, "its pads are supported along the channels alone") >= 0;
}

gboolean
gbp_onnx_get_bands (const GbpOnnxNode *node, guint n, GbpBands *bands, GError **error)
{
  gint64 sizes[GBP_ONNX_MAX_RANK], stride, dilation, pads[2], extent;
  int n_axes = gbp_onnx_get_ints (node, "kernel_shape", sizes, G_N_ELEMENTS (sizes));
  GbpWire text;

  n_axes = n_axes < 0 ? 1 : n_axes;
  if (gbp_onnx_get_text (node, "auto_pad", &text) && !gbp_wire_is_text (text, "NOTSET"))
    return gbp_builder_refuse (error, "along the channels its auto_pad is expected to be NOTSET")
           >= 0;
  if (!read_first (node, "strides", n_axes, 1, &stride, error)
      || !read_first (node, "dilations", n_axes, 1, &dilation, error)
      || !read_first_pads (node, n_axes, pads, error))
    return FALSE;
  extent = (gint64) (bands->size - 1) * dilation + 1;
  if (n + pads[0] + pads[1] < extent)
    return gbp_builder_refuse (error, "its window is expected to fit into the channels") >= 0;
  bands->stride = (guint) stride;
  bands->dilation = (guint) dilation;
  bands->before = pads[0];
  bands->n = (guint) ((n + pads[0] + pads[1] - extent) / stride) + 1;
  return TRUE;
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

/* The mean of neighbouring channels, [batch, 1, channels, height, width], as PyTorch writes local response
 * normalization. */
static GbpOnnxValue *
pool_channels (GbpOnnx *onnx, const GbpOnnxNode *node, const GbpOnnxValue *map, GError **error)
{
  const GbpShape *shape = gbp_graph_get_shape (onnx->builder->graph, (guint) map->value);
  g_autofree float *factors = NULL;
  GbpBands bands = {0};
  gint64 size, pads[2];
  int value;

  if (!read_first (node, "kernel_shape", 3, 1, &size, error)
      || !read_first_pads (node, 3, pads, error))
    return NULL;
  if (gbp_onnx_get_int (node, "ceil_mode", 0) != 0
      || (pads[0] + pads[1] > 0 && gbp_onnx_get_int (node, "count_include_pad", 0) == 0)) {
    gbp_builder_refuse (error, "along the channels it is supported where all windows are whole");
    return NULL;
  }
  factors = gbp_builder_allocate (onnx->builder, (guint64) size, error);
  if (factors == NULL)
    return NULL;
  for (gint64 i = 0; i < size; i++)
    factors[i] = 1 / (float) size;
  bands.size = (guint) size;
  bands.factors = factors;
  if (!gbp_onnx_get_bands (node, shape->channels, &bands, error))
    return NULL;
  value = gbp_builder_add_bands (onnx->builder, map->value, &bands, error);
  return value < 0 ? NULL : gbp_onnx_map_new (onnx, value, map);
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
  if (!is_max && map->rank == 5 && map->roles[1] == GBP_ONNX_SINGLE
      && map->roles[2] == GBP_ONNX_CHANNELS)
    return pool_channels (onnx, node, map, error);
  map = gbp_onnx_make_nchw (onnx, map, error);
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

static GbpOnnxValue *
onnx_concatenate (GbpOnnx *onnx, const GbpOnnxNode *node, GError **error)
{
  g_autoptr (GError) cause = NULL;
  g_autofree GbpOnnxValue **maps = g_new (GbpOnnxValue *, node->n_inputs);
  GbpOnnxValue *first = gbp_onnx_get_input (onnx, node, 0, &cause);

  if (cause != NULL || first == NULL || first->state == GBP_ONNX_CONSTANT)
    return gbp_onnx_join_constants (onnx, node, error);
  for (guint i = 0; i < node->n_inputs; i++) {
    maps[i] = gbp_onnx_need_map (onnx, node, i, error);
    if (maps[i] == NULL)
      return NULL;
  }
  if (node->n_inputs == 1)
    return gbp_onnx_identity (onnx, node, error);
  return gbp_onnx_join_maps (onnx, maps, node->n_inputs, gbp_onnx_get_int (node, "axis", 1), error);
}

const GbpOnnxRow gbp_onnx_pool_rows[] = {
    {"MaxPool", onnx_pool},
    {"AveragePool", onnx_pool},
    {"GlobalAveragePool", onnx_global_pool},
    {"GlobalMaxPool", onnx_global_pool},
    {"Concat", onnx_concatenate},
    {NULL, NULL},
};
