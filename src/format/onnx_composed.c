/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * ONNX's operators that several of the graph's operations make together, or one with its own word for the axis. */
#include <string.h>

#include "format/compose.h"
#include "format/onnx_axes.h"

/* A map that has @like's axes; NULL where @value is -1. */
static GbpOnnxValue *
make_map (GbpOnnx *onnx, int value, const GbpOnnxValue *like)
{
  return value < 0 ? NULL : gbp_onnx_map_new (onnx, value, like);
}

static GbpOnnxValue *
onnx_local_response (GbpOnnx *onnx, const GbpOnnxNode *node, GError **error)
{
  GbpOnnxValue *map = gbp_onnx_need_map (onnx, node, 0, error);
  gint64 size = gbp_onnx_get_int (node, "size", 0);

  if (map == NULL)
    return NULL;
  if (gbp_onnx_find_axis (map, GBP_ONNX_CHANNELS) == 1 && size >= 1 && size <= GBP_MAX_SIZE)
    return make_map (onnx,
        gbp_builder_add_response_norm (onnx->builder, map->value, (guint) size,
            gbp_onnx_get_float (node, "bias", 1),
            gbp_onnx_get_float (node, "alpha", 1e-4f) / (double) size,
            gbp_onnx_get_float (node, "beta", 0.75f), error),
        map);
  gbp_builder_refuse (
      error, "it is supported where the second axis is that of the channels, with a size above 0");
  return NULL;
}

static GbpOnnxValue *
onnx_length_norm (GbpOnnx *onnx, const GbpOnnxNode *node, GError **error)
{
  GbpOnnxValue *map = gbp_onnx_need_map (onnx, node, 0, error);
  gint64 axis = gbp_onnx_get_int (node, "axis", -1);

  if (map == NULL)
    return NULL;
  axis += axis < 0 ? (gint64) map->rank : 0;
  if (axis == gbp_onnx_find_axis (map, GBP_ONNX_CHANNELS) && gbp_onnx_get_int (node, "p", 2) == 2)
    return make_map (onnx,
        gbp_builder_add_length_norm (
            onnx->builder, map->value, FALSE, GBP_ONNX_LEAST_EPSILON, error),
        map);
  gbp_builder_refuse (error, "it is supported over the channels, with a p of 2");
  return NULL;
}

static GbpOnnxValue *
onnx_celu (GbpOnnx *onnx, const GbpOnnxNode *node, GError **error)
{
  GbpOnnxValue *map = gbp_onnx_need_map (onnx, node, 0, error);

  return map == NULL ? NULL
                     : make_map (onnx,
                         gbp_builder_add_celu (onnx->builder, map->value,
                             gbp_onnx_get_float (node, "alpha", 1), GBP_CORNER_BELOW, error),
                         map);
}

/* @block: (out): NULL with @error set */
static GbpOnnxValue *
need_blocks (GbpOnnx *onnx, const GbpOnnxNode *node, guint *block, GError **error)
{
  GbpOnnxValue *map = gbp_onnx_need_map (onnx, node, 0, error);
  gint64 size = gbp_onnx_get_int (node, "blocksize", 0);

  *block = (guint) CLAMP (size, 0, GBP_MAX_SIZE);
  if (map == NULL || gbp_onnx_is_nchw (map))
    return map;
  gbp_builder_refuse (error, "it is supported on [batch, channels, height, width]");
  return NULL;
}

static GbpOnnxValue *
onnx_space_to_depth (GbpOnnx *onnx, const GbpOnnxNode *node, GError **error)
{
  guint block;
  GbpOnnxValue *map = need_blocks (onnx, node, &block, error);

  return map == NULL
             ? NULL
             : make_map (onnx,
                 gbp_builder_add_space_to_depth (onnx->builder, map->value, block, FALSE, error),
                 map);
}

static GbpOnnxValue *
onnx_depth_to_space (GbpOnnx *onnx, const GbpOnnxNode *node, GError **error)
{
  guint block;
  GbpOnnxValue *map = need_blocks (onnx, node, &block, error);
  GbpWire mode;
  gboolean is_inner = gbp_onnx_get_text (node, "mode", &mode) && gbp_wire_is_text (mode, "CRD");

  return map == NULL
             ? NULL
             : make_map (onnx,
                 gbp_builder_add_depth_to_space (onnx->builder, map->value, block, is_inner, error),
                 map);
}

/* Over the channels. Versions before 13 count all axes from the named one on: of a vector the channels are the only one
 * with more than one number, of a map they must be the last. */
static GbpOnnxValue *
onnx_softmax (GbpOnnx *onnx, const GbpOnnxNode *node, GError **error)
{
  GbpOnnxValue *map = gbp_onnx_need_groups (onnx, node, 0, error);
  gint64 axis = gbp_onnx_get_int (node, "axis", onnx->model->opset < 13 ? 1 : -1);
  const GbpShape *shape;
  GbpOperation operation;
  gboolean is_log = strcmp (node->kind, "LogSoftmax") == 0, is_vector, is_last;
  int value, channels;

  if (map == NULL)
    return NULL;
  shape = gbp_graph_get_shape (onnx->builder->graph, (guint) map->value);
  axis += axis < 0 ? (gint64) map->rank : 0;
  if (map->groups != 0 && !is_log && onnx->model->opset >= 13
      && axis == gbp_onnx_find_axis (map, GBP_ONNX_GROUPS))
    return gbp_onnx_softmax_groups (onnx, map, error);
  channels = map->groups != 0 ? -1 : gbp_onnx_find_axis (map, GBP_ONNX_CHANNELS);
  is_vector = shape->height == 1 && shape->width == 1;
  is_last = channels == (int) map->rank - 1;
  if (onnx->model->opset < 13 && is_vector ? axis != 1 && axis != channels
                                           : axis != channels || map->flattened.height != 0
                                                 || (onnx->model->opset < 13 && !is_last)) {
    gbp_builder_refuse (error, "it is supported over the channels");
    return NULL;
  }
  operation = gbp_operation_on (is_log ? GBP_KIND_LOG_SOFTMAX : GBP_KIND_SOFTMAX, map->value);
  value = gbp_builder_add (onnx->builder, &operation, error);
  return value < 0 ? NULL : gbp_onnx_map_new (onnx, value, map);
}

const GbpOnnxRow gbp_onnx_composed_rows[] = {
    {"Softmax", onnx_softmax},
    {"LogSoftmax", onnx_softmax},
    {"LRN", onnx_local_response},
    {"LpNormalization", onnx_length_norm},
    {"Celu", onnx_celu},
    {"SpaceToDepth", onnx_space_to_depth},
    {"DepthToSpace", onnx_depth_to_space},
    {NULL, NULL},
};
