/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * ONNX's operators that make one number of all pixels, of a row or a column, or of a pixel's channels. */
#include <string.h>

#include "format/compose.h"
#include "format/onnx_axes.h"

/* Added below a root, whose derivative at zero is infinite: of what is zero everywhere the length has none. Less than
 * what any other sum of squares shows of it. */
#define LEAST_SQUARE 1e-24

/* @is_square: of the squares; @is_root: its root */
typedef struct {
  gboolean is_max, is_mean, is_square, is_root;
} Reduction;

static Reduction
read_reduction (const GbpOnnxNode *node)
{
  gboolean is_root = strcmp (node->kind, "ReduceL2") == 0;

  return (Reduction){
      .is_max = strcmp (node->kind, "ReduceMax") == 0,
      .is_mean = strcmp (node->kind, "ReduceMean") == 0,
      .is_square = is_root || strcmp (node->kind, "ReduceSumSquare") == 0,
      .is_root = is_root,
  };
}

/* @count: how many numbers @value is the mean of, or 1; @value: may be -1 */
static int
finish_sum (GbpOnnx *onnx, const Reduction *reduction, int value, double count, GError **error)
{
  static const GbpActivation root = {.function = GBP_FUNCTION_POWER, .slope = 0.5f};

  if (value < 0 || reduction->is_max || reduction->is_mean)
    return value;
  if (count != 1 || reduction->is_root)
    value = gbp_builder_add_affine (
        onnx->builder, value, count, reduction->is_root ? LEAST_SQUARE : 0, error);
  if (value < 0 || !reduction->is_root)
    return value;
  return gbp_builder_add_activation (onnx->builder, value, &root, error);
}

/* Of equal ones the first has the gradient, as PyTorch's max() along an axis has it. */
int
gbp_onnx_add_channel_reduction (GbpOnnx *onnx, const GbpOnnxNode *node, int input, GError **error)
{
  const Reduction reduction = read_reduction (node);
  guint channels = gbp_graph_get_shape (onnx->builder->graph, (guint) input)->channels;
  int value = reduction.is_square ? gbp_builder_add_square (onnx->builder, input, error) : input;

  if (value < 0)
    return -1;
  if (reduction.is_max)
    return gbp_builder_add_channel_max (onnx->builder, value, GBP_CORNER_ABOVE, error);
  value = gbp_builder_add_channel_sum (
      onnx->builder, value, reduction.is_mean ? 1.0 / channels : 1, error);
  return finish_sum (onnx, &reduction, value, 1, error);
}

/* Over rows, columns, or both. A maximum over both is shared by equal ones, as PyTorch's amax() has it; along one axis
 * the first has the gradient. */
static int
reduce_pixels (GbpOnnx *onnx, const GbpOnnxNode *node, const GbpOnnxValue *map, gboolean has_rows,
    gboolean has_columns, GError **error)
{
  const Reduction reduction = read_reduction (node);
  const GbpShape shape = *gbp_graph_get_shape (onnx->builder->graph, (guint) map->value);
  gboolean is_global = (has_rows || shape.height == 1) && (has_columns || shape.width == 1);
  guint rows = has_rows ? shape.height : 1, columns = has_columns ? shape.width : 1;
  int value =
      reduction.is_square ? gbp_builder_add_square (onnx->builder, map->value, error) : map->value;
  GbpOperation operation;

  if (value < 0)
    return -1;
  operation =
      gbp_operation_on (reduction.is_max ? is_global ? GBP_KIND_GLOBAL_MAX : GBP_KIND_POOL_MAX
                        : is_global      ? GBP_KIND_GLOBAL_AVERAGE
                                         : GBP_KIND_POOL_AVERAGE,
          value);
  if (!is_global) {
    operation.window.rows = rows;
    operation.window.columns = columns;
  }
  return finish_sum (onnx, &reduction, gbp_builder_add (onnx->builder, &operation, error),
      (double) rows * columns, error);
}

/* @is_reduced: (out): [rank]; FALSE: an axis is not the map's, or is its batch's */
static gboolean
mark_axes (const GbpOnnxValue *map, const gint64 *axes, int n_axes, gboolean *is_reduced)
{
  for (int i = 0; i < n_axes; i++) {
    gint64 axis = axes[i] + (axes[i] < 0 ? (gint64) map->rank : 0);

    if (axis < 0 || axis >= (gint64) map->rank || map->roles[axis] == GBP_ONNX_BATCH)
      return FALSE;
    is_reduced[axis] = TRUE;
  }
  return n_axes > 0;
}

