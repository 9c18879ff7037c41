/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * ONNX's operators that normalise by the picture's own mean and variance. */
#include <string.h>

#include "format/onnx_values.h"

static guint
get_channels (const GbpOnnx *onnx, const GbpOnnxValue *map)
{
  return gbp_graph_get_shape (onnx->builder->graph, (guint) map->value)->channels;
}

/* A factor or shift for each channel, of an array with a number for each of them, or for each of some groups of them.
 * @tensor: (out) (transfer full): NULL: the node has no such input
 * Returns: FALSE with @error set */
static gboolean
take_affine (GbpOnnx *onnx, const GbpOnnxNode *node, guint index, const GbpOnnxValue *map,
    guint groups, GbpTensor **tensor, GError **error)
{
  guint channels = get_channels (onnx, map);
  const GbpOnnxConstant *constant;
  guint64 n;
  float *values;

  if (index >= node->n_inputs || *node->inputs[index] == '\0')
    return TRUE;
  constant = gbp_onnx_need_constant (onnx, node, index, error);
  if (constant == NULL)
    return FALSE;
  n = gbp_onnx_count (constant);
  if (n != channels && n != groups) {
    g_set_error (error, GBP_ERROR, GBP_ERROR_READ,
        "array %s: expected %u numbers, found %" G_GUINT64_FORMAT, node->inputs[index], channels,
        n);
    return FALSE;
  }
  values = gbp_builder_allocate (onnx->builder, channels, error);
  for (guint c = 0; values != NULL && c < channels; c++)
    values[gbp_onnx_place_channel (map, c)] = constant->values->values[c / (channels / n)];
  *tensor = values != NULL ? gbp_tensor_new_take (values, channels) : NULL;
  return values != NULL;
}

/* @groups: as many as divide the channels */
static GbpOnnxValue *
add_norm (GbpOnnx *onnx, const GbpOnnxNode *node, GbpKind kind, const GbpOnnxValue *map,
    guint groups, GError **error)
{
  GbpOperation operation = gbp_operation_on (kind, map->value);
  int value = -1;

  operation.window.groups = groups;
  operation.epsilon = (float) gbp_onnx_get_float (node, "epsilon", 1e-5);
  if (take_affine (onnx, node, 1, map, groups, &operation.tensors[0], error)
      && take_affine (onnx, node, 2, map, groups, &operation.tensors[1], error))
    value = gbp_builder_add (onnx->builder, &operation, error);
  else
    gbp_operation_clear (&operation);
  return value < 0 ? NULL : gbp_onnx_map_new (onnx, value, map);
}

/* Over the last axis. */
static GbpOnnxValue *
onnx_layer_normalization (GbpOnnx *onnx, const GbpOnnxNode *node, GError **error)
{
  GbpOnnxValue *map = gbp_onnx_need_map (onnx, node, 0, error);
  gint64 axis = gbp_onnx_get_int (node, "axis", -1);

  if (map == NULL)
    return NULL;
  axis += axis < 0 ? (gint64) map->rank : 0;
  if (axis == (gint64) map->rank - 1 && map->roles[axis] == GBP_ONNX_CHANNELS)
    return add_norm (onnx, node, GBP_KIND_LAYER_NORM, map, 1, error);
  gbp_builder_refuse (error, "it is supported over the last axis, where that is of the channels");
  return NULL;
}

static GbpOnnxValue *
onnx_group_normalization (GbpOnnx *onnx, const GbpOnnxNode *node, GError **error)
{
  GbpOnnxValue *map = gbp_onnx_need_map (onnx, node, 0, error);
  gint64 groups = gbp_onnx_get_int (node, "num_groups", 0);
  guint channels = map != NULL ? get_channels (onnx, map) : 0;

  if (map == NULL)
    return NULL;
  if (gbp_onnx_find_axis (map, GBP_ONNX_CHANNELS) == 1 && groups > 0 && groups <= channels
      && channels % groups == 0)
    return add_norm (onnx, node, GBP_KIND_GROUP_NORM, map, (guint) groups, error);
  gbp_builder_refuse (error,
      "it is supported where the second axis is that of the channels, and num_groups divides them");
  return NULL;
}