/* The map without the axes that are reduced, unless the node keeps them. */
static GbpOnnxValue *
finish_map (GbpOnnx *onnx, const GbpOnnxNode *node, const GbpOnnxValue *map, int value,
    const gboolean *is_reduced)
{
  GbpOnnxValue *reduced = value < 0 ? NULL : gbp_onnx_map_new (onnx, value, map);
  guint rank = 0;

  if (reduced == NULL || gbp_onnx_get_int (node, "keepdims", 1) != 0)
    return reduced;
  for (guint axis = 0; axis < map->rank; axis++)
    if (!is_reduced[axis])
      reduced->roles[rank++] = map->roles[axis];
  reduced->rank = rank;
  return reduced;
}

static GbpOnnxValue *
reduce_groups (GbpOnnx *onnx, const GbpOnnxNode *node, GbpOnnxValue *map, int n_axes,
    const gboolean *is_reduced, GError **error)
{
  int axis = gbp_onnx_find_axis (map, GBP_ONNX_GROUPS);

  if (axis >= 0 && n_axes == 1 && is_reduced[axis])
    return gbp_onnx_sum_groups (onnx, node, map, error);
  gbp_builder_refuse (error, "of channels in groups it is supported over the groups");
  return NULL;
}

static GbpOnnxValue *
reduce_map (GbpOnnx *onnx, const GbpOnnxNode *node, const gint64 *axes, int n_axes, GError **error)
{
  GbpOnnxValue *map = gbp_onnx_need_groups (onnx, node, 0, error);
  gboolean is_reduced[GBP_ONNX_MAX_RANK] = {FALSE}, is_marked;
  int rows, columns, channels;
  gboolean has_rows, has_columns;

  if (map == NULL)
    return NULL;
  is_marked = mark_axes (map, axes, n_axes, is_reduced);
  if (map->groups != 0)
    return reduce_groups (onnx, node, map, n_axes, is_reduced, error);
  rows = gbp_onnx_find_axis (map, GBP_ONNX_HEIGHT);
  columns = gbp_onnx_find_axis (map, GBP_ONNX_WIDTH);
  channels = gbp_onnx_find_axis (map, GBP_ONNX_CHANNELS);
  has_rows = rows >= 0 && is_reduced[rows];
  has_columns = columns >= 0 && is_reduced[columns];
  if (is_marked && map->flattened.height == 0 && channels >= 0 && is_reduced[channels]
      && n_axes == 1)
    return finish_map (onnx, node, map,
        gbp_onnx_add_channel_reduction (onnx, node, map->value, error), is_reduced);
  if (is_marked && (channels < 0 || !is_reduced[channels]) && (has_rows || has_columns))
    return finish_map (
        onnx, node, map, reduce_pixels (onnx, node, map, has_rows, has_columns, error), is_reduced);
  gbp_builder_refuse (error, "it is supported over height and width, one of them, or the channels");
  return NULL;
}

/* Whether a node is over the axis of a value's channels alone, which stays: their mean, sum, length, or its square.
 * @value: (nullable) */
static gboolean
makes_moment (const GbpOnnxNode *node, GbpOnnxValue *value, gint64 axis)
{
  const GbpOnnxValue *base = value != NULL ? gbp_onnx_get_base (value) : NULL;

  return base != NULL && base->state == GBP_ONNX_MAP && base->groups == 0
         && strcmp (node->kind, "ReduceMax") != 0 && gbp_onnx_get_int (node, "keepdims", 1) != 0
         && axis + (axis < 0 ? (gint64) base->rank : 0)
                == gbp_onnx_find_axis (base, GBP_ONNX_CHANNELS);
}

/* Over the channels it may be a part of a normalization. */
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
  if (n_axes == 1 && makes_moment (node, value, axes[0]))
    return gbp_onnx_reduce_channels (onnx, node, value, error);
  return reduce_map (onnx, node, axes, n_axes, error);
}

const GbpOnnxRow gbp_onnx_reduction_rows[] = {
    {"ReduceMean", onnx_reduce},
    {"ReduceMax", onnx_reduce},
    {"ReduceSum", onnx_reduce},
    {"ReduceL2", onnx_reduce},
    {"ReduceSumSquare", onnx_reduce},
    {NULL, NULL},
};