/* Whether a node of @kind takes what @node makes. */
static gboolean
is_followed_by (const GbpOnnx *onnx, const GbpOnnxNode *node, const char *kind)
{
  const GPtrArray *users = gbp_onnx_get_users (onnx, node);

  for (guint i = 0; users != NULL && i < users->len; i++)
    if (strcmp (((const GbpOnnxNode *) users->pdata[i])->kind, kind) == 0)
      return TRUE;
  return FALSE;
}

GbpOnnxValue *
gbp_onnx_group_pixels (GbpOnnx *onnx, const GbpOnnxNode *node, const GbpOnnxValue *map, guint rank,
    const guint64 *shape)
{
  guint channels = get_channels (onnx, map);
  GbpOnnxValue *grouped;

  if (rank != 3 || !gbp_onnx_is_nchw (map) || shape[0] != 1 || shape[1] == 0 || shape[1] > channels
      || channels % shape[1] != 0 || !is_followed_by (onnx, node, "InstanceNormalization"))
    return NULL;
  grouped = gbp_onnx_map_new (onnx, map->value, map);
  grouped->rank = rank;
  grouped->groups = (guint) shape[1];
  grouped->roles[1] = GBP_ONNX_GROUPS;
  grouped->roles[2] = GBP_ONNX_REST;
  return grouped;
}

GbpOnnxValue *
gbp_onnx_spread_pixels (
    GbpOnnx *onnx, const GbpOnnxValue *map, guint rank, const guint64 *shape, GError **error)
{
  static const GbpOnnxRole roles[] = {
      GBP_ONNX_BATCH, GBP_ONNX_CHANNELS, GBP_ONNX_HEIGHT, GBP_ONNX_WIDTH};
  GbpOnnxValue *spread = gbp_onnx_map_new (onnx, map->value, map);
  gboolean is_spread = rank == G_N_ELEMENTS (roles);

  spread->groups = 0;
  spread->rank = G_N_ELEMENTS (roles);
  memcpy (spread->roles, roles, sizeof roles);
  for (guint i = 0; i < rank && is_spread; i++)
    is_spread = shape[i] == gbp_onnx_get_size (onnx, spread, i);
  if (is_spread)
    return spread;
  gbp_builder_refuse (error, "its shape is supported where it is that from before the groups");
  return NULL;
}

/* Each channel by itself; or each group of channels, where a Reshape has made of a group, and all pixels, one axis: so
 * PyTorch writes group normalization. */
static GbpOnnxValue *
onnx_instance_normalization (GbpOnnx *onnx, const GbpOnnxNode *node, GError **error)
{
  g_autoptr (GError) cause = NULL;
  GbpOnnxValue *value = gbp_onnx_get_input (onnx, node, 0, &cause);

  if (cause == NULL
      && (value == NULL || value->state != GBP_ONNX_MAP
          || gbp_onnx_find_axis (value, GBP_ONNX_REST) < 0))
    value = gbp_onnx_need_map (onnx, node, 0, &cause);
  if (cause != NULL) {
    g_propagate_error (error, g_steal_pointer (&cause));
    return NULL;
  }
  if (value->groups != 0)
    return add_norm (onnx, node, GBP_KIND_GROUP_NORM, value, value->groups, error);
  if (gbp_onnx_find_axis (value, GBP_ONNX_CHANNELS) == 1)
    return add_norm (onnx, node, GBP_KIND_GROUP_NORM, value, get_channels (onnx, value), error);
  gbp_builder_refuse (error, "it is supported where the second axis is that of the channels");
  return NULL;
}

const GbpOnnxRow gbp_onnx_norm_rows[] = {
    {"LayerNormalization", onnx_layer_normalization},
    {"GroupNormalization", onnx_group_normalization},
    {"InstanceNormalization", onnx_instance_normalization},
    {NULL, NULL},
};
